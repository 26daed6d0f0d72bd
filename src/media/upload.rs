use std::{fmt, path::PathBuf};

use bytes::Bytes;
use data_url::DataUrl;
use tokio::io::AsyncRead;

use super::{
    guess,
    source::{OpenedSource, SharedReader, Source},
};
use crate::{
    address::{http_url, shown},
    error::{Error, ErrorKind},
};

/// A file to send: a picture, a voice message, a document.
///
/// Every setter of a file takes one. The file is read only when the request is sent, in chunks: sending it takes less
/// than a megabyte of memory, whatever its size. If it is missing, unreadable, empty or too large, the call fails
/// before anything is sent ([`ErrorKind::InvalidRequest`]).
///
/// The server accepts requests of up to 50 MB, and base64 adds a third, so that a file in a request can have up to 37
/// MB. This does not apply to a [`url`](Self::url), from which the server downloads the file itself.
///
/// | from | default media type | default name | on a retry |
/// |---|---|---|---|
/// | [`path`](Self::path) | guessed from the name, else from the first bytes | the file's name | read again |
/// | [`bytes`](Self::bytes) | guessed from the first bytes | none | sent again |
/// | [`data_uri`](Self::data_uri) | from the URI | none | sent again |
/// | [`reader`](Self::reader) | guessed from the first bytes | none | not retried once it has been read from |
/// | [`url`](Self::url) | chosen by the server | chosen by the server | sent again |
///
/// If the media type cannot be guessed, none is sent, and the server uses its default for the operation.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::Media;
///
/// let report = Media::bytes("a,b\n1,2\n").filename("report.csv");
/// session.chatting().send_file().chat_id("11111111111@c.us").file(report).send().await?;
/// # Ok(())
/// # }
/// ```
///
/// All of them:
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use waha::Media;
///
/// let path = Media::path("cat.jpg");
/// let url = Media::url("https://example.org/cat.jpg");
/// let data = Media::data_uri("data:image/png;base64,iVBORw0KGgo=")?;
/// let voice = Media::bytes(b"OggS".as_slice()).mime_type("audio/ogg; codecs=opus");
/// let piped = Media::reader(b"a,b\n".as_slice()).filename("report.csv");
/// let known = Media::reader_with_length(b"a,b\n".as_slice(), 4);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Media {
    pub(super) location: Location,
    pub(super) mime_type: Option<String>,
    pub(super) filename: Option<String>,
    /// Whether it is sent without its media type and name.
    pub(super) is_bare: bool,
}

/// Where the bytes of a file are.
#[derive(Clone)]
pub(super) enum Location {
    /// At a URL, from which the server downloads them.
    Url(String),
    /// In this program, or on its computer.
    Local(Source),
    /// In the [`Files`](super::Files) of a call; the JSON has this marker instead.
    Attached(String),
}

impl Media {
    fn new(location: Location) -> Self {
        Self { location, mime_type: None, filename: None, is_bare: false }
    }

    /// Creates the placeholder for a file that is kept apart from the request's JSON.
    pub(super) fn attached(marker: String) -> Self {
        Self::new(Location::Attached(marker))
    }

    /// Takes the file at a path on this computer.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let filename = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { filename, ..Self::new(Location::Local(Source::Path(path))) }
    }

    /// Takes bytes in memory, without copying them.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(Location::Local(Source::Bytes(bytes.into())))
    }

    /// Takes everything that a reader yields until its end.
    ///
    /// The request is sent with chunked encoding, and aborted if it becomes too large. The reader can be read only
    /// once: clones of this value share it, and a second call with it fails ([`ErrorKind::InvalidRequest`]).
    pub fn reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::new(Location::Local(Source::Reader(SharedReader::new(reader, None))))
    }

    /// Takes everything that a reader yields, which must be exactly `length` bytes. Like [`reader`](Self::reader), but
    /// the request has a `Content-Length`, and fails before it is sent if it would be too large.
    pub fn reader_with_length(reader: impl AsyncRead + Send + 'static, length: u64) -> Self {
        Self::new(Location::Local(Source::Reader(SharedReader::new(reader, Some(length)))))
    }

    /// Takes a file that the server downloads from an `http://` or `https://` URL.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Location::Url(url.into()))
    }

    /// Takes the bytes of a data URI, such as `data:image/png;base64,iVBORw0KGgo=`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if `uri` is not a valid data URI.
    pub fn data_uri(uri: impl AsRef<str>) -> Result<Self, Error> {
        let refuse = |why: &str| Error::new(ErrorKind::InvalidRequest, format!("the data URI {why}"));
        let uri = uri.as_ref();
        let data = DataUrl::process(uri).map_err(|error| match error {
            data_url::DataUrlError::NotADataUrl => refuse("does not begin with `data:`"),
            data_url::DataUrlError::NoComma => refuse("has no comma, after which the bytes come"),
        })?;
        let (bytes, fragment) =
            data.decode_to_vec().map_err(|_| refuse("is not in base64, although it claims to be"))?;
        if fragment.is_some() {
            return Err(refuse("has a `#`, which ends it: escape it as `%23`"));
        }
        let media = Self::bytes(bytes);
        // RFC 2397 makes a missing type `text/plain`, which is hardly meant: guess it from the bytes instead.
        let says_type = uri.split_once(':').is_some_and(|(_, rest)| !rest.starts_with([',', ';']));
        Ok(if says_type { media.mime_type(data.mime_type().to_string()) } else { media })
    }

    /// Sets the media type, such as `image/jpeg`. Default: guessed; see [`Media`].
    ///
    /// The type of a voice message must include the codec: `audio/ogg; codecs=opus`. Opus in Ogg is guessed as such.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Sets the name that the receiver sees, which matters for documents. Default: the name of the file for a
    /// [`path`](Self::path), otherwise none.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Returns whether it can no longer be sent.
    pub(crate) fn is_spent(&self) -> bool {
        matches!(&self.location, Location::Local(source) if source.is_spent())
    }

    /// Prepares the file for sending.
    pub(crate) async fn open(&self) -> Result<OpenedMedia, Error> {
        match &self.location {
            Location::Url(url) => {
                check_url(url)?;
                Ok(OpenedMedia { json: self.json_of_url(url), content: None })
            }
            Location::Local(source) => {
                let content = source.open().await?;
                Ok(OpenedMedia { json: self.json_before_data(&content.head), content: Some(content) })
            }
            Location::Attached(marker) => Ok(OpenedMedia { json: format!("\"{marker}\""), content: None }),
        }
    }

    /// Returns the JSON object of a file that the server downloads.
    pub(super) fn json_of_url(&self, url: &str) -> String {
        self.members(None) + &format!("\"url\":{}}}", serde_json::Value::from(url))
    }

    /// Returns the JSON object up to the base64, which is followed by [`OpenedMedia::END`].
    pub(super) fn json_before_data(&self, head: &[u8]) -> String {
        self.members(guess::mime_type(self.filename.as_deref(), head)) + "\"data\":\""
    }

    /// Returns the beginning of the JSON object: all members except the content.
    fn members(&self, guessed: Option<String>) -> String {
        let mime_type = self.mime_type.clone().or(guessed);
        let members = [("filename", self.filename.clone()), ("mimetype", mime_type)];
        let mut object = "{".to_owned();
        for (name, value) in members.into_iter().filter(|_| !self.is_bare) {
            if let Some(value) = value {
                object += &format!("\"{name}\":{},", serde_json::Value::from(value));
            }
        }
        object
    }
}

/// Returns an error for a URL that the server cannot download, for which its own error would be an unclear 500.
fn check_url(url: &str) -> Result<(), Error> {
    let why = match http_url(url) {
        Ok(_) => return Ok(()),
        Err(_) if url.trim_start().starts_with("data:") => "is a data URI: use `Media::data_uri`".to_owned(),
        Err(why) if why.starts_with("has no scheme") => why + ", or use `Media::path` for a local file",
        Err(why) => why,
    };
    Err(Error::new(ErrorKind::InvalidRequest, format!("the URL of the file {why}")))
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(&shown(url)),
            Self::Local(source) => write!(f, "{source}"),
            Self::Attached(marker) => f.write_str(marker),
        }
    }
}

/// Omits the bytes.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("place", &self.location)
            .field("mime_type", &self.mime_type)
            .field("filename", &self.filename)
            .finish()
    }
}

/// A file that is ready to be sent.
pub(crate) struct OpenedMedia {
    /// The JSON object: complete if there is no `content`, otherwise up to the base64 of the content.
    pub(crate) json: String,
    pub(crate) content: Option<OpenedSource>,
}

impl OpenedMedia {
    /// The rest of the JSON object after the base64.
    pub(crate) const END: &str = "\"}";
}

/// A file for which the server takes only bytes or a URL: its media type and name are not sent.
///
/// Created from a [`Media`]; every setter of such a file accepts one.
///
/// ```
/// use waha::{Media, media::Content};
///
/// let picture = Content::from(Media::path("group.jpg"));
/// ```
#[derive(Clone, Debug)]
pub struct Content(pub(super) Media);

impl From<Media> for Content {
    fn from(media: Media) -> Self {
        Self(Media { is_bare: true, ..media })
    }
}

/// For [`Request::file`](crate::Request::file). The media type and the name of the file are not sent, wherever it is set.
impl From<Content> for Media {
    fn from(content: Content) -> Self {
        content.0
    }
}
