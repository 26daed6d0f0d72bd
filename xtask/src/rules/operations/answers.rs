//! Answers: one success, and one kind of error.

use serde_json::{Map, Value, json};

use super::{Rule, count_operations};
use crate::document::{schema_ref, schemas};

/// Name of the schema of all errors.
const ERROR_BODY: &str = "ErrorBody";

pub(in crate::rules) const SUCCESS_RANGE: Rule = Rule {
    name: "success-range",
    purpose: "all success answers become one `2XX` with all media types, since the declared statuses are often wrong",
    apply: |doc, _| count_operations(doc, one_success),
};

pub(in crate::rules) const SETTLED_SUCCESS: Rule = Rule {
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

pub(in crate::rules) const ERROR_RESPONSES: Rule = Rule {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::operations::testing::{get, operation};
    use crate::rules::testing::run;

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
}
