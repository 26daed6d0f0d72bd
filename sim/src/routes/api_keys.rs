//! API keys: to give them out, to change them and to take them back.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Handler};
use crate::{
    call::Call,
    error::Error,
    reply,
    state::{
        World,
        keys::{self, Key},
    },
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("api_keys_list", list),
        ("api_keys_create", create),
        ("api_keys_create_control", |call| create_for(call, "control", &["control"])),
        ("api_keys_create_media", |call| create_for(call, "media", &[])),
        ("api_keys_update", update),
        ("api_keys_delete", delete),
    ]
}

fn list(call: &Call) -> Answer {
    let keys = call.world().keys.iter().map(Key::shape).collect();
    Ok(reply::json(StatusCode::OK, &keys))
}

fn create(call: &Call) -> Answer {
    let mut world = call.world();
    let id = format!("key_id_{}", world.ulid());
    let secret = world.secret();
    let key = read(call, &world, id, secret)?;
    let answer = reply::json(StatusCode::CREATED, &key.shape());
    world.keys.push(key);
    Ok(answer)
}

/// A key with a purpose, of which a session has one.
fn create_for(call: &Call, purpose: &str, allowed: &[&str]) -> Answer {
    let mut world = call.world();
    let session = call.text("session").to_owned();
    require_session(&world, &session)?;
    let id = format!("key_id_{purpose}_{session}");
    if let Some(key) = world.keys.iter().find(|key| key.id == id) {
        return Ok(reply::json(StatusCode::CREATED, &key.shape()));
    }
    let secret = world.secret();
    let key = Key { id, secret, is_active: true, session: Some(session), actions: Some(keys::only(allowed)) };
    let answer = reply::json(StatusCode::CREATED, &key.shape());
    world.keys.push(key);
    Ok(answer)
}

/// Replaces all but the id and the secret.
fn update(call: &Call) -> Answer {
    let mut world = call.world();
    let known = find(&world, call.path("id"))?;
    refuse_of_app(&world, &known.id)?;
    let (id, secret) = (known.id.clone(), known.secret.clone());
    let key = read(call, &world, id, secret)?;
    let answer = reply::json(StatusCode::OK, &key.shape());
    world.keys.iter_mut().filter(|known| known.id == key.id).for_each(|known| *known = key.clone());
    Ok(answer)
}

fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    refuse_of_app(&world, &find(&world, call.path("id"))?.id)?;
    world.keys.retain(|key| key.id != call.path("id"));
    Ok(reply::json(StatusCode::OK, &json!({ "result": true })))
}

fn read(call: &Call, world: &World, id: String, secret: String) -> Result<Key, Error> {
    let is_admin = call.flag("isAdmin").unwrap_or(false);
    let session = call.optional_text("session").filter(|name| !name.is_empty());
    let actions = call.body.get("actions").and_then(Value::as_object);
    match session {
        Some(_) if is_admin => return Err(Error::unprocessable("Admin keys can not have a session")),
        Some(name) => require_session(world, name)?,
        None if !is_admin => return Err(Error::unprocessable("Either isAdmin or session is required")),
        None if actions.is_some() => return Err(Error::unprocessable("Actions are for session keys only")),
        None => {}
    }
    let is_active = call.flag("isActive").unwrap_or(true);
    Ok(Key { id, secret, is_active, session: session.map(str::to_owned), actions: actions.cloned() })
}

fn find<'w>(world: &'w World, id: &str) -> Result<&'w Key, Error> {
    world.keys.iter().find(|key| key.id == id).ok_or_else(|| Error::not_found("API key not found"))
}

/// The key of an app is the app's affair.
fn refuse_of_app(world: &World, id: &str) -> Result<(), Error> {
    match world.apps.values().find(|app| app.key_id.as_deref() == Some(id)) {
        Some(app) => Err(Error::unprocessable(format!("The API key belongs to the app '{}'", app.id))),
        None => Ok(()),
    }
}

fn require_session(world: &World, name: &str) -> Result<(), Error> {
    match world.sessions.contains_key(name) {
        true => Ok(()),
        false => Err(Error::unprocessable(format!("Session '{name}' not found"))),
    }
}
