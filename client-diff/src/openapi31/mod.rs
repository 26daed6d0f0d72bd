//! Keywords of OpenAPI 3.1 in a schema, respelt as OpenAPI 3.0.
//!
//! Each function respells one keyword of one schema, and returns whether it changed anything. What 3.0 cannot say is left as
//! it is: [`LOST`] names those keywords.

mod contents;
mod nulls;
mod types;

use serde_json::{Map, Value, json};

pub use self::{
    contents::{encoded_text, members_by_pattern, tuple},
    nulls::{is_null, null_branches},
    types::{is_of, type_list},
};

/// Keywords of OpenAPI 3.1 that no function here respells, because OpenAPI 3.0 has nothing that means the same.
pub const LOST: [&str; 17] = [
    "$anchor",
    "$defs",
    "$dynamicRef",
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Respells `const` as an `enum` of one value.
pub fn constant(schema: &mut Map<String, Value>) -> bool {
    // A property may be called `const`: its schema is an object.
    let Some(value) = schema.get("const").filter(|value| !value.is_object()).cloned() else { return false };
    schema.shift_remove("const");
    schema.insert("enum".into(), json!([value]));
    true
}

/// Respells numeric exclusive bounds as bounds with a flag, unless the other bound is stricter.
pub fn exclusive_bounds(schema: &mut Map<String, Value>) -> bool {
    let mut changed = false;
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let Some(value) = schema.get(exclusive).filter(|value| value.is_number()).cloned() else { continue };
        let is_stricter = match (value.as_f64(), schema.get(bound).and_then(Value::as_f64)) {
            (Some(value), Some(other)) if bound == "minimum" => value >= other,
            (Some(value), Some(other)) => value <= other,
            _ => true,
        };
        if is_stricter {
            schema.insert(bound.into(), value);
            schema.insert(exclusive.into(), true.into());
        } else {
            schema.shift_remove(exclusive);
        }
        changed = true;
    }
    changed
}

/// Removes what identifies or comments a schema, and the list of examples, of which a schema of OpenAPI 3.0 has one.
pub fn annotations(schema: &mut Map<String, Value>) -> bool {
    let before = schema.len();
    // A property may have such a name: its schema is an object.
    schema.retain(|keyword, value| match keyword.as_str() {
        "$schema" | "$id" | "$comment" => !value.is_string(),
        "examples" => !value.is_array(),
        _ => true,
    });
    schema.len() < before
}

/// Returns whether any function here may respell something of a schema.
pub fn is_of_3_1(schema: &Map<String, Value>) -> bool {
    schema.iter().any(|(keyword, value)| match (keyword.as_str(), value) {
        ("oneOf" | "anyOf", Value::Array(branches)) => branches.iter().any(is_null),
        ("const", value) => !value.is_object(),
        ("type" | "prefixItems" | "examples", value) => value.is_array(),
        ("exclusiveMinimum" | "exclusiveMaximum", value) => value.is_number(),
        ("contentEncoding" | "contentMediaType" | "$schema" | "$id" | "$comment", value) => value.is_string(),
        ("patternProperties", _) => true,
        _ => false,
    })
}

/// Adds a schema to the `allOf` of another one.
fn all_of(schema: &mut Map<String, Value>, also: Value) {
    match schema.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(also),
        _ => drop(schema.insert("allOf".into(), json!([also]))),
    }
}

#[cfg(test)]
mod testing {
    use super::*;

    #[track_caller]
    pub(super) fn respelt(rule: fn(&mut Map<String, Value>) -> bool, from: Value, to: Value) {
        let Value::Object(mut schema) = from.clone() else { panic!("{from} is no schema") };
        assert!(is_of_3_1(&schema) || from == to, "{from}");
        let changed = rule(&mut schema);
        assert_eq!(changed, from != to, "{from}");
        assert_eq!(Value::from(schema.clone()), to);
        assert!(!rule(&mut schema), "{from} changes twice");
    }
}

#[cfg(test)]
mod tests {
    use super::{testing::respelt, *};

    #[test]
    fn an_exclusive_bound_is_a_bound_and_a_flag() {
        respelt(
            exclusive_bounds,
            json!({"exclusiveMinimum": 0, "exclusiveMaximum": true}),
            json!({"exclusiveMinimum": true, "exclusiveMaximum": true, "minimum": 0}),
        );
        respelt(
            exclusive_bounds,
            json!({"minimum": 5, "exclusiveMinimum": 3, "maximum": 9, "exclusiveMaximum": 9}),
            json!({"minimum": 5, "maximum": 9, "exclusiveMaximum": true}),
        );
    }

    #[test]
    fn a_constant_is_an_enum() {
        respelt(constant, json!({"type": "string", "const": "a"}), json!({"type": "string", "enum": ["a"]}));
        respelt(constant, json!({"const": {"type": "string"}}), json!({"const": {"type": "string"}}));
    }

    #[test]
    fn what_identifies_a_schema_is_removed() {
        respelt(
            annotations,
            json!({"$id": "x", "$comment": "y", "examples": ["z"], "type": "string"}),
            json!({"type": "string"}),
        );
    }
}
