use std::{
    collections::{HashMap, VecDeque},
    error::Error as StdError,
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use super::Event;
use crate::types::EventName;

/// Hands events to a function of yours: those of one chat in their order, those of different chats at the same time.
///
/// An error or a panic of the function ends the handling of that event, and of nothing else. How many events are under
/// way is limited, so that a slow function makes senders wait and does not fill the memory.
///
/// ```no_run
/// # async fn run(session: waha::Session, mut events: impl futures_util::Stream<Item = waha::Event> + Unpin) {
/// use futures_util::StreamExt;
/// use waha::{Error, events::Dispatcher};
///
/// let dispatcher = Dispatcher::new(move |event| {
///     let session = session.clone();
///     async move {
///         if let Some(message) = event.message().filter(|message| message.text() == Some("ping")) {
///             message.reply(&session, "pong")?.await?;
///         }
///         Ok::<_, Error>(())
///     }
/// })
/// .on_error(|error| eprintln!("{error}"));
/// while let Some(event) = events.next().await {
///     dispatcher.dispatch(event).await;
/// }
/// dispatcher.finish().await;
/// # }
/// ```
///
/// It is cheap to clone; all clones are the same dispatcher. It has to be used within a tokio runtime.
///
/// Where a sender cannot wait:
///
/// ```no_run
/// # async fn run(event: waha::Event) -> Result<(), waha::Error> {
/// use waha::events::Dispatcher;
///
/// let dispatcher = Dispatcher::new(|_| async { Ok::<_, waha::Error>(()) }).max_events(100);
/// if dispatcher.try_dispatch(event).is_err() {
///     eprintln!("100 events are under way");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Dispatcher {
    handler: Arc<Handler>,
    on_error: Arc<OnError>,
    max_events: usize,
    room: Arc<Semaphore>,
    queues: Arc<Queues>,
}

type Failure = Box<dyn StdError + Send + Sync>;
type Handler = dyn Fn(Event) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync;
type OnError = dyn Fn(Failure) + Send + Sync;

/// A session and a chat in it, or none for events that are about no chat.
type Key = (String, Option<String>);

/// The events that wait, for each chat of which one is handled.
#[derive(Default)]
struct Queues(Mutex<HashMap<Key, VecDeque<Waiting>>>);

/// An event, and the room that it takes until it has been handled.
struct Waiting {
    event: Event,
    room: OwnedSemaphorePermit,
}

/// Why [`Dispatcher::try_dispatch`] did not take an event.
///
/// ```no_run
/// use waha::{Event, events::{DispatchError, Dispatcher}};
///
/// /// Returns whether the sender should try again.
/// fn take(dispatcher: &Dispatcher, event: Event) -> bool {
///     match dispatcher.try_dispatch(event) {
///         Ok(()) => false,
///         Err(DispatchError::Full) => true,
///         Err(error) => {
///             eprintln!("too late: {error}");
///             false
///         }
///     }
/// }
///
/// let dispatcher = Dispatcher::new(|_| async { Ok::<_, waha::Error>(()) }).max_events(100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DispatchError {
    /// As many events are under way as may be: try again later.
    Full,
    /// The dispatcher is [finished](Dispatcher::finish).
    Finished,
}

impl Dispatcher {
    /// How many events may be under way by default.
    pub const DEFAULT_MAX_EVENTS: usize = 1024;

    const LARGEST_MAX_EVENTS: usize = 1 << 24;

    /// Makes a dispatcher that calls `handler` with each event.
    pub fn new<F, R, E>(handler: F) -> Self
    where
        F: Fn(Event) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Self {
            handler: Arc::new(move |event| handler(event).map(|result| result.map_err(Into::into)).boxed()),
            on_error: Arc::new(|_| {}),
            max_events: Self::DEFAULT_MAX_EVENTS,
            room: Arc::new(Semaphore::new(Self::DEFAULT_MAX_EVENTS)),
            queues: Arc::default(),
        }
    }

    /// Sets a function that is called with each error of the handler, and with its panics as errors. Default: none.
    pub fn on_error(mut self, callback: impl Fn(Box<dyn StdError + Send + Sync>) + Send + Sync + 'static) -> Self {
        self.on_error = Arc::new(callback);
        self
    }

    /// Sets how many events may wait or be handled at the same time: from 1 to 2^24. Default:
    /// [`DEFAULT_MAX_EVENTS`](Self::DEFAULT_MAX_EVENTS). Set it before the first event.
    pub fn max_events(mut self, events: usize) -> Self {
        self.max_events = events.clamp(1, Self::LARGEST_MAX_EVENTS);
        self.room = Arc::new(Semaphore::new(self.max_events));
        self
    }

    /// Takes an event, as soon as there is room for it. Returns before it has been handled, and returns whether it will
    /// be: `false` after [`finish`](Self::finish).
    pub async fn dispatch(&self, event: Event) -> bool {
        match Arc::clone(&self.room).acquire_owned().await {
            Ok(room) => {
                self.take(Waiting { event, room });
                true
            }
            // Closed.
            Err(_) => false,
        }
    }

    /// Takes an event if there is room for it.
    ///
    /// # Errors
    ///
    /// There is no room, or the dispatcher is finished. The event is dropped.
    pub fn try_dispatch(&self, event: Event) -> Result<(), DispatchError> {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|error| match error {
            TryAcquireError::NoPermits => DispatchError::Full,
            TryAcquireError::Closed => DispatchError::Finished,
        })?;
        self.take(Waiting { event, room });
        Ok(())
    }

    /// Waits until all events that it has taken have been handled, and takes no more from then on; none that come
    /// meanwhile either.
    pub async fn finish(&self) {
        // All the room there is.
        let all = u32::try_from(self.max_events).unwrap_or(u32::MAX);
        if let Ok(room) = self.room.acquire_many(all).await {
            self.room.close();
            drop(room);
        }
    }

    fn take(&self, waiting: Waiting) {
        let chat = waiting.event.chat_id().map(String::from);
        let key = (waiting.event.session.clone(), chat);
        let mut queues = self.queues.lock();
        match queues.get_mut(&key) {
            Some(queue) => queue.push_back(waiting),
            None => {
                queues.insert(key.clone(), VecDeque::new());
                drop(queues);
                tokio::spawn(self.clone().handle(key, waiting));
            }
        }
    }

    /// Handles an event of a chat, and those that come until it has been handled.
    async fn handle(self, key: Key, first: Waiting) {
        let mut next = Some(first);
        while let Some(Waiting { event, room }) = next {
            let (name, handler) = (event.name(), Arc::clone(&self.handler));
            // A task of its own, so that a panic ends it alone.
            let result = match tokio::spawn(async move { handler(event).await }).await {
                Ok(result) => result,
                Err(error) => Err(format!("the handler of the event `{name}` did not end: {error}").into()),
            };
            if let Err(error) = result {
                self.report(&name, error);
            }
            drop(room);
            next = self.queues.next(&key);
        }
    }

    fn report(&self, _event: &EventName, error: Failure) {
        #[cfg(feature = "tracing")]
        tracing::error!(target: "waha", event = _event.as_str(), error = %error, "the handler of an event has failed");
        // Its panic would leave the chat without anybody to handle its next events.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.on_error)(error)));
    }
}

impl Queues {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, VecDeque<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the next event of a chat. If there is none, the chat is no longer busy.
    fn next(&self, key: &Key) -> Option<Waiting> {
        let mut queues = self.lock();
        let next = queues.get_mut(key)?.pop_front();
        if next.is_none() {
            queues.remove(key);
        }
        next
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("max_events", &self.max_events)
            .field("under_way", &self.max_events.saturating_sub(self.room.available_permits()))
            .finish_non_exhaustive()
    }
}

impl fmt::Display for DispatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "as many events are under way as may be",
            Self::Finished => "the dispatcher is finished, and takes no more events",
        })
    }
}

impl StdError for DispatchError {}
