//! Nonsense gets an answer: never a panic, never a hang.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{base, compare, report};

/// Documents of which the structure is compared.
const COMPARED: u64 = 1000;
/// Documents that are imported and generated from as well.
const GENERATED: u64 = 40;

/// Something that does not belong where it will stand.
fn nonsense(rng: &mut Rng) -> Value {
    match rng.u8(..14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1.5),
        3 => json!(u64::MAX),
        4 => json!(""),
        5 => json!("#/components/schemas/Nowhere"),
        6 => json!([]),
        7 => json!({}),
        8 => json!([{}, [], null]),
        9 => json!({"$ref": "#/components/schemas/Thing"}),
        10 => json!({"$ref": "#/components/schemas/Nowhere"}),
        11 => json!({"$ref": "other.yaml#/x"}),
        12 => json!({"$ref": 5}),
        _ => {
            json!({"type": ["string", 5, null], "properties": [], "required": "a", "enum": {}, "allOf": {}, "items": 7})
        }
    }
}

/// Changes a value somewhere below `node`.
fn spoil(node: &mut Value, rng: &mut Rng) {
    let goes_on = rng.u8(..8) != 0;
    match node {
        Value::Object(map) if goes_on && !map.is_empty() => {
            let name = map.keys().nth(rng.usize(..map.len())).cloned().unwrap_or_default();
            match rng.u8(..24) {
                0 => drop(map.shift_remove(&name)),
                1 => {
                    let value = map.shift_remove(&name).unwrap_or_default();
                    map.insert(["", "/~", "get", "$ref", "x-y", "Größe", "allOf"][rng.usize(..7)].to_owned(), value);
                }
                _ => spoil(&mut map[&name], rng),
            }
        }
        Value::Array(list) if goes_on && !list.is_empty() => {
            let i = rng.usize(..list.len());
            match rng.u8(..12) {
                0 => drop(list.remove(i)),
                1 => list.push(list[i].clone()),
                _ => spoil(&mut list[i], rng),
            }
        }
        node => *node = nonsense(rng),
    }
}

fn spoiled(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let mut document = base();
    for _ in 0..rng.usize(1..6) {
        spoil(&mut document, &mut rng);
    }
    document
}

#[test]
fn spoilt_documents_are_compared() {
    let base = base();
    let mut differ = 0;
    for seed in 0..COMPARED {
        let head = spoiled(seed);
        differ += usize::from(!compare(&base, &head).is_empty());
        compare(&head, &base);
        assert_eq!(compare(&head, &head).len(), 0, "seed {seed}");
    }
    println!("{COMPARED} spoilt documents, {differ} of them differ from what they were");
}

#[test]
fn spoilt_documents_are_reported_on() {
    let base = base();
    let mut refused = 0;
    for seed in 0..GENERATED {
        let report = report(&base, &spoiled(seed));
        refused += usize::from(report.changes.iter().any(|change| change.rule == "not-generated"));
    }
    println!("{GENERATED} spoilt documents, {refused} of them refused by the import or the generator");
}

/// A document whose schemas are these.
fn with_schemas(schemas: Value) -> Value {
    let mut document = base();
    let all = document["components"]["schemas"].as_object_mut().expect("schemas");
    all.extend(schemas.as_object().cloned().unwrap_or_default());
    document
}

#[test]
fn circles_end() {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let circles = [
        json!({"Thing": reference("Thing")}),
        json!({"Thing": reference("Maker"), "Maker": reference("Thing")}),
        json!({"Thing": {"allOf": [reference("Thing"), {"type": "object"}]}}),
        json!({"Thing": {"allOf": [reference("Maker")]}, "Maker": {"allOf": [reference("Thing")]}}),
        json!({"Thing": {"oneOf": [reference("Thing"), {"type": "string"}]}}),
        json!({"Thing": {"type": "object", "properties": {"parent": reference("Thing"), "all": {"type": "array", "items": reference("Thing")}}}}),
        json!({"Thing": {"type": "object", "additionalProperties": reference("Thing")}}),
        json!({"Thing": {"$ref": "#/components/schemas/Thing/properties/x"}}),
        json!({"Thing": {"$ref": "#"}}),
        json!({"Thing": {"$ref": "#/paths/~1api~1things/get"}}),
    ];
    for (i, schemas) in circles.iter().enumerate() {
        let head = with_schemas(schemas.clone());
        assert!(!report(&base(), &head).changes.is_empty(), "{i}");
        assert!(!report(&head, &base()).changes.is_empty(), "{i}");
        for other in &circles {
            compare(&head, &with_schemas(other.clone()));
        }
    }
}

#[test]
fn depth_and_breadth_are_no_problem() {
    // As deep as the parser lets a document be.
    let deep = |leaf: Value| (0..110).fold(leaf, |inner, _| json!({"type": "array", "items": inner}));
    let head = with_schemas(json!({"Thing": deep(json!({"type": "string"}))}));
    assert!(!report(&base(), &head).changes.is_empty());
    let changes = compare(&head, &with_schemas(json!({"Thing": deep(json!({"type": "integer"}))})));
    assert!(changes.iter().any(|change| change.rule == "response-type-changed"), "{changes:?}");

    let wide = |count: usize| -> Map<String, Value> {
        (0..count).map(|i| (format!("p{i}"), json!({"type": "string"}))).collect()
    };
    let head = with_schemas(json!({"Thing": {"type": "object", "properties": wide(20_000)}}));
    let next = with_schemas(json!({"Thing": {"type": "object", "properties": wide(20_001)}}));
    let added: Vec<_> = compare(&head, &next).iter().map(|change| change.rule).collect();
    assert_eq!(added, ["response-property-added"]);
}
