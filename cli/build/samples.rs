//! A sample of each event, made of its schema.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::resolved;

/// How deep schemas are followed.
const DEEPEST: usize = 8;

/// Writes `EVENTS`: the names of the events, what they are, and a sample of the payload as JSON.
pub fn write(document: &Value) -> Result<String, std::fmt::Error> {
    let mut code = String::from("pub static EVENTS: &[Sample] = &[\n");
    for (name, item) in document["x-webhooks"].as_object().into_iter().flatten() {
        let operation = &item["post"];
        let about = operation["description"].as_str().unwrap_or_default();
        let envelope = resolved(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
        let payload = value(document, "payload", &envelope["properties"]["payload"], 0).unwrap_or(Value::Null);
        let payload = payload.to_string();
        writeln!(code, "Sample {{ name: {name:?}, about: {about:?}, payload: {payload:?} }},")?;
    }
    code.push_str("];\n");
    Ok(code)
}

/// A value that the schema allows; `None` where it can be left out.
fn value(document: &Value, name: &str, schema: &Value, depth: usize) -> Option<Value> {
    let target = resolved(document, schema);
    for keyword in ["example", "default"] {
        let given = schema.get(keyword).or_else(|| target.get(keyword));
        if let Some(given) = given.filter(|given| !given.is_null()) {
            return Some(given.clone());
        }
    }
    for keyword in ["enum", "x-extensible-enum"] {
        if let Some(first) = target[keyword].as_array().and_then(|values| values.first()) {
            return Some(first.clone());
        }
    }
    if depth > DEEPEST {
        return None;
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        if let Some(part) = target[keyword].as_array().and_then(|parts| parts.first())
            && target["properties"].is_null()
        {
            return value(document, name, part, depth + 1);
        }
    }
    let description = schema["description"].as_str().or_else(|| target["description"].as_str()).unwrap_or_default();
    match target["type"].as_str() {
        Some("string") => Some(text(name, schema, description)),
        Some("integer" | "number") => Some(number(name, target, description)),
        Some("boolean") => Some(false.into()),
        Some("array") => {
            let item = value(document, name, &target["items"], depth + 1);
            Some(Value::Array(item.into_iter().collect()))
        }
        Some("object") | None if target["properties"].is_object() => Some(object(document, target, depth)),
        Some("object") => Some(json!({})),
        // Open JSON: whatever an engine adds.
        _ => None,
    }
}

/// An object with all that its schema requires, and of the rest what is plain.
fn object(document: &Value, schema: &Value, depth: usize) -> Value {
    let mut members = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let is_required = crate::requires(schema, name);
        let is_plain = matches!(resolved(document, property)["type"].as_str(), Some("string" | "integer" | "boolean"));
        if is_required || is_plain {
            match value(document, name, property, depth + 1) {
                Some(value) => drop(members.insert(name.clone(), value)),
                None if is_required => drop(members.insert(name.clone(), json!({}))),
                None => {}
            }
        }
    }
    Value::Object(members)
}

/// A text that looks like what the property holds.
fn text(name: &str, schema: &Value, description: &str) -> Value {
    let quoted = description.split('`').skip(1).step_by(2);
    let looks_like_an_id = |text: &&str| text.contains('@') && text.chars().next().is_some_and(char::is_alphanumeric);
    let described = quoted.into_iter().find(looks_like_an_id);
    match (schema["x-id"].as_str(), name) {
        (Some("GroupId"), _) => "111111111111111111@g.us",
        (Some("MessageId"), _) => "false_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA",
        (Some(_), _) => "11111111111@c.us",
        (None, "from" | "to" | "chatId" | "participant" | "author") => "11111111111@c.us",
        (None, "body" | "text") => "Hello from waha trigger",
        (None, _) => described.unwrap_or("sample"),
    }
    .into()
}

fn number(name: &str, schema: &Value, description: &str) -> Value {
    let is_time = name.to_lowercase().contains("timestamp") || name.ends_with("At");
    match schema["minimum"].as_i64() {
        Some(minimum) => minimum.into(),
        None if is_time && description.contains("millisecond") => 1_735_689_600_000_i64.into(),
        None if is_time => 1_735_689_600_i64.into(),
        None => 0.into(),
    }
}
