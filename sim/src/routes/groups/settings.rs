//! What a group is called, what it says about itself, and who may do what in it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{change, changed};
use crate::{
    Engine, Group,
    call::Call,
    error::Error,
    refusal::Refusal,
    reply,
    routes::{Answer, Handler},
    shapes::group_event::Property,
    state::{
        group::{Settings, Text},
        session::ME,
    },
};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![
        ("groups_set_subject", set_subject),
        ("groups_set_description", set_description),
        ("groups_get_info_admin_only", |call| show(call, "adminsOnly", |of| of.info_by_admins_only)),
        ("groups_set_info_admin_only", |call| {
            set(call, "adminsOnly", Property::InfoByAdminsOnly, |of| &mut of.info_by_admins_only)
        }),
        ("groups_get_messages_admin_only", |call| show(call, "adminsOnly", |of| of.messages_by_admins_only)),
        ("groups_set_messages_admin_only", |call| {
            set(call, "adminsOnly", Property::MessagesByAdminsOnly, |of| &mut of.messages_by_admins_only)
        }),
        ("groups_get_member_add_mode", |call| show(call, "membersCanAddNewMember", |of| of.members_can_add)),
        ("groups_set_member_add_mode", |call| {
            set(call, "membersCanAddNewMember", Property::MembersCanAdd, |of| &mut of.members_can_add)
        }),
        ("groups_get_membership_approval", |call| show(call, "newMembersApprovalRequired", |of| of.approval_required)),
        ("groups_set_membership_approval", set_approval),
        ("groups_get_member_share_history_mode", get_history_mode),
        ("groups_set_member_share_history_mode", set_history_mode),
    ]
}

fn set_subject(call: &Call) -> Answer {
    require_text(call, "subject")?;
    let subject =
        Text { text: call.text("subject").to_owned(), by: ME.to_owned(), at: call.now() / 1000, ..Text::default() };
    write(call, Property::Subject, |group| group.subject = subject)
}

/// An empty one is none, except on GOWS, which refuses it.
fn set_description(call: &Call) -> Answer {
    if call.engine() == Engine::Gows {
        require_text(call, "description")?;
    }
    let id = call.world().message_id();
    let description = Text { id, text: call.text("description").to_owned(), by: ME.to_owned(), at: call.now() / 1000 };
    let description = Some(description).filter(|description| !description.text.is_empty());
    write(call, Property::Description, |group| group.description = description)
}

/// Refuses an empty text.
pub(super) fn require_text(call: &Call, name: &str) -> Result<(), Error> {
    call.working(&mut call.world())?;
    match (call.text(name).trim(), call.engine()) {
        ("", Engine::Gows) => Err(Error::bad_request(format!("GOWS does not support an empty group {name}."))),
        ("", _) => Err(Error::Invalid(vec![format!("{name} should not be empty")])),
        _ => Ok(()),
    }
}

/// Changes what the group shows, which not only admins may do.
fn write(call: &Call, property: Property, apply: impl FnOnce(&mut Group)) -> Answer {
    changed(call.engine(), change(call, Group::may_edit, Some(property), apply)?)
}

fn show(call: &Call, member: &str, value: fn(&Settings) -> bool) -> Answer {
    super::show(call, |group, _| {
        Value::Object([(member.to_owned(), json!(value(&group.settings)))].into_iter().collect())
    })
}

fn set(call: &Call, member: &str, property: Property, setting: fn(&mut Settings) -> &mut bool) -> Answer {
    changed(call.engine(), apply(call, member, Some(property), setting)?)
}

/// The engines without a browser say it here as well, but only if it was made.
fn set_approval(call: &Call) -> Answer {
    let property = Some(Property::ApprovalRequired);
    let is_allowed = apply(call, "newMembersApprovalRequired", property, |of| &mut of.approval_required)?;
    changed_or_thrown(call.engine(), is_allowed)
}

fn get_history_mode(call: &Call) -> Answer {
    call.active(&mut call.world())?;
    if call.engine() == Engine::Webjs {
        return call.sample();
    }
    call.only(&[Engine::Gows, Engine::Noweb])?;
    show(call, "membersCanShareHistory", |of| of.members_can_share_history)
}

fn set_history_mode(call: &Call) -> Answer {
    call.active(&mut call.world())?;
    if call.engine() == Engine::Webjs {
        return call.sample();
    }
    call.only(&[Engine::Gows, Engine::Noweb])?;
    let is_allowed = apply(call, "membersCanShareHistory", None, |of| &mut of.members_can_share_history)?;
    changed_or_thrown(call.engine(), is_allowed)
}

/// Changes a setting, which only admins may do; returns whether it did.
fn apply(
    call: &Call,
    member: &str,
    property: Option<Property>,
    setting: fn(&mut Settings) -> &mut bool,
) -> Result<bool, Error> {
    let value = call.flag(member).unwrap_or_default();
    change(call, Group::is_admin, property, |group| *setting(&mut group.settings) = value)
}

/// Answers whether a setting was changed; the engines without a browser throw where it was not.
fn changed_or_thrown(engine: Engine, is_allowed: bool) -> Answer {
    match is_allowed || engine.has_browser() {
        true => Ok(reply::text(StatusCode::OK, is_allowed.to_string())),
        false => Err(Refusal::FORBIDDEN.on(engine)),
    }
}
