//! Sessions: to list, create, change, start and stop them.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Answer, Handler, apps};
use crate::{
    Engine, SessionStatus,
    auth::Access,
    call::Call,
    error::Error,
    reply,
    state::{World, apps::Detail, limits::Limits, presence::Presence, session::Session},
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("sessions_list", list),
        ("sessions_create", create),
        ("sessions_get", info),
        ("sessions_update", update),
        ("sessions_delete", delete),
        ("sessions_get_me", me),
        ("sessions_get_message_capping", capping),
        ("sessions_get_reachout_timelock", timelock),
        ("sessions_start", start),
        ("sessions_stop", stop),
        ("sessions_logout", logout),
        ("sessions_restart", restart),
        ("sessions_start_by_name", start_by_name),
        ("sessions_stop_by_name", stop_by_name),
        ("sessions_logout_by_name", logout_by_name),
    ]
}

fn list(call: &Call) -> Answer {
    let (all, with_apps) = (call.query.flag("all"), wants_apps(call));
    let world = call.world();
    let visible = |name: &str| match &call.access {
        Access::Admin => true,
        Access::Session { name: own, .. } => own == name,
    };
    let listed = world.sessions.iter().filter(|(name, session)| visible(name) && (all || session.is_running()));
    let infos = listed.map(|(name, session)| {
        let mut info = summary(call.engine(), name, session);
        info.extend(with_apps.then(|| ("apps".to_owned(), apps_of(&world, name))));
        info.into()
    });
    Ok(reply::json(StatusCode::OK, &Value::Array(infos.collect())))
}

fn create(call: &Call) -> Answer {
    let name = check_name(call)?;
    let mut world = call.world();
    let name = match name {
        Some(name) => name,
        None => format!("session_{}", world.ulid()),
    };
    if world.sessions.contains_key(&name) {
        let message = format!("Session '{name}' already exists. Use PUT to update it.");
        return Err(Error::unprocessable(message));
    }
    let config = sent_config(call).unwrap_or_else(|| json!({}));
    world.sessions.insert(name.clone(), Session::new(config));
    if let Err(error) = set_apps(&mut world, &name, call) {
        forget(&mut world, &name);
        return Err(error);
    }
    if call.flag("start") == Some(true) {
        world.start(&name);
    }
    answer(StatusCode::CREATED, &mut world, &name, sent_apps(call).is_some())
}

fn info(call: &Call) -> Answer {
    answer(StatusCode::OK, &mut call.world(), call.path("session"), wants_apps(call))
}

fn update(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), call.path("session"));
    let was_running = world.known(name)?.is_running();
    world.stop(name);
    world.known(name)?.config = sent_config(call).into();
    set_apps(&mut world, name, call)?;
    if was_running {
        world.restart(name);
    }
    answer(StatusCode::OK, &mut world, name, sent_apps(call).is_some())
}

/// Idempotent: what is not there is deleted already.
fn delete(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), call.path("session"));
    forget(&mut world, name);
    Ok(reply::empty(StatusCode::OK))
}

fn me(call: &Call) -> Answer {
    let mut world = call.world();
    Ok(match world.running(call.path("session"))?.me(call.engine()) {
        Some(me) => reply::json(StatusCode::OK, &me),
        None => reply::empty(StatusCode::OK),
    })
}

fn capping(call: &Call) -> Answer {
    limit(call, Limits::capping)
}

fn timelock(call: &Call) -> Answer {
    limit(call, Limits::timelock)
}

fn limit(call: &Call, of: fn(&Limits) -> Value) -> Answer {
    let mut world = call.world();
    let session = world.running(call.path("session"))?;
    call.only(&[Engine::Gows, Engine::Noweb, Engine::Webjs])?;
    Ok(reply::json(StatusCode::OK, &of(&session.limits)))
}

fn start(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), call.path("session"));
    world.known(name)?;
    world.start(name);
    answer(StatusCode::CREATED, &mut world, name, false)
}

/// The one route of its kind which does not mind that there is no such session.
fn stop(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), call.path("session"));
    if !world.sessions.contains_key(name) {
        return Ok(reply::empty(StatusCode::CREATED));
    }
    world.stop(name);
    answer(StatusCode::CREATED, &mut world, name, false)
}

fn logout(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), call.path("session"));
    world.known(name)?;
    world.log_out(name);
    if call.body.get("apps").and_then(|apps| apps.get("purge")) == Some(&Value::Bool(true)) {
        for app in world.apps_of(name).cloned().collect::<Vec<_>>() {
            world.purge_app(&app);
        }
    }
    answer(StatusCode::CREATED, &mut world, name, false)
}

fn restart(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), call.path("session"));
    world.known(name)?;
    world.restart(name);
    answer(StatusCode::CREATED, &mut world, name, false)
}

/// Creates the session if there is none, and says less about it than its successor.
fn start_by_name(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), name_in_body(call)?);
    if world.sessions.get(name).is_some_and(Session::is_running) {
        return Err(Error::unprocessable(format!("Session '{name}' is already started.")));
    }
    let config = sent_config(call).into();
    world.sessions.entry(name.to_owned()).or_insert_with(|| Session::new(config));
    world.start(name);
    let (engine, session) = (world.engine, world.known(name)?);
    let mut body = summary(engine, name, session);
    body.retain(|name, _| matches!(name.as_str(), "name" | "status" | "config"));
    Ok(reply::json(StatusCode::CREATED, &body.into()))
}

fn stop_by_name(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), name_in_body(call)?);
    world.stop(name);
    if call.flag("logout") == Some(true) {
        forget(&mut world, name);
    }
    Ok(reply::empty(StatusCode::CREATED))
}

/// Throws the session away as well.
fn logout_by_name(call: &Call) -> Answer {
    let (mut world, name) = (call.world(), name_in_body(call)?);
    forget(&mut world, name);
    Ok(reply::empty(StatusCode::CREATED))
}

fn name_in_body(call: &Call) -> Result<&str, Error> {
    match call.text("name") {
        "" => Err(Error::unprocessable("Session name is required")),
        name => Ok(name),
    }
}

/// The state right after the call.
fn answer(status: StatusCode, world: &mut World, name: &str, with_apps: bool) -> Answer {
    let engine = world.engine;
    let session = world.known(name)?;
    let mut details = summary(engine, name, session);
    details.insert("engine".into(), engine_info(engine, session));
    details.extend(with_apps.then(|| ("apps".to_owned(), apps_of(world, name))));
    Ok(reply::json(status, &details.into()))
}

fn summary(engine: Engine, name: &str, session: &Session) -> Map<String, Value> {
    let presence = session.presence.filter(|_| session.is_running()).map(Presence::as_str);
    let mut summary = Map::from_iter([
        ("name".to_owned(), name.into()),
        ("status".to_owned(), session.status().as_str().into()),
        ("me".to_owned(), session.me(engine).into()),
        ("presence".to_owned(), presence.into()),
    ]);
    // Once it has been cleared, there is none.
    if !session.config.is_null() {
        summary.insert("config".to_owned(), session.config.clone());
    }
    if session.is_running() {
        summary.insert("timestamps".to_owned(), json!({ "activity": session.activity }));
    }
    summary
}

fn engine_info(engine: Engine, session: &Session) -> Value {
    let (name, status) = (engine.as_str(), session.status());
    match (engine, status) {
        (_, SessionStatus::Stopped) => json!({}),
        (Engine::Gows, SessionStatus::Starting) => {
            json!({ "engine": name, "grpc": { "client": "CONNECTING", "stream": "IDLE" } })
        }
        (Engine::Gows, _) => {
            let ready = json!({ "client": "READY", "stream": "READY" });
            json!({ "engine": name, "grpc": ready, "gows": { "found": true, "connected": true } })
        }
        (Engine::Noweb, _) => json!({ "engine": name }),
        (Engine::Webjs | Engine::Wpp, _) => {
            let state = if status == SessionStatus::Working { "CONNECTED" } else { "OPENING" };
            json!({ "engine": name, "WWebVersion": "2.3000.0", "state": state })
        }
    }
}

/// The name that was asked for, if one was.
fn check_name(call: &Call) -> Result<Option<String>, Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = call.text("name");
    let mut complaints = Vec::new();
    if name.chars().count() > 54 {
        complaints.push("name must be shorter than or equal to 54 characters".to_owned());
    }
    if !name.chars().all(allowed) {
        complaints.push(
            "Session name can only contain alphanumeric characters, hyphens, and underscores \
             (a-z, A-Z, 0-9, -, _) or be empty"
                .to_owned(),
        );
    }
    match complaints.is_empty() {
        true => Ok(Some(name).filter(|name| !name.is_empty()).map(str::to_owned)),
        false => Err(Error::Invalid(complaints)),
    }
}

fn sent_config(call: &Call) -> Option<Value> {
    call.body.get("config").filter(|config| config.is_object()).cloned()
}

/// Whether the apps of a session are to be told.
fn wants_apps(call: &Call) -> bool {
    call.query.list("expand").contains(&"apps")
}

fn apps_of(world: &World, session: &str) -> Value {
    world.apps_of(session).map(|app| app.shape(&world.keys, Detail::Key)).collect()
}

fn sent_apps(call: &Call) -> Option<&Vec<Value>> {
    call.body.get("apps").and_then(Value::as_array)
}

/// Gives a session the apps that were sent, instead of those that it has.
fn set_apps(world: &mut World, session: &str, call: &Call) -> Result<(), Error> {
    let Some(sent) = sent_apps(call) else { return Ok(()) };
    remove_apps(world, session);
    for app in sent.iter().filter_map(Value::as_object) {
        let mut app = app.clone();
        app.insert("session".into(), session.into());
        let id = app.get("id").and_then(Value::as_str).map(str::to_owned);
        apps::add(world, id.as_deref(), &app)?;
    }
    Ok(())
}

fn remove_apps(world: &mut World, session: &str) {
    for id in world.apps_of(session).map(|app| app.id.clone()).collect::<Vec<_>>() {
        world.remove_app(&id);
    }
}

/// Throws a session away, with its apps.
fn forget(world: &mut World, session: &str) {
    world.stop(session);
    remove_apps(world, session);
    world.sessions.remove(session);
}
