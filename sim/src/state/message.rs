//! A message, and all that can be in one.

use std::collections::BTreeMap;

use axum::body::Bytes;
use serde_json::Value;

use crate::ids;

/// What names a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Whether the session's account wrote it.
    pub(crate) from_me: bool,
    /// The chat, as the API writes its id.
    pub(crate) chat: String,
    /// The id without the parts that say from where to where.
    pub(crate) id: String,
    /// Who wrote it, where the id says so: in groups, and sometimes in a status.
    pub(crate) participant: Option<String>,
}

impl Key {
    /// The full id, such as `true_11111111111@c.us_3EB0`.
    pub(crate) fn serialized(&self) -> String {
        let Self { from_me, chat, id, participant } = self;
        match participant {
            Some(participant) => format!("{from_me}_{chat}_{id}_{participant}"),
            None => format!("{from_me}_{chat}_{id}"),
        }
    }

    /// Takes a full id apart.
    pub(crate) fn parse(full: &str) -> Option<Self> {
        let mut parts = full.split('_');
        let (from_me, chat, id) = (parts.next()?, parts.next()?, parts.next()?);
        let participant = parts.next().map(ids::canonical);
        match parts.next() {
            None => {
                Some(Self { from_me: from_me == "true", chat: ids::canonical(chat), id: id.to_owned(), participant })
            }
            Some(_) => None,
        }
    }
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ack {
    Error,
    Pending,
    Server,
    Device,
    Read,
    Played,
}

impl Ack {
    pub(crate) fn number(self) -> i8 {
        self as i8 - 1
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Pending => "PENDING",
            Self::Server => "SERVER",
            Self::Device => "DEVICE",
            Self::Read => "READ",
            Self::Played => "PLAYED",
        }
    }
}

/// From where the session's account sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Api,
    App,
}

impl Source {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::App => "app",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) key: Key,
    /// Who wrote it.
    pub(crate) sender: String,
    /// The name which the sender has chosen.
    pub(crate) push_name: String,
    /// In seconds.
    pub(crate) timestamp: u64,
    pub(crate) source: Source,
    pub(crate) ack: Ack,
    pub(crate) content: Content,
    pub(crate) quoted: Option<Quoted>,
    /// Who is mentioned.
    pub(crate) mentions: Vec<String>,
    pub(crate) forwarded: bool,
    pub(crate) starred: bool,
    /// When it was edited, in milliseconds.
    pub(crate) edited: Option<u64>,
    /// One at most for each person.
    pub(crate) reactions: BTreeMap<String, String>,
    /// How far each member of a group has got with it.
    pub(crate) receipts: BTreeMap<String, Ack>,
    /// Whether the session's account has read it.
    pub(crate) read: bool,
}

impl Message {
    pub(crate) fn in_group(&self) -> bool {
        ids::is_group(&self.key.chat)
    }

    pub(crate) fn is_status(&self) -> bool {
        ids::is_status(&self.key.chat)
    }

    /// The file that belongs to it.
    pub(crate) fn media(&self) -> Option<&Media> {
        self.content.media()
    }
}

/// What another message answers.
#[derive(Debug, Clone)]
pub(crate) struct Quoted {
    /// Without the parts that say from where to where.
    pub(crate) id: String,
    pub(crate) participant: String,
    /// Nothing when the session does not know the message.
    pub(crate) content: Option<Content>,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(Text),
    Media(Media),
    Location(Location),
    Contacts(Vec<Card>),
    Poll(Poll),
    /// The request's own object.
    List(Value),
    Buttons(Value),
    ButtonReply {
        id: String,
        text: String,
    },
    /// The request's own object.
    Event(Value),
    /// What a deleted message leaves behind.
    Revoked,
    Reaction {
        to: Key,
        text: String,
    },
    Revoke {
        of: Key,
    },
    Edit {
        of: Key,
        text: String,
    },
    Vote {
        on: Key,
        options: Vec<String>,
    },
}

impl Content {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(Text { text: text.into(), preview: None, background: None, font: None })
    }

    pub(crate) fn media(&self) -> Option<&Media> {
        match self {
            Self::Media(media) => Some(media),
            _ => None,
        }
    }

    /// The text, or the caption of a file.
    pub(crate) fn body(&self) -> Option<&str> {
        match self {
            Self::Text(Text { text, .. }) | Self::Edit { text, .. } | Self::ButtonReply { text, .. } => Some(text),
            Self::Media(Media { caption, .. }) => caption.as_deref(),
            _ => None,
        }
    }

    /// What WhatsApp Web calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Edit { .. } => "chat",
            Self::Media(media) => media.kind.as_str(),
            Self::Location(_) => "location",
            Self::Contacts(cards) if cards.len() > 1 => "multi_vcard",
            Self::Contacts(_) => "vcard",
            Self::Poll(_) => "poll_creation",
            Self::List(_) => "list",
            Self::Buttons(_) => "interactive",
            Self::ButtonReply { .. } => "buttons_response",
            Self::Event(_) => "event_creation",
            Self::Revoked => "revoked",
            Self::Reaction { .. } => "reaction",
            Self::Revoke { .. } => "protocol",
            Self::Vote { .. } => "poll_update",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) preview: Option<Preview>,
    /// The colour behind a status, as `0xAARRGGBB`.
    pub(crate) background: Option<u32>,
    pub(crate) font: Option<u64>,
}

/// What a link in a text leads to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Preview {
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) image: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Image,
    Video,
    /// A round video.
    Note,
    Voice,
    Document,
    Sticker,
}

impl MediaKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video | Self::Note => "video",
            Self::Voice => "ptt",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Media {
    pub(crate) kind: MediaKind,
    pub(crate) mimetype: String,
    pub(crate) filename: Option<String>,
    pub(crate) caption: Option<String>,
    pub(crate) bytes: Bytes,
}

#[derive(Debug, Clone)]
pub(crate) struct Location {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) name: Option<String>,
}

/// A contact that is sent.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) vcard: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Poll {
    pub(crate) name: String,
    pub(crate) options: Vec<String>,
    pub(crate) multiple: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_id_has_three_or_four_parts() {
        for full in ["true_1@c.us_A", "false_1-2@g.us_B_3@c.us"] {
            assert_eq!(Key::parse(full).unwrap().serialized(), full);
        }
        assert_eq!(Key::parse("true_1@s.whatsapp.net_A").unwrap().chat, "1@c.us");
        for wrong in ["", "A", "true_A", "true_1@c.us_A_2@c.us_3"] {
            assert_eq!(Key::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn acks_count_from_minus_one() {
        let acks = [Ack::Error, Ack::Pending, Ack::Server, Ack::Device, Ack::Read, Ack::Played];
        assert_eq!(acks.map(Ack::number), [-1, 0, 1, 2, 3, 4]);
    }
}
