//! Labels of a business account, and the chats that carry them.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    Answer, Handler,
    chats::{require_store, row},
};
use crate::{
    Engine,
    call::Call,
    error::Error,
    ids, reply,
    shapes::{
        self,
        label::{self, shape},
    },
    state::{
        World,
        chats::Chat,
        labels::{Label, Labels, MOST, PALETTE},
    },
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("labels_create", create),
        ("labels_delete", delete),
        ("labels_list", list),
        ("labels_list_chat_labels", list_chat_labels),
        ("labels_list_chats", list_chats),
        ("labels_set_chat_labels", set_chat_labels),
        ("labels_update", update),
    ]
}

fn list(call: &Call) -> Answer {
    let mut world = call.world();
    let labels = labels(call, &mut world)?;
    Ok(reply::json(StatusCode::OK, &labels.all().map(|(id, label)| shape(id, label)).collect()))
}

fn create(call: &Call) -> Answer {
    let mut world = call.world();
    let labels = labels(call, &mut world)?;
    let label = requested(call, labels)?;
    if labels.all().count() >= MOST {
        return Err(Error::unprocessable(format!("WhatsApp allows {MOST} labels and no more")));
    }
    let id = labels.add(label.clone());
    tell_upsert(call, &mut world, id, &label);
    Ok(reply::json(StatusCode::CREATED, &shape(id, &label)))
}

fn update(call: &Call) -> Answer {
    let mut world = call.world();
    let labels = labels(call, &mut world)?;
    let id = known(call, labels)?;
    let label = requested(call, labels)?;
    labels.replace(id, label.clone());
    tell_upsert(call, &mut world, id, &label);
    Ok(reply::json(StatusCode::OK, &shape(id, &label)))
}

fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    let labels = labels(call, &mut world)?;
    let id = known(call, labels)?;
    labels.remove(id);
    if let Some(payload) = label::deleted(call.engine(), id) {
        world.emit(call.path("session"), "label.deleted", payload);
    }
    Ok(reply::json(StatusCode::OK, &json!({ "result": true })))
}

fn list_chat_labels(call: &Call) -> Answer {
    let mut world = call.world();
    let labels = labels(call, &mut world)?;
    let chat = ids::canonical(call.path("chatId"));
    let carried = labels.of_chat(&chat).map(|(id, label)| shape(id, label));
    Ok(reply::json(StatusCode::OK, &carried.collect()))
}

/// Full replacement: a label which is not listed comes off.
fn set_chat_labels(call: &Call) -> Answer {
    let mut world = call.world();
    let labels = labels(call, &mut world)?;
    let sent = call.body.get("labels").and_then(Value::as_array);
    let listed: BTreeSet<_> =
        sent.into_iter().flatten().filter_map(|label| label["id"].as_str()?.parse().ok()).collect();
    if listed.iter().any(|id| labels.get(*id).is_none()) {
        return Err(Error::not_modelled("a label that is not there, given to a chat"));
    }
    let chat = ids::canonical(call.path("chatId"));
    let (added, removed) = labels.set(&chat, listed);
    let payloads = |ids: Vec<u32>| -> Vec<_> {
        let known = ids.into_iter().filter_map(|id| Some((id, labels.get(id)?)));
        known.filter_map(|(id, label)| label::carried(call.engine(), id, label, &chat)).collect()
    };
    let (added, removed) = (payloads(added), payloads(removed));
    for (event, payloads) in [("label.chat.added", added), ("label.chat.deleted", removed)] {
        for payload in payloads {
            world.emit(call.path("session"), event, payload);
        }
    }
    Ok(reply::empty(StatusCode::OK))
}

fn list_chats(call: &Call) -> Answer {
    let mut world = call.world();
    let labels = labels(call, &mut world)?;
    let id = call.path("labelId").parse().unwrap_or_default();
    let ids: Vec<_> = labels.chats_of(id).map(str::to_owned).collect();
    let chats = world.sessions.get(call.path("session")).map(|session| &session.chats);
    let empty = Chat::default();
    let rows = ids.iter().map(|id| {
        let chat = chats.and_then(|chats| chats.chat(id)).unwrap_or(&empty);
        shapes::chat::labelled(call.engine(), &row(&world, id, chat))
    });
    Ok(reply::json(StatusCode::OK, &rows.collect()))
}

fn labels<'w>(call: &Call, world: &'w mut World) -> Result<&'w mut Labels, Error> {
    let session = call.working(world)?;
    require_store(call.engine(), session)?;
    Ok(&mut session.labels)
}

fn known(call: &Call, labels: &Labels) -> Result<u32, Error> {
    let id = call.path("labelId").parse().ok().filter(|id| labels.get(*id).is_some());
    id.ok_or_else(|| Error::not_found("Label not found"))
}

/// The label that a request describes. A name counts as taken even by the label that is about to be changed.
fn requested(call: &Call, labels: &Labels) -> Result<Label, Error> {
    let color = call.body.get("color").and_then(Value::as_u64);
    let color = match (color, call.optional_text("colorHex")) {
        (Some(color), None) => usize::try_from(color).ok().filter(|color| *color < PALETTE.len()),
        (None, Some(hex)) => PALETTE.iter().position(|known| known.eq_ignore_ascii_case(hex)),
        _ => return Err(Error::unprocessable("Exactly one of 'color' and 'colorHex' is needed")),
    };
    let color = color.ok_or_else(|| Error::unprocessable("The colour is none of WhatsApp's"))?;
    let name = call.text("name").to_owned();
    if labels.all().any(|(_, label)| label.name == name) {
        return Err(Error::unprocessable(format!("There is a label '{name}' already")));
    }
    Ok(Label { name, color })
}

fn tell_upsert(call: &Call, world: &mut World, id: u32, label: &Label) {
    if matches!(call.engine(), Engine::Noweb | Engine::Gows) {
        world.emit(call.path("session"), "label.upsert", shape(id, label));
    }
}
