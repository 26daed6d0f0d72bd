//! The proof of `spec-diff`: what it says of documents is what happens.

mod fuzz;
mod mutations;
mod oracle;
mod rules;
mod same;
mod sample;
mod speed;
mod tinker;

use serde_json::Value;

use super::{Context, diff, model::Report, source::Input};
use crate::names::Names;

/// The document that the mutations start from.
fn base() -> Value {
    serde_saphyr::from_str(include_str!("../../../fixtures/spec-diff/base.yaml")).expect("YAML")
}

/// For documents of nobody's server: no names of ours, no overlays.
fn context() -> Context {
    Context { names: Names::default(), overlays: Vec::new() }
}

fn report(base: &Value, head: &Value) -> Report {
    report_with(base, head, &context())
}

fn report_with(base: &Value, head: &Value, context: &Context) -> Report {
    diff(&Input::of(base.clone(), "base"), &Input::of(head.clone(), "head"), context)
}
