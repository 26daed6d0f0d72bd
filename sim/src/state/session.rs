//! A session: one account, and what the server remembers of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    calls::Ringing,
    chats::Chats,
    labels::Labels,
    limits::Limits,
    numbers::Memory,
    pictures::PictureCache,
    presence::{Presence, Presences},
};
use crate::{Engine, SessionStatus, webhook::Webhook};

/// The account of every session.
pub(crate) const ME: &str = "10000000001@c.us";
pub(crate) const MY_LID: &str = "100000000000001@lid";
pub(crate) const MY_DEVICE: &str = "10000000001:1@s.whatsapp.net";

#[derive(Debug)]
pub(crate) struct Session {
    status: SessionStatus,
    /// The last three, and when they began.
    statuses: Vec<(SessionStatus, u64)>,
    pub(crate) config: Value,
    /// Whether the session is linked with a phone. It stays so when it is stopped.
    paired: bool,
    /// The number of the QR code that is shown or was shown last, and how many came before it in a row.
    qr_code: u64,
    qr_codes_before: u64,
    /// The name that the account shows to others.
    pub(crate) push_name: String,
    /// When it last talked to WhatsApp for a client.
    pub(crate) activity: Option<u64>,
    pub(crate) pictures: PictureCache,
    /// The calls that ring.
    pub(crate) calls: Vec<Ringing>,
    /// What the phone-number apps have in memory, by app.
    pub(crate) numbers: BTreeMap<String, Memory>,
    /// What the account has written and read.
    pub(crate) chats: Chats,
    pub(crate) labels: Labels,
    pub(crate) presences: Presences,
    pub(crate) limits: Limits,
    /// What the account shows of itself, once it was told to.
    pub(crate) presence: Option<Presence>,
}

impl Session {
    pub(crate) fn new(config: Value) -> Self {
        Self {
            status: SessionStatus::Stopped,
            statuses: Vec::new(),
            config,
            paired: false,
            qr_code: 0,
            qr_codes_before: 0,
            push_name: "Stand-in".to_owned(),
            activity: None,
            pictures: PictureCache::default(),
            calls: Vec::new(),
            numbers: BTreeMap::new(),
            chats: Chats::default(),
            labels: Labels::default(),
            presences: Presences::default(),
            limits: Limits::default(),
            presence: None,
        }
    }

    pub(crate) fn status(&self) -> SessionStatus {
        self.status
    }

    pub(crate) fn statuses(&self) -> &[(SessionStatus, u64)] {
        &self.statuses
    }

    pub(crate) fn is_paired(&self) -> bool {
        self.paired
    }

    /// Sets the status as WhatsApp would. Who works has been paired.
    pub(crate) fn set_status(&mut self, status: SessionStatus, now: u64) {
        const REMEMBERED: usize = 3;
        match status {
            SessionStatus::Stopped => self.stop(),
            status => self.status = status,
        }
        self.paired |= status == SessionStatus::Working;
        if status == SessionStatus::ScanQrCode {
            self.qr_code += 1;
            self.qr_codes_before = 0;
        }
        self.statuses.push((status, now));
        let forgotten = self.statuses.len().saturating_sub(REMEMBERED);
        self.statuses.drain(..forgotten);
    }

    /// The number of the QR code that is shown: another one for each code.
    pub(crate) fn qr_code(&self) -> u64 {
        self.qr_code
    }

    /// How long the QR code that is shown can be scanned, in milliseconds.
    pub(crate) fn qr_lifetime(&self) -> u64 {
        const FIRST: u64 = 60_000;
        const FURTHER: u64 = 20_000;
        if self.qr_codes_before == 0 { FIRST } else { FURTHER }
    }

    pub(crate) fn next_qr_code(&mut self) {
        self.qr_code += 1;
        self.qr_codes_before += 1;
    }

    /// Where its events are sent.
    pub(crate) fn webhooks(&self) -> Vec<Webhook> {
        let configured = self.config["webhooks"].as_array().into_iter().flatten();
        configured.filter_map(Webhook::read).collect()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status != SessionStatus::Stopped
    }

    /// Forgets what the server keeps only as long as a session runs.
    fn stop(&mut self) {
        self.status = SessionStatus::Stopped;
        self.activity = None;
        self.presence = None;
        self.pictures = PictureCache::default();
        self.calls.clear();
        self.numbers.clear();
    }

    /// Unlinks the phone and throws away what was stored for it.
    pub(crate) fn log_out(&mut self) {
        self.paired = false;
        self.chats = Chats::default();
        self.labels = Labels::default();
    }

    /// The account, as far as the server knows it, which is not before the session has got to WhatsApp.
    pub(crate) fn me(&self, engine: Engine) -> Option<Value> {
        let is_known = self.paired && matches!(self.status, SessionStatus::Working | SessionStatus::Failed);
        is_known.then(|| {
            let mut me = Map::from_iter([("id".to_owned(), ME.into())]);
            if engine == Engine::Wpp {
                return me.into();
            }
            let [timelock, capping] = self.limits.in_account(engine);
            me.extend([
                ("pushName".to_owned(), self.push_name.as_str().into()),
                ("lid".to_owned(), MY_LID.into()),
                ("reachoutTimelock".to_owned(), timelock),
                ("messageCapping".to_owned(), capping),
            ]);
            if engine == Engine::Gows {
                me.insert("jid".to_owned(), MY_DEVICE.into());
            }
            me.into()
        })
    }
}
