//! What may not be there: bodies that nobody declares, members that can be null.

use serde_json::{Value, json};

use super::{Rule, count_operations};
use crate::document::{schemas, sent_by_server};

pub(in crate::rules) const ABSENT_BODIES: Rule = Rule {
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

pub(in crate::rules) const ABSENT_OR_NULL: Rule = Rule {
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
    use crate::rules::operations::testing::{get, operation};
    use crate::rules::testing::run;

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
