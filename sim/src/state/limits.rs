//! How WhatsApp holds an account back.

use serde_json::{Value, json};

use super::{World, events::status_payload};
use crate::{Engine, Server};

/// What is known of the limits of an account.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    timelock: Option<Value>,
    capping: Option<Value>,
}

impl Limits {
    /// Whether the account may write to strangers.
    pub(crate) fn timelock(&self) -> Value {
        let none = || json!({ "isActive": false, "enforcementType": "DEFAULT", "timeEnforcementEnds": null });
        self.timelock.clone().unwrap_or_else(none)
    }

    /// How many new chats the account may begin.
    pub(crate) fn capping(&self) -> Value {
        self.capping.clone().unwrap_or_else(|| {
            json!({
                "cappingStatus": "NONE",
                "totalQuota": -1,
                "usedQuota": 0,
                "cycleStart": null,
                "cycleEnd": null,
                "mvStatus": null,
                "oteStatus": null,
            })
        })
    }

    /// Both, as they stand in the account: most engines tell of them only when there are any.
    pub(crate) fn in_account(&self, engine: Engine) -> [Value; 2] {
        match engine {
            Engine::Webjs => [self.timelock(), self.capping()],
            _ => [self.timelock.clone().into(), self.capping.clone().into()],
        }
    }
}

impl Server {
    /// Makes WhatsApp forbid an account to write to strangers, until a time in seconds since 1970 if one is given. The
    /// reason is in WhatsApp's own words, such as `BIZ_QUALITY`.
    pub fn set_timelock(&self, session: &str, reason: &str, until: Option<u64>) {
        let timelock = json!({ "isActive": true, "enforcementType": reason, "timeEnforcementEnds": until });
        self.app.change(|world| {
            let told = json!({ "reachoutTimelock": timelock });
            world.limit(session, told, |limits| limits.timelock = Some(timelock));
        });
    }

    /// Makes WhatsApp limit how many new chats an account may begin in a cycle of 7 days that starts now: `total`, of
    /// which `used` have begun.
    pub fn set_capping(&self, session: &str, total: u64, used: u64) {
        const WEEK: u64 = 7 * 24 * 60 * 60;
        self.app.change(|world| {
            let start = world.now() / 1000;
            let capping = json!({
                "cappingStatus": if used < total { "NONE" } else { "CAPPED" },
                "totalQuota": total,
                "usedQuota": used,
                "cycleStart": start,
                "cycleEnd": start.saturating_add(WEEK),
                "mvStatus": "NOT_ELIGIBLE",
                "oteStatus": "ELIGIBLE",
            });
            let told = json!({ "messageCapping": capping });
            world.limit(session, told, |limits| limits.capping = Some(capping));
        });
    }
}

impl World {
    fn limit(&mut self, name: &str, told: Value, set: impl FnOnce(&mut Limits)) {
        let Some(session) = self.sessions.get_mut(name) else { return };
        set(&mut session.limits);
        let payload = status_payload(name, session, told);
        self.emit(name, "session.status", payload);
    }
}
