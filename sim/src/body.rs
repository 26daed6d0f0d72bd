//! Request bodies, which the server parses before it looks at anything else.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::{error::Error, json};

const LIMIT: usize = 50 * 1024 * 1024;

/// A body of another type than JSON is not looked at and counts as an empty object.
pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Value, Error> {
    if body.is_empty() || !is_json(headers) {
        return Ok(Map::new().into());
    }
    if body.len() > LIMIT {
        return Err(Error::exception("PayloadTooLargeError", "request entity too large"));
    }
    let text = String::from_utf8_lossy(body);
    // Only objects and lists count. The odd `#` is the parser's own.
    match text.trim_start().chars().next() {
        None | Some('{' | '[') => {}
        Some(first) => {
            let message = format!("Unexpected token '{first}', \"#\" is not valid JSON");
            return Err(Error::bad_request(message));
        }
    }
    json::read(text.as_bytes()).map_err(|error| {
        // Apart from this one, the messages are those of the JavaScript engine and its version.
        let cut_off = || "Unexpected end of JSON input".to_owned();
        Error::bad_request(if error.is_eof() { cut_off() } else { error.to_string() })
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mimetype = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    mimetype.trim().eq_ignore_ascii_case("application/json")
}
