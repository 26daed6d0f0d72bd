//! Messages as WEBJS answers them: those of whatsapp-web.js.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::{
    message::{THUMBNAIL, Urls, common, quote},
    proto, wid,
};
use crate::state::{
    message::{Ack, Content, Key, Message, Quoted},
    session::ME,
};

/// What it says once it has sent a message: the library's object.
pub(crate) fn sent(message: &Message) -> Value {
    let Message { key, timestamp, content, quoted, .. } = message;
    let kind = content.kind();
    let id = id(key);
    let (from, to) = ends(message);
    let body = body(content);
    let members = |value: Value| match value {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let mut data = members(json!({
        "id": id,
        "body": body,
        "type": kind,
        "t": timestamp,
        "from": wid(&from),
        "to": wid(&to),
        "ack": message.ack.number(),
        "isNewMsg": true,
        "local": key.from_me,
        "self": if key.from_me { "out" } else { "in" },
    }));
    data.extend(details(message));
    data.extend(quoted.iter().flat_map(quoted_details));
    let mut message_object = members(json!({
        "id": id,
        "ack": message.ack.number(),
        "hasMedia": message.media().is_some(),
        "body": body,
        "type": kind,
        "timestamp": timestamp,
        "from": from,
        "to": to,
        "deviceType": "web",
        "isForwarded": message.forwarded,
        "forwardingScore": u8::from(message.forwarded),
        "isStatus": message.is_status(),
        "isStarred": message.starred,
        "fromMe": key.from_me,
        "hasQuotedMsg": quoted.is_some() || matches!(content, Content::ButtonReply { .. }),
        "hasReaction": !message.reactions.is_empty(),
        "vCards": vcards(content),
        "mentionedIds": message.mentions,
        "groupMentions": [],
        "isGif": false,
        "links": links(content),
        "_data": data,
    }));
    message_object.extend(key.participant.as_ref().map(|author| ("author".into(), json!(author))));
    message_object.extend(library_details(message));
    message_object.into()
}

pub(crate) fn message(message: &Message, urls: &Urls) -> Value {
    let Message { key, timestamp, content, quoted, push_name, .. } = message;
    let (from, to) = ends(message);
    let kind = content.kind();
    let ack = ack(message);
    let mut data = Map::from_iter([
        ("id".into(), id(key)),
        ("body".into(), json!(body(content))),
        ("type".into(), json!(kind)),
        ("t".into(), json!(timestamp)),
        ("notifyName".into(), json!(push_name)),
        ("viewed".into(), json!(false)),
        ("from".into(), json!(from)),
        ("to".into(), json!(to)),
        ("ack".into(), json!(ack.number())),
        ("invis".into(), json!(false)),
        ("isNewMsg".into(), json!(true)),
        ("star".into(), json!(message.starred)),
        ("kicNotified".into(), json!(false)),
    ]);
    data.extend(key.participant.as_deref().map(|author| ("author".into(), wid(author))));
    data.extend(details(message));
    data.extend(quoted.iter().flat_map(quoted_details));
    if message.in_group() && key.from_me {
        data.insert("receipts".into(), receipts(message));
    }
    let mut members = common(message, urls);
    members.extend([
        ("from".into(), json!(from)),
        ("to".into(), json!(to)),
        ("body".into(), json!(body(content))),
        ("ack".into(), json!(ack.number())),
        ("ackName".into(), json!(ack.name())),
        ("location".into(), location(content)),
        ("vCards".into(), vcards(content)),
        ("_data".into(), data.into()),
    ]);
    members.extend(key.participant.as_ref().map(|participant| ("participant".into(), json!(participant))));
    members.extend(quoted.as_ref().map(|quoted| ("replyTo".into(), quote(quoted, urls, quoted_data(quoted)))));
    members.into()
}

/// An id as the library takes it apart.
pub(crate) fn id(key: &Key) -> Value {
    let mut id = json!({
        "fromMe": key.from_me,
        "remote": key.chat,
        "id": key.id,
        "_serialized": key.serialized(),
    });
    if let Some(participant) = &key.participant {
        id["participant"] = wid(participant);
    }
    id
}

/// From where a message came and where it went, the account being one end of it.
pub(super) fn ends(message: &Message) -> (String, String) {
    let (me, chat) = (ME.to_owned(), message.key.chat.clone());
    if message.key.from_me { (me, chat) } else { (chat, me) }
}

/// What came in has been at the server.
pub(super) fn ack(message: &Message) -> Ack {
    if message.key.from_me { message.ack } else { Ack::Server }
}

/// What stands in the bubble, which for some types is not a text.
fn body(content: &Content) -> String {
    match content {
        Content::Contacts(cards) => cards.first().map(|card| card.vcard.clone()).unwrap_or_default(),
        Content::Poll(poll) => poll.name.clone(),
        Content::Location(_) => THUMBNAIL.to_owned(),
        content => content.body().unwrap_or_default().to_owned(),
    }
}

/// What WhatsApp Web keeps of a content beside its text.
pub(super) fn details(message: &Message) -> Map<String, Value> {
    let details = match &message.content {
        Content::Media(file) => {
            let mut details = json!({
                "mimetype": file.mimetype,
                "size": file.bytes.len(),
                "directPath": format!("/v/t62/{}.enc", message.key.id),
                "mediaKey": BASE64_STANDARD.encode(proto::media_key(message)),
            });
            if let Some(name) = &file.filename {
                details["filename"] = json!(name);
            }
            if let Some(seconds) = proto::seconds(file.kind) {
                details["duration"] = json!(seconds.to_string());
            }
            details
        }
        Content::Location(place) => json!({
            "lat": place.latitude,
            "lng": place.longitude,
            "loc": place.name,
            "isLive": false,
            "comment": "",
        }),
        Content::Contacts(cards) => json!({ "vcardFormattedName": cards.first().map(|card| &card.name) }),
        Content::Poll(poll) => json!({
            "pollName": poll.name,
            "pollOptions": options(&poll.options),
            "pollSelectableOptionsCount": u8::from(!poll.multiple),
        }),
        Content::ButtonReply { id, .. } => json!({ "selectedButtonId": id }),
        Content::Text(text) if text.background.is_some() || text.font.is_some() => {
            json!({ "backgroundColor": text.background, "font": text.font })
        }
        _ => return Map::new(),
    };
    match details {
        Value::Object(details) => details,
        _ => Map::new(),
    }
}

/// What the library itself tells of a content.
fn library_details(message: &Message) -> Map<String, Value> {
    let details = match &message.content {
        Content::Media(file) => {
            let mut details = json!({ "mediaKey": BASE64_STANDARD.encode(proto::media_key(message)) });
            if let Some(seconds) = proto::seconds(file.kind) {
                details["duration"] = json!(seconds.to_string());
            }
            details
        }
        Content::Location(place) => json!({
            "location": {
                "latitude": place.latitude,
                "longitude": place.longitude,
                "name": place.name,
                "description": place.name,
            },
        }),
        Content::Poll(poll) => json!({
            "pollName": poll.name,
            "pollOptions": options(&poll.options),
            "allowMultipleAnswers": poll.multiple,
            "pollInvalidated": false,
            // A list of bytes, which JavaScript writes as an object.
            "messageSecret": proto::secret(message).iter().enumerate()
                .map(|(index, byte)| (index.to_string(), json!(byte))).collect::<Map<_, _>>(),
        }),
        Content::ButtonReply { id, .. } => json!({ "selectedButtonId": id }),
        _ => json!({}),
    };
    let mut details = match details {
        Value::Object(details) => details,
        _ => Map::new(),
    };
    details.extend(message.edited.map(|ms| ("latestEditSenderTimestampMs".into(), json!(ms))));
    details
}

fn options(options: &[String]) -> Value {
    let option = |(index, name): (usize, &String)| json!({ "name": name, "localId": index });
    options.iter().enumerate().map(option).collect()
}

fn quoted_details(quoted: &Quoted) -> Map<String, Value> {
    Map::from_iter([
        ("quotedStanzaID".into(), json!(quoted.id)),
        ("quotedParticipant".into(), wid(&quoted.participant)),
        ("quotedMsg".into(), quoted_data(quoted)),
    ])
}

/// The quoted content as WhatsApp Web keeps it.
pub(super) fn quoted_data(quoted: &Quoted) -> Value {
    match &quoted.content {
        Some(content) => json!({ "type": content.kind(), "body": body(content) }),
        None => json!({}),
    }
}

/// Who has got a message of a group, and who has not yet.
fn receipts(message: &Message) -> Value {
    let with = |least: Ack| {
        let reached = message.receipts.iter().filter(|(_, ack)| **ack >= least);
        reached.map(|(id, _)| json!({ "id": wid(id), "t": message.timestamp })).collect::<Vec<_>>()
    };
    let (delivery, read, played) = (with(Ack::Device), with(Ack::Read), with(Ack::Played));
    let missing = |reached: &[Value]| message.receipts.len() - reached.len();
    json!({
        "deliveryRemaining": missing(&delivery),
        "readRemaining": missing(&read),
        "playedRemaining": 0,
        "delivery": delivery,
        "read": read,
        "played": played,
    })
}

/// A place, with numbers as numbers.
fn location(content: &Content) -> Value {
    match content {
        Content::Location(place) => json!({
            "live": false,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "name": place.name,
            "address": "",
            "description": "",
            "url": "",
            "thumbnail": THUMBNAIL,
        }),
        _ => Value::Null,
    }
}

fn vcards(content: &Content) -> Value {
    match content {
        Content::Contacts(cards) => cards.iter().map(|card| json!(card.vcard)).collect(),
        _ => json!([]),
    }
}

fn links(content: &Content) -> Value {
    let words = content.body().unwrap_or_default().split_whitespace();
    let links = words.filter(|word| word.starts_with("http://") || word.starts_with("https://"));
    links.map(|link| json!({ "link": link, "isSuspicious": false })).collect()
}
