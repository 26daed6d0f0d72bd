use std::fmt;

use super::{
    View, ViewError,
    debug::debug_fields,
    id, list,
    read::{Lenient, Number, Text, Wid, lenient_object, optional_id, text, time},
};
use crate::{
    Error, Json,
    ids::{ChatId, ChatKind, ContactId, Lid},
    redaction::Redactor,
    text::line,
};

/// A chat of a list of chats: of `chats.list` and `labels.list_chats`.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// for chat in session.chats().list().limit(20).await? {
///     println!("{chat}: {:?} wait to be read", chat.unread_count);
/// }
/// let answer = session.chats().list().send().await?.into_inner();
/// let chats = waha::views::ChatEntry::list(answer)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ChatEntry {
    /// The chat's id.
    pub id: ChatId,
    /// The group's subject, or the contact's name, where one is known.
    pub name: Option<String>,
    /// When something last happened in it, in seconds since 1970.
    pub timestamp: Option<i64>,
    /// How many messages wait to be read; -1 where the chat was marked as error. GOWS does not tell, NOWEB not always.
    pub unread_count: Option<i64>,
    /// The chat, as received.
    pub raw: Json,
}

debug_fields!(ChatEntry: id name timestamp unread_count);

impl ChatEntry {
    /// The chats of an answer.
    ///
    /// # Errors
    ///
    /// It is no list of chats ([`ErrorKind::Decode`](crate::ErrorKind::Decode)).
    pub fn list(json: Json) -> Result<Vec<Self>, Error> {
        list(json, &Redactor::default())
    }
}

/// The name and the id.
impl fmt::Display for ChatEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        with_name(f, &self.id, self.name.as_deref())
    }
}

impl View for ChatEntry {
    const WHAT: &'static str = "chat";

    type Members = Chat;

    fn of(_name: Option<&str>, chat: Box<Chat>, raw: Json) -> Result<Self, ViewError> {
        Ok(Self {
            id: id(&raw, "`id`", [chat.id])?,
            name: text([chat.name]),
            timestamp: time([chat.conversation_timestamp, chat.timestamp, chat.t]),
            unread_count: chat.unread_count.0.and_then(Number::integer),
            raw,
        })
    }
}

lenient_object! {
    pub(super) struct Chat {
        id: Lenient<Wid> = "id",
        name: Lenient<Text> = "name",
        // GOWS and NOWEB, WEBJS, WPP.
        conversation_timestamp: Lenient<Number> = "conversationTimestamp",
        timestamp: Lenient<Number> = "timestamp",
        t: Lenient<Number> = "t",
        unread_count: Lenient<Number> = "unreadCount",
    }
}

/// A contact: of `contacts.list`, `get` and `get_by_id`.
///
/// The latter two answer with nothing where the contact is not known:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let contact = session.contact("11111111111@c.us")?.get().await?;
/// println!("{:?}", contact.and_then(|contact| contact.push_name));
/// # Ok(())
/// # }
/// ```
///
/// Of the answer to `send`:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// let answer = session.contacts().list().send().await?.into_inner();
/// for contact in waha::views::ContactSummary::list(answer)? {
///     println!("{contact}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ContactSummary {
    /// The contact's id. The list of WEBJS has groups as well.
    pub id: ChatId,
    /// The name in the account's address book.
    pub name: Option<String>,
    /// The name that the contact chose.
    pub push_name: Option<String>,
    /// The name that WhatsApp has for a business.
    pub verified_name: Option<String>,
    /// The id with the phone number, where that is known.
    pub phone_number: Option<ContactId>,
    /// The id without it, where that is known.
    pub lid: Option<Lid>,
    /// The contact, as received.
    pub raw: Json,
}

debug_fields!(ContactSummary: id name push_name verified_name phone_number lid);

impl ContactSummary {
    /// The contacts of an answer.
    ///
    /// # Errors
    ///
    /// It is no list of contacts ([`ErrorKind::Decode`](crate::ErrorKind::Decode)).
    pub fn list(json: Json) -> Result<Vec<Self>, Error> {
        list(json, &Redactor::default())
    }
}

/// The name and the id: the name in the address book, or else the one that the contact or WhatsApp chose.
impl fmt::Display for ContactSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.as_ref().or(self.push_name.as_ref()).or(self.verified_name.as_ref());
        with_name(f, &self.id, name.map(String::as_str))
    }
}

impl View for ContactSummary {
    const WHAT: &'static str = "contact";

    type Members = Contact;

    fn of(_name: Option<&str>, contact: Box<Contact>, raw: Json) -> Result<Self, ViewError> {
        let id = id(&raw, "`id`", [contact.id])?;
        Ok(Self {
            name: text([contact.name]),
            push_name: text([contact.pushname, contact.notify]),
            verified_name: text([contact.verified_name]),
            phone_number: phone_number(&id, [contact.phone_number]),
            lid: lid(&id, [contact.lid]),
            id,
            raw,
        })
    }
}

lenient_object! {
    pub(super) struct Contact {
        id: Lenient<Wid> = "id",
        name: Lenient<Text> = "name",
        pushname: Lenient<Text> = "pushname",
        notify: Lenient<Text> = "notify",
        verified_name: Lenient<Text> = "verifiedName",
        phone_number: Lenient<Wid> = "phoneNumber",
        lid: Lenient<Wid> = "lid",
    }
}

/// The id with the phone number: what the engine says, or the id itself.
pub(super) fn phone_number<const N: usize>(id: &ChatId, candidates: [Lenient<Wid>; N]) -> Option<ContactId> {
    let is_number = |id: &ChatId| id.kind() == ChatKind::Contact;
    let said = optional_id(candidates).filter(is_number);
    said.or_else(|| Some(id.clone()).filter(is_number))?.try_into().ok()
}

/// The id without the phone number: what the engine says, or the id itself.
pub(super) fn lid<const N: usize>(id: &ChatId, candidates: [Lenient<Wid>; N]) -> Option<Lid> {
    optional_id(candidates).or_else(|| if id.kind() == ChatKind::Lid { id.try_into().ok() } else { None })
}

/// Writes a name and an id, or the id alone, on one line.
pub(super) fn with_name(f: &mut fmt::Formatter<'_>, id: impl fmt::Display, name: Option<&str>) -> fmt::Result {
    match name {
        Some(name) => write!(f, "{} ({id})", line(name)),
        None => write!(f, "{id}"),
    }
}
