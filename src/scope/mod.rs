//! Handles: what a person types to reach an operation.
//!
//! [`session`] and [`client`] are generated from the document, a handle for each resource, so that a new operation shows
//! up by itself. The handles beside them are written by hand, for what people do all day.

mod contact;
mod handle;

pub use contact::{Contact, GetPicture, ProfilePicture};
pub use handle::Session;

include!(concat!(env!("OUT_DIR"), "/scopes.rs"));
