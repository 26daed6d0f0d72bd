//! Paths: each value fills one segment, and none leads elsewhere.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::operation::Operation;

/// All but the characters that RFC 3986 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Escapes a value for a segment of a path.
pub(crate) fn encode(value: &str) -> String {
    utf8_percent_encode(value, ESCAPED).to_string()
}

/// Whether a path that the URL parser has read is still that of the operation: each value one segment, and not empty.
///
/// A URL has no escape for `.` and `..`: a parser drops them, and the segments become fewer.
pub(crate) fn is_of(operation: &Operation, path: &str) -> bool {
    let mut segments = path.split('/');
    let all_fit = operation.path().split('/').all(|part| match segments.next() {
        Some(segment) if part.starts_with('{') => !segment.is_empty(),
        // The server's router does not tell cases apart.
        Some(segment) => segment.eq_ignore_ascii_case(part),
        None => false,
    });
    all_fit && segments.next().is_none()
}
