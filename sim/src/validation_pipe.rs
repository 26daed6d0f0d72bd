//! The validation pipe, which the server has on some of its routes and not on others.

use serde_json::{Map, Value};

use crate::{
    document::{DOCUMENT, Operation, Parameter, Place},
    query::Query,
    validate::{Problem, Violation},
};

/// Operations with a pipe; a trailing `*` stands for the rest of a resource.
const PIPED: [&str; 35] = [
    "api_keys_*",
    "apps_*",
    "argentine_phone_numbers_*",
    "brazilian_phone_numbers_*",
    "calls_reject",
    "channels_preview_messages",
    "channels_search_by_text",
    "channels_search_by_view",
    "chats_*",
    "chatting_list_messages",
    "chatting_send_buttons",
    "chatting_send_buttons_reply",
    "chatting_send_link_custom_preview",
    "chatting_send_list",
    "chatting_send_poll_vote",
    "contacts_get_profile_picture",
    "contacts_list",
    "contacts_update",
    "event_messages_send",
    "groups_count",
    "groups_delete_picture",
    "groups_get_picture",
    "groups_list",
    "groups_refresh",
    "groups_set_picture",
    "labels_create",
    "labels_set_chat_labels",
    "labels_update",
    "lids_*",
    "mexican_phone_numbers_*",
    "observability_*",
    "phone_numbers_*",
    "profile_set_name",
    "profile_set_status",
    "sessions_*",
];

/// Whether the server checks requests for an operation before it runs it.
pub(crate) fn is_on(operation: &Operation) -> bool {
    PIPED.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => operation.id.starts_with(start),
        None => operation.id == *known,
    })
}

/// What the pipe says of violations, in its words and in their order.
pub(crate) fn complaints(violations: &[Violation]) -> Vec<String> {
    violations.iter().flat_map(complaint).collect()
}

fn complaint(violation: &Violation) -> Vec<String> {
    let Some((_, members)) = violation.path.split_first() else { return Vec::new() };
    let name = members.join(".");
    let single = |what: &str| vec![format!("{name} {what}")];
    match &violation.problem {
        Problem::Missing | Problem::WrongType { .. } => match violation.wanted.as_str() {
            "boolean" => single("must be a boolean value"),
            "integer" | "number" => single("must be a number conforming to the specified constraints"),
            "array" => single("must be an array"),
            "string" => single("must be a string"),
            // The pipe puts these two words in front of the name, behind the members that lead to it.
            _ => match members.split_last() {
                Some((last, before)) => {
                    let before: String = before.iter().map(|member| format!("{member}.")).collect();
                    vec![format!("{before}nested property {last} must be either object or array")]
                }
                None => Vec::new(),
            },
        },
        Problem::NotOneOf(options) => single(&format!("must be one of the following values: {}", options.join(", "))),
        Problem::TooFew(limit) => single(&format!("must contain at least {limit} elements")),
        Problem::TooMany(limit) => single(&format!("must contain no more than {limit} elements")),
        Problem::Other(_) if violation.path == ["query", "session"] => single("should not be empty"),
        Problem::TooLong(_) | Problem::NoShape | Problem::Other(_) => Vec::new(),
    }
}

/// What the pipe makes of a body that it lets through: unknown members are gone.
pub(crate) fn known_members(body: Map<String, Value>, operation: &Operation) -> Map<String, Value> {
    match operation.body.as_ref().map(|schema| prune(body.clone().into(), schema)) {
        Some(Value::Object(members)) => members,
        _ => body,
    }
}

fn prune(value: Value, schema: &Value) -> Value {
    match value {
        // Without declared properties, as in a map or in open JSON, everything counts as known.
        Value::Object(members) if DOCUMENT.has_properties(schema) => {
            let known = members.into_iter().filter_map(|(name, value)| {
                let schema = DOCUMENT.property(schema, &name)?;
                Some((name, prune(value, schema)))
            });
            Value::Object(known.collect())
        }
        Value::Array(items) => match DOCUMENT.items(schema) {
            Some(schema) => items.into_iter().map(|item| prune(item, schema)).collect(),
            None => Value::Array(items),
        },
        value => value,
    }
}

/// Fills in the session which the pipe knows a default for.
pub(crate) fn default_session(operation: &Operation, query: &mut Query, body: &mut Map<String, Value>) {
    const DEFAULT: &str = "default";
    let in_query = |it: &Parameter| it.name == "session" && it.place == Place::Query;
    if operation.parameters.iter().any(in_query) && query.get("session").is_none() {
        query.add("session", DEFAULT);
    }
    let in_body = operation.body.as_ref().is_some_and(|schema| DOCUMENT.property(schema, "session").is_some());
    // Keys and apps name sessions as well, but are not called for one.
    if in_body && operation.id.starts_with("chatting_") {
        body.entry("session").or_insert_with(|| DEFAULT.into());
    }
}
