//! The forms which a success takes on the wire.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    with(status, JSON, crate::json::write(value))
}

/// Nothing at all, not even a content type: what the framework makes of a missing result.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

/// A string without quotes, which the framework takes for HTML.
pub(crate) fn text(status: StatusCode, text: String) -> Response {
    with(status, HTML, text)
}

/// A file: bytes, unless the client accepts JSON and says nothing else.
///
/// The real server compares the header as a string, so `application/json, */*` means bytes.
pub(crate) fn file(
    status: StatusCode,
    request: &HeaderMap,
    mimetype: &'static str,
    bytes: impl Into<Bytes>,
) -> Response {
    let bytes = bytes.into();
    let accept = request.get(header::ACCEPT).map(HeaderValue::as_bytes);
    if accept == Some(b"application/json") {
        let data = BASE64_STANDARD.encode(bytes);
        return json(status, &json!({ "mimetype": mimetype, "data": data }));
    }
    with(status, HeaderValue::from_static(mimetype), bytes)
}

/// Bytes of any type.
pub(crate) fn bytes(status: StatusCode, mimetype: &str, bytes: impl Into<Body>) -> Response {
    let unknown = HeaderValue::from_static("application/octet-stream");
    with(status, HeaderValue::from_str(mimetype).unwrap_or(unknown), bytes)
}

/// The bytes of a body that is in memory.
pub(crate) async fn read(body: Body) -> Vec<u8> {
    to_bytes(body, usize::MAX).await.map(Vec::from).unwrap_or_default()
}

/// The JSON of an answer, if it is JSON.
pub(crate) async fn value(answer: Response) -> Option<Value> {
    crate::json::read(&read(answer.into_body()).await).ok()
}

/// Changes the JSON of an answer; leaves any other alone.
pub(crate) async fn rewrite(answer: Response, change: impl FnOnce(Value) -> Value) -> Response {
    if answer.headers().get(header::CONTENT_TYPE) != Some(&JSON) {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    let value = value(Response::new(body)).await.map(change);
    Response::from_parts(parts, value.map(|value| Body::from(crate::json::write(&value))).unwrap_or_default())
}

fn with(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
