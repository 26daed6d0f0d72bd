//! What events tell of messages, where it is not a message itself.

use serde_json::{Value, json};

use super::{
    gows,
    message::{Urls, View, message},
    noweb, object, webjs, wid,
};
use crate::{
    Engine, ids,
    state::{
        message::{Ack, Content, Key, Message, Poll},
        session::ME,
    },
    time,
};

/// How far an own message has come; in a group, with one of its members.
pub(crate) fn ack(engine: Engine, told: &Message, member: Option<&str>, ack: Ack, now: u64) -> Value {
    let Message { key, .. } = told;
    let id = key.serialized();
    let data = match engine {
        Engine::Gows => json!({
            "Chat": ids::raw(&key.chat),
            "Sender": ids::raw(member.unwrap_or(&key.chat)),
            "IsFromMe": false,
            "IsGroup": told.in_group(),
            "MessageIDs": [key.id],
            "Timestamp": time::rfc3339(now / 1000),
            "Type": receipt_type(ack),
            "MessageSender": "",
        }),
        Engine::Noweb => match member {
            Some(member) => json!({
                "key": { "remoteJid": ids::raw(&key.chat), "id": key.id, "fromMe": true, "participant": ids::raw(member) },
                "receipt": { "userJid": ids::raw(member), "readTimestamp": now / 1000 },
            }),
            None => Value::Null,
        },
        Engine::Webjs => match member {
            Some(member) => json!({
                "tag": "receipt",
                "attrs": {
                    "id": key.id,
                    "from": key.chat,
                    "participant": ids::raw(member),
                    "type": receipt_type(ack),
                    "t": (now / 1000).to_string(),
                },
                "content": null,
            }),
            // The whole message tells how far it has come.
            None => return message(engine, told, &Urls::default(), View::Event),
        },
        Engine::Wpp => {
            let (from, to) = webjs::ends(told);
            let data = json!({
                "id": webjs::id(key),
                "body": told.content.body().unwrap_or_default(),
                "type": told.content.kind(),
                "t": told.timestamp,
                "from": from,
                "to": to,
                "ack": ack.number(),
            });
            if member.is_some() { data } else { json!([data, ack.number(), { "merge": true }]) }
        }
    };
    let to = match (engine, member) {
        (Engine::Gows, member) => json!(member),
        (Engine::Noweb, None) => Value::Null,
        _ => json!(key.chat),
    };
    let mut payload = object([
        ("id", json!(id)),
        ("from", json!(key.chat)),
        ("fromMe", json!(key.from_me)),
        ("ack", json!(ack.number())),
        ("ackName", json!(ack.name())),
        ("_data", data),
    ]);
    if engine != Engine::Noweb || member.is_some() {
        payload["to"] = to;
        // One engine does not say who it was.
        payload["participant"] = json!(member.filter(|_| engine != Engine::Wpp));
    }
    payload
}

fn receipt_type(ack: Ack) -> &'static str {
    match ack {
        Ack::Read => "read",
        Ack::Played => "played",
        _ => "",
    }
}

/// A reaction; an empty text takes it back.
pub(crate) fn reaction(engine: Engine, reaction: &Message, to: &Key, text: &str, now: u64) -> Value {
    let Message { key, sender, timestamp, .. } = reaction;
    let in_group = reaction.in_group();
    let participant = key.participant.as_deref();
    let mut payload = json!({
        "id": key.serialized(),
        "timestamp": timestamp,
        "from": key.chat,
        "fromMe": key.from_me,
        "source": reaction.source.as_str(),
        "reaction": { "text": text, "messageId": to.serialized() },
    });
    match engine {
        Engine::Gows => {
            payload["to"] = json!(participant);
            payload["participant"] = json!(participant);
        }
        Engine::Noweb if in_group => {
            payload["to"] = json!(key.chat);
            payload["participant"] = json!(participant);
        }
        Engine::Noweb => {}
        Engine::Webjs | Engine::Wpp => {
            payload["from"] = json!(sender);
            payload["to"] = json!(key.chat);
            payload["participant"] = json!(sender);
        }
    }
    match engine {
        // This engine counts in fractions of a second.
        Engine::Webjs => payload["timestamp"] = json!(now as f64 / 1000.0),
        Engine::Wpp => {
            payload["source"] = Value::Null;
            payload["_data"] = json!({
                "id": webjs::id(key),
                "msgId": webjs::id(to),
                "reactionText": text,
                "read": false,
                "sender": wid(sender),
                "orphan": 0,
                "timestamp": timestamp,
            });
        }
        Engine::Gows | Engine::Noweb => {}
    }
    payload
}

/// A message that was edited: the edit itself, or the message as it is now.
pub(crate) fn edited(engine: Engine, edit: &Message, before: &Message, now: &Message) -> Value {
    let told = match engine {
        Engine::Webjs => now.clone(),
        _ => Message { key: edit.key.clone(), ..now.clone() },
    };
    let mut payload = message(engine, &told, &Urls::default(), View::Event);
    payload["editedMessageId"] = json!(now.key.id);
    let text = |message: &Message| message.content.body().unwrap_or_default().to_owned();
    match engine {
        Engine::Webjs => {
            payload["_data"] = json!({
                "message": { "_data": { "id": webjs::id(&now.key), "type": now.content.kind() }, "body": text(now) },
                "newBody": text(now),
                "prevBody": text(before),
            });
        }
        Engine::Wpp => {
            let id = now.key.serialized();
            let message = json!({
                "id": id,
                "type": now.content.kind(),
                "body": text(now),
                "latestEditMsgKey": webjs::id(&edit.key),
            });
            payload["_data"] = json!([now.key.chat, id, message]);
        }
        // Without the envelope in which the engine sends it.
        Engine::Gows => {
            payload["_data"] = gows::data(edit);
            let protocol = payload["_data"]["Message"]["editedMessage"]["message"].take();
            payload["_data"]["Message"] = protocol;
        }
        Engine::Noweb => payload["_data"] = noweb::data(edit),
    }
    payload
}

/// A message that was deleted for everybody.
pub(crate) fn revoked(engine: Engine, revoke: &Message, before: &Message) -> Value {
    let id = &before.key.id;
    match engine {
        Engine::Gows | Engine::Noweb => {
            let after = message(engine, revoke, &Urls::default(), View::Event);
            let data = after["_data"].clone();
            json!({ "after": after, "before": null, "revokedMessageId": id, "_data": data })
        }
        Engine::Webjs => {
            let after = Message { key: revoke.key.clone(), content: Content::Revoked, ..before.clone() };
            let shape = |told| message(engine, told, &Urls::default(), View::Event);
            let mut after = shape(&after);
            after["_data"]["subtype"] = json!("sender");
            after["_data"]["protocolMessageKey"] = webjs::id(&before.key);
            json!({ "after": after, "before": shape(before), "revokedMessageId": id })
        }
        Engine::Wpp => {
            let key = |key: &Key| {
                object([
                    ("fromMe", json!(key.from_me)),
                    ("id", json!(key.id)),
                    ("remoteJid", json!(key.chat)),
                    ("participant", json!(key.participant)),
                ])
            };
            let data = object([
                ("author", json!(before.key.participant)),
                ("from", json!(before.key.chat)),
                ("to", json!(ME)),
                ("id", json!(revoke.key.serialized())),
                ("refId", json!(before.key.serialized())),
            ]);
            json!({
                "revokedMessageId": id,
                "before": key(&before.key),
                "after": key(&revoke.key),
                "_data": data,
            })
        }
    }
}

/// The options that somebody has chosen, all of them each time.
pub(crate) fn vote(engine: Engine, vote: &Message, poll: &Key, asked: Option<&Poll>, options: &[String]) -> Value {
    let Message { key, sender, timestamp, .. } = vote;
    let in_group = vote.in_group();
    let me = if engine == Engine::Webjs { ME } else { "me" };
    // Who wrote a message, and to whom, the account being one of the two.
    let ends = |key: &Key, sender: &str| match (key.from_me, in_group) {
        (true, true) => (json!(sender), json!(key.chat)),
        (true, false) => (json!(me), json!(key.chat)),
        (false, true) => (json!(sender), json!(key.chat)),
        (false, false) => (json!(key.chat), json!(me)),
    };
    let (poll_from, poll_to) = ends(poll, poll.participant.as_deref().unwrap_or(ME));
    let (vote_from, vote_to) = ends(key, sender);
    let mut vote_shape = object([
        ("id", json!(key.serialized())),
        ("from", vote_from),
        ("to", vote_to),
        ("fromMe", json!(key.from_me)),
        ("participant", json!(key.participant)),
        ("selectedOptions", json!(options)),
        ("timestamp", json!(timestamp.saturating_mul(1000))),
    ]);
    let mut poll_shape = object([
        ("id", json!(poll.serialized())),
        ("from", poll_from),
        ("to", poll_to),
        ("fromMe", json!(poll.from_me)),
        ("participant", json!(poll.participant)),
    ]);
    match engine {
        Engine::Gows => {
            vote_shape["to"] = json!(key.participant);
            vote_shape["participant"] = json!(key.participant);
        }
        // Vote and poll have one id here, and are told in the same way.
        Engine::Wpp => {
            let common = json!({
                "id": poll.serialized(),
                "from": key.chat,
                "fromMe": false,
                "to": key.chat,
                "participant": key.participant,
            });
            for (name, value) in common.as_object().into_iter().flatten() {
                vote_shape[name] = value.clone();
                poll_shape[name] = value.clone();
            }
        }
        Engine::Noweb | Engine::Webjs => {}
    }
    let data = match engine {
        Engine::Gows => {
            let mut data = gows::data(vote);
            data["Votes"] = json!(options);
            data
        }
        Engine::Noweb => Value::Null,
        Engine::Webjs => json!({
            "voter": sender,
            "selectedOptions": options.iter().map(|name| json!({ "id": place(asked, name), "name": name })).collect::<Vec<_>>(),
            "interractedAtTs": timestamp.saturating_mul(1000),
            "parentMessage": { "id": webjs::id(poll), "pollName": asked.map(|poll| &poll.name) },
        }),
        Engine::Wpp => json!({
            "msgId": webjs::id(poll),
            "chatId": key.chat,
            "selectedOptions": chosen(asked, options),
            "timestamp": timestamp.saturating_mul(1000),
            "sender": sender,
        }),
    };
    object([("poll", poll_shape), ("vote", vote_shape), ("_data", data)])
}

/// Which of the options of a poll it is.
fn place(asked: Option<&Poll>, name: &str) -> usize {
    asked.and_then(|poll| poll.options.iter().position(|option| option == name)).unwrap_or(0)
}

/// A place for each option of a poll, empty where it was not chosen.
fn chosen(asked: Option<&Poll>, options: &[String]) -> Value {
    let all = asked.map(|poll| poll.options.as_slice()).unwrap_or(options).iter().enumerate();
    let place = |(index, name)| match options.contains(name) {
        true => json!({ "name": name, "localId": index }),
        false => Value::Null,
    };
    all.map(place).collect()
}
