//! A document does not differ from itself, nor from itself in another spelling.

use serde_json::{Value, json};

use super::{base, compare, report, report_with};
use crate::{
    document::{self, for_each_schema},
    folder::Folder,
    spec_diff::waha,
};
use client_diff::Profile as _;

/// All documents of the repository.
fn documents() -> Vec<(&'static str, Value)> {
    let json = |text: &str| serde_json::from_str(text).expect("JSON");
    vec![
        ("base.yaml", base()),
        ("release.json", json(include_str!("../../../fixtures/release.json"))),
        ("upstream.json", json(include_str!("../../../../openapi/upstream.json"))),
        ("waha.json", json(include_str!("../../../../openapi/waha.json"))),
    ]
}

/// The same content, with the members of every object in the reverse order.
fn reversed(node: &Value) -> Value {
    match node {
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(name, value)| (name.clone(), reversed(value))).collect())
        }
        Value::Array(list) => list.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

#[test]
fn nothing_differs_from_itself() {
    for (name, document) in documents() {
        assert_eq!(compare(&document, &document), [], "{name}");
        assert_eq!(compare(&document, &reversed(&document)), [], "{name}");
        assert_eq!(compare(&document, &document::canonical(&document)), [], "{name}");
    }
    for document in [base(), json!({}), json!({"openapi": "3.1.0"})] {
        assert_eq!(report(&document, &document).changes, []);
    }
}

#[test]
fn the_committed_document_is_what_the_release_becomes() {
    let context = waha(&Folder::of_workspace()).expect("overlays");
    let [upstream, ours] = ["upstream.json", "waha.json"].map(|name| {
        documents().into_iter().find_map(|(other, document)| (other == name).then_some(document)).expect("a document")
    });
    for (from, to) in [(&upstream, &ours), (&ours, &upstream)] {
        let report = report_with(from, to, &context);
        assert_eq!(report.changes, []);
    }
}

/// Ways to spell a type that may be null; each takes the schema without `nullable`.
const NULLABLE: [fn(Value) -> Value; 4] = [
    |mut schema| {
        schema["type"] = json!([schema["type"], "null"]);
        schema
    },
    |schema| json!({"anyOf": [schema, {"type": "null"}]}),
    |schema| json!({"oneOf": [{"type": "null"}, schema]}),
    |mut schema| {
        let kind = schema.as_object_mut().and_then(|schema| schema.shift_remove("type"));
        schema["anyOf"] = json!([{ "type": kind }, { "type": "null" }]);
        schema
    },
];

#[test]
fn nullable_types_of_the_release_may_be_spelt_in_any_way() {
    let folder = Folder::of_workspace();
    let waha = waha(&folder).expect("overlays");
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.openapi().join(name)).expect("a file")).expect("JSON")
    };
    let upstream = read("upstream.json");
    let committed = waha.finish(&upstream).expect("a document").document.into_owned();
    assert_eq!(committed, document::canonical(&read("waha.json")));
    for (i, spelling) in NULLABLE.iter().enumerate() {
        let mut respelt = upstream.clone();
        respelt["openapi"] = json!("3.1.0");
        let mut count = 0;
        for_each_schema(&mut respelt, &mut |schema, _| {
            if schema.contains_key("type") && schema.get("nullable") == Some(&json!(true)) {
                schema.shift_remove("nullable");
                if let Value::Object(new) = spelling(Value::Object(std::mem::take(schema))) {
                    *schema = new;
                    count += 1;
                }
            }
        });
        assert_eq!(count, 38, "spelling {i}");
        assert_eq!(*waha.finish(&respelt).expect("a document").document, committed, "spelling {i}");
    }
}
