//! What has to get on even while nobody polls its caller, and to end with it.

use std::{
    future::{Future, pending},
    panic::resume_unwind,
};

use tokio::task::JoinSet;

use crate::http::trace;

/// Runs it in a task of its own, which is cancelled with the caller.
pub(crate) async fn run<F>(future: F) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    let mut task = JoinSet::new();
    task.spawn(trace::in_current_span(future));
    match task.join_next().await {
        Some(Ok(output)) => output,
        Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
        // The runtime is on its way down, and the caller with it.
        Some(Err(_)) | None => pending().await,
    }
}
