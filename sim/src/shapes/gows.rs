//! Messages as GOWS answers them: its own objects around those of whatsmeow.

use serde_json::{Value, json};

use super::{
    message::{THUMBNAIL, Urls, View, common, reply_to},
    proto::Dialect,
};
use crate::{
    ids,
    state::{
        message::{Content, Message},
        session::MY_DEVICE,
    },
    time,
};

/// What it says once it has sent a message.
pub(crate) fn sent(message: &Message) -> Value {
    json!({ "id": message.key.serialized(), "_data": data(message) })
}

pub(crate) fn message(message: &Message, urls: &Urls, view: View) -> Value {
    let Message { key, content, .. } = message;
    let participant = key.participant.as_deref();
    let (ack, ack_name) = match (key.from_me, view) {
        (true, _) => (Some(message.ack.number()), message.ack.name()),
        // The storage does not know it.
        (false, View::Stored) => (None, "UNKNOWN"),
        (false, View::Event) => (Some(2), "DEVICE"),
    };
    let mut members = common(message, urls);
    members.extend([
        ("from".into(), json!(key.chat)),
        ("to".into(), json!(participant)),
        ("participant".into(), json!(participant)),
        ("ack".into(), json!(ack)),
        ("ackName".into(), json!(ack_name)),
        ("location".into(), location(content, view)),
        ("vCards".into(), vcards(content)),
        ("replyTo".into(), reply_to(message, urls, view, Dialect::Go)),
        ("_data".into(), data(message)),
    ]);
    match content.body() {
        // Only events say that there is no text.
        None if view == View::Stored => {}
        body => drop(members.insert("body".into(), json!(body))),
    }
    members.into()
}

/// The message as whatsmeow has it.
pub(crate) fn data(message: &Message) -> Value {
    let Message { key, push_name, timestamp, content, .. } = message;
    let sender = if key.from_me { MY_DEVICE.to_owned() } else { ids::raw(&message.sender) };
    let kind = match content {
        Content::Media(_) => "media",
        Content::Poll(_) | Content::Vote { .. } => "poll",
        Content::Reaction { .. } => "reaction",
        _ => "text",
    };
    json!({
        "Info": {
            "Chat": ids::raw(&key.chat),
            "Sender": sender,
            "IsFromMe": key.from_me,
            "IsGroup": message.in_group(),
            "AddressingMode": "",
            "SenderAlt": "",
            "RecipientAlt": "",
            "BroadcastListOwner": "",
            "BroadcastRecipients": null,
            "ID": key.id,
            "ServerID": 0,
            "Type": kind,
            "PushName": push_name,
            "Timestamp": time::rfc3339(*timestamp),
            "Category": "",
            "Multicast": false,
            "MediaType": "",
            "Edit": "",
            "VerifiedName": null,
            "DeviceSentMeta": null,
        },
        "Message": Dialect::Go.content(message),
        "IsEphemeral": false,
        "IsViewOnce": false,
        "IsEdit": matches!(content, Content::Edit { .. }),
        "Status": message.ack.number() + 1,
    })
}

/// A place, with numbers as strings.
fn location(content: &Content, view: View) -> Value {
    let Content::Location(place) = content else {
        return Value::Null;
    };
    let mut location = json!({
        "live": false,
        "latitude": place.latitude.to_string(),
        "longitude": place.longitude.to_string(),
        "name": place.name,
        "address": null,
        "url": null,
        "thumbnail": if view == View::Event { json!(THUMBNAIL) } else { Value::Null },
    });
    if view == View::Stored {
        location["description"] = Value::Null;
    }
    location
}

/// The cards, if the message has any.
pub(super) fn vcards(content: &Content) -> Value {
    match content {
        Content::Contacts(cards) => cards.iter().map(|card| json!(card.vcard)).collect(),
        _ => Value::Null,
    }
}
