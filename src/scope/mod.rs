//! Handles: what a person types to reach an operation.
//!
//! [`session`] and [`client`] are generated from the document, a handle for each resource, so that a new operation shows
//! up by itself. The handles beside them are written by hand, for what people do all day.

mod channel;
mod chat;
mod contact;
mod group;
mod handle;
mod life;
mod qr;

pub use channel::Channel;
pub use chat::Chat;
pub use contact::{Contact, GetPicture, ProfilePicture};
pub use group::Group;
pub use handle::Session;
pub use life::WaitUntilWorking;
pub use qr::QrCode;

include!(concat!(env!("OUT_DIR"), "/scopes.rs"));
