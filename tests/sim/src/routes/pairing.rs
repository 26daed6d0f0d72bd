//! What there is to see of a session: its QR code, or its browser.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use serde_json::json;

use super::Answer;
use crate::{
    SessionStatus,
    error::Error,
    extract::{Path, Query},
    reply,
    state::App,
};

/// Looks like a QR code, but a phone could not read it.
const QR: &[u8] = include_bytes!("../../assets/qr.png");
const QR_TEXT: &str = "2@stand-in,not,a,real,code";
const SCREENSHOT: &[u8] = include_bytes!("../../assets/screenshot.jpg");

pub(super) fn router() -> Router<App> {
    Router::new().route("/api/{session}/auth/qr", get(qr)).route("/api/screenshot", get(screenshot))
}

async fn qr(State(app): State<App>, Path(session): Path<String>, query: Query, headers: HeaderMap) -> Answer {
    app.world().in_status(Some(&session), SessionStatus::ScanQrCode)?;
    if query.get("format") == Some("raw") {
        return Ok(reply::json(StatusCode::OK, &json!({ "value": QR_TEXT })));
    }
    Ok(reply::file(&headers, "image/png", QR))
}

/// An engine without a browser shows the QR code, which then goes by the name of a JPEG.
async fn screenshot(State(app): State<App>, query: Query, headers: HeaderMap) -> Answer {
    // Unlike other routes, this one looks for a session whose name it has not been told.
    let session = query.get("session").unwrap_or("undefined");
    let status = app.world().running(session)?.status();
    let bytes = match (status, app.engine.has_browser()) {
        (SessionStatus::ScanQrCode, false) => QR,
        (SessionStatus::ScanQrCode | SessionStatus::Working, true) => SCREENSHOT,
        (_, true) => {
            return Err(Error::not_modelled(format_args!("a screenshot of a {status} session")));
        }
        (SessionStatus::Starting, false) => {
            let message = "The session is starting, please try again after few seconds";
            return Err(Error::unprocessable(message));
        }
        (SessionStatus::Working, false) => {
            let message = "Can not get screenshot for non chrome based engine.";
            return Err(Error::unprocessable(message));
        }
        (_, false) => return Err(Error::unprocessable(format!("Unknown status - {status}"))),
    };
    Ok(reply::file(&headers, "image/jpeg", bytes))
}
