//! Sending messages, and doing something to those that are there.
//!
//! Most of these operations do not check their bodies: what is wrong breaks somewhere inside.

mod actions;
mod extras;
mod files;
mod polls;
mod texts;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Handler, chats};
use crate::{
    Engine,
    call::Call,
    error::Error,
    ids, reply, shapes,
    state::{
        World,
        message::{Content, Key, Message},
        messages::{self, Outgoing},
    },
};

pub(super) use self::{
    files::{attachment, bytes},
    texts::argb,
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("chatting_forward_message", actions::forward),
        ("chatting_get_new_message_id", new_message_id),
        ("chatting_list_messages", |call| chats::list_messages(call, call.query.get("chatId").unwrap_or_default())),
        ("chatting_reply", texts::text),
        ("chatting_send_buttons", extras::buttons),
        ("chatting_send_buttons_reply", extras::buttons_reply),
        ("chatting_send_contact_vcard", extras::contacts),
        ("chatting_send_file", files::file),
        ("chatting_send_image", files::image),
        ("chatting_send_link_custom_preview", texts::link_custom_preview),
        ("chatting_send_link_preview", texts::link_preview),
        ("chatting_send_list", extras::list),
        ("chatting_send_location", extras::location),
        ("chatting_send_poll", polls::send),
        ("chatting_send_poll_vote", polls::vote),
        ("chatting_send_seen", actions::seen),
        ("chatting_send_sticker", files::sticker),
        ("chatting_send_text", texts::text),
        ("chatting_send_text_by_query", texts::text_by_query),
        ("chatting_send_video", files::video),
        ("chatting_send_voice", files::voice),
        ("chatting_set_reaction", actions::react),
        ("chatting_set_star", actions::star),
        ("chatting_start_typing", actions::typing),
        ("chatting_stop_typing", actions::typing),
    ]
}

/// An id which the client may give to the message that it sends next.
pub(super) fn new_message_id(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Gows, Engine::Noweb])?;
    Ok(reply::json(StatusCode::OK, &json!({ "id": world.message_id() })))
}

/// Sends what a request asks for.
pub(super) fn deliver(call: &Call, world: &mut World, content: Content) -> Answer {
    let message = send(call, world, content)?;
    Ok(reply::json(StatusCode::CREATED, &shapes::message::sent(call.engine(), &message)))
}

/// What most of the requests have in common: where to, in answer to what, and mentioning whom.
fn send(call: &Call, world: &mut World, content: Content) -> Result<Message, Error> {
    let mut outgoing = Outgoing::new(call.text("chatId"), content);
    outgoing.id = chosen_id(call);
    outgoing.is_forgotten = call.is_forgotten;
    outgoing.mentions = mentions(call, world, &outgoing.chat)?;
    if let Some(id) = call.optional_text("reply_to").filter(|id| !id.is_empty()) {
        messages::key(&outgoing.chat, id).ok_or_else(|| malformed(id))?;
        outgoing.reply_to = Some(id.to_owned());
    }
    Ok(messages::send(world, call.session_name().unwrap_or_default(), outgoing))
}

/// The id that the client has chosen, where the engine lets it.
pub(super) fn chosen_id(call: &Call) -> Option<String> {
    let takes_ids = matches!(call.engine(), Engine::Gows | Engine::Noweb);
    call.optional_text("id").filter(|id| takes_ids && !id.is_empty()).map(str::to_owned)
}

/// Who is mentioned; `all` stands for the members of a group.
fn mentions(call: &Call, world: &World, chat: &str) -> Result<Vec<String>, Error> {
    let mentions = call.body.get("mentions").and_then(Value::as_array);
    let mentions: Vec<_> = mentions.into_iter().flatten().filter_map(Value::as_str).collect();
    match mentions.as_slice() {
        ["all"] if ids::is_group(chat) => Ok(messages::others(world, chat).collect()),
        mentions if mentions.contains(&"all") => {
            Err(Error::unprocessable("'all' has to be the only mention, and the chat has to be a group"))
        }
        mentions => Ok(mentions.iter().map(|id| ids::canonical(id)).collect()),
    }
}

/// Takes apart an id which has to be a full one.
pub(super) fn full_key(id: &str) -> Result<Key, Error> {
    Key::parse(id).ok_or_else(|| malformed(id))
}

pub(super) fn malformed(id: &str) -> Error {
    let shape = "false_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA[_participant]";
    Error::exception("Error", format!("'{id}' is no message id, which looks like {shape}"))
}
