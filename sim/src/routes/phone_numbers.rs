//! What the phone-number apps remember. There are four, for as many ways of writing a number, with the same routes.

use axum::http::StatusCode;
use serde_json::json;

use super::{Answer, Handler, apps};
use crate::{
    call::Call,
    error::Error,
    paging::Paging,
    reply,
    state::numbers::{Memory, Remembered},
    time,
};

const DEFAULT_LIMIT: usize = 100;

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("argentine_phone_numbers_get_cache_stats", stats),
        ("argentine_phone_numbers_list_database_cache", list_database),
        ("argentine_phone_numbers_list_memory_cache", list_memory),
        ("argentine_phone_numbers_purge_cache", purge),
        ("brazilian_phone_numbers_get_cache_stats", stats),
        ("brazilian_phone_numbers_list_database_cache", list_database),
        ("brazilian_phone_numbers_list_memory_cache", list_memory),
        ("brazilian_phone_numbers_purge_cache", purge),
        ("mexican_phone_numbers_get_cache_stats", stats),
        ("mexican_phone_numbers_list_database_cache", list_database),
        ("mexican_phone_numbers_list_memory_cache", list_memory),
        ("mexican_phone_numbers_purge_cache", purge),
        ("phone_numbers_get_cache_stats", stats),
        ("phone_numbers_list_database_cache", list_database),
        ("phone_numbers_list_memory_cache", list_memory),
        ("phone_numbers_purge_cache", purge),
    ]
}

/// The app that the path of the operation names.
fn name(call: &Call) -> &'static str {
    call.operation.path.split('/').nth(3).unwrap_or_default()
}

fn list_memory(call: &Call) -> Answer {
    let (world, session, name) = (call.world(), call.path("session"), name(call));
    apps::enabled(&world, session, name)?;
    let running = world.sessions.get(session).filter(|session| session.is_running());
    let Some(running) = running else {
        return Err(Error::unprocessable(format!("Session '{session}' is not running")));
    };
    let (nothing, now) = (Memory::new(), call.now());
    let rows = running.numbers.get(name).unwrap_or(&nothing).iter();
    let rows = rows.filter(|(_, entry)| entry.expires.is_none_or(|at| at > now)).collect();
    let rows = Paging::of(&call.query).or_limit(DEFAULT_LIMIT).apply(rows, |_, a: &(&String, _), b| a.0.cmp(b.0));
    let shape = |(number, entry): (&String, &Remembered)| json!({ "key": number, "chatId": entry.chat, "expiresAt": entry.expires.map(time::iso8601) });
    Ok(reply::json(StatusCode::OK, &rows.into_iter().map(shape).collect()))
}

fn list_database(call: &Call) -> Answer {
    let (world, session, name) = (call.world(), call.path("session"), name(call));
    if !apps::enabled(&world, session, name)?.is_persistent() {
        return Err(Error::unprocessable(format!("App '{name}' keeps nothing in the database (cache.persistent)")));
    }
    let rows = world.numbers.rows(session, name).map(|row| {
        json!({
            "id": row.id,
            "key": row.number,
            "chatId": row.chat,
            "verified": true,
            "resolvedAt": time::iso8601(row.resolved),
        })
    });
    let rows =
        Paging::of(&call.query).or_limit(DEFAULT_LIMIT).apply(rows.collect(), |_, _, _| std::cmp::Ordering::Equal);
    Ok(reply::json(StatusCode::OK, &rows.into()))
}

fn stats(call: &Call) -> Answer {
    let (world, session, name) = (call.world(), call.path("session"), name(call));
    let is_persistent = apps::enabled(&world, session, name)?.is_persistent();
    let running = world.sessions.get(session).filter(|session| session.is_running());
    let memory = running.map(|session| json!({ "total": session.numbers.get(name).map_or(0, Memory::len) }));
    let stored = world.numbers.rows(session, name).count();
    let database = is_persistent.then(|| json!({ "total": stored, "verified": stored }));
    Ok(reply::json(StatusCode::OK, &json!({ "memory": memory, "db": database })))
}

/// Counts what was in the database only.
fn purge(call: &Call) -> Answer {
    let (mut world, session, name) = (call.world(), call.path("session"), name(call));
    let app = apps::enabled(&world, session, name)?.clone();
    let deleted = world.numbers.rows(session, name).count();
    world.purge_app(&app);
    Ok(reply::json(StatusCode::OK, &json!({ "deleted": deleted })))
}
