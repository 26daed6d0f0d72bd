//! Rules that turn OpenAPI 3.1, and invalid spellings, into OpenAPI 3.0.

use serde_json::{Map, Value, json};

use client_diff::openapi31;

use super::Rule;
use crate::{
    document::{for_each_schema, schema_name},
    names::Names,
};

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

/// Returns a rule that respells keywords of OpenAPI 3.1 in every schema.
const fn respelling(name: &'static str, purpose: &'static str, apply: fn(&mut Value, &Names) -> usize) -> Rule {
    Rule { name, purpose, apply }
}

pub(super) const TYPE_LISTS: Rule =
    respelling("type-lists", "3.1: a list of types is one type with `nullable`, or a choice", |doc, _| {
        count_schemas(doc, openapi31::type_list)
    });

pub(super) const NULL_BRANCHES: Rule = respelling(
    "null-branches",
    "3.1: a branch that is null is `nullable`, and a single other branch is the schema itself",
    |doc, _| count_schemas(doc, openapi31::null_branches),
);

pub(super) const CONSTANTS: Rule =
    respelling("constants", "3.1: `const` is an `enum` of one value", |doc, _| count_schemas(doc, openapi31::constant));

pub(super) const EXCLUSIVE_BOUNDS: Rule = respelling(
    "exclusive-bounds",
    "3.1: a numeric exclusive bound is a bound and a flag, unless the other bound is stricter",
    |doc, _| count_schemas(doc, openapi31::exclusive_bounds),
);

pub(super) const ENCODED_TEXTS: Rule = respelling(
    "encoded-texts",
    "3.1: `contentEncoding` and `contentMediaType` are the formats `byte` and `binary`",
    |doc, _| count_schemas(doc, openapi31::encoded_text),
);

pub(super) const TUPLES: Rule =
    respelling("tuples", "3.1: `prefixItems` are a list of any of them", |doc, _| count_schemas(doc, openapi31::tuple));

pub(super) const MEMBERS_BY_PATTERN: Rule =
    respelling("members-by-pattern", "3.1: `patternProperties` of one type are `additionalProperties`", |doc, _| {
        count_schemas(doc, openapi31::members_by_pattern)
    });

pub(super) const ANNOTATIONS_3_1: Rule = respelling(
    "annotations",
    "3.1: `$schema`, `$id`, `$comment` and a list of examples say nothing about values, and are removed",
    |doc, _| count_schemas(doc, openapi31::annotations),
);

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
    fn keywords_of_3_1_are_respelt_wherever_they_are() {
        for (rule, from, to) in [
            (&TYPE_LISTS, json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (
                &NULL_BRANCHES,
                json!({"anyOf": [{"type": "number"}, {"type": "null"}]}),
                json!({"type": "number", "nullable": true}),
            ),
            (&CONSTANTS, json!({"const": 1}), json!({"enum": [1]})),
            (&EXCLUSIVE_BOUNDS, json!({"exclusiveMinimum": 1}), json!({"exclusiveMinimum": true, "minimum": 1})),
            (
                &ENCODED_TEXTS,
                json!({"type": "string", "contentEncoding": "base64"}),
                json!({"type": "string", "format": "byte"}),
            ),
            (&TUPLES, json!({"type": "array", "prefixItems": [{}]}), json!({"type": "array", "items": {}})),
            (
                &MEMBERS_BY_PATTERN,
                json!({"type": "object", "patternProperties": {"^a": {}}}),
                json!({"type": "object", "additionalProperties": {}}),
            ),
            (&ANNOTATIONS_3_1, json!({"$id": "x"}), json!({})),
        ] {
            let all = json!({"properties": {"a": from, "b": {"type": "array", "items": from}}});
            let expected = json!({"properties": {"a": to, "b": {"type": "array", "items": to}}});
            assert_eq!(schema(rule, all, 2), expected, "{}", rule.name);
        }
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
