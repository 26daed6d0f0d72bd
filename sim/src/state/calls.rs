//! Calls, from the ringing to the end.

use super::World;
use crate::{
    Server, SessionStatus, ids,
    shapes::call::{self, Stage},
};

/// A call that rings.
#[derive(Debug, Clone)]
pub(crate) struct Ringing {
    pub(crate) id: String,
    /// Who calls.
    pub(crate) from: String,
    pub(crate) is_video: bool,
    /// In milliseconds since 1970.
    pub(crate) since: u64,
}

impl Server {
    /// Makes somebody call a session, which rings until the call is rejected. Returns the id of the call, or `None` if
    /// there is no such session that works.
    pub fn ring(&self, session: &str, from: &str, is_video: bool) -> Option<String> {
        self.app.change(|world| ring(world, session, from, is_video))
    }
}

/// Lets a session ring; returns the id of the call, if the session works.
pub(crate) fn ring(world: &mut World, session: &str, from: &str, is_video: bool) -> Option<String> {
    let (id, since) = (world.message_id(), world.now());
    let works = |status| status == SessionStatus::Working;
    let called = world.sessions.get_mut(session).filter(|session| works(session.status()))?;
    let ringing = Ringing { id: id.clone(), from: ids::canonical(from), is_video, since };
    called.calls.push(ringing.clone());
    tell(world, session, &ringing, Stage::Received);
    Some(id)
}

/// Ends a call. Does nothing if it does not ring.
pub(crate) fn reject(world: &mut World, session: &str, id: &str) {
    let Some(called) = world.sessions.get_mut(session) else { return };
    let Some(place) = called.calls.iter().position(|ringing| ringing.id == id) else { return };
    let ringing = called.calls.remove(place);
    tell(world, session, &ringing, Stage::Rejected);
}

fn tell(world: &mut World, session: &str, ringing: &Ringing, stage: Stage) {
    if let Some(payload) = call::payload(world.engine, ringing, stage, world.now(), &world.whatsapp) {
        world.emit(session, stage.event(), payload);
    }
}
