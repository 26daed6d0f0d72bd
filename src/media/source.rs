//! The sources of the bytes of a file.

use std::{
    fmt,
    io::{self, Cursor},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use crate::error::{Error, ErrorKind};

/// How many of the first bytes are used to guess the media type of a file.
const HEAD_SIZE: usize = 8 * 1024;

#[derive(Clone)]
pub(super) enum Source {
    Path(PathBuf),
    Bytes(Bytes),
    Reader(SharedReader),
}

/// A source that has been opened for reading.
pub(crate) struct OpenedSource {
    /// The first bytes; not empty.
    pub(crate) head: Bytes,
    /// The length in bytes, if it is known.
    pub(crate) length: Option<u64>,
    /// Reads all bytes, including the head.
    pub(crate) reader: BoxedReader,
    /// The name of the source in error messages.
    pub(crate) name: String,
}

pub(crate) type BoxedReader = Pin<Box<dyn AsyncRead + Send>>;

impl Source {
    /// Opens the source at its beginning, each time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if it cannot be read or is empty.
    pub(super) async fn open(&self) -> Result<OpenedSource, Error> {
        let name = self.to_string();
        let opened = match self {
            Self::Path(path) => open_path(path).await,
            Self::Bytes(bytes) => {
                let head = bytes.slice(..bytes.len().min(HEAD_SIZE));
                Ok((head, Some(bytes.len() as u64), Box::pin(Cursor::new(bytes.clone())) as BoxedReader))
            }
            Self::Reader(reader) => reader.open().await,
        };
        let (head, length, reader) = opened.map_err(|error| unreadable(&name, &error))?;
        if head.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("{name} cannot be sent: there is nothing in it"),
            ));
        }
        Ok(OpenedSource { head, length, reader, name })
    }

    /// Returns whether it can no longer be read: a reader can be read once.
    pub(super) fn is_spent(&self) -> bool {
        matches!(self, Self::Reader(reader) if reader.slot().is_none())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "the file `{}`", path.display()),
            Self::Bytes(bytes) => write!(f, "the file of {} bytes", bytes.len()),
            Self::Reader(_) => f.write_str("the file of a reader"),
        }
    }
}

/// Returns the error for a file that cannot be read, before or while it is sent.
pub(crate) fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("{name} cannot be read: {error}"))
}

async fn open_path(path: &Path) -> io::Result<(Bytes, Option<u64>, BoxedReader)> {
    let file = tokio::fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    // A pipe has no length, and files in `/proc` claim to have 0 bytes.
    let length = Some(metadata.len()).filter(|length| metadata.is_file() && *length > 0);
    let (head, reader) = peek(Box::pin(file)).await?;
    Ok((head, length, reader))
}

/// Reads the first bytes, and returns them with a reader that still reads everything.
async fn peek(mut reader: BoxedReader) -> io::Result<(Bytes, BoxedReader)> {
    let mut head = Vec::with_capacity(HEAD_SIZE);
    (&mut reader).take(HEAD_SIZE as u64).read_to_end(&mut head).await?;
    let head = Bytes::from(head);
    Ok((head.clone(), Box::pin(Cursor::new(head).chain(reader))))
}

/// A reader that is shared by the clones of a [`Media`](super::Media), and can be read once.
#[derive(Clone)]
pub(super) struct SharedReader {
    /// Empty as soon as one of the clones has begun to read.
    slot: Arc<Mutex<Option<BoxedReader>>>,
    length: Option<u64>,
}

impl SharedReader {
    pub(super) fn new(reader: impl AsyncRead + Send + 'static, length: Option<u64>) -> Self {
        Self { slot: Arc::new(Mutex::new(Some(Box::pin(reader)))), length }
    }

    async fn open(&self) -> io::Result<(Bytes, Option<u64>, BoxedReader)> {
        let taken = self.slot().take();
        let (head, reader) = peek(taken.ok_or_else(spent)?).await?;
        *self.slot() = Some(reader);
        Ok((head, self.length, Box::pin(LazyReader { shared: self.clone(), reader: None })))
    }

    fn slot(&self) -> MutexGuard<'_, Option<BoxedReader>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spent() -> io::Error {
    io::Error::other("it was read before, and can be read once; give each call a reader of its own")
}

/// Takes the shared reader at the first read, so that an attempt that fails to connect leaves it for the next attempt.
struct LazyReader {
    shared: SharedReader,
    reader: Option<BoxedReader>,
}

impl AsyncRead for LazyReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let reader = match self.reader.take().or_else(|| self.shared.slot().take()) {
            Some(reader) => self.reader.insert(reader),
            None => return Poll::Ready(Err(spent())),
        };
        reader.as_mut().poll_read(context, buffer)
    }
}
