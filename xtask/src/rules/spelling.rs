//! Rules that turn OpenAPI 3.1, and invalid spellings, into OpenAPI 3.0.

use serde_json::{Map, Value, json};

use super::Rule;
use crate::document::{for_each_schema, is_of, schema_name};

pub(super) const OPENAPI_VERSION: Rule = Rule {
    name: "openapi-version",
    purpose: "the document's version is 3.0.3, the newest one that the generator reads",
    apply: |doc, _| {
        let changed = doc["openapi"] != "3.0.3";
        doc["openapi"] = json!("3.0.3");
        if let Value::Object(doc) = doc {
            doc.shift_remove("jsonSchemaDialect");
        }
        usize::from(changed)
    },
};

pub(super) const TYPE_LISTS: Rule = Rule {
    name: "type-lists",
    purpose: "3.1: a list of types is one type with `nullable`, or a choice",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            let Some(Value::Array(types)) = schema.get("type") else {
                return false;
            };
            let mut types = types.clone();
            let all = types.len();
            types.retain(|name| name != "null");
            if types.len() < all {
                schema.insert("nullable".into(), true.into());
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
        })
    },
};

/// Keywords that apply to values of one type, by type.
const OF_TYPE: [(&[&str], &[&str]); 4] = [
    (&["string"], &["minLength", "maxLength", "pattern"]),
    (&["integer", "number"], &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    (&["array"], &["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]),
    (
        &["object"],
        &["properties", "patternProperties", "additionalProperties", "required", "minProperties", "maxProperties"],
    ),
];

/// Keywords that move from a schema into the branches of a choice of types.
fn is_bound_to_a_type(keyword: &str) -> bool {
    matches!(keyword, "type" | "format" | "enum") || OF_TYPE.iter().any(|(_, keywords)| keywords.contains(&keyword))
}

/// Returns the branch of a schema of several types for one of them, or `None` if no value of its enum has that type.
fn branch(kind: &str, schema: &Map<String, Value>) -> Option<Value> {
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

fn owned((keyword, value): (&String, &Value)) -> (String, Value) {
    (keyword.clone(), value.clone())
}

/// Adds a choice to a schema, which may have another one.
fn choose(schema: &mut Map<String, Value>, branches: Vec<Value>) {
    if schema.contains_key("anyOf") {
        all_of(schema, json!({ "anyOf": branches }));
    } else {
        schema.insert("anyOf".into(), branches.into());
    }
}

/// Adds a schema to the `allOf` of another one.
fn all_of(schema: &mut Map<String, Value>, also: Value) {
    match schema.get_mut("allOf") {
        Some(Value::Array(all)) => all.push(also),
        _ => drop(schema.insert("allOf".into(), json!([also]))),
    }
}

pub(super) const NULL_BRANCHES: Rule = Rule {
    name: "null-branches",
    purpose: "3.1: a branch that is null is `nullable`",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            let mut changed = false;
            for keyword in ["oneOf", "anyOf"] {
                let Some(Value::Array(branches)) = schema.get_mut(keyword) else {
                    continue;
                };
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
                    left.into_iter().for_each(|branch| all_of(schema, branch));
                }
            }
            changed
        })
    },
};

/// Returns whether a schema allows only null.
fn is_null(schema: &Value) -> bool {
    let says = |keyword: &str, what: Value| schema.get(keyword) == Some(&what);
    says("type", json!("null"))
        || says("type", json!(["null"]))
        || says("const", Value::Null)
        || says("enum", json!([null]))
}

pub(super) const CONSTANTS: Rule = Rule {
    name: "constants",
    purpose: "3.1: `const` is an `enum` of one value",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            let Some(value) = schema.shift_remove("const") else {
                return false;
            };
            schema.insert("enum".into(), json!([value]));
            true
        })
    },
};

pub(super) const EXCLUSIVE_BOUNDS: Rule = Rule {
    name: "exclusive-bounds",
    purpose: "3.1: a numeric exclusive bound is a bound and a flag, unless the other bound is stricter",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            let mut changed = false;
            for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
                let Some(value) = schema.get(exclusive).filter(|value| value.is_number()).cloned() else {
                    continue;
                };
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
        })
    },
};

pub(super) const NULL_DEFAULTS: Rule = Rule {
    name: "null-defaults",
    purpose: "`default: null` means that there is no default, and is removed",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            let is_null = schema.get("default") == Some(&Value::Null);
            if is_null {
                schema.shift_remove("default");
            }
            is_null
        })
    },
};

pub(super) const BOOLEAN_REQUIRED: Rule = Rule {
    name: "boolean-required",
    purpose: "`required` is a list in the object, not a flag in the property",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            let mut names = Vec::new();
            let mut changed = false;
            if let Some(Value::Object(properties)) = schema.get_mut("properties") {
                for (name, property) in properties {
                    if let Some(flag) = take_flag(property) {
                        changed = true;
                        if flag {
                            names.push(Value::from(name.as_str()));
                        }
                    }
                }
            }
            if let Some(items) = schema.get_mut("items") {
                changed |= take_flag(items).is_some();
            }
            if !names.is_empty() {
                let list = schema.entry("required").or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    names.retain(|name| !list.contains(name));
                    list.append(&mut names);
                }
            }
            changed
        })
    },
};

/// Removes a boolean `required` from a schema, and returns it.
fn take_flag(schema: &mut Value) -> Option<bool> {
    let flag = schema.get("required")?.as_bool()?;
    schema.as_object_mut()?.shift_remove("required");
    Some(flag)
}

pub(super) const SCALARS_TYPED_OBJECT: Rule = Rule {
    name: "scalars-typed-object",
    purpose: "an enum or a default of strings, numbers or booleans is not an object",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            if schema.get("type") != Some(&json!("object")) || schema.contains_key("properties") {
                return false;
            }
            let sample = schema.get("enum").and_then(|values| values.get(0)).or_else(|| schema.get("default"));
            let scalar = match sample {
                Some(Value::String(_)) => "string",
                Some(Value::Bool(_)) => "boolean",
                Some(Value::Number(number)) if number.is_f64() => "number",
                Some(Value::Number(_)) => "integer",
                _ => return false,
            };
            schema.insert("type".into(), scalar.into());
            true
        })
    },
};

pub(super) const ENUM_VALUES: Rule = Rule {
    name: "enum-values",
    purpose: "an enum lists each value once, and neither null nor the empty string",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            let Some(Value::Array(values)) = schema.get_mut("enum") else {
                return false;
            };
            let all = values.len();
            let mut seen = Vec::new();
            let mut has_null = false;
            values.retain(|value| {
                has_null |= value.is_null();
                let keep = !value.is_null() && *value != "" && !seen.contains(value);
                seen.push(value.clone());
                keep
            });
            let changed = values.len() < all;
            if has_null {
                schema.insert("nullable".into(), true.into());
            }
            changed
        })
    },
};

pub(super) const REF_SIBLINGS: Rule = Rule {
    name: "ref-siblings",
    purpose: "OpenAPI 3.0 ignores keywords beside a `$ref`: the reference moves into an `allOf`",
    apply: |doc, _| {
        count_schemas(doc, |schema| {
            if schema.len() < 2 {
                return false;
            }
            let Some(reference) = schema.shift_remove("$ref") else { return false };
            // What the reference replaces is not what stands beside it: only annotations stay.
            schema.retain(|keyword, _| ANNOTATIONS.contains(&keyword.as_str()));
            schema.insert("allOf".into(), json!([{ "$ref": reference }]));
            true
        })
    },
};

pub(super) const NULLABLE_TYPES: Rule = Rule {
    name: "nullable-types",
    purpose: "OpenAPI 3.0 demands a type beside `nullable`: a nullable reference repeats the type of its schema",
    apply: |doc, _| {
        let components = doc["components"]["schemas"].clone();
        count_schemas(doc, |schema| {
            if schema.get("nullable") != Some(&json!(true)) || schema.contains_key("type") {
                return false;
            }
            let reference = schema.get("allOf").and_then(|all| all[0]["$ref"].as_str()).and_then(schema_name);
            let kind = reference.and_then(|name| components[name].get("type")).cloned();
            kind.is_some_and(|kind| schema.insert("type".into(), kind).is_none())
        })
    },
};

/// Keywords about the place of a schema, and not about its type.
const ANNOTATIONS: [&str; 8] =
    ["nullable", "deprecated", "readOnly", "writeOnly", "description", "title", "default", "x-secret"];

/// Calls `f` for every schema, and returns how many it changed.
fn count_schemas(doc: &mut Value, mut f: impl FnMut(&mut Map<String, Value>) -> bool) -> usize {
    let mut count = 0;
    for_each_schema(doc, &mut |schema, _| count += usize::from(f(schema)));
    count
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rules::testing::run;

    /// Applies a rule to one component schema.
    fn schema(rule: &Rule, schema: Value, hits: usize) -> Value {
        let mut doc = run(rule, json!({"components": {"schemas": {"S": schema}}}), hits);
        doc["components"]["schemas"]["S"].take()
    }

    #[test]
    fn openapi_version() {
        let doc = run(&OPENAPI_VERSION, json!({"openapi": "3.1.0", "jsonSchemaDialect": "x"}), 1);
        assert_eq!(doc, json!({"openapi": "3.0.3"}));
    }

    #[test]
    fn type_lists() {
        assert_eq!(
            schema(
                &TYPE_LISTS,
                json!({"properties": {
                    "a": {"type": ["string", "null"]},
                    "b": {"type": ["string", "integer"]},
                    "c": {"type": ["null"]},
                }}),
                3
            ),
            json!({"properties": {
                "a": {"type": "string", "nullable": true},
                "b": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "c": {"nullable": true},
            }})
        );
        let several = json!({
            "description": "d", "type": ["string", "array", "object", "null"], "pattern": "x", "format": "uri",
            "items": {"type": "string"}, "properties": {"a": {}}, "required": ["a"],
        });
        assert_eq!(
            schema(&TYPE_LISTS, several, 1),
            json!({"description": "d", "nullable": true, "anyOf": [
                {"type": "string", "pattern": "x", "format": "uri"},
                {"type": "array", "items": {"type": "string"}},
                {"type": "object", "properties": {"a": {}}, "required": ["a"]},
            ]})
        );
        assert_eq!(
            schema(&TYPE_LISTS, json!({"type": ["string", "integer", "boolean"], "enum": ["a", 1]}), 1),
            json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1]}]})
        );
    }

    #[test]
    fn null_branches() {
        assert_eq!(
            schema(
                &NULL_BRANCHES,
                json!({"properties": {
                    "a": {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
                    "b": {"anyOf": [{"$ref": "#/components/schemas/S"}, {"type": "null"}]},
                    "c": {"oneOf": [{"type": "string"}]},
                    "d": {"anyOf": [{"type": "string"}, {"type": ["null"]}], "allOf": [{"minLength": 1}]},
                    "e": {"anyOf": [{"const": null}, {"enum": [null]}]},
                }}),
                4
            ),
            json!({"properties": {
                "a": {"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true},
                "b": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/S"}]},
                "c": {"oneOf": [{"type": "string"}]},
                "d": {"allOf": [{"minLength": 1}, {"type": "string"}], "nullable": true},
                "e": {"nullable": true},
            }})
        );
    }

    #[test]
    fn constants() {
        assert_eq!(
            schema(&CONSTANTS, json!({"type": "string", "const": "a"}), 1),
            json!({"type": "string", "enum": ["a"]})
        );
    }

    #[test]
    fn exclusive_bounds() {
        assert_eq!(
            schema(&EXCLUSIVE_BOUNDS, json!({"exclusiveMinimum": 0, "exclusiveMaximum": true}), 1),
            json!({"exclusiveMinimum": true, "exclusiveMaximum": true, "minimum": 0})
        );
        assert_eq!(
            schema(
                &EXCLUSIVE_BOUNDS,
                json!({"minimum": 5, "exclusiveMinimum": 3, "maximum": 9, "exclusiveMaximum": 9}),
                1
            ),
            json!({"minimum": 5, "maximum": 9, "exclusiveMaximum": true})
        );
    }

    #[test]
    fn null_defaults() {
        assert_eq!(
            schema(&NULL_DEFAULTS, json!({"properties": {"a": {"default": null}, "b": {"default": 1}}}), 1),
            json!({"properties": {"a": {}, "b": {"default": 1}}})
        );
    }

    #[test]
    fn boolean_required() {
        assert_eq!(
            schema(
                &BOOLEAN_REQUIRED,
                json!({
                    "required": ["a"],
                    "properties": {
                        "a": {"type": "string", "required": true},
                        "b": {"type": "string", "required": true},
                        "c": {"type": "string", "required": false},
                        "d": {"type": "array", "items": {"type": "string", "required": true}},
                        "required": {"type": "boolean"},
                    },
                }),
                2
            ),
            json!({
                "required": ["a", "b"],
                "properties": {
                    "a": {"type": "string"},
                    "b": {"type": "string"},
                    "c": {"type": "string"},
                    "d": {"type": "array", "items": {"type": "string"}},
                    "required": {"type": "boolean"},
                },
            })
        );
    }

    #[test]
    fn scalars_typed_object() {
        assert_eq!(
            schema(
                &SCALARS_TYPED_OBJECT,
                json!({"properties": {
                    "a": {"type": "object", "enum": ["x"]},
                    "b": {"type": "object", "default": false},
                    "c": {"type": "object", "default": {}},
                    "d": {"type": "object"},
                }}),
                2
            ),
            json!({"properties": {
                "a": {"type": "string", "enum": ["x"]},
                "b": {"type": "boolean", "default": false},
                "c": {"type": "object", "default": {}},
                "d": {"type": "object"},
            }})
        );
    }

    #[test]
    fn enum_values() {
        assert_eq!(
            schema(&ENUM_VALUES, json!({"type": "string", "enum": ["a", "", "b", "a", null]}), 1),
            json!({"type": "string", "enum": ["a", "b"], "nullable": true})
        );
    }

    #[test]
    fn ref_siblings() {
        assert_eq!(
            schema(
                &REF_SIBLINGS,
                json!({"properties": {
                    "a": {"$ref": "#/components/schemas/S", "type": "string", "enum": ["x"], "description": "d"},
                    "b": {"$ref": "#/components/schemas/S"},
                }}),
                1
            ),
            json!({"properties": {
                "a": {"description": "d", "allOf": [{"$ref": "#/components/schemas/S"}]},
                "b": {"$ref": "#/components/schemas/S"},
            }})
        );
    }

    #[test]
    fn nullable_types() {
        let doc = json!({"components": {"schemas": {
            "S": {"properties": {
                "a": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Thing"}]},
                "b": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Json"}]},
                "c": {"nullable": true, "type": "string"},
            }},
            "Thing": {"type": "object"},
            "Json": {},
        }}});
        let doc = run(&NULLABLE_TYPES, doc, 1);
        let properties = &doc["components"]["schemas"]["S"]["properties"];
        assert_eq!(properties["a"]["type"], "object");
        assert_eq!(properties["b"].get("type"), None);
    }
}
