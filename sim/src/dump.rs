//! All that the server knows, in one answer.

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::{auth::Access, call::Call, document::DOCUMENT, query::Query, reply, routes, state::App, time};

/// The operations that tell of a session.
const TOLD: [&str; 8] = [
    "sessions_get",
    "chats_list_overview",
    "contacts_list",
    "groups_list",
    "channels_list",
    "labels_list",
    "lids_list",
    "presence_list",
];

/// What the API tells of each session, and a little of the server.
pub(crate) async fn of(app: &App) -> Value {
    let names: Vec<_> = app.world().sessions.keys().cloned().collect();
    let mut sessions = Map::new();
    for name in names {
        let told = session(app, &name).await;
        sessions.insert(name, told);
    }
    json!({
        "server": app.version(),
        "time": time::iso8601(app.clock.now()),
        "requests": app.requests.all().len(),
        "events": app.world().hub.log.len(),
        "sessions": sessions,
    })
}

/// The API's answers about a session, apart from refusals.
async fn session(app: &App, name: &str) -> Value {
    let activity = app.world().sessions.get(name).and_then(|session| session.activity);
    let mut told = Map::new();
    for id in TOLD {
        if let Some(value) = ask(app, id, name).await {
            told.insert(id.to_owned(), value);
        }
    }
    // Nobody but the dump has asked, which is not to be seen afterwards.
    if let Some(session) = app.world().sessions.get_mut(name) {
        session.activity = activity;
    }
    told.into()
}

async fn ask(app: &App, id: &str, session: &str) -> Option<Value> {
    let (operation, handler) = (DOCUMENT.operation(id)?, routes::handler(id)?);
    let mut query = Query::default();
    query.add("session", session);
    let call = Call {
        app: App::clone(app),
        operation,
        path: vec![("session", session.to_owned())],
        query,
        body: Map::new(),
        headers: HeaderMap::new(),
        access: Access::Admin,
        violation: None,
        is_forgotten: false,
    };
    let answer = handler(&call).ok()?;
    reply::value(answer).await
}
