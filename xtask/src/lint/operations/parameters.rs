//! Parameters: their names, their places, and whether the generator can send them.

use std::collections::BTreeSet;

use heck::ToSnakeCase as _;
use serde_json::Value;
use waha_codegen::BUILDER_METHODS;

use super::Linter;
use crate::document;

impl Linter<'_> {
    pub(super) fn parameters(&mut self, doc: &Value) {
        let mut declared = BTreeSet::new();
        let mut rust_names = BTreeSet::new();
        let list = self.operation.value["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (i, parameter) in list.iter().enumerate() {
            let pointer = format!("/parameters/{i}");
            let name = parameter["name"].as_str().unwrap_or_default();
            let rust_name = name.to_snake_case();
            if BUILDER_METHODS.contains(&rust_name.as_str()) {
                self.found(
                    "parameter-name",
                    &pointer,
                    format!("every builder has a method `{name}`"),
                    "report it: the generator has to learn another name for the method",
                );
            }
            if !rust_names.insert(rust_name) {
                self.found(
                    "parameter-name",
                    &pointer,
                    format!("`{name}` gives the same method as another parameter"),
                    "remove one of the two in the overlay, if the server reads only one",
                );
            }
            self.parameter(doc, parameter, name, &pointer);
            if parameter["in"] == "path" {
                declared.insert(name);
            }
        }
        let path = self.operation.path;
        let template: BTreeSet<_> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        for name in template.difference(&declared) {
            self.found(
                "path-parameter",
                "/parameters",
                format!("`{name}` is in the path and not declared"),
                "add the parameter in the overlay",
            );
        }
        for name in declared.difference(&template) {
            self.found(
                "path-parameter",
                "/parameters",
                format!("`{name}` is declared and not in the path"),
                "remove the parameter in the overlay",
            );
        }
        if path.split('/').any(|part| part.contains('{') && !(part.starts_with('{') && part.ends_with('}'))) {
            self.found(
                "path-parameter",
                "",
                "a value is only a part of a segment, which the client's check of paths does not know",
                "report it: the check has to be extended first",
            );
        }
    }

    fn parameter(&mut self, doc: &Value, parameter: &Value, name: &str, pointer: &str) {
        let place = parameter["in"].as_str().unwrap_or_default();
        if place == "cookie" {
            self.found(
                "parameter-place",
                pointer,
                format!("`{name}` is a cookie, which the generator does not send"),
                "remove it in the overlay",
            );
        }
        if parameter.get("content").is_some() {
            self.found(
                "parameter-place",
                pointer,
                format!("`{name}` has `content` in place of `schema`"),
                "give it a schema in the overlay",
            );
        }
        if place == "path" && parameter["required"] != true {
            self.found(
                "path-parameter",
                pointer,
                format!("`{name}` is in the path and not required"),
                "look at the rule untyped-parameters, which should have corrected it",
            );
        }
        let style = parameter["style"].as_str().unwrap_or(if place == "query" { "form" } else { "simple" });
        if style != if place == "query" { "form" } else { "simple" } {
            self.found(
                "parameter-style",
                pointer,
                format!("`{name}` has the style {style}, which the generator does not support"),
                "set the style in the overlay that the server reads",
            );
        }
        let schema = &parameter["schema"];
        let kind = schema["type"].as_str().or_else(|| type_of(doc, schema, 0)).unwrap_or_default();
        let items = resolved(doc, schema, 0).and_then(|schema| type_of(doc, &schema["items"], 0)).unwrap_or_default();
        if kind == "array" && parameter["explode"] == false {
            self.found(
                "parameter-style",
                pointer,
                format!("the list `{name}` is sent as repeated keys, against `explode: false`"),
                "set explode to true in the overlay, if the server reads repeated keys",
            );
        }
        if kind == "object" {
            self.found(
                "parameter-type",
                pointer,
                format!("`{name}` is an object, for which the generator panics"),
                "give it another type in the overlay",
            );
        }
        if kind == "number" {
            self.found(
                "parameter-type",
                pointer,
                format!("`{name}` is a fraction and would be sent as `1.0`"),
                "look at the rule integer-parameters, which should have corrected it",
            );
        }
        if kind == "array" && matches!(items, "object" | "number") {
            self.found(
                "parameter-type",
                pointer,
                format!("`{name}` is a list whose items are of the type {items}, which the generator cannot send"),
                "give its items another type in the overlay",
            );
        }
        if schema.get("$ref").is_none() && schema.get("allOf").is_none() && kind.is_empty() {
            self.found(
                "parameter-type",
                pointer,
                format!("`{name}` has no type and would be sent as JSON, in quotation marks"),
                "give it a type in the overlay",
            );
        }
    }
}

/// Follows references of a schema, up to a depth that only cycles reach, which are linted on their own.
fn resolved<'a>(doc: &'a Value, schema: &'a Value, depth: usize) -> Option<&'a Value> {
    match document::referred_schema(schema) {
        Some(name) if depth < 16 => resolved(doc, doc["components"]["schemas"].get(name)?, depth + 1),
        Some(_) => None,
        None => Some(schema),
    }
}

/// Returns the type of a schema, after following its references.
fn type_of<'a>(doc: &'a Value, schema: &'a Value, depth: usize) -> Option<&'a str> {
    resolved(doc, schema, depth)?["type"].as_str()
}
