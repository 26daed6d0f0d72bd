//! What the stand-in was asked, so that tests can look at it.

use std::sync::{Mutex, PoisonError};

use axum::{
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, Uri, uri::PathAndQuery},
};
use serde_json::{Map, Value};

use crate::{document::Found, error::Error, query::Query, validate};

/// A request as it was received.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// Path and query as they were sent, without decoding.
    pub path_and_query: String,
    /// The headers, names in lower case.
    pub headers: HeaderMap,
    /// The body, empty when there was none.
    pub body: Bytes,
    /// The operation of the document that was called, if any.
    pub operation: Option<&'static str>,
    /// The differences from the document, such as `body.chatId is missing`. The server may have accepted the request
    /// all the same.
    pub violations: Vec<String>,
}

impl Recorded {
    /// Reads a request to its end; nothing if the client goes away in the middle.
    pub(crate) async fn read(request: Request) -> Option<Self> {
        let (parts, body) = request.into_parts();
        // The server's limit is for `body::parse` to enforce: a client hears about it only when all that it sends has
        // been read.
        let body = to_bytes(body, usize::MAX).await.ok()?;
        let path_and_query = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
        let (method, headers) = (parts.method, parts.headers);
        Some(Self { method, path_and_query, headers, body, operation: None, violations: Vec::new() })
    }

    /// Records which operation it calls, and its differences from the document.
    pub(crate) fn look_up(&mut self, found: &Found, uri: &Uri, body: &Result<Value, Error>) {
        let Found::Operation(operation, path) = found else { return };
        self.operation = Some(&operation.id);
        let nothing = Map::new();
        let body = body.as_ref().ok().and_then(Value::as_object).unwrap_or(&nothing);
        let violations = validate::violations(operation, path, &Query::of(uri), body);
        self.violations = violations.iter().map(validate::Violation::to_string).collect();
    }
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Vec<Recorded>>);

impl RequestLog {
    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a request and returns its number, counted from 1.
    pub(crate) fn add(&self, request: Recorded) -> usize {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
        requests.len()
    }
}
