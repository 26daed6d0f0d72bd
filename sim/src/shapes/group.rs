//! Groups and their members.

use serde_json::{Map, Value, json};

use super::{object, wid};
use crate::{
    Engine, ids,
    state::{
        group::{Group, Member, Role, Text},
        whatsapp::WhatsApp,
    },
    time,
};

/// A group as a member sees it.
pub(crate) fn group(engine: Engine, group: &Group, whatsapp: &WhatsApp, has_left: bool) -> Value {
    match engine {
        Engine::Gows => gows(group, whatsapp),
        Engine::Noweb => noweb(group, whatsapp),
        Engine::Webjs => object([
            ("groupMetadata", metadata(group, whatsapp)),
            ("id", wid(&group.id)),
            ("name", json!(group.subject.text)),
            ("isGroup", json!(true)),
            ("isReadOnly", json!(has_left)),
            ("unreadCount", json!(0)),
            ("timestamp", json!(group.created)),
            ("archived", json!(false)),
            ("pinned", json!(false)),
            ("isLocked", json!(false)),
            ("isMuted", json!(false)),
            ("muteExpiration", json!(0)),
        ]),
        Engine::Wpp => json!({
            "id": wid(&group.id),
            "name": group.subject.text,
            "t": group.created,
            "unreadCount": 0,
            "archive": false,
            "isReadOnly": has_left,
            "muteExpiration": 0,
            "isUser": false,
            "isGroup": true,
            "contact": { "id": wid(&group.id), "name": group.subject.text, "isMyContact": true },
            "kind": "group",
            "groupMetadata": metadata(group, whatsapp),
            "presence": { "id": wid(&group.id), "chatstates": [] },
        }),
    }
}

/// A group in the answer that has them all. Members can be left out.
pub(crate) fn listed(engine: Engine, of: &Group, whatsapp: &WhatsApp, with_members: bool) -> Value {
    let mut shape = group(engine, of, whatsapp, false);
    if engine == Engine::Wpp {
        shape["id"] = json!(of.id);
    }
    if !with_members {
        let (holder, members) = match engine {
            Engine::Gows => (&mut shape, "Participants"),
            Engine::Noweb => (&mut shape, "participants"),
            Engine::Webjs | Engine::Wpp => (&mut shape["groupMetadata"], "participants"),
        };
        holder.as_object_mut().map(|holder| holder.remove(members));
    }
    shape
}

/// What the holder of an invite is told.
pub(crate) fn invite(engine: Engine, group: &Group, whatsapp: &WhatsApp) -> Value {
    let Group { id, subject, description, owner, created, members, .. } = group;
    let description = description.as_ref().map(|description| description.text.as_str());
    match engine {
        Engine::Gows => {
            let mut shape = gows(group, whatsapp);
            shape["Participants"] = Value::Null;
            shape
        }
        Engine::Noweb => {
            let mut shape = noweb(group, whatsapp);
            if let Some(shape) = shape.as_object_mut() {
                shape.remove("ownerPn");
                shape.remove("ephemeralDuration");
                shape.insert("participants".into(), json!([]));
            }
            shape
        }
        Engine::Webjs => {
            let admins = members.iter().filter(|member| member.role > Role::Member);
            object([
                ("id", wid(id)),
                ("subject", json!(subject.text)),
                ("subjectTime", json!(subject.at)),
                ("creation", json!(created)),
                ("owner", wid(owner)),
                ("desc", json!(description)),
                ("size", json!(members.len())),
                ("status", json!(200)),
                ("participants", admins.map(|member| participant(engine, group, member, whatsapp)).collect()),
            ])
        }
        Engine::Wpp => json!({
            "id": wid(id),
            "subject": subject.text,
            "creation": created,
            "owner": wid(owner),
            "desc": description.unwrap_or_default(),
            "size": members.len(),
            "membershipApprovalMode": group.settings.approval_required,
        }),
    }
}

/// All members, in the engine's own form.
pub(crate) fn participants(engine: Engine, group: &Group, whatsapp: &WhatsApp) -> Value {
    group.members.iter().map(|member| participant(engine, group, member, whatsapp)).collect()
}

/// All members, in the one form for all engines.
pub(crate) fn participants_v2(engine: Engine, group: &Group, whatsapp: &WhatsApp) -> Value {
    let shape = |member: &Member| {
        let (id, pn) = addresses(engine, group, &member.id, whatsapp);
        let pn = match engine {
            Engine::Gows => json!(pn.unwrap_or_default()),
            Engine::Noweb | Engine::Webjs => json!(pn),
            Engine::Wpp => Value::Null,
        };
        let role = match member.role {
            Role::Member => "participant",
            Role::Admin => "admin",
            Role::Owner => "superadmin",
        };
        match engine {
            Engine::Noweb => object([("id", json!(id)), ("pn", pn), ("role", json!(role))]),
            _ => json!({ "id": id, "pn": pn, "role": role }),
        }
    };
    group.members.iter().map(shape).collect()
}

/// The id under which a group has somebody, and the one with the number where that is known.
pub(crate) fn addresses(engine: Engine, group: &Group, id: &str, whatsapp: &WhatsApp) -> (String, Option<String>) {
    let pn = (!ids::is_hidden(id)).then(|| id.to_owned());
    let hidden = match engine {
        Engine::Gows | Engine::Noweb if is_addressed_by_lid(group, whatsapp) => whatsapp.lid_of(id),
        _ => None,
    };
    (hidden.unwrap_or_else(|| id.to_owned()), pn)
}

/// One member, or somebody of whom something was asked that failed.
fn participant(engine: Engine, group: &Group, member: &Member, whatsapp: &WhatsApp) -> Value {
    let (is_admin, is_owner) = (member.role > Role::Member, member.role == Role::Owner);
    let (id, pn) = addresses(engine, group, &member.id, whatsapp);
    match engine {
        Engine::Gows => json!({
            "JID": ids::raw(&id),
            "PhoneNumber": pn.map(|pn| ids::raw(&pn)).unwrap_or_default(),
            "LID": whatsapp.lid_of(&member.id).unwrap_or_default(),
            "IsAdmin": is_admin,
            "IsSuperAdmin": is_owner,
            "DisplayName": "",
            "Error": 0,
            "AddRequest": null,
        }),
        Engine::Noweb => {
            let mut shape = Map::from_iter([("id".to_owned(), json!(ids::raw(&id)))]);
            if let Some(pn) = pn.filter(|pn| *pn != id) {
                shape.insert("phoneNumber".into(), json!(ids::raw(&pn)));
            }
            let admin = match member.role {
                Role::Member => None,
                Role::Admin => Some("admin"),
                Role::Owner => Some("superadmin"),
            };
            shape.insert("admin".into(), json!(admin));
            shape.into()
        }
        Engine::Webjs | Engine::Wpp => json!({ "id": wid(&id), "isAdmin": is_admin, "isSuperAdmin": is_owner }),
    }
}

/// Whether members go by their hidden ids, which takes that all of them are known.
fn is_addressed_by_lid(group: &Group, whatsapp: &WhatsApp) -> bool {
    group.members.iter().all(|member| whatsapp.lid_of(&member.id).is_some())
}

fn addressing_mode(group: &Group, whatsapp: &WhatsApp) -> &'static str {
    if is_addressed_by_lid(group, whatsapp) { "lid" } else { "pn" }
}

fn gows(group: &Group, whatsapp: &WhatsApp) -> Value {
    const NEVER: &str = "0001-01-01T00:00:00Z";
    let Group { id, subject, description, owner, created, members, settings, .. } = group;
    let topic = description.clone().unwrap_or_default();
    json!({
        "JID": id,
        "OwnerJID": ids::raw(owner),
        "OwnerPN": "",
        "Name": subject.text,
        "NameSetAt": time::rfc3339(subject.at),
        "NameSetBy": ids::raw(&subject.by),
        "NameSetByPN": "",
        "Topic": topic.text,
        "TopicID": topic.id,
        "TopicSetAt": description.as_ref().map_or(NEVER.to_owned(), |description| time::rfc3339(description.at)),
        "TopicSetBy": if topic.by.is_empty() { topic.by } else { ids::raw(&topic.by) },
        "TopicDeleted": false,
        "IsLocked": settings.info_by_admins_only,
        "IsAnnounce": settings.messages_by_admins_only,
        "AnnounceVersionID": "",
        "IsEphemeral": group.disappearing_after > 0,
        "DisappearingTimer": group.disappearing_after,
        "IsIncognito": false,
        "IsParent": false,
        "DefaultMembershipApprovalMode": "",
        "LinkedParentJID": "",
        "IsDefaultSubGroup": false,
        "IsJoinApprovalRequired": settings.approval_required,
        "AddressingMode": addressing_mode(group, whatsapp),
        "GroupCreated": time::rfc3339(*created),
        "CreatorCountryCode": "",
        "ParticipantVersionID": created.saturating_mul(1_000_000).to_string(),
        "Participants": participants(Engine::Gows, group, whatsapp),
        "MemberAddMode": add_mode(settings.members_can_add),
        "ParticipantCount": members.len(),
        "MemberShareHistoryMode": if settings.members_can_share_history { "all_member_share" } else { "admin_share" },
        "Suspended": false,
    })
}

fn noweb(group: &Group, whatsapp: &WhatsApp) -> Value {
    let address = |id: &str| ids::raw(&addresses(Engine::Noweb, group, id, whatsapp).0);
    let Group { id, subject, description, owner, created, members, settings, .. } = group;
    let of_description = |member: fn(&Text) -> &str| description.as_ref().map(|text| json!(member(text)));
    object([
        ("id", json!(id)),
        ("addressingMode", json!(addressing_mode(group, whatsapp))),
        ("subject", json!(subject.text)),
        ("subjectOwner", json!(address(&subject.by))),
        ("subjectTime", json!(subject.at)),
        ("size", json!(members.len())),
        ("creation", json!(created)),
        ("owner", json!(address(owner))),
        ("ownerPn", json!((!ids::is_hidden(owner)).then(|| ids::raw(owner)))),
        ("desc", json!(of_description(|text| &text.text))),
        ("descId", json!(of_description(|text| &text.id))),
        ("descOwner", json!(description.as_ref().map(|text| address(&text.by)))),
        ("restrict", json!(settings.info_by_admins_only)),
        ("announce", json!(settings.messages_by_admins_only)),
        ("isCommunity", json!(false)),
        ("isCommunityAnnounce", json!(false)),
        ("joinApprovalMode", json!(settings.approval_required)),
        ("memberAddMode", json!(settings.members_can_add)),
        ("ephemeralDuration", json!(Some(group.disappearing_after).filter(|seconds| *seconds > 0))),
        ("participants", participants(Engine::Noweb, group, whatsapp)),
    ])
}

/// What the engines in a browser keep of a group.
fn metadata(group: &Group, whatsapp: &WhatsApp) -> Value {
    let Group { id, subject, description, owner, created, members, settings, .. } = group;
    let description = description.as_ref();
    object([
        ("id", wid(id)),
        ("creation", json!(created)),
        ("owner", wid(owner)),
        ("subject", json!(subject.text)),
        ("subjectTime", json!(subject.at)),
        ("desc", json!(description.map(|text| &text.text))),
        ("descId", json!(description.map(|text| &text.id))),
        ("descTime", json!(description.map(|text| text.at))),
        ("descOwner", json!(description.map(|text| wid(&text.by)))),
        ("restrict", json!(settings.info_by_admins_only)),
        ("announce", json!(settings.messages_by_admins_only)),
        ("noFrequentlyForwarded", json!(false)),
        ("ephemeralDuration", json!(group.disappearing_after)),
        ("membershipApprovalMode", json!(settings.approval_required)),
        ("memberAddMode", json!(add_mode(settings.members_can_add))),
        ("size", json!(members.len())),
        ("support", json!(false)),
        ("suspended", json!(false)),
        ("isParentGroup", json!(false)),
        ("defaultSubgroup", json!(false)),
        ("participants", participants(Engine::Webjs, group, whatsapp)),
        ("pendingParticipants", json!([])),
        ("pastParticipants", json!([])),
        ("membershipApprovalRequests", json!([])),
    ])
}

fn add_mode(members_can_add: bool) -> &'static str {
    if members_can_add { "all_member_add" } else { "admin_add" }
}
