//! What large documents need.
//!
//! The memory for a tenth of the largest document is judged whenever tests run. The whole, and the time for it, is measured by
//! `cargo test --release -p client-diff --test size -- --ignored --nocapture`.

#![cfg(target_os = "linux")]

use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

/// Size of the largest document, in bytes.
const SIZE: usize = 12_900_000;
/// Most memory that the comparison of two such documents may need, in KiB.
const MEMORY: u64 = 1 << 20;
/// Longest time that it may take, in a release build.
const TIME: Duration = Duration::from_secs(8);
/// What the program needs whatever the documents are, in KiB: the allocator sets memory aside for each thread.
const PROGRAM: u64 = 64 << 10;

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Adds the operations and schemas of one resource.
fn add_resource(i: usize, paths: &mut Map<String, Value>, schemas: &mut Map<String, Value>) {
    let name = format!("Thing{i}");
    let answer = |schema: Value| json!({"200": {"description": "What was asked for, as it is stored.", "content": {"application/json": {"schema": schema}}}});
    let text = "A text that describes the member, with its unit and with what it means to leave it out.";
    let mut properties = Map::new();
    for (j, schema) in [
        json!({"type": "string"}),
        json!({"type": "integer", "format": "int64", "minimum": 0}),
        json!({"type": "boolean"}),
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "object", "additionalProperties": {"type": "integer"}}),
        json!({"type": "string", "nullable": true}),
        reference(&format!("{name}Kind")),
        reference(&format!("{name}Part")),
    ]
    .into_iter()
    .cycle()
    .take(24)
    .enumerate()
    {
        let mut schema = schema;
        if schema.get("$ref").is_none() {
            schema["description"] = text.into();
        }
        properties.insert(format!("member{j}"), schema);
    }
    schemas.insert(
        name.clone(),
        json!({"type": "object", "description": text, "required": ["member0", "member1"], "properties": properties}),
    );
    schemas.insert(format!("{name}Kind"), json!({"type": "string", "enum": ["small", "large", "unknown"]}));
    schemas.insert(
        format!("{name}Part"),
        json!({"type": "object", "properties": {"whole": {"type": "string"}, "size": {"type": "number"}}}),
    );
    let parameters = json!([
        {"name": "limit", "in": "query", "description": text, "schema": {"type": "integer"}},
        {"name": "sort", "in": "query", "description": text, "schema": {"type": "string", "enum": ["name", "size"]}},
    ]);
    paths.insert(
        format!("/v1/things{i}"),
        json!({
            "get": {
                "operationId": format!("thing{i}_list"), "tags": [format!("things{i}")], "summary": text,
                "parameters": parameters,
                "responses": answer(json!({"type": "array", "items": reference(&name)})),
            },
            "post": {
                "operationId": format!("thing{i}_create"), "tags": [format!("things{i}")], "summary": text,
                "requestBody": {"required": true, "content": {"application/json": {"schema": reference(&name)}}},
                "responses": answer(reference(&name)),
            },
        }),
    );
}

/// Returns a document of at least that size in bytes, and its next release.
fn documents(size: usize) -> [String; 2] {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    add_resource(0, &mut paths, &mut schemas);
    let one = Value::from(paths.clone()).to_string().len() + Value::from(schemas.clone()).to_string().len();
    for i in 1..=size / one {
        add_resource(i, &mut paths, &mut schemas);
    }
    let mut document = json!({
        "openapi": "3.0.3", "info": {"title": "Things", "version": "1"},
        "paths": paths, "components": {"schemas": schemas},
    });
    let base = document.to_string();
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for (_, schema) in schemas.iter_mut().step_by(30) {
        schema["properties"]["added"] = json!({"type": "string"});
    }
    [base, document.to_string()]
}

/// Compares a document of a size in bytes with its next release. Returns how long it takes, and the most memory that it
/// needs, in KiB.
fn measure(size: usize) -> (Duration, u64) {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["base.json", "head.json"].map(|name| folder.path().join(name));
    for (path, text) in paths.iter().zip(documents(size)) {
        assert!(text.len() >= size, "{}", text.len());
        fs::write(path, text).unwrap();
    }
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_client-diff"));
    command.args(&paths).args(["--fail-on", "never"]).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        // The most that the process has needed so far.
        let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    };
    let took = begin.elapsed();
    println!("two documents of {:4.1} MB: {took:.1?}, {} MiB", size as f64 / 1e6, peak >> 10);
    assert!(status.success());
    assert!(peak > 0);
    (took, peak)
}

#[test]
fn memory_grows_no_faster_than_the_documents() {
    let (_, peak) = measure(SIZE / 10);
    let whole = PROGRAM + peak.saturating_sub(PROGRAM) * 10;
    assert!(whole <= MEMORY, "{} MiB, which makes {} MiB for the largest document", peak >> 10, whole >> 10);
}

#[test]
#[ignore = "a measurement"]
fn a_large_document_needs_little_memory_and_time() {
    let (_, tenth) = measure(SIZE / 10);
    let (_, half) = measure(SIZE / 2);
    let (took, whole) = measure(SIZE);
    assert!(whole <= MEMORY, "{} MiB", whole >> 10);
    assert!(cfg!(debug_assertions) || took <= TIME, "{took:?}");
    // A straight line leads from the smallest to the largest.
    let expected = tenth + (whole.saturating_sub(tenth)) * 4 / 9;
    assert!(half.abs_diff(expected) * 10 <= expected, "{} MiB instead of {} MiB", half >> 10, expected >> 10);
}
