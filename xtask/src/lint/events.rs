//! Lint of events: `EventName`, by which clients choose events, and `x-webhooks`, which says what they bring, name the same.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Finding;
use crate::document::escape;

/// The schema with the names of events.
const NAMES: &str = "EventName";

/// Compares the names in a document. One without the schema has no events to choose.
pub fn lint(doc: &Value) -> Vec<Finding> {
    let Some(names) = doc["components"]["schemas"][NAMES]["x-extensible-enum"].as_array() else { return Vec::new() };
    let names: BTreeSet<&str> = names.iter().filter_map(Value::as_str).collect();
    let events = doc["x-webhooks"].as_object().into_iter().flatten();
    let events: BTreeSet<&str> = events.map(|(name, _)| name.as_str()).collect();
    let unnamed = events.difference(&names).map(|event| {
        Finding::at(
            "event-names",
            event,
            &format!("/x-webhooks/{}", escape(event)),
            format!("the event `{event}` is not among the values of `{NAMES}`"),
            "add it to `EventName` in overlay/webhooks.yaml",
        )
    });
    let unsent = names.difference(&events).map(|event| {
        Finding::at(
            "event-names",
            NAMES,
            &format!("/components/schemas/{NAMES}/x-extensible-enum"),
            format!("`{event}` is no event of `x-webhooks`"),
            "add the event to `x-webhooks` in overlay/webhooks.yaml, or take its name out of `EventName` there",
        )
    });
    unnamed.chain(unsent).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(names: Value, events: Value) -> Vec<String> {
        let doc = json!({
            "x-webhooks": events,
            "components": { "schemas": { "EventName": { "type": "string", "x-extensible-enum": names } } },
        });
        lint(&doc).into_iter().map(|finding| finding.pointer).collect()
    }

    #[test]
    fn a_name_in_one_list_and_not_in_the_other_is_found() {
        assert!(places(json!(["a.b", "c"]), json!({ "c": {}, "a.b": {} })).is_empty());
        assert_eq!(places(json!(["c"]), json!({ "c": {}, "a.b": {} })), ["/x-webhooks/a.b"]);
        let pointer = "/components/schemas/EventName/x-extensible-enum";
        assert_eq!(places(json!(["a.b", "c"]), json!({ "c": {} })), [pointer]);
        assert_eq!(places(json!(["c"]), Value::Null), [pointer]);
        assert!(lint(&json!({ "x-webhooks": { "c": {} } })).is_empty());
    }
}
