use std::fmt;

use super::{
    Shape, View, ViewError,
    debug::debug_fields,
    message_key::{Id, Key},
    object,
    read::{Boxed, Lenient, Number, Raw, lenient_object, time},
};
use crate::{
    Json,
    ids::{ChatId, MessageId},
};

/// A message that was sent, whatever it holds: text, a file, a poll, a status update, a reaction, an edit, a deletion.
///
/// That there is one means that the server took it; not every answer says under which id. An error of
/// [`ErrorKind::Other`](crate::ErrorKind::Other) means that the server says that nothing was sent; one of
/// [`ErrorKind::Decode`](crate::ErrorKind::Decode), that the answer is not understood, although the server took the message.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let sent = session.send_text("11111111111@c.us", "hi").await?;
/// println!("{sent} at {:?}", sent.timestamp);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SentMessage {
    /// The message's id, in full as a rule. `None` where the server does not tell: after forwarding and after reacting
    /// on WEBJS and WPP, where WPP cannot read the message back, and where there is no answer at all.
    pub id: Option<MessageId>,
    /// The chat that it went to, where the id says that.
    pub chat_id: Option<ChatId>,
    /// When it was sent, in seconds since 1970, where the engine says that.
    pub timestamp: Option<i64>,
    /// The answer, as received.
    pub raw: Json,
}

debug_fields!(SentMessage: id chat_id timestamp);

impl View for SentMessage {
    const WHAT: &'static str = "sent message";

    type Members = Sent;

    fn read(name: Option<&str>, raw: Json) -> Result<Self, ViewError> {
        match Shape::of(&raw) {
            Shape::Null | Shape::True => Ok(Self { id: None, chat_id: None, timestamp: None, raw }),
            Shape::False => Err(ViewError::no()),
            _ => Self::of(name, object(&raw)?, raw),
        }
    }

    fn of(_name: Option<&str>, message: Box<Sent>, raw: Json) -> Result<Self, ViewError> {
        if let Lenient(Some(false)) = message.sent {
            return Err(ViewError::Refused("the server answered `sent: false`: the message was not sent".to_owned()));
        }
        let (id, chat_id) = match (message.key.0, message.id.0) {
            (Some(Boxed(key)), _) => key.ids(&raw).map_err(|error| error.at("key"))?,
            (None, Some(id)) => id.ids(&raw).map_err(|error| error.at("id"))?,
            (None, None) if message.sent.0.is_some() || message.send_msg_result.0.is_some() => (None, None),
            (None, None) => return Err(ViewError::new(&raw, "it has neither `id` nor `key`")),
        };
        let Boxed(data) = message.data.0.unwrap_or_default();
        let Boxed(info) = data.info.0.unwrap_or_default();
        let timestamp = time([message.timestamp, message.message_timestamp, info.timestamp, data.t]);
        Ok(Self { chat_id: id.as_ref().and_then(MessageId::chat_id).or(chat_id), id, timestamp, raw })
    }
}

/// The message's id, or `(no id)`.
impl fmt::Display for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id.as_ref().map_or("(no id)", MessageId::as_str))
    }
}

lenient_object! {
    /// A message of any engine. GOWS has `id` and `_data`; NOWEB has `key` and `messageTimestamp`; WEBJS has an object as
    /// `id`; WPP has the common form, or what its library says of the sending.
    pub(super) struct Sent {
        id: Lenient<Id> = "id",
        key: Lenient<Boxed<Key>> = "key",
        timestamp: Lenient<Number> = "timestamp",
        message_timestamp: Lenient<Number> = "messageTimestamp",
        sent: Lenient<bool> = "sent",
        send_msg_result: Raw = "sendMsgResult",
        data: Lenient<Boxed<Data>> = "_data",
    }
}

lenient_object! {
    struct Data {
        info: Lenient<Boxed<Info>> = "Info",
        t: Lenient<Number> = "t",
    }
}

lenient_object! {
    struct Info {
        timestamp: Lenient<Number> = "Timestamp",
    }
}
