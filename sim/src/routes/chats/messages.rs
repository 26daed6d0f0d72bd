//! The messages of a chat: to list, edit, pin and delete them.

use axum::http::StatusCode;
use serde_json::json;

use super::require_store;
use crate::{
    Engine,
    call::Call,
    error::Error,
    ids, reply,
    routes::{
        Answer,
        chatting::{full_key, malformed},
    },
    shapes,
    state::{
        World,
        message::{Content, Key, Message},
        messages::{self, Wanted},
    },
};

const DEFAULT_LIMIT: usize = 10;

pub(in crate::routes) fn list(call: &Call, chat: &str) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    if chat == "all" {
        call.only(&[Engine::Gows, Engine::Noweb])?;
    }
    require_store(call.engine(), session)?;
    let mut found = in_chat(&world, call, chat);
    found.retain(|message| passes(call, message));
    // The sort is stable: of two messages of one second, the one that was written later is the newer one.
    found.sort_by_key(|message| message.timestamp);
    if call.query.get("sortOrder").is_none_or(|order| order == "desc") {
        found.reverse();
    }
    let limit = call.query.number("limit").unwrap_or(DEFAULT_LIMIT);
    let page = found.into_iter().skip(call.query.number("offset").unwrap_or(0)).take(limit);
    let (page, wanted): (Vec<_>, _) = (page.cloned().collect(), wanted(call));
    let session = call.session_name().unwrap_or_default();
    let shapes = page.iter().map(|message| messages::shape(&mut world, session, message, &wanted));
    Ok(reply::json(StatusCode::OK, &shapes.collect()))
}

/// The messages of a chat, or of `all` of them. Of a person's two chats, by number and by hidden id, both are meant
/// unless the request tells them apart.
fn in_chat<'w>(world: &'w World, call: &Call, chat: &str) -> Vec<&'w Message> {
    let merge = call.query.optional_flag("merge").unwrap_or(true);
    let (wanted, person) = (ids::canonical(chat), world.whatsapp.resolve(chat));
    let is_wanted = |id: &str| chat == "all" || id == wanted || merge && world.whatsapp.resolve(id) == person;
    let chats = call.session_name().and_then(|name| world.sessions.get(name)).map(|session| session.chats.all());
    chats.into_iter().flatten().filter(|(id, _)| is_wanted(id)).flat_map(|(_, chat)| chat.messages()).collect()
}

/// What the filters in the query let through.
fn passes(call: &Call, message: &Message) -> bool {
    let query = &call.query;
    let bound = |name| query.number(name).and_then(|bound| u64::try_from(bound).ok());
    let ack = if message.key.from_me { message.ack.name() } else { "" };
    bound("filter.timestamp.gte").is_none_or(|least| message.timestamp >= least)
        && bound("filter.timestamp.lte").is_none_or(|most| message.timestamp <= most)
        && query.optional_flag("filter.fromMe").is_none_or(|own| message.key.from_me == own)
        && query.get("filter.ack").is_none_or(|name| name == ack)
}

/// Files are downloaded unless a request says otherwise.
fn wanted(call: &Call) -> Wanted {
    let mimetypes = call.query.list("downloadMediaMimetypes").into_iter().map(str::to_owned);
    Wanted { media: call.query.optional_flag("downloadMedia").unwrap_or(true), mimetypes: mimetypes.collect() }
}

pub(super) fn get(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    require_store(call.engine(), session)?;
    let (chat, id) = (ids::canonical(call.path("chatId")), call.path("messageId"));
    let takes_bare = match call.engine() {
        Engine::Gows | Engine::Noweb => true,
        Engine::Webjs => !ids::is_group(&chat),
        Engine::Wpp => false,
    };
    let key = if takes_bare { messages::key(&chat, id) } else { Key::parse(id) };
    let key = key.ok_or_else(|| malformed(id))?;
    let message = session.chats.in_chat(&chat, &key.id).cloned();
    let message = message.ok_or_else(|| Error::not_found("Message not found"))?;
    let shape = messages::shape(&mut world, call.path("session"), &message, &wanted(call));
    Ok(reply::json(StatusCode::OK, &shape))
}

/// Deletes a message for everybody.
pub(super) fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    let key = full_key(call.path("messageId"))?;
    if call.engine().has_browser() && session.chats.find(&key).is_none() {
        return Err(Error::not_modelled("the deletion of a message that is not there"));
    }
    let content = Content::Revoke { of: key.clone() };
    let revoke = messages::act(&mut world, call.path("session"), call.path("chatId"), content);
    messages::revoke(&mut world, call.path("session"), &revoke, &key);
    Ok(match call.engine() {
        Engine::Webjs => reply::empty(StatusCode::OK),
        Engine::Wpp => reply::text(StatusCode::OK, "true".to_owned()),
        engine => reply::json(StatusCode::OK, &shapes::message::sent(engine, &revoke)),
    })
}

pub(super) fn edit(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let (session, chat, id) = (call.path("session"), call.path("chatId"), call.path("messageId"));
    let key = match call.engine() {
        Engine::Gows => messages::key(chat, id),
        _ => Key::parse(id),
    };
    let key = Key { from_me: true, ..key.ok_or_else(|| malformed(id))? };
    let text = call.text("text").to_owned();
    let content = Content::Edit { of: key.clone(), text: text.clone() };
    let mut edit = messages::act(&mut world, session, chat, content);
    let edited = messages::edit(&mut world, session, &edit, &key, &text);
    let answer = match (call.engine(), edited) {
        // This engine tells the id of the message, and not that of the edit.
        (Engine::Gows, _) => {
            edit.key = key;
            edit
        }
        (Engine::Noweb, _) => edit,
        (_, Some(message)) => message,
        (Engine::Webjs, None) => return Ok(reply::empty(StatusCode::OK)),
        (Engine::Wpp, None) => return Err(Error::not_modelled("the edit of a message that is not there")),
    };
    Ok(reply::json(StatusCode::OK, &shapes::message::sent(call.engine(), &answer)))
}

/// Pins a message or unpins it. What others see of it, the API does not tell.
pub(super) fn pin(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Noweb])?;
    let key = full_key(call.path("messageId"))?;
    // NOWEB sends its wish and does not look at the message.
    let success = session.chats.find(&key).is_some() || call.engine() == Engine::Noweb;
    Ok(reply::json(StatusCode::CREATED, &json!({ "success": success })))
}

/// Takes all messages out of a chat, which stays.
pub(super) fn clear(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp])?;
    let chat = ids::canonical(call.path("chatId"));
    let exists = session.chats.chat(&chat).is_some();
    session.chats.clear(&chat);
    Ok(reply::text(StatusCode::OK, exists.to_string()))
}
