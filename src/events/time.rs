//! Times of events, which servers write in seconds or in milliseconds, depending on event, engine and release.

use std::time::{Duration, SystemTime};

use super::{Event, Payload};

/// A number that is larger counts milliseconds: as seconds it would be in the year 5138, and as milliseconds in 1973.
const LARGEST_SECONDS: f64 = 1e11;

/// The time that is a number of milliseconds after 1970.
pub(super) fn of_milliseconds(milliseconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_millis(milliseconds.unsigned_abs());
    match milliseconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(distance),
        _ => SystemTime::UNIX_EPOCH.checked_sub(distance),
    }
}

/// The time that is a number of seconds after 1970.
pub(super) fn of_seconds(seconds: i64) -> Option<SystemTime> {
    of_milliseconds(seconds.checked_mul(1000)?)
}

/// The time that is a number of seconds or milliseconds after 1970, whichever it can be.
fn of_either(number: f64) -> Option<SystemTime> {
    let seconds = if number.abs() > LARGEST_SECONDS { number / 1000.0 } else { number };
    let distance = Duration::try_from_secs_f64(seconds.abs()).ok()?;
    if seconds < 0.0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

impl Event {
    /// Returns when the server made the event: [`timestamp`](Self::timestamp) as a `SystemTime`.
    pub fn created_at(&self) -> Option<SystemTime> {
        of_milliseconds(self.timestamp?)
    }

    /// Returns when it happened, where the payload says that: when a message was sent, a call came in, a vote was cast.
    ///
    /// Payloads keep their times as the server sends them, in seconds or milliseconds as their documentation says. This
    /// method knows the unit, also where it depends on the engine.
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// use std::time::{Duration, SystemTime};
    ///
    /// let event = waha::Event::from_slice(br#"{"event": "call.received", "session": "default",
    ///     "payload": {"id": "AAAA", "timestamp": 1790000000.25}}"#)?;
    /// assert_eq!(event.happened_at(), Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_250)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn happened_at(&self) -> Option<SystemTime> {
        if let Some(message) = self.message() {
            return message.sent_at();
        }
        let either = |time: Option<i64>| of_either(time? as f64);
        match &self.payload {
            Payload::MessageReaction(reaction) => reaction.timestamp.and_then(of_either),
            Payload::CallReceived(call) | Payload::CallAccepted(call) | Payload::CallRejected(call) => {
                call.timestamp.and_then(of_either)
            }
            Payload::EventResponse(response) | Payload::EventResponseFailed(response) => {
                response.timestamp.and_then(of_either)
            }
            Payload::PollVote(vote) | Payload::PollVoteFailed(vote) => either(vote.vote.timestamp),
            Payload::GroupV2Join(event) => either(event.timestamp),
            Payload::GroupV2Leave(event) => either(event.timestamp),
            Payload::GroupV2Update(event) => either(event.timestamp),
            Payload::GroupV2Participants(event) => either(event.timestamp),
            Payload::GroupV2ParticipantsJoinRequest(event) => either(event.timestamp),
            Payload::ChatArchive(event) => either(event.timestamp),
            Payload::SessionStatus(change) => {
                let last = change.statuses.as_deref()?.iter().rev().find(|point| point.status == change.status)?;
                either(Some(last.timestamp))
            }
            _ => None,
        }
    }
}
