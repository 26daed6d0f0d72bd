//! What becomes of a stream's connection, as events of `tracing`. Without the feature `tracing`, all functions do nothing.

pub(super) use imp::{disconnected, ended, reconnected};

#[cfg(feature = "tracing")]
mod imp {
    use std::time::Duration;

    use crate::Error;

    /// There is no connection, and one will be opened after this time.
    pub(in super::super) fn disconnected(reason: &Error, delay: Duration) {
        let delay_ms = delay.as_secs_f64() * 1000.0;
        tracing::warn!(target: "waha", %reason, delay_ms, "the connection for events is opened again");
    }

    pub(in super::super) fn reconnected(attempts: u64) {
        tracing::info!(target: "waha", attempts, "the connection for events is open again");
    }

    pub(in super::super) fn ended(reason: &Error) {
        tracing::warn!(target: "waha", %reason, "the stream of events has ended");
    }
}

#[cfg(not(feature = "tracing"))]
mod imp {
    use std::time::Duration;

    use crate::Error;

    pub(in super::super) fn disconnected(_: &Error, _: Duration) {}

    pub(in super::super) fn reconnected(_: u64) {}

    pub(in super::super) fn ended(_: &Error) {}
}
