//! How far a message has come that was sent.

use std::{fmt, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::{Event, Received};
use crate::{
    ChatId, Error, ErrorKind, MessageId, Session, policy::pace::later, types::MessageAckName, views::SentMessage,
};

impl Session {
    /// Begins to wait until a message that was sent is delivered or read.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// use std::time::Duration;
    ///
    /// let sent = session.chat("11111111111@c.us")?.send_text("hi").await?;
    /// let receipt = session.track(&sent).delivered(Duration::from_secs(60)).await?;
    /// match receipt.is_reached() {
    ///     true => println!("delivered"),
    ///     false => println!("not delivered within a minute: {receipt}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Each call opens a WebSocket of its own. To follow many messages, listen to `message.ack` and `message.ack.group` with
    /// [`Session::events`], and match [`Event::own_message_ack`](super::Event::own_message_ack) with their ids.
    pub fn track(&self, sent: &SentMessage) -> Track {
        Track { session: self.clone(), id: sent.id.clone(), chat: sent.chat_id.clone() }
    }
}

/// A message whose receipts are waited for; returned by [`Session::track`].
///
/// ```no_run
/// # async fn run(session: waha::Session, sent: waha::views::SentMessage) -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// let track = session.track(&sent);
/// println!("delivered: {}", track.clone().delivered(Duration::from_secs(60)).await?.is_reached());
/// println!("read: {}", track.read(Duration::from_secs(600)).await?.is_reached());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is waited for before `delivered` or `read`"]
pub struct Track {
    session: Session,
    id: Option<MessageId>,
    chat: Option<ChatId>,
}

impl Track {
    /// Waits until a phone of the receiver has the message; in a group, until that of the first member has it. Waits no
    /// longer than `deadline`, all requests included.
    ///
    /// The message may have got there already: once the connection is open, and after each interruption of it, the
    /// server is asked how far the message has come.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`]: the server did not tell the id of the message
    /// - otherwise as for [`EventListener::connect`](super::EventListener::connect), and what ends an
    ///   [`EventStream`](super::EventStream). That the deadline has passed is no error: [`Receipt::is_reached`] tells.
    pub async fn delivered(self, deadline: Duration) -> Result<Receipt, Error> {
        self.wait(Level::DELIVERED, deadline).await
    }

    /// Waits until the receiver has read the message; in a group, until the first member has. People can switch off that
    /// others learn of it. Otherwise as [`delivered`](Self::delivered).
    ///
    /// # Errors
    ///
    /// As for [`delivered`](Self::delivered).
    pub async fn read(self, deadline: Duration) -> Result<Receipt, Error> {
        self.wait(Level::READ, deadline).await
    }

    async fn wait(self, wanted: Level, deadline: Duration) -> Result<Receipt, Error> {
        let Self { session, id, chat } = self;
        let chat = chat.or_else(|| id.as_ref().and_then(MessageId::chat_id));
        let (Some(id), Some(chat)) = (id, chat) else {
            let why = "the server did not tell the id of the message, so that nothing can be learnt of it";
            return Err(Error::new(ErrorKind::InvalidRequest, why));
        };
        let mut known = Known::default();
        let end = later(Instant::now(), deadline);
        let waited = timeout_at(end, follow(&session, &chat, &id, wanted, &mut known)).await;
        if let Ok(Err(error)) = waited {
            return Err(error);
        }
        Ok(Receipt { ack: known.ack.map(Level::name), is_reached: known.ack >= Some(wanted), error: known.error })
    }
}

/// What is known of the message so far.
#[derive(Default)]
struct Known {
    ack: Option<Level>,
    /// Why the server could not tell when it was last asked.
    error: Option<Error>,
}

impl Known {
    fn learn(&mut self, ack: Level) {
        self.ack = match ack {
            // What was delivered has not failed.
            Level::FAILED if self.ack < Some(Level::DELIVERED) => Some(ack),
            ack => self.ack.max(Some(ack)),
        };
    }

    /// Whether there is nothing more to wait for.
    fn ends(&self, wanted: Level) -> bool {
        self.ack == Some(Level::FAILED) || self.ack >= Some(wanted)
    }
}

/// The number by which the server says how far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Level(i64);

impl Level {
    const FAILED: Self = Self(-1);
    const DELIVERED: Self = Self(2);
    const READ: Self = Self(3);

    fn name(self) -> MessageAckName {
        match self.0 {
            -1 => MessageAckName::Error,
            0 => MessageAckName::Pending,
            1 => MessageAckName::Server,
            2 => MessageAckName::Device,
            3 => MessageAckName::Read,
            4 => MessageAckName::Played,
            other => MessageAckName::from(other.to_string()),
        }
    }
}

/// Learns of the message until it has got as far as wanted, or has failed.
async fn follow(
    session: &Session,
    chat: &ChatId,
    id: &MessageId,
    wanted: Level,
    known: &mut Known,
) -> Result<(), Error> {
    let mut events = session.events().only(["message.ack", "message.ack.group"]).connect().await?;
    loop {
        match session.chats().get_message().chat_id(chat).message_id(id).download_media(false).await {
            Ok(message) => {
                known.error = None;
                if let Ok(Some(ack)) = message.raw.get("/ack") {
                    known.learn(Level(ack));
                }
            }
            Err(error) => known.error = Some(error),
        }
        // Until something may have been missed.
        loop {
            if known.ends(wanted) {
                return Ok(());
            }
            match events.next().await {
                Some(Ok(Received::Event(event) | Received::Missed(event))) => {
                    if let Some(ack) = level(&event, id) {
                        known.learn(ack);
                    }
                }
                Some(Ok(_)) => break,
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    }
}

/// How far an event says that the message has come.
fn level(event: &Event, id: &MessageId) -> Option<Level> {
    let ack = event.own_message_ack()?;
    let told: MessageId = ack.id.parse().ok()?;
    (told.bare() == id.bare()).then_some(Level(ack.ack))
}

/// How far a message has come; returned by [`Track::delivered`] and [`Track::read`].
///
/// ```no_run
/// # fn show(receipt: waha::events::Receipt) {
/// match (receipt.ack(), receipt.error()) {
///     (Some(ack), _) => println!("{ack}, and that is enough: {}", receipt.is_reached()),
///     (None, Some(error)) => println!("the server could not tell: {error}"),
///     (None, None) => println!("nothing is known"),
/// }
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Receipt {
    ack: Option<MessageAckName>,
    is_reached: bool,
    error: Option<Error>,
}

impl Receipt {
    /// Returns whether the message has got as far as was waited for. If not, the deadline has passed, or the message has
    /// failed ([`ack`](Self::ack) is `ERROR`).
    pub fn is_reached(&self) -> bool {
        self.is_reached
    }

    /// Returns how far the message is known to have come; `None` if nothing is known.
    pub fn ack(&self) -> Option<&MessageAckName> {
        self.ack.as_ref()
    }

    /// Returns why the server could not tell when it was asked, if that was so the last time; events may have told since.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

/// The server's word for it, such as `DEVICE`, or `nothing is known`.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.ack.as_ref().map_or("nothing is known", MessageAckName::as_str))
    }
}
