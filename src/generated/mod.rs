//! The generated code, and nothing else.

/// What progenitor generated, as it came: the types, and a function for each operation.
mod progenitor {
    #![allow(dead_code, unused_imports, private_interfaces, clippy::all, rustdoc::all)]

    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

mod hooks;

pub(crate) use self::{
    hooks::{Context, Exchange},
    progenitor::Client,
};

/// What requests and answers consist of.
pub mod types {
    pub use super::progenitor::types::*;
    pub use crate::{
        error::{ErrorBody, ErrorException},
        open_enum::*,
    };

    include!(concat!(env!("OUT_DIR"), "/types.rs"));
}
