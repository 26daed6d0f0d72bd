use std::{str::FromStr, sync::Arc};

use super::{ChatId, has_space_or_control, refused};
use crate::error::Error;

/// The id of a message.
///
/// In full it is `{fromMe}_{chat}_{id}`, in groups with `_{participant}` behind it, and its parts can be read. WhatsApp
/// itself knows the bare id only, which is what [`bare`](Self::bare) gives; an id that is not full is taken for a bare
/// one, and kept as it is. To delete, react to, star, forward and pin a message, the server wants the full id.
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
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(Arc<str>);

impl MessageId {
    /// The full id of these parts. A participant is known in groups and of status updates.
    ///
    /// # Errors
    ///
    /// The bare id is empty or has an `_`, which separates the parts
    /// ([`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest)).
    pub fn from_parts(from_me: bool, chat: &ChatId, bare: &str, participant: Option<&ChatId>) -> Result<Self, Error> {
        let mut text = format!("{from_me}_{chat}_{bare}");
        if let Some(participant) = participant {
            text = format!("{text}_{participant}");
        }
        match text.parse::<Self>() {
            Ok(id) if id.is_full() && id.bare() == bare => Ok(id),
            _ => Err(refused(&text, "full message id", "its parts are not empty, and have no `_` and no space")),
        }
    }

    /// Whether all parts are there.
    pub fn is_full(&self) -> bool {
        self.parts().is_some()
    }

    /// Whether the session's own account sent it; `None` where the id is not full.
    pub fn from_me(&self) -> Option<bool> {
        self.parts().map(|parts| parts.from_me)
    }

    /// The chat that it is in; `None` where the id is not full.
    pub fn chat_id(&self) -> Option<ChatId> {
        self.parts().map(|parts| parts.chat)
    }

    /// The part that WhatsApp itself knows; the whole id where it is not full.
    pub fn bare(&self) -> &str {
        self.parts().map_or(&*self.0, |parts| parts.bare)
    }

    /// Who sent it, where the id says that: in groups, and of status updates.
    pub fn participant(&self) -> Option<ChatId> {
        self.parts()?.participant()
    }

    fn parts(&self) -> Option<Parts<'_>> {
        Parts::of(&self.0)
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(written: &str) -> Result<Self, Error> {
        let id = written.trim();
        if id.is_empty() {
            return Err(refused(written, "message id", "it is empty"));
        }
        if has_space_or_control(id) {
            return Err(refused(written, "message id", "it has white space or a control character in it"));
        }
        let Some(parts) = Parts::of(id) else {
            return Ok(Self(id.into()));
        };
        let Parts { from_me, chat, bare, last } = &parts;
        Ok(Self(match (parts.participant(), last) {
            (Some(participant), _) => format!("{from_me}_{chat}_{bare}_{participant}").into(),
            (None, Some(last)) => format!("{from_me}_{chat}_{bare}_{last}").into(),
            (None, None) => format!("{from_me}_{chat}_{bare}").into(),
        }))
    }
}

id_impls!(MessageId);

/// A full id, taken apart.
struct Parts<'a> {
    from_me: bool,
    chat: ChatId,
    bare: &'a str,
    /// The participant as a rule; of a message to oneself WhatsApp Web says `out` or `in` here.
    last: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(id: &'a str) -> Option<Self> {
        let mut parts = id.split('_');
        let from_me = match parts.next()? {
            "true" => true,
            "false" => false,
            _ => return None,
        };
        let chat = parts.next().filter(|chat| chat.contains('@'))?.parse().ok()?;
        let bare = parts.next().filter(|bare| !bare.is_empty())?;
        let last = parts.next();
        let is_full = last != Some("") && parts.next().is_none();
        is_full.then_some(Self { from_me, chat, bare, last })
    }

    fn participant(&self) -> Option<ChatId> {
        self.last.filter(|last| last.contains('@'))?.parse().ok()
    }
}
