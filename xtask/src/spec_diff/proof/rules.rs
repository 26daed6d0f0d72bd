//! Every rule, in both directions: pairs of schemas by who sends them, and what `mutations.yaml` has beside them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{compare, mutations::Mutation};
use client_diff::{model::Wire, rules};

/// An entry of `schemas.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    it: String,
    of: [Value; 2],
    there: [String; 3],
    back: [String; 3],
}

fn pairs() -> Vec<Pair> {
    serde_saphyr::from_str(include_str!("../../../fixtures/spec-diff/schemas.yaml")).expect("a list of pairs")
}

/// Who sends the schema in question.
const CARRIERS: [&str; 4] = ["request", "response", "error", "schema"];

/// A document in which it is sent by that one, and by nobody else.
fn carried(schema: &Value, carrier: &str) -> Value {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/S" } } });
    let mut operation = json!({
        "operationId": "ThingsController_do", "tags": ["Things"], "responses": { "200": { "description": "Done." } },
    });
    match carrier {
        "request" => operation["requestBody"] = json!({ "required": true, "content": content }),
        "response" => operation["responses"]["200"]["content"] = content,
        "error" => operation["responses"]["404"] = json!({ "description": "None.", "content": content }),
        _ => {}
    }
    let one = json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } });
    let other = json!({ "type": "object", "required": ["b"], "properties": { "b": { "type": "string" } } });
    json!({
        "openapi": "3.0.3",
        "info": { "title": "T", "version": "1" },
        "paths": { "/api/things": { "post": operation } },
        "components": { "schemas": { "S": schema, "A": one, "AToo": one, "B": other } },
    })
}

/// The rule of a kind of change, by who sends what changed.
fn rule(kind: &str, carrier: &str) -> String {
    let (of_client, others) = kind.split_once(" / ").unwrap_or((kind, kind));
    format!("{carrier}-{}", if carrier == "request" { of_client } else { others })
}

fn verdict(wire: &str) -> Wire {
    match wire {
        "safe" => Wire::Safe,
        "risky" => Wire::Risky,
        "breaking" => Wire::Breaking,
        other => panic!("{other} is no verdict"),
    }
}

#[test]
fn every_kind_of_change_in_a_schema_is_judged_by_who_sends_it() {
    let mut failures = Vec::new();
    let mut count = 0;
    for Pair { it, of: [first, second], there, back } in pairs() {
        for (from, to, [kind, of_client, of_server]) in [(&first, &second, &there), (&second, &first, &back)] {
            for (carrier, wire) in CARRIERS.into_iter().zip([of_client.as_str(), of_server, "safe", "safe"]) {
                let changes = compare(&carried(from, carrier), &carried(to, carrier));
                let found: Vec<_> = changes.iter().map(|change| (change.rule.to_owned(), change.wire)).collect();
                let expected = (rule(kind, carrier), verdict(wire));
                if found != [expected.clone()] {
                    failures.push(format!("{it}: {expected:?} and not {found:?}"));
                }
                count += 1;
            }
        }
        for schema in [&first, &second] {
            assert_eq!(compare(&carried(schema, "request"), &carried(schema, "request")), [], "{it}");
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    println!("{count} changes in schemas");
}

#[test]
fn every_rule_is_proved() {
    let kinds: BTreeSet<String> =
        pairs().into_iter().flat_map(|pair| [pair.there[0].clone(), pair.back[0].clone()]).collect();
    let in_schemas = kinds.iter().flat_map(|kind| CARRIERS.map(|carrier| rule(kind, carrier)));
    let proved: BTreeSet<String> = in_schemas.chain(Mutation::all().iter().flat_map(Mutation::rules)).collect();
    let all: BTreeSet<String> = rules::all().iter().map(|rule| rule.id.to_owned()).collect();
    let missing: Vec<_> = all.difference(&proved).collect();
    assert!(missing.is_empty(), "not proved: {missing:?}");
    let unknown: Vec<_> = proved.difference(&all).collect();
    assert!(unknown.is_empty(), "no rules: {unknown:?}");
    println!("{} rules", all.len());
}
