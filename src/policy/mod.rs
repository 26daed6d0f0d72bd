//! Policies: how often, how fast, and whether again. Settings, and decisions about them; nothing here sends anything.

pub(crate) mod batching;
pub(crate) mod brake;
mod chat_queues;
mod flight;
pub(crate) mod limits;
pub(crate) mod pace;
mod refresh_limiter;
mod refresh_limits;
pub(crate) mod retry;
mod task;

pub use batching::Batching;
pub(crate) use chat_queues::ChatQueues;
pub use limits::Limits;
pub(crate) use refresh_limiter::{RefreshKey, RefreshLimiter, RefreshRequest};
pub use refresh_limits::{AtLimit, RefreshLimits};
pub use retry::Retry;
