//! Where the bytes of a file come from.

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

/// How many of the first bytes are looked at to tell what a file is.
const HEAD: usize = 8 * 1024;

#[derive(Clone)]
pub(super) enum Source {
    Path(PathBuf),
    Bytes(Bytes),
    Reader(Reader),
}

/// A source that gives its bytes.
pub(crate) struct OpenSource {
    /// The first bytes; there are some.
    pub(crate) head: Bytes,
    /// In bytes, where it is known.
    pub(crate) length: Option<u64>,
    /// Gives everything, the head included.
    pub(crate) reader: BoxedReader,
    /// For errors.
    pub(crate) name: String,
}

pub(crate) type BoxedReader = Pin<Box<dyn AsyncRead + Send>>;

impl Source {
    /// Opens it, each time from its beginning.
    pub(super) async fn open(&self) -> Result<OpenSource, Error> {
        let name = self.to_string();
        let opened = match self {
            Self::Path(path) => open_path(path).await,
            Self::Bytes(bytes) => {
                let head = bytes.slice(..bytes.len().min(HEAD));
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
        Ok(OpenSource { head, length, reader, name })
    }

    /// Whether it gives nothing more.
    pub(super) fn is_spent(&self) -> bool {
        matches!(self, Self::Reader(reader) if reader.place().is_none())
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

/// A file that could not be read, before or while it is sent.
pub(crate) fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("{name} cannot be read: {error}"))
}

async fn open_path(path: &Path) -> io::Result<(Bytes, Option<u64>, BoxedReader)> {
    let file = tokio::fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    // A pipe does not know how much it will give, nor does a file of `/proc`.
    let length = Some(metadata.len()).filter(|length| metadata.is_file() && *length > 0);
    let (head, reader) = peek(Box::pin(file)).await?;
    Ok((head, length, reader))
}

/// Reads the first bytes, and puts them before the others again.
async fn peek(mut reader: BoxedReader) -> io::Result<(Bytes, BoxedReader)> {
    let mut head = Vec::with_capacity(HEAD);
    (&mut reader).take(HEAD as u64).read_to_end(&mut head).await?;
    let head = Bytes::from(head);
    Ok((head.clone(), Box::pin(Cursor::new(head).chain(reader))))
}

/// A reader that is there until somebody begins to read it.
#[derive(Clone)]
pub(super) struct Reader {
    place: Arc<Mutex<Option<BoxedReader>>>,
    length: Option<u64>,
}

impl Reader {
    pub(super) fn new(reader: impl AsyncRead + Send + 'static, length: Option<u64>) -> Self {
        Self { place: Arc::new(Mutex::new(Some(Box::pin(reader)))), length }
    }

    async fn open(&self) -> io::Result<(Bytes, Option<u64>, BoxedReader)> {
        let taken = self.place().take();
        let (head, reader) = peek(taken.ok_or_else(spent)?).await?;
        *self.place() = Some(reader);
        Ok((head, self.length, Box::pin(Taken { from: self.clone(), reader: None })))
    }

    fn place(&self) -> MutexGuard<'_, Option<BoxedReader>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spent() -> io::Error {
    io::Error::other("it was read before, and can be read once; give each call a reader of its own")
}

/// Takes the reader when its first bytes are wanted: where there was no connection they never were, and another attempt
/// finds it in its place.
struct Taken {
    from: Reader,
    reader: Option<BoxedReader>,
}

impl AsyncRead for Taken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let reader = match self.reader.take().or_else(|| self.from.place().take()) {
            Some(reader) => self.reader.insert(reader),
            None => return Poll::Ready(Err(spent())),
        };
        reader.as_mut().poll_read(context, buffer)
    }
}
