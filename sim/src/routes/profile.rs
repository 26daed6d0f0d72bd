//! What the account shows of itself.

use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{Answer, Handler};
use crate::{
    call::Call,
    error::Error,
    reply,
    state::{World, session::ME},
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("profile_get", get),
        ("profile_set_name", set_name),
        ("profile_set_status", set_about),
        ("profile_set_picture", set_picture),
        ("profile_delete_picture", delete_picture),
    ]
}

fn get(call: &Call) -> Answer {
    let mut world = call.world();
    let name = call.working(&mut world)?.push_name.clone();
    let picture = world.picture(call.path("session"), ME, false)?;
    Ok(reply::json(StatusCode::OK, &json!({ "id": ME, "name": name, "picture": picture })))
}

/// All sessions are of one account.
fn set_name(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    for session in world.sessions.values_mut() {
        session.push_name = call.text("name").to_owned();
    }
    Ok(done())
}

fn set_about(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    world.whatsapp.account.about = call.text("status").to_owned();
    Ok(done())
}

fn set_picture(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    let picture = sent_picture(&call.body["file"], &mut world)?;
    world.change_picture(call.path("session"), ME, Some(picture));
    Ok(done())
}

fn delete_picture(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    world.change_picture(call.path("session"), ME, None);
    Ok(done())
}

/// The address that WhatsApp gives to a picture which was sent. One that stands elsewhere is not fetched.
pub(super) fn sent_picture(file: &Value, world: &mut World) -> Result<String, Error> {
    let is_picture = match (file["url"].as_str(), file["data"].as_str()) {
        (Some(url), _) => url.starts_with("http://") || url.starts_with("https://"),
        (None, Some(data)) => BASE64_STANDARD.decode(data).is_ok_and(|bytes| !bytes.is_empty()),
        (None, None) => false,
    };
    match is_picture {
        true => Ok(format!("https://pps.example.com/v/t61/{}.jpg", world.message_id())),
        false => Err(Error::exception("Error", "Input buffer contains unsupported image format")),
    }
}

fn done() -> axum::response::Response {
    reply::json(StatusCode::OK, &json!({ "success": true }))
}
