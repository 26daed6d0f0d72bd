use std::{borrow::Cow, str::FromStr, sync::Arc};

use super::{ChatId, has_space_or_control, invalid};
use crate::error::Error;

/// The id of a message.
///
/// A full id is `{fromMe}_{chat}_{id}`, with `_{participant}` appended in groups; the methods of this type return its
/// parts. WhatsApp itself knows only the bare id, the `{id}` part, which [`bare`](Self::bare) returns. A text that is
/// not a full id is treated as a bare id and kept unchanged. The server needs the full id to delete, react to, star,
/// forward or pin a message.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// let id: waha::MessageId = "true_11111111111@c.us_AAAA".parse()?;
/// assert!(id.is_full());
/// assert_eq!(id.from_me(), Some(true));
/// assert_eq!(id.chat_id().unwrap(), "11111111111@c.us");
/// assert_eq!(id.bare(), "AAAA");
/// assert!(!"AAAA".parse::<waha::MessageId>()?.is_full());
/// # Ok(())
/// # }
/// ```
///
/// From its parts:
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// let chat = "111111111111111111@g.us".parse()?;
/// let sender = "22222222222@c.us".parse()?;
/// let id = waha::MessageId::from_parts(false, &chat, "AAAA", Some(&sender))?;
/// assert_eq!(id, "false_111111111111111111@g.us_AAAA_22222222222@c.us");
/// assert_eq!(id.participant(), Some(sender));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(Arc<str>);

impl MessageId {
    /// Builds a full id from its parts. Messages in groups and status updates have a participant, their sender.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if a part is empty, or contains white space or
    /// an `_`, which separates the parts.
    pub fn from_parts(from_me: bool, chat: &ChatId, bare: &str, participant: Option<&ChatId>) -> Result<Self, Error> {
        let mut text = format!("{from_me}_{chat}_{bare}");
        if let Some(participant) = participant {
            text = format!("{text}_{participant}");
        }
        match text.parse::<Self>() {
            Ok(id) if id.is_full() && id.bare() == bare => Ok(id),
            _ => {
                Err(invalid(&text, "full message id", "its parts are not empty, and contain no `_` and no white space"))
            }
        }
    }

    /// Returns whether this is a full id.
    pub fn is_full(&self) -> bool {
        self.parts().is_some()
    }

    /// Returns whether the session's own account sent the message; `None` if the id is not full.
    pub fn from_me(&self) -> Option<bool> {
        self.parts().map(|parts| parts.from_me)
    }

    /// Returns the chat that the message is in; `None` if the id is not full.
    pub fn chat_id(&self) -> Option<ChatId> {
        self.parts().map(|parts| parts.chat())
    }

    /// Returns the part that WhatsApp itself knows; the whole id if it is not full.
    pub fn bare(&self) -> &str {
        self.parts().map_or(&*self.0, |parts| parts.bare)
    }

    /// Returns the sender, if the id contains it: in groups, and for status updates.
    pub fn participant(&self) -> Option<ChatId> {
        self.parts()?.participant()
    }

    /// Returns the parts of a full id.
    pub(crate) fn parts(&self) -> Option<Parts<'_>> {
        Parts::parse(&self.0)
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let id = text.trim();
        if id.is_empty() {
            return Err(invalid(text, "message id", "it is empty"));
        }
        if has_space_or_control(id) {
            return Err(invalid(text, "message id", "it contains white space or a control character"));
        }
        let Some(parts) = Parts::parse(id) else { return Ok(Self(id.into())) };
        let Parts { from_me, chat, bare, last } = &parts;
        Ok(Self(match (chat, last) {
            (Cow::Borrowed(_), None | Some(Cow::Borrowed(_))) => id.into(),
            (_, Some(last)) => format!("{from_me}_{chat}_{bare}_{last}").into(),
            (_, None) => format!("{from_me}_{chat}_{bare}").into(),
        }))
    }
}

id_impls!(MessageId);

/// The parts of a full id, with its ids in their canonical form.
pub(crate) struct Parts<'a> {
    pub(crate) from_me: bool,
    chat: Cow<'a, str>,
    bare: &'a str,
    /// Usually the participant; WhatsApp Web puts `out` or `in` here for a message to oneself.
    last: Option<Cow<'a, str>>,
}

impl<'a> Parts<'a> {
    fn parse(id: &'a str) -> Option<Self> {
        let (from_me, rest) = cut(id)?;
        let from_me = match from_me {
            "true" => true,
            "false" => false,
            _ => return None,
        };
        let (chat, rest) = cut(rest).filter(|(chat, _)| chat.contains('@'))?;
        let chat = ChatId::canonical(chat).ok()?;
        let (bare, last) = cut(rest).map_or((rest, None), |(bare, last)| (bare, Some(last)));
        let is_full = !bare.is_empty() && last.is_none_or(|last| !last.is_empty() && !last.contains('_'));
        let canonical = |last: &'a str| match ChatId::canonical(last) {
            Ok(participant) if last.contains('@') => participant,
            _ => last.into(),
        };
        is_full.then(|| Self { from_me, chat, bare, last: last.map(canonical) })
    }

    pub(crate) fn chat(&self) -> ChatId {
        ChatId::from_canonical(&self.chat)
    }

    pub(crate) fn participant(&self) -> Option<ChatId> {
        let last = self.last.as_deref().filter(|last| last.contains('@'))?;
        last.parse().ok()
    }
}

/// Splits a text at its first `_`. Ids are too short for the search that `str` has.
fn cut(text: &str) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == b'_')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}
