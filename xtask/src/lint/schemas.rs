//! Lints of schemas.

use std::collections::{BTreeMap, BTreeSet};

use client_diff::openapi31;
use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Map, Value, json};

use super::Finding;
use crate::{
    document::{
        self, for_each_ref_at, for_each_schema, is_of, owner, schema_name, schema_refs, sent_by_server, variant,
    },
    rules::names::PRELUDE,
};

/// Lints every schema.
pub fn lint(doc: &Value) -> Vec<Finding> {
    let mut doc = doc.clone();
    let mut findings = references(&mut doc);
    findings.extend(names(&doc));
    findings.extend(cycles(&doc));
    let schemas = doc["components"]["schemas"].as_object().into_iter().flatten();
    let types: BTreeSet<String> = schemas.map(|(name, _)| name.to_upper_camel_case()).collect();
    let sent = sent_by_server(&doc);
    for_each_schema(&mut doc, &mut |schema, place| {
        let component = place.component();
        let is_sent = component.is_none_or(|name| sent.contains(name));
        let mut linter = Linter { pointer: &place.pointer, findings: &mut findings };
        linter.keywords(schema);
        linter.literals(schema);
        linter.open_values(schema);
        linter.boolean_schemas(schema);
        linter.properties(schema);
        if is_sent {
            linter.open_json_is_not_buffered(schema);
        }
        if let Some((parent, property)) = &place.property_of_component {
            linter.derived_name(schema, parent, property, &types);
        }
    });
    findings
}

fn references(doc: &mut Value) -> Vec<Finding> {
    let names = doc["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut findings = Vec::new();
    for_each_ref_at(doc, "", &mut |reference, pointer| {
        let problem = match schema_name(reference) {
            Some(name) if names.contains_key(name) => return,
            Some(name) => format!("there is no schema `{name}`"),
            None => format!("only references to the document's own schemas are followed; this is `{reference}`"),
        };
        findings.push(Finding::at(
            "reference",
            &owner(pointer),
            pointer,
            problem,
            "correct the reference, or add the schema, in the overlay",
        ));
    });
    findings
}

/// Finds schemas that consist of themselves, which the generator follows until its stack overflows.
fn cycles(doc: &Value) -> Vec<Finding> {
    let schemas = &doc["components"]["schemas"];
    let mut findings = Vec::new();
    for (name, _) in schemas.as_object().into_iter().flatten() {
        let mut seen = BTreeSet::new();
        let mut open = same_as(&schemas[name]);
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(same_as(&schemas[next]));
            }
        }
        if seen.contains(name.as_str()) {
            findings.push(Finding::at(
                "cycle",
                name,
                &format!("/components/schemas/{}", document::escape(name)),
                "by `$ref` and `allOf` it consists of itself",
                "remove one of the references in the overlay",
            ));
        }
    }
    findings
}

/// Returns the schemas that a schema consists of, by `$ref` and `allOf`.
fn same_as(schema: &Value) -> Vec<&str> {
    let all = schema["allOf"].as_array().into_iter().flatten();
    let mut names: Vec<_> = all.flat_map(same_as).collect();
    names.extend(schema["$ref"].as_str().and_then(schema_name));
    names
}

/// Finds names that are the same in Rust, or cannot be used there.
fn names(doc: &Value) -> Vec<Finding> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (name, _) in doc["components"]["schemas"].as_object().into_iter().flatten() {
        let pointer = format!("/components/schemas/{}", document::escape(name));
        if let Some(other) = taken.insert(name.to_upper_camel_case(), name) {
            findings.push(Finding::at(
                "schema-name",
                "schemas",
                &pointer,
                format!("it gives the same type as `{other}`"),
                "rename one of the two in names.toml",
            ));
        }
        if PRELUDE.contains(&name.as_str()) {
            findings.push(Finding::at(
                "schema-name",
                "schemas",
                &pointer,
                "it hides a name of Rust's prelude, or is a keyword",
                "rename it in names.toml",
            ));
        }
    }
    findings
}

/// The keywords of a schema in OpenAPI 3.0.
const KEYWORDS: [&str; 37] = [
    "$ref",
    "title",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "enum",
    "type",
    "not",
    "allOf",
    "oneOf",
    "anyOf",
    "items",
    "properties",
    "additionalProperties",
    "description",
    "format",
    "default",
    "nullable",
    "discriminator",
    "readOnly",
    "writeOnly",
    "example",
    "externalDocs",
    "deprecated",
    "xml",
    "examples",
];

struct Linter<'a> {
    pointer: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Linter<'_> {
    fn found(&mut self, lint: &'static str, problem: impl Into<String>, advice: &str) {
        let place = self.pointer.split('/').nth(3).unwrap_or(self.pointer);
        self.findings.push(Finding::at(lint, place, self.pointer, problem, advice));
    }

    /// Finds keywords that OpenAPI 3.0 does not have: those of 3.1 that no rule respells, and those that are none, since a
    /// comma in an unquoted YAML text makes two members of one.
    fn keywords(&mut self, schema: &Map<String, Value>) {
        let unknown =
            schema.keys().filter(|keyword| !keyword.starts_with("x-") && !KEYWORDS.contains(&keyword.as_str()));
        for keyword in unknown {
            if openapi31::LOST.contains(&keyword.as_str()) {
                self.found(
                    "keyword-3.1",
                    format!("`{keyword}` is a keyword of OpenAPI 3.1, and OpenAPI 3.0 has none that means the same"),
                    "remove it in the overlay, and say with keywords of OpenAPI 3.0 what the client has to know of it",
                );
            } else {
                self.found(
                    "keyword",
                    format!("`{keyword}` is not a keyword of OpenAPI 3.0"),
                    "look for a text without quotation marks in the overlay",
                );
            }
        }
    }

    /// Finds enums and defaults that are not of the schema's type.
    fn literals(&mut self, schema: &Map<String, Value>) {
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind == "array" && !schema.contains_key("items") {
            self.found("items", "the list has no type for its items", "add `items` in the overlay");
        }
        if schema.get("required").is_some_and(|required| !required.is_array()) {
            self.found(
                "required",
                "`required` is not a list",
                "look at the rule boolean-required, which should have corrected it",
            );
        }
        if let Some(default) = schema.get("default")
            && !is_of(kind, default)
        {
            self.found(
                "default",
                format!("the default {default} is not of the type {kind}"),
                "correct it in the overlay",
            );
        }
        if let Some(keyword) =
            ["enum", "x-extensible-enum"].iter().find(|keyword| schema.get(**keyword) == Some(&json!([])))
        {
            self.found("enum", format!("`{keyword}` is empty: no value is allowed"), "remove it in the overlay");
        }
        let Some(Value::Array(values)) = schema.get("enum") else {
            return;
        };
        if let Some(value) = values.iter().find(|value| !is_of(kind, value)) {
            return self.found(
                "enum",
                format!("the value {value} is not of the type {kind}"),
                "correct the type, or the values, in the overlay",
            );
        }
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for value in values.iter().filter_map(Value::as_str) {
            if let Some(other) = taken.insert(value.to_upper_camel_case(), value) {
                self.found(
                    "enum",
                    format!("`{value}` and `{other}` give the same variant"),
                    "make it a plain string in the overlay",
                );
            }
        }
    }

    /// Finds values of an open enum that give the same variant.
    fn open_values(&mut self, schema: &Map<String, Value>) {
        let values = schema.get("x-extensible-enum").and_then(Value::as_array).into_iter().flatten();
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for value in values.filter_map(Value::as_str) {
            if let Some(other) = taken.insert(variant(value).to_string(), value) {
                self.found(
                    "enum",
                    format!("`{value}` and `{other}` give the same variant"),
                    "remove one of the two in the overlay: unknown values are kept as they are",
                );
            }
        }
    }

    /// Finds `true` and `false` as schemas, which OpenAPI 3.0 has for `additionalProperties` only.
    fn boolean_schemas(&mut self, schema: &Map<String, Value>) {
        let of_map = |keyword: &&str| schema.get(*keyword).and_then(Value::as_object).into_iter().flat_map(Map::values);
        let of_list = |keyword: &&str| schema.get(*keyword).and_then(Value::as_array).into_iter().flatten();
        let below = ["items", "not"].iter().filter_map(|keyword| schema.get(*keyword));
        let below = below.chain(["properties"].iter().flat_map(of_map));
        let below = below.chain(["allOf", "anyOf", "oneOf"].iter().flat_map(of_list));
        if below.into_iter().any(Value::is_boolean) {
            self.found(
                "boolean-schema",
                "a schema below it is `true` or `false`, which OpenAPI 3.0 does not allow",
                "declare a type, or a reference to Json, in the overlay",
            );
        }
    }

    /// Finds properties that give the same field, and required properties that are not declared.
    fn properties(&mut self, schema: &Map<String, Value>) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut taken: BTreeMap<String, &str> = BTreeMap::new();
        for (name, _) in properties.into_iter().flatten() {
            if let Some(other) = taken.insert(name.to_snake_case(), name) {
                self.found(
                    "property-name",
                    format!("`{name}` and `{other}` give the same field"),
                    "remove one of the two in the overlay, if they mean the same",
                );
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if properties.is_none_or(|properties| !properties.contains_key(name)) && !schema.contains_key("allOf") {
                self.found(
                    "required",
                    format!("`{name}` is required and not declared"),
                    "add the property, or replace the list, in the overlay",
                );
            }
        }
    }

    /// Finds open JSON where serde buffers what it reads: `waha::Json` needs the text itself.
    fn open_json_is_not_buffered(&mut self, schema: &Map<String, Value>) {
        let holds_json = |value: &Value| schema_refs(value).contains(&"Json");
        for keyword in ["oneOf", "anyOf"] {
            if schema.get(keyword).is_some_and(holds_json) {
                self.found(
                    "open-json",
                    format!("open JSON in a branch of `{keyword}` cannot be decoded"),
                    "make the whole choice open JSON in the overlay",
                );
            }
        }
        if schema.contains_key("properties") && schema.get("additionalProperties").is_some_and(Value::is_object) {
            self.found(
                "open-json",
                "declared and undeclared properties in one object are read through a buffer, which loses open JSON",
                "declare all properties, or make the object open JSON, in the overlay",
            );
        }
    }

    /// Finds anonymous types whose derived name, schema and property, is that of another schema.
    fn derived_name(&mut self, schema: &Map<String, Value>, parent: &str, property: &str, types: &BTreeSet<String>) {
        let is_type = ["enum", "oneOf", "anyOf"].iter().any(|keyword| schema.contains_key(*keyword))
            || schema.contains_key("properties");
        let name = format!("{parent}_{property}").to_upper_camel_case();
        if is_type && types.contains(&name) {
            self.found(
                "schema-name",
                format!("its type would be called `{name}`, like another schema"),
                "make it a schema with a name in the overlay",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn only(schemas: Value, name: &str, problem: &str) {
        let doc = json!({"x-webhooks": {"e": {"$ref": "#/components/schemas/S"}}, "components": {"schemas": schemas}});
        let findings = lint(&doc);
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert_eq!(findings[0].lint, name);
        assert!(findings[0].problem.contains(problem), "{}", findings[0]);
    }

    #[test]
    fn references() {
        let dangling = json!({"items": {"$ref": "#/components/schemas/T"}});
        only(json!({"S": dangling}), "reference", "there is no schema `T`");
        only(json!({"S": {"items": {"$ref": "other.json"}}}), "reference", "the document's own schemas");
        let mut doc = json!({
            "paths": {"/x/{id}": {"get": {"responses": {"2XX": {"$ref": "#/components/schemas/T"}}}}},
            "components": {"schemas": {"S": {"items": {"$ref": "#/components/schemas/U"}}}},
        });
        let places: Vec<_> = super::references(&mut doc).into_iter().map(|at| (at.place, at.pointer)).collect();
        let places: Vec<_> = places.iter().map(|(place, pointer)| (place.as_str(), pointer.as_str())).collect();
        assert_eq!(
            places,
            [("GET /x/{id}", "/paths/~1x~1{id}/get/responses/2XX"), ("S", "/components/schemas/S/items"),]
        );
    }

    #[test]
    fn names() {
        only(json!({"S": {}, "foo_bar": {}, "FooBar": {}}), "schema-name", "the same type");
        only(json!({"S": {}, "Result": {}}), "schema-name", "prelude");
        only(json!({"S": {}, "Self": {}}), "schema-name", "a keyword");
        let inline = json!({"properties": {"ack": {"type": "integer", "enum": [1, 2]}}});
        only(json!({"S": {}, "Message": inline, "MessageAck": {}}), "schema-name", "called `MessageAck`");
    }

    #[test]
    fn keywords() {
        only(json!({"S": {"type": "string", "not more.": null}}), "keyword", "`not more.`");
        for keyword in openapi31::LOST {
            only(json!({"S": {keyword: {"a": {}}}}), "keyword-3.1", &format!("`{keyword}`"));
        }
    }

    #[test]
    fn literals() {
        only(json!({"S": {"type": "object", "enum": ["a"]}}), "enum", "is not of the type object");
        only(json!({"S": {"type": "string", "enum": ["a-b", "a_b"]}}), "enum", "the same variant");
        only(json!({"S": {"type": "string", "default": null}}), "default", "is not of the type string");
        only(json!({"S": {"type": "integer", "default": 1.5}}), "default", "is not of the type integer");
        only(json!({"S": {"type": "array"}}), "items", "no type for its items");
        only(json!({"S": {"type": "string", "enum": []}}), "enum", "`enum` is empty");
        only(json!({"S": {"type": "string", "x-extensible-enum": ["a-b", "a_b"]}}), "enum", "the same variant");
        only(json!({"S": {"type": "array", "items": true}}), "boolean-schema", "`true`");
        only(json!({"S": {"properties": {"a": {"type": "string", "required": true}}}}), "required", "not a list");
    }

    #[test]
    fn properties() {
        only(json!({"S": {"properties": {"fooBar": {}, "foo_bar": {}}}}), "property-name", "the same field");
        only(json!({"S": {"required": ["a"], "properties": {"b": {}}}}), "required", "not declared");
    }

    #[test]
    fn cycles() {
        only(json!({"S": {"allOf": [{"$ref": "#/components/schemas/S"}]}}), "cycle", "consists of itself");
        // A schema may well contain itself.
        let list = json!({"properties": {"next": {"$ref": "#/components/schemas/S"}}});
        assert_eq!(lint(&json!({"components": {"schemas": {"S": list}}})), []);
    }

    #[test]
    fn open_json() {
        let json = json!({"$ref": "#/components/schemas/Json"});
        only(json!({"S": {"oneOf": [{"type": "string"}, json]}, "Json": {}}), "open-json", "`oneOf`");
        only(
            json!({"S": {"properties": {"a": {}}, "additionalProperties": {"type": "string"}}}),
            "open-json",
            "buffer",
        );
    }
}
