//! Messages, in the shape that is the same on every engine but for what an engine leaves out, and as engines answer them
//! right after they were sent.

use serde_json::{Map, Value, json};

use super::{gows, noweb, object, proto::Dialect, webjs, wpp};
use crate::{
    Engine,
    state::message::{Media, MediaKind, Message, Quoted},
};

/// A small picture in base64, of places and of pictures.
pub(super) const THUMBNAIL: &str = "/9j/4AAQSkZJRg==";

/// In what a message is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// In an answer, from where the server keeps messages.
    Stored,
    /// In an event, as it happens.
    Event,
}

/// Where the files of a message are; nothing for one that was not downloaded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Urls {
    pub(crate) own: Option<String>,
    pub(crate) quoted: Option<String>,
}

/// What the engine says once it has sent a message.
pub(crate) fn sent(engine: Engine, message: &Message) -> Value {
    match engine {
        Engine::Webjs => webjs::sent(message),
        Engine::Wpp => wpp::sent(message),
        Engine::Noweb => noweb::sent(message),
        Engine::Gows => gows::sent(message),
    }
}

/// A message that is listed or told in an event.
pub(crate) fn message(engine: Engine, message: &Message, urls: &Urls, view: View) -> Value {
    match engine {
        Engine::Webjs => webjs::message(message, urls),
        Engine::Wpp => wpp::message(message, urls, view),
        Engine::Noweb => noweb::message(message, urls, view),
        Engine::Gows => gows::message(message, urls, view),
    }
}

/// The members that are the same on every engine.
pub(super) fn common(message: &Message, urls: &Urls) -> Map<String, Value> {
    let Message { key, timestamp, source, .. } = message;
    Map::from_iter([
        ("id".into(), json!(key.serialized())),
        ("timestamp".into(), json!(timestamp)),
        ("fromMe".into(), json!(key.from_me)),
        ("source".into(), json!(source.as_str())),
        ("hasMedia".into(), json!(message.media().is_some())),
        ("media".into(), media(message.media(), urls.own.as_deref())),
    ])
}

/// The file of a message. Only documents have a name.
fn media(media: Option<&Media>, url: Option<&str>) -> Value {
    match media {
        Some(media) => json!({
            "url": url,
            "mimetype": media.mimetype,
            "filename": media.filename.as_ref().filter(|_| media.kind == MediaKind::Document),
        }),
        None => Value::Null,
    }
}

/// What a message answers, with the quoted content as a library without a browser has it.
pub(super) fn reply_to(message: &Message, urls: &Urls, view: View, dialect: Dialect) -> Value {
    let Some(quoted) = &message.quoted else {
        return Value::Null;
    };
    let mut shape = quote(quoted, urls, dialect.quoted(message, quoted));
    if view == View::Event && shape["body"].is_null() {
        shape["body"] = Value::Null;
    }
    shape
}

/// What a message answers.
pub(super) fn quote(quoted: &Quoted, urls: &Urls, data: Value) -> Value {
    let Quoted { id, participant, content } = quoted;
    let file = content.as_ref().and_then(|content| content.media());
    let mut quote = object([
        ("id", json!(id)),
        ("participant", json!(participant)),
        ("body", json!(content.as_ref().and_then(|content| content.body()))),
        ("hasMedia", json!(file.is_some())),
        ("_data", data),
    ]);
    quote["media"] = media(file, urls.quoted.as_deref());
    quote
}
