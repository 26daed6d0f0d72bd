//! The operations that are modelled: a module for each resource of the document, and one table of them all.

mod api_keys;
mod apps;
mod calls;
mod channels;
mod chats;
mod chatting;
mod contacts;
mod event_messages;
mod groups;
mod labels;
mod lids;
mod mcp;
mod media;
mod observability;
mod pairing;
mod phone_numbers;
mod presence;
mod profile;
mod sessions;
mod status_updates;

use std::{collections::HashMap, sync::LazyLock};

use axum::response::Response;

use crate::{call::Call, error::Error};

pub(crate) use self::media::file;

/// What every handler returns.
pub(crate) type Answer = Result<Response, Error>;

/// What answers an operation.
pub(crate) type Handler = fn(&Call) -> Answer;

/// The handlers by the names of their operations.
static HANDLERS: LazyLock<HashMap<&'static str, Handler>> = LazyLock::new(|| {
    let resources = [
        api_keys::routes(),
        apps::routes(),
        calls::routes(),
        channels::routes(),
        chats::routes(),
        chatting::routes(),
        contacts::routes(),
        event_messages::routes(),
        groups::routes(),
        labels::routes(),
        lids::routes(),
        mcp::routes(),
        media::routes(),
        observability::routes(),
        pairing::routes(),
        phone_numbers::routes(),
        presence::routes(),
        profile::routes(),
        sessions::routes(),
        status_updates::routes(),
    ];
    resources.into_iter().flatten().collect()
});

/// What the server has although the document does not. A trailing `*` stands for any rest.
const UNDOCUMENTED: [&str; 7] = ["/", "/-yaml", "/dashboard*", "/metrics", "/ws", "/api/files/*", "/api/s3/*"];

/// The handler of an operation, if it is modelled.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    HANDLERS.get(operation).copied()
}

pub(crate) fn undocumented(path: &str) -> bool {
    UNDOCUMENTED.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == *known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::DOCUMENT;

    #[test]
    fn every_handler_belongs_to_an_operation() {
        for id in HANDLERS.keys() {
            assert!(DOCUMENT.operation(id).is_some(), "{id}");
        }
    }
}
