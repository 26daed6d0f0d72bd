//! What happens around every request: one function, whose body is the list.

use std::{pin::pin, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING},
};
use reqwest::{Request, Response};
use tokio::time::{Instant, sleep, timeout};

use super::{
    answer::{Answer, Body},
    body,
    call::{Call, CallState},
    missing_route,
    redirect::Redirects,
    stream, trace,
    wire::{self, Received},
};
use crate::{
    address::is_same_origin,
    client::API_KEY,
    error::{Error, ErrorKind},
    operation,
    policy::retry::{Attempts, Failure},
};

/// A call on its way to its answer.
///
/// It is the same for all operations, and it is moved nowhere: whatever takes part in it is polled where it is.
pub(crate) type Exchange = BoxFuture<'static, Result<Answer, Error>>;

/// Sends the request of a call, and returns a success that can be decoded.
///
/// # Errors
///
/// The request is refused, the server cannot be reached or refuses, or it answers with something else.
pub(crate) fn exchange(call: Call, mut request: Request, mut redirects: Redirects) -> Exchange {
    let call = Arc::new(call.start());
    Box::pin(async move {
        let time = call.client.options().time_for(&call.operation);
        let begin = Instant::now();
        let attempts = pin!(attempts(&call, &mut request, &mut redirects));
        let bounded = pin!(timeout(time, attempts));
        let result = call.span.around(bounded).await;
        let error = match result.unwrap_or_else(|_| Err(Error::from_timeout(time, call.is_waiting()))) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let error = match error.is_missing_route() {
            true => {
                let explained = missing_route::explain(&call, error, time.saturating_sub(begin.elapsed()));
                call.span.around(Box::pin(explained)).await
            }
            false => error,
        };
        Err(call.fail(error))
    })
}

/// The list: headers, turn, attempt, redirect, retry.
async fn attempts(call: &Arc<CallState>, request: &mut Request, redirects: &mut Redirects) -> Result<Answer, Error> {
    let client = &call.client;
    let options = client.options();
    let begin = Instant::now();
    let mut retries = None;
    call.learn_secrets(request);
    trace::request(call, request);
    loop {
        let limiter = client.limiter();
        let outcome = if limiter.is_unlimited() {
            attempt(call, request).await
        } else {
            let (waiting, sending, request) = (call.clone(), call.clone(), copy(request)?);
            let attempt = Box::pin(async move { attempt(&sending, &request).await });
            limiter.run(move |is_waiting| waiting.waits(is_waiting), attempt).await
        };
        let failed = match outcome {
            Outcome::Success(answer) => {
                client.budget().earn();
                return Ok(answer);
            }
            Outcome::Redirect(status, headers) => {
                redirects.follow(call, request, status, &headers)?;
                continue;
            }
            Outcome::Failed(failed) => failed,
        };
        let can_be_read_again = !call.files.are_spent();
        let retries = retries.get_or_insert_with(|| {
            let left = options.time_for(&call.operation).saturating_sub(begin.elapsed());
            Attempts::new(&options.retry, &call.operation, left, client.budget())
        });
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
    Success(Answer),
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

static KEY: HeaderName = HeaderName::from_static(API_KEY);

/// The room for headers: those of the operation, of the caller and of the connection.
const HEADERS: usize = 6;

/// Copies a request. Its own body is in memory, and its files are opened for each attempt: that can always be done.
fn copy(request: &Request) -> Result<Request, Error> {
    request.try_clone().ok_or_else(|| Error::new(ErrorKind::InvalidRequest, "the body cannot be sent"))
}

/// Returns what is sent for a request, with what the server wants in every request. The key and the caller's own headers go
/// to the base URL's origin alone.
fn next_attempt(call: &CallState, request: &Request) -> Result<Request, Error> {
    let client = &call.client;
    let mut next = match request.body() {
        None => Request::new(request.method().clone(), request.url().clone()),
        Some(_) => copy(request)?,
    };
    let is_for_the_server = is_same_origin(request.url(), client.base_url());
    let own = client.options().headers();
    let mut headers = HeaderMap::with_capacity(HEADERS + own.len());
    headers.extend(request.headers().iter().map(|(name, value)| (name.clone(), value.clone())));
    if let Some(accept) = call.operation.accept {
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
    }
    for name in own.keys() {
        headers.remove(name);
    }
    if is_for_the_server {
        headers.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    match client.api_key().filter(|_| is_for_the_server) {
        Some(key) => headers.insert(&KEY, key.clone()),
        None => headers.remove(&KEY),
    };
    *next.headers_mut() = headers;
    Ok(next)
}

/// Sends a request once and reads the answer, within the time for an attempt.
async fn attempt(call: &Arc<CallState>, request: &Request) -> Outcome {
    let sent = pin!(send(call, request));
    let Some(time) = call.client.options().time_for_attempt(&call.operation) else { return sent.await };
    timeout(time, sent).await.unwrap_or_else(|_| {
        Outcome::Failed(Failed { error: Error::from_timeout(time, false), failure: Failure::Interrupted })
    })
}

async fn send(call: &Arc<CallState>, request: &Request) -> Outcome {
    call.count_attempt();
    let mut request = match next_attempt(call, request) {
        Ok(request) => request,
        Err(error) => return Outcome::permanent(error),
    };
    let mut sent = None;
    if !call.files.is_empty() {
        match Box::pin(body::fill(&mut request, &call.files)).await {
            Ok(body) => sent = Some(body),
            Err(error) => return Outcome::permanent(error),
        }
    }
    let why_it_broke = || sent.as_ref().and_then(body::BodyFailure::take);
    let http = match http_client(call) {
        Ok(http) => http,
        Err(error) => return Outcome::permanent(error),
    };
    let mut response = match http.execute(request).await {
        Ok(response) => response,
        Err(error) => return failed(why_it_broke(), error),
    };
    let status = response.status();
    call.note_status(status);
    call.client.learn_keep_alive(response.headers());
    if status.is_redirection() && response.headers().contains_key(LOCATION) {
        return Outcome::Redirect(status, std::mem::take(response.headers_mut()));
    }
    if status.is_success() && call.operation.answer == operation::Answer::Bytes {
        return begin_stream(call, response);
    }
    #[cfg(feature = "ws")]
    if status == StatusCode::SWITCHING_PROTOCOLS && call.operation.answer == operation::Answer::Upgrade {
        let headers = response.headers().clone();
        return Outcome::Success(Answer { call: call.clone(), status, headers, body: Body::Upgrade(response) });
    }
    let limit = if status.is_success() { call.client.options().max_answer_size } else { wire::MAX_ERROR as u64 };
    let Read { body, is_clipped } = match read_body(&mut response, limit).await {
        Ok(read) => read,
        Err(error) => return failed(why_it_broke(), error),
    };
    received(call, status, std::mem::take(response.headers_mut()), body, is_clipped)
}

/// The HTTP client whose connections can do what the operation needs.
fn http_client(call: &CallState) -> Result<reqwest::Client, Error> {
    match call.operation.answer {
        #[cfg(feature = "ws")]
        operation::Answer::Upgrade => call.client.upgradable_http(),
        _ => Ok(call.client.http()),
    }
}

/// Checks the head of a success whose body is streamed. The bytes themselves are looked at when they come: see
/// [`Answer::download`].
fn begin_stream(call: &Arc<CallState>, response: Response) -> Outcome {
    let (status, headers) = (response.status(), response.headers().clone());
    match wire::check_stream(status, &headers, &[], &call.operation, call.redactor()) {
        Ok(()) => {
            let body = Body::Stream(stream::bounded(response, call.client.options().idle_timeout));
            Outcome::Success(Answer { call: call.clone(), status, headers, body })
        }
        Err(error) => Outcome::Failed(Failed { error, failure: Failure::of_answer(status, &headers) }),
    }
}

/// Adapts an answer that has been read.
fn received(
    call: &Arc<CallState>,
    status: StatusCode,
    mut headers: HeaderMap,
    body: Bytes,
    is_clipped: bool,
) -> Outcome {
    let received = Received { status, headers: &headers, body, is_clipped };
    match wire::read(received, &call.operation, call.redactor()) {
        Ok(json) => {
            // They are about another body.
            headers.remove(CONTENT_LENGTH);
            headers.remove(TRANSFER_ENCODING);
            Outcome::Success(Answer { call: call.clone(), status, headers, body: Body::Json(json) })
        }
        Err(error) => Outcome::Failed(Failed { error, failure: Failure::of_answer(status, &headers) }),
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

/// A body that was read.
struct Read {
    body: Bytes,
    /// Whether there was more than the limit.
    is_clipped: bool,
}

/// The size of a body, in bytes, from which on it may stay in the buffer of the connection, which is at most four times as large.
const LARGE: usize = 128 * 1024;

/// Reads a body up to a limit in bytes. A small one gets memory of its own, so that a slice of it that lives on keeps no buffer
/// of the connection.
async fn read_body(response: &mut Response, limit: u64) -> reqwest::Result<Read> {
    let Some(first) = response.chunk().await? else { return Ok(Read { body: Bytes::new(), is_clipped: false }) };
    let Some(second) = response.chunk().await? else {
        let body = if first.len() < LARGE { Bytes::copy_from_slice(&first) } else { first };
        return Ok(clipped(body, limit));
    };
    let expected = response.content_length().unwrap_or_default().min(limit).min(1024 * 1024);
    let mut body =
        BytesMut::with_capacity(usize::try_from(expected).unwrap_or_default().max(first.len() + second.len()));
    body.extend_from_slice(&first);
    body.extend_from_slice(&second);
    drop((first, second));
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
