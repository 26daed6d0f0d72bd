//! The table of rules, as people read it.

use anyhow::Result;
use serde_json::{Value, json};

use super::{Rule, all};
use crate::{
    format::{self, Format},
    model::Wire,
};

/// Returns the table of rules in a format; annotations of GitHub have none, and get the text.
///
/// # Errors
///
/// It cannot be written as JSON, which does not happen.
pub fn table(format: Format) -> Result<String> {
    let word = |wire: &Wire| format!("{wire:?}").to_lowercase();
    let all = all();
    if format == Format::Json {
        let rules: Vec<Value> = all
            .iter()
            .map(|Rule { id, wire, doc, rust, reason, example }| {
                json!({"id": id, "wire": wire, "doc": doc, "usual_rust": rust, "reason": reason, "example": example})
            })
            .collect();
        return format::json(&json!({ "schema_version": 1, "rules": rules }));
    }
    let mut text = String::new();
    if format == Format::Markdown {
        text.push_str("| rule | wire | rust, usually | why | example |\n|---|---|---|---|---|\n");
    }
    for Rule { id, wire, doc, rust, reason, example } in all {
        let wire = word(wire);
        if format == Format::Markdown {
            text.push_str(&format!("| `{id}` | {wire} | {rust} | {reason} | {example} |\n"));
            continue;
        }
        let doc = if *doc { ", text" } else { "" };
        text.push_str(&format!("{id}\n  wire {wire}, rust usually {rust}{doc}: {reason}\n  e.g. {example}\n"));
    }
    Ok(text)
}
