//! What a bot wants to know of a message, whichever event and engine it comes from.

use std::{fmt::Display, time::SystemTime};

use super::{Event, Payload, time};
use crate::{
    Chat, ChatId, ChatKind, ContactId, DownloadFile, Error, ErrorKind, Json, MessageId, PhoneNumber, Session,
    address::FileAddress, builder, types,
};

impl Event {
    /// Returns the message of the events `message`, `message.any`, `message.edited` and `message.waiting`; `None` for
    /// others.
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
        Some(match &self.payload {
            Payload::Message(message) | Payload::MessageAny(message) | Payload::MessageWaiting(message) => {
                EventMessage::new(self, Content::Message(message))
            }
            Payload::MessageEdited(message) => EventMessage::new(self, Content::Edited(message)),
            _ => return None,
        })
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
/// Engines differ in where they put the chat and the sender of a message. The methods of this type find them on each of
/// them.
#[derive(Clone, Copy, Debug)]
pub struct EventMessage<'a> {
    event: &'a Event,
    content: Content<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    Message(&'a types::Message),
    Edited(&'a types::MessageEdited),
}

/// Reads a member that both kinds of messages have.
macro_rules! member {
    ($self:ident, $name:ident) => {
        match $self.content {
            Content::Message(message) => &message.$name,
            Content::Edited(message) => &message.$name,
        }
    };
}

impl<'a> EventMessage<'a> {
    fn new(event: &'a Event, content: Content<'a>) -> Self {
        Self { event, content }
    }

    /// Returns the message's id, in full as a rule: direction, chat and bare id. That of an edit is the edit's own.
    pub fn id(&self) -> &'a str {
        member!(self, id)
    }

    /// Returns the chat that the message is in; `None` where the server does not tell.
    pub fn chat_id(&self) -> Option<ChatId> {
        let of_id = self.message_id().and_then(|id| id.chat_id());
        // Some engines have the account itself in `from` for its own messages.
        let other = || if self.is_from_me() { self.to().or(self.from()) } else { self.from() };
        of_id.or_else(|| other()?.parse().ok())
    }

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
    /// answers, or if the server does not tell the chat.
    pub fn chat(&self, session: &Session) -> Result<Chat, Error> {
        let refuse = |why: &str| {
            let id = crate::text::line(self.id());
            Err(Error::new(ErrorKind::InvalidRequest, format!("the message `{id}` cannot be answered: {why}")))
        };
        if *session.name() != self.event.session.as_str() {
            let other = crate::text::line(&self.event.session);
            return refuse(&format!(
                "it came to the session `{other}`, and the handle is that of `{}`",
                session.name()
            ));
        }
        match self.chat_id() {
            Some(chat) => session.chat(chat),
            None => refuse("the server does not tell in which chat it is"),
        }
    }

    /// Begins to send a text to the chat that quotes this message.
    ///
    /// # Errors
    ///
    /// As for [`chat`](Self::chat).
    pub fn reply(
        &self,
        session: &Session,
        text: impl TryInto<String, Error: Display>,
    ) -> Result<builder::ChattingSendText, Error> {
        Ok(self.chat(session)?.reply(self.id(), text))
    }

    /// Returns whether the session's own account sent the message, from whichever device.
    pub fn is_from_me(&self) -> bool {
        *member!(self, from_me)
    }

    /// Returns whether the message is in a group.
    pub fn is_group(&self) -> bool {
        self.chat_kind() == Some(ChatKind::Group)
    }

    /// Returns the kind of the chat that the message is in; `None` where the server does not tell the chat.
    pub fn chat_kind(&self) -> Option<ChatKind> {
        self.chat_id().map(|chat| chat.kind())
    }

    /// Returns who wrote the message: in a group the member, and for an own message the account. `None` in channels, and
    /// where the server does not tell.
    ///
    /// WhatsApp may hide the phone number, so that this is a [`Lid`](crate::Lid):
    /// [`sender_phone_number`](Self::sender_phone_number) returns the number where the engine knows it.
    pub fn sender(&self) -> Option<ContactId> {
        let member = [self.participant(), self.author()].into_iter().flatten().find_map(|id| id.parse().ok());
        let of_id = || ContactId::try_from(self.message_id()?.participant()?).ok();
        let me = || self.event.me.as_ref()?.id.parse().ok();
        let member = member.or_else(of_id);
        match (self.is_from_me(), self.chat_kind()) {
            (true, _) => member.or_else(me),
            // In the chat with a person, engines may repeat that person as participant, or leave it out.
            (false, Some(ChatKind::Contact | ChatKind::Lid)) => ContactId::try_from(self.chat_id()?).ok(),
            (false, _) => member,
        }
    }

    /// Returns the phone number of who wrote the message, where it is known: from the [`sender`](Self::sender), or where
    /// WhatsApp hides the number, from what the engine adds to the message.
    pub fn sender_phone_number(&self) -> Option<PhoneNumber> {
        let sender = self.sender();
        let number = |id: &ContactId| PhoneNumber::try_from(id).ok();
        if let Some(number) = sender.as_ref().and_then(number) {
            return Some(number);
        }
        if self.is_from_me() {
            return self.event.me.as_ref()?.id.parse().ok();
        }
        sender?;
        let places: &[&str] = if self.chat_kind() == Some(ChatKind::Lid) {
            &["/Info/SenderAlt", "/key/remoteJidAlt", "/key/senderPn"]
        } else {
            &["/Info/SenderAlt", "/key/participantAlt", "/key/participantPn"]
        };
        let data = member!(self, data).as_ref()?.to_value().ok()?;
        places.iter().find_map(|place| {
            let id = data.pointer(place)?.as_str()?;
            id.contains('@').then(|| id.parse().ok()).flatten()
        })
    }

    /// Returns the text of the message, or the caption of its file; `None` if there is none.
    pub fn text(&self) -> Option<&'a str> {
        member!(self, body).as_deref().filter(|text| !text.is_empty())
    }

    /// Returns whether a file belongs to the message.
    pub fn has_media(&self) -> bool {
        *member!(self, has_media)
    }

    /// Returns the type, name and URL of the message's file; `None` if there is none, and where the server does not tell.
    pub fn media(&self) -> Option<&'a types::MessageMedia> {
        member!(self, media).as_ref()
    }

    /// Begins to download the message's file. `None` if there is none, or if the server did not fetch it from WhatsApp:
    /// [`media`](Self::media) says why, if that failed.
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
        let older = || member!(self, media_url).as_deref();
        let url = self.media().and_then(|media| media.url.as_deref()).or_else(older)?;
        let client = session.client();
        let is_of_the_server = FileAddress::read(url, client.base_url(), false).is_ok_and(|address| address.is_file);
        let download = client.download(url);
        Some(if is_of_the_server { download.from_base_url() } else { download })
    }

    /// Returns when the message was sent, in seconds since 1970; `None` where the engine does not know.
    pub fn timestamp(&self) -> Option<i64> {
        *member!(self, timestamp)
    }

    /// Returns when the message was sent: [`timestamp`](Self::timestamp) as a `SystemTime`.
    pub fn sent_at(&self) -> Option<SystemTime> {
        self.timestamp().and_then(time::of_seconds)
    }

    /// Returns the message that this one quotes.
    pub fn quoted(&self) -> Option<&'a types::ReplyToMessage> {
        member!(self, reply_to).as_ref()
    }

    /// Returns the message as the engine's library has it, which differs by engine and release.
    pub fn engine_data(&self) -> Option<&'a Json> {
        member!(self, data).as_ref()
    }

    fn message_id(&self) -> Option<MessageId> {
        self.id().parse().ok()
    }

    fn from(&self) -> Option<&'a str> {
        member!(self, from).as_deref()
    }

    fn to(&self) -> Option<&'a str> {
        member!(self, to).as_deref()
    }

    fn participant(&self) -> Option<&'a str> {
        member!(self, participant).as_deref()
    }

    fn author(&self) -> Option<&'a str> {
        member!(self, author).as_deref()
    }
}
