//! Files, to the server and from it.
//!
//! [`Media`] is a file to send, from wherever it is; it is read while it is sent. [`Download`] is a file from the server,
//! read as it comes.
//!
//! ```no_run
//! # async fn run(session: waha::Session) -> Result<(), waha::Error> {
//! use waha::Media;
//!
//! let call = session.chatting().send_image().chat_id("11111111111@c.us");
//! call.file(Media::path("cat.jpg")).caption("A cat").send().await?;
//!
//! let messages = session.chats().list_messages().chat_id("11111111111@c.us").download_media(true).send().await?;
//! for url in messages.iter().filter_map(|message| message.media.as_ref()?.url.as_deref()) {
//!     session.client().download(url).await?.save("received").await?;
//! }
//! # Ok(())
//! # }
//! ```

mod download;
mod fetch;
mod guess;
mod json;
mod source;
mod upload;

use url::Url;

use crate::error::clip;

pub use download::Download;
pub use fetch::DownloadFile;
pub(crate) use source::{OpenSource, unreadable};
pub(crate) use upload::Opened;
pub use upload::{Content, Media};

/// A URL as it may be shown: without name, password and query.
fn shown(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if url.has_host() => url.origin().ascii_serialization() + url.path(),
        _ => clip(url.split(['?', '#']).next().unwrap_or_default()).into_owned(),
    }
}
