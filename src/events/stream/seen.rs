//! Which messages a stream has yielded, so that catching up neither repeats nor leaves out any.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
};

use crate::events::{Event, Payload};

/// How many messages are remembered at most.
const MAX_SEEN: usize = 10_000;

/// Of how many sessions the latest message is remembered.
const MAX_SESSIONS: usize = 10_000;

/// A bounded set of messages. The oldest ones are forgotten.
#[derive(Default)]
pub(super) struct Seen {
    hasher: RandomState,
    /// Hashes of session, name of the event and id of the message.
    hashes: HashSet<u64>,
    order: VecDeque<u64>,
    /// The time of the latest message of each session, in seconds since 1970.
    latest: HashMap<String, i64>,
}

impl Seen {
    /// Adds the message of an event. Returns `false` if it was there; `true` for anything that is not a new message.
    pub(super) fn insert(&mut self, event: &Event) -> bool {
        let (Payload::Message(message) | Payload::MessageAny(message)) = &event.payload else { return true };
        self.note_time(&event.session, message.timestamp);
        let hash = self.hasher.hash_one((&event.session, event.name().as_str(), &message.id));
        if !self.hashes.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > MAX_SEEN {
            if let Some(oldest) = self.order.pop_front() {
                self.hashes.remove(&oldest);
            }
        }
        true
    }

    /// Returns the time of the latest message of each session, in seconds since 1970.
    pub(super) fn latest(&self) -> HashMap<String, i64> {
        self.latest.clone()
    }

    fn note_time(&mut self, session: &str, time: Option<i64>) {
        let Some(time) = time else { return };
        let has_room = self.latest.len() < MAX_SESSIONS;
        match self.latest.get_mut(session) {
            Some(latest) => *latest = time.max(*latest),
            None if has_room => drop(self.latest.insert(session.to_owned(), time)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, id: usize) -> Event {
        let json = format!(
            r#"{{"event": "{name}", "session": "default", "payload": {{"id": "{id}", "fromMe": false, "hasMedia": false}}}}"#
        );
        Event::from_slice(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_message_is_new_once_for_each_event_and_memory_is_bounded() {
        let mut seen = Seen::default();
        assert!(seen.insert(&event("message", 0)) && seen.insert(&event("message.any", 0)));
        assert!(!seen.insert(&event("message", 0)) && !seen.insert(&event("message.any", 0)));
        assert!(seen.insert(&event("message.waiting", 0)) && seen.insert(&event("message.waiting", 0)));
        for id in 1..=MAX_SEEN {
            assert!(seen.insert(&event("message", id)));
        }
        assert_eq!((seen.hashes.len(), seen.order.len()), (MAX_SEEN, MAX_SEEN));
        assert!(seen.insert(&event("message", 0)) && !seen.insert(&event("message", MAX_SEEN)));
    }
}
