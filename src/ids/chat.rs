//! Ids of chats: of contacts, groups, channels and broadcast lists.

use std::{borrow::Cow, str::FromStr, sync::Arc};

use super::{ContactId, Lid, PhoneNumber, has_space_or_control, invalid, is_number};
use crate::error::Error;

/// The id of a chat of any [kind](Self::kind).
///
/// Accepts every form of a contact's id that [`ContactId`] accepts; an id without an `@` is parsed as a [`PhoneNumber`]. An id of an unknown kind is kept unchanged.
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

/// The kind of a chat, as returned by [`ChatId::kind`].
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use waha::{ChatId, ChatKind};
///
/// let chat: ChatId = "111111111111111111@g.us".parse()?;
/// assert_eq!(chat.kind(), ChatKind::Group);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChatKind {
    /// A person or business with a phone number: `<digits>@c.us`.
    Contact,
    /// A person or business whose phone number WhatsApp hides: `<digits>@lid`.
    Lid,
    /// A group: `<digits>@g.us`, or `<phone number>-<time>@g.us` for an old group.
    Group,
    /// A channel: `<digits>@newsletter`.
    Channel,
    /// The chat with the status updates of all contacts: `status@broadcast`.
    Status,
    /// A broadcast list: `<name>@broadcast`.
    Broadcast,
    /// A kind that this release does not know.
    Other,
}

impl ChatId {
    /// The id of the chat that holds the status updates.
    pub const STATUS: &'static str = "status@broadcast";

    /// Returns the kind of the chat, judged by the form of its id alone.
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

impl ChatId {
    /// Takes an id in its canonical form.
    pub(super) fn from_canonical(id: &str) -> Self {
        Self(id.into())
    }

    /// Returns the canonical form of a chat's id, or the reason why the text is not one.
    pub(super) fn canonical(text: &str) -> Result<Cow<'_, str>, Cow<'static, str>> {
        let no_contact = match ContactId::canonical(text) {
            Ok(contact) => return Ok(contact),
            Err(why) => why,
        };
        let id = text.trim();
        let (user, server) = match id.split_once('@') {
            Some((user, server)) if !user.is_empty() && !server.is_empty() => (user, server),
            Some(_) => return Err("it needs text before and behind the `@`".into()),
            None => return Err(format!("without an `@` it is taken as a phone number: {no_contact}").into()),
        };
        if server.contains('@') {
            return Err("it has more than one `@`".into());
        }
        if has_space_or_control(id) {
            return Err("it contains white space or a control character".into());
        }
        // WhatsApp has a few names among the ids of people, such as `server@c.us`; anything else is a number that is wrong.
        let is_name = user.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_of_people = || ["c.us", "s.whatsapp.net", "lid"].iter().any(|known| known.eq_ignore_ascii_case(server));
        if !is_name && is_of_people() {
            return Err(no_contact.into());
        }
        let known = ["g.us", "newsletter", "broadcast"].into_iter().find(|known| known.eq_ignore_ascii_case(server));
        Ok(match known {
            Some(known) if known != server => format!("{user}@{known}").into(),
            _ => id.into(),
        })
    }
}

impl FromStr for ChatId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match Self::canonical(text) {
            Ok(id) => Ok(Self((*id).into())),
            Err(why) => Err(invalid(text, "chat id", &why)),
        }
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

/// The id of a group: `<digits>@g.us`, or `<phone number>-<time>@g.us` for an old group.
///
/// The part behind the `@` is required.
///
/// ```
/// assert!("111111111111111111@g.us".parse::<waha::GroupId>().is_ok());
/// assert!("111111111111111111".parse::<waha::GroupId>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(Arc<str>);

impl FromStr for GroupId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| invalid(text, "group id", why);
        match text.trim().split_once('@') {
            Some((user, server)) if server.eq_ignore_ascii_case("g.us") => match is_group(user) {
                true => Ok(Self(format!("{user}@g.us").into())),
                false => Err(refuse("the part before the `@` must be digits, or two numbers with a `-` between them")),
            },
            _ => Err(refuse("a group id ends in `@g.us`")),
        }
    }
}

/// The id of a channel: `<digits>@newsletter`.
///
/// The part behind the `@` is required. The code or link of an invitation is not a channel id: operations that accept
/// an invitation take it as plain text.
///
/// ```
/// assert!("111111111111111111@newsletter".parse::<waha::ChannelId>().is_ok());
/// assert!("https://whatsapp.com/channel/AAAA".parse::<waha::ChannelId>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(Arc<str>);

impl FromStr for ChannelId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |why| invalid(text, "channel id", why);
        match text.trim().split_once('@') {
            Some((user, server)) if server.eq_ignore_ascii_case("newsletter") => match is_number(user) {
                true => Ok(Self(format!("{user}@newsletter").into())),
                false => Err(refuse("the part before the `@` must be digits only")),
            },
            _ => Err(refuse("a channel id ends in `@newsletter`")),
        }
    }
}

/// The id of a chat, or `all`, which stands for every chat where an operation says so.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// let all: waha::ChatIdOrAll = "all".parse()?;
/// assert_eq!(all, waha::ChatIdOrAll::ALL);
/// let one: waha::ChatIdOrAll = "+1 111 1111111".parse()?;
/// assert_eq!(one, "11111111111@c.us");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChatIdOrAll(Arc<str>);

impl ChatIdOrAll {
    /// The text that stands for every chat.
    pub const ALL: &'static str = ALL;
}

impl FromStr for ChatIdOrAll {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            ALL => Ok(Self(ALL.into())),
            _ => Ok(Self(text.parse::<ChatId>()?.0)),
        }
    }
}

/// A person whom a text mentions, or `all`, which stands for everybody in a group.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// let person: waha::Mention = "+1 111 1111111".parse()?;
/// assert_eq!(person, "11111111111@c.us");
/// assert_eq!("all".parse::<waha::Mention>()?, waha::Mention::ALL);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mention(Arc<str>);

impl Mention {
    /// The text that stands for everybody.
    pub const ALL: &'static str = ALL;
}

impl FromStr for Mention {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            ALL => Ok(Self(ALL.into())),
            _ => Ok(Self(text.parse::<ContactId>()?.0)),
        }
    }
}

const ALL: &str = "all";

id_impls!(ChatId GroupId ChannelId ChatIdOrAll Mention);
impl_from_and_try_from! {
    ContactId => ChatId,
    Lid => ChatId,
    GroupId => ChatId,
    ChannelId => ChatId,
    ChatId => ChatIdOrAll,
    ContactId => ChatIdOrAll,
    Lid => ChatIdOrAll,
    GroupId => ChatIdOrAll,
    ChannelId => ChatIdOrAll,
    ContactId => Mention,
    Lid => Mention,
}
impl_try_from!(PhoneNumber => ChatId);
impl_try_from!(ChatId => Mention);

impl From<&PhoneNumber> for Mention {
    fn from(number: &PhoneNumber) -> Self {
        ContactId::from(number).into()
    }
}

impl From<PhoneNumber> for Mention {
    fn from(number: PhoneNumber) -> Self {
        Self::from(&number)
    }
}

impl From<&PhoneNumber> for ChatIdOrAll {
    fn from(number: &PhoneNumber) -> Self {
        ContactId::from(number).into()
    }
}

impl From<PhoneNumber> for ChatIdOrAll {
    fn from(number: PhoneNumber) -> Self {
        Self::from(&number)
    }
}

/// Returns whether `user` is valid before `@g.us`.
fn is_group(user: &str) -> bool {
    match user.split_once('-') {
        Some((creator, time)) => is_number(creator) && is_number(time),
        None => is_number(user),
    }
}
