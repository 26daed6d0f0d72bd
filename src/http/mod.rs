//! From a request to its answer.
//!
//! There is one way to the socket, [`exchange`](exchange::exchange): the generated client takes it through the hooks of
//! [`generated`](crate::generated), and [`request`], [`download`] and `upgrade` take it themselves. What one call knows is a value, [`call`]. The other modules are what the
//! exchange consists of; each knows one thing, and none knows the exchange.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod download;
pub(crate) mod exchange;
pub(crate) mod redirect;
pub(crate) mod request;
pub(crate) mod stream;
pub(crate) mod trace;
#[cfg(feature = "ws")]
pub(crate) mod upgrade;
pub(crate) mod view;
pub(crate) mod wire;

pub(crate) use self::{call::Call, view::view};
