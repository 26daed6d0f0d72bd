//! Runs a future in a task of its own, so that it progresses while its caller is not polled.

use std::{
    future::{Future, pending},
    panic::resume_unwind,
};

use tokio::task::JoinHandle;

/// Runs a future in a task of its own, which is aborted when the caller is dropped.
pub(crate) async fn run<F>(future: F) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    let mut task = AbortOnDrop(spawn(future));
    match (&mut task.0).await {
        Ok(output) => output,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime is shutting down, and the caller with it.
        Err(_) => pending().await,
    }
}

/// Begins a task, which runs within the current span of `tracing`.
pub(super) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(in_current_span(future))
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Returns the same future, which runs within the current span of `tracing`.
#[cfg(feature = "tracing")]
fn in_current_span<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    tracing::Instrument::in_current_span(future)
}

#[cfg(not(feature = "tracing"))]
fn in_current_span<F: Future>(future: F) -> F {
    future
}
