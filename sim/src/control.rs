//! `/sim/…`: what the real server does not have, for those who cannot reach into the process.

use std::time::Duration;

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, Uri},
    middleware::{Next, from_fn_with_state},
    response::Response,
    routing::{get, post},
};

use crate::{
    Incoming,
    auth::{self, Access},
    dump,
    error::Error,
    query::Query,
    reply,
    state::{App, messages},
    time::millis,
};

/// - `GET /sim/state`: all that the server knows
/// - `POST /sim/advance?seconds=60`: moves the clock
/// - `POST /sim/pair?session=default`: a phone scans the QR code of a session
/// - `POST /sim/receive?session=default&from=11111111111&text=Hi`: somebody writes to a session
pub(crate) fn router(app: &App) -> Router<App> {
    Router::new()
        .route("/sim/state", get(state))
        .route("/sim/advance", post(advance))
        .route("/sim/pair", post(pair))
        .route("/sim/receive", post(receive))
        .layer(from_fn_with_state(App::clone(app), admins_only))
}

/// Wants the key of the server, like the API.
async fn admins_only(State(app): State<App>, request: Request, next: Next) -> Response {
    match auth::of(&app, request.uri(), request.headers()) {
        Ok(Access::Admin) => next.run(request).await,
        Ok(Access::Session { .. }) => Error::Forbidden.brief(),
        Err(error) => error.brief(),
    }
}

async fn state(State(app): State<App>) -> Response {
    reply::json(StatusCode::OK, &dump::of(&app).await)
}

async fn advance(State(app): State<App>, uri: Uri) -> Response {
    let seconds = Query::of(&uri).get("seconds").and_then(|seconds| seconds.parse().ok());
    match seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(by) => {
            app.run_until(app.clock.now().saturating_add(millis(by)));
            reply::empty(StatusCode::OK)
        }
        None => Error::bad_request("Say how many seconds: /sim/advance?seconds=60").brief(),
    }
}

async fn pair(State(app): State<App>, uri: Uri) -> Response {
    let query = Query::of(&uri);
    let Some(session) = query.get("session") else {
        return Error::bad_request("Name the session: /sim/pair?session=default").brief();
    };
    app.change(|world| world.pair(session));
    reply::empty(StatusCode::OK)
}

async fn receive(State(app): State<App>, uri: Uri) -> Response {
    let query = Query::of(&uri);
    let (Some(session), Some(from), Some(text)) = (query.get("session"), query.get("from"), query.get("text")) else {
        return Error::bad_request("Say who writes what: /sim/receive?session=default&from=11111111111&text=Hi")
            .brief();
    };
    let incoming = match query.get("group") {
        Some(group) => Incoming::text(from, text).in_group(group),
        None => Incoming::text(from, text),
    };
    let id = app.change(|world| messages::receive(world, session, incoming.into_received()));
    reply::json(StatusCode::OK, &serde_json::json!({ "id": id }))
}
