//! Calls.

use axum::http::StatusCode;

use super::{Answer, Handler};
use crate::{call::Call, reply, state::calls};

pub(super) fn routes() -> Vec<(&'static str, Handler)> {
    vec![("calls_reject", reject)]
}

/// What becomes of a call that nobody makes is not known; here it is rejected like any other, and no event tells of it.
fn reject(call: &Call) -> Answer {
    let mut world = call.world();
    call.active(&mut world)?;
    calls::reject(&mut world, call.path("session"), call.text("id"));
    Ok(reply::empty(StatusCode::CREATED))
}
