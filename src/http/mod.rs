//! From a request to its answer: everything that happens around what is sent.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod hooks;
pub(crate) mod limits;
pub(crate) mod path;
pub(crate) mod received;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod task;
pub(crate) mod trace;
pub(crate) mod wire;
