//! Integration tests: the public API, over real sockets.

mod calls;
mod client;
mod corpus;
mod errors;
mod key;
mod leniency;
mod paths;
mod picture;
mod support;
mod wire;
