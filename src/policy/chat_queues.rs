//! One message of a chat after the other, where a message can only be told from others by its content.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OwnedMutexGuard;

/// The chats of a client, its clones and its views.
#[derive(Clone, Default)]
pub(crate) struct ChatQueues(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// By session and chat; those that are in use.
    turns: HashMap<(String, String), Arc<tokio::sync::Mutex<()>>>,
    /// The messages of which it is not known whether they arrived.
    open: VecDeque<u64>,
}

impl ChatQueues {
    /// How many messages of unknown fate are remembered. The oldest are forgotten first.
    const MAX_OPEN: usize = 10_000;

    /// Waits until no other message of the chat is under way. First come, first served.
    pub(crate) async fn turn(&self, session: &str, chat: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut state = self.state();
            state.turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            state.turns.entry((session.to_owned(), chat.to_owned())).or_default().clone()
        };
        turn.lock_owned().await
    }

    /// Notes a message that is about to be sent, and returns whether the fate of an equal one is unknown.
    pub(crate) fn begin(&self, message: &impl Hash) -> bool {
        let mut state = self.state();
        let message = hash(message);
        let is_known = state.open.contains(&message);
        if state.open.len() == Self::MAX_OPEN {
            state.open.pop_front();
        }
        state.open.push_back(message);
        is_known
    }

    /// Notes that the fate of one such message is known.
    pub(crate) fn end(&self, message: &impl Hash) {
        let mut state = self.state();
        let message = hash(message);
        // The one that has begun last: those before it are still unknown.
        if let Some(place) = state.open.iter().rposition(|open| *open == message) {
            state.open.remove(place);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn chats_are_kept_while_they_are_in_use() {
        let queues = ChatQueues::default();
        let held = queues.turn("default", "held").await;
        for number in 0..100 {
            drop(queues.turn("default", &number.to_string()).await);
        }
        assert!(queues.state().turns.len() <= 2);
        let second = queues.turn("default", "held");
        let mut second = std::pin::pin!(second);
        assert!(tokio::time::timeout(Duration::ZERO, second.as_mut()).await.is_err());
        drop(held);
        second.await;
    }

    #[test]
    fn equal_messages_of_unknown_fate_are_remembered_up_to_a_number() {
        let queues = ChatQueues::default();
        assert!(!queues.begin(&"hi"));
        queues.end(&"hi");
        assert!(!queues.begin(&"hi"));
        assert!(queues.begin(&"hi"));
        queues.end(&"hi");
        assert!(queues.begin(&"hi"));
        for number in 0..ChatQueues::MAX_OPEN {
            queues.begin(&number);
        }
        assert!(!queues.begin(&"hi"));
        assert_eq!(queues.state().open.len(), ChatQueues::MAX_OPEN);
    }
}
