use std::{
    fmt,
    path::{Path, PathBuf},
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use progenitor_client::{ByteStream, ResponseValue};
use tokio::io::AsyncWriteExt;

use crate::{
    error::{Error, ErrorKind},
    operation::Operation,
};

/// A file from the server, as it comes: what [`Client::download`](crate::Client::download) gives, and every operation that
/// answers with bytes, such as the QR code.
///
/// It is a success already, and a [`Stream`] of its bytes: what goes wrong from here on is an error in the stream. Nothing
/// is read ahead, beyond the buffers of the connection.
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
#[must_use = "nothing is downloaded before it is read"]
pub struct Download {
    status: StatusCode,
    headers: HeaderMap,
    bytes: ByteStream,
    /// For its errors, where it is known.
    operation: Option<&'static Operation>,
    limit: u64,
    /// Looks at the first bytes: whether they are the server's.
    check: Option<Box<Check>>,
}

type Check = dyn FnOnce(&[u8]) -> Result<(), Error> + Send + Sync;

impl Download {
    /// How much [`bytes`](Self::bytes) takes by default: 64 MiB.
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
        }
    }

    /// The HTTP status: some success.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The media type, as the server says it: `image/jpeg`.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// How many bytes there are, if the server says so before it sends them.
    pub fn content_length(&self) -> Option<u64> {
        self.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// How many bytes [`bytes`](Self::bytes) takes into memory. Default: [`DEFAULT_LIMIT`](Self::DEFAULT_LIMIT).
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// All of it, in memory.
    ///
    /// # Errors
    ///
    /// The connection broke, the server fell silent, or there is more than the [`limit`](Self::limit)
    /// ([`ErrorKind::Other`]).
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let (limit, operation) = (self.limit, self.operation);
        let too_large = || {
            let why = format!("there are more than {limit} bytes: raise the `limit`, or `save` them to a file");
            Error::new(ErrorKind::Other, why).with_known_operation(operation)
        };
        let announced = self.content_length().unwrap_or_default();
        if announced > limit {
            return Err(too_large());
        }
        // What is announced need not come.
        let expected = announced.min(Self::DEFAULT_LIMIT);
        let mut bytes = BytesMut::with_capacity(usize::try_from(expected).unwrap_or_default());
        while let Some(chunk) = self.try_next().await? {
            if (bytes.len() + chunk.len()) as u64 > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    }

    /// Writes it to a file, and gives the number of bytes. An older file of that name is replaced when the new one is
    /// complete; until then, and if that never happens, it stays as it is.
    ///
    /// # Errors
    ///
    /// The connection broke, the server fell silent, or the file cannot be written ([`ErrorKind::Other`]).
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64, Error> {
        let (path, operation) = (path.as_ref(), self.operation);
        let unwritable = |error: std::io::Error| {
            let why = format!("the file `{}` cannot be written: {error}", path.display());
            Error::new(ErrorKind::Other, why).with_source(error).with_known_operation(operation)
        };
        let (part, mut file) = Part::create(path).await.map_err(unwritable)?;
        let mut size = 0;
        while let Some(chunk) = self.try_next().await? {
            file.write_all(&chunk).await.map_err(unwritable)?;
            size += chunk.len() as u64;
        }
        file.flush().await.map_err(unwritable)?;
        drop(file);
        tokio::fs::rename(&part.0, path).await.map_err(unwritable)?;
        Ok(size)
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let operation = self.operation;
        let of_ours = |chunk: reqwest::Result<_>| {
            chunk.map_err(|error| Error::from_stream(error).with_known_operation(operation))
        };
        let chunk = ready!(self.bytes.poll_next_unpin(context)).map(of_ours);
        if let (Some(Ok(first)), Some(check)) = (&chunk, self.check.take()) {
            if let Err(error) = check(first) {
                return Poll::Ready(Some(Err(error)));
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

/// A file that is not complete, beside the one that it will be. If it does not come to that, it is deleted.
struct Part(PathBuf);

impl Part {
    async fn create(path: &Path) -> std::io::Result<(Self, tokio::fs::File)> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        loop {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{}-{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
            let part = path.with_file_name(name);
            match tokio::fs::File::create_new(&part).await {
                Ok(file) => return Ok((Self(part), file)),
                // That of another process, or of one that has crashed.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It is gone where all went well.
        let _ = std::fs::remove_file(&self.0);
    }
}
