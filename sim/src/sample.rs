//! Answers made from the document alone, for operations of which nothing more is known.

use axum::{
    http::{HeaderName, HeaderValue, Method, StatusCode},
    response::Response,
};
use serde_json::{Map, Value, json};

use crate::{
    Engine,
    call::Call,
    document::{DOCUMENT, Operation},
    reply,
    routes::Answer,
};

/// Marks an answer that says nothing about what the server would say, but for its form.
const MARK: (HeaderName, HeaderValue) = (HeaderName::from_static("x-waha-sim"), HeaderValue::from_static("sample"));

/// The POSTs that do not answer 201.
const POST_WITH_200: [&str; 12] = [
    "channels_search_by_text",
    "channels_search_by_view",
    "groups_add_participants",
    "groups_approve_join_requests",
    "groups_demote_from_admin",
    "groups_join",
    "groups_leave",
    "groups_promote_to_admin",
    "groups_refresh",
    "groups_reject_join_requests",
    "groups_remove_participants",
    "groups_revoke_invite_code",
];

/// Stands in for a handler. What needs a session gets no answer without one that works.
pub(crate) fn answer(call: &Call) -> Answer {
    if needs_session(call.operation) {
        call.working(&mut call.world())?;
    }
    of(call.operation, call.engine())
}

/// The sample of an operation.
pub(crate) fn of(operation: &'static Operation, engine: Engine) -> Answer {
    let status = status(operation);
    let mut response = match operation.answers.first_key_value() {
        None => reply::empty(status),
        Some((mimetype, schema)) if mimetype == "application/json" => reply::json(status, &value(schema, engine, 0)),
        Some((mimetype, schema)) if mimetype.starts_with("text/") => {
            reply::text(status, text(value(schema, engine, 0)))
        }
        Some((mimetype, _)) => reply::bytes(status, mimetype, "sample"),
    };
    mark(&mut response);
    Ok(response)
}

pub(crate) fn mark(response: &mut Response) {
    let (name, value) = MARK;
    response.headers_mut().insert(name, value);
}

fn status(operation: &Operation) -> StatusCode {
    let is_created = operation.method == Method::POST && !POST_WITH_200.contains(&operation.id.as_str());
    if is_created { StatusCode::CREATED } else { StatusCode::OK }
}

fn needs_session(operation: &Operation) -> bool {
    let in_body = operation.body.as_ref().is_some_and(|schema| DOCUMENT.property(schema, "session").is_some());
    in_body || operation.parameters.iter().any(|parameter| parameter.name == "session")
}

/// A value of a schema: its example or default where it has one, the first of its shapes or names.
fn value(schema: &Value, engine: Engine, depth: usize) -> Value {
    const DEEPEST: usize = 12;
    let schema = DOCUMENT.resolve(schema);
    let first = |keyword| schema.get(keyword).and_then(Value::as_array).and_then(|values| values.first());
    if let Some(given) = schema.get("example").or_else(|| schema.get("default")) {
        return given.clone();
    }
    if let Some(name) = first("enum").or_else(|| first("x-extensible-enum")) {
        return name.clone();
    }
    if depth > DEEPEST {
        return Value::Null;
    }
    let is_object = schema.get("properties").is_some() || schema.get("type").is_some_and(|it| it == "object");
    if let Some(part) = first("allOf").or_else(|| first("oneOf")).or_else(|| first("anyOf"))
        && schema.get("properties").is_none()
    {
        return value(part, engine, depth + 1);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "sample".into(),
        Some("integer" | "number") => json!(schema.get("minimum").cloned().unwrap_or_else(|| 0.into())),
        Some("boolean") => true.into(),
        Some("array") => {
            let item = schema.get("items").map(|items| value(items, engine, depth + 1));
            Value::Array(item.into_iter().collect())
        }
        _ if is_object => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let members = properties.into_iter().flatten();
            members.map(|(name, schema)| (name.clone(), value(schema, engine, depth + 1))).collect::<Map<_, _>>().into()
        }
        // Open JSON: whatever the engine hands through.
        _ => json!({ "engine": engine.as_str() }),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_sample() {
        for operation in &DOCUMENT.operations {
            let response = of(operation, Engine::Gows).expect("a sample");
            assert!(response.status().is_success(), "{}", operation.id);
            assert_eq!(response.headers()[MARK.0], MARK.1);
        }
    }

    #[test]
    fn a_sample_has_the_members_of_its_schema() {
        let operation = DOCUMENT.operation("lids_count").expect("an operation");
        assert_eq!(value(&operation.answers["application/json"], Engine::Gows, 0), json!({ "count": 0 }));
    }
}
