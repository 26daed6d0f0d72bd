//! Refreshes: calls that have the server ask WhatsApp instead of its own cache, and the budget that they are kept in.

mod freshness;
mod limiter;
mod limits;

pub(crate) use freshness::{Freshness, refreshable};
pub(crate) use limiter::{RefreshKey, RefreshLimiter};
pub use limits::{AtLimit, RefreshLimits};
