//! Changes to the head and the body of an answer, or to the body of an event.

use std::{
    fmt,
    io::{self, Write},
    sync::Arc,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value};

use super::Fault;
use crate::json::{self, HALF_EMOJI, INVALID_UTF8};

/// One change.
#[derive(Clone)]
pub(super) enum Edit {
    /// `None` takes the header away.
    Header(String, Option<String>),
    Members(Transform),
    Element(usize, Value),
    Json(Arc<dyn Fn(&mut Value) + Send + Sync>),
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    Truncate(usize),
    Empty,
    Pad(u64),
    Gzip,
}

/// A change to the values of some members, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transform {
    HalfSurrogates,
    InvalidUtf8,
    IntegersAsText,
    Nested(usize),
}

/// A body that is being changed.
#[derive(Debug)]
pub(super) struct Payload {
    /// What the body is, unless there is JSON.
    bytes: Vec<u8>,
    json: Option<Value>,
    /// How many spaces follow.
    pub(super) padding: u64,
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name, value) => f.debug_tuple("Header").field(name).field(value).finish(),
            Self::Members(transform) => transform.fmt(f),
            Self::Element(position, element) => f.debug_tuple("Element").field(position).field(element).finish(),
            Self::Json(_) => f.write_str("Json(..)"),
            Self::Prefix(bytes) => write!(f, "Prefix({} bytes)", bytes.len()),
            Self::Suffix(bytes) => write!(f, "Suffix({} bytes)", bytes.len()),
            Self::Truncate(after) => write!(f, "Truncate({after})"),
            Self::Empty => f.write_str("Empty"),
            Self::Pad(bytes) => write!(f, "Pad({bytes})"),
            Self::Gzip => f.write_str("Gzip"),
        }
    }
}

impl Edit {
    /// The header that is set or taken away, if HTTP allows it.
    pub(super) fn as_header(&self) -> Option<(HeaderName, Option<HeaderValue>)> {
        let Self::Header(name, value) = self else { return None };
        let name = name.parse().ok()?;
        match value {
            Some(value) => Some((name, Some(HeaderValue::from_bytes(value.as_bytes()).ok()?))),
            None => Some((name, None)),
        }
    }
}

impl Fault {
    pub(super) fn compresses(&self) -> bool {
        self.edits.iter().any(|edit| matches!(edit, Edit::Gzip))
    }

    /// Makes all changes, in order.
    pub(super) fn edit_payload(&self, payload: &mut Payload, mut head: Option<&mut HeaderMap>) {
        for edit in &self.edits {
            match edit {
                Edit::Header(..) => {}
                Edit::Members(Transform::Nested(levels)) => payload.nest(&self.members, *levels),
                Edit::Members(transform) => payload.edit(|value| transform_members(value, &self.members, *transform)),
                Edit::Element(position, element) => payload.edit(|value| insert(value, *position, element)),
                Edit::Json(edit) => payload.edit(|value| edit(value)),
                Edit::Prefix(bytes) => payload.bytes().splice(..0, bytes.iter().copied()).for_each(drop),
                Edit::Suffix(bytes) => payload.bytes().extend(bytes),
                Edit::Truncate(after) => payload.bytes().truncate(*after),
                Edit::Empty => {
                    payload.bytes().clear();
                    if let Some(head) = &mut head {
                        head.remove(header::CONTENT_TYPE);
                    }
                }
                Edit::Pad(bytes) => payload.padding = payload.padding.saturating_add(*bytes),
                Edit::Gzip => {
                    payload.compress();
                    if let Some(head) = &mut head {
                        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                    }
                }
            }
        }
        // Last, so that a header says what it was told to say, whatever the body has become.
        if let Some(head) = head {
            for (name, value) in self.headers() {
                match value {
                    Some(value) => drop(head.insert(name, value)),
                    None => drop(head.remove(name)),
                }
            }
        }
    }
}

impl Payload {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, json: None, padding: 0 }
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(self.bytes())
    }

    /// Changes the JSON; does nothing to other bodies.
    fn edit(&mut self, edit: impl FnOnce(&mut Value)) {
        if self.json.is_none() {
            self.json = json::read(&self.bytes).ok();
        }
        if let Some(value) = &mut self.json {
            edit(value);
        }
    }

    fn bytes(&mut self) -> &mut Vec<u8> {
        if let Some(value) = self.json.take() {
            self.bytes = json::write(&value);
        }
        &mut self.bytes
    }

    /// Works on text, because a value that is nested too deeply overflows the stack when it is dropped.
    fn nest(&mut self, members: &[String], levels: usize) {
        if members.is_empty() {
            let bytes = self.bytes();
            *bytes = [&b"[".repeat(levels), bytes.as_slice(), &b"]".repeat(levels)].concat();
            return;
        }
        let mut nested = Vec::new();
        self.edit(|value| {
            for_each_member(value, members, &mut |name, value| {
                let name = json::write(&Value::from(name));
                let open = [b"{", name.as_slice(), b":"].concat().repeat(levels);
                let text = [open, json::write(value), b"}".repeat(levels)].concat();
                *value = format!("\u{10fffc}{}", nested.len()).into();
                nested.push(text);
            });
        });
        let mut text = self.bytes().as_slice();
        let mut written = Vec::new();
        for (index, replacement) in nested.iter().enumerate() {
            let mark = format!("\"\u{10fffc}{index}\"").into_bytes();
            let Some(at) = text.windows(mark.len()).position(|window| window == mark) else { break };
            written.extend(text.get(..at).unwrap_or_default());
            written.extend(replacement);
            text = text.get(at + mark.len()..).unwrap_or_default();
        }
        written.extend(text);
        self.bytes = written;
    }

    fn compress(&mut self) {
        static PIECE: [u8; 65_536] = [b' '; 65_536];
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let mut padding = self.padding;
        let mut write = || -> io::Result<()> {
            encoder.write_all(self.bytes())?;
            while padding > 0 {
                let length = usize::try_from(padding).unwrap_or(PIECE.len()).min(PIECE.len());
                encoder.write_all(PIECE.get(..length).unwrap_or(&PIECE))?;
                padding -= length as u64;
            }
            Ok(())
        };
        // Writing to memory cannot fail.
        if write().is_ok()
            && let Ok(bytes) = encoder.finish()
        {
            *self = Self::new(bytes);
        }
    }
}

fn transform_members(value: &mut Value, members: &[String], transform: Transform) {
    if members.is_empty() {
        transform_all(value, transform);
    } else {
        for_each_member(value, members, &mut |_, value| transform_all(value, transform));
    }
}

fn transform_all(value: &mut Value, transform: Transform) {
    match (value, transform) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| transform_all(item, transform)),
        (Value::Object(members), _) => members.values_mut().for_each(|member| transform_all(member, transform)),
        (Value::String(text), Transform::HalfSurrogates) => text.push_str(HALF_EMOJI),
        (Value::String(text), Transform::InvalidUtf8) => text.push_str(INVALID_UTF8),
        (value, Transform::IntegersAsText) if value.is_i64() || value.is_u64() => *value = value.to_string().into(),
        _ => {}
    }
}

/// Visits the values of members with these names, but not what is within those values.
fn for_each_member(value: &mut Value, names: &[String], visit: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| for_each_member(item, names, visit)),
        Value::Object(members) => {
            for (name, value) in members {
                if names.contains(name) { visit(name, value) } else { for_each_member(value, names, visit) }
            }
        }
        _ => {}
    }
}

fn insert(value: &mut Value, position: usize, element: &Value) {
    match value {
        Value::Array(items) => items.insert(position.min(items.len()), element.clone()),
        Value::Object(members) => *members = odd_first(std::mem::take(members), element),
        _ => {}
    }
}

fn odd_first(members: Map<String, Value>, element: &Value) -> Map<String, Value> {
    [("odd".to_owned(), element.clone())].into_iter().chain(members).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn edited(fault: &Fault, body: &Value) -> Vec<u8> {
        let mut payload = Payload::new(json::write(body));
        fault.edit_payload(&mut payload, None);
        payload.into_bytes()
    }

    #[test]
    fn values_are_nested_in_members_of_their_own_name() {
        let fault = Fault::any().only_members(["a"]).nested(2);
        let body = json!([{ "a": 1, "b": { "a": "x" } }]);
        assert_eq!(edited(&fault, &body), br#"[{"a":{"a":{"a":1}},"b":{"a":{"a":{"a":"x"}}}}]"#);
        assert_eq!(edited(&Fault::any().nested(3), &json!(1)), b"[[[1]]]");
        edited(&fault.nested(200_000), &body);
    }

    #[test]
    fn changes_are_made_in_the_order_of_the_calls() {
        let fault = Fault::any().integers_as_text().prefix("<").truncated(4).suffix(">");
        assert_eq!(edited(&fault, &json!([12, 3.5])), b"<[\"1>");
    }

    #[test]
    fn other_bodies_than_json_are_left_alone() {
        let mut payload = Payload::new(b"true story".to_vec());
        Fault::any().half_surrogates().element(0, Value::Null).edit_payload(&mut payload, None);
        assert_eq!(payload.into_bytes(), b"true story");
    }
}
