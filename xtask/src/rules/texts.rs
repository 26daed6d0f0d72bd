//! Texts that OpenAPI demands, or that stand in where nobody described an operation yet.

use heck::ToSnakeCase;
use serde_json::{Value, json};

use super::Rule;
use crate::document::{for_each_operation, label, object_at};

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
                if answer.get("description").is_none() {
                    answer["description"] = json!(match status.as_str() {
                        "4XX" => "The server refused the request.",
                        "5XX" => "The server, its engine or WhatsApp failed.",
                        _ => "Success.",
                    });
                    count += 1;
                }
            }
        });
        count
    },
};

pub(super) const DERIVED_TEXTS: Rule = Rule {
    name: "derived-texts",
    purpose: "an operation that no overlay describes yet is described by its name",
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
        let doc =
            json!({ "paths": { "/x": { "get": { "responses": { "2XX": {}, "4XX": { "description": "mine" } } } } } });
        let doc = run(&REQUIRED_TEXTS, doc, 2);
        assert_eq!(doc["info"]["title"], "WAHA HTTP API");
        let responses = &doc["paths"]["/x"]["get"]["responses"];
        assert_eq!(responses["2XX"]["description"], "Success.");
        assert_eq!(responses["4XX"]["description"], "mine");
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
