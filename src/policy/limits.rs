//! Client-side rate limiting: every attempt waits until the limits allow it to be sent.

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

use super::{
    pace::{Pace, Rate},
    task,
};

/// How many requests a client may send in a given time, and how many may be in progress at once: see
/// [`RequestOptions::limits`](crate::RequestOptions::limits).
///
/// Requests are sent in the order of their arrival. Every attempt of a call counts, and waiting counts towards the
/// timeout of the call. A request is in progress until its answer has been read; for an answer of bytes, until it has
/// begun. The limits also apply to batches, in addition to [`Batching`](crate::Batching).
///
/// | setting | default | out of range |
/// |---|---|---|
/// | [`per_second`](Self::per_second), [`per_minute`](Self::per_minute) | no limit; the last one set applies | 0 counts as 1 |
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
#[must_use = "limits have no effect until they are given to `RequestOptions::limits`"]
pub struct Limits {
    interval: Option<Duration>,
    burst: u32,
    max_in_flight: Option<usize>,
}

impl Limits {
    const MAX_BURST: u32 = 1_000_000;

    /// Returns limits that allow any number of requests.
    pub const fn new() -> Self {
        Self { interval: None, burst: 1, max_in_flight: None }
    }

    /// Sets how many requests may be sent in a second, at even distances. Default: no limit.
    pub fn per_second(mut self, requests: u32) -> Self {
        self.interval = Some(Duration::from_secs(1) / requests.max(1));
        self
    }

    /// Sets how many requests may be sent in a minute, at even distances. Default: no limit.
    pub fn per_minute(mut self, requests: u32) -> Self {
        self.interval = Some(Duration::from_secs(60) / requests.max(1));
        self
    }

    /// Sets how many requests may be sent at once after a pause: `per_second(10).burst(5)` sends up to 14 within a second,
    /// and 10 a second on average. Default: 1.
    ///
    /// ```
    /// use waha::Limits;
    ///
    /// let limits = Limits::new().per_second(10).burst(5);
    /// ```
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = requests.clamp(1, Self::MAX_BURST);
        self
    }

    /// Sets how many requests may be under way at the same time. Default: no limit.
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

/// A queue of requests with the same limits.
pub(crate) struct Limiter {
    limits: Limits,
    in_flight: Option<Arc<Semaphore>>,
    rate: Option<Rate>,
    /// Locked by the request that is next. The lock is fair, which keeps requests in order.
    pace: tokio::sync::Mutex<Pace>,
}

impl Limiter {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            in_flight: limits.max_in_flight.map(|requests| Arc::new(Semaphore::new(requests))),
            rate: limits.interval.map(|interval| Rate::even(interval, limits.burst)),
            pace: tokio::sync::Mutex::default(),
        }
    }

    /// Returns whether there are no limits, so that nothing ever waits.
    pub(crate) fn is_unlimited(&self) -> bool {
        self.in_flight.is_none() && self.rate.is_none()
    }

    /// Runs `request` when the limits allow it. Calls `set_waiting(true)` before it waits, and `set_waiting(false)`
    /// after.
    pub(crate) async fn run<F>(self: &Arc<Self>, set_waiting: impl Fn(bool) + Send + 'static, request: F) -> F::Output
    where
        F: Future<Output: Send> + Send + 'static,
    {
        set_waiting(true);
        let mut turn = Box::pin(self.clone().turn());
        // Poll it once here, so that it enters the queue before any request that arrives while the task is being
        // started.
        let at_once = poll_fn(|context| Poll::Ready(turn.as_mut().poll(context))).await;
        // A separate task, since the items of a batch are not polled between two results: a request that is next in the
        // queue would block all others meanwhile.
        task::run(async move {
            let _permit = match at_once {
                Poll::Ready(permit) => permit,
                Poll::Pending => turn.await,
            };
            set_waiting(false);
            request.await
        })
        .await
    }

    /// Waits until a request may be sent. The request counts as in progress until the permit is dropped.
    async fn turn(self: Arc<Self>) -> Option<OwnedSemaphorePermit> {
        let mut pace = self.pace.lock().await;
        // Acquire the permit before waiting for the rate: after that, the request has to be sent at once.
        let permit = match &self.in_flight {
            // The semaphore is never closed.
            Some(in_flight) => in_flight.clone().acquire_owned().await.ok(),
            None => None,
        };
        if let Some(rate) = self.rate {
            let now = Instant::now();
            let start = pace.next(rate, now);
            if start > now {
                sleep_until(start).await;
            }
            // Count from the planned start, so that delays of the timer do not add up.
            pace.take(rate, start, 1);
        }
        permit
    }

    /// Returns whether a new limiter would behave the same, so that this one can be dropped.
    fn is_idle(&self) -> bool {
        let now = Instant::now();
        self.rate.is_none_or(|rate| self.pace.try_lock().is_ok_and(|pace| pace.is_idle(rate, now)))
    }
}

/// The queues of a client and its views, one for each set of limits.
#[derive(Clone, Default)]
pub(crate) struct Limiters(Arc<Mutex<Vec<Arc<Limiter>>>>);

impl Limiters {
    /// Returns the queue for these limits, and creates it if there is none. Queues are kept while they are in use or
    /// not idle.
    pub(crate) fn get(&self, limits: Limits) -> Arc<Limiter> {
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = limiters.iter().find(|limiter| limiter.limits == limits) {
            return limiter.clone();
        }
        // Remove unused queues, so that views with ever new limits do not use ever more memory.
        limiters.retain(|limiter| Arc::strong_count(limiter) > 1 || !limiter.is_idle());
        let limiter = Arc::new(Limiter::new(limits));
        limiters.push(limiter.clone());
        limiter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn limiters_are_kept_only_while_they_make_a_difference() {
        let limiters = Limiters::default();
        let count = || limiters.0.lock().expect("not poisoned").len();
        let slow = Limits::new().per_minute(1);
        let used = limiters.get(slow);
        used.clone().turn().await;
        drop(used);
        let held = limiters.get(Limits::new());
        for number in 1..1000 {
            limiters.get(Limits::new().max_in_flight(number));
        }
        // The rate that is used up, the one that is held, and the last one.
        assert_eq!(count(), 3);
        let again = limiters.get(slow);
        assert!(!again.is_idle());
        drop(again);
        tokio::time::advance(Duration::from_secs(60)).await;
        limiters.get(Limits::new().max_in_flight(1000));
        assert_eq!(count(), 2);
        drop(held);
    }
}
