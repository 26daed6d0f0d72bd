//! How fast a client may send, and how many requests at a time: every attempt waits here for its turn.

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

/// How many requests a client sends in a time, and how many may be under way: see
/// [`RequestOptions::limits`](crate::RequestOptions::limits).
///
/// First come, first served; every attempt of a call counts, and the time that it waits counts into the timeout of the call.
/// A request is under way until its answer has been read, or has begun where it is bytes. The limits hold for batches as
/// well, whatever [`Batching`](crate::Batching) allows.
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

/// The queue of a client.
pub(crate) struct Limiter {
    limits: Limits,
    in_flight: Option<Arc<Semaphore>>,
    rate: Option<Rate>,
    /// Locked by the request that is next. The lock is fair, so that nobody is overtaken.
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

    /// Makes a request when it is its turn. `set_waiting` is told when it begins and when it ends to wait.
    pub(crate) async fn run<F>(self: &Arc<Self>, set_waiting: impl Fn(bool) + Send + 'static, request: F) -> F::Output
    where
        F: Future<Output: Send> + Send + 'static,
    {
        if self.in_flight.is_none() && self.rate.is_none() {
            return request.await;
        }
        set_waiting(true);
        let mut turn = Box::pin(self.clone().turn());
        // Polled once here, so that it gets its place in the queue before those who come while the task is being started.
        let at_once = poll_fn(|context| Poll::Ready(turn.as_mut().poll(context))).await;
        // In a task of its own: the items of a batch are not polled between two results, and a request that holds a turn
        // must not hold up everybody behind it.
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

    /// Waits until a request may be sent. It counts as under way until the permit is dropped.
    async fn turn(self: Arc<Self>) -> Option<OwnedSemaphorePermit> {
        let mut pace = self.pace.lock().await;
        // The permit first: a request that has passed the rate has to be sent at once.
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
            // The time at which it should have started, so that the timer's delays do not add up.
            pace.take(rate, start, 1);
        }
        permit
    }

    /// Whether a new limiter would let the next request start at the same time as this one.
    fn is_idle(&self) -> bool {
        let now = Instant::now();
        self.rate.is_none_or(|rate| self.pace.try_lock().is_ok_and(|pace| pace.is_idle(rate, now)))
    }
}

/// The queues of a client and its views, one for all that have the same limits.
#[derive(Clone, Default)]
pub(crate) struct Limiters(Arc<Mutex<Vec<Arc<Limiter>>>>);

impl Limiters {
    /// Returns the queue for these limits, which is kept for as long as it makes a difference.
    pub(crate) fn get(&self, limits: Limits) -> Arc<Limiter> {
        let mut limiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limiter) = limiters.iter().find(|limiter| limiter.limits == limits) {
            return limiter.clone();
        }
        // Views with ever new limits leave nothing behind.
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
