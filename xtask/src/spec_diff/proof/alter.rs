//! Every change that can be made to a schema, one at a time.

use serde_json::{Map, Value, json};

use crate::document::schema_ref;

/// Schemas of every kind, to stand in the place of another.
pub fn kinds(other: Option<&str>) -> Vec<Value> {
    let mut kinds = vec![
        json!({"type": "string"}),
        json!({"type": "integer"}),
        json!({"type": "number"}),
        json!({"type": "boolean"}),
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}}),
        json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}),
        json!({"type": "string", "x-extensible-enum": ["a", "b"]}),
        json!({"type": "string", "enum": ["a", "b"]}),
        json!({"type": "integer", "enum": [1, 2]}),
        json!({}),
        json!({"type": "string", "nullable": true}),
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
    ];
    kinds.extend(other.map(schema_ref));
    kinds
}

/// All variants of a schema, each with what was done.
pub fn all(schema: &Map<String, Value>, other: Option<&str>) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut add = |what: String, schema: Value| all.push((what, schema));
    let changed = |change: &dyn Fn(&mut Map<String, Value>)| {
        let mut schema = schema.clone();
        change(&mut schema);
        Value::Object(schema)
    };
    for kind in kinds(other) {
        add(format!("it is {kind}"), kind.clone());
        add(format!("or it is {kind}"), json!({"oneOf": [schema, kind]}));
    }
    add("it is a list of that".into(), json!({"type": "array", "items": schema}));
    add("it is wrapped".into(), json!({"type": "object", "properties": {"data": schema}, "required": ["data"]}));
    if let Some(item) = schema.get("items") {
        add("it is one of that".into(), item.clone());
    }
    let is_nullable = schema.get("nullable") == Some(&json!(true));
    add(
        format!("nullable: {}", !is_nullable),
        changed(&|schema| {
            if let Some(reference) = schema.shift_remove("$ref") {
                schema.insert("allOf".into(), json!([{ "$ref": reference }]));
            }
            schema.insert("nullable".into(), (!is_nullable).into());
        }),
    );
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = |schema: &Map<String, Value>, name: &str| {
        schema.get("required").and_then(Value::as_array).is_some_and(|required| required.contains(&json!(name)))
    };
    for name in properties.into_iter().flat_map(Map::keys) {
        let is_required = required(schema, name);
        add(format!("{name} is removed"), changed(&|schema| remove(schema, name)));
        add(format!("{name} is required: {}", !is_required), changed(&|schema| require(schema, name, !is_required)));
        add(
            format!("{name} is renamed"),
            changed(&|schema| {
                let value = schema["properties"][name].clone();
                remove(schema, name);
                schema["properties"]["renamed"] = value;
                require(schema, "renamed", is_required);
            }),
        );
        for access in ["readOnly", "writeOnly"] {
            add(
                format!("{name} is {access}"),
                changed(&|schema| {
                    let property = &mut schema["properties"][name];
                    match property.get("$ref").cloned() {
                        Some(reference) => *property = json!({"allOf": [{"$ref": reference}], access: true}),
                        None => property[access] = json!(true),
                    }
                }),
            );
        }
    }
    if properties.is_some() {
        for is_required in [true, false] {
            add(
                format!("a property is added, required: {is_required}"),
                changed(&|schema| {
                    schema["properties"]["added"] = json!({"type": "string"});
                    require(schema, "added", is_required);
                }),
            );
        }
    }
    for keyword in ["enum", "x-extensible-enum"] {
        let Some(Value::Array(values)) = schema.get(keyword) else { continue };
        let new = if values.iter().all(Value::is_string) { json!("ADDED") } else { json!(4711) };
        add(
            format!("{new} is added"),
            changed(&|schema| schema[keyword].as_array_mut().expect("values").push(new.clone())),
        );
        if values.len() > 1 {
            add(
                "a value is removed".into(),
                changed(&|schema| drop(schema[keyword].as_array_mut().expect("values").pop())),
            );
        }
        add("all values are allowed".into(), changed(&|schema| drop(schema.shift_remove(keyword))));
    }
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let bounds: &[(&str, Value)] = match kind {
        "string" => &[("minLength", json!(3)), ("maxLength", json!(5)), ("pattern", json!("^[a-z]*$"))],
        "integer" | "number" => &[("minimum", json!(1)), ("maximum", json!(2)), ("multipleOf", json!(5))],
        "array" => &[("minItems", json!(1)), ("maxItems", json!(1)), ("uniqueItems", json!(true))],
        _ => &[],
    };
    for (keyword, value) in bounds {
        // Whether listed values match a pattern is not evaluated: it counts as a break.
        if *keyword == "pattern" && schema.contains_key("enum") {
            continue;
        }
        let is_there = schema.contains_key(*keyword);
        add(
            format!("{keyword}: {}", !is_there),
            changed(&|schema| {
                if schema.shift_remove(*keyword).is_none() {
                    schema.insert((*keyword).into(), value.clone());
                }
            }),
        );
    }
    let formats: &[&str] = match kind {
        "string" => &["uuid", "date-time", "byte"],
        "integer" => &["int32", "int64"],
        "number" => &["double", "float"],
        _ => &[],
    };
    for format in formats {
        add(format!("format {format}"), changed(&|schema| drop(schema.insert("format".into(), json!(format)))));
    }
    if kind == "object" {
        for others in [json!(false), json!(true), json!({"type": "string"})] {
            add(
                format!("other members: {others}"),
                changed(&|schema| drop(schema.insert("additionalProperties".into(), others.clone()))),
            );
        }
    }
    for kind in kinds(None).into_iter().take(4) {
        for keyword in ["items", "additionalProperties"] {
            if schema.get(keyword).is_some_and(Value::is_object) {
                add(format!("{keyword}: {kind}"), changed(&|schema| schema[keyword] = kind.clone()));
            }
        }
    }
    all.retain(|(_, variant)| variant.as_object() != Some(schema));
    all
}

fn remove(schema: &mut Map<String, Value>, name: &str) {
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.shift_remove(name);
    }
    require(schema, name, false);
}

/// Makes a property required, or optional.
pub fn require(schema: &mut Map<String, Value>, name: &str, is_required: bool) {
    let required = schema.entry("required").or_insert_with(|| json!([]));
    let Value::Array(required) = required else { return };
    required.retain(|other| other != name);
    if is_required {
        required.push(json!(name));
    }
    if required.is_empty() {
        schema.shift_remove("required");
    }
}
