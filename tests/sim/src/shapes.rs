//! The objects whose shape depends on the engine, because most engines hand through their own.

use serde_json::{Map, Value, json};

use crate::{
    Contact, Engine, ids,
    session::{ME, MY_DEVICE, Message},
    time,
};

/// A person in the address book.
pub(crate) fn contact(engine: Engine, id: &str, contact: &Contact) -> Value {
    let Contact { name, push_name, .. } = contact;
    match engine {
        Engine::Gows => json!({
            "id": id,
            "name": name.as_deref().unwrap_or_default(),
            "pushname": push_name.as_deref().unwrap_or_default(),
        }),
        Engine::Noweb => object([("id", json!(id)), ("name", json!(name)), ("pushname", json!(push_name))]),
        Engine::Webjs => object([
            ("id", json!(id)),
            ("number", json!(user(id))),
            ("name", json!(name)),
            ("pushname", json!(push_name)),
            ("shortName", json!(name)),
            ("type", json!("in")),
            ("isMe", json!(id == ME)),
            ("isUser", json!(true)),
            ("isGroup", json!(false)),
            ("isWAContact", json!(true)),
            ("isMyContact", json!(name.is_some())),
            ("isBlocked", json!(false)),
            ("isBusiness", json!(false)),
        ]),
        Engine::Wpp => object([
            ("id", json!(id)),
            ("name", json!(name)),
            ("pushname", json!(push_name)),
            ("type", json!("in")),
            ("isMe", json!(id == ME)),
            ("isUser", json!(true)),
            ("isWAContact", json!(true)),
            ("isMyContact", json!(name.is_some())),
            ("isBusiness", json!(false)),
        ]),
    }
}

/// A chat, known by its last message.
pub(crate) fn chat(engine: Engine, name: Option<&str>, last: &Message) -> Value {
    let Message { chat, timestamp, .. } = last;
    match engine {
        Engine::Gows => json!({
            "id": chat,
            "name": name.unwrap_or_default(),
            "conversationTimestamp": timestamp,
        }),
        Engine::Noweb => {
            object([("id", json!(ids::raw(chat))), ("name", json!(name)), ("conversationTimestamp", json!(timestamp))])
        }
        Engine::Webjs => json!({
            "id": wid(chat),
            "name": name.unwrap_or_else(|| user(chat)),
            "isGroup": ids::is_group(chat),
            "isReadOnly": false,
            "unreadCount": 0,
            "timestamp": timestamp,
            "pinned": false,
            "isMuted": false,
            "muteExpiration": 0,
            "lastMessage": sent(engine, last),
        }),
        Engine::Wpp => object([
            ("id", json!(chat)),
            ("name", json!(name)),
            ("isGroup", json!(ids::is_group(chat))),
            ("unreadCount", json!(0)),
            ("t", json!(timestamp)),
        ]),
    }
}

/// What the engine says once it has sent a message.
pub(crate) fn sent(engine: Engine, message: &Message) -> Value {
    let Message { id, chat, text, timestamp } = message;
    let in_group = ids::is_group(chat);
    let full_id = if in_group { format!("true_{chat}_{id}_{ME}") } else { format!("true_{chat}_{id}") };
    match engine {
        Engine::Gows => json!({
            "id": full_id,
            "_data": {
                "Info": {
                    "Chat": ids::raw(chat),
                    "Sender": MY_DEVICE,
                    "IsFromMe": true,
                    "IsGroup": in_group,
                    "ID": id,
                    "Timestamp": time::iso8601(timestamp.saturating_mul(1000)),
                },
                "Message": { "extendedTextMessage": { "text": text } },
            },
        }),
        Engine::Noweb => object([
            ("key", json!({ "remoteJid": ids::raw(chat), "fromMe": true, "id": id })),
            ("message", json!({ "extendedTextMessage": { "text": text } })),
            ("messageTimestamp", json!(timestamp.to_string())),
            ("status", json!("PENDING")),
            ("participant", json!(in_group.then_some(MY_DEVICE))),
        ]),
        Engine::Webjs => object([
            ("_data", json!({ "body": text, "type": "chat", "t": timestamp })),
            ("id", json!({ "fromMe": true, "remote": chat, "id": id, "_serialized": full_id })),
            ("ack", json!(0)),
            ("hasMedia", json!(false)),
            ("body", json!(text)),
            ("type", json!("chat")),
            ("timestamp", json!(timestamp)),
            ("from", json!(ME)),
            ("to", json!(chat)),
            ("author", json!(in_group.then_some(ME))),
            ("deviceType", json!("web")),
            ("forwardingScore", json!(0)),
            ("isStatus", json!(false)),
            ("fromMe", json!(true)),
            ("hasQuotedMsg", json!(false)),
            ("hasReaction", json!(false)),
            ("vCards", json!([])),
            ("mentionedIds", json!([])),
            ("groupMentions", json!([])),
            ("isGif", json!(false)),
            ("links", json!([])),
        ]),
        Engine::Wpp => object([
            ("id", json!(full_id)),
            ("timestamp", json!(timestamp)),
            ("from", json!(ME)),
            ("fromMe", json!(true)),
            ("source", json!("api")),
            ("to", json!(chat)),
            ("participant", json!(in_group.then_some(ME))),
            ("body", json!(text)),
            ("hasMedia", json!(false)),
            ("ack", json!(0)),
            ("ackName", json!("PENDING")),
            ("_data", json!({ "body": text, "type": "chat", "t": timestamp })),
        ]),
    }
}

/// An id as the engines in a browser take it apart.
fn wid(id: &str) -> Value {
    let (user, server) = id.split_once('@').unwrap_or((id, ""));
    json!({ "server": server, "user": user, "_serialized": id })
}

fn user(id: &str) -> &str {
    id.split('@').next().unwrap_or(id)
}

/// An object without the members that have no value: JavaScript drops those which are undefined.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let present = members.into_iter().filter(|(_, value)| !value.is_null());
    present.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}
