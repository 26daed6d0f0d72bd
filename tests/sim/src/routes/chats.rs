//! Chats, which a session gets by sending messages.

use std::{cmp::Ordering, collections::BTreeMap};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use serde_json::json;

use super::Answer;
use crate::{
    Engine,
    checks::Checks,
    error::Error,
    extract::{Path, Query},
    paging::Paging,
    reply,
    session::{Message, Session},
    shapes,
    state::App,
};

/// Where the newest document and older sources differ, the document is followed.
const DEFAULT_LIMIT: usize = 20;

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/{session}/chats", get(list)).route("/api/{session}/chats/{chatId}/picture", get(picture))
}

async fn list(State(app): State<App>, Path(session): Path<String>, query: Query) -> Answer {
    let mut checks = Checks::default();
    checks.boolean(&query, "merge");
    let paging = Paging::read(&query, &mut checks, &["conversationTimestamp", "id", "name"]);
    checks.finish()?;

    let mut world = app.world();
    let session = world.working(Some(&session))?;
    require_store(app.engine, session)?;
    let sent = session.messages.iter();
    let last_of_each: BTreeMap<_, _> = sent.map(|message| (message.chat.clone(), message.clone())).collect();
    let name = |id: &str| world.whatsapp.contact(id).and_then(|contact| contact.name.clone());
    let chats = last_of_each.into_iter().map(|(id, last)| Chat { name: name(&id), last }).collect();
    let rows = paging.or_limit(DEFAULT_LIMIT).apply(chats, Chat::compare);
    let shape = |Chat { name, last }| shapes::chat(app.engine, name.as_deref(), &last);
    Ok(reply::json(StatusCode::OK, &rows.into_iter().map(shape).collect()))
}

struct Chat {
    name: Option<String>,
    last: Message,
}

impl Chat {
    fn compare(field: &str, a: &Self, b: &Self) -> Ordering {
        match field {
            "conversationTimestamp" => a.last.timestamp.cmp(&b.last.timestamp),
            "name" => a.name.cmp(&b.name),
            _ => a.last.chat.cmp(&b.last.chat),
        }
    }
}

/// Of a chat with a person, a group or a channel: the server has one memory for all of them.
pub(super) async fn picture(
    State(app): State<App>,
    Path((session, id)): Path<(String, String)>,
    query: Query,
) -> Answer {
    let mut checks = Checks::default();
    let refresh = checks.boolean(&query, "refresh");
    checks.finish()?;
    let url = app.world().picture(&session, &id, refresh, app.clock.now())?;
    Ok(reply::json(StatusCode::OK, &json!({ "url": url })))
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
