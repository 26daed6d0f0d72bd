//! How fast a client may send, and how much at a time: every attempt waits here for its turn.

use std::{
    future::{Future, poll_fn},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

use crate::{http::call::CallState, http::task};

/// How many requests a client sends in a time, and how many may be under way: see
/// [`RequestOptions::limits`](crate::RequestOptions::limits).
///
/// Whoever comes first is served first, and every attempt of a call counts. A request is under way until its answer has
/// been read, or has begun where it is bytes. They hold for batches as well, whatever [`Batching`](crate::Batching) allows.
///
/// | setting | default | odd values |
/// |---|---|---|
/// | [`per_second`](Self::per_second), [`per_minute`](Self::per_minute) | no limit; the last one set holds | 0 counts as 1 |
/// | [`burst`](Self::burst) | 1: evenly spaced | 0 counts as 1, more than a million as a million |
/// | [`max_in_flight`](Self::max_in_flight) | no limit | 0 counts as 1 |
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use waha::{Client, Limits, RequestOptions};
///
/// let limits = Limits::new().per_second(10).max_in_flight(20);
/// let client = Client::builder("http://localhost:3000").options(RequestOptions::new().limits(limits)).build()?;
/// let slow = client.with(|options| options.limits(Limits::new().per_minute(6)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it changes nothing by itself: give it to `RequestOptions::limits`"]
pub struct Limits {
    interval: Option<Duration>,
    burst: u32,
    max_in_flight: Option<usize>,
}

impl Limits {
    const MAX_BURST: u32 = 1_000_000;

    /// No limits.
    pub const fn new() -> Self {
        Self { interval: None, burst: 1, max_in_flight: None }
    }

    /// How many requests may be sent in a second, one after the other at even distances.
    pub fn per_second(mut self, requests: u32) -> Self {
        self.interval = Some(Duration::from_secs(1) / requests.max(1));
        self
    }

    /// How many requests may be sent in a minute, one after the other at even distances.
    pub fn per_minute(mut self, requests: u32) -> Self {
        self.interval = Some(Duration::from_secs(60) / requests.max(1));
        self
    }

    /// How many requests may be sent at once where as many have been left out before: `per_second(10).burst(5)` sends up to
    /// 14 in some second, and 10 on the average.
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = requests.clamp(1, Self::MAX_BURST);
        self
    }

    /// How many requests may be under way at the same time.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = Some(requests.clamp(1, Semaphore::MAX_PERMITS));
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// The queue of a client.
pub(crate) struct Limiter {
    limits: Limits,
    in_flight: Option<Arc<Semaphore>>,
    rate: Option<Rate>,
    /// Locked by whoever is next: a fair lock, so that nobody is overtaken. It holds the time until which the rate is used
    /// up: every request adds an interval.
    next: tokio::sync::Mutex<Instant>,
}

#[derive(Clone, Copy)]
struct Rate {
    interval: Duration,
    /// How far ahead of its time a burst may be.
    slack: Duration,
}

impl Limiter {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            in_flight: limits.max_in_flight.map(|requests| Arc::new(Semaphore::new(requests))),
            rate: limits.interval.map(|interval| Rate { interval, slack: interval * (limits.burst - 1) }),
            next: tokio::sync::Mutex::new(Instant::now()),
        }
    }

    /// Makes a request when it is its turn.
    pub(crate) async fn run<F>(self: &Arc<Self>, call: Arc<CallState>, request: F) -> F::Output
    where
        F: Future<Output: Send> + Send + 'static,
    {
        if self.in_flight.is_none() && self.rate.is_none() {
            return request.await;
        }
        call.waits(true);
        let mut turn = Box::pin(self.clone().turn());
        // Takes its place in the queue, before those who come while the task is being started.
        let at_once = poll_fn(|context| Poll::Ready(turn.as_mut().poll(context))).await;
        // In a task: who is not polled, as a batch is not between two results, must not hold up everybody behind it.
        task::run(async move {
            let _permit = match at_once {
                Poll::Ready(permit) => permit,
                Poll::Pending => turn.await,
            };
            call.waits(false);
            request.await
        })
        .await
    }

    /// Waits until a request may be sent, which is under way for as long as what is returned lives.
    async fn turn(self: Arc<Self>) -> Option<OwnedSemaphorePermit> {
        let mut used_until = self.next.lock().await;
        // First, since a request that has passed the rate has to be sent at once.
        let permit = match &self.in_flight {
            // It is never closed.
            Some(in_flight) => in_flight.clone().acquire_owned().await.ok(),
            None => None,
        };
        if let Some(Rate { interval, slack }) = self.rate {
            let now = Instant::now();
            let start = used_until.checked_sub(slack).map_or(now, |start| start.max(now));
            if start > now {
                sleep_until(start).await;
            }
            // From when it should have started, so that the timer's delays do not add up.
            *used_until = start.max(*used_until) + interval;
        }
        permit
    }
}

/// The queues of a client and its views, one for each kind of limits, made once and kept.
#[derive(Clone, Default)]
pub(crate) struct Limiters(Arc<Mutex<Vec<Arc<Limiter>>>>);

impl Limiters {
    /// The queue for these limits.
    pub(crate) fn get(&self, limits: Limits) -> Arc<Limiter> {
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = limiters.iter().find(|limiter| limiter.limits == limits) {
            return limiter.clone();
        }
        let limiter = Arc::new(Limiter::new(limits));
        limiters.push(limiter.clone());
        limiter
    }
}
