//! How often something may start: the one clock behind the limits of a client, its batches and its refreshes.
//!
//! It only reckons. Who waits until the time that [`Pace::next`] names, in which order and for how long, is up to the
//! caller: a request waits in its own task, an item of a batch while its results are polled, and a refresh perhaps not at
//! all. The retry budget is not a pace: it counts successes, nothing waits for it, and time gives nothing back.
//!
//! A crate such as governor does not fit: a batch and a refresh need a sliding window, a refresh gives an unused place
//! back, and all of them follow Tokio's clock, so that tests can stop it.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// At most `count` starts within any `interval`. Each may come up to `slack` ahead of its time, so that a `count` of 1 with
/// a slack is a rate with bursts (a token bucket).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) count: usize,
    pub(crate) interval: Duration,
    pub(crate) slack: Duration,
}

impl Rate {
    /// A sliding window: at most `count` starts within any `interval`.
    pub(crate) fn window(count: usize, interval: Duration) -> Self {
        Self { count, interval, slack: Duration::ZERO }
    }

    /// Even distances, and up to `burst` starts at once where as many have been left out before.
    pub(crate) fn even(interval: Duration, burst: u32) -> Self {
        Self { count: 1, interval, slack: interval.saturating_mul(burst.saturating_sub(1)) }
    }
}

/// The last starts, and when there may be another.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When places were taken, the oldest first.
    taken: VecDeque<Instant>,
}

impl Pace {
    /// Returns the earliest time at which another start is within the rate: `now`, or later.
    pub(crate) fn next(&self, rate: Rate, now: Instant) -> Instant {
        let free = self.free(rate);
        let start = free.map_or(now, |free| free.checked_sub(rate.slack).unwrap_or(now));
        start.max(now)
    }

    /// Takes a place at this time, which may lie ahead. The last `kept` places are remembered.
    pub(crate) fn take(&mut self, rate: Rate, start: Instant, kept: usize) {
        // A start ahead of its time uses up the time that it was due at.
        let time = self.free(rate).map_or(start, |free| free.max(start));
        if self.taken.len() >= kept {
            self.taken.pop_front();
        }
        let index = self.taken.partition_point(|other| *other <= time);
        self.taken.insert(index, time);
    }

    /// Gives back a place that was taken without slack and not used.
    pub(crate) fn give_back(&mut self, time: Instant) {
        if let Ok(index) = self.taken.binary_search(&time) {
            self.taken.remove(index);
        }
    }

    /// Whether nothing that has started matters any more.
    pub(crate) fn is_idle(&self, rate: Rate, now: Instant) -> bool {
        self.taken.back().is_none_or(|last| later(*last, rate.interval) <= now)
    }

    /// The last time at which a place was taken.
    pub(crate) fn last(&self) -> Option<Instant> {
        self.taken.back().copied()
    }

    /// When the oldest place of the window is free again, without slack.
    fn free(&self, rate: Rate) -> Option<Instant> {
        let index = self.taken.len().checked_sub(rate.count)?;
        self.taken.get(index).map(|taken| later(*taken, rate.interval))
    }
}

/// The time after a duration, or one that nobody lives to see where that cannot be reckoned.
pub(crate) fn later(time: Instant, duration: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    time.checked_add(duration.min(FAR)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The times of as many starts, each as early as the rate allows and asked for when the clock says `ask`.
    fn starts(rate: Rate, asks: impl IntoIterator<Item = u32>) -> Vec<Duration> {
        let begin = Instant::now();
        let mut pace = Pace::default();
        let starts = asks.into_iter().map(|ask| {
            let start = pace.next(rate, begin + SECOND * ask);
            pace.take(rate, start, rate.count);
            start - begin
        });
        starts.collect()
    }

    #[test]
    fn a_window_never_has_more_starts_than_its_count() {
        let rate = Rate::window(3, SECOND * 10);
        let found = starts(rate, [0, 0, 4, 4, 4, 4, 30, 30]);
        assert_eq!(found, [0, 0, 4, 10, 10, 14, 30, 30].map(|second| SECOND * second));
    }

    #[test]
    fn a_burst_is_paid_for_afterwards() {
        let rate = Rate::even(SECOND, 3);
        let found = starts(rate, [0, 0, 0, 0, 0, 10, 10, 10, 10]);
        assert_eq!(found, [0, 0, 0, 1, 2, 10, 10, 10, 11].map(|second| SECOND * second));
    }

    #[test]
    fn a_place_that_is_given_back_can_be_taken_again() {
        let (rate, now) = (Rate::window(1, SECOND), Instant::now());
        let mut pace = Pace::default();
        pace.take(rate, now, 1000);
        let next = pace.next(rate, now);
        pace.take(rate, next, 1000);
        assert_eq!(pace.next(rate, now), now + SECOND * 2);
        pace.give_back(next);
        assert_eq!(pace.next(rate, now), next);
    }

    #[test]
    fn an_interval_that_nobody_lives_to_see_is_one() {
        let (rate, now) = (Rate::window(1, Duration::MAX), Instant::now());
        let mut pace = Pace::default();
        pace.take(rate, now, 1);
        assert!(pace.next(rate, now) > now + SECOND * 1_000_000);
        assert!(!pace.is_idle(rate, now + SECOND));
    }
}
