//! Keywords of OpenAPI 3.1 in a schema, respelt as OpenAPI 3.0.
//!
//! Each function respells one keyword of one schema, and returns whether it changed anything. What 3.0 cannot say is left as
//! it is: [`LOST`] names those keywords.

use serde_json::{Map, Value, json};

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

/// Adds a schema to the `allOf` of another one.
fn all_of(schema: &mut Map<String, Value>, also: Value) {
    match schema.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(also),
        _ => drop(schema.insert("allOf".into(), json!([also]))),
    }
}

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

/// Respells the content of a text: text in base64 has the format `byte`, bytes have the format `binary`. Other encodings
/// and media types say nothing that the type of a text depends on, and are removed.
pub fn encoded_text(schema: &mut Map<String, Value>) -> bool {
    // A property may have the name of a keyword: its schema is no text.
    let is_keyword = |value: &Value| value.is_string();
    let mut take = |keyword: &str| {
        schema.get(keyword).filter(|value| is_keyword(value))?;
        schema.shift_remove(keyword).and_then(|value| value.as_str().map(str::to_ascii_lowercase))
    };
    let (encoding, media_type) = (take("contentEncoding"), take("contentMediaType"));
    let format = match (encoding.as_deref(), media_type.as_deref()) {
        (None, None) => return false,
        (Some("base64" | "base64url"), _) => Some("byte"),
        (None, Some("application/octet-stream")) => Some("binary"),
        _ => None,
    };
    schema.shift_remove("contentSchema");
    let is_text = schema.get("type").is_none_or(|kind| kind == "string");
    if let Some(format) = format.filter(|_| is_text) {
        schema.entry("type").or_insert_with(|| "string".into());
        schema.entry("format").or_insert_with(|| format.into());
    }
    true
}

/// Respells a tuple as a list whose elements are any of those of the tuple.
pub fn tuple(schema: &mut Map<String, Value>) -> bool {
    let Some(Value::Array(elements)) = schema.get("prefixItems").cloned() else { return false };
    schema.shift_remove("prefixItems");
    let mut kinds: Vec<Value> = Vec::new();
    let length = elements.len() as u64;
    let is_closed = schema.get("maxItems").and_then(Value::as_u64).is_some_and(|most| most <= length);
    let others = match schema.shift_remove("items") {
        Some(Value::Bool(false)) => {
            schema.entry("maxItems").or_insert_with(|| length.into());
            None
        }
        _ if is_closed => None,
        Some(items @ Value::Object(_)) => Some(items),
        _ => Some(json!({})),
    };
    for element in elements.into_iter().chain(others) {
        let element = if element.is_object() { element } else { json!({}) };
        if !kinds.contains(&element) {
            kinds.push(element);
        }
    }
    // Whatever may be anything is no choice.
    let items = match kinds.len() {
        _ if kinds.contains(&json!({})) => json!({}),
        0 => json!({}),
        1 => kinds.swap_remove(0),
        _ => json!({ "anyOf": kinds }),
    };
    schema.insert("items".into(), items);
    schema.entry("type").or_insert_with(|| "array".into());
    true
}

/// Respells members whose names match a pattern as further members of that type, if no others are allowed or declared.
pub fn members_by_pattern(schema: &mut Map<String, Value>) -> bool {
    let Some(Value::Object(patterns)) = schema.get("patternProperties") else { return false };
    let mut kinds = patterns.values();
    let (Some(kind), true) = (kinds.next(), schema.get("additionalProperties").is_none_or(|others| others == false))
    else {
        return false;
    };
    if !kind.is_object() || schema.contains_key("properties") || !kinds.all(|other| other == kind) {
        return false;
    }
    let kind = kind.clone();
    schema.shift_remove("patternProperties");
    schema.insert("additionalProperties".into(), kind);
    schema.entry("type").or_insert_with(|| "object".into());
    true
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn respelt(rule: fn(&mut Map<String, Value>) -> bool, from: Value, to: Value) {
        let Value::Object(mut schema) = from.clone() else { panic!("{from} is no schema") };
        assert!(is_of_3_1(&schema) || from == to, "{from}");
        let changed = rule(&mut schema);
        assert_eq!(changed, from != to, "{from}");
        assert_eq!(Value::from(schema.clone()), to);
        assert!(!rule(&mut schema), "{from} changes twice");
    }

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
    fn encoded_text_has_a_format() {
        let text = |more: Value| {
            let mut schema = json!({"type": "string"});
            schema.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            schema
        };
        for (from, to) in [
            (json!({"contentEncoding": "base64", "contentMediaType": "image/png"}), json!({"format": "byte"})),
            (json!({"contentMediaType": "application/octet-stream"}), json!({"format": "binary"})),
            (json!({"contentMediaType": "application/json", "contentSchema": {"type": "object"}}), json!({})),
            (json!({"contentEncoding": "quoted-printable"}), json!({})),
        ] {
            respelt(encoded_text, text(from), text(to));
        }
        respelt(
            encoded_text,
            json!({"contentEncoding": {"type": "string"}}),
            json!({"contentEncoding": {"type": "string"}}),
        );
    }

    #[test]
    fn a_tuple_is_a_list() {
        let (text, number) = (json!({"type": "string"}), json!({"type": "number"}));
        for (from, to) in [
            (
                json!({"type": "array", "prefixItems": [number, number], "items": false}),
                json!({"type": "array", "maxItems": 2, "items": number}),
            ),
            (
                json!({"type": "array", "prefixItems": [text, number], "minItems": 2, "maxItems": 2}),
                json!({"type": "array", "minItems": 2, "maxItems": 2, "items": {"anyOf": [text, number]}}),
            ),
            (
                json!({"prefixItems": [text], "items": number}),
                json!({"type": "array", "items": {"anyOf": [text, number]}}),
            ),
            (json!({"type": "array", "prefixItems": [text]}), json!({"type": "array", "items": {}})),
        ] {
            respelt(tuple, from, to);
        }
    }

    #[test]
    fn members_by_one_pattern_are_a_map() {
        let of = |kind: &str| json!({"type": kind});
        respelt(
            members_by_pattern,
            json!({"type": "object", "patternProperties": {"^a": of("string")}, "additionalProperties": false}),
            json!({"type": "object", "additionalProperties": of("string")}),
        );
        let several = json!({"patternProperties": {"^a": of("string"), "^b": of("integer")}});
        respelt(members_by_pattern, several.clone(), several);
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
