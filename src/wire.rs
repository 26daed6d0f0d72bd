//! WAHA's answers, made decodable.
//!
//! The server answers with empty bodies, with bare text as `text/html` and with errors of many shapes. All of that is
//! met here, by rule; no other file has to know.
//!
//! | answer | becomes |
//! |---|---|
//! | a success of an operation that answers with bytes or nothing | untouched |
//! | JSON | untouched |
//! | an empty success | `null` |
//! | bare text, where the operation answers with a string | a JSON string |
//! | an event stream | the data of its last event |
//! | bare text elsewhere | itself if it is JSON (`true`), else a JSON string |
//! | an error whose body is an object of known members | untouched |
//! | an object with other members | the same without what cannot be read |
//! | an empty error | `{}` |
//! | any other error | `{"message": <the text>}` |

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::Response;
use serde_json::{json, Value};

use crate::{
    operation::{Answer, Operation},
    types,
};

/// Adapts one answer.
pub(crate) async fn adapt(response: Response, operation: Option<&Operation>) -> reqwest::Result<Response> {
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        return rewrite(response, error).await;
    }
    let answer = operation.map_or(Answer::Json, |operation| operation.answer);
    if !status.is_success() || matches!(answer, Answer::Bytes | Answer::Nothing) {
        return Ok(response);
    }
    let change = match (media_type(&response), answer) {
        (json, _) if json.ends_with("json") && response.content_length() != Some(0) => return Ok(response),
        ("text/event-stream", _) => last_event,
        (_, Answer::Text) => text,
        _ => text_or_json,
    };
    rewrite(response, change).await
}

/// The media type, without its parameters; empty where there is none.
fn media_type(response: &Response) -> &str {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).unwrap_or_default().trim()
}

/// Reads the body and puts another in its place; status and headers stay.
async fn rewrite(response: Response, change: fn(&[u8]) -> Option<String>) -> reqwest::Result<Response> {
    let (status, version, mut headers) = (response.status(), response.version(), response.headers().clone());
    let body = response.bytes().await?;
    let body = match change(&body) {
        Some(changed) => {
            headers.remove(CONTENT_LENGTH);
            reqwest::Body::from(changed)
        }
        None => body.into(),
    };
    let mut rewritten = http::Response::new(body);
    *rewritten.status_mut() = status;
    *rewritten.version_mut() = version;
    *rewritten.headers_mut() = headers;
    Ok(rewritten.into())
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
