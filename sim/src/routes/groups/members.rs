//! The members of a group: who they are, who comes, who goes, and who is an admin.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{joined, show};
use crate::{
    Engine, Group,
    call::Call,
    error::Error,
    refusal::Refusal,
    reply,
    routes::{Answer, Handler},
    shapes::{
        self, group_change,
        group_change::Outcome,
        group_event::{Change, Movement},
    },
    state::{World, group::Role, groups, session::ME},
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("groups_get_participants", list),
        ("groups_get_participants_v2", list_v2),
        ("groups_add_participants", add),
        ("groups_remove_participants", remove),
        ("groups_promote_to_admin", promote),
        ("groups_demote_from_admin", demote),
    ]
}

fn list(call: &Call) -> Answer {
    show(call, |group, whatsapp| shapes::group::participants(call.engine(), group, whatsapp))
}

fn list_v2(call: &Call) -> Answer {
    show(call, |group, whatsapp| shapes::group::participants_v2(call.engine(), group, whatsapp))
}

fn add(call: &Call) -> Answer {
    let (mut world, engine) = (call.world(), call.engine());
    if !joined(call, &mut world)?.may_add(ME) {
        return match engine {
            Engine::Webjs => {
                let why = "AddParticipantsError: the account is no admin of the group";
                Ok(reply::text(StatusCode::OK, why.to_owned()))
            }
            _ => Err(Refusal::FORBIDDEN.on(engine)),
        };
    }
    let people = reach(&world, named(call));
    let outcomes = change(call, &mut world, Movement::Join, people, |group, id| match group.role_of(id) {
        Some(_) => 409,
        None => {
            group.set_role(id, Role::Member);
            200
        }
    })?;
    let group = joined(call, &mut world)?.clone();
    let body = group_change::added(engine, &group, &outcomes, call.now() / 1000, &world.whatsapp);
    Ok(reply::json(StatusCode::OK, &body))
}

fn remove(call: &Call) -> Answer {
    let (mut world, engine) = (call.world(), call.engine());
    let outcomes = administer(call, &mut world, Movement::Leave, |group, id| if group.remove(id) { 200 } else { 404 })?;
    match engine {
        Engine::Wpp => Ok(reply::json(StatusCode::OK, &group_change::removed_by_wpp(&outcomes))),
        _ => Ok(reply::json(StatusCode::OK, &changed(call, &mut world, &outcomes)?)),
    }
}

fn promote(call: &Call) -> Answer {
    let mut world = call.world();
    let outcomes = administer(call, &mut world, Movement::Promote, |group, id| set_role(group, id, Role::Admin))?;
    match call.engine() {
        Engine::Wpp => Ok(reply::text(StatusCode::OK, "true".to_owned())),
        _ => Ok(reply::json(StatusCode::OK, &changed(call, &mut world, &outcomes)?)),
    }
}

fn demote(call: &Call) -> Answer {
    let mut world = call.world();
    let outcomes = administer(call, &mut world, Movement::Demote, |group, id| set_role(group, id, Role::Member))?;
    match call.engine() {
        Engine::Wpp => Ok(reply::empty(StatusCode::OK)),
        _ => Ok(reply::json(StatusCode::OK, &changed(call, &mut world, &outcomes)?)),
    }
}

fn changed(call: &Call, world: &mut World, outcomes: &[Outcome]) -> Result<Value, Error> {
    let group = joined(call, world)?.clone();
    Ok(match call.engine() {
        Engine::Webjs => json!({ "status": 200 }),
        engine => group_change::changed(engine, &group, outcomes, call.now() / 1000, &world.whatsapp),
    })
}

/// Does something that only admins may do.
fn administer(
    call: &Call,
    world: &mut World,
    movement: Movement,
    apply: impl Fn(&mut Group, &str) -> u16,
) -> Result<Vec<Outcome>, Error> {
    if !joined(call, world)?.is_admin(ME) {
        return Err(Refusal::FORBIDDEN.on(call.engine()));
    }
    let people = named(call).map(|id| Outcome { id: id.to_owned(), code: 200 }).collect();
    change(call, world, movement, people, apply)
}

/// Does something with everybody whom nothing speaks against, and tells the sessions.
fn change(
    call: &Call,
    world: &mut World,
    movement: Movement,
    mut people: Vec<Outcome>,
    apply: impl Fn(&mut Group, &str) -> u16,
) -> Result<Vec<Outcome>, Error> {
    let mut moved = Vec::new();
    for person in people.iter_mut().filter(|person| person.code == 200) {
        let id = world.whatsapp.resolve(&person.id);
        person.code = apply(joined(call, world)?, &id);
        if person.code == 200 {
            moved.push(id);
        }
    }
    if !moved.is_empty() {
        groups::tell(world, call.path("id"), ME, &Change::Members(movement, moved));
    }
    Ok(people)
}

fn set_role(group: &mut Group, id: &str, role: Role) -> u16 {
    match group.role_of(id) {
        None => 404,
        Some(_) => {
            group.set_role(id, role);
            200
        }
    }
}

/// The people whom the request names.
pub(super) fn named(call: &Call) -> impl Iterator<Item = &str> {
    let people = call.body.get("participants").and_then(Value::as_array).into_iter().flatten();
    people.filter_map(|person| person["id"].as_str())
}

/// Who of them can be added to a group at all.
pub(super) fn reach<'p>(world: &World, people: impl Iterator<Item = &'p str>) -> Vec<Outcome> {
    let outcome = |id: &str| {
        let code = match world.whatsapp.contact(id) {
            None => 404,
            Some(contact) if contact.refuses_groups => 403,
            Some(_) => 200,
        };
        Outcome { id: id.to_owned(), code }
    };
    people.map(outcome).collect()
}
