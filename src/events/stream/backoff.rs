//! How long to wait before the connection is opened again.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// Delays that double, each with as much again added at random, between two bounds.
pub(super) struct Backoff {
    min: Duration,
    max: Duration,
    delays: Box<dyn Iterator<Item = Duration> + Send>,
}

impl Backoff {
    pub(super) fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, delays: Self::delays(min, max) }
    }

    fn delays(min: Duration, max: Duration) -> Box<dyn Iterator<Item = Duration> + Send> {
        // Half of the bound, so that the longest delay is random as well.
        let builder = ExponentialBuilder::new().with_min_delay(min).with_max_delay(max / 2);
        Box::new(builder.without_max_times().with_jitter().build())
    }

    /// Begins again with the shortest delay.
    pub(super) fn reset(&mut self) {
        self.delays = Self::delays(self.min, self.max);
    }

    /// Returns the next delay: at least what the server asks for, within the bounds.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let delay = self.delays.next().unwrap_or(self.max).max(asked.unwrap_or_default());
        // `clamp` would panic if the bounds were the wrong way round.
        delay.max(self.min).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_at_random_and_stay_within_their_bounds() {
        let (min, max) = (Duration::from_millis(500), Duration::from_secs(30));
        let mut backoff = Backoff::new(min, max);
        for _ in 0..20 {
            let delays: Vec<_> = (0..50).map(|_| backoff.next(None)).collect();
            assert!(delays.iter().all(|delay| (min..=max).contains(delay)), "{delays:?}");
            assert!(delays[0] < 2 * min && delays[4] >= 16 * min, "{delays:?}");
            assert!(delays[10..].iter().all(|delay| *delay >= max / 2), "{delays:?}");
            assert!(delays[10..].windows(2).any(|two| two[0] != two[1]), "{delays:?}");
            backoff.reset();
        }
        assert!(backoff.next(Some(Duration::from_secs(20))) >= Duration::from_secs(20));
        assert_eq!(backoff.next(Some(Duration::MAX)), max);
        let mut fixed = Backoff::new(min, min);
        assert!((0..5).all(|_| fixed.next(None) == min));
        assert_eq!(Backoff::new(max, min).next(None), min);
    }
}
