//! When a request is sent again: only where that can do no harm.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use backon::{BackoffBuilder, ExponentialBuilder};
use progenitor_client::ClientInfo;
use reqwest::{Request, Response, StatusCode};
use tokio::time::Instant;

use crate::{
    Client,
    client::State,
    client::tls,
    error::{is_gateway_failure, retry_after},
    http::received,
    http::trace,
    operation::Operation,
};

/// When a request is sent again, and how often.
///
/// | what happened | a call that is safe to repeat | any other call |
/// |---|---|---|
/// | no connection: nothing was sent | again | again |
/// | 429, 502, 503, 504 | again | its error |
/// | the connection broke, an attempt took too long | again, unless bytes are streaming already | its error |
/// | TLS failed | its error | its error |
/// | WhatsApp's own limit (a 500 with `rate-overlimit`) | its error | its error |
/// | any other answer | its answer | its answer |
///
/// Safe to repeat are the operations that read, set or delete something, by `GET`, `PUT` and `DELETE` and a few by
/// `POST`; [`Operation::is_repeatable`] tells. Of what a [`Request`](crate::Request) asks for and the document does not
/// know, these are `GET`, `HEAD` and `OPTIONS`. A message is never sent again once it may have reached the server. Where a
/// first attempt has deleted something and its answer was lost, the second may find nothing
/// ([`ErrorKind::NotFound`](crate::ErrorKind::NotFound)).
///
/// Between two attempts passes a random time that doubles each time, or what the server asks for by `Retry-After`, if that
/// is longer. A file is read again for each attempt; one that comes from a reader, and was begun to be read, is sent no
/// second time. An attempt that could not begin before the call's timeout is not made: the error is that of the last one.
///
/// An outage is not made worse: ten retries are free, and each further one has to be earned by ten calls that go well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    max_retries: usize,
    min_delay: Duration,
    max_delay: Duration,
}

impl Retry {
    /// Whoever waits longer than this has a schedule, and not a retry.
    const LONGEST: Duration = Duration::from_secs(3600);

    /// Twice: after half a second to a second, then after one to two seconds.
    pub fn new() -> Self {
        Self { max_retries: 2, min_delay: Duration::from_millis(500), max_delay: Duration::from_secs(10) }
    }

    /// Never.
    pub fn never() -> Self {
        Self { max_retries: 0, ..Self::new() }
    }

    /// How often after the first attempt. Default: 2.
    pub fn max_retries(mut self, retries: usize) -> Self {
        self.max_retries = retries;
        self
    }

    /// The time before the first retry, to which up to as much again is added at random. Default: 500 ms.
    pub fn min_delay(mut self, delay: Duration) -> Self {
        self.min_delay = delay;
        self
    }

    /// The longest time to wait before a retry, an hour at the most; where the server asks for more, the call ends with its
    /// answer. Default: 10 s.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay.min(Self::LONGEST);
        self
    }

    fn delays(&self) -> impl Iterator<Item = Duration> {
        let max_delay = self.max_delay;
        ExponentialBuilder::new()
            .with_min_delay(self.min_delay.min(max_delay))
            .with_max_delay(max_delay)
            .with_max_times(self.max_retries)
            .with_jitter()
            .build()
            .map(move |delay| delay.min(max_delay))
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self::new()
    }
}

/// What keeps an outage from being made worse: every request that goes well earns a part of a retry.
#[derive(Clone)]
pub(crate) struct Budget(Arc<AtomicU32>);

impl Budget {
    const EARNED: u32 = 1;
    const PRICE: u32 = 10;
    /// Ten retries are free at the beginning, and can be saved at the most.
    const SAVED: u32 = 10 * Self::PRICE;

    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU32::new(Self::SAVED)))
    }

    fn earn(&self) {
        let add = |saved: u32| (saved < Self::SAVED).then_some(saved + Self::EARNED);
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| saved.checked_sub(Self::PRICE)).is_ok()
    }
}

/// Sends a request, and sends it again where that is safe and may help.
pub(crate) async fn execute(
    client: &Client,
    request: Request,
    operation: Option<Operation>,
) -> reqwest::Result<Response> {
    let State { options, budget, .. } = &**client.inner();
    trace::request(client.inner(), &request);
    let deadline = operation.and_then(|operation| Instant::now().checked_add(options.time_for(&operation)));
    let mut delays = options.retry.delays();
    loop {
        // A body that cannot be cloned is sent once.
        let Some(next) = request.try_clone() else {
            return settle(client, attempt(client, request, operation).await);
        };
        let result = attempt(client, next, operation).await;
        let asked = wait_before_another(&result, operation).filter(|_| !client.inner().note().is_final());
        let Some(asked) = asked else {
            if result.as_ref().is_ok_and(|response| response.status().is_success() && received::is_good(response)) {
                budget.earn();
            }
            return settle(client, result);
        };
        let Some(delay) = delays.next().map(|delay| delay.max(asked)) else { return settle(client, result) };
        let then = Instant::now().checked_add(delay);
        let is_too_late = deadline.is_some_and(|deadline| then.is_none_or(|then| then >= deadline));
        if asked > options.retry.max_delay || is_too_late || !budget.spend() {
            return settle(client, result);
        }
        trace::retry(&result, delay);
        tokio::time::sleep(delay).await;
    }
}

/// Ends the call with the error that was read, if the last answer was one.
fn settle(client: &Client, result: reqwest::Result<Response>) -> reqwest::Result<Response> {
    if let Some(error) = result.as_ref().ok().and_then(received::error) {
        client.inner().note().refuse(error);
    }
    result
}

/// Sends a request once, when it is its turn.
async fn attempt(client: &Client, request: Request, operation: Option<Operation>) -> reqwest::Result<Response> {
    let inner = client.inner();
    inner.limiter.run(inner.note(), send(client.clone(), request, operation)).await
}

/// Sends a request, and reads the answer.
async fn send(client: Client, mut request: Request, operation: Option<Operation>) -> reqwest::Result<Response> {
    let inner = client.inner();
    inner.note().attempt();
    if let Some(body) = inner.note().body() {
        if let Err(error) = body.fill(&mut request, inner.note()).await {
            inner.note().refuse(error);
            return Ok(nothing(StatusCode::BAD_REQUEST));
        }
    }
    let response = client.client().execute(request).await?;
    let (status, headers) = (response.status(), response.headers().clone());
    inner.note().answer(status, &headers);
    received::read(response, operation, inner.options.idle_timeout, &inner.redactor).await
}

/// What stands for an answer where the call has failed already: see [`Note::refuse`](crate::http::call::Note::refuse).
fn nothing(status: StatusCode) -> Response {
    let mut nothing = http::Response::new(reqwest::Body::default());
    *nothing.status_mut() = status;
    nothing.into()
}

/// How long the server asks to wait before another attempt, or `None` where there is to be none.
fn wait_before_another(result: &reqwest::Result<Response>, operation: Option<Operation>) -> Option<Duration> {
    let is_repeatable = operation.is_some_and(|operation| operation.is_repeatable());
    match result {
        Ok(response) if is_repeatable => match response.status() {
            status if status == StatusCode::TOO_MANY_REQUESTS || is_gateway_failure(status) => {
                Some(retry_after(response.headers()).unwrap_or_default())
            }
            _ => None,
        },
        Ok(_) => None,
        Err(error) if error.is_builder() || tls::is_failure(error) => None,
        Err(error) if error.is_connect() || is_repeatable => Some(Duration::ZERO),
        Err(_) => None,
    }
}
