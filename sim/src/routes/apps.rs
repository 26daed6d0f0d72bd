//! The apps of sessions: to add, change and remove them.

use std::{collections::HashMap, sync::LazyLock};

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Answer, Handler};
use crate::{
    call::Call,
    document::Operation,
    error::Error,
    query::Query,
    reply,
    state::{
        World,
        apps::{App, Detail},
    },
    validate, validation_pipe,
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("apps_list", list),
        ("apps_create", create),
        ("apps_get", get),
        ("apps_update", update),
        ("apps_delete", delete),
        ("apps_purge", purge),
        ("apps_purge_by_name", purge_by_name),
    ]
}

/// The types of apps, each with the component that describes its configuration.
const CONFIGS: [(&str, &str); 7] = [
    ("argentine-phone-numbers", "ArgentinePhoneNumbersAppConfig"),
    ("brazilian-phone-numbers", "BrazilianPhoneNumbersAppConfig"),
    ("calls", "CallsAppConfig"),
    ("chatwoot", "ChatwootAppConfig"),
    ("mcp", "McpAppConfig"),
    ("mexican-phone-numbers", "MexicanPhoneNumbersAppConfig"),
    ("phone-numbers", "PhoneNumbersAppConfig"),
];

/// For each type of app, a request that has its configuration in the place of `config`.
static REQUESTS: LazyLock<HashMap<&'static str, Operation>> = LazyLock::new(|| {
    let request = |(name, component): (&'static str, &str)| {
        let config = json!({ "$ref": format!("#/components/schemas/{component}") });
        let operation = Operation {
            id: format!("the configuration of {name}"),
            method: Method::POST,
            path: String::new(),
            parameters: Vec::new(),
            body: Some(json!({ "type": "object", "properties": { "config": config } })),
            is_recent: false,
            answers: Default::default(),
        };
        (name, operation)
    };
    CONFIGS.into_iter().map(request).collect()
});

fn list(call: &Call) -> Answer {
    let world = call.world();
    let session = call.session_name().unwrap_or_default();
    let body: Vec<_> = world.apps_of(session).map(|app| app.shape(&world.keys, Detail::Key)).collect();
    Ok(reply::json(StatusCode::OK, &body.into()))
}

fn get(call: &Call) -> Answer {
    let world = call.world();
    Ok(reply::json(StatusCode::OK, &find(&world, call.path("id"))?.shape(&world.keys, Detail::Key)))
}

fn create(call: &Call) -> Answer {
    let mut world = call.world();
    let body = add(&mut world, call.optional_text("id"), &call.body)?;
    Ok(reply::json(StatusCode::CREATED, &body))
}

/// Changes an app, or adds it where there is none with this id.
fn update(call: &Call) -> Answer {
    let mut world = call.world();
    let id = call.path("id");
    if call.optional_text("id").is_some_and(|sent| sent != id) {
        return Err(Error::not_found(format!("App '{id}' not found")));
    }
    require_session(&world, call.text("session"))?;
    let Some(known) = world.apps.get(id).cloned() else {
        let body = add(&mut world, Some(id), &call.body)?;
        return Ok(reply::json(StatusCode::OK, &body));
    };
    if known.name != call.text("app") {
        return Err(Error::exception("Error", "Can not change the type of an app. Delete it and create another"));
    }
    if known.session != call.text("session") {
        return Err(Error::exception("Error", "Can not change the session of an app. Delete it and create another"));
    }
    if let Some(key_id) = &known.key_id
        && world.keys.iter().all(|key| key.id != *key_id)
    {
        return Err(Error::unprocessable(format!("The API key of the app '{id}' does not exist any more")));
    }
    let app = App { is_enabled: call.flag("enabled").unwrap_or(true), config: config(&call.body)?, ..known };
    if let Some(key_id) = &app.key_id {
        let actions = app.config.get("actions").and_then(Value::as_object).cloned();
        world.keys.iter_mut().filter(|key| key.id == *key_id).for_each(|key| key.actions.clone_from(&actions));
    }
    let body = app.shape(&world.keys, Detail::KeyId);
    world.restart_for(&app);
    world.apps.insert(app.id.clone(), app);
    Ok(reply::json(StatusCode::OK, &body))
}

fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    let id = call.path("id");
    let app = world.remove_app(id).ok_or_else(|| Error::not_found(format!("App '{id}' not found")))?;
    world.restart_for(&app);
    Ok(reply::empty(StatusCode::OK))
}

fn purge(call: &Call) -> Answer {
    let mut world = call.world();
    let app = find(&world, call.path("id"))?.clone();
    emptied(&mut world, &app)
}

fn purge_by_name(call: &Call) -> Answer {
    let mut world = call.world();
    let app = enabled(&world, call.path("session"), call.path("app"))?.clone();
    emptied(&mut world, &app)
}

fn emptied(world: &mut World, app: &App) -> Answer {
    world.purge_app(app);
    Ok(reply::json(StatusCode::CREATED, &app.shape(&world.keys, Detail::KeyId)))
}

/// Adds the app that a request describes, and answers with it.
pub(super) fn add(world: &mut World, id: Option<&str>, request: &Map<String, Value>) -> Result<Value, Error> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (session, name) = (text("session"), text("app"));
    let config = config(request)?;
    require_session(world, &session)?;
    let id = match id.filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => format!("app_{}", world.ulid()),
    };
    if world.apps.contains_key(&id) {
        return Err(Error::exception("Error", format!("App with ID '{id}' already exists.")));
    }
    let is_enabled = request.get("enabled").and_then(Value::as_bool).unwrap_or(true);
    let mut app = App { id, session, name, is_enabled, config, key_id: None };
    if app.is_unique() && world.apps_of(&app.session).any(|other| other.name == app.name) {
        let (session, name) = (&app.session, &app.name);
        return Err(Error::unprocessable(format!("Session '{session}' has an app '{name}' already")));
    }
    world.equip(&mut app);
    let body = app.shape(&world.keys, Detail::KeyId);
    world.restart_for(&app);
    world.apps.insert(app.id.clone(), app);
    Ok(body)
}

/// The configuration in a request, which has to be one for its app.
fn config(request: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let name = request.get("app").and_then(Value::as_str).unwrap_or_default();
    let Some(operation) = REQUESTS.get(name) else {
        let names = CONFIGS.map(|(name, _)| name).join(", ");
        return Err(Error::Invalid(vec![format!("app must be one of the following values: {names}")]));
    };
    let violations = validate::violations(operation, &Vec::new(), &Query::default(), request);
    match validation_pipe::complaints(&violations) {
        complaints if complaints.is_empty() => {}
        complaints => return Err(Error::Invalid(complaints)),
    }
    let mut config = request.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    // What the server adds to answers it does not take back.
    config.retain(|member, _| !matches!(member.as_str(), "key" | "key_id"));
    Ok(config)
}

fn find<'w>(world: &'w World, id: &str) -> Result<&'w App, Error> {
    world.apps.get(id).ok_or_else(|| Error::not_found(format!("App '{id}' not found")))
}

/// The app of a type which a session has and which is switched on.
pub(super) fn enabled<'w>(world: &'w World, session: &str, name: &str) -> Result<&'w App, Error> {
    let app = world.apps_of(session).find(|app| app.name == name && app.is_enabled);
    app.ok_or_else(|| Error::not_found(format!("App '{name}' is not enabled for session '{session}'")))
}

fn require_session(world: &World, name: &str) -> Result<(), Error> {
    match world.sessions.contains_key(name) {
        true => Ok(()),
        false => Err(Error::not_found("Session not found")),
    }
}
