//! Is the server there, and which one is it?

use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use serde_json::json;

use crate::{reply, state::App};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/ping", get(ping))
        .route("/health", get(health))
        .route("/api/server/version", get(version))
        .route("/api/version", get(version))
        .route("/api/server/status", get(status))
}

async fn ping() -> Response {
    reply::json(StatusCode::OK, &json!({ "message": "pong" }))
}

/// Healthy, with no checks configured.
async fn health() -> Response {
    let body = json!({ "status": "ok", "info": {}, "error": {}, "details": {} });
    reply::json(StatusCode::OK, &body)
}

async fn version(State(app): State<App>) -> Response {
    reply::json(StatusCode::OK, &app.version())
}

async fn status(State(app): State<App>) -> Response {
    let body = json!({
        "startTimestamp": app.started,
        "uptime": app.clock.now().saturating_sub(app.started),
        "worker": { "id": null },
    });
    reply::json(StatusCode::OK, &body)
}
