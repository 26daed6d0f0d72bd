use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};

/// JSON of which the API does not say what it holds: engine data, and answers that differ by engine.
///
/// It is kept as it was received, byte for byte, and parsed when somebody asks: carrying it costs one copy of its text.
/// It is sent as it was received, too.
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
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

/// `null`.
impl Default for Json {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl Json {
    /// Any value that serde can write.
    ///
    /// # Errors
    ///
    /// The value cannot be written as JSON: a map whose keys are no strings, or its own `Serialize` fails.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// The JSON text, as received.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Parses it as whatever is expected.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// Parses it as a tree.
    ///
    /// # Errors
    ///
    /// It is nested deeper than `serde_json` follows (128 levels).
    pub fn to_value(&self) -> Result<Value, serde_json::Error> {
        self.parse()
    }

    /// What stands at a JSON pointer (RFC 6901), or `None` where nothing does.
    ///
    /// # Errors
    ///
    /// There is something, and it is no `T`.
    pub fn get<T: DeserializeOwned>(&self, pointer: &str) -> Result<Option<T>, serde_json::Error> {
        let mut value = self.to_value()?;
        value.pointer_mut(pointer).map(|found| serde_json::from_value(found.take())).transpose()
    }

    /// Whether it is the literal `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }
}

impl FromStr for Json {
    type Err = serde_json::Error;

    /// Takes a JSON text.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        // A `Value` holds nothing that JSON cannot say.
        Self(RawValue::from_string(value.to_string()).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

/// Two are equal if they mean the same: white space and the order of members do not count.
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

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
