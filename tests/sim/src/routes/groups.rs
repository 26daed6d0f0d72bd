//! Groups, of which the stand-in knows little more than that they exist.

use axum::{Router, extract::State, http::StatusCode, routing::get};

use super::{Answer, chats};
use crate::{Engine, error::Error, extract::Path, ids, reply, state::App};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/{session}/groups/{id}/picture", get(chats::picture))
        .route("/api/{session}/groups/{id}/invite-code", get(invite_code))
}

/// A link or a code, without quotes in either case. Every group has the same one.
async fn invite_code(State(app): State<App>, Path((session, id)): Path<(String, String)>) -> Answer {
    const CODE: &str = "StandInInviteCode00001";
    let mut world = app.world();
    let session = world.working(Some(&session))?;
    if !ids::is_group(&id) {
        return Err(Error::not_modelled("an invite code of what is not a group"));
    }
    session.activity = Some(app.clock.now());
    let text = match app.engine {
        Engine::Gows => format!("https://chat.whatsapp.com/{CODE}"),
        _ => CODE.to_owned(),
    };
    Ok(reply::text(StatusCode::OK, text))
}
