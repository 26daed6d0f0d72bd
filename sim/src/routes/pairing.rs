//! How a session gets its account, and what there is to see of it meanwhile.

use axum::http::StatusCode;
use serde_json::json;

use super::{Answer, Handler};
use crate::{Age, Engine, SessionStatus, call::Call, error::Error, qr, reply, state::lifecycle};

const CODE: &str = "SIMU-LATE";
const SCREENSHOT: &[u8] = include_bytes!("../../assets/screenshot.jpg");

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("auth_get_qr", get_qr),
        ("auth_request_code", request_code),
        ("auth_get_passkey_challenge", challenge),
        ("auth_submit_passkey", submit),
        ("auth_get_passkey_confirmation", confirmation),
        ("auth_confirm_passkey", confirm),
        ("screenshot_get", screenshot),
    ]
}

fn get_qr(call: &Call) -> Answer {
    let code = call.in_status(&mut call.world(), SessionStatus::ScanQrCode)?.qr_code();
    if call.query.get("format") == Some("raw") {
        return Ok(reply::json(StatusCode::OK, &json!({ "value": qr::text(code) })));
    }
    Ok(reply::file(StatusCode::OK, &call.headers, "image/png", qr::png(&qr::text(code))))
}

fn request_code(call: &Call) -> Answer {
    let mut world = call.world();
    let status = world.running(call.path("session"))?.status();
    if call.app.age == Age::Old && status != SessionStatus::ScanQrCode {
        return Err(Error::unprocessable(format!(
            "Can request code only in SCAN_QR_CODE status. The current status is {status}"
        )));
    }
    call.in_status(&mut world, SessionStatus::ScanQrCode)?;
    if call.engine() == Engine::Noweb && !call.text("method").is_empty() {
        return Err(Error::unprocessable("NOWEB engine doesn't support any 'method', remove it and try again"));
    }
    Ok(reply::json(StatusCode::CREATED, &json!({ "code": CODE })))
}

fn challenge(call: &Call) -> Answer {
    at(call, SessionStatus::PasskeyRequired)?;
    Ok(reply::json(StatusCode::OK, &lifecycle::challenge()))
}

fn submit(call: &Call) -> Answer {
    at(call, SessionStatus::PasskeyRequired)?;
    call.world().move_to(call.path("session"), SessionStatus::PasskeyConfirmationRequired);
    Ok(reply::empty(StatusCode::CREATED))
}

fn confirmation(call: &Call) -> Answer {
    at(call, SessionStatus::PasskeyConfirmationRequired)?;
    Ok(reply::json(StatusCode::OK, &lifecycle::confirmation()))
}

fn confirm(call: &Call) -> Answer {
    at(call, SessionStatus::PasskeyConfirmationRequired)?;
    call.world().move_to(call.path("session"), SessionStatus::Working);
    Ok(reply::empty(StatusCode::CREATED))
}

/// Lets the call through at one step of a pairing by passkey.
fn at(call: &Call, step: SessionStatus) -> Result<(), Error> {
    let (mut world, name) = (call.world(), call.path("session"));
    world.running(name)?;
    call.only(&[Engine::Gows])?;
    world.passkey_step(name, step)
}

/// An engine without a browser shows the QR code, which then goes by the name of a JPEG.
fn screenshot(call: &Call) -> Answer {
    // Unlike other routes, this one looks for a session whose name it has not been told.
    let session = call.query.get("session").unwrap_or("undefined");
    let (status, code) = {
        let mut world = call.world();
        let session = world.running(session)?;
        (session.status(), session.qr_code())
    };
    let bytes = match (status, call.engine().has_browser()) {
        (SessionStatus::ScanQrCode, false) => qr::png(&qr::text(code)),
        (_, true) => SCREENSHOT.to_vec(),
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
    Ok(reply::file(StatusCode::OK, &call.headers, "image/jpeg", bytes))
}
