//! Messages as NOWEB answers them: those of Baileys, raw or normalised.

use serde_json::{Value, json};

use super::{
    gows::vcards,
    message::{Urls, View, common, reply_to},
    object,
    proto::Dialect,
};
use crate::{
    ids,
    state::message::{Ack, Content, Message},
};

/// What it says once it has sent a message. In groups the sender is told, and time and status are numbers.
pub(crate) fn sent(message: &Message) -> Value {
    let Message { key, timestamp, content, .. } = message;
    let is_list = matches!(content, Content::List(_));
    let (time, status) = match key.participant {
        Some(_) if message.in_group() => (json!(timestamp), json!(status(Ack::Pending))),
        _ => (json!(timestamp.to_string()), json!("PENDING")),
    };
    object([
        ("key", Dialect::Node.key(key)),
        ("message", Dialect::Node.content(message)),
        ("messageTimestamp", if is_list { Value::Null } else { time }),
        ("status", if is_list { Value::Null } else { status }),
        ("participant", json!(key.participant.as_deref().map(ids::raw))),
    ])
}

pub(crate) fn message(message: &Message, urls: &Urls, view: View) -> Value {
    let Message { key, content, .. } = message;
    let ack = key.from_me.then_some(message.ack);
    let mut members = common(message, urls);
    members.extend([
        ("from".into(), json!(key.chat)),
        ("body".into(), json!(content.body())),
        ("to".into(), Value::Null),
        ("participant".into(), json!(key.participant)),
        ("ack".into(), json!(ack.map(Ack::number))),
        ("ackName".into(), json!(ack.map_or("UNKNOWN", Ack::name))),
        ("location".into(), location(content)),
        ("vCards".into(), vcards(content)),
        ("replyTo".into(), reply_to(message, urls, view, Dialect::Node)),
        ("_data".into(), data(message)),
    ]);
    if view == View::Event {
        if key.participant.is_some() {
            members.insert("to".into(), json!(key.chat));
        } else {
            members.remove("to");
            members.remove("participant");
        }
    }
    members.into()
}

/// The message as Baileys has it.
pub(crate) fn data(message: &Message) -> Value {
    let Message { key, timestamp, push_name, .. } = message;
    object([
        ("key", Dialect::Node.key(key)),
        ("messageTimestamp", json!(timestamp)),
        ("pushName", json!(push_name)),
        ("broadcast", json!(false)),
        ("message", Dialect::Node.content(message)),
        ("status", json!(key.from_me.then_some(status(message.ack)))),
    ])
}

/// Baileys counts from zero.
fn status(ack: Ack) -> i8 {
    ack.number() + 1
}

fn location(content: &Content) -> Value {
    match content {
        Content::Location(place) => object([
            ("live", json!(false)),
            ("latitude", json!(place.latitude.to_string())),
            ("longitude", json!(place.longitude.to_string())),
            ("name", json!(place.name)),
        ]),
        _ => Value::Null,
    }
}
