//! Reads the id of a message, and the chat that it is in.

use serde::de::{MapAccess, SeqAccess, Visitor};

use super::{
    ViewError,
    read::{Boxed, Lenient, Member, Text, Wid, lenient_object, optional_id, text},
};
use crate::{
    Error, Json,
    ids::{ChatId, MessageId},
    json::CheckedAny,
};

lenient_object! {
    /// The id in parts, as Baileys has it, and as whatsapp-web.js has it with the whole beside it.
    pub(super) struct Key {
        serialized: Lenient<Text> = "_serialized",
        from_me: Lenient<bool> = "fromMe",
        remote_jid: Lenient<Wid> = "remoteJid",
        remote: Lenient<Wid> = "remote",
        id: Lenient<Text> = "id",
        participant: Lenient<Wid> = "participant",
    }
}

/// The message and its chat, as far as they are known.
pub(super) type Ids = (Option<MessageId>, Option<ChatId>);

impl Key {
    pub(super) fn ids(self, json: &Json) -> Result<Ids, ViewError> {
        let chat: Option<ChatId> = optional_id([self.remote_jid, self.remote]);
        if let Some(serialized) = text([self.serialized]) {
            return Ok((Some(message_id(json, &serialized)?), chat));
        }
        let Some(bare) = text([self.id]) else {
            return Err(ViewError::new(json, "it has no `id`"));
        };
        let full = match (self.from_me.0, &chat) {
            (Some(from_me), Some(chat)) => {
                MessageId::from_parts(from_me, chat, &bare, optional_id([self.participant]).as_ref()).ok()
            }
            _ => None,
        };
        Ok((Some(full.map_or_else(|| message_id(json, &bare), Ok)?), chat))
    }
}

/// What the member `id` holds.
pub(super) enum Id {
    /// Null, where nobody knows.
    Unknown,
    Text(String),
    Key(Boxed<Key>),
    /// Something else, in words.
    Other(&'static str),
}

impl Member for Id {
    fn of_null() -> Option<Self> {
        Some(Self::Unknown)
    }

    fn of_bool(_: bool) -> Option<Self> {
        Some(Self::Other("true or false"))
    }

    fn of_number(_: Result<i64, f64>) -> Option<Self> {
        Some(Self::Other("a number"))
    }

    fn of_text(text: &str) -> Option<Self> {
        Some(Self::Text(text.to_owned()))
    }

    fn of_list<'de, A: SeqAccess<'de>>(elements: A) -> Result<Option<Self>, A::Error> {
        CheckedAny.visit_seq(elements).map(|_| Some(Self::Other("a list")))
    }

    fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
        Boxed::read(members).map(|key| Some(Self::Key(key)))
    }
}

impl Id {
    /// The ids of the message `json`.
    pub(super) fn ids(self, json: &Json) -> Result<Ids, ViewError> {
        match self {
            Self::Text(text) if !text.is_empty() => Ok((Some(message_id(json, &text)?), None)),
            Self::Unknown | Self::Text(_) => Ok((None, None)),
            Self::Key(Boxed(key)) => key.ids(json),
            Self::Other(what) => Err(ViewError::new(json, format!("it is {what}, not an object"))),
        }
    }
}

fn message_id(json: &Json, text: &str) -> Result<MessageId, ViewError> {
    text.parse().map_err(|error: Error| ViewError::new(json, error.message()))
}
