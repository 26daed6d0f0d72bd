//! The proof of `spec-diff`: what it says of documents is what happens.

mod alter;
mod every;
mod examples;
mod fuzz;
mod mutations;
mod oracle;
mod rules;
mod same;
mod sample;
mod speed;
mod tinker;

use client_diff::{
    Client, Input, Profile as _, diff,
    model::{Change, Report},
};
use serde_json::Value;

use super::Waha;
use crate::{history::History, names::Names};

/// The document that the mutations start from.
fn base() -> Value {
    serde_saphyr::from_str(include_str!("../../../fixtures/spec-diff/base.yaml")).expect("YAML")
}

/// For documents of nobody's server: no names of ours, no overlays.
fn plain() -> Waha {
    Waha { names: Names::default(), overlays: Vec::new(), history: History::default(), version: None, committed: None }
}

/// What two documents differ in, for a client of the first.
fn compare(base: &Value, head: &Value) -> Vec<Change> {
    let waha = plain();
    let client = if waha.is_finished(base) { waha.client() } else { Client::DECLARED };
    client_diff::compare(base, head, client)
}

fn report(base: &Value, head: &Value) -> Report {
    report_with(base, head, &plain())
}

fn report_with(base: &Value, head: &Value, waha: &Waha) -> Report {
    diff(&Input::of(base.clone(), "base"), &Input::of(head.clone(), "head"), waha)
}
