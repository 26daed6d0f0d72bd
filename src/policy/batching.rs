//! How fast a batch goes.

use std::time::Duration;

/// How fast a [`Batch`](crate::Batch) goes.
///
/// The first `size` items start together, the next `size` an `interval` later, and so on: at most `size` items start
/// within any `interval`, whatever happens. A batch does not wait for the answers to the one before it, but there is a
/// ceiling on the number of items in flight: an item beyond it starts when an earlier one has finished and been handed
/// out. Size and interval are those of the batching option that n8n's users know, with the same defaults.
///
/// | setting | default | odd values |
/// |---|---|---|
/// | `size` | 50 | 0 counts as 1 |
/// | `interval` | 1 s | 0: no pause, and only the ceiling holds |
/// | [`max_in_flight`](Self::max_in_flight) | `size` | 0 counts as 1; more than `size`: slow answers delay no batch |
///
/// ```
/// # use std::time::Duration;
/// use waha::Batching;
///
/// assert_eq!(Batching::default(), Batching::new(50, Duration::from_secs(1)));
/// let gentle = Batching::new(10, Duration::from_secs(5)).max_in_flight(2);
/// # assert_ne!(gentle, Batching::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it changes nothing by itself: give it to a batch"]
pub struct Batching {
    pub(crate) size: usize,
    pub(crate) interval: Duration,
    max_in_flight: Option<usize>,
}

impl Batching {
    /// The number of items in a batch by default.
    pub const DEFAULT_SIZE: usize = 50;

    /// The time between the starts of two batches by default.
    pub const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);

    /// Batches of `size` items, one every `interval`. At most `size` items are in flight.
    pub const fn new(size: usize, interval: Duration) -> Self {
        Self { size: at_least_one(size), interval, max_in_flight: None }
    }

    /// No batches: an item starts as soon as the ceiling allows, which is [`DEFAULT_SIZE`](Self::DEFAULT_SIZE) by default.
    ///
    /// ```
    /// use waha::Batching;
    ///
    /// let at_once = Batching::none().max_in_flight(5);
    /// ```
    pub const fn none() -> Self {
        Self::new(Self::DEFAULT_SIZE, Duration::ZERO)
    }

    /// Sets the ceiling: how many items may be in flight, which includes those that have finished and wait for an earlier
    /// one. Default: the size of a batch.
    pub const fn max_in_flight(mut self, items: usize) -> Self {
        self.max_in_flight = Some(at_least_one(items));
        self
    }

    pub(crate) fn ceiling(&self) -> usize {
        self.max_in_flight.unwrap_or(self.size)
    }
}

const fn at_least_one(number: usize) -> usize {
    if number == 0 { 1 } else { number }
}

impl Default for Batching {
    /// Batches of [`DEFAULT_SIZE`](Self::DEFAULT_SIZE) items, one every [`DEFAULT_INTERVAL`](Self::DEFAULT_INTERVAL).
    fn default() -> Self {
        Self::new(Self::DEFAULT_SIZE, Self::DEFAULT_INTERVAL)
    }
}
