//! Changes of the committed release, each as users of the client meet it: what was called breaking and is read, and what was
//! called safe and fails.

use std::{borrow::Cow, collections::BTreeMap};

use client_diff::{
    Client, Finished, Input, Profile, Refused, diff,
    document::Operation,
    model::{Direction, Report, Rust, Wire},
    symbols::Table,
};
use serde_json::{Value, json};

use super::report_with;
use crate::{
    folder::Folder,
    spec_diff::{Waha, waha},
};

/// The client, without its code: what happens on the wire does not depend on it.
struct WireOnly(Waha);

impl Profile for WireOnly {
    fn client(&self) -> Client {
        self.0.client()
    }

    fn is_finished(&self, document: &Value) -> bool {
        self.0.is_finished(document)
    }

    fn finish<'d>(&self, declared: &'d Value) -> Result<Finished<'d>, Refused> {
        self.0.finish(declared)
    }

    fn finish_uncorrected<'d>(&self, declared: &'d Value) -> Result<Cow<'d, Value>, Refused> {
        self.0.finish_uncorrected(declared)
    }

    fn generate(&self, _: Cow<'_, Value>) -> Result<Table, Refused> {
        Ok(Table::new())
    }

    fn schema_names(&self, declared: &Value) -> BTreeMap<String, String> {
        self.0.schema_names(declared)
    }

    fn corrections(&self, declared: &Value, pointers: &[String]) -> Vec<Option<String>> {
        self.0.corrections(declared, pointers)
    }

    fn corrections_id(&self) -> String {
        self.0.corrections_id()
    }

    fn methods(&self, _: &Operation<'_>) -> Vec<String> {
        Vec::new()
    }

    fn methods_with_arguments(&self, _: &Operation<'_>) -> Vec<String> {
        Vec::new()
    }
}

/// The facts of the committed release.
fn upstream() -> Value {
    let path = Folder::of_workspace().openapi().join("upstream.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

fn our_client() -> Waha {
    waha(&Folder::of_workspace()).expect("overlays")
}

/// Returns what happens on the wire between two releases.
fn on_wire(base: Value, head: Value) -> Report {
    assert_ne!(base, head, "nothing is changed");
    diff(&Input::of(base, "base"), &Input::of(head, "head"), &WireOnly(our_client()))
}

/// Returns what happens with the next release, which is the committed one with a change.
fn next(change: impl FnOnce(&mut Value)) -> Report {
    let base = upstream();
    let mut head = base.clone();
    change(&mut head);
    on_wire(base, head)
}

#[track_caller]
fn is_safe(report: &Report) {
    let bad = report.changes.iter().filter(|change| change.wire != Wire::Safe);
    let bad: Vec<String> =
        bad.map(|change| format!("{} at {}: {}", change.rule, change.pointer, change.message)).collect();
    assert!(bad.is_empty() && !report.changes.is_empty(), "{bad:#?}");
}

fn schema<'d>(document: &'d mut Value, name: &str) -> &'d mut Value {
    let schema = &mut document["components"]["schemas"][name];
    assert!(schema.is_object(), "there is no schema {name}");
    schema
}

#[test]
fn a_required_property_that_the_client_does_not_rely_on_may_become_optional() {
    is_safe(&next(|document| {
        let required = schema(document, "Channel")["required"].as_array_mut().expect("names");
        required.retain(|name| name != "verified");
    }));
}

#[test]
fn a_boolean_in_a_query_may_become_a_string() {
    is_safe(&next(|document| {
        let parameters = &mut document["paths"]["/api/contacts/profile-picture"]["get"]["parameters"];
        let refresh = parameters.as_array_mut().expect("parameters").iter_mut().find(|one| one["name"] == "refresh");
        refresh.expect("the parameter")["schema"] = json!({"type": "string", "default": "false"});
    }));
}

#[test]
fn a_request_may_refuse_members_that_the_client_does_not_send() {
    is_safe(&next(|document| schema(document, "MessageTextRequest")["additionalProperties"] = json!(false)));
}

#[test]
fn an_enum_of_numbers_that_the_client_reads_as_integer_may_get_a_value() {
    is_safe(&next(|document| {
        let ack = &mut schema(document, "WAMessage")["properties"]["ack"];
        ack["enum"].as_array_mut().expect("values").push(json!(5));
    }));
}

#[test]
fn a_property_of_a_shared_schema_may_be_for_reading_alone() {
    is_safe(&next(|document| {
        let session = schema(document, "SessionConfig");
        session["properties"]["created"] = json!({"type": "string", "readOnly": true});
        let required = session.as_object_mut().expect("a schema").entry("required").or_insert_with(|| json!([]));
        required.as_array_mut().expect("names").push(json!("created"));
    }));
}

#[test]
fn a_property_of_a_shared_schema_that_is_for_writing_alone_may_leave_the_answers() {
    let mut base = upstream();
    schema(&mut base, "SessionConfig")["properties"]["secret"] = json!({"type": "string", "writeOnly": true});
    let report = on_wire(base, upstream());
    // A server may refuse what a client of BASE still sends; its answers never had the property.
    let worst = |direction| {
        let changes = report.changes.iter().filter(move |change| change.direction == direction);
        changes.map(|change| change.wire).max().unwrap_or_default()
    };
    assert_eq!((worst(Direction::Request), worst(Direction::Response)), (Wire::Risky, Wire::Safe), "{report:#?}");
}

#[test]
fn a_media_type_may_have_a_parameter() {
    is_safe(&next(|document| {
        let content = &mut document["paths"]["/api/sessions"]["get"]["responses"]["200"]["content"];
        let content = content.as_object_mut().expect("media types");
        let json = content.shift_remove("application/json").expect("JSON");
        content.insert("application/json; charset=utf-8".to_owned(), json);
    }));
}

#[test]
fn an_answer_that_only_an_overlay_declares_breaks_when_the_release_declares_another() {
    let report = next(|document| {
        let answer = &mut document["paths"]["/api/apps"]["get"]["responses"]["200"];
        assert!(answer.get("content").is_none(), "the release declares it: {answer}");
        *answer = json!({"content": {"application/json": {"schema": {
            "type": "object", "required": ["apps"],
            "properties": {"apps": {"type": "array", "items": {"$ref": "#/components/schemas/App"}}},
        }}}});
    });
    let change = report.changes.iter().find(|change| change.pointer.contains("~1api~1apps/get")).expect("a change");
    assert_eq!((change.wire, change.after), (Wire::Breaking, Some(Wire::Breaking)), "{change:#?}");
    assert!(change.correction.as_ref().is_some_and(|correction| correction.contains("apps.yaml")), "{change:#?}");
}

#[test]
fn a_type_that_an_overlay_hides_breaks_the_regenerated_client_too() {
    let base = upstream();
    let mut head = base.clone();
    schema(&mut head, "EventResponse")["properties"]["timestampMs"] = json!({"type": "string"});
    let report = report_with(&base, &head, &our_client());
    let change = report.changes.iter().find(|change| change.pointer.ends_with("/timestampMs")).expect("a change");
    assert_eq!(
        (change.wire, change.rust, change.after),
        (Wire::Breaking, Rust::None, Some(Wire::Breaking)),
        "{change:#?}"
    );
    assert!(change.correction.is_some(), "{change:#?}");
}

#[test]
fn everyday_words_go_with_their_operations() {
    let base = upstream();
    let mut head = base.clone();
    let requests = "/api/{session}/groups/{id}/participants/join-requests";
    let paths = head["paths"].as_object_mut().expect("paths");
    for path in [requests.to_owned(), format!("{requests}/approve"), format!("{requests}/reject")] {
        assert!(paths.shift_remove(&path).is_some(), "there is no {path}");
    }
    let report = report_with(&base, &head, &our_client());
    let words_of = |label: &str| -> Vec<&str> {
        let change = report.changes.iter().find(|change| change.operations == [label]).expect("a removed operation");
        change.symbols.iter().filter_map(|symbol| symbol.strip_prefix("Group::")).collect()
    };
    assert_eq!(words_of(&format!("GET {requests}")), ["join_requests", "list_join_requests"]);
    assert_eq!(words_of(&format!("POST {requests}/approve")), ["approve", "approve_join_requests"]);
    assert_eq!(words_of(&format!("POST {requests}/reject")), ["reject", "reject_join_requests"]);
    let without_a_cause = report.changes.iter().filter(|change| change.rule == "api-changed");
    for change in without_a_cause {
        assert!(change.symbols.iter().all(|symbol| !symbol.starts_with("Group::")), "{change:#?}");
    }
}

#[test]
fn every_operation_whose_answer_an_overlay_declares_is_judged_by_the_overlay() {
    let base = upstream();
    let finished = our_client().finish(&base).expect("a document").document.into_owned();
    let mut head = base.clone();
    let mut labels = Vec::new();
    for operation in crate::document::operations(&base) {
        let declared = operation.value["responses"].as_object().into_iter().flatten();
        let is_declared = declared.clone().any(|(_, answer)| answer.get("content").is_some());
        let ours =
            &finished["paths"][operation.path][operation.method]["responses"]["2XX"]["content"]["application/json"];
        let is_list = ours["schema"]["type"] == "array" && ours["schema"]["items"]["$ref"].is_string();
        if is_declared || !is_list {
            continue;
        }
        let (status, _) = declared.into_iter().next().expect("an answer");
        head["paths"][operation.path][operation.method]["responses"][status] = json!({"content": {"application/json": {
            "schema": {"type": "object", "required": ["total"], "properties": {"total": {"type": "integer"}}},
        }}});
        labels.push(operation.label());
    }
    assert!(labels.len() >= 9, "{labels:?}");
    let report = on_wire(base, head);
    let breaking: Vec<&String> = report
        .changes
        .iter()
        .filter(|change| change.wire == Wire::Breaking)
        .flat_map(|change| &change.operations)
        .collect();
    let missed: Vec<&String> = labels.iter().filter(|label| !breaking.contains(label)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
