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
//! | bare text elsewhere | itself if it is JSON (`true`), else a JSON string |
//! | an error whose body is an object of known members | untouched |
//! | any other error | `{"message": <the text>}` |

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::Response;
use serde_json::json;

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
    if is_json(&response) && response.content_length() != Some(0) {
        return Ok(response);
    }
    rewrite(response, if answer == Answer::Text { text } else { text_or_json }).await
}

fn is_json(response: &Response) -> bool {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.split(';').next().is_some_and(|essence| essence.trim().ends_with("json")))
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

fn error(body: &[u8]) -> Option<String> {
    match serde_json::from_slice::<types::ErrorBody>(body) {
        Ok(_) => None,
        Err(_) if body.is_empty() => Some("{}".to_owned()),
        Err(_) => Some(json!({ "message": String::from_utf8_lossy(body) }).to_string()),
    }
}
