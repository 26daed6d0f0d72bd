//! The chats of a session, with what was written in them.

use std::collections::BTreeMap;

use super::message::{Key, Message};
use crate::ids;

/// Chats by their ids. Those of nobody in particular, such as the status, are kept here as well but not listed.
#[derive(Debug, Default)]
pub(crate) struct Chats {
    chats: BTreeMap<String, Chat>,
}

#[derive(Debug, Default)]
pub(crate) struct Chat {
    /// In the order in which they were written.
    messages: Vec<Message>,
    pub(crate) archived: bool,
    /// Whether somebody has marked it as unread, whatever is in it.
    pub(crate) marked_unread: bool,
    /// When something was last written, in seconds.
    pub(crate) timestamp: u64,
}

impl Chat {
    pub(crate) fn last(&self) -> Option<&Message> {
        self.messages.last()
    }

    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// How many messages are unread; one below zero for a chat that was marked so.
    pub(crate) fn unread(&self) -> i64 {
        let unread = self.messages.iter().filter(|message| !message.key.from_me && !message.read);
        match (unread.count(), self.marked_unread) {
            (0, true) => -1,
            (count, _) => i64::try_from(count).unwrap_or(i64::MAX),
        }
    }
}

impl Chats {
    pub(crate) fn add(&mut self, message: Message) {
        let chat = self.chats.entry(message.key.chat.clone()).or_default();
        chat.timestamp = message.timestamp;
        chat.messages.push(message);
    }

    /// Everything in which something was written, sorted by id.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Chat)> {
        self.chats.iter().map(|(id, chat)| (id.as_str(), chat))
    }

    /// Chats with persons, groups and channels, sorted by id.
    pub(crate) fn chats(&self) -> impl Iterator<Item = (&str, &Chat)> {
        self.all().filter(|(id, _)| !ids::is_status(id))
    }

    pub(crate) fn chat(&self, id: &str) -> Option<&Chat> {
        self.chats.get(id)
    }

    /// A chat which is there from now on, even when nothing was written in it.
    pub(crate) fn chat_mut(&mut self, id: &str) -> &mut Chat {
        self.chats.entry(id.to_owned()).or_default()
    }

    /// The newest message that the account has sent, in whatever chat.
    pub(crate) fn newest_of_account(&self) -> Option<&Message> {
        let sent = self.chats.values().filter_map(|chat| chat.messages.iter().rfind(|message| message.key.from_me));
        sent.max_by_key(|message| message.timestamp)
    }

    pub(crate) fn find(&self, key: &Key) -> Option<&Message> {
        self.in_chat(&key.chat, &key.id)
    }

    pub(crate) fn find_mut(&mut self, key: &Key) -> Option<&mut Message> {
        let chat = self.chats.get_mut(&key.chat)?;
        chat.messages.iter_mut().find(|message| message.key.id == key.id)
    }

    /// A message by its bare id.
    pub(crate) fn in_chat(&self, chat: &str, id: &str) -> Option<&Message> {
        self.chats.get(chat)?.messages.iter().find(|message| message.key.id == id)
    }

    pub(crate) fn remove(&mut self, key: &Key) {
        if let Some(chat) = self.chats.get_mut(&key.chat) {
            chat.messages.retain(|message| message.key.id != key.id);
        }
    }

    pub(crate) fn clear(&mut self, chat: &str) {
        if let Some(chat) = self.chats.get_mut(chat) {
            chat.messages.clear();
        }
    }

    /// Whether there was such a chat.
    pub(crate) fn remove_chat(&mut self, chat: &str) -> bool {
        self.chats.remove(chat).is_some()
    }

    /// Marks the newest messages from others as read, as many as that and none older than a moment, and tells which.
    pub(crate) fn read_newest(&mut self, chat: &str, count: usize, since: u64) -> Vec<Key> {
        let Some(chat) = self.chats.get_mut(chat) else {
            return Vec::new();
        };
        chat.marked_unread = false;
        let received = chat.messages.iter_mut().rev().filter(|message| !message.key.from_me);
        let unread = received.take(count).filter(|message| !message.read && message.timestamp >= since);
        unread
            .map(|message| {
                message.read = true;
                message.key.clone()
            })
            .collect()
    }
}
