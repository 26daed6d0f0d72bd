//! Invites to a group, and joining with one.

use axum::http::StatusCode;
use serde_json::json;

use super::joined;
use crate::{
    Engine,
    call::Call,
    error::Error,
    refusal::Refusal,
    reply,
    routes::{Answer, Handler},
    shapes::{
        self,
        group_event::{Change, Property},
    },
    state::{World, groups, session::ME},
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("groups_get_invite_code", get),
        ("groups_revoke_invite_code", revoke),
        ("groups_get_join_info", info),
        ("groups_join", join),
    ]
}

fn get(call: &Call) -> Answer {
    let mut world = call.world();
    let group = joined(call, &mut world)?;
    match group.is_admin(ME) {
        true => Ok(invite(call.engine(), &group.invite)),
        false => without_rights(call.engine()),
    }
}

/// GOWS says what the invite is, and does not change it.
fn revoke(call: &Call) -> Answer {
    let mut world = call.world();
    let (engine, invite_code) = (call.engine(), world.whatsapp.next_invite());
    let group = joined(call, &mut world)?;
    if !group.is_admin(ME) {
        return without_rights(engine);
    }
    if engine != Engine::Gows {
        group.invite = invite_code;
    }
    let answer = invite(engine, &group.invite);
    if engine != Engine::Gows {
        groups::tell(&mut world, call.path("id"), ME, &Change::Property(Property::Invite));
    }
    Ok(answer)
}

fn info(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let id = invited(call, &world, call.query.get("code").unwrap_or_default())?;
    let Some(group) = world.whatsapp.groups.get(&id) else { return Err(Refusal::NOT_FOUND.on(call.engine())) };
    Ok(reply::json(StatusCode::OK, &shapes::group::invite(call.engine(), group, &world.whatsapp)))
}

fn join(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let id = invited(call, &world, call.text("code"))?;
    groups::join(&mut world, &id, ME);
    let has_joined = world.whatsapp.groups.get(&id).is_some_and(|group| group.role_of(ME).is_some());
    match (has_joined, call.engine()) {
        // An admin has to approve first, so that the library has no id to give.
        (false, Engine::Noweb) => Ok(reply::json(StatusCode::OK, &json!({}))),
        _ => Ok(reply::json(StatusCode::OK, &json!({ "id": id }))),
    }
}

/// The group that a code or a link belongs to.
fn invited(call: &Call, world: &World, code: &str) -> Result<String, Error> {
    let code = code.rsplit('/').next().unwrap_or(code);
    let group = world.whatsapp.groups.values().find(|group| group.invite == code);
    group.map(|group| group.id.clone()).ok_or_else(|| Refusal::NOT_FOUND.on(call.engine()))
}

/// A link or a code, without quotes in either case.
fn invite(engine: Engine, code: &str) -> axum::response::Response {
    let text = match engine {
        Engine::Gows => format!("https://chat.whatsapp.com/{code}"),
        _ => code.to_owned(),
    };
    reply::text(StatusCode::OK, text)
}

fn without_rights(engine: Engine) -> Answer {
    match engine {
        Engine::Gows => Err(Refusal::FORBIDDEN.on(engine)),
        _ => Ok(reply::empty(StatusCode::OK)),
    }
}
