//! Reading what servers write in more than one way: the functions for serde's `deserialize_with`.

use std::{collections::HashMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;

use crate::json::path_of;

/// An integer that may be written as text (`"20"`), with a fraction of zero (`20.0`), or in two halves, as an older NOWEB
/// writes integers of 64 bits. Any other fraction is an error.
#[derive(Clone, Copy)]
struct Integer(i64);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntegerVisitor).map(Self)
    }
}

struct IntegerVisitor;

/// 2^63: the first `f64` that is too large.
const LIMIT: f64 = 9_223_372_036_854_775_808.0;

/// An `f64` that is an integer of 64 bits.
fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value)).then_some(value as i64)
}

impl<'de> Visitor<'de> for IntegerVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i64, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
        i64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<i64, E> {
        whole(value).ok_or_else(|| E::invalid_value(Unexpected::Float(value), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        let number = text.trim();
        let integer = number.parse().ok().or_else(|| whole(number.parse().ok()?));
        integer.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<i64, A::Error> {
        let halves = Halves::deserialize(MapAccessDeserializer::new(map))?;
        Ok((i64::from(halves.high) << 32) | (i64::from(halves.low) & 0xffff_ffff))
    }
}

/// An integer of 64 bits in two halves of 32, as JavaScript's libraries hold it.
#[derive(Deserialize)]
struct Halves {
    low: i32,
    high: i32,
}

/// A number that may be written as text.
#[derive(Clone, Copy)]
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor).map(Self)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<f64, A::Error> {
        IntegerVisitor.visit_map(map).map(|integer| integer as f64)
    }
}

/// A number, or `None` for an empty text, which some engines write for one that is not known.
struct OrEmpty<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OrEmpty<V> {
    type Value = Option<V::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.0.visit_i64(value).map(Some)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.0.visit_u64(value).map(Some)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        self.0.visit_f64(value).map(Some)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.trim().is_empty() { Ok(None) } else { self.0.visit_str(text).map(Some) }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        self.0.visit_map(map).map(Some)
    }
}

/// Reads an integer.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Integer::deserialize(deserializer).map(|integer| integer.0)
}

/// Reads an integer, or `None` from `null` and from an empty text.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    deserializer.deserialize_option(OrEmpty(IntegerVisitor))
}

/// Reads a number.
#[allow(dead_code)] // for the generator, which does not use it yet
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Number::deserialize(deserializer).map(|number| number.0)
}

/// Reads a number, or `None` from `null` and from an empty text.
#[allow(dead_code)] // for the generator, which does not use it yet
pub(crate) fn optional_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    deserializer.deserialize_option(OrEmpty(NumberVisitor))
}

/// Reads a map of integers.
pub(crate) fn integer_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<String, i64>, D::Error> {
    Ok(optional_integer_map(deserializer)?.unwrap_or_default())
}

/// Reads a map of integers, or `None` from `null`.
pub(crate) fn optional_integer_map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<HashMap<String, i64>>, D::Error> {
    let map = Option::<HashMap<String, Integer>>::deserialize(deserializer)?;
    Ok(map.map(|map| map.into_iter().map(|(key, integer)| (key, integer.0)).collect()))
}

/// Reads a list and leaves out the elements that are not a `T`, with a warning to `tracing`.
///
/// The list has to come from JSON: other formats cannot be read on behind an element that is not understood.
///
/// # Errors
///
/// It is not a list, or it has elements and none of them is a `T`: then the error is that of the first.
#[allow(dead_code)] // for the generator, which does not use it yet
pub(crate) fn list<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_seq(ListVisitor(PhantomData))
}

/// Like [`list`], with `None` for `null`.
#[allow(dead_code)] // for the generator, which does not use it yet
pub(crate) fn optional_list<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Ok(Option::<List<T>>::deserialize(deserializer)?.map(|list| list.0))
}

/// Like [`list`], for a text that is a list as a whole.
#[allow(dead_code)] // for the generator, which does not use it yet
pub(crate) fn salvage_list<T: DeserializeOwned>(json: &[u8]) -> Result<Vec<T>, serde_json::Error> {
    serde_json::from_slice::<List<T>>(json).map(|list| list.0)
}

struct List<T>(Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        list(deserializer).map(Self)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut survey = Survey::default();
        while let Some(element) = seq.next_element::<Box<RawValue>>()? {
            survey.add(|| element_of(element.get()));
        }
        survey.finish().map_err(A::Error::custom)
    }
}

/// Reads an element; where that fails, says at which path.
fn element_of<T: DeserializeOwned>(json: &str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| match path_of(&error, json) {
        path if path == "." => error.to_string(),
        path => format!("at `{path}`: {error}"),
    })
}

/// The elements of a list that could be read, and the error of the first one that could not.
pub(crate) struct Survey<T, E> {
    elements: Vec<T>,
    position: usize,
    odd: usize,
    first_error: Option<E>,
}

impl<T, E> Default for Survey<T, E> {
    fn default() -> Self {
        Self { elements: Vec::new(), position: 0, odd: 0, first_error: None }
    }
}

impl<T, E> Survey<T, E> {
    /// Adds what was read of the next element.
    pub(crate) fn add(&mut self, read: impl FnOnce() -> Result<T, E>) {
        match read() {
            Ok(element) => self.elements.push(element),
            Err(error) => {
                self.odd += 1;
                self.first_error.get_or_insert(error);
            }
        }
        self.position += 1;
    }

    /// Returns what could be read, and the error of the first element if none could.
    pub(crate) fn finish(self) -> Result<Vec<T>, E> {
        match self.first_error {
            Some(error) if self.elements.is_empty() => Err(error),
            Some(_) => {
                #[cfg(feature = "tracing")]
                tracing::warn!(
                    target: "waha",
                    left_out = self.odd,
                    of = self.position,
                    "elements of a list are left out: they are not what the document says"
                );
                Ok(self.elements)
            }
            None => Ok(self.elements),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<i64, serde_json::Error> {
        serde_json::from_str::<Integer>(json).map(|integer| integer.0)
    }

    #[test]
    fn integers_in_any_spelling() {
        assert_eq!(read("20").unwrap(), 20);
        assert_eq!(read("20.0").unwrap(), 20);
        assert_eq!(read("-1").unwrap(), -1);
        assert_eq!(read("1e3").unwrap(), 1000);
        assert_eq!(read("-9223372036854775808.0").unwrap(), i64::MIN);
        assert_eq!(read("\"1795835353\"").unwrap(), 1_795_835_353);
        assert_eq!(read("\" -20.0\"").unwrap(), -20);
    }

    #[test]
    fn integers_in_two_halves() {
        assert_eq!(read(r#"{"low": 1730000000, "high": 0, "unsigned": true}"#).unwrap(), 1_730_000_000);
        assert_eq!(read(r#"{"low": -1, "high": 0}"#).unwrap(), 4_294_967_295);
        assert_eq!(read(r#"{"low": -1, "high": -1}"#).unwrap(), -1);
    }

    #[test]
    fn nothing_is_cut_off() {
        for json in ["{}", "1.5", "9223372036854775808", "9223372036854775808.0", "1e30", "\"1.5\"", "\"\"", "true"] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Optional {
        #[serde(default, deserialize_with = "optional_integer")]
        integer: Option<i64>,
        #[serde(default, deserialize_with = "optional_number")]
        number: Option<f64>,
    }

    #[test]
    fn an_empty_text_is_no_number() {
        let read = |json: &str| serde_json::from_str::<Optional>(json);
        assert_eq!(read(r#"{"integer": "", "number": ""}"#).unwrap(), Optional { integer: None, number: None });
        let expected = Optional { integer: Some(5), number: Some(1.5) };
        assert_eq!(read(r#"{"integer": "5", "number": "1.5"}"#).unwrap(), expected);
        let error = read(r#"{"integer": "five"}"#).unwrap_err().to_string();
        assert!(error.contains("expected an integer"), "{error}");
    }

    #[test]
    fn one_odd_element_does_not_lose_a_list() {
        #[derive(Debug, Deserialize, PartialEq)]
        struct Element {
            name: String,
        }
        let names = |json: &str| {
            let list = salvage_list::<Element>(json.as_bytes());
            list.map(|list| list.into_iter().map(|element| element.name).collect::<String>()).map_err(|e| e.to_string())
        };
        assert_eq!(names(r#"[{"name": "a"}, {"name": 5}, null, [], "x", {"name": "b"}]"#).unwrap(), "ab");
        assert_eq!(names("[]").unwrap(), "");
        let error = names(r#"[{"name": 5}, null]"#).unwrap_err();
        assert!(error.starts_with("at `name`: invalid type: integer `5`"), "{error}");
        assert!(names("{}").is_err());
    }
}
