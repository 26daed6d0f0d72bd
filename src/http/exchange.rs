//! What happens around every request: one function, whose body is the list.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt, future::BoxFuture};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING},
};
use reqwest::{Request, Response};
use tokio::time::{sleep, timeout};

use super::{
    body,
    call::CallState,
    redirect::Redirects,
    stream, trace,
    wire::{self, Received},
};
use crate::{
    client::API_KEY,
    error::{Error, ErrorKind},
    operation::Answer,
    policy::retry::{Attempts, Failure},
};

/// Sends the request of a call, and returns a success that the generated client can decode.
///
/// # Errors
///
/// The request is refused, the server cannot be reached or refuses, or it answers with something else.
pub(crate) fn exchange<'a>(
    call: &'a Arc<CallState>,
    request: Request,
    redirects: Redirects,
) -> BoxFuture<'a, Result<Response, Error>> {
    // Boxed, so that the futures of 192 operations do not each hold a copy of it.
    let time = call.client.options().time_for(&call.operation);
    let bounded = timeout(time, attempts(call, request, redirects)).map(move |result| match result {
        Ok(result) => result,
        Err(_) => Err(Error::from_timeout(time, call.is_waiting())),
    });
    call.span.around(bounded).boxed()
}

/// The list: headers, turn, attempt, redirect, retry.
async fn attempts(call: &Arc<CallState>, mut request: Request, mut redirects: Redirects) -> Result<Response, Error> {
    let client = &call.client;
    let options = client.options();
    let mut retries =
        Attempts::new(&options.retry, &call.operation, options.time_for(&call.operation), client.budget());
    call.learn_secrets(&request);
    set_headers(call, &mut request);
    trace::request(call, &request);
    loop {
        // A request's own body is in memory, and its files are opened for each attempt: it can always be cloned.
        let next =
            request.try_clone().ok_or_else(|| Error::new(ErrorKind::InvalidRequest, "the body cannot be sent"))?;
        let waiting = call.clone();
        let set_waiting = move |is_waiting| waiting.waits(is_waiting);
        let attempt = client.limiter().run(set_waiting, attempt(call.clone(), next)).await;
        let failed = match attempt {
            Outcome::Success(response) => {
                client.budget().earn();
                return Ok(response);
            }
            Outcome::Redirect(status, headers) => {
                request = redirects.follow(call, request, status, &headers)?;
                set_headers(call, &mut request);
                continue;
            }
            Outcome::Failed(failed) => failed,
        };
        let can_be_read_again = !call.files.are_spent();
        match retries.delay_before_another(&failed.failure).filter(|_| can_be_read_again) {
            Some(delay) => {
                trace::retry(&failed, delay);
                sleep(delay).await;
            }
            None => {
                let unprocessed = matches!(failed.failure, Failure::NotSent | Failure::NotProcessed);
                return Err(failed.error.with_unprocessed(unprocessed));
            }
        }
    }
}

/// How an attempt ended.
enum Outcome {
    Success(Response),
    /// The server sends elsewhere.
    Redirect(StatusCode, HeaderMap),
    Failed(Failed),
}

/// An attempt that failed: for the caller, and for the decision about another one.
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) failure: Failure,
}

impl Outcome {
    fn permanent(error: Error) -> Self {
        Self::Failed(Failed { error, failure: Failure::Permanent })
    }
}

/// Adds what the server wants in every request. The key and the caller's own headers go to the base URL's origin alone.
fn set_headers(call: &CallState, request: &mut Request) {
    let client = &call.client;
    let is_for_the_server = request.url().origin() == client.base_url().origin();
    let headers = request.headers_mut();
    // The generated code's own header, which WAHA does not know.
    headers.remove("api-version");
    if let Some(accept) = call.operation.accept {
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
    }
    headers.remove(API_KEY);
    for name in client.options().headers().keys() {
        headers.remove(name);
    }
    if is_for_the_server {
        headers.extend(client.options().headers().clone());
        if let Some(key) = client.api_key() {
            headers.insert(API_KEY, key.clone());
        }
    }
}

/// Sends a request once and reads the answer, within the time for an attempt.
async fn attempt(call: Arc<CallState>, request: Request) -> Outcome {
    match call.client.options().time_for_attempt(&call.operation) {
        Some(time) => match timeout(time, send(&call, request)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Outcome::Failed(Failed { error: Error::from_timeout(time, false), failure: Failure::Interrupted })
            }
        },
        None => send(&call, request).await,
    }
}

async fn send(call: &CallState, mut request: Request) -> Outcome {
    call.count_attempt();
    let body = match body::fill(&mut request, &call.files).await {
        Ok(body) => body,
        Err(error) => return Outcome::permanent(error),
    };
    let http = match http_client(call) {
        Ok(http) => http,
        Err(error) => return Outcome::permanent(error),
    };
    let response = match http.execute(request).await {
        Ok(response) => response,
        Err(error) => return failed(body.take(), error),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    call.note_answer(status, &headers);
    call.client.learn_keep_alive(&headers);
    if status.is_redirection() && headers.contains_key(LOCATION) {
        return Outcome::Redirect(status, headers);
    }
    match read(call, response).await {
        Ok(Ok(response)) => Outcome::Success(response),
        Ok(Err(error)) => {
            let failure = Failure::of_answer(status, &headers);
            Outcome::Failed(Failed { error, failure })
        }
        Err(error) => failed(body.take(), error),
    }
}

/// The HTTP client whose connections can do what the operation needs.
fn http_client(call: &CallState) -> Result<reqwest::Client, Error> {
    match call.operation.answer {
        #[cfg(feature = "ws")]
        Answer::Upgrade => call.client.upgradable_http(),
        _ => Ok(call.client.http()),
    }
}

/// The failure of an attempt that brought no answer, or half of one. If a file broke off, that is the reason.
fn failed(file: Option<Error>, error: reqwest::Error) -> Outcome {
    match file {
        Some(error) => Outcome::permanent(error),
        None => {
            let failure = Failure::of_transport(&error);
            Outcome::Failed(Failed { error: Error::from_transport(error), failure })
        }
    }
}

/// Reads the answer, unless it is bytes to be streamed, and adapts it.
async fn read(call: &CallState, response: Response) -> reqwest::Result<Result<Response, Error>> {
    let options = call.client.options();
    let redactor = call.redactor();
    let (status, version, mut headers) = (response.status(), response.version(), response.headers().clone());
    if status.is_success() && call.operation.answer == Answer::Bytes {
        // The bytes themselves are looked at when they come: see `ActiveCall::download`.
        return Ok(wire::check_stream(status, &headers, &[], &call.operation, redactor)
            .map(|()| stream::bounded(response, options.idle_timeout)));
    }
    #[cfg(feature = "ws")]
    if status == StatusCode::SWITCHING_PROTOCOLS && call.operation.answer == Answer::Upgrade {
        return Ok(Ok(response));
    }
    let limit = if status.is_success() { options.max_answer_size } else { wire::MAX_ERROR as u64 };
    let Read { body, is_clipped } = read_body(response, limit).await?;
    if is_clipped && status.is_success() {
        return Ok(Err(too_large(limit)));
    }
    let received = Received { status, headers: headers.clone(), body, is_clipped };
    let json = match wire::read(received, &call.operation, redactor) {
        Ok(json) => json,
        Err(error) => return Ok(Err(error)),
    };
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    let mut adapted = http::Response::new(json);
    *adapted.status_mut() = status;
    *adapted.version_mut() = version;
    *adapted.headers_mut() = headers;
    Ok(Ok(adapted.into()))
}

/// The error of an answer that is larger than this many bytes.
fn too_large(limit: u64) -> Error {
    let why = format!("the answer has more than {limit} bytes, which is the limit (`RequestOptions::max_answer_size`)");
    Error::new(ErrorKind::Decode, why)
}

/// A body that was read.
struct Read {
    body: Bytes,
    /// Whether there was more than the limit.
    is_clipped: bool,
}

/// Reads a body up to a limit in bytes.
async fn read_body(mut response: Response, limit: u64) -> reqwest::Result<Read> {
    let Some(first) = response.chunk().await? else { return Ok(Read { body: Bytes::new(), is_clipped: false }) };
    let Some(second) = response.chunk().await? else {
        return Ok(clipped(first, limit));
    };
    let expected = response.content_length().unwrap_or_default().min(limit).min(1024 * 1024);
    let mut body =
        BytesMut::with_capacity(usize::try_from(expected).unwrap_or_default().max(first.len() + second.len()));
    body.extend_from_slice(&first);
    body.extend_from_slice(&second);
    while body.len() as u64 <= limit {
        match response.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    Ok(clipped(body.freeze(), limit))
}

fn clipped(mut body: Bytes, limit: u64) -> Read {
    let is_clipped = body.len() as u64 > limit;
    if is_clipped {
        body.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Read { body, is_clipped }
}
