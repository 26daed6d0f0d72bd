//! Conversion of files, and the files of messages which the server keeps for a while.

use axum::{
    http::{Method, StatusCode, header},
    response::Response,
};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{Answer, Handler, chatting::bytes};
use crate::{SessionStatus, assets, call::Call, error::Error, reply, sample, state::Shared};

/// Where the files of messages are.
const FILES: &str = "/api/files/";

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("media_convert_video", |call| convert(call, "video/mp4", "video.mp4")),
        ("media_convert_voice", |call| convert(call, "audio/ogg; codecs=opus", "voice.ogg")),
    ]
}

/// There is no converter: what is of the type already stays as it is, and anything else becomes a sample.
fn convert(call: &Call, mimetype: &'static str, name: &str) -> Answer {
    let mut world = call.world();
    let file = Value::Object(call.body.clone());
    if file["url"].is_null() && file["data"].is_null() {
        world.in_status(call.session_name(), SessionStatus::Working)?;
        return Err(Error::unprocessable("Either 'url' or 'data' is needed"));
    }
    call.working(&mut world)?;
    let (sent, sample) = (bytes(&file, mimetype)?, assets::of_type(mimetype));
    let is_converted = assets::is_playable(&sent, mimetype);
    let converted = if is_converted { sent } else { sample.into() };
    let mut response = reply::file(StatusCode::CREATED, &call.headers, mimetype, converted);
    if let Ok(disposition) = format!("attachment; filename=\"{name}\"").parse() {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    if !is_converted {
        sample::mark(&mut response);
    }
    Ok(response)
}

/// A file by its path, if the path leads to files at all.
pub(crate) fn file(app: &Shared, method: &Method, path: &str) -> Option<Response> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = percent_decode_str(path.strip_prefix(FILES)?).decode_utf8_lossy();
    let world = app.world();
    let file = path.split_once('/').and_then(|(session, name)| world.files.get(session, name, world.now()));
    let gone = || {
        let details = "File not found or no longer available";
        let error = json!({ "code": 404, "key": "FILE_NOT_FOUND", "message": "File not found", "details": details });
        reply::json(StatusCode::NOT_FOUND, &json!({ "error": error }))
    };
    let response = file.map_or_else(gone, |file| reply::bytes(StatusCode::OK, &file.mimetype, file.bytes.clone()));
    Some(response)
}
