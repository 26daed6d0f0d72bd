//! Events as they happen, over a WebSocket that stays open.
//!
//! [`EventListener`] says what to listen to, and [`EventStream`] yields it. Behind a stream is one task, the `driver`, which
//! keeps a `socket` open (`heartbeat`, `backoff`) and fills the `buffer`; the stream takes from it, decodes, and fetches what
//! was missed (`catch_up`).

mod backoff;
mod buffer;
mod catch_up;
mod driver;
mod heartbeat;
mod listener;
mod received;
mod seen;
mod socket;
mod trace;

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::{FutureExt, Stream, future::BoxFuture, stream::FusedStream};
use tokio::{sync::oneshot, task::JoinHandle};

pub use self::{
    buffer::StreamStats,
    catch_up::CatchUp,
    listener::{EventListener, WhenFull},
    received::{CaughtUp, Gap, Received},
};
use self::{
    buffer::{Buffer, Item},
    catch_up::Fetched,
    driver::Driver,
    listener::Settings,
    seen::Seen,
};
use crate::{Client, Error, SessionName, events::Event};

/// How many items are yielded without a pause, so that other tasks of the thread get their turn.
const MAX_AT_ONCE: u32 = 128;

/// Events of a session, or of all of them, as they happen; returned by [`EventListener::connect`].
///
/// A lost connection is opened again, and [`Received::Gap`] tells between when the stream was deaf: the server repeats
/// nothing. The stream ends after an `Err`, which is always the last item: the server refuses the key (close code 1008, or
/// 401 and 403), [`give_up_after`](EventListener::give_up_after) has passed, or [`WhenFull::End`] applies.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::events::Received;
///
/// let mut events = session.events().connect().await?;
/// while let Some(received) = events.next().await {
///     match received? {
///         Received::Event(event) => println!("{} in {}", event.name(), event.session),
///         Received::Gap(gap) => eprintln!("missed what happened since {:?}: {}", gap.since(), gap.cause()),
///         other => eprintln!("{other:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Events are yielded in the order in which the server sent them. They are received by a task of their own, so that a slow
/// consumer does not keep the client from answering the server's pings; the buffer between the two is bounded, and
/// [`WhenFull`] says what happens when it is full.
///
/// Dropping the stream closes the connection and ends the task. [`close`](Self::close) also waits until the server has agreed.
///
/// Where gaps do not matter:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let mut events = session.events().connect().await?;
/// let first = events.next_event().await?;
/// println!("{:?}", events.stats());
/// events.close().await;
/// # Ok(())
/// # }
/// ```
#[must_use = "events come only when they are awaited"]
pub struct EventStream {
    client: Client,
    session: Option<SessionName>,
    settings: Arc<Settings>,
    buffer: Arc<Buffer>,
    /// What is yielded before anything from the buffer.
    first: VecDeque<Received>,
    catching_up: Option<BoxFuture<'static, Fetched>>,
    seen: Seen,
    at_once: u32,
    is_ended: bool,
    task: Task,
}

/// The task behind a stream, which ends with it.
struct Task {
    handle: JoinHandle<()>,
    closing: Option<oneshot::Sender<()>>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

impl EventStream {
    fn new(
        client: Client,
        session: Option<SessionName>,
        settings: Arc<Settings>,
        buffer: Arc<Buffer>,
        driver: Driver,
    ) -> Self {
        let (closing, closed) = oneshot::channel();
        let task = Task { handle: tokio::spawn(driver.run(closed)), closing: Some(closing) };
        Self {
            client,
            session,
            settings,
            buffer,
            first: VecDeque::new(),
            catching_up: None,
            seen: Seen::default(),
            at_once: 0,
            is_ended: false,
            task,
        }
    }

    /// Waits for the next item; `None` after the end. Cancel-safe: if the future is dropped, no item is lost.
    pub async fn next(&mut self) -> Option<Result<Received, Error>> {
        poll_fn(|context| self.poll_received(context)).await
    }

    /// Waits for the next event and passes over everything else: gaps, counts of dropped events, and what is unreadable. With
    /// [`catch_up`](EventListener::catch_up), messages that were missed are among the events. `None` after the end.
    /// Cancel-safe: if the future is dropped, no event is lost.
    ///
    /// # Errors
    ///
    /// The error that the stream ends with.
    pub async fn next_event(&mut self) -> Result<Option<Event>, Error> {
        while let Some(received) = self.next().await {
            if let Some(event) = received?.into_event() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Returns what the stream has done so far.
    pub fn stats(&self) -> StreamStats {
        self.buffer.stats()
    }

    /// Closes the connection, and waits for at most 2 s until the server has agreed. What is in the buffer is lost.
    pub async fn close(mut self) {
        if let Some(closing) = self.task.closing.take() {
            // The task may have ended already.
            let _ = closing.send(());
        }
        let _ = (&mut self.task.handle).await;
    }

    fn poll_received(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Received, Error>>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        if self.at_once >= MAX_AT_ONCE {
            self.at_once = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let item = self.poll_item(context);
        match &item {
            Poll::Ready(Some(Ok(_))) => self.at_once += 1,
            Poll::Ready(_) => self.is_ended = true,
            Poll::Pending => self.at_once = 0,
        }
        item
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Received, Error>>> {
        loop {
            if let Some(received) = self.first.pop_front() {
                return Poll::Ready(Some(Ok(received)));
            }
            if let Some(catching_up) = &mut self.catching_up {
                let fetched = ready!(catching_up.poll_unpin(context));
                self.catching_up = None;
                self.add_missed(fetched);
                continue;
            }
            let received = match ready!(self.buffer.poll_pop(context)) {
                Some(Item::Frame(frame)) => self.read(&frame),
                Some(Item::Gap(gap)) => {
                    self.catch_up(&gap);
                    Some(Received::Gap(gap))
                }
                Some(Item::Dropped(count)) => Some(Received::Dropped(count)),
                Some(Item::End(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
            if let Some(received) = received {
                return Poll::Ready(Some(Ok(received)));
            }
        }
    }

    /// Reads a frame; `None` for what the caller does not want.
    fn read(&mut self, frame: &Bytes) -> Option<Received> {
        let event = match Event::read(frame, self.client.redactor()) {
            Ok(event) => event.with_received(frame.clone()),
            Err(error) => return Some(Received::Unreadable(error)),
        };
        // Some servers send the events of all sessions, whatever they were asked for.
        if self.session.as_ref().is_some_and(|session| *session != event.session.as_str()) {
            return None;
        }
        let is_new = self.settings.catch_up.is_none() || self.seen.insert(&event);
        is_new.then_some(Received::Event(event))
    }

    fn catch_up(&mut self, gap: &Gap) {
        let Some(how) = self.settings.catch_up else { return };
        let (client, session, settings) = (self.client.clone(), self.session.clone(), self.settings.clone());
        let fetched = catch_up::fetch(client, session, how, settings, gap.clone(), self.seen.latest());
        self.catching_up = Some(fetched.boxed());
    }

    fn add_missed(&mut self, fetched: Fetched) {
        let Fetched { events, mut result } = fetched;
        for event in events {
            if self.seen.insert(&event) {
                result.missed += 1;
                self.first.push_back(Received::Missed(event));
            }
        }
        self.first.push_back(Received::CaughtUp(result));
    }
}

impl Stream for EventStream {
    type Item = Result<Received, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_received(context)
    }
}

impl FusedStream for EventStream {
    fn is_terminated(&self) -> bool {
        self.is_ended
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("client", &self.client)
            .field("session", &self.session)
            .field("settings", &self.settings)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
