//! What became of people in a group, one by one.

use serde_json::{Map, Value, json};

use super::{group::addresses, wid};
use crate::{
    Engine, ids,
    state::{
        group::{Group, Role},
        whatsapp::WhatsApp,
    },
    time,
};

/// What WhatsApp says of one person, in the codes of HTTP: 200 is a success.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// As it was sent.
    pub(crate) id: String,
    pub(crate) code: u16,
}

impl Outcome {
    /// Privacy settings forbid it, so that an invite has to do.
    fn needs_invite(&self) -> bool {
        self.code == 403
    }
}

const INVITE: &str = "StandInInvit";
const INVITE_LIFETIME_S: u64 = 3 * 24 * 60 * 60;

/// What there is to say of people who were added to a group.
pub(crate) fn added(engine: Engine, group: &Group, outcomes: &[Outcome], now_s: u64, whatsapp: &WhatsApp) -> Value {
    match engine {
        Engine::Gows | Engine::Noweb => changed(engine, group, outcomes, now_s, whatsapp),
        Engine::Webjs => by_id(outcomes, |outcome| {
            let Outcome { code, .. } = outcome;
            json!({ "code": code, "message": message(*code), "isInviteV4Sent": outcome.needs_invite() })
        }),
        Engine::Wpp => wpp(outcomes, now_s),
    }
}

/// The people of a new group, its creator among them.
pub(crate) fn created(engine: Engine, group: &Group, outcomes: &[Outcome], now_s: u64) -> Value {
    match engine {
        Engine::Wpp => json!({ "gid": wid(&group.id), "participants": wpp(outcomes, now_s) }),
        _ => {
            let mut participants = by_id(outcomes, |outcome| {
                json!({
                    "statusCode": outcome.code,
                    "message": message(outcome.code),
                    "isGroupCreator": false,
                    "isInviteV4Sent": outcome.needs_invite(),
                })
            });
            participants[&group.owner] = json!({
                "statusCode": 200,
                "message": "The creator",
                "isGroupCreator": true,
                "isInviteV4Sent": false,
            });
            json!({ "title": group.subject.text, "gid": wid(&group.id), "participants": participants })
        }
    }
}

/// What the engines without a browser say of people who were added, removed, promoted or demoted.
pub(crate) fn changed(engine: Engine, group: &Group, outcomes: &[Outcome], now_s: u64, whatsapp: &WhatsApp) -> Value {
    let shape = |outcome: &Outcome| match engine {
        Engine::Gows => gows(group, outcome, now_s, whatsapp),
        _ => {
            let jid = ids::raw(&outcome.id);
            let content = json!({ "tag": "participant", "attrs": { "jid": jid } });
            json!({ "status": outcome.code.to_string(), "jid": jid, "content": content })
        }
    };
    outcomes.iter().map(shape).collect()
}

/// The value of WPP's library after people were removed.
pub(crate) fn removed_by_wpp(outcomes: &[Outcome]) -> Value {
    let shape = |outcome: &Outcome| json!({ "userWid": wid(&outcome.id), "code": outcome.code.to_string() });
    json!({ "status": 200, "participants": outcomes.iter().map(shape).collect::<Vec<_>>() })
}

/// What became of requests to join.
pub(crate) fn answered_requests(engine: Engine, group: &Group, outcomes: &[Outcome], whatsapp: &WhatsApp) -> Value {
    let shape = |outcome: &Outcome| {
        let id = whatsapp.resolve(&outcome.id);
        let (id, _) = addresses(engine, group, &id, whatsapp);
        match (outcome.code, engine) {
            (200, _) => json!({ "requesterId": id, "success": true }),
            // Neither the person nor the code is known.
            (_, Engine::Webjs) => json!({ "requesterId": null, "success": false }),
            (code, _) => json!({ "requesterId": id, "success": false, "error": code }),
        }
    };
    outcomes.iter().map(shape).collect()
}

pub(crate) fn gows(group: &Group, outcome: &Outcome, now_s: u64, whatsapp: &WhatsApp) -> Value {
    let id = whatsapp.resolve(&outcome.id);
    let (jid, pn) = addresses(Engine::Gows, group, &id, whatsapp);
    let role = group.role_of(&id);
    let invite = json!({ "Code": INVITE, "Expiration": time::rfc3339(now_s.saturating_add(INVITE_LIFETIME_S)) });
    json!({
        "JID": ids::raw(&jid),
        "PhoneNumber": pn.filter(|_| outcome.code != 404).map(|pn| ids::raw(&pn)).unwrap_or_default(),
        "LID": whatsapp.lid_of(&id).unwrap_or_default(),
        "IsAdmin": role > Some(Role::Member),
        "IsSuperAdmin": role == Some(Role::Owner),
        "DisplayName": "",
        "Error": if outcome.code == 200 { 0 } else { outcome.code },
        "AddRequest": outcome.needs_invite().then_some(invite),
    })
}

fn wpp(outcomes: &[Outcome], now_s: u64) -> Value {
    by_id(outcomes, |outcome| {
        let invite = outcome.needs_invite().then_some(INVITE);
        let expires = invite.map(|_| now_s.saturating_add(INVITE_LIFETIME_S).to_string());
        json!({
            "wid": ids::canonical(&outcome.id),
            "code": outcome.code,
            "message": if outcome.code == 200 { "OK" } else { message(outcome.code) },
            "invite_code": invite,
            "invite_code_exp": expires,
        })
    })
}

fn by_id(outcomes: &[Outcome], shape: impl Fn(&Outcome) -> Value) -> Value {
    outcomes.iter().map(|outcome| (ids::canonical(&outcome.id), shape(outcome))).collect::<Map<_, _>>().into()
}

fn message(code: u16) -> &'static str {
    match code {
        200 => "Added",
        403 => "May be added by invite only",
        404 => "Not on WhatsApp",
        409 => "A member already",
        _ => "Not added",
    }
}
