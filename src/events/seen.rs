use std::{
    collections::{HashSet, VecDeque},
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::Event;

/// Remembers which events were there, so that one that is delivered twice is handled once.
///
/// The server repeats a delivery that was not answered with a success, also if only the answer was lost, and may deliver
/// one twice. Both have the same id. It remembers the ids of the last [`capacity`](Self::new) events for the
/// [`lifetime`](Self::new), whatever is less, in a fixed number of bytes each.
///
/// ```
/// use waha::events::SeenEvents;
///
/// let seen = SeenEvents::default();
/// assert!(seen.insert("evt_01m32c3wqv9107mxkzxtyr3kfe"));
/// assert!(!seen.insert("evt_01m32c3wqv9107mxkzxtyr3kfe"));
/// ```
///
/// How it forgets:
///
/// ```
/// use std::time::Duration;
///
/// use waha::events::SeenEvents;
///
/// let seen = SeenEvents::new(10_000, Duration::from_secs(3600));
/// assert!(seen.insert("evt_1"));
/// assert!(!seen.insert("evt_1")); // it was there
/// assert_eq!(seen.len(), 1);
/// seen.remove("evt_1"); // it could not be handled, and may come again
/// assert!(seen.is_empty());
/// ```
pub struct SeenEvents {
    capacity: usize,
    lifetime: Duration,
    /// An id of any length is remembered by two hashes, whose keys nobody knows.
    hashers: [RandomState; 2],
    memory: Mutex<Memory>,
}

type Key = [u64; 2];

#[derive(Default)]
struct Memory {
    keys: HashSet<Key>,
    /// From the oldest to the latest.
    order: VecDeque<(Instant, Key)>,
}

impl SeenEvents {
    /// How many events are remembered by default.
    pub const DEFAULT_CAPACITY: usize = 10_000;

    /// How long an event is remembered by default: an hour.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60 * 60);

    /// Makes a memory of up to `capacity` events, each of which is forgotten after `lifetime`.
    pub fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { capacity, lifetime, hashers: [RandomState::new(), RandomState::new()], memory: Mutex::default() }
    }

    /// Remembers an id, and returns whether it is new.
    pub fn insert(&self, id: &str) -> bool {
        let (key, now) = (self.key(id), Instant::now());
        let mut memory = self.memory();
        memory.forget_before(now.checked_sub(self.lifetime));
        if !memory.keys.insert(key) {
            return false;
        }
        memory.order.push_back((now, key));
        while memory.order.len() > self.capacity {
            memory.forget_oldest();
        }
        true
    }

    /// Remembers an event, and returns whether it is new. An event without an id, as older releases send them, is
    /// always new.
    ///
    /// ```no_run
    /// # async fn run(seen: waha::events::SeenEvents, event: waha::Event) -> Result<(), waha::Error> {
    /// if seen.insert_event(&event) {
    ///     println!("new: {}", event.name());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn insert_event(&self, event: &Event) -> bool {
        event.id.as_deref().is_none_or(|id| self.insert(id))
    }

    /// Forgets an id, so that it is new again: because the event could not be handled, and shall be delivered once more.
    pub fn remove(&self, id: &str) {
        let key = self.key(id);
        let mut memory = self.memory();
        if memory.keys.remove(&key) {
            memory.order.retain(|(_, other)| *other != key);
        }
    }

    /// Returns how many events are remembered.
    pub fn len(&self) -> usize {
        let mut memory = self.memory();
        memory.forget_before(Instant::now().checked_sub(self.lifetime));
        memory.keys.len()
    }

    /// Returns whether no event is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn key(&self, id: &str) -> Key {
        let [first, second] = &self.hashers;
        [first.hash_one(id), second.hash_one(id)]
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.keys.remove(&key);
        }
    }

    /// Forgets what was remembered until then; nothing if the clock does not reach back so far.
    fn forget_before(&mut self, then: Option<Instant>) {
        let Some(then) = then else { return };
        while self.order.front().is_some_and(|(since, _)| *since <= then) {
            self.forget_oldest();
        }
    }
}

/// 10,000 events, for an hour.
impl Default for SeenEvents {
    fn default() -> Self {
        Self::new(Self::DEFAULT_CAPACITY, Self::DEFAULT_LIFETIME)
    }
}

impl fmt::Debug for SeenEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenEvents")
            .field("capacity", &self.capacity)
            .field("lifetime", &self.lifetime)
            .field("len", &self.memory().keys.len())
            .finish_non_exhaustive()
    }
}
