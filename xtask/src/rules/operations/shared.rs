//! What operations share, and what their paths say for them.

use serde_json::{Map, Value, json};

use super::{Rule, parameters};
use crate::document::METHODS;

/// The sections of `components` whose entries are written out where they are referred to.
const SHARED: [&str; 3] = ["parameters", "requestBodies", "responses"];

pub(in crate::rules) const SHARED_PARTS: Rule = Rule {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::run;

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
}
