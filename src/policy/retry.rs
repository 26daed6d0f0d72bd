//! When a request is sent again: only where that can do no harm. Policy alone: nothing here sends anything.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use backon::{BackoffBuilder, ExponentialBuilder};
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::{
    error::{is_gateway_failure, is_tls_failure, retry_after},
    operation::Operation,
};

/// When a request is sent again, and how often.
///
/// | what happened | a call that is safe to repeat | any other call |
/// |---|---|---|
/// | no connection: nothing was sent | again | again |
/// | the server says by HTTP/2 (feature `http2`) that it did not process the request (`REFUSED_STREAM`, `GOAWAY`) | again | again |
/// | 429, 502, 503, 504, and what gateways have of their own (520 to 524, 527, 529, 530, 598, 599) | again | its error |
/// | the connection broke, an attempt took too long | again, unless bytes are streaming already | its error |
/// | TLS failed | its error | its error |
/// | WhatsApp's own limit (a 500 with `rate-overlimit`) | its error | its error |
/// | any other answer | its answer | its answer |
///
/// Safe to repeat are the operations that read, set or delete something: most of those by `GET`, `PUT` and `DELETE`, and a
/// few by `POST`; [`Operation::is_repeatable`] tells. A [`Request`](crate::Request) to a path that the document does not
/// know is not safe to repeat unless it says so itself: the `GET` of `/api/sendText` sends a message. A message is never
/// sent again once it may have reached the server, unless [`Once`](crate::handles::Once) has found that it is not there.
/// Where a first attempt has deleted something and its answer was lost, the second may find nothing: most engines answer
/// that with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound), and WEBJS with a 500
/// ([`ErrorKind::Server`](crate::ErrorKind::Server)).
///
/// Between two attempts passes a random time that doubles each time, or what the server asks for by `Retry-After`, if that
/// is longer. A file is read again for each attempt; one that comes from a reader is not sent a second time once it was
/// begun to be read. An attempt that could not begin before the call's timeout is not made: the error is that of the last
/// one.
///
/// A budget keeps retries from making an outage worse: ten retries are free, and ten calls that go well pay for each further
/// one. What the server did not process, as it says by HTTP/2, does not count.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::{Client, RequestOptions, Retry};
///
/// let retry = Retry::new().max_retries(4).min_delay(Duration::from_secs(1)).max_delay(Duration::from_secs(30));
/// let client = Client::builder("http://localhost:3000").options(RequestOptions::new().retry(retry)).build()?;
/// let once = client.with(|options| options.retry(Retry::never()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    max_retries: usize,
    min_delay: Duration,
    max_delay: Duration,
}

impl Retry {
    /// The longest time that may be set between two attempts.
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

/// A retry budget: ten successes pay for one retry.
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

    /// Counts a success.
    pub(crate) fn earn(&self) {
        let add = |saved: u32| (saved < Self::SAVED).then_some(saved + Self::EARNED);
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| saved.checked_sub(Self::PRICE)).is_ok()
    }
}

/// Why an attempt failed, as far as it matters for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There was no connection: nothing was sent.
    NotSent,
    /// The protocol says that the server did not process the request.
    NotProcessed,
    /// The connection broke, or the attempt took too long: the server may have processed the request.
    Interrupted,
    /// The server, or a gateway before it, may be able to answer after this time.
    Unavailable { status: StatusCode, retry_after: Duration },
    /// Another attempt would fail in the same way.
    Permanent,
}

impl Failure {
    /// That of an answer which is not a success.
    pub(crate) fn of_answer(status: StatusCode, headers: &HeaderMap) -> Self {
        match status == StatusCode::TOO_MANY_REQUESTS || is_gateway_failure(status) {
            true => Self::Unavailable { status, retry_after: retry_after(headers).unwrap_or_default() },
            false => Self::Permanent,
        }
    }

    /// That of an attempt that brought no answer, or half of one.
    pub(crate) fn of_transport(error: &reqwest::Error) -> Self {
        if error.is_builder() || is_tls_failure(error) {
            Self::Permanent
        } else if error.is_connect() {
            Self::NotSent
        } else if is_not_processed(error) {
            Self::NotProcessed
        } else {
            Self::Interrupted
        }
    }
}

/// Whether HTTP/2 says that the request was not processed (RFC 9113, sections 6.8 and 8.7).
#[cfg(feature = "http2")]
fn is_not_processed(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let Some(error) = causes.find_map(|cause| cause.downcast_ref::<h2::Error>()) else { return false };
    let is_graceful_end = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
    let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    error.is_remote() && (is_graceful_end || is_refused)
}

#[cfg(not(feature = "http2"))]
fn is_not_processed(_: &(dyn std::error::Error + 'static)) -> bool {
    false
}

/// The attempts of one call.
pub(crate) struct Attempts<'a> {
    is_repeatable: bool,
    max_delay: Duration,
    delays: Box<dyn Iterator<Item = Duration> + Send>,
    deadline: Option<Instant>,
    budget: &'a Budget,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(retry: &Retry, operation: &Operation, time: Duration, budget: &'a Budget) -> Self {
        Self {
            is_repeatable: operation.is_repeatable(),
            max_delay: retry.max_delay,
            delays: Box::new(retry.delays()),
            deadline: Instant::now().checked_add(time),
            budget,
        }
    }

    /// Returns how long to wait before another attempt, or `None` where there is to be none.
    pub(crate) fn delay_before_another(&mut self, failure: &Failure) -> Option<Duration> {
        let asked = match failure {
            Failure::NotSent | Failure::NotProcessed => Duration::ZERO,
            Failure::Interrupted if self.is_repeatable => Duration::ZERO,
            Failure::Unavailable { retry_after, .. } if self.is_repeatable => *retry_after,
            _ => return None,
        };
        let delay = self.delays.next()?.max(asked);
        let then = Instant::now().checked_add(delay)?;
        let is_too_late = self.deadline.is_some_and(|deadline| then >= deadline);
        // What was not processed makes an outage no worse: the server has said so, and does not count it.
        let is_free = *failure == Failure::NotProcessed;
        if asked > self.max_delay || is_too_late || !(is_free || self.budget.spend()) {
            return None;
        }
        Some(delay)
    }
}
