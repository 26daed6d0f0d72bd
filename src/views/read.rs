//! The members of what an engine's library made, read where they can be: with its next release, any of them may change.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{Json, lenient};

/// A member that may hold anything: a `T`, or else nothing.
pub(super) struct Maybe<T>(pub(super) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(json.get()).ok()))
    }
}

/// The first that is there.
pub(super) fn first<T, const N: usize>(candidates: [Maybe<T>; N]) -> Option<T> {
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
pub(super) fn text<const N: usize>(candidates: [Maybe<Text>; N]) -> Option<String> {
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
pub(super) fn optional_id<T: FromStr, const N: usize>(candidates: [Maybe<Wid>; N]) -> Option<T> {
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
pub(super) fn time<const N: usize>(candidates: [Maybe<Number>; N]) -> Option<i64> {
    candidates.into_iter().find_map(|candidate| candidate.0?.seconds())
}

/// The seconds since 1970 of a time as Go writes it: `2026-09-20T13:13:20Z`, also with a fraction or an offset.
fn rfc3339(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let (time, zone) = rest.split_at(rest.find(['Z', '+', '-'])?);
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time.split('.').next()?, ':')?;
    let offset = |text| numbers(text, ':').map(|[hours, minutes]| (hours * 60 + minutes) * 60);
    let offset = match zone.split_at(1) {
        ("Z", "") => 0,
        ("+", ahead) => offset(ahead)?,
        ("-", behind) => -offset(behind)?,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970, counting years from March so that a leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

/// Exactly so many numbers, none larger than a year.
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let number = |text: &str| text.parse::<u16>().ok().map(i64::from);
    text.split(separator).map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// What a list or an object holds, in its order; in an object by name.
#[derive(Default)]
pub(super) struct Elements(pub(super) Vec<(Option<String>, Json)>);

impl<'de> Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementsVisitor).map(Self)
    }
}

struct ElementsVisitor;

impl<'de> Visitor<'de> for ElementsVisitor {
    type Value = Vec<(Option<String>, Json)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(json) = seq.next_element()? {
            elements.push((None, json));
        }
        Ok(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some((name, json)) = map.next_entry()? {
            elements.push((Some(name), json));
        }
        Ok(elements)
    }
}
