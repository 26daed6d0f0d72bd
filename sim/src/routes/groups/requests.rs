//! People who ask to join a group.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{joined, members};
use crate::{
    Engine, Group,
    call::Call,
    error::Error,
    refusal::Refusal,
    reply,
    routes::{Answer, Handler},
    shapes::{
        group,
        group_change::{self, Outcome},
        group_event::{Change, Movement, RequestAction},
    },
    state::{
        World,
        group::{JoinRequest, Role},
        groups,
        session::ME,
        whatsapp::WhatsApp,
    },
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("groups_list_join_requests", list),
        ("groups_approve_join_requests", approve),
        ("groups_reject_join_requests", reject),
    ]
}

fn list(call: &Call) -> Answer {
    let mut world = call.world();
    let group = administered(call, &mut world)?.clone();
    let shape = |request| shape(call.engine(), &group, request, &world.whatsapp);
    Ok(reply::json(StatusCode::OK, &group.requests.iter().map(shape).collect()))
}

fn approve(call: &Call) -> Answer {
    decide(call, |world, id, requester| {
        if let Some(group) = world.whatsapp.groups.get_mut(id) {
            group.set_role(requester, Role::Member);
        }
        groups::tell(world, id, ME, &Change::Members(Movement::Join, vec![requester.to_owned()]));
    })
}

fn reject(call: &Call) -> Answer {
    decide(call, |world, id, requester| {
        groups::tell(world, id, ME, &Change::Request(RequestAction::Rejected, requester.to_owned()));
    })
}

/// Ends the requests that there are, each with its consequences.
fn decide(call: &Call, consequence: fn(&mut World, &str, &str)) -> Answer {
    let mut world = call.world();
    let mut outcomes = Vec::new();
    for id in members::named(call) {
        let requester = world.whatsapp.resolve(id);
        let is_there = administered(call, &mut world)?.withdraw(&requester);
        if is_there {
            consequence(&mut world, call.path("id"), &requester);
        }
        outcomes.push(Outcome { id: id.to_owned(), code: if is_there { 200 } else { 404 } });
    }
    let group = administered(call, &mut world)?.clone();
    let body = group_change::answered_requests(call.engine(), &group, &outcomes, &world.whatsapp);
    Ok(reply::json(StatusCode::OK, &body))
}

fn administered<'w>(call: &Call, world: &'w mut World) -> Result<&'w mut Group, Error> {
    let group = joined(call, world)?;
    match group.is_admin(ME) {
        true => Ok(group),
        false => Err(Refusal::FORBIDDEN.on(call.engine())),
    }
}

fn shape(engine: Engine, of: &Group, request: &JoinRequest, whatsapp: &WhatsApp) -> Value {
    let (id, pn) = group::addresses(engine, of, &request.id, whatsapp);
    let mut shape = json!({
        "requesterId": id,
        "addedById": null,
        "parentGroupId": null,
        "requestMethod": if engine == Engine::Gows { Value::Null } else { json!("invite_link") },
        "timestamp": request.at,
    });
    if engine == Engine::Noweb {
        shape["requesterPn"] = json!(pn);
    }
    shape
}
