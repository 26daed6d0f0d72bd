//! Messages as WPP answers them: in the common shape where wppconnect can read them back.

use serde_json::{Value, json};

use super::{
    message::{THUMBNAIL, Urls, View, common, quote},
    webjs::{ack, details, ends, quoted_data},
    wid,
};
use crate::state::message::{Ack, Content, MediaKind, Message};

/// What it says once it has sent a message. A video is not read back: there is its id, and what the library said.
pub(crate) fn sent(message: &Message) -> Value {
    let id = message.key.serialized();
    match message.media() {
        Some(file) if matches!(file.kind, MediaKind::Video | MediaKind::Note) => {
            json!({ "id": id, "_data": { "id": id, "ack": Ack::Server.number() } })
        }
        _ => {
            let sent = Message { ack: Ack::Server, ..message.clone() };
            let mut shape = self::message(&sent, &Urls::default(), View::Stored);
            // Nothing of what was sent is downloaded.
            shape["media"] = Value::Null;
            shape
        }
    }
}

pub(crate) fn message(message: &Message, urls: &Urls, view: View) -> Value {
    let Message { key, content, quoted, .. } = message;
    let (from, to) = ends(message);
    let ack = ack(message);
    let replied = quoted.as_ref().map(|quoted| quote(quoted, urls, quoted_data(quoted)));
    let mut members = common(message, urls);
    members.extend([
        ("from".into(), json!(from)),
        ("to".into(), json!(to)),
        ("participant".into(), json!(key.participant)),
        ("mediaUrl".into(), Value::Null),
        ("ack".into(), json!(ack.number())),
        ("ackName".into(), json!(ack.name())),
        // Places and cards are left to the library's data.
        ("location".into(), Value::Null),
        ("vCards".into(), Value::Null),
        ("replyTo".into(), json!(replied)),
        ("_data".into(), data(message, &from, &to, ack, view)),
    ]);
    members.extend(body(content).map(|body| ("body".into(), json!(body))));
    members.into()
}

/// The message as the library has it.
fn data(message: &Message, from: &str, to: &str, ack: Ack, view: View) -> Value {
    let Message { key, timestamp, content, quoted, .. } = message;
    let mut data = details(message);
    data.extend([
        ("id".into(), json!(key.serialized())),
        ("viewed".into(), json!(false)),
        ("body".into(), json!(raw_body(content))),
        ("type".into(), json!(content.kind())),
        ("t".into(), json!(timestamp)),
        ("timestamp".into(), json!(timestamp)),
        ("from".into(), json!(from)),
        ("to".into(), json!(to)),
        ("ack".into(), json!(ack.number())),
        ("isNewMsg".into(), json!(true)),
        ("fromMe".into(), json!(key.from_me)),
        ("chatId".into(), if view == View::Event { json!(key.chat) } else { wid(&key.chat) }),
        ("notifyName".into(), json!(message.push_name)),
        ("content".into(), json!(raw_body(content))),
        ("mediaData".into(), json!({})),
        ("isGroupMsg".into(), json!(message.in_group())),
    ]);
    if message.media().is_some() {
        data.insert("isMedia".into(), json!(true));
    }
    data.extend(key.participant.as_ref().map(|author| ("author".into(), json!(author))));
    data.extend(quoted.as_ref().map(|quoted| ("quotedStanzaID".into(), json!(quoted.id))));
    data.extend(message.edited.map(|ms| ("latestEditSenderTimestampMs".into(), json!(ms))));
    data.into()
}

/// Left out for a file without a caption.
fn body(content: &Content) -> Option<String> {
    match content {
        Content::Media(file) => file.caption.clone(),
        Content::Contacts(cards) => Some(cards.first().map(|card| card.vcard.clone()).unwrap_or_default()),
        content => Some(content.body().unwrap_or_default().to_owned()),
    }
}

/// For pictures it is a small copy.
fn raw_body(content: &Content) -> String {
    match content {
        Content::Media(file) if matches!(file.kind, MediaKind::Image | MediaKind::Sticker) => THUMBNAIL.to_owned(),
        Content::Media(_) => String::new(),
        content => body(content).unwrap_or_default(),
    }
}
