//! What the stand-in was asked, so that tests can look at it.

use std::sync::{Mutex, PoisonError};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, uri::PathAndQuery},
    middleware::Next,
    response::Response,
};

use crate::{reply, state::App};

/// One request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// Path and query as they were sent, escapes and all.
    pub path_and_query: String,
    /// The headers, names in lower case.
    pub headers: HeaderMap,
    /// The body, empty when there was none.
    pub body: Bytes,
}

#[derive(Debug, Default)]
pub(crate) struct RequestLog(Mutex<Vec<Recorded>>);

impl RequestLog {
    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, request: Recorded) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }
}

/// Reads each request to its end and takes it down, whatever becomes of it.
pub(crate) async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    // The server's limit is for `body::read` to enforce: a client hears about it only when all that
    // it sends has been read.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        // The client has gone away in the middle, so nobody will see this.
        return reply::empty(StatusCode::BAD_REQUEST);
    };
    let recorded = Recorded {
        method: parts.method.clone(),
        path_and_query: parts.uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned(),
        headers: parts.headers.clone(),
        body,
    };
    app.requests.add(recorded.clone());
    parts.extensions.insert(recorded);
    next.run(Request::from_parts(parts, Body::empty())).await
}
