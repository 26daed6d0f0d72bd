//! Values and pointers, as texts that can be compared.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::document::escape;

/// Returns the sha256 of a text, in hexadecimal.
pub fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// Returns a pointer one step further down.
pub fn below(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", escape(token))
}

/// Returns a value as text, which is the same for `1` and `1.0`, and for any order of members.
pub fn text(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

fn write(text: &mut String, value: &Value) {
    match value {
        Value::Number(number) => match number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < 1e15) {
            Some(whole) => drop(write!(text, "{whole:.0}")),
            None => drop(write!(text, "{number}")),
        },
        Value::Array(list) => {
            text.push('[');
            for (i, element) in list.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { "," });
                write(text, element);
            }
            text.push(']');
        }
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            text.push('{');
            for (i, (name, member)) in members.into_iter().enumerate() {
                let _ = write!(text, "{}{:?}:", if i == 0 { "" } else { "," }, name);
                write(text, member);
            }
            text.push('}');
        }
        scalar => drop(write!(text, "{scalar}")),
    }
}

/// Returns whether two values are equal, without a look at those that are the same one.
pub fn same(one: &Value, other: &Value) -> bool {
    std::ptr::eq(one, other) || one == other
}

/// Returns a value as it is written in a query: a string without its quotation marks.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| text(value), str::to_owned)
}

/// Returns the name of a value's type.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spelling_is_no_difference() {
        assert_eq!(text(&json!({"b": [1.0, "x"], "a": null})), text(&json!({"a": null, "b": [1, "x"]})));
        assert_ne!(text(&json!("1")), text(&json!(1)));
        assert_ne!(text(&json!(1.5)), text(&json!(1)));
    }
}
