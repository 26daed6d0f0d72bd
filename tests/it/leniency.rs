//! What the server may change without asking is still read: seeded values of every schema that it sends, changed in one
//! place each.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{json, Map, Value};

use crate::{
    calls, corpus,
    support::{Reply, Server},
};

/// How many values are made of each schema.
const SEEDS: u64 = 4;

/// What the server may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// Nothing: the value as it was made.
    None,
    /// Add a property that nobody knows.
    UnknownProperty,
    /// Leave out what is optional.
    Absent,
    /// Send null for what is optional.
    Null,
    /// Send a value that the enum does not know yet.
    UnknownValue,
    /// Write an integer with a fraction of zero.
    Fraction,
}

/// Makes values of the document's schemas.
struct Maker<'a> {
    document: &'a Value,
    rng: Rng,
}

impl Maker<'_> {
    fn resolve<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
        match reference.and_then(|reference| reference.strip_prefix("#/components/schemas/")) {
            Some(name) => self.resolve(&self.document["components"]["schemas"][name]),
            None => schema,
        }
    }

    fn make(&mut self, schema: &Value, depth: usize) -> Value {
        if schema["nullable"] == true && self.rng.u8(..10) == 0 {
            return Value::Null;
        }
        let schema = self.resolve(schema).clone();
        let choices = schema["enum"].as_array().or(schema["x-extensible-enum"].as_array());
        if let Some(choices) = choices {
            return choices[self.rng.usize(..choices.len())].clone();
        }
        match schema["type"].as_str() {
            Some("string") => json!(["", "text", "11111111111@c.us", "grün 🦀 \"'\\\n"][self.rng.usize(..4)]),
            Some("integer") => json!(self.rng.i64(-1_000_000_000_000..1_000_000_000_000)),
            Some("number") => json!(self.rng.f64() * 1e9),
            Some("boolean") => json!(self.rng.bool()),
            Some("array") => {
                let items = &schema["items"];
                (0..self.rng.usize(1..3)).map(|_| self.make(items, depth + 1)).collect()
            }
            Some("object") => self.object(&schema, depth),
            _ => [json!(null), json!(1.5), json!("open"), json!({"a": [1, {"b": null}]}), json!([])]
                [self.rng.usize(..5)]
            .clone(),
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut object = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            // Everything is there at the top, so that every property is changed at least once.
            if is_required(schema, name) || depth < 3 || self.rng.bool() {
                object.insert(name.clone(), self.make(property, depth + 1));
            }
        }
        if schema["additionalProperties"].is_object() {
            for name in ["one", "two"] {
                object.insert(name.to_owned(), self.make(&schema["additionalProperties"], depth + 1));
            }
        }
        Value::Object(object)
    }

    /// All single changes of a value: the pointer, and what to do there.
    fn changes(&self, schema: &Value, value: &Value, pointer: &str, found: &mut Vec<(String, Change)>) {
        let schema = self.resolve(schema);
        match value {
            Value::String(_) if schema["x-extensible-enum"].is_array() => {
                found.push((pointer.to_owned(), Change::UnknownValue))
            }
            Value::Number(number) if schema["type"] == "integer" && number.is_i64() => {
                found.push((pointer.to_owned(), Change::Fraction));
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate().filter(|_| schema["items"].is_object()) {
                    self.changes(&schema["items"], item, &format!("{pointer}/{i}"), found);
                }
            }
            Value::Object(object) if schema["type"] == "object" => {
                if schema["additionalProperties"].is_null() {
                    found.push((pointer.to_owned(), Change::UnknownProperty));
                }
                for (name, value) in object {
                    let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    let property = &schema["properties"][name];
                    if property.is_null() {
                        self.changes(&schema["additionalProperties"], value, &pointer, found);
                        continue;
                    }
                    if !is_required(schema, name) {
                        found.extend([(pointer.clone(), Change::Absent), (pointer.clone(), Change::Null)]);
                    }
                    self.changes(property, value, &pointer, found);
                }
            }
            _ => {}
        }
    }
}

fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|other| other == name))
}

fn apply(value: &Value, pointer: &str, change: Change) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    let place = value.pointer_mut(pointer).expect("a place that was found");
    match change {
        Change::None => {}
        Change::UnknownProperty => place["neverSeenBefore"] = json!({"a": [1]}),
        Change::Null => *place = Value::Null,
        Change::UnknownValue => *place = json!("NEVER_SEEN_BEFORE"),
        Change::Fraction => *place = json!(place.as_i64().expect("an integer") as f64),
        Change::Absent => {
            let name = name.replace("~1", "/").replace("~0", "~");
            value.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(&name);
        }
    }
    value
}

/// A value of a schema, and all that becomes of it by a single change.
fn cases(document: &Value, schema: &Value, seed: u64) -> Vec<(String, Change, Value)> {
    let mut maker = Maker { document, rng: Rng::with_seed(seed) };
    let value = maker.make(schema, 0);
    let mut changes = vec![(String::new(), Change::None)];
    maker.changes(schema, &value, "", &mut changes);
    changes.into_iter().map(|(pointer, change)| (pointer.clone(), change, apply(&value, &pointer, change))).collect()
}

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi/waha.json")).unwrap()
}

/// What was tried, and what failed.
#[derive(Default)]
struct Tally {
    schemas: usize,
    changes: BTreeMap<Change, usize>,
    failures: Vec<String>,
}

impl Tally {
    fn count(&mut self, change: Change, failure: Option<String>) {
        *self.changes.entry(change).or_default() += 1;
        self.failures.extend(failure);
    }

    fn finish(self, what: &str) {
        let all: usize = self.changes.values().sum();
        println!("{} {what}, {SEEDS} seeds, {all} values: {:?}", self.schemas, self.changes);
        let shown = &self.failures[..self.failures.len().min(20)];
        assert!(self.failures.is_empty(), "{} of {all}:\n{}", self.failures.len(), shown.join("\n"));
    }
}

#[tokio::test]
async fn answers_may_change() {
    let document = document();
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    let calls = calls::all();
    let mut seen = BTreeSet::new();
    let mut tally = Tally::default();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let schema = &operation["responses"]["2XX"]["content"]["application/json"]["schema"];
            if schema.is_null() || !seen.insert(schema.to_string()) {
                continue;
            }
            tally.schemas += 1;
            let id = operation["operationId"].as_str().unwrap();
            let call = calls.iter().find(|call| call.operation == id).unwrap();
            for seed in 0..SEEDS {
                for (pointer, change, value) in cases(&document, schema, seed) {
                    server.set_reply(Reply::json(200, value.to_string()));
                    let result = (call.send)(session.clone()).await;
                    let failure = result
                        .err()
                        .map(|error| format!("{id}, seed {seed}, {change:?} at {pointer}: {error}\n    {value}"));
                    tally.count(change, failure);
                }
            }
        }
    }
    tally.finish("schemas of answers");
}

#[test]
fn events_may_change() {
    let document = document();
    let mut tally = Tally::default();
    for (name, read) in corpus::WEBHOOKS {
        tally.schemas += 1;
        for seed in 0..SEEDS {
            for (pointer, change, value) in cases(&document, &document["components"]["schemas"][name], seed) {
                let failure = read(&value.to_string()).err();
                let failure =
                    failure.map(|error| format!("{name}, seed {seed}, {change:?} at {pointer}: {error}\n    {value}"));
                tally.count(change, failure);
            }
        }
    }
    tally.finish("schemas of events");
}
