//! Null as a branch of a choice.

use serde_json::{Map, Value, json};

use super::all_of;

/// Respells a branch that is null as `nullable`. If a single branch is left, it becomes a part of the schema itself, so that
/// a keyword that a correction adds replaces that of the branch.
pub fn null_branches(schema: &mut Map<String, Value>) -> bool {
    let mut changed = false;
    for keyword in ["oneOf", "anyOf"] {
        let Some(Value::Array(branches)) = schema.get_mut(keyword) else { continue };
        let all = branches.len();
        branches.retain(|branch| !is_null(branch));
        if branches.len() == all {
            continue;
        }
        changed = true;
        let left = (branches.len() < 2).then(|| branches.pop());
        schema.insert("nullable".into(), true.into());
        if let Some(left) = left {
            schema.shift_remove(keyword);
            left.into_iter().for_each(|branch| join(schema, branch));
        }
    }
    changed
}

/// Returns whether a schema allows null and nothing else.
pub fn is_null(schema: &Value) -> bool {
    let says = |keyword: &str, what: Value| schema.get(keyword) == Some(&what);
    says("type", json!("null"))
        || says("type", json!(["null"]))
        || says("const", Value::Null)
        || says("enum", json!([null]))
}

/// Keywords about the place of a schema, and not about its values.
const ANNOTATIONS: [&str; 9] =
    ["default", "deprecated", "description", "example", "externalDocs", "nullable", "readOnly", "title", "writeOnly"];

/// Makes a schema one with another that applies as well: of the same keywords where that is possible, else by `allOf`.
fn join(schema: &mut Map<String, Value>, other: Value) {
    let Value::Object(other) = other else { return };
    let is_annotation = |keyword: &String| ANNOTATIONS.contains(&keyword.as_str()) || keyword.starts_with("x-");
    let agrees = |(keyword, value): (&String, &Value)| {
        is_annotation(keyword) || schema.get(keyword).is_none_or(|own| own == value)
    };
    // Keywords beside a reference are ignored in 3.0.
    if other.contains_key("$ref") || schema.contains_key("$ref") || !other.iter().all(agrees) {
        return all_of(schema, other.into());
    }
    for (keyword, value) in other {
        schema.entry(keyword).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::respelt, *};

    #[test]
    fn a_null_branch_is_a_flag_and_the_other_branch_is_the_schema() {
        let reference = json!({"$ref": "#/components/schemas/S"});
        for (from, to) in [
            (
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}),
            ),
            (json!({"anyOf": [reference, {"type": "null"}]}), json!({"nullable": true, "allOf": [reference]})),
            (json!({"oneOf": [{"type": "string"}]}), json!({"oneOf": [{"type": "string"}]})),
            (
                json!({"anyOf": [{"type": "number"}, {"type": "null"}], "description": "d"}),
                json!({"type": "number", "nullable": true, "description": "d"}),
            ),
            (
                json!({"anyOf": [{"type": "string", "maxLength": 3}, {"type": ["null"]}], "maxLength": 5}),
                json!({"maxLength": 5, "nullable": true, "allOf": [{"type": "string", "maxLength": 3}]}),
            ),
            (
                json!({"anyOf": [{"type": "string"}, {"type": ["null"]}], "allOf": [{"minLength": 1}]}),
                json!({"allOf": [{"minLength": 1}], "type": "string", "nullable": true}),
            ),
            (json!({"anyOf": [{"const": null}, {"enum": [null]}]}), json!({"nullable": true})),
        ] {
            respelt(null_branches, from, to);
        }
    }
}
