//! Reads the id of a message, and the chat that it is in.

use serde::Deserialize;

use super::{
    Shape, ViewError, object,
    read::{Lenient, Text, Wid, lenient_objects, optional_id, text},
};
use crate::{
    Error, Json,
    ids::{ChatId, MessageId},
};

/// The id in parts, as Baileys has it, and as whatsapp-web.js has it with the whole beside it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Key {
    #[serde(rename = "_serialized")]
    serialized: Lenient<Text>,
    from_me: Lenient<bool>,
    remote_jid: Lenient<Wid>,
    remote: Lenient<Wid>,
    id: Lenient<Text>,
    participant: Lenient<Wid>,
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

/// What the member `id` holds: text, a key, or null where nobody knows.
pub(super) fn ids(id: &Json) -> Result<Ids, ViewError> {
    match Shape::of(id) {
        Shape::Null => Ok((None, None)),
        Shape::Text => match id.parse::<Lenient<Text>>().ok().and_then(|id| text([id])) {
            Some(text) => Ok((Some(message_id(id, &text)?), None)),
            None => Ok((None, None)),
        },
        _ => object::<Key>(id)?.ids(id),
    }
}

fn message_id(json: &Json, text: &str) -> Result<MessageId, ViewError> {
    text.parse().map_err(|error: Error| ViewError::new(json, error.message()))
}

lenient_objects!(Key);
