//! The messages of a gap, fetched from their chats.

use std::{
    collections::HashMap,
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, Method, header::DATE};
use tokio::time::{Instant, sleep};

use super::{
    listener::Settings,
    received::{CaughtUp, Gap},
};
use crate::{
    Client, Error, ErrorKind, Json, Session, SessionName,
    events::Event,
    types::{ChatSummary, EventName, SessionStatus},
};

/// How messages that came during a gap are fetched; given to [`EventListener::catch_up`](super::EventListener::catch_up).
///
/// After [`Received::Gap`](super::Received::Gap), the client asks for the chats with the latest messages and for what was
/// written in them during the gap. It yields each message as [`Received::Missed`](super::Received::Missed), in the order of
/// their times, and then [`Received::CaughtUp`](super::Received::CaughtUp). Events that come meanwhile wait in the buffer. A
/// message that the stream has yielded is not yielded again, neither as missed nor as an event.
///
/// What the server's API does not tell cannot be fetched:
///
/// - Only messages come back, as `message` (of others) and `message.any` (of all), as far as
///   [`only`](super::EventListener::only) names them; no acknowledgements, reactions, edits, revocations, calls, group changes
///   or statuses, and no messages that were deleted in the meantime.
/// - A message counts as missed if the stream has not yielded it, and if it is not older than the gap or than the latest message
///   that the stream has yielded, whichever is earlier. One that was sent before that and reached the server during the gap,
///   for example from a phone that was offline, is not found.
/// - Messages have times of whole seconds. Two messages of one second in different chats may come in another order.
/// - A chat is found by its latest message, if the engine lists chats and keeps messages: NOWEB does so with its store
///   enabled. What is not among the chats, such as status updates, is not looked for.
/// - After a gap at the very beginning of a stream, messages that came in the last seconds before [`connect`] may be among
///   the missed ones.
/// - `media` is as the server answers lists of messages, without files if it does not download them.
///
/// [`connect`]: super::EventListener::connect
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::events::CatchUp;
///
/// let catch_up = CatchUp::new().max_chats(20).max_messages(200).patience(Duration::from_secs(30));
/// let mut events = session.events().catch_up(catch_up).connect().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it has no effect until it is given to `EventListener::catch_up`"]
pub struct CatchUp {
    max_chats: usize,
    max_messages: usize,
    patience: Duration,
}

impl CatchUp {
    /// How many chats of a session and how many messages of all of them are fetched by default: 100 and 1000.
    const MAX_CHATS: usize = 100;
    const MAX_MESSAGES: usize = 1000;

    /// How long to wait by default for a session that is not ready yet: 60 s.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// How many chats or messages are asked for at once.
    const PAGE: usize = 100;

    /// How long to wait between two attempts.
    const PAUSE: Duration = Duration::from_secs(1);

    /// How far clocks are trusted: times of messages and of the server's answers are whole seconds.
    const TOLERANCE: Duration = Duration::from_secs(2);

    /// Returns the default: at most 100 chats of a session and 1000 messages after a gap.
    pub fn new() -> Self {
        Self { max_chats: Self::MAX_CHATS, max_messages: Self::MAX_MESSAGES, patience: Self::PATIENCE }
    }

    /// Sets how many chats of a session are looked at after a gap. Default: 100.
    pub fn max_chats(mut self, chats: usize) -> Self {
        self.max_chats = chats;
        self
    }

    /// Sets how many messages of a session are fetched after a gap, the latest of each chat. Default: 1000.
    pub fn max_messages(mut self, messages: usize) -> Self {
        self.max_messages = messages;
        self
    }

    /// Sets how long to repeat requests while the server or a session is not ready, as after a restart. Default: 60 s.
    pub fn patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }
}

impl Default for CatchUp {
    fn default() -> Self {
        Self::new()
    }
}

/// The messages of a gap, in the order of their times; some of them may have been seen.
pub(super) struct Fetched {
    pub(super) events: Vec<Event>,
    pub(super) result: CaughtUp,
}

/// Fetches what was written during a gap, in a session or in all of them. `latest` are the times of the latest messages of
/// each session that were yielded before.
pub(super) async fn fetch(
    client: Client,
    session: Option<SessionName>,
    how: CatchUp,
    settings: Arc<Settings>,
    gap: Gap,
    latest: HashMap<String, i64>,
) -> Fetched {
    let mut fetch = Fetch {
        deadline: Instant::now() + how.patience.min(Duration::from_secs(24 * 3600)),
        how,
        settings,
        since: gap.since(),
        latest,
        events: Vec::new(),
        is_complete: true,
    };
    let error = fetch.all(&client, session).await.err();
    // Stable: messages of one second keep the order that they have in their chat.
    fetch.events.sort_by_key(|(timestamp, _)| *timestamp);
    let result = CaughtUp { missed: 0, is_complete: fetch.is_complete && error.is_none(), error };
    Fetched { events: fetch.events.into_iter().map(|(_, event)| event).collect(), result }
}

struct Fetch {
    how: CatchUp,
    settings: Arc<Settings>,
    since: SystemTime,
    latest: HashMap<String, i64>,
    deadline: Instant,
    /// With the times of the messages, in seconds.
    events: Vec<(i64, Event)>,
    is_complete: bool,
}

impl Fetch {
    async fn all(&mut self, client: &Client, session: Option<SessionName>) -> Result<(), Error> {
        if let Some(session) = session {
            return self.session(&client.session(session)?).await;
        }
        let mut first_error = None;
        for info in self.patiently(|| client.sessions().list().send()).await?.into_inner() {
            // The others have no messages that could have been missed.
            if info.status != SessionStatus::Working {
                continue;
            }
            let session = client.session(info.name.as_str())?;
            if let Err(error) = self.session(&session).await {
                first_error.get_or_insert(error);
            }
        }
        first_error.map_or(Ok(()), Err)
    }

    async fn session(&mut self, session: &Session) -> Result<(), Error> {
        let mut left = self.how.max_messages;
        for offset in (0..).step_by(CatchUp::PAGE) {
            let call = session.chats().list_overview().limit(CatchUp::PAGE as i64).offset(offset as i64);
            let page = self.patiently(|| call.clone().send()).await?;
            let gap = seconds(self.since, page.headers());
            let since = self.latest.get(session.name().as_ref()).map_or(gap, |latest| gap.min(*latest));
            let chats = page.into_inner();
            let is_last = chats.len() < CatchUp::PAGE;
            for (position, chat) in chats.iter().enumerate() {
                let Some(time) = last_message(chat) else { continue };
                if time < since {
                    return Ok(());
                }
                if offset + position >= self.how.max_chats || left == 0 {
                    self.is_complete = false;
                    return Ok(());
                }
                left -= self.chat(session, &chat.id, since, left).await?;
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }

    /// Fetches at most so many messages of a chat, and returns how many there were.
    async fn chat(&mut self, session: &Session, chat: &str, since: i64, limit: usize) -> Result<usize, Error> {
        let mut messages = Vec::new();
        loop {
            let count = CatchUp::PAGE.min(limit - messages.len());
            let offset = messages.len();
            let request = session.request(Method::GET, "/api/{session}/chats/{chatId}/messages");
            let request = request.param("chatId", chat).query("limit", count).query("offset", offset);
            let request = request.query("filter.timestamp.gte", since);
            let page = self.patiently(|| request.clone().send_as::<Vec<Json>>()).await?.into_inner();
            let is_last = page.len() < count;
            // The newest come first; a server that does not know the filter goes on with older ones.
            let new: Vec<_> = page
                .into_iter()
                .map(|message| (message.get::<i64>("/timestamp").ok().flatten().unwrap_or(since), message))
                .collect();
            let reached_older = new.iter().any(|(time, _)| *time < since);
            messages.extend(new.into_iter().filter(|(time, _)| *time >= since));
            if is_last || reached_older {
                break;
            }
            if messages.len() >= limit {
                self.is_complete = false;
                break;
            }
        }
        let count = messages.len();
        for (time, message) in messages.into_iter().rev() {
            self.add(session, time, &message);
        }
        Ok(count)
    }

    /// Adds the events that the server would have sent for a message.
    fn add(&mut self, session: &Session, time: i64, message: &Json) {
        let from_me = message.get::<bool>("/fromMe").ok().flatten().unwrap_or_default();
        for name in [EventName::Message, EventName::MessageAny] {
            if !self.settings.wants(&name) || from_me && name == EventName::Message {
                continue;
            }
            let envelope =
                format!(r#"{{"event":"{name}","session":"{}","payload":{}}}"#, session.name(), message.as_str());
            match Event::read(envelope.as_bytes(), session.client().redactor()) {
                Ok(event) => self.events.push((time, event)),
                Err(_) => self.is_complete = false,
            }
        }
    }

    /// Repeats a request until the server is ready, as long as there is time.
    async fn patiently<T, F>(&self, request: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        loop {
            let error = match request().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let may_pass = matches!(
                error.kind(),
                ErrorKind::SessionNotReady
                    | ErrorKind::Connection
                    | ErrorKind::Timeout
                    | ErrorKind::RateLimited
                    | ErrorKind::Server
            );
            let pause = error.retry_after().unwrap_or_default().max(CatchUp::PAUSE);
            if !may_pass || self.deadline.saturating_duration_since(Instant::now()) < pause {
                return Err(error);
            }
            sleep(pause).await;
        }
    }
}

fn last_message(chat: &ChatSummary) -> Option<i64> {
    chat.last_message.as_ref()?.timestamp
}

/// Returns a time by the server's clock, which the headers of an answer show, in seconds since 1970. Rather too early than
/// too late.
fn seconds(time: SystemTime, headers: &HeaderMap) -> i64 {
    let server = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let elapsed = SystemTime::now().duration_since(time).unwrap_or_default() + CatchUp::TOLERANCE;
    let time = match server {
        Some(server) => server.checked_sub(elapsed),
        None => time.checked_sub(CatchUp::TOLERANCE),
    };
    let since_1970 = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok()).unwrap_or_default();
    i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX)
}
