//! Polls and votes.

use std::collections::HashSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{malformed, send as send_content};
use crate::{
    Engine,
    call::Call,
    error::Error,
    reply,
    routes::Answer,
    shapes::{
        self,
        message::{Urls, View},
    },
    state::{
        message::{Content, Poll},
        messages,
    },
};

pub(super) fn send(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    let poll = call.body.get("poll").unwrap_or(&Value::Null);
    let options = strings(&poll["options"]);
    check(&options)?;
    let name = poll["name"].as_str().unwrap_or_default().to_owned();
    let multiple = poll["multipleAnswers"].as_bool().unwrap_or(false);
    let message = send_content(call, &mut world, Content::Poll(Poll { name, options, multiple }))?;
    let answer = match call.engine() {
        // This engine answers other messages raw.
        Engine::Noweb => {
            let mut shape = shapes::message::message(call.engine(), &message, &Urls::default(), View::Stored);
            shape["_data"]["status"] = json!("PENDING");
            shape
        }
        engine => shapes::message::sent(engine, &message),
    };
    Ok(reply::json(StatusCode::CREATED, &answer))
}

fn check(options: &[String]) -> Result<(), Error> {
    let mut messages = Vec::new();
    if options.iter().collect::<HashSet<_>>().len() < options.len() {
        messages.push("poll.options must not repeat".to_owned());
    }
    if options.is_empty() || options.iter().any(String::is_empty) {
        messages.push("poll.options must not be empty".to_owned());
    }
    if messages.is_empty() { Ok(()) } else { Err(Error::Invalid(messages)) }
}

/// The account's own vote, which replaces the one before and of which no event tells.
pub(super) fn vote(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Gows, Engine::Webjs])?;
    let chat = call.text("chatId");
    let id = call.text("pollMessageId");
    let on = messages::key(chat, id).ok_or_else(|| malformed(id))?;
    let options = strings(call.body.get("votes").unwrap_or(&Value::Null));
    let session = call.session_name().unwrap_or_default();
    let vote = messages::act(&mut world, session, chat, Content::Vote { on, options });
    Ok(match call.engine() {
        Engine::Gows => reply::json(StatusCode::CREATED, &shapes::message::sent(call.engine(), &vote)),
        _ => reply::empty(StatusCode::CREATED),
    })
}

fn strings(list: &Value) -> Vec<String> {
    let strings = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    strings.map(str::to_owned).collect()
}
