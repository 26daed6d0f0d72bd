//! Sending a message once, also if the answer is lost.

mod content;
mod delivery;
mod look;

use std::{
    fmt,
    future::IntoFuture,
    time::{Duration, SystemTime},
};

use futures_util::future::BoxFuture;

use self::delivery::Delivery;
pub(super) use self::look::{Look, keeps_messages, look};
use crate::{Error, http::Unsent, views::SentMessage};

/// A message that is sent once, also if the answer is lost; returned by `once`, a method of the builders of all messages
/// whose id the caller may choose: texts, polls, places, contact cards, forwarded messages and status updates. Awaited:
/// [`SentMessage`].
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::ErrorKind;
///
/// let chat = session.chat("11111111111@c.us")?;
/// match chat.send_text("Your order is on its way").once().await {
///     Ok(sent) => println!("sent: {sent}"),
///     Err(error) if !error.may_have_arrived() => println!("not sent: {error}"),
///     Err(error) => println!("perhaps sent, as {:?}: {error}", error.message_id()),
/// }
/// # Ok(())
/// # }
/// ```
///
/// The message gets an id before it is sent: the one that was set by `id`, or one that the server makes
/// (`session.chatting().get_new_message_id()`). If the answer is lost, the client asks for the message by its id:
///
/// - the server has it: that is the result;
/// - the server does not have it for the whole [`settle_time`](Self::settle_time): it is sent again with the same id, as
///   often as [`Retry`](crate::Retry) allows;
/// - the server does not answer, or its answer does not tell: the result is an error of [`ErrorKind::MaybeSent`].
///
/// # What happens
///
/// | failure | GOWS, NOWEB | WEBJS, WPP |
/// |---|---|---|
/// | no connection, or the server says by HTTP/2 that it did not process the request | sent again; else its error: not sent | the same |
/// | refused: 4xx, 501, WhatsApp's rate limit | its error: not sent | the same |
/// | the connection broke, no answer in time, 502, 503, 504 or another status of a gateway | looked for by its id; sent again if it is not there | looked for by its content; never sent again |
/// | the server failed (500): it has answered, and works on it no more | looked for once by its id; if it is not there, the server's error | looked for once by its content; if it is not there, the server's error |
/// | a success that cannot be read | looked for by its id; never sent again | looked for by its content; never sent again |
/// | the message was looked for and is not there | sent again; at last [`ErrorKind::MaybeSent`] with [`was_not_found`](Error::was_not_found) | [`ErrorKind::MaybeSent`] with [`was_not_found`](Error::was_not_found) |
/// | the message cannot be looked for: no connection, a session that is not ready, no right to read | [`ErrorKind::MaybeSent`] | [`ErrorKind::MaybeSent`] |
/// | a session that keeps no messages (`noweb.store.enabled`, `gows.storage.messages`) | [`ErrorKind::MaybeSent`], never sent again | |
/// | a message to a channel or a broadcast list, where nothing is known of chosen ids | looked for by its id; never sent again | looked for by its content; never sent again |
/// | the [`deadline`](Self::deadline) passes | [`ErrorKind::MaybeSent`] | [`ErrorKind::MaybeSent`] |
///
/// Each error of a message with an id tells it: [`Error::message_id`]. [`Session::outcome_of`](crate::Session::outcome_of)
/// asks again later.
///
/// # On what it rests
///
/// A server may still work on a request whose connection has broken: that the message is not there now does not mean that it
/// will not be. So a message is sent again only if both of these hold, of which one is enough for it to arrive once:
///
/// - the server has not had it during the settle time, which is longer than WAHA waits for its session before it sends;
/// - it has the same id. It is assumed that WhatsApp shows one message where it gets two of the same chat, sender and id.
///   WAHA's documentation says nothing about it.
///
/// # WEBJS and WPP
///
/// These engines give a message an id of their own. Before the client sends one, it notes which own messages are in the
/// chat; after a failure it looks for a new one of the same content: text, place, contact cards, or a poll's question and
/// options. Forwarded messages and files cannot be compared. The same content from another program or the phone at that moment
/// could be taken for the message; if there is more than one, the result is [`ErrorKind::MaybeSent`]. Of one client with
/// its clones and views, one message a chat is under way at a time.
///
/// # After a crash
///
/// A program that stores the id before it sends can go on after a crash: [`after`](Self::after) says that an earlier attempt
/// may have sent the message, and it is looked for first. The example `outbox` does that for a file of messages.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// # fn store(id: &str, begun: std::time::SystemTime) {}
/// use std::time::SystemTime;
///
/// let (id, begun) = (session.chatting().get_new_message_id().await?.id, SystemTime::now());
/// store(&id, begun);
/// let message = session.chat("11111111111@c.us")?.send_text("Your order is on its way").id(id);
/// message.clone().once().await?; // the program may end here,
/// message.once().after(begun).await?; // and do this when it is started again
/// # Ok(())
/// # }
/// ```
///
/// [`ErrorKind::MaybeSent`]: crate::ErrorKind::MaybeSent
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct Once<B> {
    message: B,
    /// When an earlier attempt began, if there may have been one.
    after: Option<SystemTime>,
    settle_time: Option<Duration>,
    deadline: Option<Duration>,
}

impl<B> Once<B> {
    /// How long a message has to be missing by default before it is sent again: 20 s. WAHA may wait for up to 15 s until its
    /// session is ready, and sends then.
    pub const DEFAULT_SETTLE_TIME: Duration = Duration::from_secs(20);

    /// The same for a message with a file, which the server may have to download and to convert first: 120 s.
    pub const DEFAULT_FILE_SETTLE_TIME: Duration = Duration::from_secs(120);

    pub(crate) fn new(message: B) -> Self {
        Self { message, after: None, settle_time: None, deadline: None }
    }

    /// Says that the message may have been sent already, by an attempt that began at this time, such as one of a program
    /// that has ended since. It is looked for before anything is sent, and has to be missing for the whole
    /// [`settle_time`](Self::settle_time) from now on.
    ///
    /// Without an `id`, and on WEBJS and WPP, it is looked for by its content, among the messages since then by the clock
    /// of WhatsApp, and is never sent again.
    pub fn after(mut self, begun: SystemTime) -> Self {
        self.after = Some(begun);
        self
    }

    /// Sets how long after a failure the server must not have the message before it counts as missing. Less than the server
    /// may take to work on a request makes it possible that a message is sent again while the first is still on its way;
    /// then it depends on WhatsApp whether it arrives once. Default: [`DEFAULT_SETTLE_TIME`](Self::DEFAULT_SETTLE_TIME), for
    /// files [`DEFAULT_FILE_SETTLE_TIME`](Self::DEFAULT_FILE_SETTLE_TIME).
    ///
    /// ```no_run
    /// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
    /// use std::time::Duration;
    ///
    /// let message = chat.send_text("Your order is on its way").once();
    /// message.settle_time(Duration::from_secs(30)).deadline(Duration::from_secs(300)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn settle_time(mut self, time: Duration) -> Self {
        self.settle_time = Some(time);
        self
    }

    /// Sets how long everything may take together: all attempts, and all that the server is asked. Default: three times
    /// the [timeout](crate::RequestOptions::timeout) of the call, which itself bounds each attempt.
    pub fn deadline(mut self, time: Duration) -> Self {
        self.deadline = Some(time);
        self
    }
}

impl<B: SendOnce> Once<B> {
    /// Sends the message; the same as awaiting.
    ///
    /// If the future is dropped, the message may be sent or not.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::MaybeSent`](crate::ErrorKind::MaybeSent): it cannot be told whether it was sent
    /// - otherwise as for any call; [`Error::may_have_arrived`] tells whether the message may have been sent all the same,
    ///   which is so only where the server itself says that it failed (500)
    pub async fn send(self) -> Result<SentMessage, Error> {
        let Self { message, after, settle_time, deadline } = self;
        let unsent = message.unsent()?;
        let time = unsent.client.options().time_for(unsent.operation);
        let settle_time = settle_time.unwrap_or(match unsent.operation.handles_file() {
            true => Self::DEFAULT_FILE_SETTLE_TIME,
            false => Self::DEFAULT_SETTLE_TIME,
        });
        let deadline = deadline.unwrap_or_else(|| time.saturating_mul(3));
        Delivery::new(message, unsent, settle_time, deadline)?.send(after).await
    }
}

/// A message whose id the caller may choose: implemented by the builders with `once`, and by nothing else.
///
/// ```
/// use waha::handles::{Once, SendOnce};
///
/// async fn deliver<B: SendOnce>(message: Once<B>) {
///     match message.await {
///         Ok(sent) => println!("sent: {sent}"),
///         Err(error) => println!("{error}"),
///     }
/// }
/// ```
pub trait SendOnce: Sendable {}

/// What sending once needs of a builder.
pub trait Sendable:
    IntoFuture<Output = Result<SentMessage, Error>, IntoFuture: Send> + Clone + Send + Sync + 'static
{
    /// Returns what would be sent.
    fn unsent(&self) -> Result<Unsent, Error>;

    /// Sets the id of the message.
    fn with_id(self, id: &str) -> Self;
}

impl<B: SendOnce> IntoFuture for Once<B> {
    type Output = Result<SentMessage, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<B: fmt::Debug> fmt::Debug for Once<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, after, settle_time, deadline } = self;
        f.debug_struct("Once")
            .field("message", message)
            .field("after", after)
            .field("settle_time", settle_time)
            .field("deadline", deadline)
            .finish()
    }
}
