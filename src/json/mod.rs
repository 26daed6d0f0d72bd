mod checked;
mod path;
mod repair;
mod source;

use std::{borrow::Cow, fmt, str::FromStr};

use bytestring::ByteString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser::Error as SerializeError};
use serde_json::{Value, value::RawValue};

use crate::redaction::{self, Place};

pub(crate) use checked::CheckedAny;
pub(crate) use path::path_of;
pub(crate) use repair::{TooDeep, complete, decoded, received, repair, repaired};
pub(crate) use source::{decode, decode_raw, within_raw};

/// JSON that the API does not describe: engine data, and answers that differ by engine.
///
/// It is kept as it was received, byte for byte, and parsed on request. It is serialized as it was received, too.
///
/// Open JSON in an answer of the server is a slice of the answer, so that it costs no copy. An answer stays in memory as long
/// as any `Json` of it does: [`detach`](Self::detach) what a program keeps of a large answer, such as one message of a
/// thousand.
///
/// Some servers write what JSON allows and a `String` cannot hold, such as half of a surrogate pair (`"\ud83d"`), or
/// what JSON does not allow, such as `NaN`. Those places alone are replaced when JSON is read: by U+FFFD or `null`.
///
/// `Debug` prints the text with `***` in place of what is a secret by its name (such as `password` or `WAHA_API_KEY`), or
/// because the document says so of the operation that was asked. `Display` prints the text as it is.
///
/// ```
/// # fn main() -> Result<(), serde_json::Error> {
/// let json: waha::Json = r#"{"id": "true_11111111111@c.us_AAA", "n": 1.0}"#.parse()?;
/// assert_eq!(json.to_value()?["n"], 1.0);
/// assert_eq!(json.get("/id")?, Some("true_11111111111@c.us_AAA".to_owned()));
/// assert_eq!(json.as_str(), r#"{"id": "true_11111111111@c.us_AAA", "n": 1.0}"#);
/// # Ok(())
/// # }
/// ```
///
/// Made of a value:
///
/// ```
/// # fn main() -> Result<(), serde_json::Error> {
/// let json = waha::Json::new(&["a", "b"])?;
/// assert_eq!(json.parse::<Vec<String>>()?, ["a", "b"]);
/// assert!(!json.is_null() && waha::Json::default().is_null());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Json {
    text: ByteString,
    /// Where it has secrets.
    secrets: &'static [Place],
}

/// `null`.
impl Default for Json {
    fn default() -> Self {
        Self::from_read(ByteString::from_static("null"))
    }
}

impl Json {
    /// How deep arrays and objects may be nested in JSON that is received: 127 levels.
    pub const MAX_DEPTH: usize = repair::MAX_DEPTH;

    /// Serializes a value.
    ///
    /// # Errors
    ///
    /// The value cannot be written as JSON: a map whose keys are no strings, or its own `Serialize` fails.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(|text| Self::from_read(text.into()))
    }

    /// Takes a text that has been read as JSON.
    pub(crate) fn from_read(text: ByteString) -> Self {
        Self { text, secrets: &[] }
    }

    /// Sets the places that `Debug` does not show.
    pub(crate) fn with_secrets(self, secrets: &'static [Place]) -> Self {
        Self { secrets, ..self }
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> &ByteString {
        &self.text
    }

    /// Returns a copy in memory of its own, which keeps no answer in memory. See [`Json`].
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// let messages = session.chat("11111111111@c.us")?.list_messages().limit(1000).await?;
    /// let last = messages.first().map(|message| message.raw.detach());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "it does not change the value itself"]
    pub fn detach(&self) -> Self {
        Self { text: self.as_str().into(), secrets: self.secrets }
    }

    /// Returns the JSON text, as received.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Parses it as a `T`.
    ///
    /// # Errors
    ///
    /// It is not a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// Parses it as a tree.
    ///
    /// # Errors
    ///
    /// It was made by [`new`](Self::new) of something that is nested deeper than [`MAX_DEPTH`](Self::MAX_DEPTH).
    pub fn to_value(&self) -> Result<Value, serde_json::Error> {
        self.parse()
    }

    /// Returns the value at a JSON pointer (RFC 6901), or `None` if there is none.
    ///
    /// # Errors
    ///
    /// The value is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>, serde_json::Error> {
        let mut value = self.to_value()?;
        value.pointer_mut(pointer).map(|found| serde_json::from_value(found.take())).transpose()
    }

    /// Returns whether it is the literal `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }
}

impl FromStr for Json {
    type Err = serde_json::Error;

    /// Parses a JSON text.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = repair(text.as_bytes()).map_err(<serde_json::Error as serde::de::Error>::custom)?;
        let json: &RawValue = serde_json::from_str(&text)?;
        Ok(Self::from_read(json.get().into()))
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if source::is_known() {
            let raw = <&RawValue>::deserialize(deserializer)?;
            return match source::slice(raw.get())? {
                Some(slice) => Ok(Self::from_read(slice)),
                None => of_raw(raw.get().into()),
            };
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        of_raw(raw.into())
    }
}

/// Returns JSON that was read from a text which may need repair.
fn of_raw<E: serde::de::Error>(text: Box<str>) -> Result<Json, E> {
    match repair(text.as_bytes()).map_err(E::custom)? {
        Cow::Borrowed(_) => Ok(Json::from_read(text.into())),
        Cow::Owned(repaired) => match serde_json::from_str::<&RawValue>(&repaired) {
            Ok(raw) => Ok(Json::from_read(raw.get().into())),
            Err(error) => Err(E::custom(error)),
        },
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.as_str()).map_err(<S::Error as SerializeError>::custom)?;
        raw.serialize(serializer)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self::from_read(value.to_string().into())
    }
}

/// Compares what the texts mean: white space and the order of members do not count.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str() || matches!((self.to_value(), other.to_value()), (Ok(a), Ok(b)) if a == b)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Hides secrets.
impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redaction::hide_members(self.as_str(), self.secrets))
    }
}
