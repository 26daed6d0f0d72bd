use std::{
    collections::hash_map::RandomState,
    fmt, fs,
    hash::{BuildHasher, Hasher},
    io,
    path::{Path, PathBuf},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use progenitor_client::{ByteStream, ResponseValue};
use tokio::{io::AsyncWriteExt, task::spawn_blocking};

use crate::{
    error::{Error, ErrorKind},
    operation::Operation,
};

/// A file from the server, read as it arrives; returned by [`Client::download`](crate::Client::download) and by every
/// operation that answers with bytes, such as the QR code.
///
/// It is a [`Stream`] of the bytes of a successful answer; later errors are items of the stream. Nothing is read ahead,
/// except into the buffers of the connection.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use futures_util::TryStreamExt;
///
/// let mut qr = session.auth().get_qr().send().await?;
/// println!("{:?}, {:?} bytes", qr.content_type(), qr.content_length());
/// while let Some(chunk) = qr.try_next().await? {
///     println!("{} bytes more", chunk.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// In memory, or to a file:
///
/// ```no_run
/// # async fn run(client: waha::Client, url: String) -> Result<(), waha::Error> {
/// let file = client.download(&url).await?.limit(1024 * 1024);
/// println!("{}, {} headers", file.status(), file.headers().len());
/// let bytes = file.bytes().await?; // a megabyte at most
///
/// let file = client.download(&url).await?.on_progress(|read, all| println!("{read} of {all:?} bytes"));
/// file.save("cat.jpg").await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is downloaded until it is read"]
pub struct Download {
    status: StatusCode,
    headers: HeaderMap,
    bytes: ByteStream,
    /// The operation for error messages, if it is known.
    operation: Option<&'static Operation>,
    limit: u64,
    /// Checks on the first bytes whether the answer is WAHA's, and not a web page.
    check: Option<Box<Check>>,
    /// How many bytes have been read.
    read: u64,
    on_progress: Option<Box<OnProgress>>,
}

type OnProgress = dyn FnMut(u64, Option<u64>) + Send + Sync;

type Check = dyn FnOnce(&[u8]) -> Result<(), Error> + Send + Sync;

impl Download {
    /// The maximum number of bytes that [`bytes`](Self::bytes) reads by default: 64 MiB.
    pub const DEFAULT_LIMIT: u64 = 64 * 1024 * 1024;

    pub(crate) fn new(
        operation: Option<&'static Operation>,
        answer: ResponseValue<ByteStream>,
        check: impl FnOnce(&[u8]) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Self {
        Self {
            status: answer.status(),
            headers: answer.headers().clone(),
            bytes: answer.into_inner(),
            operation,
            limit: Self::DEFAULT_LIMIT,
            check: Some(Box::new(check)),
            read: 0,
            on_progress: None,
        }
    }

    /// Returns the HTTP status, which is a success.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the media type that the server declares, such as `image/jpeg`.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// Returns the number of bytes, if the server declares it.
    pub fn content_length(&self) -> Option<u64> {
        self.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// Sets the maximum number of bytes that [`bytes`](Self::bytes) reads into memory. Default:
    /// [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT).
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Sets a callback for the progress: called with the number of bytes that have been read, each time it has grown, and
    /// with the number of all bytes, if the server declares it.
    pub fn on_progress(mut self, callback: impl FnMut(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Reads the whole file into memory.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Other`]: the file is larger than the [`limit`](Self::limit)
    /// - [`ErrorKind::Connection`]: the connection broke
    /// - [`ErrorKind::Timeout`]: the server paused for longer than the
    ///   [`idle_timeout`](crate::RequestOptions::idle_timeout)
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let (limit, operation) = (self.limit, self.operation);
        let too_large = || {
            let why = format!("there are more than {limit} bytes: raise the `limit`, or `save` them to a file");
            Error::new(ErrorKind::Other, why).with_known_operation(operation)
        };
        let declared = self.content_length().unwrap_or_default();
        if declared > limit {
            return Err(too_large());
        }
        // The server may declare more than it sends.
        let expected = declared.min(Self::DEFAULT_LIMIT);
        let mut bytes = BytesMut::with_capacity(usize::try_from(expected).unwrap_or_default());
        while let Some(chunk) = self.try_next().await? {
            if (bytes.len() + chunk.len()) as u64 > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    /// Saves the bytes to a file, and returns their number. An existing file is replaced, but only after the download
    /// has completed.
    ///
    /// The bytes are first written to a temporary file in the same directory, with a short random name that ends in
    /// `.part`. It is deleted if the download fails or this future is dropped.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Other`]: the file cannot be written; the message names it
    /// - [`ErrorKind::Connection`]: the connection broke
    /// - [`ErrorKind::Timeout`]: the server paused for longer than the
    ///   [`idle_timeout`](crate::RequestOptions::idle_timeout)
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let (path, operation) = (path.as_ref(), self.operation);
        let unwritable = |error: io::Error| {
            let why = format!("the file `{}` cannot be written: {error}", path.display());
            Error::new(ErrorKind::Other, why).with_source(error).with_known_operation(operation)
        };
        let target = path.to_owned();
        // The blocking task also creates the guard, which deletes the file even if this future is dropped meanwhile.
        let created = spawn_blocking(move || PartialFile::create(target)).await;
        let (part, file) = created.unwrap_or_else(|error| Err(error.into())).map_err(unwritable)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut size = 0;
        while let Some(chunk) = self.try_next().await? {
            file.write_all(&chunk).await.map_err(unwritable)?;
            size += chunk.len() as u64;
        }
        file.flush().await.map_err(unwritable)?;
        drop(file);
        let complete = spawn_blocking(move || part.complete()).await;
        complete.unwrap_or_else(|error| Err(error.into())).map_err(unwritable)?;
        Ok(size)
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let operation = self.operation;
        let convert = |chunk: reqwest::Result<_>| {
            chunk.map_err(|error| Error::from_stream(error).with_known_operation(operation))
        };
        let chunk = ready!(self.bytes.poll_next_unpin(context)).map(convert);
        if let (Some(Ok(first)), Some(check)) = (&chunk, self.check.take()) {
            if let Err(error) = check(first) {
                return Poll::Ready(Some(Err(error)));
            }
        }
        if let Some(Ok(bytes)) = &chunk {
            self.read += bytes.len() as u64;
            let (read, all) = (self.read, self.content_length());
            if let Some(callback) = &mut self.on_progress {
                callback(read, all);
            }
        }
        Poll::Ready(chunk)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("content_type", &self.content_type())
            .field("content_length", &self.content_length())
            .finish_non_exhaustive()
    }
}

/// A temporary file, in the same directory as `target`. Deleted on drop, unless `complete` has renamed it.
struct PartialFile {
    path: PathBuf,
    target: PathBuf,
}

impl PartialFile {
    fn create(target: PathBuf) -> io::Result<(Self, fs::File)> {
        // An invalid target must fail now, rather than after the whole download.
        match fs::symlink_metadata(&target) {
            Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if target.file_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it has no file name"));
        }
        loop {
            // A name derived from the target's could be too long for the file system.
            let random = RandomState::new().build_hasher().finish();
            let path = target.with_file_name(format!(".{random:016x}.part"));
            match fs::File::create_new(&path) {
                Ok(file) => return Ok((Self { path, target }, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Renames the file to its target.
    fn complete(self) -> io::Result<()> {
        fs::rename(&self.path, &self.target)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        // After `complete` the file no longer exists; any other error cannot be reported from here.
        let _ = fs::remove_file(&self.path);
    }
}
