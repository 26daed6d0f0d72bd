use std::fmt;

use super::{
    FromAnswer, View, ViewError,
    content::{Content, Said},
    debug::debug_fields,
    each, list,
    message_key::{Id, Key},
    one,
    read::{Boxed, Lenient, Member, Number, Text, Typed, Wid, first, lenient_object, optional_id, text, time},
    read_list, read_object,
};
use crate::{
    Error, ErrorKind, Json,
    generated::types,
    ids::{ChatId, ChatKind, ContactId, MessageId},
    redaction::Redactor,
    text::line,
};
use bytestring::ByteString;

/// A message, received or sent, with the same meaning on every engine: of `chats.list_messages`, of `chats.get_message`,
/// and of the events about messages.
///
/// It is made from a [`types::Message`], and from the JSON of any engine, such as [`SentMessage::raw`].
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use waha::{Json, views::Message};
///
/// let json: Json = r#"{
///     "id": "false_111111111111111111@g.us_AAAA_22222222222@c.us", "fromMe": false, "hasMedia": false,
///     "from": "111111111111111111@g.us", "participant": "22222222222@c.us", "body": "Lunch?"
/// }"#
/// .parse()?;
/// let message = Message::try_from(json)?;
/// assert!(message.is_group() && !message.is_from_me());
/// assert_eq!(*message.chat_id(), "111111111111111111@g.us");
/// assert_eq!(*message.sender().unwrap(), "22222222222@c.us");
/// assert_eq!(message.text(), Some("Lunch?"));
/// assert_eq!(message.to_string(), "22222222222@c.us: Lunch?");
/// # Ok(())
/// # }
/// ```
///
/// [`SentMessage::raw`]: super::SentMessage::raw
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// for message in session.chat("11111111111@c.us")?.messages().limit(20).await? {
///     println!("{:?} at {:?}: {:?}", message.sender_name(), message.timestamp(), message.text());
///     if message.is_status_update() || message.has_media() {
///         println!("{:?}", message.media().and_then(|file| file.mimetype.as_deref()));
///     }
///     println!("{:?} {:?}", message.location().is_some(), message.coordinates());
///     println!("{} cards, {} mentions", message.vcards().len(), message.mentions().len());
///     println!("{:?}", message.reply_to().map(|quoted| &quoted.id));
/// }
/// let path = "/api/{session}/chats/11111111111@c.us/messages";
/// let messages = waha::views::Message::list(session.request(waha::Method::GET, path).await?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Message {
    id: MessageId,
    chat_id: ChatId,
    sender: Option<ContactId>,
    sender_name: Option<String>,
    from_me: bool,
    timestamp: Option<i64>,
    text: Option<String>,
    has_media: bool,
    // Boxed, because most messages have none of them, and lists of messages are long.
    media: Option<Box<types::MessageMedia>>,
    location: Option<Box<types::Location>>,
    vcards: Vec<String>,
    mentions: Vec<ContactId>,
    reply_to: Option<Box<types::ReplyToMessage>>,
    /// The message, as received.
    pub raw: Json,
}

debug_fields!(Message: id chat_id sender sender_name from_me timestamp text has_media media location vcards mentions
    reply_to);

impl Message {
    /// Reads the messages of a list.
    ///
    /// # Errors
    ///
    /// It is no list of messages ([`ErrorKind::Decode`]).
    pub fn list(json: Json) -> Result<Vec<Self>, Error> {
        list(json, &Redactor::default())
    }

    /// Returns the message's id, in full as a rule.
    pub fn id(&self) -> &MessageId {
        &self.id
    }

    /// Returns the chat that the message is in. In a direct chat it is the other person, also for an own message.
    pub fn chat_id(&self) -> &ChatId {
        &self.chat_id
    }

    /// Returns who wrote the message. Some engines give the id with the phone number and others the one without it
    /// (`@lid`). `None` in a channel, and for an own message where the engine does not name the account.
    pub fn sender(&self) -> Option<&ContactId> {
        self.sender.as_ref()
    }

    /// Returns the name that the sender has chosen, where the engine knows it.
    pub fn sender_name(&self) -> Option<&str> {
        self.sender_name.as_deref()
    }

    /// Returns whether the session's own account sent the message, from whichever device.
    pub fn is_from_me(&self) -> bool {
        self.from_me
    }

    /// Returns whether the message is in a group.
    pub fn is_group(&self) -> bool {
        self.chat_id.kind() == ChatKind::Group
    }

    /// Returns whether the message is a status update, which is also called a story.
    pub fn is_status_update(&self) -> bool {
        self.chat_id.kind() == ChatKind::Status
    }

    /// Returns when the message was sent, in seconds since 1970; `None` where the engine does not know.
    pub fn timestamp(&self) -> Option<i64> {
        self.timestamp
    }

    /// Returns the text of the message, or the caption of its file. What some engines write in its place is left out: the
    /// name of a document, the picture of a map, and a contact card.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Returns whether a file belongs to the message, also if the server has not downloaded it.
    pub fn has_media(&self) -> bool {
        self.has_media
    }

    /// Returns the message's file; without a `url` in it, the server has not downloaded the file.
    pub fn media(&self) -> Option<&types::MessageMedia> {
        self.media.as_deref()
    }

    /// Returns the place that the message shares.
    pub fn location(&self) -> Option<&types::Location> {
        self.location.as_deref()
    }

    /// Returns latitude and longitude of the place that the message shares, in degrees.
    pub fn coordinates(&self) -> Option<(f64, f64)> {
        let location = self.location.as_ref()?;
        // A number, or on GOWS a text that holds one.
        let degrees = |json: &Option<Json>| -> Option<f64> {
            let degrees: f64 = json.as_ref()?.as_str().trim_matches('"').parse().ok()?;
            degrees.is_finite().then_some(degrees)
        };
        Some((degrees(&location.latitude)?, degrees(&location.longitude)?))
    }

    /// Returns the contact cards of the message, each as the text of a vCard.
    pub fn vcards(&self) -> &[String] {
        &self.vcards
    }

    /// Returns whom the message mentions.
    pub fn mentions(&self) -> &[ContactId] {
        &self.mentions
    }

    /// Returns the message that this one replies to, as far as it is quoted.
    pub fn reply_to(&self) -> Option<&types::ReplyToMessage> {
        self.reply_to.as_deref()
    }
}

/// The sender's name or id, and the text or what there is instead of it, on one line.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sender = match (&self.sender_name, &self.sender) {
            _ if self.from_me => "me",
            (Some(name), _) => name,
            (None, Some(sender)) => sender.as_str(),
            (None, None) => self.chat_id.as_str(),
        };
        write!(f, "{}: ", line(sender))?;
        if let Some(media) = &self.media {
            write!(f, "[{}] ", line(media.mimetype.as_deref().unwrap_or("file")))?;
        }
        match &self.text {
            Some(text) => f.write_str(&line(text)),
            None if self.location.is_some() => f.write_str("[location]"),
            None if !self.vcards.is_empty() => f.write_str("[contact]"),
            None if self.media.is_none() && self.has_media => f.write_str("[file]"),
            None if self.media.is_none() => f.write_str("[no text]"),
            None => Ok(()),
        }
    }
}

/// Compares what was received.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl View for Message {
    const WHAT: &'static str = "message";

    type Members = AnyMessage;

    fn of(_name: Option<&str>, message: Box<AnyMessage>, raw: Json) -> Result<Self, ViewError> {
        let (id, chat) = match (message.key.0, message.id.0) {
            (Some(Boxed(key)), _) => key.ids(&raw).map_err(|error| error.at("key"))?,
            (None, Some(id)) => id.ids(&raw).map_err(|error| error.at("id"))?,
            (None, None) => (None, None),
        };
        let id = id.ok_or_else(|| ViewError::new(&raw, "it has neither `id` nor `key`"))?;
        let Boxed(data) = message.data.0.unwrap_or_default();
        let info: Info = *data.info.0.unwrap_or_default().0;
        let parts = id.parts();
        let participant = parts.as_ref().and_then(|parts| parts.participant());
        let (from_me, own_chat) = parts.map(|parts| (parts.from_me, parts.chat())).unzip();
        let from_me = from_me.or(first([message.from_me, info.is_from_me])).unwrap_or_default();
        let from: Option<ChatId> = optional_id([message.from]);
        let to: Option<ChatId> = optional_id([message.to]);
        // `from` is the account itself for an own message on WEBJS and WPP, and the chat otherwise.
        let (chat_or_account, receiver) = if from_me { (to, from.clone()) } else { (from.clone(), None) };
        let chat_id = own_chat.or(chat).or_else(|| optional_id([info.chat])).or(chat_or_account).or(receiver);
        let chat_id = chat_id.ok_or_else(|| ViewError::new(&raw, "it does not name its chat"))?;
        let contact = |id: &ChatId| ContactId::try_from(id).ok();
        let sender = optional_id([message.participant, message.author, data.author])
            .or_else(|| participant.as_ref().and_then(contact))
            .or_else(|| optional_id([info.sender]))
            .or_else(|| from.filter(|from| !from_me || *from != chat_id).as_ref().and_then(contact))
            .or_else(|| contact(&chat_id).filter(|_| !from_me));
        let Said { text: said, has_file, mentions } = [message.message, data.gows_message, data.message]
            .into_iter()
            .find_map(|it| it.0)
            .map(|Boxed(content)| content.said())
            .unwrap_or_default();
        let media_url = text([message.media_url]);
        let media = message.media.0.or_else(|| media_url.and_then(media_at));
        let kind = first([message.kind, data.kind]);
        let filename = text([data.filename]).or_else(|| media.as_ref()?.filename.clone());
        let is_text = |body: &String| match kind {
            Some(Kind::WithoutText) => false,
            Some(Kind::Document) => Some(body) != filename.as_ref(),
            Some(Kind::Other) | None => true,
        };
        let mentions = [message.mentioned_ids.0, data.mentioned_jid_list.0, Some(mentions)];
        let mentions = mentions.into_iter().flatten().find(|mentions| !mentions.is_empty()).unwrap_or_default();
        Ok(Self {
            sender,
            sender_name: text([info.push_name, message.push_name, data.push_name, data.notify_name]),
            from_me,
            timestamp: time([message.timestamp, message.message_timestamp, info.timestamp, data.t]),
            text: text([message.body, message.caption]).filter(is_text).or(said),
            has_media: message.has_media.0.unwrap_or(has_file) || media.is_some(),
            media,
            location: message.location.0,
            vcards: message.v_cards.0.into_iter().flatten().filter_map(|vcard| text([vcard])).collect(),
            mentions: mentions.into_iter().filter_map(|mention| optional_id([mention])).collect(),
            reply_to: message.reply_to.0,
            id,
            chat_id,
            raw,
        })
    }
}

/// The file at an address that older servers tell without anything else.
fn media_at(url: String) -> Option<Box<types::MessageMedia>> {
    serde_json::from_value(serde_json::json!({ "url": url })).ok()
}

lenient_object! {
    /// A message in the common form, which has the engine's own form as `_data`; or in the engine's own form, as the answers
    /// of WEBJS and NOWEB are.
    pub(super) struct AnyMessage {
        id: Lenient<Id> = "id",
        key: Lenient<Boxed<Key>> = "key",
        from: Lenient<Wid> = "from",
        to: Lenient<Wid> = "to",
        participant: Lenient<Wid> = "participant",
        author: Lenient<Wid> = "author",
        from_me: Lenient<bool> = "fromMe",
        timestamp: Lenient<Number> = "timestamp",
        message_timestamp: Lenient<Number> = "messageTimestamp",
        kind: Lenient<Kind> = "type",
        body: Lenient<Text> = "body",
        caption: Lenient<Text> = "caption",
        has_media: Lenient<bool> = "hasMedia",
        media: Typed<types::MessageMedia> = "media",
        media_url: Lenient<Text> = "mediaUrl",
        location: Typed<types::Location> = "location",
        v_cards: Lenient<Vec<Lenient<Text>>> = "vCards",
        mentioned_ids: Lenient<Vec<Lenient<Wid>>> = "mentionedIds",
        reply_to: Typed<types::ReplyToMessage> = "replyTo",
        push_name: Lenient<Text> = "pushName",
        message: Lenient<Boxed<Content>> = "message",
        data: Lenient<Boxed<Data>> = "_data",
    }
}

lenient_object! {
    /// The engine's own form: GOWS has what begins with a capital, NOWEB `message` and `pushName`, WEBJS and WPP the others.
    struct Data {
        info: Lenient<Boxed<Info>> = "Info",
        gows_message: Lenient<Boxed<Content>> = "Message",
        message: Lenient<Boxed<Content>> = "message",
        push_name: Lenient<Text> = "pushName",
        notify_name: Lenient<Text> = "notifyName",
        author: Lenient<Wid> = "author",
        kind: Lenient<Kind> = "type",
        filename: Lenient<Text> = "filename",
        mentioned_jid_list: Lenient<Vec<Lenient<Wid>>> = "mentionedJidList",
        t: Lenient<Number> = "t",
    }
}

lenient_object! {
    struct Info {
        chat: Lenient<Wid> = "Chat",
        sender: Lenient<Wid> = "Sender",
        is_from_me: Lenient<bool> = "IsFromMe",
        push_name: Lenient<Text> = "PushName",
        timestamp: Lenient<Number> = "Timestamp",
    }
}

/// What a message is, as far as its `body` depends on it.
enum Kind {
    /// What engines write as its body is not its text.
    WithoutText,
    Document,
    Other,
}

impl Member for Kind {
    fn of_text(text: &str) -> Option<Self> {
        match text {
            "" => None,
            "location" | "live_location" | "vcard" | "multi_vcard" => Some(Self::WithoutText),
            "document" => Some(Self::Document),
            _ => Some(Self::Other),
        }
    }
}

impl FromAnswer<types::Message> for Message {
    fn from_answer(answer: types::Message, redactor: &Redactor) -> Result<Self, Error> {
        one(json(&answer)?, redactor)
    }

    fn read(text: &ByteString) -> Option<Self> {
        read_object(text)
    }
}

/// A message that cannot be read is left out. If none can, the error is that of the first.
impl FromAnswer<Vec<types::Message>> for Vec<Message> {
    fn from_answer(answer: Vec<types::Message>, redactor: &Redactor) -> Result<Self, Error> {
        each(&json(&answer)?).map_err(|error| error.into_error(Message::WHAT, redactor))
    }

    fn read(text: &ByteString) -> Option<Self> {
        read_list(text)
    }
}

impl TryFrom<types::Message> for Message {
    type Error = Error;

    fn try_from(message: types::Message) -> Result<Self, Error> {
        Self::try_from(&message)
    }
}

impl TryFrom<&types::Message> for Message {
    type Error = Error;

    fn try_from(message: &types::Message) -> Result<Self, Error> {
        one(json(message)?, &Redactor::default())
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<Json, Error> {
    Json::new(value).map_err(|error| Error::new(ErrorKind::Decode, error.to_string()))
}
