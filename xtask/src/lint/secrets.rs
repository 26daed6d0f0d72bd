//! Lint of secrets: what has the name of one says whether it is one (`x-secret`), at a place where the generator reads it.

use serde_json::Value;
use waha_codegen::secrets::KEYWORD;

use super::Finding;
use crate::document::{self, METHODS, owner, referred_schema};

/// The client's own rule for names, by which it hides members of JSON that the document does not describe.
#[path = "../../../src/redaction/names.rs"]
mod names;

/// Lints the marks of secrets, and what should have one.
pub fn lint(doc: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    marks(doc, &mut Vec::new(), &mut findings);
    for (component, schema) in doc["components"]["schemas"].as_object().into_iter().flatten() {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if property[KEYWORD].is_null() && names::says_secret(name) && holds_text(doc, property) {
                let pointer = pointer(&["components", "schemas", component, "properties", name]);
                findings.push(Finding::at(
                    "secret",
                    component,
                    &pointer,
                    "by its name it is a secret, and the document does not say whether it is",
                    "set `x-secret` in the overlay: `true` hides it in `Debug`, errors and traces; `false` if it is none",
                ));
            }
        }
    }
    findings.extend(parameters(doc));
    findings
}

/// Whether there can be a text in a value which is not described property by property.
fn holds_text(doc: &Value, schema: &Value) -> bool {
    let described = match referred_schema(schema) {
        Some(name) => &doc["components"]["schemas"][name],
        None => schema,
    };
    described["type"] != "boolean" && !described["properties"].is_object()
}

/// Finds marks that are neither true nor false, and those that the generator does not read.
fn marks(node: &Value, path: &mut Vec<String>, findings: &mut Vec<Finding>) {
    let below: Vec<(String, &Value)> = match node {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect(),
        _ => return,
    };
    for (name, value) in below {
        if name == KEYWORD {
            findings.extend(mark(path, value));
            continue;
        }
        path.push(name);
        marks(value, path, findings);
        path.pop();
    }
}

fn mark(path: &[String], value: &Value) -> Option<Finding> {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let is_read = match path.as_slice() {
        ["components", "schemas", _, "properties", _] | ["components", "schemas", _, "additionalProperties"] => true,
        // Only to say that it is none: see `parameters`.
        ["paths", _, _, "parameters", _] => *value == false,
        _ => false,
    };
    let pointer = pointer(&path);
    let found = |problem: &str, advice: &str| Finding::at("secret", &owner(&pointer), &pointer, problem, advice);
    if !value.is_boolean() {
        return Some(found("`x-secret` is neither `true` nor `false`", "write one of the two in the overlay"));
    }
    (!is_read).then(|| {
        found(
            "the generator does not read `x-secret` here",
            "mark a property of a component schema, or what its `additionalProperties` are",
        )
    })
}

/// Finds secrets in paths and queries, where every server and proxy writes them to a log.
fn parameters(doc: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, item) in doc["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let parameters = item[method]["parameters"].as_array().into_iter().flatten().enumerate();
            for (index, parameter) in parameters {
                let name = parameter["name"].as_str().unwrap_or_default();
                if parameter[KEYWORD].is_null() && names::says_secret(name) && holds_text(doc, &parameter["schema"]) {
                    findings.push(Finding::at(
                        "secret",
                        &document::label(path, method),
                        &pointer(&["paths", path, method, "parameters", &index.to_string()]),
                        format!("by its name the parameter `{name}` is a secret, and a URL ends in the logs of servers"),
                        "set `x-secret: false` in the overlay if it is none; a secret needs support of the client first",
                    ));
                }
            }
        }
    }
    findings
}

/// The JSON pointer of a place.
fn pointer(path: &[&str]) -> String {
    path.iter().map(|token| format!("/{}", document::escape(token))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(doc: &Value) -> Vec<(String, String)> {
        lint(doc).into_iter().map(|finding| (finding.pointer, finding.problem)).collect()
    }

    #[test]
    fn a_property_with_the_name_of_a_secret_says_whether_it_is_one() {
        let text = json!({"type": "string"});
        let doc = json!({"components": {"schemas": {
            "Login": {"properties": {
                "userName": text, "password": text, "apiToken": {"$ref": "#/components/schemas/Json"},
                "key": {"$ref": "#/components/schemas/MessageKey"}, "keepsSecrets": {"type": "boolean"},
                "hash_key": {"type": "string", "x-secret": true}, "Key": {"type": "string", "x-secret": false},
            }},
            "MessageKey": {"properties": {"id": text}},
            "Json": {},
        }}});
        let pointers: Vec<_> = found(&doc).into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(
            pointers,
            ["/components/schemas/Login/properties/password", "/components/schemas/Login/properties/apiToken"]
        );
    }

    #[test]
    fn a_mark_that_is_not_read_is_found() {
        let doc = json!({
            "paths": {"/a/{id}": {"get": {
                "parameters": [
                    {"name": "token", "schema": {"type": "string"}},
                    {"name": "key", "x-secret": false, "schema": {"type": "string"}},
                    {"name": "id", "x-secret": true, "schema": {"type": "string"}},
                ],
                "responses": {"2XX": {"content": {"application/json": {"schema": {"x-secret": true}}}}},
            }}},
            "components": {"schemas": {
                "A": {"additionalProperties": {"x-secret": true}},
                "B": {"properties": {"c": {"items": {"x-secret": true}}, "d": {"x-secret": "yes"}}},
            }},
        });
        let mut found = found(&doc);
        found.sort();
        let found: Vec<_> = found.iter().map(|(pointer, problem)| (pointer.as_str(), problem.as_str())).collect();
        let [item, yes, token, id, answer] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(item.0, "/components/schemas/B/properties/c/items");
        assert_eq!(yes, &("/components/schemas/B/properties/d", "`x-secret` is neither `true` nor `false`"));
        assert_eq!(token.0, "/paths/~1a~1{id}/get/parameters/0");
        assert!(token.1.contains("`token`"), "{}", token.1);
        assert_eq!(id.0, "/paths/~1a~1{id}/get/parameters/2");
        assert_eq!(answer.0, "/paths/~1a~1{id}/get/responses/2XX/content/application~1json/schema");
    }
}
