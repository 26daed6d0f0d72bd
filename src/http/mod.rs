//! From a request to its answer.
//!
//! There is one way to the socket, [`exchange`](exchange::exchange): the generated client takes it through [`hooks`], and
//! [`request`] and downloads take it themselves. What one call knows is a value, [`call`]. The other modules are what the
//! exchange consists of; each knows one thing, and none knows the exchange.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod download;
pub(crate) mod exchange;
pub(crate) mod hooks;
pub(crate) mod limits;
pub(crate) mod path;
pub(crate) mod redirect;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod stream;
pub(crate) mod task;
pub(crate) mod trace;
pub(crate) mod view;
pub(crate) mod wire;

pub(crate) use self::{
    call::{Call, CallContext},
    view::view,
};
