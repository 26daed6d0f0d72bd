//! Lists of types.

use serde_json::{Map, Value, json};

use super::all_of;

/// Respells a list of types as one type with `nullable`, or as a choice.
pub fn type_list(schema: &mut Map<String, Value>) -> bool {
    let Some(Value::Array(types)) = schema.get("type") else { return false };
    let mut types = types.clone();
    let all = types.len();
    types.retain(|name| name != "null");
    if types.len() < all {
        schema.insert("nullable".into(), true.into());
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
    }
    match types.as_slice() {
        [] => drop(schema.shift_remove("type")),
        [one] => drop(schema.insert("type".into(), one.clone())),
        several => {
            let branches = several.iter().filter_map(|kind| branch(kind.as_str()?, schema)).collect();
            schema.retain(|keyword, _| !is_bound_to_a_type(keyword));
            choose(schema, branches);
        }
    }
    true
}

/// Keywords that apply to values of one type, by type.
const OF_TYPE: [(&[&str], &[&str]); 4] = [
    (&["string"], &["minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"]),
    (&["integer", "number"], &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    (&["array"], &["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]),
    (
        &["object"],
        &["properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties"],
    ),
];

/// Returns whether a keyword moves from a schema of several types into the branches for them.
fn is_bound_to_a_type(keyword: &str) -> bool {
    matches!(keyword, "type" | "format" | "enum") || OF_TYPE.iter().any(|(_, keywords)| keywords.contains(&keyword))
}

/// Returns the branch of a schema of several types for one of them, or `None` if no value of its enum has that type.
fn branch(kind: &str, schema: &Map<String, Value>) -> Option<Value> {
    let owned = |(keyword, value): (&String, &Value)| (keyword.clone(), value.clone());
    let mut branch = Map::from_iter([("type".to_owned(), json!(kind))]);
    for (_, keywords) in OF_TYPE.iter().filter(|(kinds, _)| kinds.contains(&kind)) {
        branch.extend(keywords.iter().filter_map(|keyword| schema.get_key_value(*keyword).map(owned)));
    }
    let numbers = ["int32", "int64", "float", "double"];
    let format = schema.get("format").filter(|format| match kind {
        "integer" | "number" => numbers.iter().any(|number| *format == number),
        "string" => !numbers.iter().any(|number| *format == number),
        _ => false,
    });
    branch.extend(format.map(|format| ("format".to_owned(), format.clone())));
    if let Some(Value::Array(values)) = schema.get("enum") {
        let values: Vec<_> = values.iter().filter(|value| is_of(kind, value)).cloned().collect();
        if values.is_empty() {
            return None;
        }
        branch.insert("enum".into(), values.into());
    }
    Some(branch.into())
}

/// Returns whether a literal is of a type; a schema without a type takes any but null.
pub fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => !value.is_null(),
    }
}

/// Adds a choice to a schema, which may have another one.
fn choose(schema: &mut Map<String, Value>, branches: Vec<Value>) {
    if schema.contains_key("anyOf") {
        all_of(schema, json!({ "anyOf": branches }));
    } else {
        schema.insert("anyOf".into(), branches.into());
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::respelt, *};

    #[test]
    fn a_type_list_is_nullable_or_a_choice() {
        respelt(type_list, json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true}));
        respelt(
            type_list,
            json!({"type": ["string", "integer"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        );
        respelt(type_list, json!({"type": ["null"]}), json!({"nullable": true}));
        respelt(
            type_list,
            json!({
                "description": "d", "type": ["string", "array", "object", "null"], "pattern": "x", "format": "uri",
                "items": {"type": "string"}, "properties": {"a": {}}, "required": ["a"],
            }),
            json!({"description": "d", "nullable": true, "anyOf": [
                {"type": "string", "pattern": "x", "format": "uri"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "properties": {"a": {}}, "required": ["a"]},
            ]}),
        );
        respelt(
            type_list,
            json!({"type": ["string", "integer", "boolean"], "enum": ["a", 1]}),
            json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1]}]}),
        );
    }
}
