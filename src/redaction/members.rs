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

/// Something that is open.
enum Open {
    Object {
        /// The name of the member that is read.
        name: String,
        /// Whether a name comes next, rather than a value.
        is_before_name: bool,
    },
    Array,
}

impl Open {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Object { name, .. } => Some(name),
            Self::Array => None,
        }
    }
}

/// Finds the secrets in a text, in their order.
fn find(text: &str, places: &[Place], nested: usize) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' => open.push(Open::Object { name: String::new(), is_before_name: true }),
            b'[' => open.push(Open::Array),
            b'}' | b']' => {
                open.pop();
            }
            b',' | b':' => {
                if let Some(Open::Object { is_before_name, .. }) = open.last_mut() {
                    *is_before_name = *byte == b',';
                }
            }
            b'"' => {
                let length = string_length(&bytes[at..]);
                let range = at..at + length;
                at = (range.end + 1).min(bytes.len());
                if let Some(Open::Object { name, is_before_name: true }) = open.last_mut() {
                    *name = unescaped(&text[range]).into_owned();
                } else if is_secret(&open, places) {
                    found.push(Found { range, is_quoted: true, nested: Vec::new() });
                } else {
                    // An answer that is no JSON is read as a text, and what it was meant to be has its places.
                    found.extend(in_string(text, range, if open.is_empty() { places } else { &[] }, nested));
                }
            }
            b'-' | b'0'..=b'9' => {
                let is_of_number = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                at += bytes[at..].iter().take_while(is_of_number).count();
                if is_secret(&open, places) {
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

/// Whether the value that is read is a secret, by the names on the way to it.
fn is_secret(open: &[Open], places: &[Place]) -> bool {
    let fits = |(step, open): (&&str, &Open)| *step == "*" || open.name() == Some(*step);
    let begins_with = |place: &Place, open: &[Open]| place.len() <= open.len() && place.iter().zip(open).all(fits);
    // An answer that is not what the document says may have its parts elsewhere.
    let is_at = |place: &Place| (0..=open.len()).any(|start| begins_with(place, &open[start..]));
    let names = || open.iter().filter_map(Open::name);
    let Some(last) = names().next_back() else { return places.iter().any(is_at) };
    let is_of_header = || last != "name" && names().any(|name| names::squeezed(name).ends_with("headers"));
    places.iter().any(is_at) || names::says_secret(last) || names().any(names::holds_secrets) || is_of_header()
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
