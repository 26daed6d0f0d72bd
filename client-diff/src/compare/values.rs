//! What values two schemas take: types, formats, listed values, bounds.

use serde_json::{Value, json};

use super::{Edit, Here, Walk, schemas::names, texts, value};
use crate::{literal, rules::InSchema, shape::Shape};

impl<'a> Walk<'a> {
    /// Compares the types, and returns whether they have enough in common to be compared further.
    pub(super) fn types(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) -> bool {
        // A type beside a choice repeats what its branches say.
        let is_choice = base.choice.is_some() && head.choice.is_some();
        if is_choice && (base.types.is_empty() || head.types.is_empty()) {
            return true;
        }
        let kind = match (covers(base, head), covers(head, base)) {
            (true, true) => return true,
            (false, true) => InSchema::TypeWidened,
            (true, false) => InSchema::TypeNarrowed,
            (false, false) => InSchema::TypeChanged,
        };
        let (before, after) = (types(base), types(head));
        let message = format!("the type changed from {} to {}", words(&before), words(&after));
        self.in_schema(here, kind, "/type", Edit::new(before, after, message));
        kind != InSchema::TypeChanged
    }

    pub(super) fn formats(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) {
        let is_number = |shape: &Shape<'_>| shape.types.contains("integer") || shape.types.contains("number");
        let kind = if is_number(base) && is_number(head) {
            let (before, after) = (width(base.format), width(head.format));
            match before.cmp(&after) {
                std::cmp::Ordering::Less => InSchema::FormatWidened,
                std::cmp::Ordering::Greater => InSchema::FormatNarrowed,
                std::cmp::Ordering::Equal => return,
            }
        } else if base.format != head.format {
            InSchema::FormatChanged
        } else {
            return;
        };
        let name = |format: Option<&str>| format.map_or(Value::Null, Value::from);
        let message = match (base.format, head.format) {
            (_, Some(format)) => format!("the format is now `{format}`"),
            (before, None) => format!("it no longer has the format `{}`", before.unwrap_or_default()),
        };
        self.in_schema(here, kind, "/format", Edit::new(name(base.format), name(head.format), message));
    }

    pub(super) fn values(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) {
        let list = |shape: &Shape<'a>| match &shape.values {
            Some(values) => Value::Array(values.values().map(|value| (*value).clone()).collect()),
            None => Value::Null,
        };
        let is_open = self.keeps_unknown(base);
        let (Some(before), Some(after)) = (&base.values, &head.values) else {
            let (kind, message) = match (&base.values, &head.values) {
                (None, Some(_)) if !head.is_extensible => {
                    (InSchema::ValuesRestricted, "only listed values are allowed now")
                }
                (None, Some(_)) => (InSchema::ValueAdded, "known values are listed now"),
                (Some(_), None) if is_open => (InSchema::ValuesFreed, "any value is allowed now"),
                (Some(_), None) => (InSchema::ClosedValuesFreed, "any value is allowed now"),
                _ => return,
            };
            return self.in_schema(here, kind, "/enum", Edit::new(list(base), list(head), message));
        };
        for (text, value) in before {
            if !after.contains_key(text) {
                let edit = Edit::new((*value).clone(), Value::Null, format!("the value {} was removed", shown(value)));
                self.in_schema(here, InSchema::ValueRemoved, &format!("/enum/{text}"), edit);
            }
        }
        for (text, value) in after {
            if !before.contains_key(text) {
                let kind = if is_open { InSchema::ValueAdded } else { InSchema::ClosedValueAdded };
                let edit = Edit::new(Value::Null, (*value).clone(), format!("the value {} was added", shown(value)));
                self.in_schema(here, kind, &format!("/enum/{text}"), edit);
            }
        }
        if base.is_extensible != head.is_extensible {
            let (kind, message) = match (head.is_extensible, is_open) {
                (false, _) => (InSchema::ValuesRestricted, "only listed values are allowed now"),
                (true, true) => (InSchema::ValuesFreed, "other values are allowed now"),
                (true, false) => (InSchema::ClosedValuesFreed, "other values are allowed now"),
            };
            self.in_schema(here, kind, "/enum", Edit::new(list(base), list(head), message));
        }
    }

    /// Returns whether a client keeps values that it does not know: those of a string that the server sends. A finished
    /// document says so itself, except for constants, which are read as any string.
    fn keeps_unknown(&self, shape: &Shape<'_>) -> bool {
        let values = shape.values.as_ref();
        let are_strings = values.is_some_and(|values| values.values().all(|value| value.is_string()));
        let is_constant = values.is_some_and(|values| values.len() == 1);
        let client = self.base.client;
        shape.is_extensible || are_strings && (client.open_enums || is_constant && client.open_constants)
    }

    pub(super) fn bounds(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) {
        let [low, high] = [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")];
        let others = names(base.bounds.keys(), head.bounds.keys());
        let others = others.into_iter().filter(|bound| ![low, high].iter().any(|(a, b)| bound == a || bound == b));
        for (bound, exclusive) in [low, high].into_iter().chain(others.map(|bound| (bound, ""))) {
            let limit = |shape: &Shape<'_>| {
                let of = |name: &str, is_exclusive| Some((*shape.bounds.get(name)?, is_exclusive));
                of(bound, false).or_else(|| of(exclusive, true))
            };
            let (before, after) = (limit(base), limit(head));
            let is_tighter = match (before, after) {
                _ if before == after => continue,
                (_, None) => false,
                (None, Some(_)) => true,
                (Some((before, was)), Some((after, is))) if before == after => is && !was,
                // A multiple of a multiple is one.
                (Some((before, _)), Some((after, _))) if bound == "multipleOf" => before % after != 0.0,
                (Some((before, _)), Some((after, _))) if bound.starts_with("min") => after > before,
                (Some((before, _)), Some((after, _))) => after < before,
            };
            let shown = |limit: Option<(f64, bool)>| match limit {
                Some((value, true)) => json!({ exclusive: number(value) }),
                Some((value, false)) => number(value),
                None => Value::Null,
            };
            let message = match after {
                Some((after, true)) => format!("`{bound}` is now {after}, exclusive"),
                Some((after, false)) => format!("`{bound}` is now {after}"),
                None => format!("`{bound}` was removed"),
            };
            self.bound(here, bound, is_tighter, Edit::new(shown(before), shown(after), message));
        }
        for bound in names(base.patterns.keys(), head.patterns.keys()) {
            let (before, after) = (base.patterns.get(bound).copied(), head.patterns.get(bound).copied());
            if before.map(literal::text) != after.map(literal::text) {
                let message = match after {
                    Some(after) => format!("`{bound}` is now `{}`", literal::text(after)),
                    None => format!("`{bound}` was removed"),
                };
                // A pattern that every text of the former one matches loosens it.
                let is_tighter = after.is_some() && !(bound == "pattern" && texts::fit(base, "string", head));
                self.bound(here, bound, is_tighter, Edit::new(value(before), value(after), message));
            }
        }
    }

    fn bound(&mut self, here: &Here<'a>, bound: &str, is_tighter: bool, edit: Edit) {
        let kind = if is_tighter { InSchema::BoundTightened } else { InSchema::BoundLoosened };
        self.in_schema(here, kind, &format!("/{bound}"), edit);
    }
}

/// Returns whether every type of `head` is one of `base`.
fn covers(base: &Shape<'_>, head: &Shape<'_>) -> bool {
    if base.types.is_empty() || head.types.is_empty() {
        return base.types.is_empty();
    }
    head.types.iter().all(|kind| base.types.contains(kind) || *kind == "integer" && base.types.contains("number"))
}

/// Returns the types as JSON: a list if there are several.
pub(super) fn types(shape: &Shape<'_>) -> Value {
    let mut types: Vec<Value> = shape.types.iter().map(|kind| json!(kind)).collect();
    match types.len() {
        0 if shape.choice.is_some() => "choice".into(),
        0 => Value::Null,
        1 => types.swap_remove(0),
        _ => types.into(),
    }
}

/// Returns types as words.
fn words(types: &Value) -> String {
    match types {
        Value::Null => "anything".to_owned(),
        Value::Array(types) => types.iter().map(words).collect::<Vec<_>>().join(" or "),
        other => format!("`{}`", other.as_str().unwrap_or_default()),
    }
}

/// Returns a value as it is shown in a message.
fn shown(value: &Value) -> String {
    format!("`{}`", value.as_str().map_or_else(|| literal::text(value), str::to_owned))
}

/// Returns a rank of how large a number of this format can be.
pub(super) fn width(format: Option<&str>) -> u8 {
    match format {
        Some("int8" | "uint8") => 0,
        Some("int16" | "uint16") => 1,
        Some("int32" | "uint32" | "float") => 2,
        _ => 3,
    }
}

/// Returns a bound as JSON, as an integer if it is whole.
fn number(bound: f64) -> Value {
    if bound.fract() == 0.0 && bound.abs() < 1e15 { json!(bound as i64) } else { json!(bound) }
}
