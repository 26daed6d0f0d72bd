//! Who calls, and what the caller's key allows.

use axum::http::{HeaderMap, Uri};

use crate::{
    error::Error,
    query::Query,
    state::{Shared, World},
};

/// The name of the header and of the parameter in the query.
pub(crate) const NAME: &str = "x-api-key";

/// What a key allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everything.
    Admin,
    /// Some things, with one session.
    Session { name: String, actions: Vec<Action> },
}

/// What one needs to be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing in particular: any key will do.
    Nothing,
    Read,
    Send,
    Control,
    Setting,
    App,
    Delete,
    /// What no session key may do.
    Admin,
}

impl Access {
    /// Refuses what this key does not allow, be it the action or the session.
    pub(crate) fn check(&self, action: Action, session: Option<&str>) -> Result<(), Error> {
        let Self::Session { name, actions } = self else { return Ok(()) };
        let is_own = session.is_none_or(|session| session == name);
        let may = action == Action::Nothing || actions.contains(&action);
        if is_own && may { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// What an operation needs.
pub(crate) fn needed(operation: &str, is_get: bool) -> Action {
    let resource = |name: &str| operation.starts_with(name);
    match operation {
        "observability_get_version" | "observability_get_version_deprecated" | "observability_get_status" => {
            Action::Nothing
        }
        "observability_check_health" | "observability_ping" | "sessions_list" | "mcp_call" => Action::Nothing,
        "sessions_create" => Action::Admin,
        "sessions_update" => Action::Setting,
        "sessions_delete" => Action::Delete,
        "chats_query_overview" | "chatting_list_messages" => Action::Read,
        "channels_search_by_view" | "channels_search_by_text" => Action::Read,
        "chatting_send_text_by_query" => Action::Send,
        _ if resource("api_keys_") || resource("observability_") => Action::Admin,
        _ if resource("auth_") || resource("screenshot_") || operation.contains("phone_numbers_") => Action::Control,
        _ if resource("apps_") => Action::App,
        _ if is_get => Action::Read,
        _ if resource("sessions_") => Action::Control,
        _ => Action::Send,
    }
}

/// Refuses a request without the key, be its route a known one or not.
pub(crate) fn check(app: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Access, Error> {
    if is_guarded(uri.path()) { of(app, uri, headers) } else { Ok(Access::Admin) }
}

/// What the key of a request allows.
pub(crate) fn of(app: &Shared, uri: &Uri, headers: &HeaderMap) -> Result<Access, Error> {
    let query = Query::of(uri);
    // The header wins over the query, even when it is the wrong one of the two.
    let sent = headers.get(NAME).map(|value| value.as_bytes()).or_else(|| query.get(NAME).map(str::as_bytes));
    access(app, &app.world(), sent)
}

/// What a key allows that was sent, or that was not.
pub(crate) fn access(app: &Shared, world: &World, sent: Option<&[u8]>) -> Result<Access, Error> {
    let is = |key: &str| sent == Some(key.as_bytes());
    match &app.api_key {
        None => Ok(Access::Admin),
        Some(master) if is(master) => Ok(Access::Admin),
        Some(_) => world
            .keys
            .iter()
            .find(|key| is(&key.secret) && key.is_active)
            .map_or(Err(Error::Unauthorized), |key| Ok(key.access())),
    }
}

fn is_guarded(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/api" | "/health" | "/mcp")
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::document::DOCUMENT;

    #[test]
    fn a_session_key_opens_its_own_session_only() {
        let access = Access::Session { name: "shop".into(), actions: vec![Action::Read] };
        assert!(access.check(Action::Read, Some("shop")).is_ok());
        assert!(access.check(Action::Nothing, None).is_ok());
        access.check(Action::Read, Some("other")).expect_err("another session");
        access.check(Action::Send, Some("shop")).expect_err("another action");
        access.check(Action::Admin, None).expect_err("the whole server");
    }

    #[test]
    fn reading_takes_less_than_changing() {
        let of = |id: &str| DOCUMENT.operation(id).map(|it| needed(&it.id, it.method == Method::GET));
        assert_eq!(of("chats_list"), Some(Action::Read));
        assert_eq!(of("chatting_send_text"), Some(Action::Send));
        assert_eq!(of("chatting_send_text_by_query"), Some(Action::Send));
        assert_eq!(of("sessions_start"), Some(Action::Control));
        assert_eq!(of("auth_get_qr"), Some(Action::Control));
        assert_eq!(of("api_keys_list"), Some(Action::Admin));
    }
}
