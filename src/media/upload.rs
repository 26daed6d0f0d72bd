use std::{fmt, path::PathBuf};

use bytes::Bytes;
use data_url::DataUrl;
use tokio::io::AsyncRead;

use super::{
    guess,
    source::{OpenSource, Reader, Source},
};
use crate::{
    address::{http_url, shown},
    error::{Error, ErrorKind},
};

/// A file to send: a picture, a voice, a document.
///
/// Every setter of a file takes one. Nothing is read before the request is sent, and then piece by piece: however large
/// the file, sending it takes less than a megabyte of memory. A file that is missing, unreadable, empty or too large is
/// refused before anything is sent ([`ErrorKind::InvalidRequest`]).
///
/// The server takes requests of 50 MB, and base64 adds a third: files of up to 37 MB can be in a request. A
/// [`url`](Self::url) has no such limit, since the server downloads the file itself.
///
/// | from | media type by default | name by default | a retry |
/// |---|---|---|---|
/// | [`path`](Self::path) | by the name, else by the first bytes | that of the file | reads it again |
/// | [`bytes`](Self::bytes) | by the first bytes | none | sends them again |
/// | [`data_uri`](Self::data_uri) | as it says | none | sends them again |
/// | [`reader`](Self::reader) | by the first bytes | none | none, once it has been read from |
/// | [`url`](Self::url) | the server's choice | the server's choice | sends it again |
///
/// A type that cannot be guessed is left to the server, which takes what fits the operation.
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
#[derive(Clone)]
pub struct Media {
    pub(super) place: Place,
    pub(super) mime_type: Option<String>,
    pub(super) filename: Option<String>,
}

/// Who has the bytes.
#[derive(Clone)]
pub(super) enum Place {
    /// Somebody else, from whom the server gets them.
    Url(String),
    /// This program.
    Here(Source),
    /// The call whose request it is part of: the JSON holds this marker instead.
    Attached(String),
}

impl Media {
    fn new(place: Place) -> Self {
        Self { place, mime_type: None, filename: None }
    }

    /// What stands in a request's JSON for a file that travels beside it.
    pub(super) fn attached(marker: String) -> Self {
        Self::new(Place::Attached(marker))
    }

    /// A file of this computer.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let filename = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Self { filename, ..Self::new(Place::Here(Source::Path(path))) }
    }

    /// Bytes in memory, which are not copied.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(Place::Here(Source::Bytes(bytes.into())))
    }

    /// What a reader gives until its end.
    ///
    /// Its length is not known, so that it is sent in chunks, and stopped where the request becomes too large. It can be
    /// read once: its clones share it, and the second call that needs it fails ([`ErrorKind::InvalidRequest`]).
    pub fn reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::new(Place::Here(Source::Reader(Reader::new(reader, None))))
    }

    /// What a reader gives, which has to be this many bytes: as [`reader`](Self::reader), but the request says its
    /// length, and is refused at once where it is too large.
    pub fn reader_with_length(reader: impl AsyncRead + Send + 'static, length: u64) -> Self {
        Self::new(Place::Here(Source::Reader(Reader::new(reader, Some(length)))))
    }

    /// A file that the server downloads, by HTTP or HTTPS.
    pub fn url(url: impl Into<String>) -> Self {
        Self::new(Place::Url(url.into()))
    }

    /// The bytes of a data URI, such as `data:image/png;base64,iVBORw0KGgo=`.
    ///
    /// # Errors
    ///
    /// It is no data URI ([`ErrorKind::InvalidRequest`]).
    pub fn data_uri(uri: impl AsRef<str>) -> Result<Self, Error> {
        let refuse = |why: &str| Error::new(ErrorKind::InvalidRequest, format!("the data URI {why}"));
        let uri = uri.as_ref();
        let data = DataUrl::process(uri).map_err(|error| match error {
            data_url::DataUrlError::NotADataUrl => refuse("does not begin with `data:`"),
            data_url::DataUrlError::NoComma => refuse("has no comma, after which the bytes come"),
        })?;
        let (bytes, fragment) = data.decode_to_vec().map_err(|_| refuse("is not in base64, as it says"))?;
        if fragment.is_some() {
            return Err(refuse("has a `#`, which ends it: escape it as `%23`"));
        }
        let media = Self::bytes(bytes);
        // Without a type it would be text, by the standard; nobody means that.
        let says_type = uri.split_once(':').is_some_and(|(_, rest)| !rest.starts_with([',', ';']));
        Ok(if says_type { media.mime_type(data.mime_type().to_string()) } else { media })
    }

    /// The media type, such as `image/jpeg`, in place of what would be guessed.
    ///
    /// A voice needs its codec as well: `audio/ogg; codecs=opus`, which is what Opus in Ogg is guessed to be.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// The name that the receiver sees, in place of that of the file; matters for documents.
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Whether it cannot be sent again.
    pub(crate) fn is_spent(&self) -> bool {
        matches!(&self.place, Place::Here(source) if source.is_spent())
    }

    /// Makes it ready to be sent: a JSON object with all it may say, or with nothing but the content.
    pub(crate) async fn open(&self, with_names: bool) -> Result<Opened, Error> {
        match &self.place {
            Place::Url(url) => {
                check_url(url)?;
                Ok(Opened { json: self.json_of_url(with_names, url), content: None })
            }
            Place::Here(source) => {
                let content = source.open().await?;
                Ok(Opened { json: self.json_before_data(with_names, &content.head), content: Some(content) })
            }
            Place::Attached(marker) => Ok(Opened { json: format!("\"{marker}\""), content: None }),
        }
    }

    /// The object of a file that the server downloads.
    pub(super) fn json_of_url(&self, with_names: bool, url: &str) -> String {
        self.members(with_names, None) + &format!("\"url\":{}}}", serde_json::Value::from(url))
    }

    /// The object up to the base64, after which [`Opened::END`] is left.
    pub(super) fn json_before_data(&self, with_names: bool, head: &[u8]) -> String {
        self.members(with_names, guess::mime_type(self.filename.as_deref(), head)) + "\"data\":\""
    }

    /// The beginning of the object: all members but the content.
    fn members(&self, with_names: bool, guessed: Option<String>) -> String {
        let mime_type = self.mime_type.clone().or(guessed);
        let members = [("filename", self.filename.clone()), ("mimetype", mime_type)];
        let mut object = "{".to_owned();
        for (name, value) in members.into_iter().filter(|_| with_names) {
            if let Some(value) = value {
                object += &format!("\"{name}\":{},", serde_json::Value::from(value));
            }
        }
        object
    }
}

/// Refuses what the server could not download, and would answer with a 500 of few words.
fn check_url(url: &str) -> Result<(), Error> {
    let why = match http_url(url) {
        Ok(_) => return Ok(()),
        Err(_) if url.trim_start().starts_with("data:") => "is a data URI: use `Media::data_uri`".to_owned(),
        Err(why) if why.starts_with("has no scheme") => why + ", or use `Media::path` for a file of your own",
        Err(why) => why,
    };
    Err(Error::new(ErrorKind::InvalidRequest, format!("the URL of the file {why}")))
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(&shown(url)),
            Self::Here(source) => write!(f, "{source}"),
            Self::Attached(marker) => f.write_str(marker),
        }
    }
}

/// Without its bytes.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("place", &self.place)
            .field("mime_type", &self.mime_type)
            .field("filename", &self.filename)
            .finish()
    }
}

/// A file that is ready to be sent.
pub(crate) struct Opened {
    /// The JSON object: the whole of it where there is no content, else up to the content's base64.
    pub(crate) json: String,
    pub(crate) content: Option<OpenSource>,
}

impl Opened {
    /// What follows the base64.
    pub(crate) const END: &str = "\"}";
}

/// A file of which the server takes nothing but the content, or a URL: neither media type nor name is sent.
///
/// Made from a [`Media`], which every setter of such a file takes.
#[derive(Clone, Debug)]
pub struct Content(pub(super) Media);

impl From<Media> for Content {
    fn from(media: Media) -> Self {
        Self(media)
    }
}
