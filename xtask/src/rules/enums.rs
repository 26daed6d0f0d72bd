//! Enums: named where upstream repeats them anonymously, open where the server sends them.

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
                // What is only sent by the client stays closed where it is.
                let concerned = component(at).is_some_and(|name| name == schema || sent.contains(name));
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

/// The component schema that a place belongs to.
fn component(place: &Place) -> Option<&str> {
    place.pointer.strip_prefix("/components/schemas/")?.split('/').next()
}

/// Two lists of the same values, in any order.
fn same_values(a: &Value, b: &Value) -> bool {
    match (a.as_array(), b.as_array()) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().all(|value| b.contains(value)),
        _ => false,
    }
}

/// Puts a reference in the place of an enum; what is said about the place stays.
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
    purpose: "a string enum that the server sends may grow: the known values move to `x-extensible-enum`, and any other string is allowed",
    apply: |doc, _| {
        let sent = sent_by_server(doc);
        let mut found: Vec<(String, Value)> = Vec::new();
        let mut count = 0;
        for_each_schema(doc, &mut |schema, place| {
            let Some(component) = component(place).filter(|name| sent.contains(*name)) else {
                return;
            };
            // One value is a constant, and numbers have no names to offer.
            let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|values| values.len() > 1) else {
                return;
            };
            if !values.iter().all(Value::is_string) {
                return;
            }
            count += 1;
            let values = Value::Array(values.clone());
            if place.pointer == format!("/components/schemas/{component}") {
                schema.shift_remove("enum");
                schema.insert("x-extensible-enum".into(), values);
            } else {
                let words =
                    place.pointer["/components/schemas/".len()..].replace("/properties/", "_").replace('/', "_");
                let name = words.to_upper_camel_case();
                refer(schema, &name);
                found.push((name, json!({ "type": "string", "x-extensible-enum": values })));
            }
        });
        schemas(doc).extend(found);
        count
    },
};

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
                "responses": { "2XX": { "$ref": "#/components/schemas/Answer" } },
            } } },
            "components": { "schemas": {
                "Request": { "properties": { "kind": { "type": "string", "enum": values } } },
                "Answer": { "properties": {
                    "kind": { "$ref": "#/components/schemas/Kind" },
                    "inline": { "type": "string", "enum": values },
                    "constant": { "type": "string", "enum": ["a"] },
                    "level": { "type": "integer", "enum": [1, 2] },
                } },
                "Kind": { "type": "string", "enum": values },
            } },
        });
        let doc = run(&OPEN_ENUMS, doc, 2);
        let open = json!({ "type": "string", "x-extensible-enum": values });
        let schemas = &doc["components"]["schemas"];
        assert_eq!(schemas["Request"]["properties"]["kind"], json!({ "type": "string", "enum": values }));
        assert_eq!(schemas["Kind"], open);
        assert_eq!(schemas["AnswerInline"], open);
        assert_eq!(
            schemas["Answer"]["properties"],
            json!({
                "kind": { "$ref": "#/components/schemas/Kind" },
                "inline": { "$ref": "#/components/schemas/AnswerInline" },
                "constant": { "type": "string", "enum": ["a"] },
                "level": { "type": "integer", "enum": [1, 2] },
            })
        );
    }
}
