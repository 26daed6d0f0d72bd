//! What is done to messages that are there: forwarding, reading, reacting, starring; and showing that one writes.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::full_key;
use crate::{
    Engine,
    call::Call,
    error::Error,
    reply,
    routes::{Answer, chats},
    shapes::{
        self,
        message::{Urls, View},
    },
    state::{
        message::Content,
        messages::{self, Outgoing},
    },
};

pub(super) fn forward(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp, Engine::Noweb])?;
    chats::require_store(call.engine(), session)?;
    let key = full_key(call.text("messageId"))?;
    let content = session.chats.find(&key).map(|message| message.content.clone());
    let sent = content.is_some();
    let message = content.map(|content| {
        let id = super::chosen_id(call);
        let outgoing = Outgoing {
            id,
            forwarded: true,
            is_forgotten: call.is_forgotten,
            ..Outgoing::new(call.text("chatId"), content)
        };
        messages::send(&mut world, call.session_name().unwrap_or_default(), outgoing)
    });
    let answer = match (call.engine(), message) {
        (Engine::Noweb, None) => return Err(Error::unprocessable("The store does not have the message")),
        (Engine::Noweb, Some(message)) => {
            shapes::message::message(call.engine(), &message, &Urls::default(), View::Stored)
        }
        _ => json!({ "sent": sent }),
    };
    Ok(reply::json(StatusCode::CREATED, &answer))
}

/// Marks some messages as read, or the newest ones where none are named.
pub(super) fn seen(call: &Call) -> Answer {
    let mut world = call.world();
    let now = world.now();
    let session = call.working(&mut world)?;
    let list = call.body.get("messageIds").and_then(Value::as_array);
    let ids = list.into_iter().flatten().filter_map(Value::as_str).chain(call.optional_text("messageId"));
    let keys = ids.map(full_key).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() || call.engine() == Engine::Webjs {
        let marked = chats::mark_read(call, session, call.text("chatId"), None, None, now);
        if keys.is_empty() {
            return Ok(reply::json(StatusCode::CREATED, &marked));
        }
    }
    for key in keys {
        if let Some(message) = session.chats.find_mut(&key) {
            message.read = true;
        }
    }
    Ok(reply::empty(StatusCode::CREATED))
}

/// What others see of it, they see for a moment only.
pub(super) fn typing(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    Ok(reply::json(StatusCode::CREATED, &json!({ "result": true })))
}

pub(super) fn react(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let to = full_key(call.text("messageId"))?;
    let session = call.session_name().unwrap_or_default();
    let text = call.text("reaction").to_owned();
    let content = Content::Reaction { to: to.clone(), text: text.clone() };
    let reaction = messages::act(&mut world, session, &to.chat, content);
    messages::react(&mut world, session, &reaction, &to, &text);
    Ok(match call.engine() {
        Engine::Webjs => reply::empty(StatusCode::OK),
        Engine::Wpp => reply::json(StatusCode::OK, &json!({ "sendMsgResult": { "messageSendResult": "OK" } })),
        // To a channel there is no message that would hold it.
        Engine::Noweb if to.chat.ends_with("@newsletter") => reply::empty(StatusCode::OK),
        engine => reply::json(StatusCode::OK, &shapes::message::sent(engine, &reaction)),
    })
}

pub(super) fn star(call: &Call) -> Answer {
    let mut world = call.world();
    let session = call.working(&mut world)?;
    call.only(&[Engine::Webjs, Engine::Wpp, Engine::Noweb])?;
    let key = full_key(call.text("messageId"))?;
    if let Some(message) = session.chats.find_mut(&key) {
        message.starred = call.flag("star").unwrap_or(false);
    }
    Ok(reply::empty(StatusCode::OK))
}
