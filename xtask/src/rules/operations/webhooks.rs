//! Events.

use serde_json::{Value, json};

use super::Rule;
use crate::document::{escape, object_at, schema_name};

pub(in crate::rules) const WEBHOOKS: Rule = Rule {
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
pub(in crate::rules) const BODY: &str = "/post/requestBody/content/application~1json/schema";

/// Returns the schema of an event's body.
fn body_of(item: &Value) -> Option<&Value> {
    item.pointer(BODY)
}

pub(in crate::rules) const EVENT_CONSTANTS: Rule = Rule {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::run;

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
}
