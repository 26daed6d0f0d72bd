//! By hand, for a program that decodes every member that the API documents.

use std::{collections::HashMap, hash::Hash};

use serde::Deserialize;
use serde_json::Value;
use waha_benches::{
    by_hand::{self, Shapes},
    program,
};

fn main() -> anyhow::Result<()> {
    program::run(by_hand::run::<Full>)
}

struct Full;

#[derive(Deserialize)]
struct Picture {
    #[serde(rename = "profilePictureURL")]
    url: Option<String>,
}

/// The message as the engine has it.
#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    id: Id,
    ack: Option<i64>,
    has_media: bool,
    body: Option<String>,
    r#type: Option<String>,
    timestamp: Option<i64>,
    from: Option<String>,
    to: Option<String>,
    device_type: Option<String>,
    is_forwarded: Option<bool>,
    forwarding_score: Option<i64>,
    is_status: Option<bool>,
    is_starred: Option<bool>,
    from_me: bool,
    has_quoted_msg: Option<bool>,
    has_reaction: Option<bool>,
    v_cards: Option<Vec<String>>,
    mentioned_ids: Option<Vec<String>>,
    group_mentions: Option<Vec<Value>>,
    is_gif: Option<bool>,
    links: Option<Vec<Value>>,
    #[serde(rename = "_data")]
    data: Option<Value>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Id {
    from_me: bool,
    remote: Option<String>,
    id: Option<String>,
    #[serde(rename = "_serialized")]
    serialized: String,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: String,
    timestamp: Option<i64>,
    from: Option<String>,
    from_me: bool,
    source: Option<String>,
    to: Option<String>,
    participant: Option<String>,
    author: Option<String>,
    body: Option<String>,
    has_media: bool,
    media: Option<Media>,
    media_url: Option<String>,
    ack: Option<i64>,
    ack_name: Option<String>,
    location: Option<Location>,
    v_cards: Option<Vec<String>>,
    reply_to: Option<ReplyTo>,
    #[serde(rename = "_data")]
    data: Option<Value>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
struct Media {
    url: Option<String>,
    mimetype: Option<String>,
    filename: Option<String>,
    s3: Option<Value>,
    error: Option<Value>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
struct Location {
    latitude: Option<Value>,
    longitude: Option<Value>,
    live: Option<bool>,
    name: Option<String>,
    address: Option<String>,
    description: Option<String>,
    url: Option<String>,
    thumbnail: Option<String>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReplyTo {
    id: Option<String>,
    participant: Option<String>,
    body: Option<String>,
    has_media: Option<bool>,
    media: Option<Media>,
    #[serde(rename = "_data")]
    data: Option<Value>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contact {
    id: String,
    number: Option<String>,
    name: Option<String>,
    pushname: Option<String>,
    short_name: Option<String>,
    r#type: Option<String>,
    is_me: Option<bool>,
    is_user: Option<bool>,
    is_group: Option<bool>,
    #[serde(rename = "isWAContact")]
    is_wa_contact: Option<bool>,
    is_my_contact: Option<bool>,
    is_blocked: Option<bool>,
    is_business: Option<bool>,
    is_enterprise: Option<bool>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
struct Event {
    id: Option<String>,
    timestamp: Option<i64>,
    event: String,
    session: String,
    metadata: Option<HashMap<String, String>>,
    me: Option<Me>,
    payload: Message,
    engine: Option<String>,
    environment: Option<Environment>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Me {
    id: String,
    push_name: Option<String>,
    lid: Option<String>,
    jid: Option<String>,
    reachout_timelock: Option<Value>,
}

#[expect(dead_code, reason = "decoded as the documentation has it, whether it is used or not")]
#[derive(Deserialize)]
struct Environment {
    version: String,
    engine: String,
    tier: String,
    browser: Option<String>,
    platform: Option<String>,
    worker: Option<Value>,
}

impl Shapes for Full {
    type Picture = Picture;
    type Sent = Sent;
    type Message = Message;
    type Contact = Contact;
    type Event = Event;

    fn picture(picture: &Picture) -> impl Hash {
        picture.url.as_deref()
    }

    fn sent(sent: &Sent) -> impl Hash {
        sent.id.serialized.as_str()
    }

    fn message(message: &Message) -> impl Hash {
        (message.id.as_str(), message.timestamp, message.body.as_deref(), message.from_me)
    }

    fn contact(contact: &Contact) -> impl Hash {
        (contact.id.as_str(), contact.name.as_deref(), contact.pushname.as_deref())
    }

    fn event(event: &Event) -> impl Hash {
        (event.id.as_deref(), event.payload.id.as_str(), event.payload.body.as_deref())
    }
}
