//! The routes, a module for each tag of the API's document.

mod chats;
mod chatting;
mod contacts;
mod groups;
mod observability;
mod operations;
mod pairing;
mod sessions;

use axum::{
    Extension, Router,
    http::{Method, Uri},
    middleware::{from_fn, from_fn_with_state},
    response::Response,
};

use crate::{
    auth, body,
    error::{self, Error},
    request_log::{self, Recorded},
    state::App,
};

/// What every handler returns.
type Answer = Result<Response, Error>;

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .merge(observability::router())
        .merge(sessions::router())
        .merge(pairing::router())
        .merge(contacts::router())
        .merge(chats::router())
        .merge(chatting::router())
        .merge(groups::router())
        .fallback(unmatched)
        .method_not_allowed_fallback(unmatched)
        // From the inside out: a request is taken down, parsed, and only then has to show its key.
        .layer(from_fn_with_state(app.clone(), auth::check_key))
        .layer(from_fn(body::read))
        .layer(from_fn_with_state(app.clone(), error::complete))
        .layer(from_fn_with_state(app.clone(), request_log::record))
        .with_state(app)
}

/// Answers what no route above has taken: either the server has such a route or it has not.
async fn unmatched(method: Method, uri: Uri, Extension(request): Extension<Recorded>) -> Error {
    if operations::exists(&method, uri.path()) {
        Error::not_modelled(format_args!("{method} {}", uri.path()))
    } else {
        Error::not_found(format!("Cannot {method} {}", request.path_and_query))
    }
}
