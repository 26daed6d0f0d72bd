//! One type for what differs by engine.
//!
//! Some operations answer with whatever the engine's library made, so that the type of their answer is [`Json`]. A view
//! reads what the engines have in common out of it, whichever engine it was, and keeps the answer beside it as `raw`.
//! Use it wherever the program should not depend on the engine; use `raw` for what only one of them tells.
//!
//! The builders of these operations give the view when they are awaited, and the answer itself by `send`:
//!
//! ```no_run
//! # async fn run(session: waha::Session) -> Result<(), waha::Error> {
//! use waha::views::SentMessage;
//!
//! let sent = session.chat("11111111111@c.us")?.send_text("hi").await?;
//! println!("{:?} at {:?}, in full {}", sent.id, sent.timestamp, sent.raw);
//!
//! for group in session.groups().list().await? {
//!     println!("{}: {}", group.id, group.subject.as_deref().unwrap_or_default());
//! }
//!
//! let answer = session.chat("11111111111@c.us")?.send_text("hi").send().await?;
//! println!("HTTP {}", answer.status());
//! let sent = SentMessage::try_from(answer.into_inner())?;
//! # Ok(())
//! # }
//! ```
//!
//! Each is for the answers of some operations:
//!
//! - [`SentMessage`] is for whatever sends a message, `chatting.send_*`, `reply`, `forward_message`, `set_reaction`,
//!   `send_poll_vote` and `status_updates.send_*`; and what changes one, `chats.edit_message`, `chats.delete_message` and
//!   `status_updates.delete`
//! - [`GroupSummary`] is for `groups.list`, `get`, `create` and `get_join_info`
//! - [`GroupMember`] is for `groups.get_participants`
//! - [`ParticipantOutcome`] is for `groups.add_participants`, `remove_participants`, `promote_to_admin`,
//!   `demote_from_admin` and `create`
//! - [`ChatEntry`] is for `chats.list` and `labels.list_chats`
//! - [`ContactSummary`] is for `contacts.list`, `get` and `get_by_id`
//!
//! `{}` prints a view for people, `{:?}` what of it is known, and `serde` writes it as it was received, and reads that again.
//!
//! Where an answer may be empty, its type is `Option<Json>`: awaited, that is `None`, no items, or for a message one of
//! which nothing is known.
//!
//! What only says whether something was done, such as `groups.set_subject` or `chats.pin_message`, is awaited as `()`: where
//! the server answers `false`, that is an error of [`ErrorKind::Forbidden`].
//!
//! # Errors
//!
//! What an engine leaves out is `None`. A view fails only on an answer that is something else altogether, or that lacks
//! the id ([`ErrorKind::Decode`]), and where the server says in a success that it failed
//! ([`ErrorKind::Other`], with its words).

mod chat;
mod content;
mod debug;
mod group;
mod message;
mod message_key;
mod read;
mod sent_message;

pub use chat::{ChatEntry, ContactSummary};
pub use group::{GroupMember, GroupSummary, ParticipantOutcome};
pub use message::Message;
pub use sent_message::SentMessage;

use bytestring::ByteString;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error as _},
};

use self::read::{Boxed, Elements, ForEach, Lenient, Object, Wid, first};
use crate::{Error, ErrorKind, Json, generated::types, json, lenient::Survey, redaction::Redactor};

/// What a view can be made of.
trait View: Sized {
    /// What it is, for messages.
    const WHAT: &'static str;

    /// What any engine writes it as.
    type Members: Object;

    /// Makes one of its members. In an object of objects, the name of the member may be the id.
    fn of(name: Option<&str>, members: Box<Self::Members>, raw: Json) -> Result<Self, ViewError>;

    /// Reads one.
    fn read(name: Option<&str>, json: Json) -> Result<Self, ViewError> {
        Self::of(name, object(&json)?, json)
    }

    /// Reads a list of them.
    fn read_list(json: Json, redactor: &Redactor) -> Result<Vec<Self>, Error> {
        list(json, redactor)
    }
}

/// What an operation's answer is read as when its builder is awaited.
pub(crate) trait FromAnswer<A>: Sized {
    /// Reads it.
    fn from_answer(answer: A, redactor: &Redactor) -> Result<Self, Error>;

    /// Reads it from the text of the answer, in one pass. `None` where the answer is not as usual, or needs repair: what it
    /// is, or why it is none, is up to [`from_answer`](Self::from_answer).
    fn read(_text: &ByteString) -> Option<Self> {
        None
    }
}

/// An object that is read as it is parsed.
fn read_object<V: View>(text: &ByteString) -> Option<V> {
    if text.starts_with('{') { V::read(None, Json::from_read(text.clone())).ok() } else { None }
}

/// A list that is read as it is parsed.
fn read_list<V: View>(text: &ByteString) -> Option<Vec<V>> {
    if text.starts_with('[') { elements(&Json::from_read(text.clone())).ok() } else { None }
}

impl<V: View> FromAnswer<Json> for V {
    fn from_answer(answer: Json, redactor: &Redactor) -> Result<Self, Error> {
        one(answer, redactor)
    }

    fn read(text: &ByteString) -> Option<Self> {
        read_object(text)
    }
}

impl<V: View> FromAnswer<Json> for Vec<V> {
    fn from_answer(answer: Json, redactor: &Redactor) -> Result<Self, Error> {
        V::read_list(answer, redactor)
    }

    fn read(text: &ByteString) -> Option<Self> {
        read_list(text)
    }
}

impl<V: View> FromAnswer<Option<Json>> for Option<V> {
    fn from_answer(answer: Option<Json>, redactor: &Redactor) -> Result<Self, Error> {
        answer.map(|answer| one(answer, redactor)).transpose()
    }

    fn read(text: &ByteString) -> Option<Self> {
        read_object(text).map(Some)
    }
}

/// Nothing where there is no answer.
impl<V: View> FromAnswer<Option<Json>> for Vec<V> {
    fn from_answer(answer: Option<Json>, redactor: &Redactor) -> Result<Self, Error> {
        answer.map_or_else(|| Ok(Vec::new()), |answer| V::read_list(answer, redactor))
    }

    fn read(text: &ByteString) -> Option<Self> {
        read_list(text)
    }
}

/// That there is an answer at all means that the message was taken.
impl FromAnswer<Option<Json>> for SentMessage {
    fn from_answer(answer: Option<Json>, redactor: &Redactor) -> Result<Self, Error> {
        one(answer.unwrap_or_default(), redactor)
    }

    fn read(text: &ByteString) -> Option<Self> {
        read_object(text)
    }
}

/// What is done when an answer says no more than whether it was done.
fn done(is_done: Option<bool>) -> Result<(), Error> {
    match is_done {
        Some(false) => {
            let why = "the server answered `false`: it was not done, as a rule because the account may not do it";
            Err(Error::new(ErrorKind::Forbidden, why))
        }
        // Some engines answer with nothing.
        Some(true) | None => Ok(()),
    }
}

impl FromAnswer<bool> for () {
    fn from_answer(is_done: bool, _: &Redactor) -> Result<Self, Error> {
        done(Some(is_done))
    }
}

impl FromAnswer<Option<bool>> for () {
    fn from_answer(is_done: Option<bool>, _: &Redactor) -> Result<Self, Error> {
        done(is_done)
    }
}

impl FromAnswer<types::Success> for () {
    fn from_answer(answer: types::Success, _: &Redactor) -> Result<Self, Error> {
        done(Some(answer.success))
    }
}

/// Whatever an engine's library answers, unless it has `success: false`. A `false` alone is no refusal: of a chat that was
/// taken out of the archive, WEBJS answers that it is not in the archive.
impl FromAnswer<Option<Json>> for () {
    fn from_answer(answer: Option<Json>, _: &Redactor) -> Result<Self, Error> {
        let is_object = answer.as_ref().is_some_and(|answer| matches!(Shape::of(answer), Shape::Object));
        done(answer.filter(|_| is_object).and_then(|answer| answer.get("/success").ok().flatten()))
    }
}

/// Why a view could not be made.
enum ViewError {
    /// The server says in a success that it failed: its words.
    Refused(String),
    /// It is something else.
    Unlike { path: String, why: String, body: Json },
}

impl ViewError {
    fn new(json: &Json, why: impl Into<String>) -> Self {
        Self::Unlike { path: String::new(), why: why.into(), body: json.clone() }
    }

    /// The server says no, and no more than that.
    fn no() -> Self {
        Self::Refused("the server answered `false`: it was not done".to_owned())
    }

    /// The same, further down in the answer.
    fn at(self, parent: &str) -> Self {
        match self {
            Self::Unlike { path, why, body } => {
                let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
                Self::Unlike { path: format!("{parent}{dot}{path}"), why, body }
            }
            refused => refused,
        }
    }

    fn into_error(self, what: &str, redactor: &Redactor) -> Error {
        match self {
            Self::Refused(words) => Error::new(ErrorKind::Other, redactor.hide(words)),
            Self::Unlike { path, why, body } => {
                let path = if path.is_empty() { ".".to_owned() } else { path };
                let message = format!("the answer holds no {what} at `{path}`: {why}");
                Error::from_body(&message, &path, body.as_str().as_bytes(), redactor)
            }
        }
    }
}

/// One view.
fn one<V: View>(json: Json, redactor: &Redactor) -> Result<V, Error> {
    V::read(None, json).map_err(|error| error.into_error(V::WHAT, redactor))
}

/// Views of a list's elements, or of an object's members. One that is something else is left out; if none is left, the
/// error is that of the first.
fn each<V: View>(json: &Json) -> Result<Vec<V>, ViewError> {
    if matches!(Shape::of(json), Shape::List) {
        return elements(json);
    }
    let mut survey = Survey::default();
    let add = |name: String, member: Json| {
        survey.add(|| V::read(Some(&name), member).map_err(|error| error.at(&name)));
    };
    let mut deserializer = serde_json::Deserializer::from_str(json.as_str());
    let read = json::within_raw(json.text(), || ForEach(add).deserialize(&mut deserializer));
    read.map_err(|error| ViewError::new(json, error.to_string()))?;
    survey.finish()
}

/// Views of a list's elements, each read in one pass.
fn elements<V: View>(list: &Json) -> Result<Vec<V>, ViewError> {
    let mut survey = Survey::default();
    let mut elements = Elements::of(list.text());
    let mut index = 0_usize;
    let read = json::within_raw(list.text(), || {
        while let Some((raw, members)) = elements.next::<V::Members>()? {
            survey.add(|| {
                let view = match members {
                    Some(Boxed(members)) => V::of(None, members, raw),
                    None => V::read(None, raw),
                };
                view.map_err(|error| error.at(&format!("[{index}]")))
            });
            index += 1;
        }
        Ok(())
    });
    read.map_err(|error: serde_json::Error| ViewError::new(list, error.to_string()))?;
    survey.finish()
}

/// Views of a list's elements.
fn list<V: View>(json: Json, redactor: &Redactor) -> Result<Vec<V>, Error> {
    match Shape::of(&json) {
        Shape::List => each(&json).map_err(|error| error.into_error(V::WHAT, redactor)),
        other => Err(other.refuse(&json, "a list").into_error(&format!("list of {}s", V::WHAT), redactor)),
    }
}

/// Reads an object.
fn object<T: Object>(json: &Json) -> Result<Box<T>, ViewError> {
    match Shape::of(json) {
        Shape::Object => {
            let read = json::decode_raw(json.text());
            read.map(|Boxed(object)| object).map_err(|error| ViewError::new(json, error.to_string()))
        }
        other => Err(other.refuse(json, "an object")),
    }
}

/// The id without which there is no view: the first that is there.
fn id<T, const N: usize>(json: &Json, names: &str, candidates: [Lenient<Wid>; N]) -> Result<T, ViewError>
where
    T: std::str::FromStr<Err = Error>,
{
    let Some(Wid(id)) = first(candidates) else {
        return Err(ViewError::new(json, format!("it has no id as {names}")));
    };
    id.parse().map_err(|error: Error| ViewError::new(json, error.message()))
}

/// What kind of JSON it is, from its first character.
#[derive(Clone, Copy)]
enum Shape {
    Null,
    True,
    False,
    Text,
    Number,
    List,
    Object,
}

impl Shape {
    fn of(json: &Json) -> Self {
        match json.as_str().bytes().next() {
            Some(b'n') | None => Self::Null,
            Some(b't') => Self::True,
            Some(b'f') => Self::False,
            Some(b'"') => Self::Text,
            Some(b'[') => Self::List,
            Some(b'{') => Self::Object,
            Some(_) => Self::Number,
        }
    }

    /// Why this is not what was wanted. A text in the place of something else is how an engine's library says what
    /// went wrong.
    fn refuse(self, json: &Json, wanted: &str) -> ViewError {
        let is = match self {
            Self::Null => "empty",
            Self::True | Self::False => "true or false",
            Self::Number => "a number",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Text => match json.parse::<String>() {
                Ok(words) if !words.trim().is_empty() => return ViewError::Refused(words.trim().to_owned()),
                _ => "an empty text",
            },
        };
        ViewError::new(json, format!("it is {is}, not {wanted}"))
    }
}

macro_rules! try_from_json {
    ($($view:ident)*) => {$(
        impl TryFrom<Json> for $view {
            type Error = Error;

            fn try_from(json: Json) -> Result<Self, Error> {
                one(json, &Redactor::default())
            }
        }

        /// As received: the same as that of `raw`.
        impl Serialize for $view {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.raw.serialize(serializer)
            }
        }

        /// What [`Serialize`] wrote, or any answer that the view is for.
        impl<'de> Deserialize<'de> for $view {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                one(Json::deserialize(deserializer)?, &Redactor::default()).map_err(D::Error::custom)
            }
        }
    )*};
}

try_from_json!(Message SentMessage GroupSummary GroupMember ParticipantOutcome ChatEntry ContactSummary);
