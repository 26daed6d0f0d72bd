use std::{
    fmt,
    future::IntoFuture,
    path::{Path, PathBuf},
};

use futures_util::future::BoxFuture;

use crate::{Error, ErrorKind, Session, media::file_name, types::MessageMedia, views::Message};

/// Saving the files of messages.
impl Session {
    /// Begins to save the file of a message in a folder, which is created if it does not exist. Awaited: [`SavedMedia`].
    ///
    /// The file is called by the message's id and the name that the sender gave, such as `3EB0AAAA-invoice.pdf`, without
    /// anything that leads out of the folder. It appears under this name when it is complete. A file of this name is
    /// replaced: that of another message has another name.
    ///
    /// If the server has not downloaded the file yet, it is asked to.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// for message in session.chat("11111111111@c.us")?.messages().limit(10).await? {
    ///     if message.has_media() {
    ///         let saved = session.save_media(&message, "received").await?;
    ///         println!("{}: {} bytes", saved.path.display(), saved.size);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn save_media(&self, message: &Message, folder: impl Into<PathBuf>) -> SaveMedia {
        SaveMedia { session: self.clone(), message: message.clone(), folder: folder.into(), on_progress: None }
    }
}

/// Saves the file of a message; returned by [`Session::save_media`].
///
/// ```no_run
/// # async fn run(session: waha::Session, message: waha::views::Message) -> Result<(), waha::Error> {
/// let saved = session
///     .save_media(&message, "received")
///     .on_progress(|read, all| println!("{read} of {all:?} bytes"))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct SaveMedia {
    session: Session,
    message: Message,
    folder: PathBuf,
    on_progress: Option<Box<OnProgress>>,
}

type OnProgress = dyn FnMut(u64, Option<u64>) + Send + Sync;

/// A file that was saved.
///
/// ```no_run
/// # async fn run(session: waha::Session, message: waha::views::Message) -> Result<(), waha::Error> {
/// let saved = session.save_media(&message, "received").await?;
/// println!("{}: {} bytes", saved.path.display(), saved.size);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedMedia {
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it has.
    pub size: u64,
}

impl SaveMedia {
    /// Sets a callback for the progress: called with the number of bytes that have been read, each time it has grown, and
    /// with the number of all bytes, if the server declares it.
    pub fn on_progress(mut self, callback: impl FnMut(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Saves the file; the same as awaiting.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`]: no file belongs to the message
    /// - [`ErrorKind::NotFound`]: the server could not download the file, or has deleted it since
    /// - [`ErrorKind::Other`]: the folder or the file cannot be written
    /// - otherwise as for [`Client::download`](crate::Client::download)
    pub async fn send(self) -> Result<SavedMedia, Error> {
        let Self { session, message, folder, on_progress } = self;
        if !message.has_media() {
            return Err(Error::new(ErrorKind::InvalidRequest, "no file belongs to the message"));
        }
        let loaded;
        let (media, url) = match message.media().and_then(with_url) {
            Some(found) => found,
            None => {
                let chat = session.chat(message.chat_id())?;
                loaded = chat.get_message(message.id()).download_media(true).await?;
                loaded.media().and_then(with_url).ok_or_else(|| not_downloaded(loaded.media()))?
            }
        };
        let name = file_name(message.id().bare(), media.filename.as_deref(), media.mimetype.as_deref());
        let path = folder.join(name);
        tokio::fs::create_dir_all(&folder).await.map_err(|error| unwritable(&folder, error))?;
        let download = session.client().download(url);
        // The server writes its own idea of its address into the URL; a signed one of S3 stays as it is.
        let is_of_server = ["/api/files/", "/api/s3/"].iter().any(|folder| url.contains(folder));
        let download = if is_of_server { download.from_base_url() } else { download };
        let mut download = download.await?;
        if let Some(callback) = on_progress {
            download = download.on_progress(callback);
        }
        let size = download.save(&path).await?;
        Ok(SavedMedia { path, size })
    }
}

fn with_url(media: &MessageMedia) -> Option<(&MessageMedia, &str)> {
    Some((media, media.url.as_deref().filter(|url| !url.is_empty())?))
}

fn not_downloaded(media: Option<&MessageMedia>) -> Error {
    let why = media.and_then(|media| media.error.as_ref()).map(|error| format!(": {error}")).unwrap_or_default();
    Error::new(ErrorKind::NotFound, format!("the server could not download the file of the message{why}"))
}

fn unwritable(folder: &Path, error: std::io::Error) -> Error {
    let why = format!("the folder `{}` cannot be created: {error}", folder.display());
    Error::new(ErrorKind::Other, why).with_source(error)
}

impl fmt::Debug for SaveMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaveMedia")
            .field("session", &self.session)
            .field("message", self.message.id())
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for SaveMedia {
    type Output = Result<SavedMedia, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
