//! The way of a message from its builder to a result that is true.

use std::{
    future::Future,
    time::{Duration, SystemTime},
};

use http::StatusCode;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Sendable,
    content::Content,
    look::{Before, Look, keeps_messages, look, look_for_content, until_settled},
};
use crate::{
    ChatId, ChatKind, Error, ErrorKind, MessageId, Session,
    error::is_gateway_failure,
    http::Unsent,
    policy::{
        pace::later,
        retry::{Attempts, Failure},
    },
    views::SentMessage,
};

/// A message that is to be sent once.
pub(super) struct Delivery<B> {
    message: B,
    unsent: Unsent,
    session: Session,
    chat: ChatId,
    settle_time: Duration,
    /// How long everything may take.
    time: Duration,
    deadline: Instant,
}

/// What a failure of sending means.
enum Failed {
    /// Nothing was sent.
    NotSent,
    /// The server has answered that it failed, and works on it no more.
    Refused,
    /// The server has taken it; its answer cannot be read.
    Taken,
    /// Nobody knows.
    Lost,
}

impl Failed {
    fn of(error: &Error) -> Self {
        if !error.may_have_arrived() {
            return Self::NotSent;
        }
        match (error.status(), error.kind()) {
            (Some(status), _) if status.is_success() || status == StatusCode::SEE_OTHER => Self::Taken,
            (Some(_), ErrorKind::Timeout) => Self::Lost,
            (Some(status), _) if !is_gateway_failure(status) => Self::Refused,
            (None, ErrorKind::Decode) => Self::Taken,
            _ => Self::Lost,
        }
    }
}

impl<B: Sendable> Delivery<B> {
    pub(super) fn new(message: B, unsent: Unsent, settle_time: Duration, time: Duration) -> Result<Self, Error> {
        let chat = unsent.body["chatId"].as_str().unwrap_or(ChatId::STATUS).parse()?;
        let session = Session::new(unsent.client.clone(), unsent.session.clone());
        let deadline = later(Instant::now(), time);
        Ok(Self { message, unsent, session, chat, settle_time, time, deadline })
    }

    pub(super) async fn send(self, after: Option<SystemTime>) -> Result<SentMessage, Error> {
        let chosen = match self.unsent.body["id"].as_str().filter(|id| !id.is_empty()) {
            Some(id) => Some(id.parse::<MessageId>()?.bare().to_owned()),
            None if after.is_some() => None,
            None => match self.new_id().await {
                Ok(id) => return self.by_id(&id, true, None).await,
                Err(error) if error.kind() == ErrorKind::NotSupported => None,
                Err(error) => return Err(error.with_unprocessed(true)),
            },
        };
        match chosen {
            Some(id) => self.by_id(&id, false, after).await,
            None => self.by_content(after).await,
        }
    }

    /// Asks the server for an id. [`ErrorKind::NotSupported`] tells that the engine takes none.
    async fn new_id(&self) -> Result<String, Error> {
        let id = async {
            match self.chat.kind() {
                ChatKind::Status => Ok(self.session.status_updates().get_new_message_id().await?.id),
                _ => Ok(self.session.chatting().get_new_message_id().await?.id),
            }
        };
        match timeout_at(self.deadline, id).await {
            Ok(id) => id,
            Err(_) => Err(Error::from_timeout(self.time, false).with_operation(self.unsent.operation)),
        }
    }

    /// Sends it once with this id. `takes_ids` says that the engine is known to take ids.
    async fn by_id(&self, id: &str, mut takes_ids: bool, after: Option<SystemTime>) -> Result<SentMessage, Error> {
        let full = MessageId::from_parts(true, &self.chat, id, None).map_err(|error| error.with_unprocessed(true))?;
        let message = self.message.clone().with_id(id);
        let begun = after.unwrap_or_else(SystemTime::now);
        let mut open = match after {
            // It may have been sent several times since then, the last time just now.
            Some(_) => self.open_from_earlier(),
            None => match self.attempt(&message).await {
                Attempt::Sent(sent) => return Ok(sent),
                Attempt::Open(Open { failed: Failed::NotSent, error: Some(error), .. }) => {
                    return Err(error.with_message_id(Some(full)));
                }
                Attempt::Open(open) => open,
            },
        };
        let mut attempts = self.attempts();
        loop {
            if !takes_ids {
                match self.new_id().await {
                    Ok(_) => takes_ids = true,
                    // The id that was chosen is not that of the message.
                    Err(error) if error.kind() == ErrorKind::NotSupported => return self.look_since(begun, open).await,
                    Err(_) => {}
                }
            }
            let found = self.look(&open, || look(&self.session, &self.chat, &full)).await;
            open = match self.judge(found, open, Some(&full)) {
                Judgement::End(result) => return result,
                Judgement::NotFound(open) => open,
            };
            if let Err(error) = self.means_something(takes_ids).await {
                return Err(self.cannot_tell(&error, open.error, Some(&full)));
            }
            let delay = match open.failed {
                // It is the first attempt of this call.
                Failed::Lost if open.error.is_none() && self.may_be_repeated() => Some(Duration::ZERO),
                Failed::Lost if self.may_be_repeated() => attempts.delay_before_another(&Failure::Interrupted),
                _ => None,
            };
            let Some(delay) = delay else { return Err(self.not_found(open.error, Some(&full))) };
            sleep(delay).await;
            open = match self.attempt(&message).await {
                Attempt::Sent(sent) => return Ok(sent),
                Attempt::Open(open) => open,
            };
        }
    }

    /// Sends it once to an engine that gives it an id of its own.
    async fn by_content(&self, after: Option<SystemTime>) -> Result<SentMessage, Error> {
        let queues = self.unsent.client.chat_queues();
        let (session, chat) = (self.session.name().as_str(), self.chat.as_str());
        let Ok(_turn) = timeout_at(self.deadline, queues.turn(session, chat)).await else {
            return Err(self.too_late());
        };
        if let Some(begun) = after {
            return self.look_since(begun, self.open_from_earlier()).await;
        }
        let message = (session, chat, self.unsent.body.to_string());
        let has_double = queues.begin(&message);
        let content = Content::of(&self.unsent.body);
        let before = match &content {
            Some(_) => timeout_at(self.deadline, Before::of(&self.session, &self.chat)).await.ok(),
            None => None,
        };
        let open = match self.attempt(&self.message).await {
            Attempt::Sent(sent) => {
                queues.end(&message);
                return Ok(sent);
            }
            Attempt::Open(Open { failed: Failed::NotSent, error: Some(error), .. }) => {
                queues.end(&message);
                return Err(error);
            }
            Attempt::Open(open) => open,
        };
        let result = match (&content, before) {
            (Some(content), Some(Ok(before))) => self.look_by_content(&before, content, open).await,
            (Some(_), Some(Err(error))) => Err(self.cannot_tell(&error, open.error, None)),
            (Some(_), None) => Err(self.cannot_tell(&self.too_late(), open.error, None)),
            (None, _) => Err(self.cannot_tell(&incomparable(), open.error, None)),
        };
        match result {
            Ok(_) if has_double => {
                let why =
                    "the chat has the message, which may be an earlier one of the same content that was lost as well";
                Err(self.maybe_sent(why, None, None))
            }
            Ok(sent) => {
                queues.end(&message);
                Ok(sent)
            }
            Err(error) => Err(error),
        }
    }

    /// Looks for the message among those since a moment, by its content. Nothing is sent.
    async fn look_since(&self, begun: SystemTime, open: Open) -> Result<SentMessage, Error> {
        match Content::of(&self.unsent.body) {
            Some(content) => self.look_by_content(&Before::since(begun), &content, open).await,
            None => Err(self.cannot_tell(&incomparable(), open.error, None)),
        }
    }

    async fn look_by_content(&self, before: &Before, content: &Content, open: Open) -> Result<SentMessage, Error> {
        let look = self.look(&open, || look_for_content(&self.session, &self.chat, before, content)).await;
        match self.judge(look, open, None) {
            Judgement::End(result) => result,
            Judgement::NotFound(open) => Err(self.not_found(open.error, None)),
        }
    }

    /// A message that an earlier program may have sent.
    fn open_from_earlier(&self) -> Open {
        Open { failed: Failed::Lost, error: None, settled: later(Instant::now(), self.settle_time) }
    }

    /// Sends the message, once as far as anybody can tell.
    async fn attempt(&self, message: &B) -> Attempt {
        let now = Instant::now();
        if now >= self.deadline {
            return Attempt::Open(Open { failed: Failed::NotSent, error: Some(self.too_late()), settled: now });
        }
        let error = match timeout_at(self.deadline, message.clone().into_future()).await {
            Ok(Ok(sent)) => return Attempt::Sent(sent),
            Ok(Err(error)) => error,
            Err(_) => Error::from_timeout(self.time, false).with_attempts(1).with_operation(self.unsent.operation),
        };
        let failed = Failed::of(&error);
        let wait = match failed {
            Failed::NotSent | Failed::Refused => Duration::ZERO,
            Failed::Taken | Failed::Lost => self.settle_time,
        };
        Attempt::Open(Open { failed, error: Some(error), settled: later(Instant::now(), wait) })
    }

    /// Looks for the message until it is found, or has been missing for as long as it takes.
    async fn look<F: Future<Output = Look>>(&self, open: &Open, look: impl FnMut() -> F) -> Look {
        until_settled(open.settled, self.deadline, look).await
    }

    /// Decides what looking for the message means.
    fn judge(&self, look: Look, open: Open, id: Option<&MessageId>) -> Judgement {
        let error = match (look, open) {
            (Look::Found(sent), _) => return Judgement::End(Ok(sent)),
            (Look::NotFound, Open { failed: Failed::Refused, error: Some(error), .. }) => error.with_message_id(id),
            (Look::NotFound, open) => return Judgement::NotFound(open),
            (Look::Failed(_), open) => {
                self.maybe_sent("the server has the message, and says that it could not be sent", open.error, id)
            }
            (Look::Unknown(error), open) => self.cannot_tell(&error, open.error, id),
        };
        Judgement::End(Err(error))
    }

    /// Returns an error if it means nothing that the server does not have the message.
    async fn means_something(&self, takes_ids: bool) -> Result<(), Error> {
        if !takes_ids {
            let why = "the server does not tell whether its engine takes ids of messages";
            return Err(Error::new(ErrorKind::Other, why));
        }
        match timeout_at(self.deadline, keeps_messages(&self.session)).await {
            Ok(result) => result,
            Err(_) => Err(self.too_late()),
        }
    }

    /// Whether it is known of the chat that a message with the same id is the same message.
    fn may_be_repeated(&self) -> bool {
        matches!(self.chat.kind(), ChatKind::Contact | ChatKind::Lid | ChatKind::Group | ChatKind::Status)
    }

    /// The further attempts that the client's options allow.
    fn attempts(&self) -> Attempts<'_> {
        let operation = self.unsent.operation.repeatable();
        let client = &self.unsent.client;
        let left = self.deadline.saturating_duration_since(Instant::now());
        Attempts::new(&client.options().retry, &operation, left, client.budget())
    }

    fn too_late(&self) -> Error {
        Error::from_timeout(self.time, false).with_unprocessed(true).with_operation(self.unsent.operation)
    }

    fn not_found(&self, cause: Option<Error>, id: Option<&MessageId>) -> Error {
        let why = format!(
            "it is not certain that the message was not sent: the server does not have it after {:?}, and may still be \
             working on it",
            self.settle_time
        );
        self.maybe_sent(&why, cause, id).with_not_found(true)
    }

    fn cannot_tell(&self, error: &Error, cause: Option<Error>, id: Option<&MessageId>) -> Error {
        self.maybe_sent(&format!("it cannot be told whether the message was sent: {}", error.message()), cause, id)
    }

    fn maybe_sent(&self, why: &str, cause: Option<Error>, id: Option<&MessageId>) -> Error {
        let hint = match id {
            Some(_) => "`Session::outcome_of` asks the server again",
            None => "look at the chat before you send it again",
        };
        let error = Error::new(ErrorKind::MaybeSent, why).with_operation(self.unsent.operation);
        let error = error.with_message_id(id).with_hint(hint);
        match cause {
            Some(cause) => error.with_source(cause),
            None => error,
        }
    }
}

/// What became of an attempt.
enum Attempt {
    Sent(SentMessage),
    Open(Open),
}

/// A message of which it is not known whether it was sent, unless nothing was.
struct Open {
    failed: Failed,
    /// That of the last attempt; `None` for an attempt of an earlier program.
    error: Option<Error>,
    /// From when on it means something that the server does not have it.
    settled: Instant,
}

/// What looking for a message means.
enum Judgement {
    End(Result<SentMessage, Error>),
    NotFound(Open),
}

fn incomparable() -> Error {
    Error::new(ErrorKind::NotSupported, "the content of such a message cannot be compared with those in the chat")
}
