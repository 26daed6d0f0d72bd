//! WAHA's answers, made decodable.
//!
//! The server answers with empty bodies, with bare text as `text/html` and with errors of many shapes. All of that is
//! met here, by rule; no other file has to know.
//!
//! | answer | becomes |
//! |---|---|
//! | a success of an operation that answers with bytes | itself, as it streams in |
//! | a web page in place of a success | an error: somebody else has answered |
//! | JSON, and what comes where nothing is read | itself |
//! | an empty success | `null` |
//! | bare text, where the operation answers with a string | a JSON string |
//! | an event stream | the data of its last event |
//! | bare text elsewhere | itself if it is JSON (`true`), else a JSON string |
//! | an error whose body is an object of known members | itself |
//! | an object with other members | the same without what cannot be read |
//! | an empty error | `{}` |
//! | any other error | `{"message": <the text>}` |

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::{
    error::Error,
    operation::{Answer, Operation},
    redaction::Secret,
    types,
};

/// How much of an error's body is read, in bytes.
pub(crate) const MAX_ERROR: u64 = 1024 * 1024;

/// An answer that was received, as far as a limit allows.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) is_clipped: bool,
}

pub(crate) fn read(received: Received, operation: &Operation, redactor: &Secret) -> Result<Bytes, Error> {
    let Received { status, headers, body, .. } = received;
    if !status.is_success() {
        let body = error(&body).map_or(body, Bytes::from);
        let body: types::ErrorBody = serde_json::from_slice(&body).unwrap_or_default();
        return Err(Error::of_answer(status, headers, body, redactor));
    }
    if is_web_page(&body) {
        return Err(Error::of_web_page());
    }
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    let changed = match (media_type, operation.answer) {
        (_, Answer::Nothing) => None,
        (json, _) if json.ends_with("json") && !body.is_empty() => None,
        ("text/event-stream", _) => last_event(&body),
        (_, Answer::Text) => text(&body),
        _ => text_or_json(&body),
    };
    Ok(changed.map_or(body, Bytes::from))
}

pub(crate) fn check_stream(_: StatusCode, _: &HeaderMap, _: &[u8], _: &Operation, _: &Secret) -> Result<(), Error> {
    Ok(())
}

/// WAHA's own bare texts are codes, links and booleans.
fn is_web_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    ["<!doctype", "<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes())))
}

fn text(body: &[u8]) -> Option<String> {
    if body.is_empty() {
        return Some("null".to_owned());
    }
    Some(json!(String::from_utf8_lossy(body)).to_string())
}

fn text_or_json(body: &[u8]) -> Option<String> {
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) => None,
        Err(_) => text(body),
    }
}

/// A server that answers a request with a stream of events says the answer last.
fn last_event(body: &[u8]) -> Option<String> {
    let stream = String::from_utf8_lossy(body).replace("\r\n", "\n");
    let data = stream.split("\n\n").filter_map(|event| {
        let lines: Vec<_> = event.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    });
    let data = data.last().unwrap_or_default();
    text_or_json(data.as_bytes()).or(Some(data))
}

fn error(body: &[u8]) -> Option<String> {
    if serde_json::from_slice::<types::ErrorBody>(body).is_ok() {
        return None;
    }
    if body.is_empty() {
        return Some("{}".to_owned());
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Some(json!({ "message": String::from_utf8_lossy(body) }).to_string());
    };
    let readable = members.into_iter().filter_map(|(name, value)| {
        let member = match value {
            // What was thrown may be a bare string.
            Value::String(thrown) if name == "exception" => json!({ name: { "message": thrown } }),
            value => json!({ name: value }),
        };
        // A member of another type than all that were seen is lost, and the others are not.
        serde_json::from_value::<types::ErrorBody>(member.clone()).is_ok().then_some(member)
    });
    let readable = readable.filter_map(|member| member.as_object().cloned()).flatten();
    Some(Value::Object(readable.collect()).to_string())
}
