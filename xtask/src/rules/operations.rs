//! Rules for operations: parameters, answers, errors, webhooks.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Rule;
use crate::document::{
    METHODS, escape, for_each_operation, for_each_schema, object_at, path_shape, schema_name, schema_ref, schemas,
    sent_by_server,
};

/// Name of the schema for open JSON.
const JSON: &str = "Json";
/// Name of the schema of all errors.
const ERROR_BODY: &str = "ErrorBody";

/// The sections of `components` whose entries are written out where they are referred to.
const SHARED: [&str; 3] = ["parameters", "requestBodies", "responses"];

pub(super) const SHARED_PARTS: Rule = Rule {
    name: "shared-parts",
    purpose: "shared parameters, bodies and answers are copied into their operations, where other rules look for them",
    apply: |doc, _| {
        let mut shared = Map::new();
        if let Some(Value::Object(components)) = doc.get_mut("components") {
            for section in SHARED {
                shared.extend(components.shift_remove_entry(section));
            }
        }
        let shared = json!({ "components": shared });
        let mut count = 0;
        for section in ["paths", "webhooks"] {
            for (_, item) in doc.get_mut(section).and_then(Value::as_object_mut).into_iter().flatten() {
                let Value::Object(item) = item else { continue };
                let mut of_path = match item.shift_remove("parameters") {
                    Some(Value::Array(parameters)) => parameters,
                    _ => Vec::new(),
                };
                count += of_path.iter_mut().map(|parameter| write_out(parameter, &shared)).sum::<usize>();
                for method in METHODS {
                    let Some(Value::Object(operation)) = item.get_mut(method) else { continue };
                    let parts = parameters(operation);
                    count += parts.map(|parameter| write_out(parameter, &shared)).sum::<usize>();
                    count += operation.get_mut("requestBody").map_or(0, |body| write_out(body, &shared));
                    let answers = operation.get_mut("responses").and_then(Value::as_object_mut);
                    let answers = answers.into_iter().flat_map(|answers| answers.values_mut());
                    count += answers.map(|answer| write_out(answer, &shared)).sum::<usize>();
                    count += inherit(operation, &of_path);
                }
            }
        }
        count
    },
};

/// Replaces a reference to a shared part by the part, and returns the number of references followed.
fn write_out(part: &mut Value, shared: &Value) -> usize {
    let mut followed = 0;
    while let Some(target) = part["$ref"].as_str().and_then(|reference| shared.pointer(reference.strip_prefix('#')?))
        // Parts that refer to each other in a circle are nobody's.
        && followed < 8
    {
        *part = target.clone();
        followed += 1;
    }
    followed
}

/// Copies the parameters of a path into an operation that does not declare them itself.
fn inherit(operation: &mut Map<String, Value>, of_path: &[Value]) -> usize {
    let same = |a: &Value, b: &Value| a["name"] == b["name"] && a["in"] == b["in"];
    let own: Vec<Value> = parameters(operation).map(|parameter| parameter.clone()).collect();
    let inherited = of_path.iter().filter(|parameter| !own.iter().any(|own| same(own, parameter)));
    let mut all: Vec<Value> = inherited.cloned().collect();
    let count = all.len();
    if count > 0 {
        all.extend(own);
        operation.insert("parameters".into(), all.into());
    }
    count
}

pub(super) const WEBHOOKS: Rule = Rule {
    name: "webhooks",
    purpose: "`webhooks`, which OpenAPI 3.0 does not have, become `x-webhooks`, which viewers know",
    apply: |doc, _| {
        let Some(Value::Object(events)) = doc.as_object_mut().and_then(|doc| doc.shift_remove("webhooks")) else {
            return 0;
        };
        let count = events.len();
        for (event, item) in events {
            let Some(schema) = body_of(&item) else { continue };
            let entry = json!({ "post": {
                "summary": event,
                "security": [],
                "requestBody": { "content": { "application/json": { "schema": schema } } },
                "responses": { "2XX": { "description": "Any success: the server sends the event no more." } },
            } });
            object_at(doc, &["x-webhooks"]).insert(event, entry);
        }
        count
    },
};

/// JSON pointer of the schema of an event's body, from the event's entry.
pub(super) const BODY: &str = "/post/requestBody/content/application~1json/schema";

/// Returns the schema of an event's body.
fn body_of(item: &Value) -> Option<&Value> {
    item.pointer(BODY)
}

pub(super) const EVENT_CONSTANTS: Rule = Rule {
    name: "event-constants",
    purpose: "the body of a webhook names its own event, and no other",
    apply: |doc, _| {
        let events: Vec<String> = doc["x-webhooks"].as_object().into_iter().flatten().map(|(e, _)| e.clone()).collect();
        let mut count = 0;
        for event in events {
            let body = format!("/x-webhooks/{}{BODY}", escape(&event));
            let named = doc.pointer(&body).and_then(|body| schema_name(body["$ref"].as_str()?));
            let schema = named.map_or(body.clone(), |name| format!("/components/schemas/{}", escape(name)));
            let constant = json!({ "type": "string", "enum": [event] });
            if let Some(property) = doc.pointer_mut(&format!("{schema}/properties/event"))
                && *property != constant
            {
                *property = constant;
                count += 1;
            }
        }
        count
    },
};

pub(super) const EQUIVALENT_PATHS: Rule = Rule {
    name: "equivalent-paths",
    purpose: "paths that differ only in the names of their values become one path, spelt as for `GET`",
    apply: |doc, _| {
        let Some(Value::Object(paths)) = doc.get_mut("paths") else {
            return 0;
        };
        let mut kept: Vec<String> = Vec::new();
        let mut count = 0;
        let (reading, others): (Vec<_>, Vec<_>) = paths.iter().partition(|(_, item)| item.get("get").is_some());
        let spellings: Vec<_> = reading.into_iter().chain(others).map(|(path, _)| path.clone()).collect();
        for path in spellings {
            let Some(first) = kept.iter().find(|first| path_shape(first) == path_shape(&path)).cloned() else {
                kept.push(path);
                continue;
            };
            let Some(Value::Object(second)) = paths.shift_remove(&path) else {
                continue;
            };
            let names: BTreeMap<_, _> =
                path.split('/').zip(first.split('/')).map(|(old, new)| (bare(old), bare(new))).collect();
            let kept_item = object_at(&mut paths[&first], &[]);
            let mut rest = Map::new();
            for (method, mut operation) in second {
                if kept_item.contains_key(&method) {
                    rest.insert(method, operation);
                    continue;
                }
                for parameter in operation.as_object_mut().into_iter().flat_map(parameters) {
                    let new = parameter["name"].as_str().and_then(|name| names.get(name)).copied();
                    if let Some(new) = new.filter(|_| parameter["in"] == "path") {
                        parameter["name"] = json!(new);
                    }
                }
                kept_item.insert(method, operation);
                count += 1;
            }
            // A method that both have stays where it is: the lint of paths tells people.
            if !rest.is_empty() {
                paths.insert(path, Value::Object(rest));
            }
        }
        count
    },
};

/// Returns a segment of a path without its braces.
fn bare(segment: &str) -> &str {
    segment.trim_matches(['{', '}'])
}

/// Calls `f` for every operation, and returns the sum of the places it changed.
fn count_operations(doc: &mut Value, mut f: impl FnMut(&mut Map<String, Value>) -> bool) -> usize {
    let mut count = 0;
    for_each_operation(doc, |_, _, operation| count += usize::from(f(operation)));
    count
}

/// Calls `f` for every parameter, and returns how many it changed.
fn count_parameters(doc: &mut Value, mut f: impl FnMut(&mut Value) -> bool) -> usize {
    let mut count = 0;
    for_each_operation(doc, |_, _, operation| {
        parameters(operation).for_each(|parameter| count += usize::from(f(parameter)))
    });
    count
}

/// Returns the parameters of an operation.
fn parameters(operation: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
}

pub(super) const UNTYPED_PARAMETERS: Rule = Rule {
    name: "untyped-parameters",
    purpose: "a parameter without a type is a string, and a path parameter is always required",
    apply: |doc, _| {
        count_parameters(doc, |parameter| {
            let is_path = parameter["in"] == "path";
            let mut changed = is_path && parameter["required"] != true;
            if changed {
                parameter["required"] = json!(true);
            }
            let schema = object_at(parameter, &["schema"]);
            if !["type", "$ref", "allOf", "oneOf", "anyOf"].iter().any(|keyword| schema.contains_key(*keyword)) {
                schema.insert("type".into(), "string".into());
                changed = true;
            }
            changed
        })
    },
};

pub(super) const INTEGER_PARAMETERS: Rule = Rule {
    name: "integer-parameters",
    purpose: "numbers in a path or a query are integers: the server refuses `limit=1.0`",
    apply: |doc, _| {
        count_parameters(doc, |parameter| {
            let is_number = parameter["schema"]["type"] == "number";
            if is_number {
                parameter["schema"]["type"] = json!("integer");
                parameter["schema"]["format"] = json!("int64");
            }
            is_number
        })
    },
};

pub(super) const SAMPLE_DEFAULTS: Rule = Rule {
    name: "sample-defaults",
    purpose: "required parameters and properties have no default: upstream's is a sample",
    apply: |doc, _| {
        let mut count = count_parameters(doc, |parameter| {
            let is_required = parameter["required"] == true;
            is_required && take_default(&mut parameter["schema"])
        });
        for_each_schema(doc, &mut |schema, _| {
            let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
            for (_, property) in properties.filter(|(name, _)| required.iter().any(|required| *required == **name)) {
                count += usize::from(take_default(property));
            }
        });
        count
    },
};

/// Removes the default of a schema, and returns whether there was one.
fn take_default(schema: &mut Value) -> bool {
    schema.as_object_mut().is_some_and(|schema| schema.shift_remove("default").is_some())
}

pub(super) const SUCCESS_RANGE: Rule = Rule {
    name: "success-range",
    purpose: "all success answers become one `2XX` with all media types, since the declared statuses are often wrong",
    apply: |doc, _| count_operations(doc, one_success),
};

pub(super) const SETTLED_SUCCESS: Rule = Rule {
    name: "settled-success",
    purpose: "of two success answers that contradict each other, the one that an overlay kept becomes `2XX`",
    apply: |doc, _| count_operations(doc, one_success),
};

/// Merges all success answers into one `2XX`, unless they declare different schemas for a media type, which is linted.
fn one_success(operation: &mut Map<String, Value>) -> bool {
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else {
        return false;
    };
    let success: Vec<String> = responses.keys().filter(|status| status.starts_with('2')).cloned().collect();
    let mut contents = Map::new();
    for declared in success.iter().filter_map(|status| responses[status].get("content")?.as_object()) {
        for (media_type, content) in declared {
            let (media_type, content) = plain_media_type(media_type, content);
            if contents.get(&media_type).is_some_and(|other| *other != content) {
                return false;
            }
            contents.insert(media_type, content);
        }
    }
    let description = success.iter().find_map(|status| responses[status].get("description")).cloned();
    let mut answer = Map::from_iter(description.map(|text| ("description".to_owned(), text)));
    if !contents.is_empty() {
        answer.insert("content".into(), contents.into());
    }
    let answer = Value::Object(answer);
    if success == ["2XX"] && same_content(&responses["2XX"], &answer) {
        return false;
    }
    success.iter().for_each(|status| drop(responses.shift_remove(status)));
    responses.insert("2XX".into(), answer);
    true
}

/// Returns whether two answers have the same content. An empty content is the same as none.
fn same_content(a: &Value, b: &Value) -> bool {
    let content = |answer: &Value| answer.get("content").filter(|content| **content != json!({})).cloned();
    content(a) == content(b)
}

/// Normalises a media type: JSON with any parameters is `application/json`, text is kept, and everything else is bytes.
fn plain_media_type(media_type: &str, content: &Value) -> (String, Value) {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.ends_with("json") {
        return ("application/json".to_owned(), content.clone());
    }
    match essence {
        "text/html" | "text/plain" | "text/event-stream" => (media_type.to_owned(), content.clone()),
        _ => (media_type.to_owned(), json!({ "schema": { "type": "string", "format": "binary" } })),
    }
}

pub(super) const ERROR_RESPONSES: Rule = Rule {
    name: "error-responses",
    purpose: "every operation answers `4XX` and `5XX` with the one error body; upstream documents almost none",
    apply: |doc, _| {
        let count = count_operations(doc, |operation| {
            let responses = operation.entry("responses").or_insert_with(|| json!({}));
            let Some(responses) = responses.as_object_mut() else {
                return false;
            };
            let before = responses.len();
            responses.retain(|status, _| status.starts_with('2') || status == "4XX" || status == "5XX");
            let mut changed = responses.len() < before;
            for status in ["4XX", "5XX"] {
                changed |= !responses.contains_key(status);
                responses.entry(status).or_insert_with(
                    || json!({ "content": { "application/json": { "schema": schema_ref(ERROR_BODY) } } }),
                );
            }
            changed
        });
        if count > 0 {
            schemas(doc).entry(ERROR_BODY).or_insert_with(|| json!({ "type": "object" }));
        }
        count
    },
};

pub(super) const OPEN_OBJECTS: Rule = Rule {
    name: "open-objects",
    purpose: "an object without declared members is open JSON, kept as received",
    apply: |doc, _| {
        let mut count = 0;
        for_each_schema(doc, &mut |schema, place| {
            if schema.contains_key("items") && !schema.contains_key("type") {
                schema.insert("type".into(), "array".into());
                count += 1;
            }
            if schema.get("properties") == Some(&json!({})) {
                schema.shift_remove("properties");
            }
            let untyped = schema.get("type").is_none_or(|kind| kind == "object")
                && !STRUCTURE.iter().any(|keyword| schema.contains_key(*keyword));
            if untyped && place.pointer != format!("/components/schemas/{JSON}") {
                schema.shift_remove("type");
                schema.insert("$ref".into(), schema_ref(JSON)["$ref"].clone());
                count += 1;
            }
        });
        if count > 0 {
            schemas(doc).entry(JSON).or_insert_with(|| json!({}));
        }
        count
    },
};

/// Keywords that declare the members of an object.
const STRUCTURE: [&str; 9] = [
    "$ref",
    "properties",
    "patternProperties",
    "additionalProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "enum",
    "x-extensible-enum",
];

pub(super) const OPEN_ANSWERS: Rule = Rule {
    name: "open-answers",
    purpose: "an answer that no overlay describes is open JSON or empty, so that nothing of it is lost",
    apply: |doc, _| {
        let count = count_operations(doc, |operation| {
            let answer = operation.get("responses").and_then(|responses| responses.get("2XX"));
            let is_open =
                !operation.contains_key("summary") && answer.is_some_and(|answer| answer.get("content").is_none());
            if is_open {
                let schema = json!({ "nullable": true, "allOf": [schema_ref(JSON)] });
                operation["responses"]["2XX"]["content"] = json!({ "application/json": { "schema": schema } });
            }
            is_open
        });
        if count > 0 {
            schemas(doc).entry(JSON).or_insert_with(|| json!({}));
        }
        count
    },
};

pub(super) const ABSENT_BODIES: Rule = Rule {
    name: "absent-bodies",
    purpose: "a body that only an overlay describes, and this release does not declare, is removed",
    apply: |doc, _| {
        count_operations(doc, |operation| {
            let is_absent = operation.get("requestBody").is_some_and(|body| body.get("content").is_none());
            if is_absent {
                operation.shift_remove("requestBody");
            }
            is_absent
        })
    },
};

pub(super) const ABSENT_OR_NULL: Rule = Rule {
    name: "absent-or-null",
    purpose: "a member of an answer that can be null can be absent, since the server leaves out what is undefined",
    apply: |doc, _| {
        let sent = sent_by_server(doc);
        let mut count = 0;
        for (name, schema) in schemas(doc) {
            if !sent.contains(name) {
                continue;
            }
            let Some(properties) = schema.get("properties").and_then(Value::as_object).cloned() else {
                continue;
            };
            let Some(Value::Array(required)) = schema.get_mut("required") else {
                continue;
            };
            let before = required.len();
            required.retain(|name| {
                let property = name.as_str().and_then(|name| properties.get(name));
                property.is_none_or(|property| property.get("nullable") != Some(&json!(true)))
            });
            count += before - required.len();
            if required.is_empty()
                && let Some(schema) = schema.as_object_mut()
            {
                schema.shift_remove("required");
            }
        }
        count
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::run;

    /// A document with one operation.
    fn operation(operation: Value) -> Value {
        json!({ "paths": { "/x": { "get": operation } } })
    }

    fn get(doc: &Value) -> &Value {
        &doc["paths"]["/x"]["get"]
    }

    /// An event whose body is the schema `E`.
    fn event() -> Value {
        json!({ "post": { "requestBody": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/E" },
        } } } } })
    }

    #[test]
    fn webhooks() {
        let doc = run(&WEBHOOKS, json!({ "webhooks": { "a.b": event() } }), 1);
        assert_eq!(doc.get("webhooks"), None);
        let item = &doc["x-webhooks"]["a.b"];
        assert_eq!(body_of(item), body_of(&event()));
        assert_eq!(item["post"]["summary"], "a.b");
    }

    #[test]
    fn event_constants() {
        let doc = json!({
            "x-webhooks": { "a.b": event() },
            "components": { "schemas": { "E": { "properties": { "event": { "enum": ["a.b", "c"] } } } } },
        });
        let doc = run(&EVENT_CONSTANTS, doc, 1);
        assert_eq!(
            doc["components"]["schemas"]["E"]["properties"]["event"],
            json!({ "type": "string", "enum": ["a.b"] })
        );
        // A body that is no object names no event; one without a name of its own does.
        for schema in [json!(true), json!({ "type": "string" })] {
            let doc = json!({ "x-webhooks": { "a.b": event() }, "components": { "schemas": { "E": schema } } });
            assert_eq!(run(&EVENT_CONSTANTS, doc.clone(), 0), doc);
        }
        let mut inline = event();
        *inline.pointer_mut(BODY).unwrap() = json!({ "properties": { "event": {} } });
        let doc = run(&EVENT_CONSTANTS, json!({ "x-webhooks": { "a.b": inline } }), 1);
        assert_eq!(body_of(&doc["x-webhooks"]["a.b"]).unwrap()["properties"]["event"]["enum"], json!(["a.b"]));
    }

    #[test]
    fn equivalent_paths() {
        let operation = |name: &str| json!({ "parameters": [{ "in": "path", "name": name }] });
        let doc = run(
            &EQUIVALENT_PATHS,
            json!({ "paths": {
            "/x/{chatId}": { "put": operation("chatId") },
            "/x/{id}": { "get": operation("id") },
            "/x/{id}/y": { "get": operation("id") },
        } }),
            1,
        );
        assert_eq!(
            doc["paths"],
            json!({
                "/x/{id}": { "get": operation("id"), "put": operation("id") },
                "/x/{id}/y": { "get": operation("id") },
            })
        );
    }

    #[test]
    fn equivalent_paths_keep_every_operation() {
        let operation =
            |names: [&str; 2]| json!({ "parameters": names.map(|name| json!({ "in": "path", "name": name })) });
        let doc = json!({ "paths": {
            "/x/{a}/{b}": { "get": operation(["a", "b"]), "put": {} },
            "/x/{b}/{a}": { "put": { "deprecated": true }, "post": operation(["b", "a"]) },
        } });
        let doc = run(&EQUIVALENT_PATHS, doc, 1);
        assert_eq!(
            doc["paths"],
            json!({
                "/x/{a}/{b}": { "get": operation(["a", "b"]), "put": {}, "post": operation(["a", "b"]) },
                "/x/{b}/{a}": { "put": { "deprecated": true } },
            })
        );
    }

    #[test]
    fn shared_parts() {
        let to = |part: &str| json!({ "$ref": format!("#/components/{part}") });
        let id = json!({ "in": "path", "name": "id", "schema": { "type": "string" } });
        let page = json!({ "in": "query", "name": "page" });
        let doc = json!({
            "paths": { "/x/{id}": {
                "parameters": [to("parameters/Id"), { "in": "query", "name": "page", "required": true }],
                "get": {
                    "parameters": [page],
                    "requestBody": to("requestBodies/B"),
                    "responses": { "200": to("responses/R"), "201": to("responses/Nowhere") },
                },
            } },
            "components": {
                "parameters": { "Id": id },
                "requestBodies": { "B": { "content": { "text/plain": {} } } },
                "responses": { "R": to("responses/S"), "S": { "description": "d" } },
                "schemas": {},
            },
        });
        let doc = run(&SHARED_PARTS, doc, 5);
        assert_eq!(
            doc,
            json!({
                "paths": { "/x/{id}": { "get": {
                    "parameters": [id, page],
                    "requestBody": { "content": { "text/plain": {} } },
                    "responses": { "200": { "description": "d" }, "201": to("responses/Nowhere") },
                } } },
                "components": { "schemas": {} },
            })
        );
    }

    #[test]
    fn untyped_parameters() {
        let doc = run(
            &UNTYPED_PARAMETERS,
            operation(json!({ "parameters": [
            { "in": "path", "name": "a", "schema": { "default": "x" } },
            { "in": "query", "name": "b", "schema": { "type": "boolean" } },
            { "in": "query", "name": "c" },
        ] })),
            2,
        );
        assert_eq!(
            get(&doc)["parameters"],
            json!([
                { "in": "path", "name": "a", "schema": { "default": "x", "type": "string" }, "required": true },
                { "in": "query", "name": "b", "schema": { "type": "boolean" } },
                { "in": "query", "name": "c", "schema": { "type": "string" } },
            ])
        );
    }

    #[test]
    fn integer_parameters() {
        let doc = run(
            &INTEGER_PARAMETERS,
            operation(json!({ "parameters": [
            { "in": "query", "name": "limit", "schema": { "type": "number", "default": 10 } },
            { "in": "query", "name": "text", "schema": { "type": "string" } },
        ] })),
            1,
        );
        assert_eq!(
            get(&doc)["parameters"][0]["schema"],
            json!({ "type": "integer", "default": 10, "format": "int64" })
        );
    }

    #[test]
    fn sample_defaults() {
        let mut doc = operation(json!({ "parameters": [
            { "in": "path", "name": "a", "required": true, "schema": { "default": "x" } },
            { "in": "query", "name": "b", "schema": { "default": "y" } },
        ] }));
        doc["components"] = json!({ "schemas": { "S": {
            "required": ["a"],
            "properties": { "a": { "default": "x" }, "b": { "default": "y" } },
        } } });
        let doc = run(&SAMPLE_DEFAULTS, doc, 2);
        assert_eq!(get(&doc)["parameters"][0]["schema"], json!({}));
        assert_eq!(get(&doc)["parameters"][1]["schema"], json!({ "default": "y" }));
        assert_eq!(doc["components"]["schemas"]["S"]["properties"], json!({ "a": {}, "b": { "default": "y" } }));
    }

    #[test]
    fn success_range() {
        let schema = json!({ "schema": { "$ref": "#/components/schemas/S" } });
        let bytes = json!({ "schema": { "type": "string", "format": "binary" } });
        for (responses, hits, expected) in [
            (
                json!({ "200": { "content": { "application/json": schema } } }),
                1,
                json!({ "content": { "application/json": schema } }),
            ),
            (
                json!({ "2XX": { "content": { "application/json": schema } } }),
                0,
                json!({ "content": { "application/json": schema } }),
            ),
            (
                json!({ "200": { "content": { "application/json": schema, "image/png": {} } } }),
                1,
                json!({ "content": { "application/json": schema, "image/png": bytes } }),
            ),
            (
                json!({ "200": { "content": { "application/json; charset=utf-8": schema } }, "201": { "content": { "application/json": schema } } }),
                1,
                json!({ "content": { "application/json": schema } }),
            ),
            (
                json!({ "201": {}, "200": { "content": { "audio/ogg; codecs=opus": {} } } }),
                1,
                json!({ "content": { "audio/ogg; codecs=opus": bytes } }),
            ),
            (json!({ "204": {} }), 1, json!({})),
            (json!({}), 1, json!({})),
        ] {
            let doc = run(&SUCCESS_RANGE, operation(json!({ "responses": responses })), hits);
            assert_eq!(get(&doc)["responses"], json!({ "2XX": expected }));
        }
        let answer = |name: &str| json!({ "content": { "application/json": { "schema": schema_ref(name) } } });
        let contradictory = operation(json!({ "responses": { "200": answer("A"), "201": answer("B") } }));
        assert_eq!(run(&SUCCESS_RANGE, contradictory.clone(), 0), contradictory);
    }

    #[test]
    fn settled_success() {
        let doc = run(&SETTLED_SUCCESS, operation(json!({ "responses": { "201": { "description": "d" } } })), 1);
        assert_eq!(get(&doc)["responses"], json!({ "2XX": { "description": "d" } }));
    }

    #[test]
    fn error_responses() {
        let doc = run(&ERROR_RESPONSES, operation(json!({ "responses": { "2XX": {}, "503": {}, "default": {} } })), 1);
        let error =
            json!({ "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorBody" } } } });
        assert_eq!(get(&doc)["responses"], json!({ "2XX": {}, "4XX": error, "5XX": error }));
        assert_eq!(doc["components"]["schemas"]["ErrorBody"], json!({ "type": "object" }));
    }

    #[test]
    fn open_objects() {
        let doc = json!({ "components": { "schemas": { "S": { "type": "object", "properties": {
            "a": { "type": "object" },
            "b": { "type": "object", "additionalProperties": { "type": "string" } },
            "c": { "description": "d" },
            "d": { "type": "array", "items": {} },
            "e": { "items": { "type": "string" } },
            "f": { "type": "object", "properties": {} },
            "g": { "type": "object", "patternProperties": { "^x": { "type": "string" } } },
        } } } } });
        let doc = run(&OPEN_OBJECTS, doc, 5);
        let json = json!({ "$ref": "#/components/schemas/Json" });
        assert_eq!(
            doc["components"]["schemas"]["S"]["properties"],
            json!({
                "a": json,
                "b": { "type": "object", "additionalProperties": { "type": "string" } },
                "c": { "description": "d", "$ref": "#/components/schemas/Json" },
                "d": { "type": "array", "items": json },
                "e": { "items": { "type": "string" }, "type": "array" },
                "f": json,
                "g": { "type": "object", "patternProperties": { "^x": { "type": "string" } } },
            })
        );
        assert_eq!(doc["components"]["schemas"]["Json"], json!({}));
    }

    #[test]
    fn open_answers() {
        let doc = run(&OPEN_ANSWERS, operation(json!({ "responses": { "2XX": {} } })), 1);
        assert_eq!(
            get(&doc)["responses"]["2XX"]["content"]["application/json"]["schema"],
            json!({ "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Json" }] })
        );
        // A described operation that declares no content has an empty answer, and means it.
        run(&OPEN_ANSWERS, operation(json!({ "summary": "s", "responses": { "2XX": {} } })), 0);
    }

    #[test]
    fn absent_bodies() {
        let doc = run(&ABSENT_BODIES, operation(json!({ "requestBody": { "description": "d" } })), 1);
        assert_eq!(*get(&doc), json!({}));
        run(&ABSENT_BODIES, operation(json!({ "requestBody": { "content": {} } })), 0);
    }

    #[test]
    fn absent_or_null() {
        let mut doc = operation(json!({
            "requestBody": { "$ref": "#/components/schemas/Request" },
            "responses": { "2XX": { "$ref": "#/components/schemas/Answer" } },
        }));
        let schema = json!({ "required": ["a", "b"], "properties": { "a": { "nullable": true }, "b": {} } });
        doc["components"] = json!({ "schemas": { "Request": schema, "Answer": schema } });
        let doc = run(&ABSENT_OR_NULL, doc, 1);
        assert_eq!(doc["components"]["schemas"]["Request"]["required"], json!(["a", "b"]));
        assert_eq!(doc["components"]["schemas"]["Answer"]["required"], json!(["b"]));
    }
}
