//! What a stream of events yields.

use std::{sync::Arc, time::SystemTime};

use crate::{Error, events::Event};

/// An item of an [`EventStream`](super::EventStream).
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::events::{CatchUp, Received};
///
/// let mut events = session.events().catch_up(CatchUp::new()).connect().await?;
/// while let Some(received) = events.next().await {
///     let received = received?;
///     match &received {
///         Received::Gap(gap) => eprintln!("deaf since {:?}: {}", gap.since(), gap.cause()),
///         Received::CaughtUp(result) => eprintln!("{} messages were missed", result.missed()),
///         Received::Dropped(count) => eprintln!("{count} events were dropped"),
///         Received::Unreadable(error) => eprintln!("{error}"),
///         other => println!("{:?}", other.event().map(|event| event.name())),
///     }
///     if let Some(event) = received.into_event() {
///         println!("{:?}", event.chat_id());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// An event, as the server sent it.
    Event(Event),
    /// The connection was lost and is open again. The server repeats nothing: what happened in the meantime was missed.
    Gap(Gap),
    /// A message that was missed in a gap and fetched from its chat; only with
    /// [`catch_up`](super::EventListener::catch_up). It has the form of an event, without `id` and `timestamp` of its own.
    Missed(Event),
    /// The messages of a gap have been fetched; only with [`catch_up`](super::EventListener::catch_up).
    CaughtUp(CaughtUp),
    /// This many events were dropped here, because the buffer was full; only with
    /// [`WhenFull::DropOldest`](super::WhenFull::DropOldest).
    Dropped(u64),
    /// The server sent something that is not an event. The error contains the beginning of it
    /// ([`Error::clipped_body`](crate::Error::clipped_body)).
    Unreadable(Error),
}

impl Received {
    /// Returns the event, if this is [`Event`](Self::Event) or [`Missed`](Self::Missed).
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Event(event) | Self::Missed(event) => Some(event),
            _ => None,
        }
    }

    /// Like [`event`](Self::event), by value.
    pub fn into_event(self) -> Option<Event> {
        match self {
            Self::Event(event) | Self::Missed(event) => Some(event),
            _ => None,
        }
    }
}

/// A time in which events were missed, because the connection was lost.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::events::Received;
///
/// let mut events = session.events().connect().await?;
/// if let Some(Ok(Received::Gap(gap))) = events.next().await {
///     let (since, until) = (gap.since(), gap.until());
///     println!("deaf from {since:?} to {until:?}, {} attempts: {}", gap.attempts(), gap.cause());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Gap {
    since: SystemTime,
    until: SystemTime,
    attempts: u64,
    cause: Arc<Error>,
}

impl Gap {
    pub(super) fn new(since: SystemTime, until: SystemTime, attempts: u64, cause: Error) -> Self {
        Self { since, until, attempts, cause: Arc::new(cause) }
    }

    /// Returns when the lost connection last received anything, by the clock of this computer. An event that was on its way
    /// at that moment is missed as well.
    pub fn since(&self) -> SystemTime {
        self.since
    }

    /// Returns when the new connection was open, by the clock of this computer.
    pub fn until(&self) -> SystemTime {
        self.until
    }

    /// Returns how many attempts it took to open a new connection.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Returns why the connection was lost.
    pub fn cause(&self) -> &Error {
        &self.cause
    }

    /// Returns a gap that covers both, of which `later` came later.
    pub(super) fn extended_by(self, later: Self) -> Self {
        Self { since: self.since, attempts: self.attempts.saturating_add(later.attempts), ..later }
    }
}

/// What became of catching up after a gap.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::events::{CatchUp, Received};
///
/// let mut events = session.events().catch_up(CatchUp::new()).connect().await?;
/// if let Some(Ok(Received::CaughtUp(result))) = events.next().await {
///     if !result.is_complete() {
///         eprintln!("{} messages, and perhaps more: {:?}", result.missed(), result.error());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CaughtUp {
    pub(super) missed: usize,
    pub(super) is_complete: bool,
    pub(super) error: Option<Error>,
}

impl CaughtUp {
    /// Returns how many events were yielded as [`Received::Missed`].
    pub fn missed(&self) -> usize {
        self.missed
    }

    /// Returns whether all chats were looked at to the beginning of the gap: `false` if a limit of
    /// [`CatchUp`](super::CatchUp) was reached or a request failed.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Returns why not everything was fetched, if a request failed.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}
