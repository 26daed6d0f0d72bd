//! Reads members of what an engine's library made. With its next release, any of them may change its type.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Json, lenient};

/// A member that is read as a `T` if it is one, and as nothing otherwise.
pub(super) struct Lenient<T>(pub(super) Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(json.get()).ok()))
    }
}

/// The first that is there.
pub(super) fn first<T, const N: usize>(candidates: [Lenient<T>; N]) -> Option<T> {
    candidates.into_iter().find_map(|candidate| candidate.0)
}

/// A text that is not empty: engines write what they do not know as an empty one, too.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Text(String);

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.is_empty() { Err("empty") } else { Ok(Self(text)) }
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

/// The first text that is there.
pub(super) fn text<const N: usize>(candidates: [Lenient<Text>; N]) -> Option<String> {
    first(candidates).map(String::from)
}

/// An id, as text or as the object that WhatsApp Web has for it.
#[derive(Deserialize)]
#[serde(try_from = "AnyWid")]
pub(super) struct Wid(pub(super) String);

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyWid {
    Text(String),
    Serialized {
        #[serde(rename = "_serialized")]
        serialized: String,
    },
    Parts {
        user: String,
        server: String,
    },
}

impl TryFrom<AnyWid> for Wid {
    type Error = &'static str;

    fn try_from(wid: AnyWid) -> Result<Self, Self::Error> {
        let text = match wid {
            AnyWid::Text(text) | AnyWid::Serialized { serialized: text } => text,
            AnyWid::Parts { user, server } => format!("{user}@{server}"),
        };
        if text.is_empty() { Err("empty") } else { Ok(Self(text)) }
    }
}

/// The first id that is there and is a `T`.
pub(super) fn optional_id<T: FromStr, const N: usize>(candidates: [Lenient<Wid>; N]) -> Option<T> {
    candidates.into_iter().find_map(|candidate| candidate.0?.0.parse().ok())
}

/// A number, or a time: as a number, as text, or as the two halves that JavaScript's libraries have for one of 64 bits.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Number {
    Integer(#[serde(deserialize_with = "lenient::integer")] i64),
    Text(String),
}

impl Number {
    pub(super) fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            Self::Text(text) => text.parse().ok(),
        }
    }

    /// Seconds since 1970. What is not after that means that nobody knows: 0, or the year 1 in Go.
    fn seconds(self) -> Option<i64> {
        let seconds = match self {
            Self::Integer(integer) => integer,
            Self::Text(text) => text.parse().ok().or_else(|| rfc3339(&text))?,
        };
        (seconds > 0).then_some(seconds)
    }
}

/// The first time that is there, in seconds since 1970.
pub(super) fn time<const N: usize>(candidates: [Lenient<Number>; N]) -> Option<i64> {
    candidates.into_iter().find_map(|candidate| candidate.0?.seconds())
}

/// The seconds since 1970 of a time as Go writes it: `2026-09-20T13:13:20Z`, also with a fraction or an offset.
fn rfc3339(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

/// A list or an object.
#[derive(Deserialize)]
#[serde(try_from = "Json")]
pub(super) struct Container(pub(super) Json);

impl TryFrom<Json> for Container {
    type Error = &'static str;

    fn try_from(json: Json) -> Result<Self, Self::Error> {
        if json.as_str().starts_with(['[', '{']) { Ok(Self(json)) } else { Err("neither a list nor an object") }
    }
}

/// Calls a function with each element of a list, or with each member of an object and its name.
pub(super) struct ForEach<F>(pub(super) F);

impl<'de, F: FnMut(Option<String>, Json)> DeserializeSeed<'de> for ForEach<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(Option<String>, Json)> Visitor<'de> for ForEach<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(json) = seq.next_element()? {
            (self.0)(None, json);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, json)) = map.next_entry()? {
            (self.0)(Some(name), json);
        }
        Ok(())
    }
}
