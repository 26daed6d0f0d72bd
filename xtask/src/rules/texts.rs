//! Rules for texts that OpenAPI demands, and for operations that no overlay describes.

use heck::ToSnakeCase;
use serde_json::{Value, json};

use super::{Rule, operations::BODY};
use crate::document::{for_each_operation, label, object_at, schema_name};

pub(super) const REQUIRED_TEXTS: Rule = Rule {
    name: "required-texts",
    purpose: "OpenAPI demands a title for the document and a description for every answer",
    apply: |doc, _| {
        let info = object_at(doc, &["info"]);
        let mut count = usize::from(!info.contains_key("title"));
        info.entry("title").or_insert_with(|| json!("WAHA HTTP API"));
        for_each_operation(doc, |_, _, operation| {
            let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
            for (status, answer) in responses.into_iter().flatten() {
                if let Value::Object(answer) = answer
                    && !answer.contains_key("description")
                {
                    let text = match status.as_str() {
                        "4XX" => "The server refused the request.",
                        "5XX" => "The server, its engine or WhatsApp failed.",
                        _ => "Success.",
                    };
                    answer.insert("description".into(), text.into());
                    count += 1;
                }
            }
        });
        count
    },
};

pub(super) const WEBHOOK_TEXTS: Rule = Rule {
    name: "webhook-texts",
    purpose: "an event gets the description of its body",
    apply: |doc, _| {
        let components = doc["components"]["schemas"].clone();
        let mut count = 0;
        for (_, item) in doc.get_mut("x-webhooks").and_then(Value::as_object_mut).into_iter().flatten() {
            let Some(body) = item.pointer(BODY) else { continue };
            let schema = body["$ref"].as_str().and_then(schema_name).map_or(body, |name| &components[name]);
            let description = schema["description"].as_str().map(str::to_owned);
            if let Some(description) = description
                && let Some(post) = item["post"].as_object_mut()
                && !post.contains_key("description")
            {
                post.insert("description".into(), description.into());
                count += 1;
            }
        }
        count
    },
};

pub(super) const DERIVED_TEXTS: Rule = Rule {
    name: "derived-texts",
    purpose: "an operation that no overlay describes gets its name as description",
    apply: |doc, _| {
        let mut count = 0;
        for_each_operation(doc, |path, method, operation| {
            if operation.contains_key("summary") {
                return;
            }
            let words = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_snake_case();
            let mut summary = words.replace('_', " ");
            if let Some(first) = summary.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            operation.insert("summary".into(), summary.into());
            operation.insert(
                "description".into(),
                format!("`{}`, which this release of the document does not describe yet.", label(path, method)).into(),
            );
            count += 1;
        });
        count
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::run;

    #[test]
    fn required_texts() {
        let doc = json!({ "paths": { "/x": { "get": { "responses": { "2XX": {}, "4XX": { "description": "mine" }, "5XX": null } } } } });
        let doc = run(&REQUIRED_TEXTS, doc, 2);
        assert_eq!(doc["info"]["title"], "WAHA HTTP API");
        let responses = &doc["paths"]["/x"]["get"]["responses"];
        assert_eq!(responses["2XX"]["description"], "Success.");
        assert_eq!(responses["4XX"]["description"], "mine");
    }

    #[test]
    fn webhook_texts() {
        let event = json!({ "post": { "requestBody": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/E" },
        } } } } });
        let doc = json!({
            "x-webhooks": { "a.b": event },
            "components": { "schemas": { "E": { "description": "Something happened." } } },
        });
        let doc = run(&WEBHOOK_TEXTS, doc, 1);
        assert_eq!(doc["x-webhooks"]["a.b"]["post"]["description"], "Something happened.");
    }

    #[test]
    fn derived_texts() {
        let doc = json!({ "paths": { "/x": {
            "get": { "operationId": "things_list_all" },
            "put": { "operationId": "things_set", "summary": "Ours" },
        } } });
        let doc = run(&DERIVED_TEXTS, doc, 1);
        assert_eq!(doc["paths"]["/x"]["get"]["summary"], "Things list all");
        assert_eq!(doc["paths"]["/x"]["put"]["summary"], "Ours");
    }
}
