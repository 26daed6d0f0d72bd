//! Chats.

use serde_json::{Map, Value, json};

use super::{message::sent, object, user, wid};
use crate::{
    Engine, ids,
    state::{chats::Chat, group::Group},
};

/// A chat with all that a list tells of it.
#[derive(Debug)]
pub(crate) struct Row<'w> {
    pub(crate) id: &'w str,
    pub(crate) chat: &'w Chat,
    /// The name of the person in the address book, or that of the group.
    pub(crate) name: Option<&'w str>,
    pub(crate) group: Option<&'w Group>,
}

/// A chat in the list of all of them.
pub(crate) fn chat(engine: Engine, row: &Row<'_>) -> Value {
    let mut shape = without_message(engine, row);
    if let (Engine::Webjs, Some(last)) = (engine, row.chat.last()) {
        shape["lastMessage"] = sent(engine, last);
    }
    shape
}

/// A chat next to its last message.
pub(crate) fn without_message(engine: Engine, row: &Row<'_>) -> Value {
    let Row { id, chat, name, group } = row;
    let timestamp = chat.timestamp;
    match engine {
        Engine::Gows => json!({ "id": id, "name": name.unwrap_or_default(), "conversationTimestamp": timestamp }),
        Engine::Noweb => object([
            ("id", json!(ids::raw(id))),
            ("name", json!(name)),
            ("conversationTimestamp", json!(timestamp)),
            ("archived", json!(chat.archived.then_some(true))),
            ("unreadCount", json!(Some(chat.unread()).filter(|count| *count != 0))),
        ]),
        Engine::Webjs => {
            let mut members = Map::from_iter([
                ("id".into(), wid(id)),
                ("name".into(), json!(name.unwrap_or_else(|| user(id)))),
                ("isGroup".into(), json!(ids::is_group(id))),
                ("isReadOnly".into(), json!(false)),
                ("unreadCount".into(), json!(chat.unread())),
                ("timestamp".into(), json!(timestamp)),
                ("archived".into(), json!(chat.archived)),
                ("pinned".into(), json!(false)),
                ("isLocked".into(), json!(false)),
                ("isMuted".into(), json!(false)),
                ("muteExpiration".into(), json!(0)),
            ]);
            members.extend(group.map(|group| {
                let metadata = json!({ "id": wid(id), "subject": group.subject.text, "creation": group.created });
                ("groupMetadata".into(), metadata)
            }));
            members.into()
        }
        Engine::Wpp => json!({
            "id": id,
            "name": name.unwrap_or_else(|| user(id)),
            "t": timestamp,
            "unreadCount": chat.unread(),
            "archive": chat.archived,
            "isReadOnly": false,
            "muteExpiration": 0,
            "isUser": !ids::is_group(id),
            "isGroup": ids::is_group(id),
            "contact": { "id": wid(id), "name": name.unwrap_or_else(|| user(id)), "isMyContact": name.is_some() },
        }),
    }
}

/// A chat among those that carry a label.
pub(crate) fn labelled(engine: Engine, row: &Row<'_>) -> Value {
    match engine {
        Engine::Gows => json!({ "id": row.id }),
        // Here it is the library's own object, and elsewhere a copy of it.
        Engine::Wpp => {
            let mut shape = without_message(engine, row);
            shape["id"] = wid(row.id);
            shape
        }
        engine => without_message(engine, row),
    }
}
