//! Reading what the server writes in more than one way.

use std::{collections::HashMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};

/// An integer that may be written with a fraction of zero (`20.0`), or in two halves, as an older NOWEB writes those of
/// 64 bits. A real fraction is an error and not cut off.
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
        if value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value) {
            Ok(value as i64)
        } else {
            Err(E::invalid_value(Unexpected::Float(value), &self))
        }
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

pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Integer::deserialize(deserializer).map(|integer| integer.0)
}

pub(crate) fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<Integer>::deserialize(deserializer)?.map(|integer| integer.0))
}

pub(crate) fn integer_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<String, i64>, D::Error> {
    Ok(optional_integer_map(deserializer)?.unwrap_or_default())
}

pub(crate) fn optional_integer_map<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<HashMap<String, i64>>, D::Error> {
    let map = Option::<HashMap<String, Integer>>::deserialize(deserializer)?;
    Ok(map.map(|map| map.into_iter().map(|(key, integer)| (key, integer.0)).collect()))
}

pub(crate) fn list<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    Vec::deserialize(deserializer)
}

pub(crate) fn optional_list<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Option::deserialize(deserializer)
}

pub(crate) fn salvage_list<T>(_: &[u8]) -> Option<Vec<T>> {
    None
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
    }

    #[test]
    fn integers_in_two_halves() {
        assert_eq!(read(r#"{"low": 1730000000, "high": 0, "unsigned": true}"#).unwrap(), 1_730_000_000);
        assert_eq!(read(r#"{"low": -1, "high": 0}"#).unwrap(), 4_294_967_295);
        assert_eq!(read(r#"{"low": -1, "high": -1}"#).unwrap(), -1);
    }

    #[test]
    fn nothing_is_cut_off() {
        for json in ["{}", "1.5", "9223372036854775808", "9223372036854775808.0", "1e30", "\"1\"", "true"] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
