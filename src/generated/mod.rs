//! The generated code, and nothing else.

/// What progenitor generated, as it came: the types, and a function for each operation.
mod progenitor {
    #![allow(dead_code, unused_imports, private_interfaces, clippy::all, rustdoc::all)]

    use super::{request_builder as reqwest, support as progenitor_client};

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

mod request;
mod request_builder;
mod support;

pub(crate) use self::{progenitor::Client, request_builder::BaseUrl, support::Context};

/// What requests and answers consist of.
pub mod types {
    pub use super::progenitor::types::*;
    pub use crate::{
        error::{ErrorBody, ErrorException},
        open_enum::*,
    };

    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}
