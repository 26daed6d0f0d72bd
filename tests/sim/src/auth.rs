//! The key which the server wants to see.

use axum::{
    extract::{Request, State},
    http::Uri,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{error::Error, extract::Query, state::App};

const NAME: &str = "x-api-key";

/// Refuses a request without the key, be its route a known one or not.
pub(crate) async fn check_key(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Some(key) = &app.api_key
        && is_guarded(request.uri())
        && !has_key(&request, key)
    {
        return Error::Unauthorized.into_response();
    }
    next.run(request).await
}

fn is_guarded(uri: &Uri) -> bool {
    let path = uri.path();
    path.starts_with("/api/") || matches!(path, "/api" | "/health" | "/mcp")
}

/// The header wins over the query, even when it is the wrong one of the two.
fn has_key(request: &Request, key: &str) -> bool {
    match request.headers().get(NAME) {
        Some(sent) => sent.as_bytes() == key.as_bytes(),
        None => Query::of(request.uri()).get(NAME) == Some(key),
    }
}
