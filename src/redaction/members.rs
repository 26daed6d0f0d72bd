//! Secrets in JSON, found by the names of their members or by the places that the document marks.
//!
//! The text need not be JSON as a whole: an answer that cannot be read may be cut off or broken.

use std::{borrow::Cow, ops::Range};

use super::{MASK, names};

/// A place in JSON: the names on the way to it. `*` stands for any member or item. All below a place belongs to it, and it
/// may be deeper than the document says.
pub(crate) type Place = &'static [&'static str];

/// How deep JSON in a string of JSON is looked into.
const MAX_NESTED: usize = 3;

/// Returns the text with a mask in place of each secret in it.
pub(crate) fn hide_members<'a>(text: &'a str, places: &[Place]) -> Cow<'a, str> {
    let found = find(text, places, MAX_NESTED);
    if found.is_empty() {
        return text.into();
    }
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for Found { range, is_quoted, .. } in found {
        masked.push_str(&text[end..range.start]);
        // Valid JSON remains valid.
        match is_quoted {
            true => masked.push_str(MASK),
            false => masked.extend(["\"", MASK, "\""]),
        }
        end = range.end;
    }
    masked.push_str(&text[end..]);
    masked.into()
}

/// Returns the secrets in a text.
pub(super) fn secrets(text: &str, places: &[Place]) -> Vec<String> {
    let found = find(text, places, MAX_NESTED);
    found.into_iter().flat_map(|found| found.secrets(text)).collect()
}

/// A secret in a text.
struct Found {
    /// The content of a string, or a number.
    range: Range<usize>,
    is_quoted: bool,
    /// The secrets in the JSON that the string holds, if it is no secret itself.
    nested: Vec<String>,
}

impl Found {
    fn secrets(self, text: &str) -> Vec<String> {
        if !self.nested.is_empty() {
            return self.nested;
        }
        vec![unescaped(&text[self.range]).into_owned()]
    }
}

/// An array or an object that is open, with what is known of the value that is read in it.
struct Open {
    /// The name of the member that is read; `None` in an array.
    name: Option<String>,
    /// Whether a name comes next, rather than a value.
    is_before_name: bool,
    /// What is known of the array or object itself.
    own: Known,
    /// What is known of the value that is read.
    value: Known,
}

/// What the names and places on the way to a value say about it.
#[derive(Clone, Copy, Default)]
struct Known {
    /// It is a secret, with all that is in it.
    is_secret: bool,
    /// It is a secret unless it is an object, whose members have names of their own.
    may_be_secret: bool,
    /// It is, or is a part of, a list of headers.
    is_of_headers: bool,
}

impl Open {
    /// An array or object in the innermost of those that are open.
    fn within(open: &[Self], is_array: bool, is_secret: bool) -> Self {
        let own = open.last().map(|outer| outer.value).unwrap_or(Known { is_secret, ..Known::default() });
        Self { name: (!is_array).then(String::new), is_before_name: !is_array, own, value: own }
    }

    fn is_step(&self, step: &str) -> bool {
        step == "*" || self.name.as_deref() == Some(step)
    }

    fn set_name(&mut self, name: String) {
        let is_secret = self.own.is_secret || names::holds_secrets(&name);
        let is_of_headers = self.own.is_of_headers || names::squeezed(&name).ends_with("headers");
        let may_be_secret = names::says_secret(&name) || is_of_headers && name != "name";
        self.value = Known { is_secret, may_be_secret, is_of_headers };
        self.name = Some(name);
    }
}

/// Finds the secrets in a text, in their order.
fn find(text: &str, places: &[Place], nested: usize) -> Vec<Found> {
    let bytes = text.as_bytes();
    let is_all_secret = places.iter().any(|place| place.is_empty());
    let mut open: Vec<Open> = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' => {
                open.push(Open::within(&open, *byte == b'[', is_all_secret));
                mark(&mut open, places);
            }
            b'}' | b']' => {
                open.pop();
            }
            b',' | b':' => {
                if let Some(open) = open.last_mut().filter(|open| open.name.is_some()) {
                    open.is_before_name = *byte == b',';
                }
            }
            b'"' => {
                let length = string_length(&bytes[at..]);
                let range = at..at + length;
                at = (range.end + 1).min(bytes.len());
                if let Some(object) = open.last_mut().filter(|open| open.is_before_name) {
                    object.set_name(unescaped(&text[range]).into_owned());
                    mark(&mut open, places);
                } else if is_secret(&open, is_all_secret) {
                    found.push(Found { range, is_quoted: true, nested: Vec::new() });
                } else {
                    // An answer that is no JSON is read as a text, and what it was meant to be has its places.
                    found.extend(in_string(text, range, if open.is_empty() { places } else { &[] }, nested));
                }
            }
            b'-' | b'0'..=b'9' => {
                let is_of_number = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                at += bytes[at..].iter().take_while(is_of_number).count();
                if is_secret(&open, is_all_secret) {
                    found.push(Found { range: start..at, is_quoted: false, nested: Vec::new() });
                }
            }
            _ => {}
        }
    }
    found
}

/// The length of a string up to its closing quotation mark, or the end of the text.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Secrets in a string that is none by its place: JSON as text, or a URL with a user name and a password.
fn in_string(text: &str, range: Range<usize>, places: &[Place], nested: usize) -> Option<Found> {
    let content = &text[range.clone()];
    if content.trim_start().starts_with(['{', '[']) && nested > 0 {
        let nested = secrets_within(&unescaped(content), places, nested - 1);
        return (!nested.is_empty()).then_some(Found { range, is_quoted: true, nested });
    }
    let start = content.find("://")? + "://".len();
    let authority = content[start..].split(['/', '?', '#', '\\', ' ']).next()?;
    let user_info = &authority[..authority.rfind('@')?];
    let password = user_info.split_once(':').map(|(_, password)| password.to_owned());
    let start = range.start + start;
    let nested = password.into_iter().collect();
    (!user_info.is_empty()).then(|| Found { range: start..start + user_info.len(), is_quoted: true, nested })
}

fn secrets_within(text: &str, places: &[Place], nested: usize) -> Vec<String> {
    find(text, places, nested).into_iter().flat_map(|found| found.secrets(text)).collect()
}

/// Marks the value that is read next as a secret, if it is at a place. An answer that is not what the document says may have
/// its parts deeper than that.
fn mark(open: &mut [Open], places: &[Place]) {
    let ends_here = |place: &Place| {
        let start = open.len().checked_sub(place.len());
        start.is_some_and(|start| place.iter().zip(&open[start..]).all(|(step, open)| open.is_step(step)))
    };
    let is_at_place = places.iter().any(ends_here);
    if let Some(innermost) = open.last_mut().filter(|_| is_at_place) {
        innermost.value.is_secret = true;
    }
}

/// Whether the text or number that is read is a secret.
fn is_secret(open: &[Open], is_all_secret: bool) -> bool {
    open.last().map_or(is_all_secret, |open| open.value.is_secret || open.value.may_be_secret)
}

/// The content of a JSON string, without its escapes.
fn unescaped(content: &str) -> Cow<'_, str> {
    if !content.contains('\\') {
        return content.into();
    }
    match serde_json::from_str::<String>(&format!("\"{content}\"")) {
        Ok(text) => text.into(),
        Err(_) => content.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_their_names() {
        for (text, hidden) in [
            (r#"{"WAHA_API_KEY": "a\"b", "TZ": "UTC"}"#, r#"{"WAHA_API_KEY": "***", "TZ": "UTC"}"#),
            (r#"[{"password": 1234, "id": 5}, 6]"#, r#"[{"password": "***", "id": 5}, 6]"#),
            (r#"{"token": null, "isSecret": true}"#, r#"{"token": null, "isSecret": true}"#),
            (r#"{"key": {"id": "A", "fromMe": true}}"#, r#"{"key": {"id": "A", "fromMe": true}}"#),
            (r#"{"keys": ["a", "b"]}"#, r#"{"keys": ["***", "***"]}"#),
            (r#"{"credentials": {"user": "a"}, "b": "c"}"#, r#"{"credentials": {"user": "***"}, "b": "c"}"#),
            (
                r#"{"customHeaders": [{"name": "X-A", "value": "b"}]}"#,
                r#"{"customHeaders": [{"name": "X-A", "value": "***"}]}"#,
            ),
            (r#"{"REDIS_URL": "redis://u:p@h:1/0"}"#, r#"{"REDIS_URL": "redis://***@h:1/0"}"#),
            (r#"{"url": "https://h/a@b", "mail": "a@b"}"#, r#"{"url": "https://h/a@b", "mail": "a@b"}"#),
            (r#""{\"key\": \"a\"}""#, r#""***""#),
            (r#""{\"id\": \"a\"}""#, r#""{\"id\": \"a\"}""#),
            (r#"{"a": [{"key": "cut of"#, r#"{"a": [{"key": "***"#),
            (r#"{"key": "ends with \"#, r#"{"key": "***"#),
            (r#"}]],:"key" "a""#, r#"}]],:"key" "a""#),
            ("", ""),
        ] {
            assert_eq!(hide_members(text, &[]), hidden);
        }
    }

    #[test]
    fn secrets_are_found_at_the_places_of_the_document() {
        let places: &[Place] = &[&["*", "config"], &["value"]];
        let text = r#"[{"config": {"a": [1, "b"], "c": true}, "value": "d"}]"#;
        assert_eq!(hide_members(text, places), r#"[{"config": {"a": ["***", "***"], "c": true}, "value": "***"}]"#);
        assert_eq!(hide_members(r#"{"value": "a", "other": "b"}"#, places), r#"{"value": "***", "other": "b"}"#);
        assert_eq!(secrets(text, places), ["1", "b", "d"]);
        assert_eq!(hide_members(r#""{\"value\": 5""#, places), r#""***""#);
        assert_eq!(hide_members("\"a\"", &[&[]]), "\"***\"");
        assert_eq!(hide_members(r#"{"a": ["b"], "c": 1}"#, &[&["*"]]), r#"{"a": ["***"], "c": "***"}"#);
    }

    #[test]
    fn the_cost_does_not_grow_with_the_depth() {
        let places: &[Place] = &[&["*", "a", "b"], &["c"]];
        for open in ["[", "{\"a\":", "{\"token\":[", "{\"headers\":{\"b\":"] {
            let deep = open.repeat(30_000) + &"1,\"x\":\"y\",".repeat(30_000);
            hide_members(&deep, places);
        }
    }

    #[test]
    fn any_text_can_be_searched() {
        let odd = ['{', '}', '[', ']', '"', '\\', ':', ',', 'k', '1', 'ü', ' '];
        let mut number: usize = 1;
        for _ in 0..20_000 {
            let text: String = (0..12).map(|step| odd[(number >> (2 * step)) % odd.len()]).collect();
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            hide_members(&text, &[&["*"]]);
            secrets(&text, &[&["*", "k"]]);
        }
    }
}
