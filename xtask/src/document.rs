//! An OpenAPI document held as JSON: walking (shared with the generator), ordering and printing.

use serde_json::Value;

pub use client_diff::openapi31::is_of;
pub use waha_codegen::document::*;

/// Returns the name of the schema that a schema refers to, directly or as the first of its `allOf`.
pub fn referred_schema(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str()).and_then(schema_name)
}

/// What the members of an object of the document are, which decides their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// Keywords, printed in the order of `KEYWORDS`.
    Keywords,
    /// Names of objects with keywords, printed in alphabetical order.
    Names,
    /// Names of maps from names: `components`. Printed in alphabetical order.
    Sections,
    /// Part of an example or a default, whose order is kept.
    Literal,
}

impl ObjectKind {
    /// Returns the kind of the objects in the member `key` of an object of this kind.
    pub fn of_member(self, key: &str) -> Self {
        match (self, key) {
            (Self::Literal, _) | (Self::Keywords, "default" | "enum" | "example" | "examples" | "const") => {
                Self::Literal
            }
            (Self::Keywords, "components") => Self::Sections,
            (Self::Keywords, keyword) if NAME_MAPS.contains(&keyword) => Self::Names,
            (Self::Keywords | Self::Names, _) => Self::Keywords,
            (Self::Sections, _) => Self::Names,
        }
    }
}

/// Keywords whose value is a map from names (where it is an object at all: `parameters` of an operation is a list).
const NAME_MAPS: [&str; 10] = [
    "paths",
    "webhooks",
    "x-webhooks",
    "responses",
    "headers",
    "properties",
    "patternProperties",
    "content",
    "callbacks",
    "variables",
];

/// Keywords in the order in which a reader wants them; the others follow in alphabetical order.
const KEYWORDS: [&str; 69] = [
    "openapi",
    "info",
    "title",
    "version",
    "license",
    "externalDocs",
    "servers",
    "tags",
    "operationId",
    "x-alias",
    "x-since",
    "name",
    "in",
    "$ref",
    "type",
    "format",
    "nullable",
    "required",
    "deprecated",
    "readOnly",
    "writeOnly",
    "summary",
    "description",
    "enum",
    "x-extensible-enum",
    "default",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "minProperties",
    "maxProperties",
    "properties",
    "additionalProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "discriminator",
    "style",
    "explode",
    "schema",
    "parameters",
    "requestBody",
    "content",
    "headers",
    "responses",
    "security",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
    "paths",
    "x-webhooks",
    "components",
    "example",
    "examples",
];

/// Returns the document in canonical order: keywords in a fixed order, names sorted, so that two documents of the same content
/// are the same bytes.
pub fn canonical(doc: &Value) -> Value {
    order(doc, ObjectKind::Keywords)
}

fn order(node: &Value, kind: ObjectKind) -> Value {
    match node {
        Value::Array(list) => Value::Array(list.iter().map(|value| order(value, kind)).collect()),
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            match kind {
                ObjectKind::Keywords => members.sort_by_key(|(key, _)| {
                    let rank = KEYWORDS.iter().position(|keyword| keyword == key).unwrap_or(KEYWORDS.len());
                    (rank, key.as_str())
                }),
                ObjectKind::Names | ObjectKind::Sections => members.sort_by_key(|(key, _)| key.as_str()),
                ObjectKind::Literal => {}
            }
            Value::Object(
                members.into_iter().map(|(key, value)| (key.clone(), order(value, kind.of_member(key)))).collect(),
            )
        }
        other => other.clone(),
    }
}

/// Prints the document: canonical order, two spaces, a line feed at the end.
pub fn print(doc: &Value) -> String {
    let mut text = serde_json::to_string_pretty(&canonical(doc)).expect("a JSON value always prints");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn methods_print_in_their_own_order() {
        let item: serde_json::Map<_, _> =
            METHODS.iter().rev().map(|method| ((*method).to_owned(), json!({}))).collect();
        let doc = canonical(&json!({ "paths": { "/x": item } }));
        assert_eq!(doc["paths"]["/x"].as_object().unwrap().keys().collect::<Vec<_>>(), METHODS);
    }
}
