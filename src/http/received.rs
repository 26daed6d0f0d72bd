//! Receives an answer as far as it is read at once, and has [`wire`] read it.

use std::{
    error::Error as StdError,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use reqwest::Response;

use crate::{
    error::Error,
    http::wire::{self, Received},
    operation::{Answer, Operation},
    redaction::Redactor,
};

/// The error that an answer was read as, carried by the answer.
#[derive(Clone)]
struct Failure(Arc<Mutex<Option<Error>>>);

/// Takes the error that an answer was read as.
pub(crate) fn error(response: &Response) -> Option<Error> {
    let failure = response.extensions().get::<Failure>()?;
    failure.0.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Whether an answer was not read as an error.
pub(crate) fn is_good(response: &Response) -> bool {
    response.extensions().get::<Failure>().is_none()
}

/// Receives an answer and adapts it.
pub(crate) async fn read(
    response: Response,
    operation: Option<Operation>,
    idle_timeout: Duration,
    redactor: &Redactor,
) -> reqwest::Result<Response> {
    let operation = operation.unwrap_or_else(|| Operation::unlisted(&http::Method::GET));
    let (status, version, mut headers) = (response.status(), response.version(), response.headers().clone());
    if status.is_redirection() {
        return Ok(response);
    }
    let result = if status.is_success() && operation.answer == Answer::Bytes {
        let mut chunks = Box::pin(response.bytes_stream());
        let first = match chunks.next().await {
            Some(chunk) => chunk?,
            None => Bytes::new(),
        };
        let checked = wire::check_stream(status, &headers, &first, &operation, redactor);
        let chunks = stream::iter([Ok(first)]).chain(chunks);
        checked.map(|()| reqwest::Body::wrap_stream(streamed(chunks.boxed(), idle_timeout)))
    } else {
        let (body, is_clipped) =
            if status.is_success() { (response.bytes().await?, false) } else { beginning(response).await? };
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        let received = Received { status, headers: headers.clone(), body, is_clipped };
        wire::read(received, &operation, redactor).map(reqwest::Body::from)
    };
    let (body, failure) = match result {
        Ok(body) => (body, None),
        Err(error) => (reqwest::Body::from("{}"), Some(Failure(Arc::new(Mutex::new(Some(error)))))),
    };
    let mut adapted = http::Response::new(body);
    *adapted.status_mut() = status;
    *adapted.version_mut() = version;
    *adapted.headers_mut() = headers;
    if let Some(failure) = failure {
        adapted.extensions_mut().insert(failure);
    }
    Ok(adapted.into())
}

/// The body of an error, or as much of it as is worth having.
async fn beginning(mut response: Response) -> reqwest::Result<(Bytes, bool)> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > wire::MAX_ERROR {
            body.truncate(wire::MAX_ERROR);
            return Ok((body.freeze(), true));
        }
    }
    Ok((body.freeze(), false))
}

/// The bytes, which may not keep the reader waiting for longer than this.
fn streamed(
    chunks: stream::BoxStream<'static, reqwest::Result<Bytes>>,
    idle_timeout: Duration,
) -> impl stream::Stream<Item = Result<Bytes, Box<dyn StdError + Send + Sync>>> {
    stream::unfold(Some(chunks), move |chunks| async move {
        let mut chunks = chunks?;
        match tokio::time::timeout(idle_timeout, chunks.next()).await {
            Ok(None) => None,
            Ok(Some(chunk)) => Some((chunk.map_err(Box::<dyn StdError + Send + Sync>::from), Some(chunks))),
            Err(_) => Some((Err(silence(idle_timeout).into()), None)),
        }
    })
}

/// That the server says nothing more, in the form in which reqwest knows a timeout.
fn silence(idle_timeout: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("nothing more came within {idle_timeout:?}"))
}
