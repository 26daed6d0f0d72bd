//! Parameters: their types and defaults.

use serde_json::{Value, json};

use super::{Rule, parameters};
use crate::document::{for_each_operation, for_each_schema, object_at};

/// Calls `f` for every parameter, and returns how many it changed.
fn count_parameters(doc: &mut Value, mut f: impl FnMut(&mut Value) -> bool) -> usize {
    let mut count = 0;
    for_each_operation(doc, |_, _, operation| {
        parameters(operation).for_each(|parameter| count += usize::from(f(parameter)))
    });
    count
}

pub(in crate::rules) const UNTYPED_PARAMETERS: Rule = Rule {
    name: "untyped-parameters",
    purpose: "a parameter without a type is a string, and a path parameter is always required",
    apply: |doc, _| {
        count_parameters(doc, |parameter| {
            let is_path = parameter["in"] == "path";
            let mut changed = is_path && parameter["required"] != true;
            if changed {
                parameter["required"] = json!(true);
            }
            let schema = object_at(parameter, &["schema"]);
            if !["type", "$ref", "allOf", "oneOf", "anyOf"].iter().any(|keyword| schema.contains_key(*keyword)) {
                schema.insert("type".into(), "string".into());
                changed = true;
            }
            changed
        })
    },
};

pub(in crate::rules) const INTEGER_PARAMETERS: Rule = Rule {
    name: "integer-parameters",
    purpose: "numbers in a path or a query are integers: the server refuses `limit=1.0`",
    apply: |doc, _| {
        count_parameters(doc, |parameter| {
            let is_number = parameter["schema"]["type"] == "number";
            if is_number {
                parameter["schema"]["type"] = json!("integer");
                parameter["schema"]["format"] = json!("int64");
            }
            is_number
        })
    },
};

pub(in crate::rules) const SAMPLE_DEFAULTS: Rule = Rule {
    name: "sample-defaults",
    purpose: "required parameters and properties have no default: upstream's is a sample",
    apply: |doc, _| {
        let mut count = count_parameters(doc, |parameter| {
            let is_required = parameter["required"] == true;
            is_required && take_default(&mut parameter["schema"])
        });
        for_each_schema(doc, &mut |schema, _| {
            let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
            for (_, property) in properties.filter(|(name, _)| required.iter().any(|required| *required == **name)) {
                count += usize::from(take_default(property));
            }
        });
        count
    },
};

/// Removes the default of a schema, and returns whether there was one.
fn take_default(schema: &mut Value) -> bool {
    schema.as_object_mut().is_some_and(|schema| schema.shift_remove("default").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::operations::testing::{get, operation};
    use crate::rules::testing::run;

    #[test]
    fn untyped_parameters() {
        let doc = run(
            &UNTYPED_PARAMETERS,
            operation(json!({ "parameters": [
            { "in": "path", "name": "a", "schema": { "default": "x" } },
            { "in": "query", "name": "b", "schema": { "type": "boolean" } },
            { "in": "query", "name": "c" },
        ] })),
            2,
        );
        assert_eq!(
            get(&doc)["parameters"],
            json!([
                { "in": "path", "name": "a", "schema": { "default": "x", "type": "string" }, "required": true },
                { "in": "query", "name": "b", "schema": { "type": "boolean" } },
                { "in": "query", "name": "c", "schema": { "type": "string" } },
            ])
        );
    }

    #[test]
    fn integer_parameters() {
        let doc = run(
            &INTEGER_PARAMETERS,
            operation(json!({ "parameters": [
            { "in": "query", "name": "limit", "schema": { "type": "number", "default": 10 } },
            { "in": "query", "name": "text", "schema": { "type": "string" } },
        ] })),
            1,
        );
        assert_eq!(
            get(&doc)["parameters"][0]["schema"],
            json!({ "type": "integer", "default": 10, "format": "int64" })
        );
    }

    #[test]
    fn sample_defaults() {
        let mut doc = operation(json!({ "parameters": [
            { "in": "path", "name": "a", "required": true, "schema": { "default": "x" } },
            { "in": "query", "name": "b", "schema": { "default": "y" } },
        ] }));
        doc["components"] = json!({ "schemas": { "S": {
            "required": ["a"],
            "properties": { "a": { "default": "x" }, "b": { "default": "y" } },
        } } });
        let doc = run(&SAMPLE_DEFAULTS, doc, 2);
        assert_eq!(get(&doc)["parameters"][0]["schema"], json!({}));
        assert_eq!(get(&doc)["parameters"][1]["schema"], json!({ "default": "y" }));
        assert_eq!(doc["components"]["schemas"]["S"]["properties"], json!({ "a": {}, "b": { "default": "y" } }));
    }
}
