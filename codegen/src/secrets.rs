//! Secrets: where the document marks them (`x-secret: true`).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::schema_name;

/// The keyword that marks a property of a component schema, or what its `additionalProperties` are.
pub const KEYWORD: &str = "x-secret";

/// Whether a schema is that of a secret.
pub fn is_secret(schema: &Value) -> bool {
    schema[KEYWORD] == true
}

/// The places of secrets in JSON of a schema: the names on the way to each, in which `*` stands for any member or item. All
/// below a place is secret.
pub fn places(document: &Value, schema: &Value) -> Vec<Vec<String>> {
    let mut found = BTreeSet::new();
    collect(document, schema, &mut Vec::new(), &mut Vec::new(), &mut found);
    found.into_iter().collect()
}

fn collect<'a>(
    document: &'a Value,
    schema: &'a Value,
    place: &mut Vec<String>,
    open: &mut Vec<&'a str>,
    found: &mut BTreeSet<Vec<String>>,
) {
    if is_secret(schema) {
        found.insert(place.clone());
        return;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(schema_name) {
        // A schema within itself has its secrets at every depth; the first is marked.
        if !open.contains(&name) {
            open.push(name);
            collect(document, &document["components"]["schemas"][name], place, open, found);
            open.pop();
        }
        return;
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            collect(document, part, place, open, found);
        }
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    let properties = properties.map(|(name, property)| (name.as_str(), property));
    let others = ["items", "additionalProperties"].iter().filter_map(|keyword| schema.get(*keyword));
    for (step, below) in properties.chain(others.map(|schema| ("*", schema))) {
        place.push(step.to_owned());
        collect(document, below, place, open, found);
        place.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_places_of_secrets_are_found_through_references() {
        let document = json!({ "components": { "schemas": {
            "Config": { "properties": {
                "proxy": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Proxy" }] },
                "hooks": { "type": "array", "items": { "$ref": "#/components/schemas/Hook" } },
                "next": { "$ref": "#/components/schemas/Config" },
            } },
            "Proxy": { "properties": { "host": {}, "password": { "type": "string", "x-secret": true } } },
            "Hook": { "properties": { "key": { "x-secret": true }, "id": { "x-secret": false } } },
            "Environment": { "additionalProperties": { "type": "string", "x-secret": true } },
        } } });
        let of = |name: &str| places(&document, &crate::document::schema_ref(name));
        assert_eq!(of("Config"), [vec!["hooks", "*", "key"], vec!["proxy", "password"]]);
        assert_eq!(of("Environment"), [vec!["*"]]);
        assert_eq!(places(&document, &json!({ "x-secret": true })), [Vec::<String>::new()]);
        assert!(of("Nothing").is_empty());
    }
}
