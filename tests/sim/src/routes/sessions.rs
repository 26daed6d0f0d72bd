//! Sessions: to list, create, change, start and stop them.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use serde_json::{Map, Value, json};

use super::Answer;
use crate::{
    Engine, SessionStatus,
    body::Body,
    checks::Checks,
    error::Error,
    extract::{Path, Query},
    reply,
    session::Session,
    state::App,
};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/sessions", get(list).post(create))
        .route("/api/sessions/{session}", get(info).put(update).delete(delete))
        .route("/api/sessions/{session}/me", get(me))
        .route("/api/sessions/{session}/start", post(start))
        .route("/api/sessions/{session}/stop", post(stop))
        .route("/api/sessions/{session}/logout", post(logout))
        .route("/api/sessions/{session}/restart", post(restart))
}

async fn list(State(app): State<App>, query: Query) -> Answer {
    let mut checks = Checks::default();
    let all = checks.boolean(&query, "all");
    checks.finish()?;
    refuse_expand(&query)?;
    let world = app.world();
    let listed = world.sessions.iter().filter(|(_, session)| all || session.is_running());
    let infos = listed.map(|(name, session)| summary(app.engine, name, session).into());
    Ok(reply::json(StatusCode::OK, &Value::Array(infos.collect())))
}

async fn create(State(app): State<App>, Body(request): Body) -> Answer {
    let mut checks = Checks::default();
    let name = check_name(&mut checks, &request);
    let start = checks.flag(&request, "start");
    let config = check_config(&mut checks, &request);
    checks.finish()?;
    refuse_apps(&request)?;

    let mut world = app.world();
    let name = match name {
        Some(name) => name,
        None => format!("session_{:0>26}", world.issue()),
    };
    if world.sessions.contains_key(&name) {
        let message = format!("Session '{name}' already exists. Use PUT to update it.");
        return Err(Error::unprocessable(message));
    }
    let session = world.sessions.entry(name.clone()).or_insert_with(|| Session::new(config));
    if start {
        session.start();
    }
    Ok(answer(StatusCode::CREATED, &app, &name, session))
}

async fn info(State(app): State<App>, Path(name): Path<String>, query: Query) -> Answer {
    refuse_expand(&query)?;
    let mut world = app.world();
    let session = world.known(&name)?;
    Ok(reply::json(StatusCode::OK, &details(app.engine, &name, session)))
}

async fn update(State(app): State<App>, Path(name): Path<String>, Body(request): Body) -> Answer {
    let mut checks = Checks::default();
    let config = check_config(&mut checks, &request);
    checks.finish()?;
    refuse_apps(&request)?;

    let mut world = app.world();
    let session = world.known(&name)?;
    let was_running = session.is_running();
    session.stop();
    session.config = config;
    if was_running {
        session.start();
    }
    Ok(answer(StatusCode::OK, &app, &name, session))
}

/// Idempotent: what is not there is deleted already.
async fn delete(State(app): State<App>, Path(name): Path<String>) -> Answer {
    app.world().sessions.remove(&name);
    Ok(reply::empty(StatusCode::OK))
}

async fn me(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let mut world = app.world();
    Ok(match world.running(&name)?.me(app.engine) {
        Some(me) => reply::json(StatusCode::OK, &me),
        None => reply::empty(StatusCode::OK),
    })
}

async fn start(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let mut world = app.world();
    let session = world.known(&name)?;
    session.start();
    Ok(answer(StatusCode::CREATED, &app, &name, session))
}

/// The one route of its kind which does not mind that there is no such session.
async fn stop(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let mut world = app.world();
    let Ok(session) = world.known(&name) else {
        return Ok(reply::empty(StatusCode::CREATED));
    };
    session.stop();
    Ok(answer(StatusCode::CREATED, &app, &name, session))
}

async fn logout(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let mut world = app.world();
    let session = world.known(&name)?;
    let was_running = session.is_running();
    session.log_out();
    if was_running {
        session.start();
    }
    Ok(answer(StatusCode::CREATED, &app, &name, session))
}

async fn restart(State(app): State<App>, Path(name): Path<String>) -> Answer {
    let mut world = app.world();
    let session = world.known(&name)?;
    session.stop();
    session.start();
    Ok(answer(StatusCode::CREATED, &app, &name, session))
}

/// The state right after the call. A session that was started is shown as STARTING, and has got
/// further by the time the client asks again.
fn answer(status: StatusCode, app: &App, name: &str, session: &mut Session) -> Response {
    let response = reply::json(status, &details(app.engine, name, session));
    if session.status() == SessionStatus::Starting {
        session.settle();
    }
    response
}

fn summary(engine: Engine, name: &str, session: &Session) -> Map<String, Value> {
    Map::from_iter([
        ("name".into(), name.into()),
        ("status".into(), session.status().as_str().into()),
        ("config".into(), session.config.clone()),
        ("me".into(), session.me(engine).into()),
        ("presence".into(), Value::Null),
        ("timestamps".into(), json!({ "activity": session.activity })),
    ])
}

fn details(engine: Engine, name: &str, session: &Session) -> Value {
    let mut details = summary(engine, name, session);
    details.insert("engine".into(), engine_info(engine, session));
    details.into()
}

fn engine_info(engine: Engine, session: &Session) -> Value {
    if !session.is_running() {
        return json!({});
    }
    let name = engine.as_str();
    match engine {
        Engine::Gows => {
            json!({ "engine": name, "grpc": { "client": "READY", "stream": "READY" } })
        }
        Engine::Noweb => json!({ "engine": name }),
        Engine::Webjs | Engine::Wpp => {
            let connected = session.status() == SessionStatus::Working;
            let state = connected.then_some("CONNECTED");
            json!({ "engine": name, "WWebVersion": "2.3000.0", "state": state })
        }
    }
}

/// The name that was asked for, if one was.
fn check_name(checks: &mut Checks, request: &Map<String, Value>) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let sent = request.get("name").filter(|name| !name.is_null())?;
    let name = sent.as_str();
    if name.is_none() {
        checks.complain("name must be a string");
    }
    if name.is_none_or(|name| name.chars().count() > 54) {
        checks.complain("name must be shorter than or equal to 54 characters");
    }
    if !name.is_some_and(|name| name.chars().all(allowed)) {
        checks.complain(
            "Session name can only contain alphanumeric characters, hyphens, and underscores \
             (a-z, A-Z, 0-9, -, _) or be empty",
        );
    }
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The configuration, without what the server does not know. Of its members only `debug` is
/// looked at, the others are taken as they are.
fn check_config(checks: &mut Checks, request: &Map<String, Value>) -> Value {
    const KNOWN: [&str; 9] = ["webhooks", "metadata", "proxy", "debug", "ignore", "client", "noweb", "gows", "webjs"];
    match request.get("config") {
        None | Some(Value::Null) => json!({}),
        Some(Value::Object(config)) => {
            if config.get("debug").is_some_and(|debug| !debug.is_boolean() && !debug.is_null()) {
                checks.complain("config.debug must be a boolean value");
            }
            let known = config.iter().filter(|(name, _)| KNOWN.contains(&name.as_str()));
            Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        Some(_) => {
            checks.complain("nested property config must be either object or array");
            json!({})
        }
    }
}

fn refuse_apps(request: &Map<String, Value>) -> Result<(), Error> {
    match request.get("apps") {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(Error::not_modelled("the apps of a session")),
    }
}

fn refuse_expand(query: &Query) -> Result<(), Error> {
    match query.get("expand") {
        None => Ok(()),
        Some(_) => Err(Error::not_modelled("the apps of a session")),
    }
}
