//! The generated code, and nothing else.

/// What progenitor generated, as it came: the types, and a function for each operation.
mod progenitor {
    #![allow(missing_docs, dead_code, unused_imports, private_interfaces, clippy::all, rustdoc::all)]

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

pub(crate) use self::progenitor::Client;

/// What requests and answers consist of.
pub mod types {
    #![allow(missing_docs)]

    pub use super::progenitor::types::*;
    pub use crate::error::ErrorBody;

    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}

/// The builders of all operations. A call is set up by the methods of its builder, and sent by awaiting it or by `send`.
pub mod builder {
    #![allow(missing_docs)]

    include!(concat!(env!("OUT_DIR"), "/builders.rs"));
}
