//! Reads what an engine's library made, in one pass. With its next release, any member may change its type.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use bytestring::ByteString;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor, value},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    Json,
    json::{self, CheckedAny},
    lenient,
};

/// A member that is read as a `T` if it is one, and as nothing otherwise.
pub(super) struct Lenient<T>(pub(super) Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// What a member can be read as: each kind of JSON that it may be.
pub(super) trait Member: Sized {
    fn of_null() -> Option<Self> {
        None
    }

    fn of_bool(_: bool) -> Option<Self> {
        None
    }

    fn of_number(_: Result<i64, f64>) -> Option<Self> {
        None
    }

    fn of_text(_: &str) -> Option<Self> {
        None
    }

    /// Has to read all elements.
    fn of_list<'de, A: SeqAccess<'de>>(elements: A) -> Result<Option<Self>, A::Error> {
        CheckedAny.visit_seq(elements).map(|_| None)
    }

    /// Has to read all members.
    fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
        CheckedAny.visit_map(members).map(|_| None)
    }
}

impl<'de, T: Member> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor(PhantomData)).map(Self)
    }
}

struct MemberVisitor<T>(PhantomData<T>);

impl<'de, T: Member> Visitor<'de> for MemberVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(T::of_null())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::of_bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(T::of_number(Ok(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).ok().and_then(|value| T::of_number(Ok(value))))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(T::of_number(Err(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::of_text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
        T::of_list(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::of_object(members)
    }
}

impl Member for bool {
    fn of_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

/// Elements that are something else are nothing.
impl<T: Member> Member for Vec<Lenient<T>> {
    fn of_list<'de, A: SeqAccess<'de>>(elements: A) -> Result<Option<Self>, A::Error> {
        Self::deserialize(value::SeqAccessDeserializer::new(elements)).map(Some)
    }
}

/// An object all of whose members are lenient.
pub(super) trait Object: Default {
    /// Reads the value of the member with this name, of which the name has been read.
    fn read_member<'de, A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<(), A::Error>;

    /// Reads all members. Of those with the same name, the last one counts.
    fn read_members<'de, A: MapAccess<'de>>(&mut self, mut members: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = members.next_key()? {
            self.read_member(&name, &mut members)?;
        }
        Ok(())
    }
}

/// The name of a member.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// An [`Object`] in memory of its own, in which it is read: most are large.
#[derive(Default)]
pub(super) struct Boxed<T>(pub(super) Box<T>);

impl<T: Object> Boxed<T> {
    pub(super) fn read<'de, A: MapAccess<'de>>(members: A) -> Result<Self, A::Error> {
        let mut object = Self::default();
        object.0.read_members(members)?;
        Ok(object)
    }
}

impl<T: Object> Member for Boxed<T> {
    fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
        Self::read(members).map(Some)
    }
}

impl<'de, T: Object> Deserialize<'de> for Boxed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BoxedVisitor(PhantomData))
    }
}

struct BoxedVisitor<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for BoxedVisitor<T> {
    type Value = Boxed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        Boxed::read(members)
    }
}

/// Declares an [`Object`]: each member with the name that it has in JSON. What else an object has is read and left out.
macro_rules! lenient_object {
    ($(#[$attribute:meta])* $visibility:vis struct $object:ident {
        $($member:ident: $type:ty = $name:literal,)*
    }) => {
        $(#[$attribute])*
        #[derive(Default)]
        $visibility struct $object {
            $($member: $type,)*
        }

        impl $crate::views::read::Object for $object {
            fn read_member<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                name: &str,
                members: &mut A,
            ) -> Result<(), A::Error> {
                match name {
                    $($name => self.$member = members.next_value()?,)*
                    _ => {
                        members.next_value::<$crate::json::CheckedAny>()?;
                    }
                }
                Ok(())
            }
        }
    };
}
pub(super) use lenient_object;

/// The first that is there.
pub(super) fn first<T, const N: usize>(candidates: [Lenient<T>; N]) -> Option<T> {
    candidates.into_iter().find_map(|candidate| candidate.0)
}

/// A text that is not empty: engines write what they do not know as an empty one, too.
pub(super) struct Text(String);

impl Member for Text {
    fn of_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
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
pub(super) struct Wid(pub(super) String);

impl Member for Wid {
    fn of_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
        let mut parts = Parts::default();
        parts.read_members(members)?;
        let Parts { serialized, user, server } = parts;
        Ok(match (serialized.0, user.0, server.0) {
            (Some(Whole(text)), ..) => (!text.is_empty()).then_some(Self(text)),
            (None, Some(Whole(user)), Some(Whole(server))) => Some(Self(format!("{user}@{server}"))),
            _ => None,
        })
    }
}

lenient_object! {
    struct Parts {
        serialized: Lenient<Whole> = "_serialized",
        user: Lenient<Whole> = "user",
        server: Lenient<Whole> = "server",
    }
}

/// A text that may be empty.
struct Whole(String);

impl Member for Whole {
    fn of_text(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

/// The first id that is there and is a `T`.
pub(super) fn optional_id<T: FromStr, const N: usize>(candidates: [Lenient<Wid>; N]) -> Option<T> {
    candidates.into_iter().find_map(|candidate| candidate.0?.0.parse().ok())
}

/// A number, or a time: as a number, as text, or as the two halves that JavaScript's libraries have for one of 64 bits.
pub(super) enum Number {
    Integer(i64),
    Text(String),
}

impl Member for Number {
    fn of_number(number: Result<i64, f64>) -> Option<Self> {
        let integer =
            number.or_else(|number| lenient::integer(IntoDeserializer::<value::Error>::into_deserializer(number)));
        integer.ok().map(Self::Integer)
    }

    fn of_text(text: &str) -> Option<Self> {
        let integer = lenient::integer(IntoDeserializer::<value::Error>::into_deserializer(text));
        Some(integer.map_or_else(|_| Self::Text(text.to_owned()), Self::Integer))
    }

    fn of_object<'de, A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
        let mut halves = Halves::default();
        halves.read_members(members)?;
        let Halves { low, high } = halves;
        Ok(match (low.0, high.0) {
            (Some(Half(low)), Some(Half(high))) => {
                Some(Self::Integer((i64::from(high) << 32) | (i64::from(low) & 0xffff_ffff)))
            }
            _ => None,
        })
    }
}

lenient_object! {
    struct Halves {
        low: Lenient<Half> = "low",
        high: Lenient<Half> = "high",
    }
}

/// A number of 32 bits.
struct Half(i32);

impl Member for Half {
    fn of_number(number: Result<i64, f64>) -> Option<Self> {
        i32::try_from(number.ok()?).ok().map(Self)
    }
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

/// A member as it is, whatever it is.
#[derive(Default)]
pub(super) struct Raw(pub(super) Option<Json>);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(|json| Self(Some(json)))
    }
}

/// A member that is read as a type of the document if it is one, and as nothing otherwise.
pub(super) struct Typed<T>(pub(super) Option<Box<T>>);

impl<T> Default for Typed<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Typed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Option::<Json>::deserialize(deserializer)?;
        Ok(Self(json.and_then(|json| json::decode(json.text()).ok())))
    }
}

/// A member that is a list or an object, and nothing otherwise.
#[derive(Default)]
pub(super) struct Container(pub(super) Option<Json>);

impl<'de> Deserialize<'de> for Container {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        Ok(Self(Some(json).filter(|json| json.as_str().starts_with(['[', '{']))))
    }
}

/// An element of a list, and what it holds if it is an object.
type Element<T> = (Json, Option<Boxed<T>>);

/// The elements of a list, each of which is read in one pass over its text. To be used [within](json::within_raw) it.
pub(super) struct Elements<'a> {
    text: &'a ByteString,
    at: usize,
    is_begun: bool,
}

impl<'a> Elements<'a> {
    /// Those of a text that begins with a bracket.
    pub(super) fn of(text: &'a ByteString) -> Self {
        Self { text, at: 0, is_begun: false }
    }

    /// Returns the next element.
    ///
    /// # Errors
    ///
    /// The text is no list, or needs repair.
    pub(super) fn next<T: Object>(&mut self) -> Result<Option<Element<T>>, serde_json::Error> {
        if !self.begin_element()? {
            return Ok(None);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let deserializer = serde_json::Deserializer::from_str(rest);
        let (length, read) = if rest.starts_with('{') {
            let mut stream = deserializer.into_iter::<Boxed<T>>();
            let read = stream.next().transpose()?;
            (stream.byte_offset(), read)
        } else {
            let mut stream = deserializer.into_iter::<CheckedAny>();
            stream.next().transpose()?;
            (stream.byte_offset(), None)
        };
        self.at += length;
        let element = rest.get(..length).unwrap_or_default();
        Ok(Some((Json::from_read(self.text.slice_ref(element)), read)))
    }

    /// Passes what stands before an element; returns whether there is one.
    fn begin_element(&mut self) -> Result<bool, serde_json::Error> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        if is_first {
            self.at += 1;
        }
        self.skip_space();
        let byte = self.text.as_bytes().get(self.at);
        match byte {
            Some(b']') => {
                self.at += 1;
                self.skip_space();
                if self.at < self.text.len() { Err(malformed("more follows after the list")) } else { Ok(false) }
            }
            Some(b',') if !is_first => {
                self.at += 1;
                self.skip_space();
                Ok(true)
            }
            Some(_) if is_first => Ok(true),
            _ => Err(malformed("the list is not whole")),
        }
    }

    fn skip_space(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
    }
}

fn malformed(why: &str) -> serde_json::Error {
    serde::de::Error::custom(why)
}

/// Calls a function with each member of an object and its name.
pub(super) struct ForEach<F>(pub(super) F);

impl<'de, F: FnMut(String, Json)> DeserializeSeed<'de> for ForEach<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(String, Json)> Visitor<'de> for ForEach<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, json)) = map.next_entry()? {
            (self.0)(name, json);
        }
        Ok(())
    }
}
