//! The life of a session: started, paired, stopped, logged out, and what is told of it.

use serde_json::{Value, json};

use super::{World, events::status_payload, session::Session};
use crate::{Engine, SessionStatus, error::Error};

/// How sessions get to WhatsApp.
#[derive(Debug, Default)]
pub(crate) struct Pairing {
    /// How long a session is STARTING, in milliseconds.
    pub(crate) start_up: u64,
    /// How long a session that is restarted is STOPPED, in milliseconds.
    pub(crate) restart_pause: u64,
    /// Whether the account wants a passkey besides the code. Only GOWS knows how to do that.
    pub(crate) passkey: bool,
}

/// The number which both sides of a pairing by passkey show.
const CONFIRMATION: &str = "481516";

impl World {
    /// Moves a session to another status, and tells.
    pub(crate) fn move_to(&mut self, name: &str, status: SessionStatus) {
        let now = self.now();
        let Some(session) = self.sessions.get_mut(name) else { return };
        session.set_status(status, now);
        let data = match status {
            SessionStatus::PasskeyRequired => challenge(),
            SessionStatus::PasskeyConfirmationRequired => confirmation(),
            _ => Value::Null,
        };
        let payload = status_payload(name, session, data);
        self.emit(name, "session.status", payload);
        self.renew_qr_later(name);
    }

    /// Lets the QR code of a session expire, if it shows one.
    pub(crate) fn renew_qr_later(&mut self, name: &str) {
        let Some(session) = self.sessions.get(name).filter(|it| it.status() == SessionStatus::ScanQrCode) else {
            return;
        };
        let (code, lifetime) = (session.qr_code(), session.qr_lifetime());
        let name = name.to_owned();
        self.later(lifetime, move |world| world.renew_qr(&name, code));
    }

    /// Shows the next QR code unless something else has happened since this one was shown, and tells.
    fn renew_qr(&mut self, name: &str, code: u64) {
        let is_shown = |it: &&mut Session| it.status() == SessionStatus::ScanQrCode && it.qr_code() == code;
        let Some(session) = self.sessions.get_mut(name).filter(is_shown) else { return };
        session.next_qr_code();
        let payload = status_payload(name, session, Value::Null);
        self.emit(name, "session.status", payload);
        self.renew_qr_later(name);
    }

    /// Stops a session and starts it again.
    pub(crate) fn restart(&mut self, name: &str) {
        self.stop(name);
        self.start_again(name);
    }

    /// Starts a session that was stopped in order to be started again.
    fn start_again(&mut self, name: &str) {
        match self.pairing.restart_pause {
            0 => self.start(name),
            pause => {
                let session = name.to_owned();
                self.later(pause, move |world| world.start(&session));
            }
        }
    }

    /// Does nothing to a session that runs already.
    pub(crate) fn start(&mut self, name: &str) {
        if self.sessions.get(name).is_none_or(Session::is_running) {
            return;
        }
        self.move_to(name, SessionStatus::Starting);
        let session = name.to_owned();
        self.later(self.pairing.start_up, move |world| world.settle(&session));
    }

    /// Does nothing to a session that does not run.
    pub(crate) fn stop(&mut self, name: &str) {
        if self.sessions.get(name).is_some_and(Session::is_running) {
            self.move_to(name, SessionStatus::Stopped);
        }
    }

    /// Unlinks the phone. A session that runs starts anew.
    pub(crate) fn log_out(&mut self, name: &str) {
        let was_running = self.sessions.get(name).is_some_and(Session::is_running);
        self.stop(name);
        self.sessions.get_mut(name).into_iter().for_each(Session::log_out);
        if was_running {
            self.start_again(name);
        }
    }

    /// What WhatsApp makes of a start, sooner or later.
    fn settle(&mut self, name: &str) {
        let Some(session) = self.sessions.get(name) else { return };
        if session.status() != SessionStatus::Starting {
            return;
        }
        let status = if session.is_paired() { SessionStatus::Working } else { SessionStatus::ScanQrCode };
        self.move_to(name, status);
    }

    /// A phone has scanned the code or typed it in. Nothing happens to a session that does not wait for it.
    pub(crate) fn pair(&mut self, name: &str) {
        let waits = |session: &Session| session.status() == SessionStatus::ScanQrCode;
        if self.sessions.get(name).is_some_and(waits) {
            let wants_passkey = self.pairing.passkey && self.engine == Engine::Gows;
            let next = if wants_passkey { SessionStatus::PasskeyRequired } else { SessionStatus::Working };
            self.move_to(name, next);
        }
    }

    /// Refuses what does not fit the step of a pairing by passkey at which a session is.
    pub(crate) fn passkey_step(&mut self, name: &str, expected: SessionStatus) -> Result<(), Error> {
        match self.running(name)?.status() {
            status if status == expected => Ok(()),
            status => Err(Error::unprocessable(format!(
                "Session '{name}' has the status {status}, and this needs {expected}"
            ))),
        }
    }
}

/// The challenge that a passkey has to sign.
pub(crate) fn challenge() -> Value {
    json!({
        "challenge": "c3RhbmQtaW4tY2hhbGxlbmdl",
        "timeout": 90_000,
        "rpId": "web.whatsapp.com",
        "allowCredentials": [
            { "id": "c3RhbmQtaW4ta2V5", "type": "public-key", "transports": ["internal", "hybrid"] },
            { "id": "YW5vdGhlci1rZXk", "type": "public-key" },
        ],
        "userVerification": "required",
        "extensions": { "appid": "https://whatsapp.example.com" },
    })
}

pub(crate) fn confirmation() -> Value {
    json!({ "code": CONFIRMATION })
}
