//! The forms which a success takes on the wire.

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    with(status, JSON, value.to_string())
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
pub(crate) fn file(request: &HeaderMap, mimetype: &'static str, bytes: &'static [u8]) -> Response {
    let accept = request.get(header::ACCEPT).map(HeaderValue::as_bytes);
    if accept == Some(b"application/json") {
        let data = BASE64_STANDARD.encode(bytes);
        return json(StatusCode::OK, &json!({ "mimetype": mimetype, "data": data }));
    }
    with(StatusCode::OK, HeaderValue::from_static(mimetype), Bytes::from_static(bytes))
}

fn with(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
