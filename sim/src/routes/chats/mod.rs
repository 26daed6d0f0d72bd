//! Chats: to list, read, archive and delete them.

mod messages;
mod overview;

use std::{cmp::Ordering, collections::BTreeMap};

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Handler};
use crate::{
    Engine,
    call::Call,
    error::Error,
    ids,
    paging::Paging,
    reply,
    shapes::{self, chat::Row},
    state::{World, chats::Chat, messages as traffic, session::Session},
};

pub(super) use self::messages::list as list_messages;

/// Of a page. Where the newest document and older sources differ, the document is followed.
const DEFAULT_LIMIT: usize = 20;

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("chats_archive", |call| archive(call, true)),
        ("chats_clear_messages", messages::clear),
        ("chats_delete", delete),
        ("chats_delete_message", messages::delete),
        ("chats_edit_message", messages::edit),
        ("chats_get_message", messages::get),
        ("chats_get_picture", |call| picture(call, "chatId")),
        ("chats_list", list),
        ("chats_list_messages", |call| messages::list(call, call.path("chatId"))),
        ("chats_list_overview", overview::list),
        ("chats_mark_unread", mark_unread),
        ("chats_pin_message", messages::pin),
        ("chats_query_overview", overview::query),
        ("chats_read_messages", read),
        ("chats_unarchive", |call| archive(call, false)),
        ("chats_unpin_message", messages::pin),
    ]
}

fn list(call: &Call) -> Answer {
    let mut world = call.world();
    require_store(call.engine(), call.working(&mut world)?)?;
    let merge = call.query.optional_flag("merge").unwrap_or(true);
    let rows = rows(&world, call.path("session"), merge);
    let rows = Paging::of(&call.query).or_limit(DEFAULT_LIMIT).apply(rows, compare);
    Ok(reply::json(StatusCode::OK, &rows.iter().map(|row| shapes::chat::chat(call.engine(), row)).collect()))
}

/// The chats of a session, sorted by id. Merged, the newer one of a person's two chats stands for both.
fn rows<'w>(world: &'w World, session: &str, merge: bool) -> Vec<Row<'w>> {
    let mut rows: BTreeMap<String, Row<'w>> = BTreeMap::new();
    for (id, chat) in world.sessions.get(session).into_iter().flat_map(|session| session.chats.chats()) {
        let key = if merge { world.whatsapp.resolve(id) } else { id.to_owned() };
        if rows.get(&key).is_none_or(|known| known.chat.timestamp < chat.timestamp) {
            rows.insert(key, row(world, id, chat));
        }
    }
    rows.into_values().collect()
}

pub(super) fn row<'w>(world: &'w World, id: &'w str, chat: &'w Chat) -> Row<'w> {
    let group = world.whatsapp.groups.get(id);
    let name = world.whatsapp.name_of(id).or_else(|| Some(group?.subject.text.as_str()));
    Row { id, chat, name, group }
}

fn compare(field: &str, a: &Row<'_>, b: &Row<'_>) -> Ordering {
    match field {
        "conversationTimestamp" => a.chat.timestamp.cmp(&b.chat.timestamp),
        "name" => a.name.cmp(&b.name),
        _ => a.id.cmp(b.id),
    }
}

/// Of a chat with a person, a group or a channel: the server has one memory for all of them.
pub(super) fn picture(call: &Call, id: &str) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let url = world.picture(call.path("session"), call.path(id), call.query.flag("refresh"))?;
    Ok(reply::json(StatusCode::OK, &json!({ "url": url })))
}

fn delete(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp])?;
    let deleted = session.chats.remove_chat(&ids::canonical(call.path("chatId")));
    Ok(reply::text(StatusCode::OK, deleted.to_string()))
}

/// Each engine says something else when a chat goes into the archive or comes out of it.
fn archive(call: &Call, archived: bool) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp, Engine::Noweb])?;
    require_store(call.engine(), session)?;
    let id = ids::canonical(call.path("chatId"));
    traffic::archive(&mut world, call.path("session"), &id, archived);
    Ok(match call.engine() {
        Engine::Webjs => reply::text(StatusCode::CREATED, archived.to_string()),
        Engine::Wpp => reply::json(StatusCode::CREATED, &json!({ "wid": shapes::wid(&id), "archive": archived })),
        Engine::Noweb | Engine::Gows => reply::empty(StatusCode::CREATED),
    })
}

fn mark_unread(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    require_store(call.engine(), session)?;
    session.chats.chat_mut(&ids::canonical(call.path("chatId"))).marked_unread = true;
    Ok(match call.engine() {
        Engine::Gows => reply::json(StatusCode::CREATED, &json!({ "success": true })),
        Engine::Wpp => reply::text(StatusCode::CREATED, "true".to_owned()),
        Engine::Noweb | Engine::Webjs => reply::empty(StatusCode::CREATED),
    })
}

fn read(call: &Call) -> Answer {
    let mut world = call.world();
    let now = world.now();
    let session = call.working(&mut world)?;
    require_store(call.engine(), session)?;
    let (count, days) = (call.query.number("messages"), call.query.number("days"));
    let marked = mark_read(call, session, call.path("chatId"), count, days, now);
    Ok(reply::json(StatusCode::CREATED, &marked))
}

/// Marks what is new in a chat as read, and tells which messages that were where the engine knows.
pub(super) fn mark_read(
    call: &Call,
    session: &mut Session,
    chat: &str,
    count: Option<usize>,
    days: Option<usize>,
    now: u64,
) -> Value {
    const DAY: u64 = 24 * 60 * 60;
    let chat = ids::canonical(chat);
    if call.engine().has_browser() {
        session.chats.read_newest(&chat, usize::MAX, 0);
        return json!({ "ids": null });
    }
    // Whichever number is asked for, the server takes that of a group.
    let count = if count.is_some() || ids::is_group(&chat) { 100 } else { 30 };
    let days = u64::try_from(days.unwrap_or(7)).unwrap_or(u64::MAX);
    let since = (now / 1000).saturating_sub(days.saturating_mul(DAY));
    let read = session.chats.read_newest(&chat, count, since);
    json!({ "ids": read.iter().map(|key| key.serialized()).collect::<Vec<_>>() })
}

/// NOWEB remembers nothing of chats and contacts unless the session says that it should.
pub(super) fn require_store(engine: Engine, session: &Session) -> Result<(), Error> {
    let enabled = session.config.pointer("/noweb/store/enabled");
    if engine != Engine::Noweb || enabled == Some(&true.into()) {
        return Ok(());
    }
    Err(Error::bad_request(
        "Enable NOWEB store \"config.noweb.store.enabled=True\" and \
         \"config.noweb.store.full_sync=True\" when starting a new session. \
         Read more: https://waha.devlike.pro/docs/engines/noweb#store",
    ))
}
