//! Groups: which there are, coming and going, and what each is about.

mod invites;
mod members;
mod requests;
mod settings;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Handler, profile};
use crate::{
    Engine, Group,
    call::Call,
    error::Error,
    paging::Paging,
    refusal::Refusal,
    reply,
    shapes::{
        self,
        group_event::{Change, Property},
    },
    state::{World, group::Role, groups, session::ME, whatsapp::WhatsApp},
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    let own: [(&'static str, Handler); 10] = [
        ("groups_list", list),
        ("groups_count", count),
        ("groups_refresh", refresh),
        ("groups_create", create),
        ("groups_get", get),
        ("groups_delete", delete),
        ("groups_leave", leave),
        ("groups_get_picture", get_picture),
        ("groups_set_picture", set_picture),
        ("groups_delete_picture", delete_picture),
    ];
    let parts = [invites::routes(), members::routes(), requests::routes(), settings::routes()];
    own.into_iter().chain(parts.into_iter().flatten()).collect()
}

/// The group of the call, which the account has to be in. Comes first, like [`Call::working`].
fn joined<'w>(call: &Call, world: &'w mut World) -> Result<&'w mut Group, Error> {
    call.active(world)?;
    let group = world.whatsapp.groups.get_mut(call.path("id")).filter(|group| group.role_of(ME).is_some());
    group.ok_or_else(|| Refusal::NOT_FOUND.on(call.engine()))
}

/// The group of the call, where the account has its chat, be it only still.
fn seen<'w>(call: &Call, world: &'w World) -> Result<&'w Group, Error> {
    let keeps_chats = call.engine().has_browser();
    let group = world.whatsapp.groups.get(call.path("id"));
    let group = group.filter(|group| group.role_of(ME).is_some() || (keeps_chats && group.is_chat_of(ME)));
    group.ok_or_else(|| Refusal::NOT_FOUND.on(call.engine()))
}

/// Answers with what an engine shows of the group of the call, which the account has to have a chat of.
fn show(call: &Call, shape: impl FnOnce(&Group, &WhatsApp) -> Value) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    Ok(reply::json(StatusCode::OK, &shape(seen(call, &world)?, &world.whatsapp)))
}

/// Changes the group of the call if `may` allows it to the account, tells the sessions, and returns whether it did.
fn change(
    call: &Call,
    may: fn(&Group, &str) -> bool,
    property: Option<Property>,
    apply: impl FnOnce(&mut Group),
) -> Result<bool, Error> {
    let mut world = call.world();
    let group = joined(call, &mut world)?;
    let is_allowed = may(group, ME);
    if is_allowed {
        apply(group);
        if let Some(property) = property {
            groups::tell(&mut world, call.path("id"), ME, &Change::Property(property));
        }
    }
    Ok(is_allowed)
}

/// What became of a change: the engines in a browser say whether it was made, the others throw.
fn changed(engine: Engine, is_allowed: bool) -> Answer {
    match engine {
        Engine::Webjs | Engine::Wpp => Ok(reply::text(StatusCode::OK, is_allowed.to_string())),
        _ if is_allowed => Ok(reply::empty(StatusCode::OK)),
        engine => Err(Refusal::FORBIDDEN.on(engine)),
    }
}

fn list(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let with_members = !call.query.list("exclude").contains(&"participants");
    let rows = mine(&world).collect();
    let rows = Paging::of(&call.query).apply(rows, |field, a: &&Group, b: &&Group| match field {
        "subject" => a.subject.text.cmp(&b.subject.text),
        _ => a.id.cmp(&b.id),
    });
    let shapes = rows.iter().map(|group| {
        let shape = shapes::group::listed(call.engine(), group, &world.whatsapp, with_members);
        (group.id.clone(), shape)
    });
    let body = match call.engine() {
        Engine::Noweb => Value::Object(shapes.collect()),
        _ => shapes.map(|(_, shape)| shape).collect(),
    };
    Ok(reply::json(StatusCode::OK, &body))
}

fn count(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    Ok(reply::json(StatusCode::OK, &json!({ "count": mine(&world).count() })))
}

/// The stand-in forgets nothing that it would have to load again.
fn refresh(call: &Call) -> Answer {
    call.active(&mut call.world())?;
    Ok(reply::json(StatusCode::OK, &json!({ "success": true })))
}

fn create(call: &Call) -> Answer {
    settings::require_text(call, "name")?;
    let mut world = call.world();
    call.active(&mut world)?;
    let (engine, now) = (call.engine(), call.now() / 1000);
    let outcomes = members::reach(&world, members::named(call));
    let mut ids = (1..).map(|number: u64| format!("120363{number:012}@g.us"));
    let id = ids.find(|id| !world.whatsapp.groups.contains_key(id)).unwrap_or_default();
    let mut group = Group::new(&id, ME).subject(call.text("name"));
    group.found(now, world.whatsapp.next_invite());
    for outcome in outcomes.iter().filter(|outcome| outcome.code == 200) {
        group.set_role(&world.whatsapp.resolve(&outcome.id), Role::Member);
    }
    let body = match engine {
        Engine::Gows => {
            let mut body = shapes::group::group(engine, &group, &world.whatsapp, false);
            if let Some(members) = body["Participants"].as_array_mut() {
                let failed = outcomes.iter().filter(|outcome| outcome.code != 200);
                members.extend(failed.map(|outcome| shapes::group_change::gows(&group, outcome, now, &world.whatsapp)));
            }
            body
        }
        Engine::Noweb => shapes::group::group(engine, &group, &world.whatsapp, false),
        Engine::Webjs | Engine::Wpp => shapes::group_change::created(engine, &group, &outcomes, now),
    };
    world.whatsapp.groups.insert(id.clone(), group);
    groups::tell(&mut world, &id, ME, &Change::Joined);
    Ok(reply::json(StatusCode::CREATED, &body))
}

fn get(call: &Call) -> Answer {
    show(call, |group, whatsapp| {
        let has_left = group.role_of(ME).is_none();
        shapes::group::group(call.engine(), group, whatsapp, has_left)
    })
}

/// Deletes the chat of a group that the account has left.
fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp])?;
    seen(call, &world)?;
    let is_done = world.whatsapp.groups.get_mut(call.path("id")).is_some_and(|group| group.forget_chat(ME));
    Ok(reply::text(StatusCode::OK, is_done.to_string()))
}

fn leave(call: &Call) -> Answer {
    let mut world = call.world();
    joined(call, &mut world)?;
    groups::leave(&mut world, call.path("id"), ME);
    Ok(reply::empty(StatusCode::OK))
}

fn get_picture(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let url = world.picture(call.path("session"), call.path("id"), call.query.flag("refresh"))?;
    Ok(reply::json(StatusCode::OK, &json!({ "url": url })))
}

fn set_picture(call: &Call) -> Answer {
    change_picture(call, |call, world| profile::sent_picture(&call.body["file"], world).map(Some))
}

fn delete_picture(call: &Call) -> Answer {
    change_picture(call, |_, _| Ok(None))
}

fn change_picture(call: &Call, picture: fn(&Call, &mut World) -> Result<Option<String>, Error>) -> Answer {
    let mut world = call.world();
    let is_allowed = joined(call, &mut world)?.may_edit(ME);
    if is_allowed {
        let picture = picture(call, &mut world)?;
        world.change_picture(call.path("session"), call.path("id"), picture);
    } else if !call.engine().has_browser() {
        return Err(Refusal::FORBIDDEN.on(call.engine()));
    }
    Ok(reply::json(StatusCode::OK, &json!({ "success": is_allowed })))
}

/// The groups that the account is in, sorted by id.
fn mine(world: &World) -> impl Iterator<Item = &Group> {
    world.whatsapp.groups.values().filter(|group| group.role_of(ME).is_some())
}
