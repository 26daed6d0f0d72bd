//! The names of things: checked where they are made, so that a request never carries one that cannot exist.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use crate::error::{Error, Kind};

/// The name of a session: letters, digits, `_` and `-`, at most 54 of them.
///
/// ```
/// assert!("default".parse::<waha::SessionName>().is_ok());
/// assert!("a/b".parse::<waha::SessionName>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionName(Arc<str>);

impl SessionName {
    /// The longest name that the server takes, in characters.
    pub const MAX_LEN: usize = 54;

    /// The name that the server uses where none is given.
    pub const DEFAULT: &'static str = "default";

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > Self::MAX_LEN || !name.chars().all(allowed) {
            return Err(Error::new(
                Kind::InvalidRequest,
                format!(
                    "{} is no session name: it takes 1 to {} letters, digits, `_` or `-`",
                    quoted(name),
                    Self::MAX_LEN
                ),
            ));
        }
        Ok(Self(name.into()))
    }
}

/// The id of a contact: `<digits>@c.us`, or `<digits>@lid` where WhatsApp hides the number.
///
/// Bare digits, a number as people write it (`+49 151 11111111`) and `<digits>@s.whatsapp.net` are understood as well.
/// A device suffix (`:12` before the `@`) is cut off, as the server does.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// let id: waha::ContactId = "+1 (111) 111-1111".parse()?;
/// assert_eq!(id.as_str(), "11111111111@c.us");
/// assert!("123@g.us".parse::<waha::ContactId>().is_err()); // a group
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContactId(Arc<str>);

impl ContactId {
    /// The id in its canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContactId {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error::new(Kind::InvalidRequest, format!("{} is no contact id: {why}", quoted(id)));
        let (user, server) = id.trim().split_once('@').unwrap_or((id.trim(), "c.us"));
        let server = match server {
            "c.us" | "s.whatsapp.net" => "c.us",
            "lid" => "lid",
            "g.us" => return Err(refuse("it is a group's")),
            "newsletter" => return Err(refuse("it is a channel's")),
            "broadcast" => return Err(refuse("it is a broadcast list's")),
            _ => return Err(refuse("a contact ends in `@c.us` or `@lid`")),
        };
        let user = user.split_once(':').map_or(user, |(user, _device)| user);
        let is_written_by_people = |c: char| c.is_ascii_digit() || " ()-.+\u{a0}".contains(c);
        if !user.chars().all(is_written_by_people) || user.rfind('+').is_some_and(|position| position > 0) {
            return Err(refuse("its number takes digits only"));
        }
        let digits: String = user.chars().filter(char::is_ascii_digit).collect();
        if digits.is_empty() {
            return Err(refuse("it has no digits"));
        }
        if digits.len() > 20 {
            return Err(refuse("its number is too long"));
        }
        Ok(Self(format!("{digits}@{server}").into()))
    }
}

macro_rules! id_impls {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.as_str()).finish()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Error;

            fn try_from(value: &str) -> Result<Self, Error> {
                value.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(value: String) -> Result<Self, Error> {
                value.parse()
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }
    };
}

id_impls!(SessionName);
id_impls!(ContactId);

/// A value for a message: escaped, and clipped where it is very long.
fn quoted(value: &str) -> String {
    let clipped: Cow<'_, str> = match value.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &value[..end]).into(),
        None => value.into(),
    };
    format!("{clipped:?}")
}
