//! Any JSON that is read and left out.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

/// Any JSON. Unlike serde's `IgnoredAny`, it is an error where a value could not hold it: a text that was read as one needs
/// no [repair](super::repair).
pub(crate) struct CheckedAny;

impl<'de> Deserialize<'de> for CheckedAny {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for CheckedAny {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::repair::{MAX_DEPTH, repair};

    fn is_sound(text: &str) -> bool {
        serde_json::from_str::<CheckedAny>(text).is_ok()
    }

    #[test]
    fn what_was_read_needs_no_repair() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for text in [
            r#"{"a": [1, -1.5e3, "\ud83e\udd80 \u00e9 \n", true, null, {"b": {}}]}"#,
            "12345678901234567890123",
            "\"🦀\"",
            "1e308",
            &nested(MAX_DEPTH),
        ] {
            assert!(is_sound(text), "{text}");
            assert_eq!(repair(text.as_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn whatever_would_be_repaired_is_an_error() {
        let digits = "1".repeat(400);
        for text in [
            r#"["\ud83d"]"#,
            r#"["\udd80\ud83e"]"#,
            r#"{"\ud83d": 1}"#,
            "[\"a\tb\"]",
            r#"["\x41"]"#,
            r#"["\u12"]"#,
            "[NaN]",
            "[1e999]",
            "[-1E+999]",
            &format!("[{digits}]"),
            "[1,\u{b}2]",
            "[1,\u{feff}2]",
        ] {
            assert!(!is_sound(text), "{text}");
            assert_ne!(repair(text.as_bytes()).unwrap(), text);
            assert!(is_sound(&repair(text.as_bytes()).unwrap()), "{text}");
        }
        let deep = "[".repeat(MAX_DEPTH + 1) + &"]".repeat(MAX_DEPTH + 1);
        assert!(!is_sound(&deep) && repair(deep.as_bytes()).is_err());
    }
}
