//! What a bot wants to know of a message, whichever event and engine it comes from.

use std::{
    fmt::{self, Display},
    ops::Deref,
    time::SystemTime,
};

use super::{Event, Payload, time};
use crate::{
    Chat, ChatKind, ContactId, DownloadFile, Error, ErrorKind, Json, MessageId, PhoneNumber, Session,
    address::FileAddress, builder, text, types, views::Message,
};

impl Event {
    /// Returns the message of the events `message`, `message.any`, `message.edited` and `message.waiting`; `None` for
    /// others, and if the server does not tell in which chat it is.
    ///
    /// ```no_run
    /// # async fn run(event: waha::Event, session: waha::Session) -> Result<(), waha::Error> {
    /// if let Some(message) = event.message() {
    ///     if !message.is_from_me() && message.text() == Some("ping") {
    ///         message.reply(&session, "pong")?.await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn message(&self) -> Option<EventMessage<'_>> {
        let message = match &self.payload {
            Payload::Message(message) | Payload::MessageAny(message) | Payload::MessageWaiting(message) => {
                Message::try_from(&**message)
            }
            Payload::MessageEdited(message) => Message::try_from(Json::new(&**message).ok()?),
            _ => return None,
        };
        Some(EventMessage { event: self, message: message.ok()? })
    }

    /// Returns how far a message that the session's account sent has come, for the events `message.ack` and
    /// `message.ack.group`; `None` for others, and for messages of other people, which the account has read on another
    /// device.
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// let event = waha::Event::from_slice(br#"{"event": "message.ack", "session": "default", "payload":
    ///     {"id": "true_11111111111@c.us_AAAA", "from": "11111111111@c.us", "fromMe": true, "ack": 3, "ackName": "READ"}}"#)?;
    /// let ack = event.own_message_ack().unwrap();
    /// assert_eq!(ack.id, "true_11111111111@c.us_AAAA");
    /// assert_eq!(ack.ack_name, Some(waha::types::MessageAckName::Read));
    /// # Ok(())
    /// # }
    /// ```
    pub fn own_message_ack(&self) -> Option<&types::MessageAck> {
        match &self.payload {
            Payload::MessageAck(ack) | Payload::MessageAckGroup(ack) => Some(&**ack).filter(|ack| ack.from_me),
            _ => None,
        }
    }

    /// Returns which message was edited, for the event `message.edited`: its bare id, without chat and direction. `None`
    /// for others, and where the engine does not know.
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// let event = waha::Event::from_slice(br#"{"event": "message.edited", "session": "default", "payload": {
    ///     "id": "false_11111111111@c.us_BBBB", "timestamp": 1790000000, "from": "11111111111@c.us", "fromMe": false,
    ///     "body": "Lunch!", "hasMedia": false, "editedMessageId": "AAAA"}}"#)?;
    /// assert_eq!(event.edited_message_id().unwrap().bare(), "AAAA");
    /// # Ok(())
    /// # }
    /// ```
    pub fn edited_message_id(&self) -> Option<MessageId> {
        match &self.payload {
            Payload::MessageEdited(message) => message.edited_message_id.as_deref()?.parse().ok(),
            _ => None,
        }
    }

    /// Returns which message was deleted for everyone, for the event `message.revoked`: its bare id, without chat and
    /// direction, as [`MessageId::bare`] returns it. `None` for others, and where the engine does not know.
    ///
    /// ```
    /// # fn main() -> Result<(), waha::Error> {
    /// let event = waha::Event::from_slice(
    ///     br#"{"event": "message.revoked", "session": "default", "payload": {"revokedMessageId": "AAAA"}}"#,
    /// )?;
    /// let stored: waha::MessageId = "false_11111111111@c.us_AAAA".parse()?;
    /// assert_eq!(event.revoked_message_id().unwrap().bare(), stored.bare());
    /// # Ok(())
    /// # }
    /// ```
    pub fn revoked_message_id(&self) -> Option<MessageId> {
        match &self.payload {
            Payload::MessageRevoked(revoked) => revoked.revoked_message_id.as_deref()?.parse().ok(),
            _ => None,
        }
    }
}

/// The message of an event; returned by [`Event::message`].
///
/// It is a [`Message`], whose methods tell its chat, text and file on every engine, together with its event.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// let event = waha::Event::from_slice(br#"{"event": "message", "session": "default", "payload": {
///     "id": "false_111111111111111111@g.us_AAAA_22222222222@c.us", "timestamp": 1790000000, "fromMe": false,
///     "from": "111111111111111111@g.us", "participant": "22222222222@c.us", "body": "Lunch?", "hasMedia": false}}"#)?;
/// let message = event.message().unwrap();
/// assert!(message.is_group()); // a method of `Message`
/// assert_eq!(message.to_string(), "22222222222@c.us: Lunch?");
/// assert_eq!(message.sender().unwrap(), "22222222222@c.us");
/// assert_eq!(message.sender_phone_number().unwrap(), "22222222222");
/// let second = std::time::Duration::from_secs(1);
/// assert_eq!(message.sent_at(), Some(std::time::SystemTime::UNIX_EPOCH + 1_790_000_000 * second));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EventMessage<'a> {
    event: &'a Event,
    message: Message,
}

impl Deref for EventMessage<'_> {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

impl fmt::Debug for EventMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, message } = self;
        f.debug_struct("EventMessage")
            .field("session", &event.session)
            .field("message", message)
            .finish_non_exhaustive()
    }
}

/// As [`Message`] prints it.
impl fmt::Display for EventMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl EventMessage<'_> {
    /// Returns a handle of the chat that the message is in, to answer there.
    ///
    /// ```no_run
    /// # async fn run(event: waha::Event, session: waha::Session) -> Result<(), waha::Error> {
    /// if let Some(message) = event.message() {
    ///     message.chat(&session)?.send_text("pong").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if the event is one of another session, whose account would not be the one that
    /// answers.
    pub fn chat(&self, session: &Session) -> Result<Chat, Error> {
        if *session.name() != self.event.session.as_str() {
            let why = format!(
                "the message `{}` came to the session `{}`, and cannot be answered by `{}`",
                text::line(self.id().as_str()),
                text::line(&self.event.session),
                session.name()
            );
            return Err(Error::new(ErrorKind::InvalidRequest, why));
        }
        session.chat(self.chat_id())
    }

    /// Begins to send a text to the chat that quotes this message.
    ///
    /// # Errors
    ///
    /// As for [`chat`](Self::chat).
    ///
    /// ```no_run
    /// # async fn run(event: waha::Event, session: waha::Session) -> Result<(), waha::Error> {
    /// if let Some(message) = event.message() {
    ///     message.reply(&session, "pong")?.link_preview(false).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply(
        &self,
        session: &Session,
        text: impl TryInto<String, Error: Display>,
    ) -> Result<builder::ChattingSendText, Error> {
        Ok(self.chat(session)?.reply(self.id(), text))
    }

    /// Begins to react to this message. An empty text removes the reaction.
    ///
    /// # Errors
    ///
    /// As for [`chat`](Self::chat).
    ///
    /// ```no_run
    /// # async fn run(event: waha::Event, session: waha::Session) -> Result<(), waha::Error> {
    /// if let Some(message) = event.message() {
    ///     message.react(&session, "👍")?.await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn react(
        &self,
        session: &Session,
        reaction: impl TryInto<String, Error: Display>,
    ) -> Result<builder::ChattingSetReaction, Error> {
        Ok(self.chat(session)?.react(self.id(), reaction))
    }

    /// Returns who wrote the message: in a group the member, and for an own message the account. `None` in channels, and
    /// where the server does not tell.
    ///
    /// WhatsApp may hide the phone number, so that this is a [`Lid`](crate::Lid):
    /// [`sender_phone_number`](Self::sender_phone_number) returns the number where the engine knows it.
    pub fn sender(&self) -> Option<ContactId> {
        self.message.sender().cloned().or_else(|| match self.is_from_me() {
            true => self.event.me.as_ref()?.id.parse().ok(),
            false => ContactId::try_from(self.chat_id()).ok(),
        })
    }

    /// Returns the phone number of who wrote the message, where it is known: from the [`sender`](Self::sender), or where
    /// WhatsApp hides the number, from what the engine adds to the message.
    pub fn sender_phone_number(&self) -> Option<PhoneNumber> {
        let sender = self.sender()?;
        if let Ok(number) = PhoneNumber::try_from(&sender) {
            return Some(number);
        }
        if self.is_from_me() {
            return self.event.me.as_ref()?.id.parse().ok();
        }
        let places: &[&str] = if self.chat_id().kind() == ChatKind::Lid {
            &["/_data/Info/SenderAlt", "/_data/key/remoteJidAlt", "/_data/key/senderPn"]
        } else {
            &["/_data/Info/SenderAlt", "/_data/key/participantAlt", "/_data/key/participantPn"]
        };
        let message = self.raw.to_value().ok()?;
        places.iter().find_map(|place| {
            let id = message.pointer(place)?.as_str()?;
            id.contains('@').then(|| id.parse().ok()).flatten()
        })
    }

    /// Begins to download the message's file. `None` if there is none, or if the server did not fetch it from WhatsApp:
    /// [`media`](Message::media) says why, if that failed.
    ///
    /// A file of the server is downloaded from the client's base URL, whatever the server takes for its own address. The
    /// server keeps it for 180 s by default.
    ///
    /// ```no_run
    /// # async fn run(event: waha::Event, session: waha::Session) -> Result<(), waha::Error> {
    /// if let Some(file) = event.message().and_then(|message| message.download(&session)) {
    ///     file.await?.save("received").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(&self, session: &Session) -> Option<DownloadFile> {
        let url = self.media()?.url.as_deref()?;
        let client = session.client();
        let is_of_the_server = FileAddress::read(url, client.base_url(), false).is_ok_and(|address| address.is_file);
        let download = client.download(url);
        Some(if is_of_the_server { download.from_base_url() } else { download })
    }

    /// Returns when the message was sent: [`timestamp`](Message::timestamp) as a `SystemTime`.
    pub fn sent_at(&self) -> Option<SystemTime> {
        self.timestamp().and_then(time::of_seconds)
    }
}
