//! How long it takes: `cargo test --release -p xtask speed -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{compare, report_with};
use crate::{
    document::{escape, for_each_ref, operations},
    folder::Folder,
    spec_diff::waha,
};

/// What a real pair may take, import and generation of both sides included.
const REAL_PAIR: Duration = Duration::from_millis(900);
/// How much more an operation may cost in the largest document than in ours.
const GROWTH: f64 = 2.0;

/// What is one thing however often the document is repeated: the generator knows it by name.
const SHARED: [&str; 3] = ["ErrorBody", "Json", "SessionName"];

fn document(name: &str) -> Value {
    let path = Folder::of_workspace().openapi().join(name);
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

/// The same, which refers to the schemas of a copy.
fn own(node: &Value, copy: usize) -> Value {
    let mut node = node.clone();
    for_each_ref(&mut node, &mut |reference| {
        if !SHARED.iter().any(|shared| reference.ends_with(&format!("/{shared}"))) {
            reference.push_str(&format!("C{copy}"));
        }
    });
    node
}

/// Our document, so often in one: each copy has resources and schemas of its own.
fn repeated(copies: usize) -> Value {
    let ours = document("waha.json");
    let (mut paths, mut schemas, mut tags) = (Map::new(), Map::new(), Vec::new());
    for copy in 0..copies {
        let own = |node: &Value| own(node, copy);
        for (path, item) in ours["paths"].as_object().into_iter().flatten() {
            let mut item = own(item);
            for operation in item.as_object_mut().into_iter().flatten().map(|(_, operation)| operation) {
                let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
                let id =
                    operation["operationId"].as_str().unwrap_or_default().replacen(&tag, &format!("{tag}{copy}"), 1);
                operation["operationId"] = json!(id);
                operation["tags"] = json!([format!("{tag}{copy}")]);
            }
            paths.insert(format!("/c{copy}{path}"), item);
        }
        for (name, schema) in ours["components"]["schemas"].as_object().into_iter().flatten() {
            let name = if SHARED.contains(&name.as_str()) { name.clone() } else { format!("{name}C{copy}") };
            schemas.insert(name, own(schema));
        }
        for tag in ours["tags"].as_array().into_iter().flatten() {
            tags.push(json!({ "name": format!("{}{copy}", tag["name"].as_str().unwrap_or_default()) }));
        }
    }
    let mut document = ours.clone();
    document["x-webhooks"] = own(&ours["x-webhooks"], 0);
    document["paths"] = paths.into();
    document["components"]["schemas"] = schemas.into();
    document["tags"] = tags.into();
    document
}

/// The next release of a document: in every tenth operation and schema, something is another.
fn next(document: &Value) -> Value {
    let mut next = document.clone();
    let pointers: Vec<_> = operations(document).map(|operation| operation.pointer()).collect();
    for pointer in pointers.iter().step_by(10) {
        if let Some(Value::Array(parameters)) = next.pointer_mut(&format!("{pointer}/parameters")) {
            parameters.push(json!({"name": "trace", "in": "query", "schema": {"type": "string"}}));
        }
    }
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    for (name, _) in schemas.step_by(10) {
        let pointer = format!("/components/schemas/{}/properties", escape(name));
        if let Some(Value::Object(properties)) = next.pointer_mut(&pointer) {
            properties.insert("trace".to_owned(), json!({"type": "string"}));
        }
    }
    next
}

/// The fastest of so many times.
fn time<T>(times: usize, mut what: impl FnMut() -> T) -> (Duration, T) {
    let mut fastest = None;
    for _ in 0..times {
        let begin = Instant::now();
        let result = what();
        let took = begin.elapsed();
        if fastest.as_ref().is_none_or(|(fastest, _)| took < *fastest) {
            fastest = Some((took, result));
        }
    }
    fastest.expect("a time")
}

#[test]
#[ignore = "a measurement"]
fn speed_of_a_real_pair() {
    let context = waha(&Folder::of_workspace()).expect("overlays");
    let base = document("upstream.json");
    let head = next(&base);
    let (compared, changes) = time(5, || compare(&base, &head).len());
    let (took, report) = time(5, || report_with(&base, &head, &context));
    println!(
        "a release against the next: {took:?}, of which the comparison takes {compared:?} ({changes} differences)"
    );
    assert!(report.changes.iter().all(|change| change.rule != "not-generated"), "{:?}", report.summary);
    assert!(took < REAL_PAIR, "{took:?}");
}

#[test]
#[ignore = "a measurement"]
fn speed_grows_with_the_document() {
    let mut costs = Vec::new();
    for copies in [1, 3, 9, 26] {
        let base = repeated(copies);
        let head = next(&base);
        let count = operations(&base).count();
        let (compared, changes) = time(3, || compare(&base, &head).len());
        let (took, report) = time(1, || super::report(&base, &head));
        assert!(report.changes.iter().all(|change| change.rule != "not-generated"), "{:?}", report.changes);
        let per_operation = |took: Duration| took.as_secs_f64() * 1e6 / count as f64;
        println!(
            "{count:>5} operations, {changes:>4} differences: {took:>8.1?}, {:>5.0} µs an operation; compared in {compared:>8.1?}, {:>4.0} µs",
            per_operation(took),
            per_operation(compared),
        );
        costs.push((per_operation(took), per_operation(compared)));
    }
    let (first, last) = (costs[0], costs[costs.len() - 1]);
    assert!(last.0 < GROWTH * first.0 && last.1 < GROWTH * first.1, "{costs:?}");
}
