//! The resources of the API: a type for each, whose methods are its operations.
//!
//! [`session`] has the resources of a session, which the methods of [`Session`](crate::Session) give; [`client`] has those
//! of the server as a whole, which the methods of [`Client`](crate::Client) give. Both are generated from the document.

include!(concat!(env!("OUT_DIR"), "/resources.rs"));
