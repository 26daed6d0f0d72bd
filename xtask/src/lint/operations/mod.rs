//! Lints of paths, operations, parameters, bodies and answers.

mod answers;
mod bodies;
mod parameters;

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;
use waha_codegen::RESERVED;

use super::Finding;
use crate::document::{self, Operation, operations};

/// Lints everything below `paths`.
pub fn lint(doc: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    if doc["openapi"].as_str().is_none_or(|version| !version.starts_with("3.0.")) {
        findings.push(Finding::at(
            "version",
            "the document",
            "/openapi",
            "the generator reads only OpenAPI 3.0",
            "look at the rule openapi-version, which should have set 3.0.3",
        ));
    }
    for (path, item) in doc["paths"].as_object().into_iter().flatten() {
        if item.get("$ref").is_some() {
            let pointer = format!("/paths/{}", document::escape(path));
            findings.push(Finding::at(
                "path-reference",
                path,
                &pointer,
                "the generator does not follow references of paths",
                "replace the reference by the operations in the overlay",
            ));
        }
    }
    let mut shapes = BTreeMap::new();
    for (path, _) in doc["paths"].as_object().into_iter().flatten() {
        if let Some(other) = shapes.insert(document::path_shape(path), path) {
            findings.push(Finding::at(
                "equivalent-path",
                path,
                &format!("/paths/{}", document::escape(path)),
                format!("the server cannot tell it from `{other}`"),
                "remove one of the two in the overlay",
            ));
        }
    }
    let mut builders = BTreeMap::new();
    for operation in operations(doc) {
        let mut linter = Linter { operation: &operation, findings: &mut findings };
        linter.name(&mut builders);
        linter.parameters(doc);
        linter.body(doc);
        linter.answers();
    }
    findings
}

struct Linter<'a> {
    operation: &'a Operation<'a>,
    findings: &'a mut Vec<Finding>,
}

impl Linter<'_> {
    fn found(&mut self, lint: &'static str, pointer: &str, problem: impl Into<String>, advice: &str) {
        let pointer = format!("{}{pointer}", self.operation.pointer());
        self.findings.push(Finding::at(lint, &self.operation.label(), &pointer, problem, advice));
    }

    fn name(&mut self, builders: &mut BTreeMap<String, String>) {
        let id = self.operation.id();
        let set_it = "set operationId in the overlay";
        if id.is_empty() {
            return self.found("operation-id", "/operationId", "there is no operationId", set_it);
        }
        if let Some(other) = builders.insert(id.to_upper_camel_case(), self.operation.label()) {
            self.found(
                "operation-id",
                "/operationId",
                format!("`{id}` gives the same name as that of {other}"),
                set_it,
            );
        }
        let tags = self.operation.value["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
        let [Value::String(resource)] = tags else {
            return self.found(
                "resource",
                "/tags",
                format!("an operation has one tag, its resource; this has {}", tags.len()),
                "remove the list in the overlay, and set another",
            );
        };
        let action = id.strip_prefix(resource.as_str()).and_then(|rest| rest.strip_prefix('_')).unwrap_or_default();
        if action.is_empty() || action.to_snake_case() != action {
            self.found(
                "operation-id",
                "/operationId",
                format!("`{id}` is not `{resource}_<action>` in snake case"),
                set_it,
            );
        } else if syn::parse_str::<syn::Ident>(action).is_err() {
            self.found(
                "operation-id",
                "/operationId",
                format!("`{action}` is a keyword of Rust and cannot name a method"),
                set_it,
            );
        }
        if RESERVED.contains(&resource.as_str()) {
            self.found(
                "resource",
                "/tags/0",
                format!("the handles have a method `{resource}` already"),
                "name the resource in names.toml",
            );
        }
        if syn::parse_str::<syn::Ident>(resource).is_err() {
            self.found(
                "resource",
                "/tags/0",
                format!("`{resource}` cannot name a method"),
                "name the resource in names.toml",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A document with one clean operation, changed.
    fn with(path: &str, change: Value) -> Value {
        let mut operation = json!({
            "operationId": "things_get",
            "tags": ["things"],
            "responses": {"2XX": {}, "4XX": {}, "5XX": {}},
        });
        for (keyword, value) in change.as_object().unwrap() {
            operation[keyword] = value.clone();
        }
        json!({"openapi": "3.0.3", "paths": {path: {"get": operation}}})
    }

    /// Expects one finding: its lint, and words of its problem.
    #[track_caller]
    fn only(doc: &Value, name: &str, problem: &str) {
        let findings = lint(doc);
        assert_eq!(findings.len(), 1, "{findings:#?}");
        assert_eq!(findings[0].lint, name);
        assert!(findings[0].problem.contains(problem), "{}", findings[0]);
        assert!(!findings[0].pointer.is_empty() && !findings[0].advice.is_empty(), "{}", findings[0]);
    }

    #[test]
    fn a_clean_operation_has_no_findings() {
        assert_eq!(lint(&with("/x", json!({}))), []);
    }

    #[test]
    fn names() {
        only(&with("/x", json!({"operationId": null})), "operation-id", "there is no operationId");
        only(&with("/x", json!({"operationId": "other_get"})), "operation-id", "is not `things_<action>`");
        only(&with("/x", json!({"operationId": "things_getAll"})), "operation-id", "in snake case");
        only(&with("/x", json!({"operationId": "things_move"})), "operation-id", "a keyword of Rust");
        only(&with("/x", json!({"tags": ["things", "others"]})), "resource", "this has 2");
        let mut doc = with("/x", json!({}));
        doc["paths"]["/y"] = doc["paths"]["/x"].clone();
        only(&doc, "operation-id", "the same name as that of GET /x");
    }

    #[test]
    fn paths() {
        only(&json!({"openapi": "3.1.0", "paths": {}}), "version", "3.0");
        only(&json!({"openapi": "3.0.3", "paths": {"/x": {"$ref": "#/y"}}}), "path-reference", "does not follow");
        only(&with("/x/{id}", json!({})), "path-parameter", "`id` is in the path and not declared");
        let declared =
            json!({"parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "string"}}]});
        only(&with("/x", declared.clone()), "path-parameter", "declared and not in the path");
        assert_eq!(lint(&with("/x/{id}", declared)), []);
        let optional = json!({"parameters": [{"in": "path", "name": "id", "schema": {"type": "string"}}]});
        only(&with("/x/{id}", optional), "path-parameter", "not required");
        only(&with("/x/a{b", json!({})), "path-parameter", "a part of a segment");
    }

    #[test]
    fn parameters() {
        for (parameter, name, problem) in [
            (json!({"in": "cookie", "name": "a", "schema": {"type": "string"}}), "parameter-place", "cookie"),
            (
                json!({"in": "query", "name": "a", "content": {}, "schema": {"type": "string"}}),
                "parameter-place",
                "`content`",
            ),
            (
                json!({"in": "query", "name": "a", "style": "deepObject", "schema": {"type": "string"}}),
                "parameter-style",
                "deepObject",
            ),
            (
                json!({"in": "query", "name": "a", "style": "pipeDelimited", "schema": {"type": "string"}}),
                "parameter-style",
                "pipeDelimited",
            ),
            (
                json!({"in": "query", "name": "a", "explode": false, "schema": {"type": "array"}}),
                "parameter-style",
                "repeated keys",
            ),
            (json!({"in": "query", "name": "a", "schema": {"type": "object"}}), "parameter-type", "an object"),
            (json!({"in": "query", "name": "a", "schema": {"type": "number"}}), "parameter-type", "`1.0`"),
            (json!({"in": "query", "name": "a", "schema": {}}), "parameter-type", "no type"),
            (
                json!({"in": "query", "name": "send", "schema": {"type": "string"}}),
                "parameter-name",
                "every builder has a method",
            ),
        ] {
            only(&with("/x", json!({"parameters": [parameter]})), name, problem);
        }
        let twins = json!({"parameters": [
            {"in": "query", "name": "chatId", "schema": {"type": "string"}},
            {"in": "query", "name": "chat_id", "schema": {"type": "string"}},
        ]});
        only(&with("/x", twins), "parameter-name", "the same method");
    }

    #[test]
    fn parameters_that_are_references() {
        for (schema, problem) in [
            (json!({"$ref": "#/components/schemas/O"}), "an object"),
            (json!({"allOf": [{"$ref": "#/components/schemas/O"}]}), "an object"),
            (json!({"type": "array", "items": {"$ref": "#/components/schemas/O"}}), "of the type object"),
            (json!({"type": "array", "items": {"type": "number"}}), "of the type number"),
        ] {
            let mut doc = with("/x", json!({"parameters": [{"in": "query", "name": "a", "schema": schema}]}));
            doc["components"] = json!({"schemas": {"O": {"type": "object"}}});
            only(&doc, "parameter-type", problem);
        }
    }

    #[test]
    fn resources_that_are_taken() {
        let doc = with("/x", json!({"operationId": "session_get", "tags": ["session"]}));
        only(&doc, "resource", "the handles have a method");
    }

    #[test]
    fn equivalent_paths() {
        let mut doc = with(
            "/x/{a}",
            json!({"parameters": [{"in": "path", "name": "a", "required": true, "schema": {"type": "string"}}]}),
        );
        doc["paths"]["/x/{b}"] = json!({});
        only(&doc, "equivalent-path", "cannot tell it from");
    }

    #[test]
    fn bodies() {
        let body = |content: Value| with("/x", json!({"requestBody": {"content": content}}));
        let string = json!({"schema": {"type": "string"}});
        only(&body(json!({"application/json": string, "text/plain": string})), "request-type", "this has 2");
        only(&body(json!({"multipart/form-data": string})), "request-type", "cannot send multipart/form-data");
        only(&body(json!({"application/xml": string})), "request-type", "cannot send application/xml");
        only(&body(json!({"application/json": {}})), "request-type", "no schema");
        only(&body(json!({"application/json": {"schema": {"type": "object"}}})), "request-type", "anonymous");
    }

    #[test]
    fn answers() {
        let responses = |responses: Value| with("/x", json!({"responses": responses}));
        only(&responses(json!({"200": {}, "201": {}})), "success", "this has 2");
        only(&responses(json!({})), "success", "this has 0");
        only(&responses(json!({"2XX": {"content": {"application/json": {}}}})), "success", "no schema");
        let schema = json!({"schema": {}});
        only(
            &responses(json!({"2XX": {"content": {"image/jpeg": schema, "image/png": schema}}})),
            "success",
            "ignore the others",
        );
        let both = json!({"2XX": {"content": {"application/json": schema, "image/png": schema}}});
        assert_eq!(lint(&with("/x", json!({"responses": both}))), []);
        let answer = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": name}}}});
        let two = json!({"200": answer("A"), "201": answer("B")});
        only(&responses(two), "success", r#"200 {"$ref":"A"}, 201 {"$ref":"B"}"#);
        only(&responses(json!({"2XX": {}, "default": {}})), "errors", "`default`");
        let error = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": name}}}});
        only(&responses(json!({"2XX": {}, "400": error("A"), "404": error("B")})), "errors", "differ");
        only(&responses(json!({"2XX": {}, "400": error("A"), "404": {}})), "errors", "differ");
    }
}
