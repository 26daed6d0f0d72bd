//! Handles for everyday work: a session, and its chats, contacts, groups and channels.
//!
//! Methods that correspond to one operation of the API are generated from the OpenAPI document. Methods that combine
//! operations, such as waiting for a session or refreshing a picture, are written by hand.

mod account;
mod channel;
mod chat;
mod contact;
mod freshness;
mod group;
mod group_list;
mod input;
mod message;
mod once;
mod outcome;
mod pair;
mod picture;
mod profile;
mod qr;
mod save_media;
mod send;
mod session;
mod session_lifecycle;

pub use self::session::Session;
pub use channel::Channel;
pub use chat::Chat;
pub use contact::Contact;
pub use group::Group;
pub use group_list::{GetGroupList, GroupList};
pub(crate) use once::Sendable;
pub use once::{Once, SendOnce};
pub use outcome::Outcome;
pub use pair::Pair;
pub use picture::{ChatPicture, GetChatPicture, GetPicture, ProfilePicture};
pub use profile::{GetOwnProfile, OwnProfile};
pub use qr::QrCode;
pub use save_media::{SaveMedia, SavedMedia};
pub use session_lifecycle::WaitUntilWorking;

/// The methods of the handles that are generated from the document.
mod generated {
    include!(concat!(env!("OUT_DIR"), "/handles.rs"));
}
