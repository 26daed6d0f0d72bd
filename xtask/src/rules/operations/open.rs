//! What nothing is known of: open JSON.

use serde_json::json;

use super::{Rule, count_operations};
use crate::document::{for_each_schema, schema_ref, schemas};

/// Name of the schema for open JSON.
const JSON: &str = "Json";

pub(in crate::rules) const OPEN_OBJECTS: Rule = Rule {
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

pub(in crate::rules) const OPEN_ANSWERS: Rule = Rule {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::operations::testing::{get, operation};
    use crate::rules::testing::run;

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
}
