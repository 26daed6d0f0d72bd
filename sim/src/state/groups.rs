//! What happens in groups, with the events that tell of it.

use super::{World, group::Role, session::ME};
use crate::{
    SessionStatus,
    shapes::group_event::{Change, Movement, Notice, RequestAction},
};

/// Tells every session of a change in a group, if the account is or was in it.
pub(crate) fn tell(world: &mut World, group: &str, author: &str, change: &Change) {
    let Some(group) = world.whatsapp.groups.get(group).filter(|group| group.is_chat_of(ME)) else { return };
    let (engine, now) = (world.engine, world.now());
    let notice = Notice { engine, group, whatsapp: &world.whatsapp, author, now };
    let events = notice.events(change);
    let works = |status| status == SessionStatus::Working;
    let sessions = world.sessions.iter().filter(|(_, session)| works(session.status()));
    let sessions: Vec<_> = sessions.map(|(name, _)| name.clone()).collect();
    for session in sessions {
        for (event, payload) in &events {
            world.emit(&session, event, payload.clone());
        }
    }
}

/// Somebody joins a group with its invite, or asks to where an admin has to approve. Does nothing if there is no such
/// group, or they are in it.
pub(crate) fn join(world: &mut World, group: &str, who: &str) {
    let (id, now) = (world.whatsapp.resolve(who), world.now());
    let Some(of) = world.whatsapp.groups.get_mut(group).filter(|group| group.role_of(&id).is_none()) else { return };
    let change = if of.settings.approval_required {
        of.request(&id, now / 1000);
        Change::Request(RequestAction::Created, id.clone())
    } else {
        of.set_role(&id, Role::Member);
        if id == ME { Change::Joined } else { Change::Members(Movement::Join, vec![id.clone()]) }
    };
    tell(world, group, &id, &change);
}

/// Somebody leaves a group, or takes back that they want to join. Does nothing if they are not in it and did not ask.
pub(crate) fn leave(world: &mut World, group: &str, who: &str) {
    let id = world.whatsapp.resolve(who);
    let Some(of) = world.whatsapp.groups.get_mut(group) else { return };
    let change = match (of.remove(&id), of.withdraw(&id)) {
        (true, _) if id == ME => Change::Left,
        (true, _) => Change::Members(Movement::Leave, vec![id.clone()]),
        (false, true) => Change::Request(RequestAction::Revoked, id.clone()),
        (false, false) => return,
    };
    tell(world, group, &id, &change);
}
