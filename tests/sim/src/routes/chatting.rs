//! Sending messages.

use axum::{Router, extract::State, http::StatusCode, routing::post};
use serde_json::Value;

use super::Answer;
use crate::{Engine, body::Body, error::Error, ids, reply, session::Message, shapes, state::App};

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/sendText", post(send_text))
}

/// One of the routes which do not check their bodies: what is wrong breaks somewhere inside.
async fn send_text(State(app): State<App>, Body(request): Body) -> Answer {
    let now = app.clock.now();
    let mut world = app.world();
    let number = world.issue();
    let session = world.working(request.get("session").and_then(Value::as_str))?;
    let chat = match request.get("chatId") {
        Some(Value::String(id)) => ids::canonical(id),
        other => return Err(Error::type_error("phone", "includes", other)),
    };
    let text = match request.get("text") {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => return Err(Error::not_modelled("a message without a text")),
        other => return Err(Error::type_error("text", "match", other)),
    };
    let id = match request.get("id") {
        Some(Value::String(id)) if takes_ids(app.engine) => id.clone(),
        _ => format!("3EB0{number:018X}"),
    };
    let message = Message { id, chat, text, timestamp: now / 1000 };
    let answer = shapes::sent(app.engine, &message);
    session.activity = Some(now);
    session.messages.push(message);
    Ok(reply::json(StatusCode::CREATED, &answer))
}

/// Whether the client may choose the id of a message.
fn takes_ids(engine: Engine) -> bool {
    matches!(engine, Engine::Gows | Engine::Noweb)
}
