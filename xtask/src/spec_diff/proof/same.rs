//! A document does not differ from itself, nor from itself in another spelling.

use serde_json::{Value, json};

use super::{base, compare, report, report_with};
use crate::{document, folder::Folder, spec_diff::waha};

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
