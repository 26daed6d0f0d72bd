//! Reads events. What is as the document says takes one pass over the text; anything else is read a second time, repaired
//! and member by member, so that an odd member costs nothing but itself.
//!
//! The functions that lead to the types of all payloads are inline, so that an app which reads no events does not compile them.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Event, Payload};
use crate::{
    Json,
    error::{Error, clip},
    json, lenient,
    redaction::Redactor,
};

/// Reads an event.
#[inline]
pub(super) fn event(bytes: &[u8], redactor: &Redactor) -> Result<Event, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let strict = deserializer.deserialize_map(Strict).and_then(|event| deserializer.end().map(|()| event));
    strict.or_else(|_| leniently(bytes, redactor))
}

/// The members of an envelope.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Id,
    Timestamp,
    Event,
    Session,
    Metadata,
    Me,
    Engine,
    Environment,
    Payload,
    #[serde(other)]
    Other,
}

#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Timestamp(#[serde(deserialize_with = "lenient::optional_integer")] Option<i64>);

/// Reads an event in which everything is as the document says, and the name stands before the payload, as servers send it.
struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Event;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event, A::Error> {
        let (mut id, mut timestamp, mut metadata, mut me) = (None, Timestamp::default(), None, None);
        let (mut engine, mut environment) = (None, None);
        let (mut name, mut session, mut payload) = (None::<String>, None, None);
        while let Some(member) = map.next_key()? {
            match member {
                Member::Id => id = map.next_value()?,
                Member::Timestamp => timestamp = map.next_value()?,
                Member::Event if payload.is_none() => name = Some(map.next_value()?),
                Member::Event => return Err(de::Error::custom("the name follows the payload")),
                Member::Session => session = Some(map.next_value()?),
                Member::Metadata => metadata = map.next_value()?,
                Member::Me => me = map.next_value()?,
                Member::Engine => engine = map.next_value()?,
                Member::Environment => environment = map.next_value()?,
                Member::Payload => {
                    let name = name.as_deref().ok_or_else(|| de::Error::missing_field("event"))?;
                    payload = Some(map.next_value_seed(PayloadOf(name))?);
                }
                Member::Other => {
                    map.next_value::<de::IgnoredAny>()?;
                }
            }
        }
        Ok(Event {
            id,
            timestamp: timestamp.0,
            session: session.ok_or_else(|| de::Error::missing_field("session"))?,
            metadata: Option::unwrap_or_default(metadata),
            me,
            engine,
            environment,
            payload: payload.ok_or_else(|| de::Error::missing_field("payload"))?,
            received: None,
        })
    }
}

/// Reads the payload of the event with this name.
struct PayloadOf<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for PayloadOf<'_> {
    type Value = Payload;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Payload, D::Error> {
        Payload::read(self.0, deserializer)
    }
}

/// Reads an event of which something is not as the document says.
#[inline]
fn leniently(bytes: &[u8], redactor: &Redactor) -> Result<Event, Error> {
    let refuse = |why: &str| Error::from_body(&format!("the event cannot be read: {why}"), ".", bytes, redactor);
    let text = json::repair(bytes).map_err(|too_deep| refuse(&format!("{too_deep} (`Json::MAX_DEPTH`)")))?;
    let envelope: HashMap<Cow<'_, str>, &RawValue> =
        serde_json::from_str(&text).map_err(|error| refuse(&format!("it is no JSON object: {error}")))?;
    let member = |name: &str| envelope.get(name).map_or("null", |member| member.get());
    let required = |name: &str| match serde_json::from_str::<String>(member(name)) {
        Ok(text) => Ok(text),
        Err(error) => Err(refuse(&format!("`{name}`, which every event has, is no text: {error}"))),
    };
    let (name, session) = (required("event")?, required("session")?);
    Ok(Event {
        id: optional("id", member("id")),
        timestamp: optional::<Timestamp>("timestamp", member("timestamp")).and_then(|timestamp| timestamp.0),
        session,
        metadata: metadata(member("metadata")),
        me: optional("me", member("me")),
        engine: optional("engine", member("engine")),
        environment: optional("environment", member("environment")),
        payload: payload(&name, member("payload"), redactor),
        received: None,
    })
}

/// Reads a member of the envelope that may be absent or odd.
fn optional<T: DeserializeOwned>(_name: &str, json: &str) -> Option<T> {
    let read = serde_json::from_str::<Option<T>>(json);
    #[cfg(feature = "tracing")]
    if let Err(error) = &read {
        let error = crate::text::line(&error.to_string());
        tracing::warn!(target: "waha", member = _name, error, "a member of an event is left out: it is not what the document says");
    }
    read.unwrap_or_default()
}

/// Reads the session's metadata; a value that is no text becomes its JSON.
fn metadata(json: &str) -> HashMap<String, String> {
    let values = optional::<HashMap<String, Json>>("metadata", json).unwrap_or_default();
    values.into_iter().map(|(name, value)| (name, value.parse().unwrap_or_else(|_| value.to_string()))).collect()
}

/// Reads the payload, whatever it is.
#[inline]
fn payload(name: &str, json: &str, redactor: &Redactor) -> Payload {
    let read = PayloadOf(name).deserialize(&mut serde_json::Deserializer::from_str(json));
    let error = match read {
        Ok(payload) => return payload,
        Err(error) => error,
    };
    let path = match json::path_of(&error, json) {
        root if root == "." => "payload".to_owned(),
        element if element.starts_with('[') => format!("payload{element}"),
        member => format!("payload.{member}"),
    };
    let message = format!("the event is not what the document says, at `{}`: {error}", clip(&path));
    Payload::Undecodable {
        event: name.into(),
        // It was read as JSON before.
        payload: json.parse().unwrap_or_default(),
        error: Arc::new(Error::from_body(&message, &path, json.as_bytes(), redactor)),
    }
}
