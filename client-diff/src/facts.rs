//! The facts that a document declares, without its texts: names, paths and types.
//!
//! Names, paths, types, bounds and defaults are facts of the interface. Descriptions, summaries, titles, examples,
//! contact, servers and vendor extensions are somebody's text, and stay out of the project.

use serde_json::{Map, Value};

/// Keywords that carry text or describe the vendor instead of the interface.
const TEXT: [&str; 11] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "contact",
    "license",
    "termsOfService",
    "servers",
    "externalDocs",
    "$comment",
];

/// Keywords whose members are names and not keywords.
const NAMES: [&str; 12] = [
    "paths",
    "webhooks",
    "responses",
    "headers",
    "properties",
    "patternProperties",
    "content",
    "schemas",
    "parameters",
    "requestBodies",
    "securitySchemes",
    "callbacks",
];

/// Returns the declared facts of an OpenAPI document.
pub fn of(doc: &Value) -> Value {
    let mut facts = keywords(doc);
    if let Value::Object(map) = &mut facts {
        // The top-level list repeats the tags of the operations, for a menu.
        map.shift_remove("tags");
    }
    facts
}

/// Returns whether a document holds declared facts and nothing else.
pub fn are(doc: &Value) -> bool {
    // A document has a title at least, which is no fact.
    doc["info"].get("title").is_none() && of(doc) == *doc
}

fn keywords(node: &Value) -> Value {
    match node {
        Value::Object(map) => Value::Object(map.iter().filter_map(|(key, value)| member(key, value)).collect()),
        Value::Array(list) => Value::Array(list.iter().map(keywords).collect()),
        other => other.clone(),
    }
}

fn member(key: &str, value: &Value) -> Option<(String, Value)> {
    if TEXT.contains(&key) || key.starts_with("x-") {
        return None;
    }
    let kept = match (key, value) {
        ("default", value) if is_sample_text(value) => return None,
        ("default" | "enum" | "const" | "required", literal) => literal.clone(),
        (names, Value::Object(map)) if NAMES.contains(&names) => names_map(map),
        (_, value) => keywords(value),
    };
    Some((key.to_owned(), kept))
}

fn names_map(map: &Map<String, Value>) -> Value {
    Value::Object(map.iter().map(|(name, value)| (name.clone(), keywords(value))).collect())
}

/// Returns whether a default is a sample sentence for upstream's try-it-out page: a value of several words. A media type with a
/// parameter (`audio/ogg; codecs=opus`) is none.
pub fn is_sample_text(default: &Value) -> bool {
    default.as_str().is_some_and(|text| text.replace("; ", ";").contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of;

    #[test]
    fn texts_go_and_names_that_look_like_texts_stay() {
        let facts = of(&json!({
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1", "description": "D", "contact": {"name": "N"}},
            "servers": [{"url": "http://x"}],
            "tags": [{"name": "A"}],
            "x-logo": "l",
            "components": {"schemas": {"S": {
                "description": "text",
                "x-order": 1,
                "required": ["title", "description"],
                "properties": {"title": {"type": "string", "example": "e"}, "description": {"type": "string"}},
            }}},
        }));
        assert_eq!(
            facts,
            json!({
                "openapi": "3.1.0",
                "info": {"version": "1"},
                "components": {"schemas": {"S": {
                    "required": ["title", "description"],
                    "properties": {"title": {"type": "string"}, "description": {"type": "string"}},
                }}},
            })
        );
    }

    #[test]
    fn defaults_that_are_sentences_go_and_values_stay() {
        let facts = of(&json!({"components": {"schemas": {"S": {"properties": {
            "text": {"default": "Hello you there"},
            "mimetype": {"default": "audio/ogg; codecs=opus"},
            "limit": {"default": 20},
        }}}}}));
        let properties = &facts["components"]["schemas"]["S"]["properties"];
        assert_eq!(
            properties,
            &json!({"text": {}, "mimetype": {"default": "audio/ogg; codecs=opus"}, "limit": {"default": 20}})
        );
    }
}
