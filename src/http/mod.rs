//! From a request to its answer.
//!
//! There is one way to the socket, [`exchange`](exchange::exchange). What one call knows is a value, [`call`], and what came of it
//! another, [`answer`]. The other modules are what the exchange consists of; each knows one thing, and none knows the exchange.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod download;
pub(crate) mod exchange;
mod missing_route;
pub(crate) mod redirect;
pub(crate) mod request;
pub(crate) mod stream;
pub(crate) mod trace;
pub(crate) mod unsent;
#[cfg(feature = "ws")]
pub(crate) mod upgrade;
pub(crate) mod wire;

pub(crate) use self::{call::Call, exchange::Exchange, unsent::Unsent};
