//! The objects whose shape depends on the engine, because most engines hand through their own.

pub(crate) mod call;
pub(crate) mod channel;
pub(crate) mod chat;
mod contact;
pub(crate) mod event;
mod gows;
pub(crate) mod group;
pub(crate) mod group_change;
pub(crate) mod group_event;
pub(crate) mod label;
pub(crate) mod message;
mod noweb;
mod proto;
mod webjs;
mod wpp;

use serde_json::{Map, Value, json};

pub(crate) use self::contact::contact;

/// An id as the engines in a browser take it apart.
pub(crate) fn wid(id: &str) -> Value {
    let (user, server) = id.split_once('@').unwrap_or((id, ""));
    json!({ "server": server, "user": user, "_serialized": id })
}

/// The part of an id before the `@`.
pub(crate) fn user(id: &str) -> &str {
    id.split('@').next().unwrap_or(id)
}

/// An object without the members that have no value: JavaScript drops those which are undefined.
pub(crate) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let present = members.into_iter().filter(|(_, value)| !value.is_null());
    present.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}
