use std::collections::HashMap;

use bytes::Bytes;

use super::{Payload, read};
use crate::{Error, redaction::Redactor, types};

/// An event: something that happened in a session, with where and when.
///
/// Members that a server does not send are `None`: older releases send neither [`id`](Self::id) nor
/// [`timestamp`](Self::timestamp).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// The id of the event, `evt_` and a ULID in lower case. A delivery that is repeated has the same one.
    pub id: Option<String>,
    /// When the server made the event, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The name of the session in which it happened.
    pub session: String,
    /// The `metadata` of the session's configuration; empty where there is none.
    pub metadata: HashMap<String, String>,
    /// The session's own account; `None` while the session is not linked to one.
    pub me: Option<types::MeInfo>,
    /// The engine that runs the session.
    pub engine: Option<types::Engine>,
    /// The server that sent the event.
    pub environment: Option<types::ServerVersion>,
    /// What happened.
    pub payload: Payload,
    /// The event as it came over a WebSocket.
    pub(super) received: Option<Bytes>,
}

impl Event {
    /// Reads an event from the body of a webhook or a message of the WebSocket.
    ///
    /// It is read as leniently as an answer: unknown members are ignored, unknown values are kept, and what a `String`
    /// cannot hold is replaced. A payload that is not what the document says is [`Payload::Undecodable`]; other members
    /// that are not are `None`.
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// use waha::{Event, events::Payload};
    ///
    /// let body = br#"{"event": "session.status", "session": "default", "payload": {"name": "default", "status": "WORKING"}}"#;
    /// let event = Event::from_slice(body)?;
    /// assert_eq!(event.session, "default");
    /// assert!(matches!(event.payload, Payload::SessionStatus(change) if change.status == "WORKING"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if it is not JSON, is nested deeper than
    /// [`Json::MAX_DEPTH`](crate::Json::MAX_DEPTH), or has no `event` or no `session` that is text.
    #[inline]
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(bytes, &Redactor::default())
    }

    /// As [`from_slice`](Self::from_slice), with secrets that no error repeats.
    #[inline]
    pub(crate) fn read(bytes: &[u8], redactor: &Redactor) -> Result<Self, Error> {
        read::event(bytes, redactor)
    }

    /// Adds the JSON that it was read from.
    #[cfg(feature = "ws")]
    pub(super) fn with_received(self, json: Bytes) -> Self {
        Self { received: Some(json), ..self }
    }

    /// Returns the JSON of the event as the server sent it over the WebSocket, to record it or to pass it on; `None` for
    /// an event of [`from_slice`](Self::from_slice), whose caller has the JSON, and for a message that was fetched after
    /// a gap.
    ///
    /// ```
    /// # fn record(event: waha::Event, file: &mut impl std::io::Write) -> std::io::Result<()> {
    /// if let Some(json) = event.received_json() {
    ///     file.write_all(json)?;
    ///     file.write_all(b"\n")?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn received_json(&self) -> Option<&[u8]> {
        self.received.as_deref()
    }

    /// Returns the name of the event, such as `message.ack`.
    pub fn name(&self) -> types::EventName {
        self.payload.name()
    }
}
