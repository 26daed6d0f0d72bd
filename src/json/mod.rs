mod repair;

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Value, value::RawValue};

use crate::redaction::{self, Place};

pub(crate) use repair::{TooDeep, complete, decoded, repair};

/// JSON that the API does not describe: engine data, and answers that differ by engine.
///
/// It is kept as it was received, byte for byte, and parsed on request: carrying it costs one copy of its text. It is
/// serialized as it was received, too.
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
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct Json {
    text: Box<RawValue>,
    /// Where it has secrets.
    #[serde(skip)]
    secrets: &'static [Place],
}

/// `null`.
impl Default for Json {
    fn default() -> Self {
        Self::from_raw(RawValue::NULL.to_owned())
    }
}

impl Json {
    fn from_raw(text: Box<RawValue>) -> Self {
        Self { text, secrets: &[] }
    }

    /// Sets the places that `Debug` does not show.
    pub(crate) fn with_secrets(self, secrets: &'static [Place]) -> Self {
        Self { secrets, ..self }
    }

    /// How deep arrays and objects may be nested in JSON that is received: 127 levels.
    pub const MAX_DEPTH: usize = repair::MAX_DEPTH;

    /// Serializes a value.
    ///
    /// # Errors
    ///
    /// The value cannot be written as JSON: a map whose keys are no strings, or its own `Serialize` fails.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self::from_raw)
    }

    /// Returns the JSON text, as received.
    pub fn as_str(&self) -> &str {
        self.text.get()
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
        match repair(text.as_bytes()).map_err(serde_json::Error::custom)? {
            Cow::Borrowed(text) => serde_json::from_str(text).map(Self::from_raw),
            Cow::Owned(text) => RawValue::from_string(text).map(Self::from_raw),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match repair(raw.get().as_bytes()).map_err(D::Error::custom)? {
            Cow::Borrowed(_) => Ok(Self::from_raw(raw)),
            Cow::Owned(text) => RawValue::from_string(text).map(Self::from_raw).map_err(D::Error::custom),
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        // A `Value` holds nothing that JSON cannot say.
        Self::from_raw(RawValue::from_string(value.to_string()).unwrap_or_else(|_| RawValue::NULL.to_owned()))
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
