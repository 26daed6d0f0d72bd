//! The resources of the API: a type for each, whose methods are its operations.
//!
//! [`session`] has the resources of a session, which [`Session`](crate::Session)'s methods give; [`client`] has those that
//! concern the server as a whole, which [`Client`](crate::Client)'s methods give. Both are generated from the document.

include!(concat!(env!("OUT_DIR"), "/scopes.rs"));
