//! What a control call is told, in its query and in a JSON body, and the checks of it.

use std::{fmt, time::Duration};

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, Visitor},
};
use serde_json::{Map, Value};

use crate::{body, error::Error, ids, query::Query};

/// The parameters of a call; those of the body win.
pub(super) fn params(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Value, Error> {
    let query = Query::of(uri);
    let own = query.pairs().iter().filter(|(name, _)| name != crate::auth::NAME);
    let mut params: Map<String, Value> = own.map(|(name, value)| (name.clone(), value.clone().into())).collect();
    // curl says that JSON is a form unless it is told otherwise, and there are no forms here.
    let mut headers = headers.clone();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    match body::parse(&headers, body)? {
        Value::Object(members) => params.extend(members),
        _ => return Err(Error::bad_request("The body must be a JSON object")),
    }
    Ok(params.into())
}

pub(super) fn read<T: DeserializeOwned>(params: Value) -> Result<T, Error> {
    serde_json::from_value(params).map_err(|error| Error::bad_request(error.to_string()))
}

/// An id as people write it: a text, or a number where it consists of digits.
#[derive(Debug)]
struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;

        impl Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id, such as 11111111111")
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<Id, E> {
                Ok(Id(id.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }
        }

        deserializer.deserialize_any(IdVisitor)
    }
}

impl TryFrom<Id> for Person {
    type Error = String;

    fn try_from(Id(id): Id) -> Result<Self, String> {
        Self::try_from(id)
    }
}

impl TryFrom<Id> for GroupId {
    type Error = String;

    fn try_from(Id(id): Id) -> Result<Self, String> {
        Self::try_from(id)
    }
}

impl TryFrom<Id> for Chat {
    type Error = String;

    fn try_from(Id(id): Id) -> Result<Self, String> {
        Self::try_from(id)
    }
}

/// A person's id.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Id")]
pub(crate) struct Person(pub(crate) String);

/// The id of a group.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Id")]
pub(crate) struct GroupId(pub(crate) String);

/// The id of a person, group or channel.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Id")]
pub(crate) struct Chat(pub(crate) String);

impl TryFrom<String> for Person {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        let canonical = ids::canonical(&id);
        match canonical.split_once('@') {
            Some((user, "c.us" | "lid")) if is_number(user) => Ok(Self(canonical)),
            _ => Err(format!("`{id}` is no id of a person: write digits such as 11111111111, or 11111111111@c.us")),
        }
    }
}

impl TryFrom<String> for GroupId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        match id.strip_suffix("@g.us") {
            Some(user) if user.split('-').all(is_number) => Ok(Self(id)),
            _ => Err(format!("`{id}` is no id of a group: write digits and @g.us, such as 120363000000000001@g.us")),
        }
    }
}

impl TryFrom<String> for Chat {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        let is_channel = id.strip_suffix("@newsletter").is_some_and(is_number);
        if is_channel || ids::is_status(&id) {
            return Ok(Self(id));
        }
        let group = GroupId::try_from(id.clone()).map(|GroupId(id)| Self(id));
        group.or_else(|_| Person::try_from(id).map(|Person(id)| Self(id)))
    }
}

fn is_number(user: &str) -> bool {
    (1..=20).contains(&user.len()) && user.bytes().all(|byte| byte.is_ascii_digit())
}

/// Bytes in Base64.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Base64(pub(super) Vec<u8>);

impl TryFrom<String> for Base64 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        BASE64_STANDARD.decode(text).map(Self).map_err(|error| format!("`data` is not Base64: {error}"))
    }
}

/// A time in seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seconds(#[serde(deserialize_with = "seconds")] pub(crate) Duration);

/// Reads a number of seconds, which is text in a query.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| {
        serde::de::Error::custom(format!("{value} is no number of seconds: write a positive one, such as 1.5"))
    })
}

/// Reads a whole number, which is text in a query.
pub(super) fn count<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: TryFrom<u64>,
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.and_then(|number| number.try_into().ok()).ok_or_else(|| {
        serde::de::Error::custom(format!("{value} is no number of this kind: write a whole one, such as 3"))
    })
}

/// Reads a flag, which is text in a query.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(flag) => Ok(flag),
        Value::String(text) if text == "true" || text == "false" => Ok(text == "true"),
        value => Err(serde::de::Error::custom(format!("{value} is neither true nor false"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_and_written_in_one_way() {
        for (id, canonical) in [
            ("11111111111", "11111111111@c.us"),
            ("11111111111@s.whatsapp.net", "11111111111@c.us"),
            ("3@lid", "3@lid"),
            ("1-2@g.us", "1-2@g.us"),
            ("4@newsletter", "4@newsletter"),
            ("status@broadcast", "status@broadcast"),
        ] {
            assert_eq!(Chat::try_from(id.to_owned()).expect(id).0, canonical);
        }
        for id in ["", "+1 111", "Ada", "1@example.com", "@g.us", "1@g.us@c.us", "1a@c.us", "111111111111111111111"] {
            assert!(Chat::try_from(id.to_owned()).is_err(), "{id}");
        }
        assert!(Person::try_from("1@g.us".to_owned()).is_err());
        assert!(GroupId::try_from("1@c.us".to_owned()).is_err());
    }
}
