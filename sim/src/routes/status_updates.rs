//! The status: what everybody who knows the account can see for a day.

use axum::http::StatusCode;
use serde_json::Value;

use super::{
    Answer, Handler,
    chatting::{argb, attachment, chosen_id, malformed, new_message_id},
};
use crate::{
    Engine,
    call::Call,
    error::Error,
    ids::STATUS,
    reply, shapes,
    state::{
        World,
        message::{Content, MediaKind, Text},
        messages::{self, Outgoing},
    },
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("status_updates_delete", delete),
        ("status_updates_get_new_message_id", new_message_id),
        ("status_updates_send_image", |call| media(call, MediaKind::Image)),
        ("status_updates_send_text", text),
        ("status_updates_send_video", |call| media(call, MediaKind::Video)),
        ("status_updates_send_voice", |call| media(call, MediaKind::Voice)),
    ]
}

fn text(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let background = call.optional_text("backgroundColor").and_then(argb);
    let font = call.body.get("font").and_then(Value::as_u64);
    let text = Text { text: call.text("text").to_owned(), preview: None, background, font };
    post(call, &mut world, Content::Text(text))
}

fn media(call: &Call, kind: MediaKind) -> Answer {
    let mut world = call.world();
    let media = attachment(call, &mut world, kind)?;
    post(call, &mut world, Content::Media(media))
}

fn post(call: &Call, world: &mut World, content: Content) -> Answer {
    let to_some = call.body.get("contacts").and_then(Value::as_array).is_some_and(|contacts| !contacts.is_empty());
    if to_some && call.engine().has_browser() {
        return Err(Error::unprocessable(format!("{} posts a status to all contacts only", call.engine())));
    }
    let outgoing = Outgoing { id: chosen_id(call), is_forgotten: call.is_forgotten, ..Outgoing::new(STATUS, content) };
    let message = messages::send(world, call.path("session"), outgoing);
    Ok(reply::json(StatusCode::CREATED, &shapes::message::sent(call.engine(), &message)))
}

fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Noweb, Engine::Gows])?;
    let id = call.text("id");
    let mut key = messages::key(STATUS, id).ok_or_else(|| malformed(id))?;
    // Nobody else's status can be deleted.
    key.from_me = true;
    let content = Content::Revoke { of: key.clone() };
    let revoke = messages::act(&mut world, call.path("session"), STATUS, content);
    messages::revoke(&mut world, call.path("session"), &revoke, &key);
    Ok(match call.engine() {
        Engine::Webjs => reply::empty(StatusCode::CREATED),
        engine => reply::json(StatusCode::CREATED, &shapes::message::sent(engine, &revoke)),
    })
}
