//! Ids and names, validated on construction, so that a request never carries an invalid one.
//!
//! Every type holds its text in one canonical form, whatever form it was parsed from, and is cheap to clone.
//! Conversions that cannot fail are `From`, the others `TryFrom`.

use std::{borrow::Cow, str::FromStr, sync::Arc};

use crate::error::{Error, ErrorKind};

/// Implements the common traits of a newtype around `Arc<str>` that implements `FromStr`.
macro_rules! id_impls {
    ($($name:ident)*) => {$(
        impl $name {
            /// Returns the text in its canonical form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                // As the text that it is: a message that is printed to see what is in it says no more of its ids.
                std::fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::Error;

            fn try_from(value: &str) -> Result<Self, Self::Error> {
                value.parse()
            }
        }

        impl TryFrom<&String> for $name {
            type Error = $crate::Error;

            fn try_from(value: &String) -> Result<Self, Self::Error> {
                value.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::Error;

            fn try_from(value: String) -> Result<Self, Self::Error> {
                value.parse()
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl From<&$name> for String {
            fn from(value: &$name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

/// Implements `TryFrom<$wide>` for `$narrow`, by parsing the text.
macro_rules! impl_try_from {
    ($narrow:ident => $wide:ident) => {
        impl TryFrom<$wide> for $narrow {
            type Error = $crate::Error;

            fn try_from(id: $wide) -> Result<Self, Self::Error> {
                id.as_str().parse()
            }
        }

        impl TryFrom<&$wide> for $narrow {
            type Error = $crate::Error;

            fn try_from(id: &$wide) -> Result<Self, Self::Error> {
                id.as_str().parse()
            }
        }
    };
}

/// Implements the conversions between two types of which each `$narrow` is a valid `$wide` with the same text.
macro_rules! impl_from_and_try_from {
    ($($narrow:ident => $wide:ident,)*) => {$(
        impl From<$narrow> for $wide {
            fn from(id: $narrow) -> Self {
                Self(id.0)
            }
        }

        impl From<&$narrow> for $wide {
            fn from(id: &$narrow) -> Self {
                Self(id.0.clone())
            }
        }

        impl TryFrom<$wide> for $narrow {
            type Error = $crate::Error;

            fn try_from(id: $wide) -> Result<Self, Self::Error> {
                Self::try_from(&id)
            }
        }

        impl TryFrom<&$wide> for $narrow {
            type Error = $crate::Error;

            fn try_from(id: &$wide) -> Result<Self, Self::Error> {
                let narrow: Self = id.as_str().parse()?;
                // As a rule it is the same text, which need not be in memory twice.
                Ok(if narrow.0 == id.0 { Self(id.0.clone()) } else { narrow })
            }
        }
    )*};
}

/// A struct that is nothing but an id: it is made from whatever the id is made from, and checked as the id is.
macro_rules! wrapped {
    ($name:ident, $id:ty) => {
        impl ::std::convert::From<$id> for $name {
            fn from(id: $id) -> Self {
                Self { id: id.into() }
            }
        }

        impl ::std::convert::From<&$id> for $name {
            fn from(id: &$id) -> Self {
                Self { id: id.into() }
            }
        }

        crate::ids::wrapped!(@text $name, $id, &str, ::std::string::String, &::std::string::String);
        crate::ids::wrapped!(@text $name, $id, crate::ChatId, &crate::ChatId);
        crate::ids::wrapped!(@text $name, $id, crate::PhoneNumber, &crate::PhoneNumber, crate::Lid, &crate::Lid);
    };
    (@text $name:ident, $id:ty, $($from:ty),*) => {$(
        impl ::std::convert::TryFrom<$from> for $name {
            type Error = crate::Error;

            fn try_from(id: $from) -> ::std::result::Result<Self, Self::Error> {
                let id: $id = ::std::convert::TryInto::<$id>::try_into(id)?;
                Ok(Self { id: id.into() })
            }
        }
    )*};
}

pub(crate) use wrapped;

mod chat;
mod message;
mod person;

pub use chat::{ChannelId, ChatId, ChatIdOrAll, ChatKind, GroupId, Mention};
pub use message::MessageId;
pub use person::{ContactId, Lid, PhoneNumber};

/// The name of a session: 1 to 54 ASCII letters, digits, `_` or `-`.
///
/// ```
/// assert!("default".parse::<waha::SessionName>().is_ok());
/// assert!("a/b".parse::<waha::SessionName>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionName(Arc<str>);

impl SessionName {
    /// The maximum length that the server accepts, in characters.
    pub const MAX_LEN: usize = 54;

    /// The name of the session that the server uses if none is given.
    pub const DEFAULT: &'static str = "default";
}

impl FromStr for SessionName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > Self::MAX_LEN || !name.chars().all(allowed) {
            let why = format!("it must be 1 to {} letters, digits, `_` or `-`", Self::MAX_LEN);
            return Err(invalid(name, "session name", &why));
        }
        Ok(Self(name.into()))
    }
}

id_impls!(SessionName);

/// Returns the error for an invalid value; `what` is the kind of value that was expected.
fn invalid(value: &str, what: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("{} is not a {what}: {why}", quoted(value)))
}

/// Quotes and escapes a value for an error message, and clips it after 80 characters.
fn quoted(value: &str) -> String {
    let clipped: Cow<'_, str> = match value.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &value[..end]).into(),
        None => value.into(),
    };
    format!("{clipped:?}")
}

/// Returns whether the text is 1 to [`MAX_DIGITS`] ASCII digits.
fn is_number(text: &str) -> bool {
    (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An upper bound for the digits of a phone number or an id. WhatsApp's have fewer.
const MAX_DIGITS: usize = 20;

/// Returns whether the text contains white space or a control character, which no id has.
fn has_space_or_control(text: &str) -> bool {
    match text.is_ascii() {
        true => text.bytes().any(|byte| byte <= b' ' || byte == 0x7f),
        false => text.contains(|c: char| c.is_whitespace() || c.is_control()),
    }
}
