//! Sending and receiving files.
//!
//! [`Media`] is a file to send: a path, bytes, a reader or a URL. It is read while it is sent. [`Download`] is a file
//! from the server, read as it arrives.
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

mod attach;
mod download;
mod guess;
mod input;
mod json;
mod name;
mod source;
mod upload;

pub(crate) use attach::{Files, TakeFiles};
pub use download::Download;
pub(crate) use name::file_name;
pub(crate) use source::{OpenedSource, unreadable};
pub(crate) use upload::OpenedMedia;
pub use upload::{Content, Media};
