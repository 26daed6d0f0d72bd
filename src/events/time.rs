//! Times of events, which servers write in seconds or in milliseconds, depending on event, engine and release.

use std::time::{Duration, SystemTime};

use super::{Event, Payload};

/// A number that is larger counts milliseconds: as seconds it would be in the year 5138, and as milliseconds in 1973.
const LARGEST_SECONDS: f64 = 1e11;

/// The time that is a number of milliseconds after 1970.
fn of_milliseconds(milliseconds: i64) -> Option<SystemTime> {
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
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// use std::time::{Duration, SystemTime};
    ///
    /// let event = waha::Event::from_slice(br#"{"event": "session.status", "session": "default",
    ///     "timestamp": 1790000000250, "payload": {"name": "default", "status": "WORKING"}}"#)?;
    /// assert_eq!(event.created_at(), Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_250)));
    /// # Ok(())
    /// # }
    /// ```
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
        let time = match &self.payload {
            Payload::PollVote(vote) | Payload::PollVoteFailed(vote) => vote.vote.timestamp.map(|time| time as f64),
            Payload::SessionStatus(change) => {
                let mut points = change.statuses.as_deref().unwrap_or_default().iter().rev();
                points.find(|point| point.status == change.status).map(|point| point.timestamp as f64)
            }
            other => other.timestamp(),
        };
        time.and_then(of_either)
    }
}
