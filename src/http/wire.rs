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

use std::{error::Error as StdError, io, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use reqwest::Response;
use serde_json::{Value, json};

use crate::{
    operation::{Answer, Operation},
    types,
};

/// An answer that somebody else gave: a log-in page, a single-page application, a proxy's apology.
pub(crate) struct WebPage;

/// Reads an answer, if it is to be read at once, and adapts it.
pub(crate) async fn read(
    response: Response,
    operation: Option<&Operation>,
    idle_timeout: Duration,
) -> reqwest::Result<Result<Response, WebPage>> {
    let answer = operation.map_or(Answer::Json, |operation| operation.answer);
    let status = response.status();
    if status.is_success() && answer == Answer::Bytes {
        return Ok(Ok(streamed(response, idle_timeout)));
    }
    if !status.is_success() && !status.is_client_error() && !status.is_server_error() {
        return Ok(Ok(response));
    }
    let media_type = media_type(&response).to_owned();
    let (status, version, mut headers) = (response.status(), response.version(), response.headers().clone());
    let body = if status.is_success() { response.bytes().await? } else { beginning(response).await? };
    if status.is_success() && is_web_page(&body) {
        return Ok(Err(WebPage));
    }
    let changed = match (media_type.as_str(), answer) {
        _ if !status.is_success() => error(&body),
        (_, Answer::Nothing) => None,
        (json, _) if json.ends_with("json") && !body.is_empty() => None,
        ("text/event-stream", _) => last_event(&body),
        (_, Answer::Text) => text(&body),
        _ => text_or_json(&body),
    };
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    let mut adapted = http::Response::new(changed.map_or(body, Bytes::from));
    *adapted.status_mut() = status;
    *adapted.version_mut() = version;
    *adapted.headers_mut() = headers;
    Ok(Ok(adapted.into()))
}

/// More than any request that the server repeats in an error, and than anybody else has to say.
const MAX_ERROR: usize = 64 * 1024 * 1024;

/// The body of an error, or as much of it as is worth having.
async fn beginning(mut response: Response) -> reqwest::Result<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ERROR {
            break;
        }
    }
    Ok(body.freeze())
}

/// The media type, without its parameters; empty where there is none.
fn media_type(response: &Response) -> &str {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).unwrap_or_default().trim()
}

/// WAHA's own bare texts are codes, links and booleans.
fn is_web_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    ["<!doctype", "<html"]
        .iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes())))
}

/// The answer, whose bytes may not keep the reader waiting for longer than this.
fn streamed(response: Response, idle_timeout: Duration) -> Response {
    let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
    let chunks = Box::pin(response.bytes_stream());
    let body = stream::unfold(Some(chunks), move |chunks| async move {
        let mut chunks = chunks?;
        match tokio::time::timeout(idle_timeout, chunks.next()).await {
            Ok(None) => None,
            Ok(Some(chunk)) => Some((chunk.map_err(Box::<dyn StdError + Send + Sync>::from), Some(chunks))),
            Err(_) => Some((Err(silence(idle_timeout).into()), None)),
        }
    });
    let mut streamed = http::Response::new(reqwest::Body::wrap_stream(body));
    *streamed.status_mut() = status;
    *streamed.version_mut() = version;
    *streamed.headers_mut() = headers;
    streamed.into()
}

/// That the server says nothing more, in the form in which reqwest knows a timeout.
fn silence(idle_timeout: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("nothing more came within {idle_timeout:?}"))
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
