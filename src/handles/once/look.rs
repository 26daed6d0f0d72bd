//! Looking for a message on the server.

use std::{
    collections::HashSet,
    future::Future,
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, sleep_until, timeout_at};

use super::content::{Content, is_in};
use crate::{
    ChatId, ChatKind, Error, ErrorKind, MessageId, Session,
    types::MessageAckName,
    views::{Message, SentMessage},
};

/// What looking for a message has brought.
pub(in crate::handles) enum Look {
    Found(SentMessage),
    /// The server has it, and says that WhatsApp did not take it.
    Failed(SentMessage),
    NotFound,
    /// It cannot be told, because of this.
    Unknown(Error),
}

impl Look {
    /// What a message that the server has says of itself.
    fn at(message: Message) -> Self {
        let failed = message.raw.get::<MessageAckName>("/ackName").ok().flatten() == Some(MessageAckName::Error)
            || message.raw.get::<i64>("/ack").ok().flatten() == Some(-1);
        match SentMessage::try_from(message.raw) {
            Ok(sent) if failed => Self::Failed(sent),
            Ok(sent) => Self::Found(sent),
            Err(error) => Self::Unknown(error),
        }
    }
}

/// Looks for a message of the session's account.
pub(in crate::handles) async fn look(session: &Session, chat: &ChatId, id: &MessageId) -> Look {
    // The full id of a message in a group names its sender, which is not known of an id that was chosen.
    let is_cut = matches!(chat.kind(), ChatKind::Group | ChatKind::Status) && id.participant().is_none();
    let known_as = if is_cut { id.bare() } else { id.as_str() };
    let call = session.chats().get_message().chat_id(chat).message_id(known_as).download_media(false);
    match call.await {
        Ok(message) if message.id().bare() == id.bare() && message.is_from_me() => Look::at(message),
        Ok(_) => Look::Unknown(Error::new(ErrorKind::Decode, "the server answered with another message")),
        // A 404 may also be about the session.
        Err(error) if error.kind() == ErrorKind::NotFound && says_message(error.message()) => Look::NotFound,
        Err(error) => Look::Unknown(error),
    }
}

fn says_message(words: &str) -> bool {
    words.trim().trim_end_matches('.').eq_ignore_ascii_case("message not found")
}

/// Returns an error if the session keeps no messages, or if that cannot be told: not to find one then means nothing.
pub(in crate::handles) async fn keeps_messages(session: &Session) -> Result<(), Error> {
    let info = session.sessions().get().await?;
    let storage = info.config.and_then(|config| config.gows).and_then(|gows| gows.storage);
    match storage.and_then(|storage| storage.messages) {
        Some(false) => Err(Error::new(
            ErrorKind::NotSupported,
            "the session keeps no messages, because its configuration has `gows.storage.messages` as `false`",
        )),
        _ => Ok(()),
    }
}

/// Own messages in a chat that are the newest, before a message is sent.
pub(super) struct Before {
    ids: HashSet<String>,
    /// The time of the newest, in seconds since 1970.
    newest: Option<i64>,
}

impl Before {
    pub(super) async fn of(session: &Session, chat: &ChatId) -> Result<Self, Error> {
        let messages = newest_own(session, chat).await?;
        let newest = messages.iter().filter_map(Message::timestamp).max();
        Ok(Self { ids: messages.iter().map(|message| message.id().bare().to_owned()).collect(), newest })
    }

    /// The messages since a moment, by WhatsApp's clock.
    pub(super) fn since(begun: SystemTime) -> Self {
        let since = begun.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { ids: HashSet::new(), newest: i64::try_from(since).ok() }
    }

    fn excludes(&self, message: &Message) -> bool {
        let is_older = self.newest.is_some_and(|newest| message.timestamp().is_none_or(|time| time < newest));
        is_older || self.ids.contains(message.id().bare())
    }
}

/// Looks for a message of the session's account by its content.
pub(super) async fn look_for_content(session: &Session, chat: &ChatId, before: &Before, content: &Content) -> Look {
    let messages = match newest_own(session, chat).await {
        Ok(messages) => messages,
        Err(error) => return Look::Unknown(error),
    };
    let mut found = messages.into_iter().filter(|message| !before.excludes(message) && is_in(content, message));
    match (found.next(), found.next()) {
        (Some(message), None) => Look::at(message),
        (Some(_), Some(_)) => {
            let why = "there are several new messages of the same content in the chat";
            Look::Unknown(Error::new(ErrorKind::Other, why))
        }
        (None, _) => Look::NotFound,
    }
}

async fn newest_own(session: &Session, chat: &ChatId) -> Result<Vec<Message>, Error> {
    /// More than are sent to a chat while one message is under way.
    const LIMIT: i64 = 50;
    let call = session.chats().list_messages().chat_id(chat).limit(LIMIT).sort_order("desc");
    let messages = call.filter_from_me(true).download_media(false).await?;
    Ok(messages.into_iter().filter(Message::is_from_me).collect())
}

/// Looks until the message is found, or has been missing at a moment that is late enough.
pub(super) async fn until_settled<F: Future<Output = Look>>(
    settled: Instant,
    deadline: Instant,
    mut look: impl FnMut() -> F,
) -> Look {
    const LONGEST: Duration = Duration::from_secs(5);
    let mut pause = (settled.saturating_duration_since(Instant::now()) / 32)
        .clamp(Duration::from_millis(10), Duration::from_millis(500));
    let mut last = Error::new(ErrorKind::Timeout, "the deadline has passed");
    loop {
        let is_late = Instant::now() >= settled;
        match timeout_at(deadline, look()).await {
            Ok(Look::NotFound) if is_late => return Look::NotFound,
            Ok(Look::NotFound) => {}
            Ok(Look::Unknown(error)) if may_pass(error.kind()) => last = error,
            Ok(look) => return look,
            Err(_) => return Look::Unknown(last),
        }
        let next = Instant::now() + pause;
        let next = if is_late { next } else { next.min(settled) };
        if next >= deadline {
            return Look::Unknown(last);
        }
        sleep_until(next).await;
        pause = (pause * 2).min(LONGEST);
    }
}

/// Whether the server may answer otherwise when it is asked again.
fn may_pass(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Connection
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::RateLimited
            | ErrorKind::SessionNotReady
            | ErrorKind::NotFound
            | ErrorKind::Decode
            | ErrorKind::Other
    )
}
