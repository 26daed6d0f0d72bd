//! Presence: the account's own, and what it knows of others.

use axum::http::StatusCode;
use serde_json::json;

use super::{Answer, Handler};
use crate::{
    Engine,
    call::Call,
    error::Error,
    ids, reply,
    state::presence::{self, Presence},
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![("presence_get", get), ("presence_list", list), ("presence_set", set), ("presence_subscribe", subscribe)]
}

/// Being there or not is for everybody, writing and recording for one chat.
fn set(call: &Call) -> Answer {
    let mut world = call.world();
    let now = world.now();
    let session = call.working(&mut world)?;
    let (presence, chat) = (call.text("presence"), call.optional_text("chatId"));
    let online = match (presence, chat) {
        ("online" | "offline", None) => Some(if presence == "online" { Presence::Online } else { Presence::Offline }),
        ("typing" | "recording" | "paused", Some(_)) => None,
        ("online" | "offline", Some(_)) => {
            return Err(Error::Detail(format!("'{presence}' is for everybody and takes no chatId")));
        }
        ("typing" | "recording" | "paused", None) => {
            return Err(Error::Detail(format!("'{presence}' is for one chat and needs a chatId")));
        }
        _ => return Err(Error::not_modelled(format_args!("the presence '{presence}'"))),
    };
    session.presence = online.or(session.presence);
    session.activity = Some(now);
    Ok(reply::empty(StatusCode::CREATED))
}

/// What the session has subscribed to; one engine forgets it at once.
fn list(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    call.only(&[Engine::Wpp, Engine::Noweb, Engine::Gows])?;
    let presences = match call.engine() {
        Engine::Gows => json!([]),
        _ => session.presences.chats().map(|chat| session.presences.shape(chat)).collect(),
    };
    Ok(reply::json(StatusCode::OK, &presences))
}

/// Subscribes as well.
fn get(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let chat = ids::canonical(call.path("chatId"));
    presence::subscribe(&mut world, call.path("session"), &chat);
    let session = call.working(&mut world)?;
    Ok(reply::json(StatusCode::OK, &session.presences.shape(&chat)))
}

fn subscribe(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    presence::subscribe(&mut world, call.path("session"), &ids::canonical(call.path("chatId")));
    Ok(match call.engine() {
        Engine::Gows => reply::json(StatusCode::CREATED, &json!({})),
        _ => reply::empty(StatusCode::CREATED),
    })
}
