//! By hand, for a program that decodes the members that it uses, and no others.

use std::hash::Hash;

use serde::Deserialize;
use waha_benches::{
    by_hand::{self, Shapes},
    program,
};

fn main() -> anyhow::Result<()> {
    program::run(by_hand::run::<Few>)
}

struct Few;

#[derive(Deserialize)]
struct Picture {
    #[serde(rename = "profilePictureURL")]
    url: Option<String>,
}

#[derive(Deserialize)]
struct Sent {
    id: Id,
}

#[derive(Deserialize)]
struct Id {
    #[serde(rename = "_serialized")]
    serialized: String,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    timestamp: Option<i64>,
    body: Option<String>,
    #[serde(rename = "fromMe")]
    from_me: bool,
}

#[derive(Deserialize)]
struct Contact {
    id: String,
    name: Option<String>,
    pushname: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    id: Option<String>,
    payload: EventMessage,
}

#[derive(Deserialize)]
struct EventMessage {
    id: String,
    body: Option<String>,
}

impl Shapes for Few {
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
