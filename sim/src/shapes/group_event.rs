//! What a session is told of changes in its groups.

use serde_json::{Map, Value, json};

use super::{group, object};
use crate::{
    Engine, ids,
    state::{group::Group, session::ME, whatsapp::WhatsApp},
    time,
};

/// Something that happened in a group.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The account has become a member.
    Joined,
    /// The account is no member any more.
    Left,
    Members(Movement, Vec<String>),
    Property(Property),
    /// Somebody wants in, or does not any more.
    Request(RequestAction, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Movement {
    Join,
    Leave,
    Promote,
    Demote,
}

/// A setting, of which the event tells the new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    Subject,
    Description,
    Invite,
    InfoByAdminsOnly,
    MessagesByAdminsOnly,
    MembersCanAdd,
    ApprovalRequired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestAction {
    Created,
    Rejected,
    Revoked,
}

/// A change that is to be told: in which group, by whom and when.
#[derive(Debug)]
pub(crate) struct Notice<'w> {
    pub(crate) engine: Engine,
    pub(crate) group: &'w Group,
    pub(crate) whatsapp: &'w WhatsApp,
    pub(crate) author: &'w str,
    /// In milliseconds since 1970.
    pub(crate) now: u64,
}

impl Notice<'_> {
    /// The events of a change, with their payloads.
    pub(crate) fn events(&self, change: &Change) -> Vec<(&'static str, Value)> {
        match change {
            Change::Joined => vec![("group.v2.join", self.joined())],
            Change::Left => {
                let ids = vec![ME.to_owned()];
                let group = json!({ "id": self.group.id });
                let payload = json!({ "timestamp": self.timestamp(), "group": group, "_data": self.moved(Movement::Leave, &ids) });
                vec![("group.v2.leave", payload), ("group.v2.participants", self.participants(Movement::Leave, &ids))]
            }
            Change::Members(movement, ids) => vec![("group.v2.participants", self.participants(*movement, ids))],
            Change::Property(property) => {
                self.updated(*property).map(|payload| ("group.v2.update", payload)).into_iter().collect()
            }
            Change::Request(action, id) => {
                let payload = self.request(*action, id);
                payload.map(|payload| ("group.v2.participants.join-request", payload)).into_iter().collect()
            }
        }
    }

    fn joined(&self) -> Value {
        let Self { engine, group, whatsapp, .. } = self;
        let mut info = self.info();
        info.insert("participants".into(), group::participants_v2(*engine, group, whatsapp));
        let data = match engine {
            Engine::Gows => {
                let mut data = group::group(*engine, group, whatsapp, false);
                for (name, value) in [
                    ("Reason", json!("")),
                    ("Type", json!("new")),
                    ("CreateKey", json!("")),
                    ("Sender", json!(self.sender())),
                    ("SenderPN", json!(ids::raw(self.author))),
                    ("Notify", json!("")),
                ] {
                    data[name] = value;
                }
                data
            }
            Engine::Noweb => group::group(*engine, group, whatsapp, false),
            Engine::Webjs | Engine::Wpp => self.moved(Movement::Join, &[ME.to_owned()]),
        };
        json!({ "timestamp": self.timestamp(), "group": info, "_data": data })
    }

    fn participants(&self, movement: Movement, ids: &[String]) -> Value {
        let Self { engine, group, whatsapp, .. } = self;
        let kind = match movement {
            Movement::Join => "join",
            Movement::Leave => "leave",
            Movement::Promote => "promote",
            Movement::Demote => "demote",
        };
        let role = match (movement, engine) {
            (Movement::Leave, _) => "left",
            (Movement::Promote, _) | (Movement::Demote, Engine::Noweb) => "admin",
            (Movement::Join | Movement::Demote, _) => "participant",
        };
        let shape = |id: &String| {
            let (id, pn) = group::addresses(*engine, group, id, whatsapp);
            match engine {
                Engine::Noweb => object([("id", json!(id)), ("pn", json!(pn)), ("role", json!(role))]),
                // It looks at nothing but the id.
                Engine::Gows | Engine::Webjs => json!({ "id": id, "pn": pn.filter(|pn| *pn == id), "role": role }),
                Engine::Wpp => json!({ "id": id, "pn": null, "role": role }),
            }
        };
        json!({
            "group": { "id": group.id },
            "type": kind,
            "timestamp": self.timestamp(),
            "participants": ids.iter().map(shape).collect::<Vec<_>>(),
            "_data": self.moved(movement, ids),
        })
    }

    /// Some engines do not tell of every setting.
    fn updated(&self, property: Property) -> Option<Value> {
        let Self { engine, group, .. } = self;
        let all = self.info();
        let member = match property {
            Property::Subject => Some("subject"),
            Property::Description => Some("description"),
            Property::Invite => Some("invite"),
            Property::MessagesByAdminsOnly => Some("membersCanSendMessages"),
            Property::MembersCanAdd if *engine != Engine::Gows => Some("membersCanAddNewMember"),
            Property::ApprovalRequired => Some("newMembersApprovalRequired"),
            Property::InfoByAdminsOnly | Property::MembersCanAdd => None,
        };
        let changed = match engine {
            Engine::Webjs => all,
            _ => {
                let mut changed = Map::from_iter([("id".to_owned(), json!(group.id))]);
                let value = match (member, engine) {
                    (Some("membersCanSendMessages"), Engine::Gows) => json!(!group.settings.messages_by_admins_only),
                    (Some("invite"), Engine::Gows | Engine::Noweb) => json!(link(group)),
                    (Some(member), _) => all.get(member).cloned().unwrap_or_default(),
                    (None, Engine::Gows) => return None,
                    (None, _) => Value::Null,
                };
                changed.extend(member.map(|member| (member.to_owned(), value)));
                changed
            }
        };
        Some(json!({ "timestamp": self.timestamp(), "group": changed, "_data": self.updated_data(property) }))
    }

    fn request(&self, action: RequestAction, id: &str) -> Option<Value> {
        let Self { engine, group, whatsapp, .. } = self;
        let (requester, pn) = group::addresses(*engine, group, id, whatsapp);
        let raw_pn = pn.as_deref().map(ids::raw);
        let by_link = action == RequestAction::Created;
        let (name, method) = match action {
            RequestAction::Created => ("created", Some("invite_link")),
            RequestAction::Rejected => ("rejected", None),
            RequestAction::Revoked => ("revoked", None),
        };
        let mut payload = object([
            ("group", json!({ "id": group.id })),
            ("action", json!(name)),
            ("requesterId", json!(requester)),
            ("timestamp", json!(self.timestamp())),
        ]);
        payload["_data"] = match engine {
            Engine::Gows => json!({
                "JID": group.id,
                "Sender": if action == RequestAction::Rejected { self.sender() } else { requester.clone() },
                "SenderPN": "",
                "Timestamp": time::rfc3339(self.now / 1000),
                "Action": if by_link { "created" } else { "revoked" },
                "Requests": [{
                    "JID": requester,
                    "PhoneNumber": raw_pn.unwrap_or_default(),
                    "RequestMethod": method.unwrap_or_default(),
                }],
            }),
            Engine::Noweb => object([
                ("id", json!(group.id)),
                ("author", json!(if action == RequestAction::Rejected { self.sender() } else { requester.clone() })),
                ("authorPn", json!(raw_pn.as_ref().filter(|_| action != RequestAction::Rejected))),
                ("participant", json!(requester)),
                ("participantPn", json!(raw_pn)),
                ("action", json!(name)),
                ("method", json!(method)),
            ]),
            Engine::Webjs if by_link => self.notification("created_membership_requests", "", id, &[]),
            // Neither of the engines in a browser tells more than that.
            Engine::Webjs | Engine::Wpp => return None,
        };
        if matches!(engine, Engine::Gows | Engine::Noweb) {
            payload["requesterPn"] = json!(pn);
            payload["requestMethod"] = json!(method);
        }
        Some(payload)
    }

    /// The group in the form for all engines, without its members.
    ///
    /// `membersCanSendMessages` says the opposite of what it should on every engine but WPP, as the server does.
    fn info(&self) -> Map<String, Value> {
        let Self { engine, group, .. } = self;
        let settings = group.settings;
        let description = group.description.as_ref().map(|description| description.text.as_str());
        let (description, invite) = match engine {
            Engine::Gows => (json!(description.unwrap_or_default()), None),
            Engine::Noweb => (json!(description), None),
            Engine::Webjs => (json!(description), Some(json!(group.invite))),
            Engine::Wpp => (json!(description.unwrap_or_default()), Some(Value::Null)),
        };
        let can_send = match engine {
            Engine::Wpp => !settings.messages_by_admins_only,
            _ => settings.messages_by_admins_only,
        };
        let members = [
            ("id", Some(json!(group.id))),
            ("subject", Some(json!(group.subject.text))),
            ("description", Some(description).filter(|description| !description.is_null())),
            ("invite", invite),
            ("membersCanAddNewMember", Some(json!(settings.members_can_add))),
            ("membersCanSendMessages", Some(json!(can_send))),
            ("newMembersApprovalRequired", Some(json!(settings.approval_required))),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }

    /// Milliseconds, or seconds where the engine takes them from WhatsApp.
    fn timestamp(&self) -> u64 {
        match self.engine {
            Engine::Gows | Engine::Noweb => self.now,
            Engine::Webjs | Engine::Wpp => self.now / 1000,
        }
    }

    /// Who did it, as the engine addresses people in this group.
    fn sender(&self) -> String {
        ids::raw(&group::addresses(self.engine, self.group, self.author, self.whatsapp).0)
    }

    /// What the engine has of people who came, went, or got another role.
    fn moved(&self, movement: Movement, ids: &[String]) -> Value {
        let Self { engine, group, whatsapp, .. } = self;
        let address = |id: &String| ids::raw(&group::addresses(*engine, group, id, whatsapp).0);
        match engine {
            Engine::Gows => {
                let member = match movement {
                    Movement::Join => "Join",
                    Movement::Leave => "Leave",
                    Movement::Promote => "Promote",
                    Movement::Demote => "Demote",
                };
                // Of itself, the account is told under its number.
                let address = |id: &String| if id == ME { ids::raw(id) } else { address(id) };
                self.group_info([(member, ids.iter().map(address).collect())])
            }
            Engine::Noweb => {
                let action = match movement {
                    Movement::Join => "add",
                    Movement::Leave => "remove",
                    Movement::Promote => "promote",
                    Movement::Demote => "demote",
                };
                let shape = |id: &String| {
                    let (jid, pn) = group::addresses(*engine, group, id, whatsapp);
                    let pn = pn.filter(|pn| *pn != jid).map(|pn| ids::raw(&pn));
                    object([("id", json!(ids::raw(&jid))), ("phoneNumber", json!(pn))])
                };
                json!({
                    "id": group.id,
                    "author": self.sender(),
                    "participants": ids.iter().map(shape).collect::<Vec<_>>(),
                    "action": action,
                })
            }
            Engine::Webjs => {
                let by_themselves = ids.iter().all(|id| id == self.author);
                let kind = match movement {
                    Movement::Join if by_themselves => "invite",
                    Movement::Join => "add",
                    Movement::Leave if by_themselves => "leave",
                    Movement::Leave => "remove",
                    Movement::Promote => "promote",
                    Movement::Demote => "demote",
                };
                self.notification(kind, "", self.author, ids)
            }
            Engine::Wpp => {
                let operation = match movement {
                    Movement::Join => "add",
                    Movement::Leave => "remove",
                    Movement::Promote => "promote",
                    Movement::Demote => "demote",
                };
                json!({
                    "by": self.author,
                    "groupId": group.id,
                    "action": operation,
                    "operation": operation,
                    "who": ids,
                })
            }
        }
    }

    fn updated_data(&self, property: Property) -> Value {
        let Self { engine, group, .. } = self;
        let description = group.description.clone().unwrap_or_default();
        let settings = group.settings;
        let body = match property {
            Property::Subject => group.subject.text.as_str(),
            Property::Description => description.text.as_str(),
            _ => "",
        };
        let kind = match property {
            Property::Subject => "subject",
            Property::Description => "description",
            Property::Invite => "revoke_invite",
            Property::InfoByAdminsOnly => "restrict",
            Property::MessagesByAdminsOnly => "announce",
            Property::MembersCanAdd => "member_add_mode",
            Property::ApprovalRequired => "membership_approval_mode",
        };
        match engine {
            Engine::Gows => {
                let text = group.subject.clone();
                let (member, value) = match property {
                    Property::Subject => (
                        "Name",
                        json!({ "Name": text.text, "NameSetAt": time::rfc3339(text.at), "NameSetBy": self.sender() }),
                    ),
                    Property::Description => (
                        "Topic",
                        json!({
                            "Topic": description.text,
                            "TopicID": description.id,
                            "TopicSetAt": time::rfc3339(description.at),
                            "TopicSetBy": self.sender(),
                            "TopicDeleted": description.text.is_empty(),
                        }),
                    ),
                    Property::Invite => ("NewInviteLink", json!(link(group))),
                    Property::MessagesByAdminsOnly => {
                        let announce = settings.messages_by_admins_only;
                        ("Announce", json!({ "IsAnnounce": announce, "AnnounceVersionID": "" }))
                    }
                    Property::ApprovalRequired => {
                        ("MembershipApprovalMode", json!({ "IsJoinApprovalRequired": settings.approval_required }))
                    }
                    Property::InfoByAdminsOnly | Property::MembersCanAdd => {
                        ("Locked", json!({ "IsLocked": settings.info_by_admins_only }))
                    }
                };
                self.group_info([(member, value)])
            }
            Engine::Noweb => {
                let (member, value) = match property {
                    Property::Subject => ("subject", json!(body)),
                    Property::Description => ("desc", json!(body)),
                    Property::Invite => ("inviteCode", json!(group.invite)),
                    Property::InfoByAdminsOnly => ("restrict", json!(settings.info_by_admins_only)),
                    Property::MessagesByAdminsOnly => ("announce", json!(settings.messages_by_admins_only)),
                    Property::MembersCanAdd => ("memberAddMode", json!(settings.members_can_add)),
                    Property::ApprovalRequired => ("joinApprovalMode", json!(settings.approval_required)),
                };
                object([("id", json!(group.id)), (member, value), ("author", json!(self.sender()))])
            }
            Engine::Webjs => self.notification(kind, body, self.author, &[]),
            Engine::Wpp => {
                let seconds = self.now / 1000;
                json!({
                    "id": format!("false_{}_{}_{}", group.id, self.number(), self.author),
                    "type": "gp2",
                    "subtype": kind,
                    "body": body,
                    "t": seconds,
                    "timestamp": seconds,
                    "chatId": group.id,
                })
            }
        }
    }

    /// The event of whatsmeow, which has a member for everything that can change.
    fn group_info(&self, changed: [(&str, Value); 1]) -> Value {
        let mut event = json!({
            "JID": self.group.id,
            "Notify": "",
            "Sender": self.sender(),
            "SenderPN": ids::raw(self.author),
            "Timestamp": time::rfc3339(self.now / 1000),
            "Name": null,
            "Topic": null,
            "Locked": null,
            "Announce": null,
            "Ephemeral": null,
            "MembershipApprovalMode": null,
            "Delete": null,
            "Link": null,
            "Unlink": null,
            "NewInviteLink": null,
            "PrevParticipantVersionID": "",
            "ParticipantVersionID": "",
            "JoinReason": "",
            "Join": null,
            "Leave": null,
            "Promote": null,
            "Demote": null,
        });
        for (member, value) in changed {
            event[member] = value;
        }
        event
    }

    /// The notification of whatsapp-web.js.
    fn notification(&self, kind: &str, body: &str, author: &str, recipients: &[String]) -> Value {
        let (chat, id) = (&self.group.id, self.number());
        json!({
            "id": {
                "fromMe": author == ME,
                "remote": chat,
                "id": id,
                "participant": author,
                "_serialized": format!("{}_{chat}_{id}_{author}", author == ME),
            },
            "body": body,
            "type": kind,
            "timestamp": self.now / 1000,
            "chatId": chat,
            "author": author,
            "recipientIds": recipients,
        })
    }

    /// Notifications have numbers where messages have ids.
    fn number(&self) -> String {
        (self.now / 10).to_string()
    }
}

fn link(group: &Group) -> String {
    format!("https://chat.whatsapp.com/{}", group.invite)
}
