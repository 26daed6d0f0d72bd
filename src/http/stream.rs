//! Answers of bytes, handed on as they come.

use std::{error::Error as StdError, io, time::Duration};

use futures_util::{StreamExt, stream};
use reqwest::Response;

/// Returns the same answer, whose stream ends with an error where the server is silent for longer than `idle_timeout`.
pub(crate) fn bounded(response: Response, idle_timeout: Duration) -> Response {
    let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
    let chunks = Box::pin(response.bytes_stream());
    let body = stream::unfold(Some(chunks), move |chunks| async move {
        let mut chunks = chunks?;
        match tokio::time::timeout(idle_timeout, chunks.next()).await {
            Ok(None) => None,
            Ok(Some(chunk)) => Some((chunk.map_err(Box::<dyn StdError + Send + Sync>::from), Some(chunks))),
            Err(_) => Some((Err(silence(idle_timeout).into()), None)),
        }
    });
    let mut streamed = http::Response::new(reqwest::Body::wrap_stream(body));
    *streamed.status_mut() = status;
    *streamed.version_mut() = version;
    *streamed.headers_mut() = headers;
    streamed.into()
}

/// That the server sent nothing more, in the form in which reqwest knows a timeout.
fn silence(idle_timeout: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("nothing more came within {idle_timeout:?}"))
}
