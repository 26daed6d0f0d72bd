//! Rules for enums: anonymous ones get names, and those that the server sends become open.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::Rule;
use crate::document::{Place, for_each_schema, schema_ref, schemas, sent_by_server};

pub(super) const NAMED_ENUMS: Rule = Rule {
    name: "named-enums",
    purpose: "an anonymous enum that names.toml names becomes a schema, together with all that the server sends with the same values",
    apply: |doc, names| {
        let mut count = 0;
        let sent = sent_by_server(doc);
        for (place, name) in &names.enums {
            let Some((schema, property)) = place.split_once('.') else {
                continue;
            };
            let declared = &doc["components"]["schemas"][schema]["properties"][property];
            let declared = if declared.get("items").is_some() { &declared["items"] } else { declared };
            let Some(values) = declared.get("enum").cloned() else {
                continue;
            };
            let kind = declared.get("type").cloned().unwrap_or_else(|| json!("string"));
            for_each_schema(doc, &mut |other, at| {
                // Enums that only the client sends stay closed and anonymous.
                let concerned = at.component().is_some_and(|name| name == schema || sent.contains(name));
                if concerned && other.get("enum").is_some_and(|other| same_values(other, &values)) {
                    refer(other, name);
                    count += 1;
                }
            });
            schemas(doc).insert(name.clone(), json!({ "type": kind, "enum": values }));
        }
        count
    },
};

/// Returns whether two lists have the same values, in any order.
fn same_values(a: &Value, b: &Value) -> bool {
    match (a.as_array(), b.as_array()) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().all(|value| b.contains(value)),
        _ => false,
    }
}

/// Replaces an enum by a reference to a schema. Keywords about the place, such as a description, stay.
fn refer(schema: &mut Map<String, Value>, name: &str) {
    schema.shift_remove("type");
    schema.shift_remove("enum");
    let reference = schema_ref(name);
    if schema.is_empty() {
        schema.insert("$ref".into(), reference["$ref"].clone());
    } else {
        schema.insert("allOf".into(), json!([reference]));
    }
}

pub(super) const OPEN_ENUMS: Rule = Rule {
    name: "open-enums",
    purpose: "the values of a string enum that the server sends move to `x-extensible-enum`, since a release may add values",
    apply: |doc, _| {
        let sent = sent_by_server(doc);
        let mut taken: BTreeSet<String> = schemas(doc).keys().cloned().collect();
        let mut found: Vec<(String, Value)> = Vec::new();
        let mut count = 0;
        for_each_schema(doc, &mut |schema, place| {
            let is_sent = match place.component() {
                Some(name) => sent.contains(name),
                None => place.pointer.contains("/responses/") || place.pointer.starts_with("/x-webhooks/"),
            };
            let is_component = place.pointer.matches('/').count() == 3 && place.component().is_some();
            let is_open = schema.contains_key("x-extensible-enum");
            if is_open && is_component || !is_open && !is_sent {
                return;
            }
            let values = schema.get("x-extensible-enum").or_else(|| schema.get("enum")).and_then(Value::as_array);
            // One value is a constant, and numbers give no names of variants.
            let Some(values) = values.filter(|values| is_open || values.len() > 1) else {
                return;
            };
            if !values.iter().all(Value::is_string) {
                return;
            }
            count += 1;
            let values = Value::Array(values.clone());
            if is_component {
                schema.shift_remove("enum");
                schema.insert("x-extensible-enum".into(), values);
                return;
            }
            let base = name_of(place);
            let mut name = base.clone();
            let mut n = 2;
            while !taken.insert(name.clone()) {
                name = format!("{base}{n}");
                n += 1;
            }
            schema.shift_remove("x-extensible-enum");
            refer(schema, &name);
            found.push((name, json!({ "type": "string", "x-extensible-enum": values })));
        });
        schemas(doc).extend(found);
        count
    },
};

/// Returns a name for an anonymous enum, made of the words of its place.
fn name_of(place: &Place) -> String {
    let place = place.pointer.strip_prefix("/components/schemas").unwrap_or(&place.pointer);
    let is_word = |token: &&str| !["properties", "paths", "content", "schema", "x-webhooks"].contains(token);
    let words: Vec<_> = place.split('/').filter(is_word).map(|token| token.replace("~1", "_")).collect();
    words.join("_").replace(|c: char| !c.is_ascii_alphanumeric(), "_").to_upper_camel_case()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        names::Names,
        rules::testing::{run, run_with},
    };

    #[test]
    fn named_enums() {
        let names = Names { enums: [("A.status".into(), "Status".into())].into(), ..Names::default() };
        let mut doc = json!({
            "x-webhooks": { "e": { "$ref": "#/components/schemas/B" } },
            "components": { "schemas": {
            "A": { "properties": { "status": { "type": "string", "enum": ["on", "off"] } } },
            "Request": { "properties": { "status": { "type": "string", "enum": ["on", "off"] } } },
            "B": { "properties": {
                "list": { "type": "array", "items": { "type": "string", "enum": ["off", "on"] } },
                "given": { "type": "string", "enum": ["on", "off"], "default": "on" },
                "other": { "type": "string", "enum": ["on", "off", "else"] },
            } },
        } } });
        run_with(&NAMED_ENUMS, &mut doc, &names, 3);
        let status = json!({ "$ref": "#/components/schemas/Status" });
        assert_eq!(
            doc["components"]["schemas"],
            json!({
                "A": { "properties": { "status": status } },
                "B": { "properties": {
                    "list": { "type": "array", "items": status },
                    "given": { "default": "on", "allOf": [status] },
                    "other": { "type": "string", "enum": ["on", "off", "else"] },
                } },
                "Request": { "properties": { "status": { "type": "string", "enum": ["on", "off"] } } },
                "Status": { "type": "string", "enum": ["on", "off"] },
            })
        );
    }

    #[test]
    fn open_enums() {
        let values = json!(["a", "b"]);
        let doc = json!({
            "paths": { "/x": { "get": {
                "requestBody": { "$ref": "#/components/schemas/Request" },
                "responses": { "2XX": { "$ref": "#/components/schemas/Answer" }, "4XX": { "schema": { "type": "string", "enum": values } } },
            } } },
            "components": { "schemas": {
                "Request": { "properties": { "kind": { "type": "string", "enum": values } } },
                "AnswerTaken": { "type": "integer" },
                "Answer": { "properties": {
                    "taken": { "type": "string", "x-extensible-enum": values },
                    "kind": { "$ref": "#/components/schemas/Kind" },
                    "inline": { "type": "string", "enum": values },
                    "constant": { "type": "string", "enum": ["a"] },
                    "level": { "type": "integer", "enum": [1, 2] },
                } },
                "Kind": { "type": "string", "enum": values },
            } },
        });
        let doc = run(&OPEN_ENUMS, doc, 4);
        let open = json!({ "type": "string", "x-extensible-enum": values });
        let schemas = &doc["components"]["schemas"];
        assert_eq!(schemas["Request"]["properties"]["kind"], json!({ "type": "string", "enum": values }));
        assert_eq!(schemas["Kind"], open);
        assert_eq!(schemas["AnswerInline"], open);
        assert_eq!(schemas["AnswerTaken"], json!({ "type": "integer" }));
        assert_eq!(schemas["AnswerTaken2"], open);
        let answer = &doc["paths"]["/x"]["get"]["responses"]["4XX"]["schema"];
        assert_eq!(*answer, json!({ "$ref": "#/components/schemas/XGetResponses4xx" }));
        assert_eq!(
            schemas["Answer"]["properties"],
            json!({
                "taken": { "$ref": "#/components/schemas/AnswerTaken2" },
                "kind": { "$ref": "#/components/schemas/Kind" },
                "inline": { "$ref": "#/components/schemas/AnswerInline" },
                "constant": { "type": "string", "enum": ["a"] },
                "level": { "type": "integer", "enum": [1, 2] },
            })
        );
    }
}
