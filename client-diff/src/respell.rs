//! What the generator wants to be spelt otherwise: OpenAPI 3.1 as 3.0, tags as words.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value, json};

use crate::{document::schema_name, openapi31};

/// Returns a document as the generator wants it, with these new names of schemas. A document that is spelt so is not copied.
pub fn for_generator<'d>(document: &'d Value, names: &BTreeMap<String, String>) -> Cow<'d, Value> {
    if is_3_0(document) && are_words(document) && names.is_empty() {
        return Cow::Borrowed(document);
    }
    let mut document = document.clone();
    to_3_0(&mut document);
    tags(&mut document);
    rename_schemas(&mut document, names);
    Cow::Owned(document)
}

/// Keywords of a document of OpenAPI 3.1 that 3.0 does not know.
const ONLY_3_1: [&str; 2] = ["jsonSchemaDialect", "webhooks"];
/// Versions that the generator takes.
const VERSIONS: [&str; 4] = ["3.0.0", "3.0.1", "3.0.2", "3.0.3"];

/// Returns whether [`to_3_0`] leaves a document as it is, but for the version.
fn is_3_0(document: &Value) -> bool {
    document["openapi"].as_str().is_some_and(|version| VERSIONS.contains(&version))
        && !ONLY_3_1.iter().any(|keyword| document.get(keyword).is_some())
        && !any_object(document, &openapi31::is_of_3_1)
}

/// Respells a document of OpenAPI 3.1 as one of 3.0, as far as that can be said there.
fn to_3_0(document: &mut Value) {
    document["openapi"] = json!("3.0.3");
    if let Value::Object(document) = document {
        for keyword in ONLY_3_1 {
            document.shift_remove(keyword);
        }
    }
    each_object(document, &mut |schema| {
        openapi31::null_branches(schema);
        openapi31::constant(schema);
        openapi31::type_list(schema);
        openapi31::exclusive_bounds(schema);
        openapi31::annotations(schema);
    });
    contents(document);
}

/// Returns whether [`contents`] has anything to respell.
pub fn has_contents(node: &Value) -> bool {
    let keywords = ["contentEncoding", "contentMediaType", "prefixItems", "patternProperties"];
    match node {
        Value::Object(map) => {
            keywords.iter().any(|keyword| map.contains_key(*keyword)) || map.values().any(has_contents)
        }
        Value::Array(list) => list.iter().any(has_contents),
        _ => false,
    }
}

/// Respells what the comparison knows by keywords of OpenAPI 3.0 alone: encoded texts, tuples, members by pattern.
pub fn contents(document: &mut Value) {
    each_object(document, &mut |schema| {
        openapi31::encoded_text(schema);
        openapi31::tuple(schema);
        openapi31::members_by_pattern(schema);
    });
}

/// Returns a tag as a part of a name: `system/hardware` as `system_hardware`.
fn word(tag: &str) -> String {
    let word: String = tag.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    word.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// Returns whether each tag can be a part of a name.
fn are_words(document: &Value) -> bool {
    let names = document["tags"].as_array().into_iter().flatten().map(|tag| &tag["name"]);
    let items = document["paths"].as_object().into_iter().flatten();
    let operations = items.filter_map(|(_, item)| item.as_object()).flatten();
    let of_operations = operations.filter_map(|(_, operation)| operation["tags"].as_array()).flatten();
    names.chain(of_operations).filter_map(Value::as_str).all(|tag| word(tag) == tag)
}

/// Respells tags so that each can be a part of a name.
fn tags(document: &mut Value) {
    let respell = |tag: &mut Value| {
        if let Some(text) = tag.as_str() {
            *tag = word(text).into();
        }
    };
    for tag in document.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(name) = tag.get_mut("name") {
            respell(name);
        }
    }
    let items = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    let operations = items.filter_map(|(_, item)| item.as_object_mut()).flatten();
    for (_, operation) in operations {
        operation.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten().for_each(respell);
    }
}

/// Gives schemas other names, wherever they are referred to.
fn rename_schemas(document: &mut Value, names: &BTreeMap<String, String>) {
    if names.is_empty() {
        return;
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        let all = std::mem::take(schemas).into_iter();
        *schemas = all.map(|(name, schema)| (names.get(&name).cloned().unwrap_or(name), schema)).collect();
    }
    each_object(document, &mut |object| {
        if let Some(Value::String(reference)) = object.get_mut("$ref")
            && let Some(new) = schema_name(reference).and_then(|name| names.get(name))
        {
            *reference = format!("#/components/schemas/{new}");
        }
    });
}

/// Calls `f` with every object, the inner ones first. An object of names that are keywords is none of these rules' concern:
/// what they look for has another form there.
fn each_object(node: &mut Value, f: &mut dyn FnMut(&mut Map<String, Value>)) {
    match node {
        Value::Object(map) => {
            map.iter_mut().filter(|(key, _)| !is_literal(key)).for_each(|(_, value)| each_object(value, f));
            f(map);
        }
        Value::Array(list) => list.iter_mut().for_each(|value| each_object(value, f)),
        _ => {}
    }
}

/// Returns whether `is_it` holds for one of the objects that [`each_object`] visits.
fn any_object(node: &Value, is_it: &dyn Fn(&Map<String, Value>) -> bool) -> bool {
    match node {
        Value::Object(map) => {
            is_it(map) || map.iter().filter(|(key, _)| !is_literal(key)).any(|(_, value)| any_object(value, is_it))
        }
        Value::Array(list) => list.iter().any(|value| any_object(value, is_it)),
        _ => false,
    }
}

/// Returns whether the value of a keyword is no schema, whatever it looks like.
fn is_literal(keyword: &str) -> bool {
    ["default", "enum", "example", "const"].contains(&keyword)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_that_is_spelt_for_the_generator_is_not_copied() {
        let document = |version: &str, tag: &str, schema: Value| {
            json!({"openapi": version, "paths": {"/a": {"summary": "s", "get": {"tags": [tag]}}},
                "components": {"schemas": {"A": schema}}})
        };
        let is_borrowed = |document: &Value, names: &BTreeMap<String, String>| {
            matches!(for_generator(document, names), Cow::Borrowed(_))
        };
        let (text, none) = (json!({"type": "string", "enum": [{"const": 1}]}), BTreeMap::new());
        let plain = document("3.0.1", "a_b", text.clone());
        assert!(is_borrowed(&plain, &none));
        assert!(!is_borrowed(&plain, &BTreeMap::from([("A".to_owned(), "B".to_owned())])));
        for other in [
            document("3.1.0", "a_b", text.clone()),
            document("3.0.4", "a_b", text.clone()),
            document("3.0.1", "a/b", text),
            document("3.0.1", "a_b", json!({"properties": {"a": {"type": ["string", "null"]}}})),
        ] {
            assert!(!is_borrowed(&other, &none), "{other}");
        }
    }

    #[test]
    fn null_is_a_flag_in_3_0() {
        let mut document = json!({"openapi": "3.1.0", "components": {"schemas": {
            "A": {"type": ["string", "null"], "const": "a"},
            "B": {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
            "C": {"type": ["string", "integer"]},
            "D": {"type": "integer", "exclusiveMinimum": 3},
        }}});
        to_3_0(&mut document);
        assert_eq!(
            document,
            json!({"openapi": "3.0.3", "components": {"schemas": {
                "A": {"enum": ["a"], "nullable": true, "type": "string"},
                "B": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/A"}]},
                "C": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                "D": {"type": "integer", "exclusiveMinimum": true, "minimum": 3},
            }}})
        );
    }

    #[test]
    fn tags_are_words() {
        let mut document =
            json!({"tags": [{"name": "system/hardware"}], "paths": {"/a": {"get": {"tags": ["a b/c-d"]}}}});
        tags(&mut document);
        assert_eq!(document["tags"][0]["name"], "system_hardware");
        assert_eq!(document["paths"]["/a"]["get"]["tags"], json!(["a_b_c_d"]));
    }

    #[test]
    fn schemas_are_renamed_wherever_they_are() {
        let mut document =
            json!({"components": {"schemas": {"A": {}, "B": {"items": {"$ref": "#/components/schemas/A"}}}}});
        rename_schemas(&mut document, &BTreeMap::from([("A".to_owned(), "C".to_owned())]));
        assert_eq!(
            document,
            json!({"components": {"schemas": {"C": {}, "B": {"items": {"$ref": "#/components/schemas/C"}}}}})
        );
    }
}
