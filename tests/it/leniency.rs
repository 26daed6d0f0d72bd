//! Compatible changes of the server are read without loss: for every schema that it sends, values with all declared
//! properties, each changed in one place.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde_json::{Value, json};

use crate::{
    calls,
    corpus::{self, Spot},
    support::{Reply, Server},
};

/// How many values are made of each schema.
const SEEDS: u64 = 2;

/// A change that the server may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// Nothing: the value as it was made.
    None,
    /// Add a property that nobody knows.
    UnknownProperty,
    /// Leave out what is optional.
    Absent,
    /// Send null for what is optional, and where the document says so.
    Null,
    /// Send a value that the enum does not know yet.
    UnknownValue,
    /// Write an integer with a fraction of zero.
    Fraction,
}

const ALL_CHANGES: [Change; 6] =
    [Change::None, Change::UnknownProperty, Change::Absent, Change::Null, Change::UnknownValue, Change::Fraction];

const UNKNOWN_PROPERTY: &str = "neverSeenBefore";

/// Makes a value of a schema. All properties are there and none is null, so that each of them can be changed.
fn make(document: &Value, schema: &Value, rng: &mut Rng) -> Value {
    let (_, schema) = corpus::resolve(document, schema);
    if let Some(choices) = schema["enum"].as_array().or(schema["x-extensible-enum"].as_array()) {
        return choices[rng.usize(..choices.len())].clone();
    }
    match schema["type"].as_str() {
        Some("string") => json!(["", "text", "11111111111@c.us", "grün 🦀 \"'\\\n"][rng.usize(..4)]),
        Some("integer") => json!(rng.i64(-1_000_000_000_000..1_000_000_000_000)),
        // In quarters, which survive being printed and read.
        Some("number") => json!(f64::from(rng.i32(..)) / 4.0),
        Some("boolean") => json!(rng.bool()),
        Some("array") => (0..rng.usize(1..3)).map(|_| make(document, &schema["items"], rng)).collect(),
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let properties = properties.map(|(name, schema)| (name.as_str(), schema));
            let others = ["one", "two"].map(|name| (name, &schema["additionalProperties"]));
            let others = others.into_iter().filter(|(_, schema)| schema.is_object());
            properties.chain(others).map(|(name, schema)| (name.to_owned(), make(document, schema, rng))).collect()
        }
        _ => {
            [json!(null), json!(1.5), json!("open"), json!({"a": [1, {"b": null}]}), json!([])][rng.usize(..5)].clone()
        }
    }
}

/// The changes that are possible at a place.
fn changes(spot: &Spot) -> Vec<Change> {
    let Spot { schema, value, .. } = spot;
    let is_object = schema["type"] == "object" && schema["additionalProperties"].is_null();
    let possible = [
        // Once for the value as a whole.
        (Change::None, spot.pointer.is_empty()),
        (Change::UnknownProperty, is_object),
        (Change::Absent, spot.is_optional),
        (Change::Null, spot.is_optional || spot.is_nullable),
        (Change::UnknownValue, schema["x-extensible-enum"].is_array()),
        (Change::Fraction, schema["type"] == "integer" && value.is_i64()),
    ];
    possible.into_iter().filter(|(_, is_possible)| *is_possible).map(|(change, _)| change).collect()
}

fn apply(value: &Value, pointer: &str, change: Change) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    let place = value.pointer_mut(pointer).expect("a place that was found");
    match change {
        Change::None => {}
        Change::UnknownProperty => place[UNKNOWN_PROPERTY] = json!({"a": [1]}),
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

/// A value, changed in one place.
struct Case {
    seed: u64,
    /// As [`Spot::place`], where the change is.
    place: String,
    component: Option<String>,
    pointer: String,
    change: Change,
    value: Value,
}

/// Values of a schema, and every value that a single change makes of them.
fn cases(document: &Value, schema: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in 0..SEEDS {
        let value = make(document, schema, &mut Rng::with_seed(seed));
        for spot in corpus::spots(document, schema, &value) {
            cases.extend(changes(&spot).into_iter().map(|change| Case {
                seed,
                place: spot.place.clone(),
                component: spot.component.map(str::to_owned),
                pointer: spot.pointer.clone(),
                change,
                value: apply(&value, &spot.pointer, change),
            }));
        }
    }
    cases
}

/// What was tried, and what failed.
struct Tally<'a> {
    document: &'a Value,
    schemas: Vec<&'a Value>,
    changes: BTreeMap<Change, usize>,
    tried: BTreeSet<(String, Change)>,
    components: BTreeSet<String>,
    failures: Vec<String>,
}

impl<'a> Tally<'a> {
    fn new(document: &'a Value) -> Self {
        Self {
            document,
            schemas: Vec::new(),
            changes: BTreeMap::new(),
            tried: BTreeSet::new(),
            components: BTreeSet::new(),
            failures: Vec::new(),
        }
    }

    /// Begins a schema.
    fn cases(&mut self, schema: &'a Value) -> Vec<Case> {
        self.schemas.push(schema);
        cases(self.document, schema)
    }

    /// Counts a case of the schema that was begun last, and compares what was read with what was sent.
    fn count(&mut self, what: &str, case: Case, read: Result<Value, String>) {
        let Case { seed, place, component, pointer, change, value } = case;
        let schema = self.schemas.last().expect("a schema was begun");
        let mut fail = |problem: String| {
            self.failures.push(format!("{what}, seed {seed}, {change:?} at {pointer:?}: {problem}\n    {value}"));
        };
        match read {
            Ok(read) => {
                let lost = corpus::compare(self.document, schema, &value, &read).lost.into_iter();
                lost.filter(|(place, _)| !place.ends_with(UNKNOWN_PROPERTY)).for_each(|(_, lost)| fail(lost));
            }
            Err(error) => fail(error),
        }
        *self.changes.entry(change).or_default() += 1;
        self.tried.insert((place, change));
        self.components.extend(component);
    }

    /// Checks that nothing failed, and that every kind of change, component and optional property was tried.
    fn finish(self, what: &str, kinds: impl IntoIterator<Item = Change>) {
        let all: usize = self.changes.values().sum();
        let shown = &self.failures[..self.failures.len().min(20)];
        assert!(self.failures.is_empty(), "{} of {all}:\n{}", self.failures.len(), shown.join("\n"));

        let missing: Vec<_> = kinds.into_iter().filter(|kind| !self.changes.contains_key(kind)).collect();
        assert!(missing.is_empty(), "never tried: {missing:?}");
        let mut reached = BTreeSet::new();
        self.schemas.iter().for_each(|schema| corpus::reach(self.document, schema, &mut reached));
        let missing: Vec<_> = reached.iter().filter(|name| !self.components.contains(**name)).collect();
        assert!(missing.is_empty(), "never made: {missing:?}");
        let optional: Vec<_> = reached.iter().flat_map(|name| self.optional(name)).collect();
        let to_try = optional.iter().flat_map(|place| [(place, Change::Absent), (place, Change::Null)]);
        let missing: Vec<_> =
            to_try.filter(|(place, change)| !self.tried.contains(&((*place).clone(), *change))).collect();
        assert!(missing.is_empty(), "never tried: {missing:?}");
        println!(
            "{} {what}, {SEEDS} seeds, {all} values: {:?}; {} components, {} optional properties absent and null",
            self.schemas.len(),
            self.changes,
            reached.len(),
            optional.len()
        );
    }

    /// The places of the optional properties of a component.
    fn optional(&self, name: &str) -> Vec<String> {
        let schema = &self.document["components"]["schemas"][name];
        let names = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name);
        let optional = names.filter(|property| !corpus::is_required(schema, property));
        optional.map(|property| format!("{name}/{property}")).collect()
    }
}

#[tokio::test]
async fn changed_answers_are_read_without_loss() {
    let document = corpus::document();
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    let calls = calls::all();
    let mut seen = BTreeSet::new();
    let mut tally = Tally::new(&document);
    for (id, schema) in corpus::answer_schemas(&document) {
        if schema["format"] == "binary" || !seen.insert(schema.to_string()) {
            continue;
        }
        let call = calls.iter().find(|call| call.operation == id).unwrap();
        for case in tally.cases(schema) {
            server.set_reply(Reply::json(200, case.value.to_string()));
            let read = match (call.send)(session.clone()).await {
                Ok(outcome) => corpus::read_answer(&document, schema, &case.value, &outcome.json),
                Err(error) => Err(error.to_string()),
            };
            tally.count(id, case, read);
        }
    }
    tally.finish("schemas of answers", ALL_CHANGES);
}

#[test]
fn changed_events_are_read_without_loss() {
    let document = corpus::document();
    let readers: BTreeMap<_, _> = corpus::WEBHOOKS.iter().copied().collect();
    let mut tally = Tally::new(&document);
    for (event, schema) in corpus::event_schemas(&document) {
        let (name, _) = corpus::resolve(&document, schema);
        let read = readers[name.expect("a component")];
        for case in tally.cases(schema) {
            let read = read(&case.value.to_string());
            tally.count(event, case, read);
        }
    }
    tally.finish("schemas of events", ALL_CHANGES);
}

/// A member of an error that cannot be read is left out without an error, so this test compares what was read.
#[tokio::test]
async fn changed_errors_are_read_without_loss() {
    let document = corpus::document();
    let server = Server::start(Reply::new(200, None, "")).await;
    let client = server.client();
    let responses = &document["paths"]["/ping"]["get"]["responses"];
    let mut tally = Tally::new(&document);
    for status in [422, 500] {
        let schema = &responses[format!("{}XX", status / 100)]["content"]["application/json"]["schema"];
        for case in tally.cases(schema) {
            server.set_reply(Reply::json(status, case.value.to_string()));
            let error = client.observability().ping().send().await.unwrap_err();
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{error}");
            let read = error.body().ok_or_else(|| error.to_string());
            let read = read.and_then(|body| serde_json::to_value(body).map_err(|error| error.to_string()));
            tally.count(&status.to_string(), case, read);
        }
    }
    // No member of an error is an enum.
    let kinds = ALL_CHANGES.into_iter().filter(|kind| *kind != Change::UnknownValue);
    tally.finish("schemas of errors", kinds);
}
