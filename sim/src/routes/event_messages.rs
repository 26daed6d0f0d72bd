//! Invitations to an event.

use super::{Answer, Handler, chatting};
use crate::{Engine, call::Call, state::message::Content};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![("event_messages_send", send)]
}

fn send(call: &Call) -> Answer {
    let mut world = call.world();
    call.working(&mut world)?;
    call.only(&[Engine::Gows])?;
    let event = call.body.get("event").cloned().unwrap_or_default();
    chatting::deliver(call, &mut world, Content::Event(event))
}
