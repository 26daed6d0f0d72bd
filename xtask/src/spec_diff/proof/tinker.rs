//! Random changes of a schema: what upstream has done, and what it may do.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::alter::require;
use crate::document::{for_each_schema, schema_ref};

/// The pointers of all schemas of a document.
pub fn places(document: &Value) -> Vec<String> {
    let mut places = Vec::new();
    for_each_schema(&mut document.clone(), &mut |_, place| places.push(place.pointer.clone()));
    places
}

/// Changes one schema, and says what was done.
pub fn change(document: &mut Value, places: &[String], rng: &mut Rng) -> Option<String> {
    if places.is_empty() {
        return None;
    }
    let schemas = document["components"]["schemas"].as_object()?;
    let names: Vec<String> = schemas.keys().cloned().collect();
    let pointer = &places[rng.usize(..places.len())];
    let schema = document.pointer_mut(pointer)?.as_object_mut()?;
    let what = match rng.u8(..12) {
        0..=4 => of_properties(schema, &names, rng)?,
        5 => of_values(schema, rng)?,
        6 => of_bounds(schema, rng)?,
        _ => of_schema(schema, &names, rng)?,
    };
    Some(format!("{what} at {pointer}"))
}

/// A schema of any kind.
fn any(names: &[String], rng: &mut Rng) -> Value {
    match rng.u8(..11) {
        0 => json!({"type": "string"}),
        1 => json!({"type": "integer"}),
        2 => json!({"type": "number"}),
        3 => json!({"type": "boolean"}),
        4 => json!({"type": "array", "items": {"type": "string"}}),
        5 => json!({"type": "object", "additionalProperties": {"type": "integer"}}),
        6 => json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
        7 => json!({"type": "string", "enum": ["a", "b"]}),
        8 => json!({}),
        9 => json!({"type": "string", "nullable": true}),
        _ if names.is_empty() => json!({"type": "object"}),
        _ => schema_ref(&names[rng.usize(..names.len())]),
    }
}

fn of_properties(schema: &mut Map<String, Value>, names: &[String], rng: &mut Rng) -> Option<String> {
    let properties = schema.get_mut("properties")?.as_object_mut()?;
    let declared: Vec<String> = properties.keys().cloned().collect();
    let name = declared.get(rng.usize(..declared.len().max(1)))?.clone();
    let what = match rng.u8(..6) {
        0 => {
            properties.shift_remove(&name);
            require(schema, &name, false);
            format!("{name} goes")
        }
        1 => {
            properties.insert("added".into(), any(names, rng));
            let is_required = rng.bool();
            require(schema, "added", is_required);
            format!("a property comes, required {is_required}")
        }
        2 | 3 => {
            let required = schema.get("required").and_then(Value::as_array);
            let is_required = required.is_some_and(|required| required.contains(&json!(name)));
            require(schema, &name, !is_required);
            format!("{name} is required: {}", !is_required)
        }
        4 => {
            let value = properties.shift_remove(&name)?;
            properties.insert(format!("{name}Renamed"), value);
            let required = schema.get("required").and_then(Value::as_array);
            if required.is_some_and(|required| required.contains(&json!(name))) {
                require(schema, &name, false);
                require(schema, &format!("{name}Renamed"), true);
            }
            format!("{name} has another name")
        }
        _ => {
            let new = any(names, rng);
            let what = format!("{name} is {new}");
            properties.insert(name, new);
            what
        }
    };
    Some(what)
}

fn of_values(schema: &mut Map<String, Value>, rng: &mut Rng) -> Option<String> {
    let keyword = ["enum", "x-extensible-enum"].into_iter().find(|keyword| schema.contains_key(*keyword))?;
    let values = schema.get_mut(keyword)?.as_array_mut()?;
    let what = match rng.u8(..4) {
        0 | 1 => {
            values.push(if values.iter().all(Value::is_string) { json!("ADDED") } else { json!(4711) });
            "a value comes"
        }
        2 if values.len() > 1 => {
            values.remove(rng.usize(..values.len()));
            "a value goes"
        }
        _ => {
            schema.shift_remove(keyword);
            "all values are allowed"
        }
    };
    Some(format!("{keyword}: {what}"))
}

fn of_bounds(schema: &mut Map<String, Value>, rng: &mut Rng) -> Option<String> {
    let (keyword, value) = match schema.get("type")?.as_str()? {
        "string" => {
            [("minLength", json!(3)), ("maxLength", json!(5)), ("pattern", json!("^[a-z]*$"))][rng.usize(..3)].clone()
        }
        "integer" | "number" => {
            [("minimum", json!(1)), ("maximum", json!(2)), ("multipleOf", json!(5))][rng.usize(..3)].clone()
        }
        "array" => {
            [("minItems", json!(1)), ("maxItems", json!(1)), ("uniqueItems", json!(true))][rng.usize(..3)].clone()
        }
        _ => return None,
    };
    if schema.shift_remove(keyword).is_some() {
        return Some(format!("{keyword} goes"));
    }
    schema.insert(keyword.into(), value);
    Some(format!("{keyword} comes"))
}

fn of_schema(schema: &mut Map<String, Value>, names: &[String], rng: &mut Rng) -> Option<String> {
    let what = match rng.u8(..9) {
        0 | 1 => {
            let is_nullable = schema.get("nullable") == Some(&json!(true));
            if let Some(reference) = schema.shift_remove("$ref") {
                schema.insert("allOf".into(), json!([{ "$ref": reference }]));
            }
            schema.insert("nullable".into(), (!is_nullable).into());
            format!("nullable: {}", !is_nullable)
        }
        2 => {
            let new = any(names, rng);
            let what = format!("it is {new}");
            *schema = new.as_object()?.clone();
            what
        }
        3 => {
            let (from, to) = match schema.get("type")?.as_str()? {
                "integer" => ("integer", "number"),
                "number" => ("number", "integer"),
                "string" => ("string", "integer"),
                "boolean" => ("boolean", "string"),
                _ => return None,
            };
            schema.insert("type".into(), to.into());
            for keyword in ["enum", "x-extensible-enum", "format", "default"] {
                schema.shift_remove(keyword);
            }
            format!("{from} becomes {to}")
        }
        4 => {
            let old = Value::Object(std::mem::take(schema));
            let other = any(names, rng);
            let what = format!("or it is {other}");
            schema.insert("oneOf".into(), json!([old, other]));
            what
        }
        5 if schema.contains_key("items") => {
            schema.insert("items".into(), any(names, rng));
            "items".to_owned()
        }
        5 if schema.contains_key("additionalProperties") => {
            schema.insert("additionalProperties".into(), any(names, rng));
            "values".to_owned()
        }
        5 | 6 if schema.get("type") == Some(&json!("object")) => {
            let closed = rng.bool();
            schema.insert("additionalProperties".into(), if closed { json!(false) } else { json!({"type": "string"}) });
            format!("additionalProperties, closed: {closed}")
        }
        7 => {
            schema.insert("description".into(), "Another text.".into());
            schema.insert("x-mark".into(), 1.into());
            "a text".to_owned()
        }
        _ => {
            let format = ["int32", "uuid", "date-time", "double"][rng.usize(..4)];
            schema.insert("format".into(), format.into());
            format!("format {format}")
        }
    };
    Some(what)
}
