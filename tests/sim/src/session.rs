//! A session: one account, and what the server remembers of it.

use std::fmt;

use serde_json::{Map, Value};

use crate::{Engine, pictures::PictureCache};

/// The account of every session.
pub(crate) const ME: &str = "10000000001@c.us";
pub(crate) const MY_DEVICE: &str = "10000000001:1@s.whatsapp.net";

/// Where a session is on its way to WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionStatus {
    /// Not running.
    Stopped,
    /// Running, not connected yet.
    Starting,
    /// Waiting for somebody to scan the QR code.
    ScanQrCode,
    /// Waiting for a passkey.
    PasskeyRequired,
    /// Waiting for somebody to confirm the passkey's code.
    PasskeyConfirmationRequired,
    /// Connected.
    Working,
    /// Running, and given up by WhatsApp or by the engine.
    Failed,
}

impl SessionStatus {
    /// The name the server uses for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Starting => "STARTING",
            Self::ScanQrCode => "SCAN_QR_CODE",
            Self::PasskeyRequired => "PASSKEY_REQUIRED",
            Self::PasskeyConfirmationRequired => "PASSKEY_CONFIRMATION_REQUIRED",
            Self::Working => "WORKING",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug)]
pub(crate) struct Session {
    status: SessionStatus,
    pub(crate) config: Value,
    /// Whether the session is linked with a phone. It stays so when it is stopped.
    paired: bool,
    /// When it last talked to WhatsApp for a client.
    pub(crate) activity: Option<u64>,
    pub(crate) pictures: PictureCache,
    pub(crate) messages: Vec<Message>,
}

/// A text which was sent.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Without the parts that say from where to where.
    pub(crate) id: String,
    pub(crate) chat: String,
    pub(crate) text: String,
    /// In seconds.
    pub(crate) timestamp: u64,
}

impl Session {
    pub(crate) fn new(config: Value) -> Self {
        Self {
            status: SessionStatus::Stopped,
            config,
            paired: false,
            activity: None,
            pictures: PictureCache::default(),
            messages: Vec::new(),
        }
    }

    pub(crate) fn status(&self) -> SessionStatus {
        self.status
    }

    /// Sets the status as WhatsApp would. Who works has been paired.
    pub(crate) fn set_status(&mut self, status: SessionStatus) {
        match status {
            SessionStatus::Stopped => self.stop(),
            status => self.status = status,
        }
        self.paired |= status == SessionStatus::Working;
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status != SessionStatus::Stopped
    }

    /// Does nothing to a session that runs already.
    pub(crate) fn start(&mut self) {
        if !self.is_running() {
            self.status = SessionStatus::Starting;
        }
    }

    /// What WhatsApp makes of a start, sooner or later.
    pub(crate) fn settle(&mut self) {
        self.status = if self.paired { SessionStatus::Working } else { SessionStatus::ScanQrCode };
    }

    /// Forgets what the server keeps only as long as a session runs.
    pub(crate) fn stop(&mut self) {
        self.status = SessionStatus::Stopped;
        self.activity = None;
        self.pictures = PictureCache::default();
    }

    /// Unlinks the phone and throws away what was stored for it.
    pub(crate) fn log_out(&mut self) {
        self.stop();
        self.paired = false;
        self.messages.clear();
    }

    /// The account, if there is one.
    pub(crate) fn me(&self, engine: Engine) -> Option<Value> {
        self.paired.then(|| {
            let mut me = Map::from_iter([("id".into(), ME.into()), ("pushName".into(), "Stand-in".into())]);
            if engine == Engine::Gows {
                me.extend([
                    ("lid".into(), "100000000000001@lid".into()),
                    ("jid".into(), MY_DEVICE.into()),
                    ("reachoutTimelock".into(), Value::Null),
                    ("messageCapping".into(), Value::Null),
                ]);
            }
            me.into()
        })
    }
}
