//! Hidden ids, and the numbers that belong to them.

use std::sync::MutexGuard;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Handler, chats::require_store};
use crate::{Engine, call::Call, error::Error, ids, paging::Paging, reply, shapes::object, state::World};

const DEFAULT_LIMIT: usize = 100;

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("lids_list", list),
        ("lids_count", count),
        ("lids_get", get),
        ("lids_get_by_phone_number", get_by_phone_number),
    ]
}

fn list(call: &Call) -> Answer {
    let world = stored(call)?;
    let rows = world.whatsapp.lids().into_iter().collect();
    let rows = Paging::of(&call.query).or_limit(DEFAULT_LIMIT).apply(rows, |_, a: &(&str, _), b| a.0.cmp(b.0));
    let body: Vec<_> = rows.into_iter().map(|(lid, pn)| json!({ "lid": lid, "pn": pn })).collect();
    Ok(reply::json(StatusCode::OK, &body.into()))
}

fn count(call: &Call) -> Answer {
    let count = stored(call)?.whatsapp.lids().len();
    Ok(reply::json(StatusCode::OK, &json!({ "count": count })))
}

fn get(call: &Call) -> Answer {
    let world = stored(call)?;
    let lid = ids::hidden(call.path("lid"));
    if !ids::is_hidden(&lid) {
        return Err(Error::unprocessable(format!("'{lid}' is not a lid")));
    }
    let pn = Some(world.whatsapp.resolve(&lid)).filter(|pn| *pn != lid);
    Ok(pair(call, json!(lid), json!(pn)))
}

fn get_by_phone_number(call: &Call) -> Answer {
    let world = stored(call)?;
    let pn = ids::canonical(call.path("phoneNumber"));
    let lid = world.whatsapp.lid_of(&pn);
    Ok(pair(call, json!(lid), json!(pn)))
}

/// What NOWEB has not stored it does not know.
fn stored(call: &Call) -> Result<MutexGuard<'_, World>, Error> {
    let mut world = call.world();
    require_store(call.engine(), call.working(&mut world)?)?;
    Ok(world)
}

/// WEBJS leaves out what it does not know.
fn pair(call: &Call, lid: Value, pn: Value) -> axum::response::Response {
    let body = match call.engine() {
        Engine::Webjs => object([("lid", lid), ("pn", pn)]),
        _ => json!({ "lid": lid, "pn": pn }),
    };
    reply::json(StatusCode::OK, &body)
}
