//! Lints of paths, operations, parameters, bodies and answers.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;
use waha_codegen::{BUILDER_METHODS, RESERVED};

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

    fn parameters(&mut self, doc: &Value) {
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

    fn body(&mut self, doc: &Value) {
        let Some(body) = self.operation.value.get("requestBody") else {
            return;
        };
        let content = body["content"].as_object().cloned().unwrap_or_default();
        if content.len() != 1 {
            self.found(
                "request-type",
                "/requestBody/content",
                format!("the generator takes one media type for a body; this has {}", content.len()),
                "remove the others in the overlay",
            );
        }
        for (media_type, content) in &content {
            let pointer = format!("/requestBody/content/{}", document::escape(media_type));
            if !matches!(
                media_type.as_str(),
                "application/json" | "application/octet-stream" | "application/x-www-form-urlencoded" | "text/plain"
            ) {
                self.found(
                    "request-type",
                    &pointer,
                    format!("the generator cannot send {media_type}"),
                    "declare application/json or application/octet-stream, if the server takes it",
                );
            }
            if content.get("schema").is_none() {
                self.found("request-type", &pointer, "there is no schema", "add one in the overlay");
            }
            let resolved = content["schema"]["$ref"].as_str().and_then(document::schema_name);
            let schema = resolved.map_or(&content["schema"], |name| &doc["components"]["schemas"][name]);
            if media_type == "application/json" && schema["type"] == "object" && resolved.is_none() {
                self.found(
                    "request-type",
                    &pointer,
                    "the body is an anonymous object, for which the generator has no builder",
                    "make it a schema with a name in the overlay",
                );
            }
        }
    }

    fn answers(&mut self) {
        let responses = self.operation.value["responses"].as_object().cloned().unwrap_or_default();
        let (success, errors): (Vec<_>, Vec<_>) = responses.iter().partition(|(status, _)| status.starts_with('2'));
        if success.len() != 1 {
            self.found(
                "success",
                "/responses",
                format!("the generator takes one success; this has {}{}", success.len(), declared(&success)),
                "if their schemas contradict each other, remove one in the overlay; else look at the rule success-range",
            );
        }
        for (status, answer) in success {
            let pointer = format!("/responses/{status}/content");
            let content = answer["content"].as_object().cloned().unwrap_or_default();
            let (json, others): (Vec<_>, Vec<_>) = content.keys().partition(|media_type| media_type.ends_with("json"));
            let bytes = others.iter().filter(|media_type| !media_type.starts_with("text/")).count();
            if json.len() > 1 || bytes > 1 {
                self.found(
                    "success",
                    &pointer,
                    "the client reads one media type of bytes and one of JSON, and would ignore the others",
                    "remove the others in the overlay",
                );
            }
            for (media_type, content) in &content {
                if content.get("schema").is_none() {
                    self.found(
                        "success",
                        &format!("{pointer}/{}", document::escape(media_type)),
                        "there is no schema",
                        "add one in the overlay",
                    );
                }
            }
        }
        let mut schemas = BTreeSet::new();
        for (status, answer) in errors {
            if status == "default" {
                self.found(
                    "errors",
                    "/responses/default",
                    "`default` would include successes",
                    "look at the rule error-responses, which should have corrected it",
                );
            }
            schemas.insert(answer["content"]["application/json"]["schema"].to_string());
        }
        if schemas.len() > 1 {
            self.found(
                "errors",
                "/responses",
                "the generator takes one type for all errors; these differ",
                "look at the rule error-responses, which should have corrected it",
            );
        }
    }
}

/// Returns the schemas of several answers, by status.
fn declared(answers: &[(&String, &Value)]) -> String {
    let contents = answers.iter().flat_map(|(status, answer)| {
        let content = answer["content"].as_object().into_iter().flatten();
        content.map(move |(_, content)| format!("{status} {}", content["schema"]))
    });
    let contents: Vec<_> = contents.collect();
    if contents.is_empty() { String::new() } else { format!(": {}", contents.join(", ")) }
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
