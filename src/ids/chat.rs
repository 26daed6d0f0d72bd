//! Whatever holds messages: contacts, groups, channels, broadcasts.

use std::{str::FromStr, sync::Arc};

use super::{ContactId, Lid, PhoneNumber, has_space_or_control, is_number, refused};
use crate::error::Error;

/// The id of a chat of any [kind](Self::kind).
///
/// A contact may be written as [`ContactId`] understands it: what has no `@` is a phone number, to the server as well.
/// An id of a kind that this release does not know is kept as it is.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use waha::{ChatId, ChatKind, ContactId};
///
/// let group: ChatId = "111111111111111111@g.us".parse()?;
/// assert_eq!(group.kind(), ChatKind::Group);
/// let contact: ChatId = "+1 111 1111111".parse()?;
/// assert_eq!(contact, "11111111111@c.us");
/// assert!(ContactId::try_from(&contact).is_ok());
/// assert!(ContactId::try_from(&group).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatId(Arc<str>);

/// Tells chats apart: what [`ChatId::kind`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChatKind {
    /// A person or business with a phone number: `<digits>@c.us`.
    Contact,
    /// One whose number WhatsApp hides: `<digits>@lid`.
    Lid,
    /// A group: `<digits>@g.us`, or an old one's `<phone number>-<time>@g.us`.
    Group,
    /// A channel: `<digits>@newsletter`.
    Channel,
    /// The status updates of everybody: `status@broadcast`.
    Status,
    /// A broadcast list: `<name>@broadcast`.
    Broadcast,
    /// Anything else: WhatsApp has more kinds than this release knows.
    Other,
}

impl ChatId {
    /// The chat that holds the status updates.
    pub const STATUS: &'static str = "status@broadcast";

    /// What kind of chat it is, as far as its id tells.
    pub fn kind(&self) -> ChatKind {
        match self.0.split_once('@') {
            Some((user, "c.us")) if is_number(user) => ChatKind::Contact,
            Some((user, "lid")) if is_number(user) => ChatKind::Lid,
            Some((user, "g.us")) if is_group(user) => ChatKind::Group,
            Some((user, "newsletter")) if is_number(user) => ChatKind::Channel,
            Some(("status", "broadcast")) => ChatKind::Status,
            Some((_, "broadcast")) => ChatKind::Broadcast,
            _ => ChatKind::Other,
        }
    }
}

impl FromStr for ChatId {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        if let Ok(contact) = ContactId::canonical(written) {
            return Ok(Self(contact.into()));
        }
        let refuse = |why| refused(written, "chat id", why);
        let (user, server) = match written.trim().split_once('@') {
            Some((user, server)) if !user.is_empty() && !server.is_empty() => (user, server),
            Some(_) => return Err(refuse("it needs something before and behind the `@`")),
            None => return Err(refuse("without an `@` it can only be a phone number")),
        };
        if server.contains('@') {
            return Err(refuse("it has more than one `@`"));
        }
        if has_space_or_control(user) || has_space_or_control(server) {
            return Err(refuse("it has white space or a control character in it"));
        }
        let known = ["g.us", "newsletter", "broadcast"].into_iter().find(|known| known.eq_ignore_ascii_case(server));
        Ok(Self(format!("{user}@{}", known.unwrap_or(server)).into()))
    }
}

impl From<&PhoneNumber> for ChatId {
    fn from(number: &PhoneNumber) -> Self {
        ContactId::from(number).into()
    }
}

impl From<PhoneNumber> for ChatId {
    fn from(number: PhoneNumber) -> Self {
        Self::from(&number)
    }
}

/// The id of a group: `<digits>@g.us`, or an old one's `<phone number>-<time>@g.us`. It has to be complete.
///
/// ```
/// assert!("111111111111111111@g.us".parse::<waha::GroupId>().is_ok());
/// assert!("111111111111111111".parse::<waha::GroupId>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(Arc<str>);

impl FromStr for GroupId {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        let refuse = |why| refused(written, "group id", why);
        match written.trim().split_once('@') {
            Some((user, server)) if server.eq_ignore_ascii_case("g.us") => match is_group(user) {
                true => Ok(Self(format!("{user}@g.us").into())),
                false => Err(refuse("before the `@` it takes digits, or two numbers with a `-` between them")),
            },
            _ => Err(refuse("a group ends in `@g.us`")),
        }
    }
}

/// The id of a channel: `<digits>@newsletter`. It has to be complete.
///
/// What takes a channel by its invitation, a code or a link, takes that as plain text.
///
/// ```
/// assert!("111111111111111111@newsletter".parse::<waha::ChannelId>().is_ok());
/// assert!("https://whatsapp.com/channel/AAAA".parse::<waha::ChannelId>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(Arc<str>);

impl FromStr for ChannelId {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        let refuse = |why| refused(written, "channel id", why);
        match written.trim().split_once('@') {
            Some((user, server)) if server.eq_ignore_ascii_case("newsletter") => match is_number(user) {
                true => Ok(Self(format!("{user}@newsletter").into())),
                false => Err(refuse("before the `@` it takes digits only")),
            },
            _ => Err(refuse("a channel ends in `@newsletter`")),
        }
    }
}

id_impls!(ChatId GroupId ChannelId);
is_always! {
    ContactId => ChatId,
    Lid => ChatId,
    GroupId => ChatId,
    ChannelId => ChatId,
}
may_be!(PhoneNumber => ChatId);

/// Whether this can stand before `@g.us`.
fn is_group(user: &str) -> bool {
    match user.split_once('-') {
        Some((creator, time)) => is_number(creator) && is_number(time),
        None => is_number(user),
    }
}
