//! Paths: each value fills one segment, and none leads elsewhere.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the characters that RFC 3986 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Escapes a value for a segment of a path.
pub(crate) fn encode(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// Fills values into a path template. `None` if the template is filled in the same way by everybody.
///
/// # Errors
///
/// A value is empty, `.` or `..`: the path would lead elsewhere.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> Result<Option<String>, String> {
    if let Some((name, value)) = values.iter().find(|(_, value)| matches!(*value, "" | "." | "..")) {
        let what = if value.is_empty() { "is empty".to_owned() } else { format!("is `{value}`") };
        return Err(format!("{name} {what}: it would lead elsewhere"));
    }
    let is_plain = |value: &str| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if values.iter().all(|(_, value)| is_plain(value)) {
        return Ok(None);
    }
    let mut filled = String::with_capacity(template.len() + 32);
    for segment in template.split('/').skip(1) {
        filled.push('/');
        let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        match name.and_then(|name| values.iter().find(|(other, _)| *other == name)) {
            Some((_, value)) => filled.extend(utf8_percent_encode(value, ESCAPED)),
            None => filled.push_str(segment),
        }
    }
    Ok(Some(filled))
}

/// Whether a path that the URL parser has read fits a template: each value is one segment, and not empty.
///
/// A URL has no escape for `.` and `..`: a parser drops them, and the segments become fewer.
pub(crate) fn fits(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let all_fit = template.split('/').all(|part| match segments.next() {
        Some(segment) if part.starts_with('{') => !segment.is_empty(),
        // The server's router does not tell cases apart.
        Some(segment) => segment.eq_ignore_ascii_case(part),
        None => false,
    });
    all_fit && segments.next().is_none()
}
