//! Chats with their pictures and last messages, the same on every engine.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{DEFAULT_LIMIT, require_store, rows};
use crate::{
    call::Call,
    error::Error,
    ids, reply,
    routes::Answer,
    shapes,
    state::messages::{self, Wanted},
};

/// Which chats to tell of.
struct Selection {
    ids: Vec<String>,
    limit: usize,
    offset: usize,
    merge: bool,
}

pub(super) fn list(call: &Call) -> Answer {
    let number = |name| call.query.number(name);
    let ids = call.query.list("ids").into_iter().map(ids::canonical).collect();
    let (limit, offset) = (number("limit").unwrap_or(DEFAULT_LIMIT), number("offset").unwrap_or(0));
    let merge = call.query.optional_flag("merge").unwrap_or(true);
    let selection = Selection { ids, limit, offset, merge };
    Ok(reply::json(StatusCode::OK, &overview(call, &selection)?))
}

pub(super) fn query(call: &Call) -> Answer {
    let member = |object: &str, name: &str| call.body.get(object).and_then(|object| object.get(name));
    let number =
        |name| member("pagination", name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let ids = member("filter", "ids").and_then(Value::as_array).into_iter().flatten();
    let ids = ids.filter_map(Value::as_str).map(ids::canonical).collect();
    let (limit, offset) = (number("limit").unwrap_or(DEFAULT_LIMIT), number("offset").unwrap_or(0));
    let merge = member("pagination", "merge").and_then(Value::as_bool).unwrap_or(true);
    let selection = Selection { ids, limit, offset, merge };
    Ok(reply::json(StatusCode::CREATED, &overview(call, &selection)?))
}

fn overview(call: &Call, selection: &Selection) -> Result<Value, Error> {
    let mut world = call.world();
    require_store(call.engine(), call.working(&mut world)?)?;
    let session = call.path("session");
    let mut rows = rows(&world, session, selection.merge);
    rows.retain(|row| selection.ids.is_empty() || selection.ids.iter().any(|id| id == row.id));
    rows.sort_by_key(|row| std::cmp::Reverse(row.chat.timestamp));
    let page = rows.into_iter().skip(selection.offset).take(selection.limit);
    let page = page.map(|row| {
        let chat = shapes::chat::without_message(call.engine(), &row);
        (row.id.to_owned(), row.name.map(str::to_owned), chat, row.chat.last().cloned())
    });
    let page = page.collect::<Vec<_>>();
    let summaries = page.into_iter().map(|(id, name, chat, last)| {
        let picture = world.picture(session, &id, false)?;
        let nothing = Wanted { media: false, mimetypes: Vec::new() };
        let last = last.map(|message| messages::shape(&mut world, session, &message, &nothing));
        Ok(json!({ "id": id, "name": name, "picture": picture, "lastMessage": last, "_chat": chat }))
    });
    summaries.collect()
}
