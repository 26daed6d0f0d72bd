//! Requests held against the document.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Map, Value, json};

use crate::{
    Engine,
    document::{DOCUMENT, Operation, PathValues, Place},
    error::Error,
    query::{self, Query},
};

/// One way in which a request is not as the document has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Where: `body`, `query` or `path`, and the members down from there.
    pub(crate) path: Vec<String>,
    pub(crate) problem: Problem,
    /// The type that the document wants there.
    pub(crate) wanted: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    Missing,
    WrongType {
        null: bool,
    },
    NotOneOf(Vec<String>),
    TooFew(u64),
    TooMany(u64),
    TooLong(u64),
    /// Neither of two shapes, of which one is wanted.
    NoShape,
    /// What no server has been seen to check.
    Other(String),
}

/// Holds a request against its operation.
pub(crate) fn violations(
    operation: &'static Operation,
    path: &PathValues,
    query: &Query,
    body: &Map<String, Value>,
) -> Vec<Violation> {
    let Some(validator) = validator(operation) else { return Vec::new() };
    let in_path = path.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
    let mut request = json!({ "path": in_path.collect::<Map<_, _>>(), "query": read_query(operation, query) });
    if let Some(schema) = &operation.body {
        request["body"] = without_nulls(body.clone().into(), schema);
    }
    let mut violations: Vec<Violation> = Vec::new();
    for violation in validator.iter_errors(&request).map(|error| Violation::new(operation, &error)) {
        // A schema that is made of parts says the same thing several times.
        if !violations.contains(&violation) {
            violations.push(violation);
        }
    }
    violations
}

impl Violation {
    fn new(operation: &Operation, error: &ValidationError<'_>) -> Self {
        let mut path: Vec<_> = error.instance_path().as_str().split('/').skip(1).map(unescape).collect();
        let problem = match error.kind() {
            ValidationErrorKind::Required { property } => {
                path.extend(property.as_str().map(str::to_owned));
                Problem::Missing
            }
            ValidationErrorKind::Type { .. } => Problem::WrongType { null: error.instance().is_null() },
            ValidationErrorKind::Enum { options } => {
                let options = options.as_array().into_iter().flatten().filter_map(Value::as_str);
                Problem::NotOneOf(options.map(str::to_owned).collect())
            }
            ValidationErrorKind::MinItems { limit } => Problem::TooFew(*limit),
            ValidationErrorKind::MaxItems { limit } => Problem::TooMany(*limit),
            ValidationErrorKind::MaxLength { limit } => Problem::TooLong(*limit),
            ValidationErrorKind::OneOfNotValid { .. } => Problem::NoShape,
            _ => Problem::Other(error.to_string()),
        };
        let wanted = schema_at(operation, &path).map(type_of).unwrap_or_default();
        Self { path, problem, wanted }
    }

    /// The name of the member.
    pub(crate) fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether an engine stumbles over it, or only the document says that it should not be.
    pub(crate) fn is_fatal(&self) -> bool {
        let is_session = self.path.len() == 2 && self.name() == "session";
        !is_session && matches!(self.problem, Problem::Missing | Problem::WrongType { .. } | Problem::NoShape)
    }

    /// What the engine makes of it: a JavaScript error that nobody catches.
    pub(crate) fn exception(&self, engine: Engine) -> Error {
        if engine == Engine::Noweb && self.problem == Problem::NoShape {
            return Error::unprocessable(format!("{} needs either url or data", self.name()));
        }
        let (variable, method) = match (self.name(), self.wanted.as_str()) {
            ("chatId" | "contactId", _) => ("phone", "includes"),
            ("phone", _) => ("request.phone", "split"),
            ("text", _) => ("text", "match"),
            (name, "array") => (name, "map"),
            (name, _) => (name, "toString"),
        };
        let message = match self.problem {
            Problem::Missing => format!("Cannot read properties of undefined (reading '{method}')"),
            Problem::WrongType { null: true } => format!("Cannot read properties of null (reading '{method}')"),
            _ => format!("{variable}.{method} is not a function"),
        };
        Error::exception("TypeError", message)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.path.join(".");
        match &self.problem {
            Problem::Missing => write!(f, "{place} is missing"),
            Problem::WrongType { .. } => write!(f, "{place} is not of type {}", self.wanted),
            Problem::NotOneOf(options) => write!(f, "{place} is none of {}", options.join(", ")),
            Problem::TooFew(limit) => write!(f, "{place} has fewer than {limit} items"),
            Problem::TooMany(limit) => write!(f, "{place} has more than {limit} items"),
            Problem::TooLong(limit) => write!(f, "{place} is longer than {limit}"),
            Problem::NoShape => write!(f, "{place} has none of its shapes"),
            Problem::Other(what) => write!(f, "{place}: {what}"),
        }
    }
}

/// The query with the types of the document, as far as it can be read so.
fn read_query(operation: &Operation, query: &Query) -> Map<String, Value> {
    let known = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    let read = known.filter_map(|parameter| {
        let text = query.get(&parameter.name)?;
        let value = match type_of(&parameter.schema).as_str() {
            "boolean" => match text {
                "true" | "True" | "1" => true.into(),
                "false" | "False" | "0" => false.into(),
                _ => text.into(),
            },
            "integer" | "number" => match query::number(text) {
                // A fraction is cut off, so it does as an integer.
                Some(number) => (number as i64).into(),
                None => text.into(),
            },
            "array" => query.list(&parameter.name).into(),
            _ => text.into(),
        };
        Some((parameter.name.clone(), value))
    });
    read.collect()
}

/// A member that may be left out may be null as well.
fn without_nulls(value: Value, schema: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter_map(|(name, value)| match DOCUMENT.property(schema, &name) {
                Some(_) if value.is_null() && !DOCUMENT.requires(schema, &name) => None,
                Some(schema) => Some((name, without_nulls(value, schema))),
                None => Some((name, value)),
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => match DOCUMENT.items(schema) {
            Some(schema) => items.into_iter().map(|item| without_nulls(item, schema)).collect(),
            None => Value::Array(items),
        },
        value => value,
    }
}

/// The validator of an operation, compiled when it is first called.
fn validator(operation: &'static Operation) -> Option<Arc<Validator>> {
    type Compiled = HashMap<&'static str, Option<Arc<Validator>>>;
    static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compile =
        || jsonschema::options().should_validate_formats(false).build(&schema_of(operation)).ok().map(Arc::new);
    compiled.entry(&operation.id).or_insert_with(compile).clone()
}

/// One schema for path, query and body of an operation.
fn schema_of(operation: &Operation) -> Value {
    let part = |place| {
        let parameters = || operation.parameters.iter().filter(move |parameter| parameter.place == place);
        let schemas = parameters().map(|parameter| (parameter.name.clone(), parameter.schema.clone()));
        let required = parameters().filter(|parameter| parameter.required).map(|parameter| parameter.name.clone());
        json!({ "type": "object", "properties": schemas.collect::<Map<_, _>>(), "required": required.collect::<Vec<_>>() })
    };
    let mut schema = json!({ "properties": { "path": part(Place::Path), "query": part(Place::Query) } });
    if let Some(body) = &operation.body {
        schema["properties"]["body"] = body.clone();
    }
    let mut components = Map::new();
    collect(&schema, &mut components);
    schema["components"] = json!({ "schemas": components });
    schema
}

/// The components that a schema leads to.
fn collect(schema: &Value, components: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str).and_then(|link| link.rsplit('/').next());
            if let Some((name, component)) = name.and_then(|name| DOCUMENT.schemas.get_key_value(name))
                && !components.contains_key(name)
            {
                components.insert(name.clone(), component.clone());
                collect(component, components);
            }
            members.values().for_each(|member| collect(member, components));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, components)),
        _ => {}
    }
}

fn schema_at<'o>(operation: &'o Operation, path: &[String]) -> Option<&'o Value> {
    let (place, rest) = path.split_first()?;
    let (schema, rest) = match place.as_str() {
        "body" => (operation.body.as_ref()?, rest),
        _ => {
            let (name, rest) = rest.split_first()?;
            (&operation.parameters.iter().find(|parameter| parameter.name == *name)?.schema, rest)
        }
    };
    rest.iter().try_fold(schema, |schema, name| DOCUMENT.property(schema, name).or_else(|| DOCUMENT.items(schema)))
}

fn type_of(schema: &Value) -> String {
    DOCUMENT.keyword(schema, "type").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, query: &str, body: Value) -> Vec<String> {
        let operation = DOCUMENT.operation(id).expect("an operation");
        let query = Query::of_path(&format!("/?{query}"));
        let body = body.as_object().cloned().unwrap_or_default();
        let session = vec![("session", "default".to_owned())];
        violations(operation, &session, &query, &body).iter().map(Violation::to_string).collect()
    }

    #[test]
    fn every_operation_has_a_validator() {
        for operation in &DOCUMENT.operations {
            assert!(validator(operation).is_some(), "{}", operation.id);
        }
    }

    #[test]
    fn a_body_is_held_against_its_schema() {
        let text = |extra: Value| {
            let mut body = json!({ "session": "default", "chatId": "1@c.us", "text": "Hi" });
            body.as_object_mut().expect("an object").extend(extra.as_object().cloned().unwrap_or_default());
            found("chatting_send_text", "", body)
        };
        assert!(text(json!({})).is_empty());
        assert!(text(json!({ "reply_to": null, "unknown": 1 })).is_empty());
        assert_eq!(text(json!({ "text": 5 })), ["body.text is not of type string"]);
        assert_eq!(text(json!({ "text": null })), ["body.text is not of type string"]);
        assert_eq!(text(json!({ "mentions": [1] })), ["body.mentions.0 is not of type string"]);
        assert!(found("chatting_send_text", "", json!({})).contains(&"body.chatId is missing".to_owned()));
        let file = json!({ "session": "default", "chatId": "1@c.us", "file": {} });
        assert_eq!(found("chatting_send_image", "", file), ["body.file has none of its shapes"]);
    }

    #[test]
    fn a_query_is_read_as_the_server_reads_it() {
        let chats = |query| found("chats_list", query, Value::Null);
        assert!(chats("limit=10&offset=0&sortBy=id&merge=1").is_empty());
        assert_eq!(chats("limit=x"), ["query.limit is not of type integer"]);
        assert_eq!(chats("merge=yes"), ["query.merge is not of type boolean"]);
        assert_eq!(found("lids_get", "", Value::Null), ["path.lid is missing"]);
    }
}
