//! The builders of all operations. A call is set up by the methods of its builder, and sent by awaiting it or by `send`.
#![allow(missing_docs)]

include!(concat!(env!("OUT_DIR"), "/builders.rs"));
