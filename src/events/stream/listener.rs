//! What is listened to, and how: the settings of a stream.

use std::{fmt, ops::RangeInclusive, sync::Arc, time::Duration};

use super::{
    EventStream,
    buffer::Buffer,
    catch_up::CatchUp,
    driver::Driver,
    socket::{Socket, Target},
};
use crate::{Client, Error, ErrorKind, Retry, Session, SessionName, operation::EVENTS, types::EventName};

impl Client {
    /// Begins to listen to the events of all sessions that the API key may read: see [`EventListener`].
    ///
    /// ```no_run
    /// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
    /// let mut events = client.events().only(["session.status"]).connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(&self) -> EventListener {
        EventListener::new(self.clone(), None)
    }
}

impl Session {
    /// Begins to listen to the events of this session: see [`EventListener`].
    ///
    /// If there is no such session, no events come; they begin when it is created and started.
    pub fn events(&self) -> EventListener {
        EventListener::new(self.client().clone(), Some(self.name().clone()))
    }
}

/// A description of the events to listen to, and how; returned by [`Session::events`] and [`Client::events`].
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::types::EventName;
///
/// let mut events = session.events().only([EventName::Message, EventName::SessionStatus]).connect().await?;
/// while let Some(event) = events.next_event().await? {
///     println!("{event:?}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// | setting | default |
/// |---|---|
/// | [`only`](Self::only) | all events but `state.change` and `engine.event` |
/// | [`heartbeat`](Self::heartbeat) | 30 s |
/// | [`reconnect_delay`](Self::reconnect_delay) | 500 ms to 30 s |
/// | [`give_up_after`](Self::give_up_after) | never |
/// | [`catch_up`](Self::catch_up) | no |
/// | [`buffer`](Self::buffer), [`buffer_bytes`](Self::buffer_bytes) | 1000 events, 64 MiB |
/// | [`when_full`](Self::when_full) | [`WhenFull::Wait`] |
/// | [`max_event_size`](Self::max_event_size) | 16 MiB |
///
/// The connection is opened by the client, with its API key, proxy, TLS, own headers, path prefix, limits and timeout. The
/// server wants the key of a WebSocket in the query of its address, so that proxies before the server may log it; this
/// client shows it in no error, trace or `Debug` output. What the server sends is logged by the crate `tungstenite`, at the
/// levels debug and trace.
///
/// An `http://` or `https://` proxy has to pass on the upgrade of a connection. For an `https://` server it always does; for
/// an `http://` server some do not.
///
/// All settings:
///
/// ```no_run
/// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::events::{CatchUp, WhenFull};
///
/// // All sessions of the server.
/// let mut events = client
///     .events()
///     .heartbeat(Duration::from_secs(10))
///     .reconnect_delay(Duration::from_secs(1)..=Duration::from_secs(60))
///     .give_up_after(Duration::from_secs(3600))
///     .catch_up(CatchUp::new())
///     .buffer(10_000)
///     .buffer_bytes(16 * 1024 * 1024)
///     .when_full(WhenFull::DropOldest)
///     .max_event_size(1024 * 1024)
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is listened to until `connect` is called"]
pub struct EventListener {
    client: Client,
    session: Option<SessionName>,
    settings: Settings,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    only: Option<Vec<EventName>>,
    pub(super) heartbeat: Duration,
    pub(super) min_delay: Duration,
    pub(super) max_delay: Duration,
    pub(super) give_up_after: Option<Duration>,
    pub(super) catch_up: Option<CatchUp>,
    buffer: usize,
    buffer_bytes: usize,
    pub(super) when_full: WhenFull,
    max_event_size: usize,
}

impl Settings {
    /// Whether events of this name are listened to.
    pub(super) fn wants(&self, name: &EventName) -> bool {
        self.only.as_ref().is_none_or(|only| only.iter().any(|one| one == name || one == "*"))
    }
}

/// What happens when events come faster than they are taken, and the buffer is full.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::events::WhenFull;
///
/// let mut events = session.events().buffer(100).when_full(WhenFull::DropOldest).connect().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhenFull {
    /// Nothing is read until there is room. Nothing is lost as long as the server keeps what it cannot send, in its memory.
    /// Meanwhile a server that has gone away is noticed only if the connection breaks.
    #[default]
    Wait,
    /// The oldest events are dropped. [`Received::Dropped`](super::Received::Dropped) tells how many, in their place.
    DropOldest,
    /// The stream ends with an error, after the events in the buffer.
    End,
}

impl EventListener {
    /// How long the server may be silent by default before it is asked whether it is there: 30 s. WAHA itself sends a ping
    /// every 60 s, and before 2025 every 10 s.
    pub const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(30);

    /// How long to wait by default before a lost connection is opened again: 500 ms at first, 30 s at most.
    pub const DEFAULT_RECONNECT_DELAY: RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(30);

    /// How many events the buffer holds by default.
    pub const DEFAULT_BUFFER: usize = 1000;

    /// How many bytes of events the buffer holds by default: 64 MiB.
    pub const DEFAULT_BUFFER_BYTES: usize = 64 * 1024 * 1024;

    /// The largest event that is read by default, in bytes: 16 MiB.
    pub const DEFAULT_MAX_EVENT_SIZE: usize = 16 * 1024 * 1024;

    /// The longest time that may be set for the heartbeat and between two attempts to connect: one hour.
    const LONGEST: Duration = Duration::from_secs(3600);

    /// The shortest heartbeat.
    const SHORTEST: Duration = Duration::from_millis(10);

    fn new(client: Client, session: Option<SessionName>) -> Self {
        let settings = Settings {
            only: None,
            heartbeat: Self::DEFAULT_HEARTBEAT,
            min_delay: *Self::DEFAULT_RECONNECT_DELAY.start(),
            max_delay: *Self::DEFAULT_RECONNECT_DELAY.end(),
            give_up_after: None,
            catch_up: None,
            buffer: Self::DEFAULT_BUFFER,
            buffer_bytes: Self::DEFAULT_BUFFER_BYTES,
            when_full: WhenFull::default(),
            max_event_size: Self::DEFAULT_MAX_EVENT_SIZE,
        };
        Self { client, session, settings }
    }

    /// Sets which events to listen to. `state.change` and `engine.event` come only if they are named here. The server ignores
    /// names that it does not know.
    pub fn only(mut self, events: impl IntoIterator<Item = impl Into<EventName>>) -> Self {
        self.settings.only = Some(events.into_iter().map(Into::into).collect());
        self
    }

    /// Sets how long the server may be silent before it is asked whether it is there; after twice this time without an answer
    /// the connection counts as lost. A server that sends pings more often is watched by its own interval, of at least 5 s.
    /// Between 10 ms and one hour. Default: [`DEFAULT_HEARTBEAT`](Self::DEFAULT_HEARTBEAT).
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.settings.heartbeat = interval.max(Self::SHORTEST).min(Self::LONGEST);
        self
    }

    /// Sets how long to wait before a lost connection is opened again. The time begins with the start of the range, up to as
    /// much again is added at random, and it doubles with each attempt up to the end of the range, which is an hour at most.
    /// It begins again after a connection that lasted longer than the end of the range. Default:
    /// [`DEFAULT_RECONNECT_DELAY`](Self::DEFAULT_RECONNECT_DELAY).
    pub fn reconnect_delay(mut self, bounds: RangeInclusive<Duration>) -> Self {
        let (min, max) = bounds.into_inner();
        self.settings.max_delay = max.min(Self::LONGEST);
        self.settings.min_delay = min.min(self.settings.max_delay);
        self
    }

    /// Sets how long to try to open a lost connection again before the stream ends with the last error. Default: for ever.
    pub fn give_up_after(mut self, time: Duration) -> Self {
        self.settings.give_up_after = Some(time);
        self
    }

    /// Sets that messages that came during a gap are fetched from their chats: see [`CatchUp`]. Default: they are not.
    pub fn catch_up(mut self, how: CatchUp) -> Self {
        self.settings.catch_up = Some(how);
        self
    }

    /// Sets how many events may wait to be taken, at least one. Default: [`DEFAULT_BUFFER`](Self::DEFAULT_BUFFER).
    pub fn buffer(mut self, events: usize) -> Self {
        self.settings.buffer = events;
        self
    }

    /// Sets how large the events that wait to be taken may be together, in bytes. A single event may be larger. Default:
    /// [`DEFAULT_BUFFER_BYTES`](Self::DEFAULT_BUFFER_BYTES).
    pub fn buffer_bytes(mut self, bytes: usize) -> Self {
        self.settings.buffer_bytes = bytes;
        self
    }

    /// Sets what happens when the buffer is full. Default: [`WhenFull::Wait`].
    pub fn when_full(mut self, then: WhenFull) -> Self {
        self.settings.when_full = then;
        self
    }

    /// Sets the largest event that is read, in bytes. A larger one breaks the connection, which is opened again. Default:
    /// [`DEFAULT_MAX_EVENT_SIZE`](Self::DEFAULT_MAX_EVENT_SIZE); real events have some thousand bytes.
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.settings.max_event_size = bytes;
        self
    }

    /// Opens the connection, and starts a task that keeps it open until the stream is dropped.
    ///
    /// The server accepts every connection before it looks at the API key, so that a wrong one is the error of the first
    /// item. Call this within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`] if [`only`](Self::only) names no event, or none that [`catch_up`](Self::catch_up) can
    ///   fetch.
    /// - [`ErrorKind::NotSupported`] if the server, or a proxy before it, opens no WebSocket.
    /// - As for any call: see [`Error`]. Connecting is repeated as [`Retry`] allows.
    pub async fn connect(self) -> Result<EventStream, Error> {
        let Self { client, session, settings } = self;
        settings.check().map_err(|why| Error::new(ErrorKind::InvalidRequest, why).with_operation(&EVENTS))?;
        let target = Target {
            session: session.as_ref().map(ToString::to_string),
            events: settings.only.iter().flatten().map(ToString::to_string).collect(),
            max_size: settings.max_event_size,
        };
        let socket = Socket::open(&client, &target).await?;
        let buffer = Arc::new(Buffer::new(settings.buffer, settings.buffer_bytes));
        let settings = Arc::new(settings);
        // The task has delays of its own.
        let once = client.with(|options| options.retry(Retry::never()));
        let driver = Driver::new(once, target, settings.clone(), buffer.clone(), socket);
        Ok(EventStream::new(client, session, settings, buffer, driver))
    }
}

impl Settings {
    fn check(&self) -> Result<(), &'static str> {
        if self.only.as_ref().is_some_and(Vec::is_empty) {
            return Err("no event is named: `only` needs at least one");
        }
        let fetches = self.wants(&EventName::Message) || self.wants(&EventName::MessageAny);
        if self.catch_up.is_some() && !fetches {
            return Err("`catch_up` fetches messages: add `message` or `message.any` to `only`");
        }
        Ok(())
    }
}

impl fmt::Debug for EventListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventListener")
            .field("client", &self.client)
            .field("session", &self.session)
            .field("settings", &self.settings)
            .finish()
    }
}
