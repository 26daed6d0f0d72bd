//! Path templates: filling in values, and matching paths. Each value fills exactly one segment.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All characters except the unreserved ones of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes a value for a segment of a path.
pub(crate) fn encode(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// Checks the values of a path, by their names.
///
/// # Errors
///
/// Returns a message if a value is empty, `.` or `..`, since the URL would then have another path.
pub(crate) fn check(values: &[(&str, &str)]) -> Result<(), String> {
    let Some((name, value)) = values.iter().find(|(_, value)| matches!(*value, "" | "." | "..")) else { return Ok(()) };
    let what = if value.is_empty() { "is empty".to_owned() } else { format!("is `{value}`") };
    Err(format!("{name} {what}: it would lead elsewhere"))
}

/// Returns whether a path matches a template: each value is one segment, and not empty.
///
/// URL parsers remove the segments `.` and `..`, even if percent-encoded, so that the number of segments changes.
pub(crate) fn fits(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let all_fit = template.split('/').all(|part| match segments.next() {
        Some(segment) if part.starts_with('{') => !segment.is_empty(),
        // The server's router ignores case.
        Some(segment) => segment.eq_ignore_ascii_case(part),
        None => false,
    });
    all_fit && segments.next().is_none()
}
