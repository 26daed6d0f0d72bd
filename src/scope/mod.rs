//! Handles: what a person types to reach an operation.
//!
//! [`session`] and [`client`] are generated from the document, a handle for each resource, so that a new operation shows
//! up by itself. The handles beside them are written by hand, for what people do all day.

mod channel;
mod chat;
mod contact;
mod group;
mod group_list;
mod handle;
mod life;
mod picture;
mod profile;
mod qr;

pub use channel::Channel;
pub use chat::Chat;
pub use contact::Contact;
pub use group::Group;
pub use group_list::{GetGroupList, GroupList};
pub use handle::Session;
pub use life::WaitUntilWorking;
pub use picture::{ChatPicture, GetChatPicture, GetPicture, ProfilePicture};
pub use profile::{GetOwnProfile, OwnProfile};
pub use qr::QrCode;

include!(concat!(env!("OUT_DIR"), "/scopes.rs"));
