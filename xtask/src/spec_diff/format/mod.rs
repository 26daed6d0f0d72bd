//! Reports, for people and for programs.

mod github;
mod lines;
mod markdown;
mod text;

use anyhow::Result;

use super::{
    model::{Bump, Change, Report, Rust, Wire},
    source::Input,
};
use crate::document::owner;

/// How to print a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a pull request, or the changelog.
    Markdown,
    /// For programs.
    Json,
    /// Annotations, as workflows of GitHub print them.
    Github,
}

/// A report as text.
pub fn print(report: &Report, format: Format, is_coloured: bool, head: &Input) -> Result<String> {
    Ok(match format {
        Format::Text => text::print(report, is_coloured),
        Format::Markdown => markdown::print(report),
        Format::Json => serde_json::to_string_pretty(report)? + "\n",
        Format::Github => github::print(report, head),
    })
}

/// What to do with a release that was imported.
pub fn next_steps(report: &Report, stale: Option<String>) -> String {
    let mut steps = Vec::from_iter(stale);
    if !report.new_without_overlay.is_empty() {
        let count = report.new_without_overlay.len();
        steps.push(format!("describe {count} operations in openapi/overlay/, as `cargo xtask check` names them"));
    }
    if report.summary.counts.breaking + report.summary.counts.risky > 0 {
        steps.push(
            "look at each change that breaks or may: correct an overlay, or accept it in openapi/spec-diff.toml".into(),
        );
    }
    steps.push("cargo xtask check && cargo test --workspace".to_owned());
    if report.summary.bump != Bump::None {
        let bump = word(&report.summary.bump);
        steps.push(format!(
            "commit, and say in the changelog what `cargo xtask spec-diff --format markdown` says ({bump})"
        ));
    }
    let lines = steps.iter().enumerate().map(|(i, step)| format!("  {}. {step}\n", i + 1));
    format!("\nnext:\n{}", lines.collect::<String>())
}

/// The changes of one operation, schema, or part of the document.
struct Group<'r> {
    resource: &'r str,
    owner: String,
    changes: Vec<&'r Change>,
}

impl Group<'_> {
    fn worst(&self) -> (Wire, Rust) {
        let worst = |change: &&Change| (change.wire, change.rust);
        self.changes.iter().map(worst).max().unwrap_or_default()
    }
}

/// The changes by resource and operation, worst first.
fn groups<'r>(changes: impl Iterator<Item = &'r Change>) -> Vec<Group<'r>> {
    let mut groups: Vec<Group<'r>> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for change in changes {
        let owner = match owner_of(change) {
            owner if owner.is_empty() => "document".to_owned(),
            owner => owner,
        };
        let resource = change.resource.as_str();
        let position = *known.entry((resource, owner.clone())).or_insert(groups.len());
        match groups.get_mut(position) {
            Some(group) => group.changes.push(change),
            None => groups.push(Group { resource, owner, changes: vec![change] }),
        }
    }
    // A resource stands where its worst operation does.
    let mut worst = std::collections::HashMap::new();
    for group in &groups {
        let of_resource = worst.entry(group.resource).or_insert(group.worst());
        *of_resource = (*of_resource).max(group.worst());
    }
    groups.sort_by(|a, b| {
        let rank = |group: &Group<'_>| (worst.get(group.resource).copied(), group.worst());
        let (of_a, of_b) = (rank(a), rank(b));
        of_b.0
            .cmp(&of_a.0)
            .then_with(|| a.resource.cmp(b.resource))
            .then_with(|| of_b.1.cmp(&of_a.1))
            .then_with(|| a.owner.cmp(&b.owner))
    });
    groups
}

/// Whose a change is: one that stands for several is nobody's.
fn owner_of(change: &Change) -> String {
    match change.count {
        1 => match change.pointer.strip_prefix("/webhooks/").or_else(|| change.pointer.strip_prefix("/x-webhooks/")) {
            Some(event) => format!("webhook {}", event.split('/').next().unwrap_or_default()),
            None => owner(&change.pointer),
        },
        _ => "several places".to_owned(),
    }
}

/// The title of a resource.
fn title<'r>(group: &Group<'r>) -> &'r str {
    if group.resource.is_empty() { "No single resource" } else { group.resource }
}

/// A verdict as the word that JSON has for it.
fn word(verdict: &impl std::fmt::Debug) -> String {
    format!("{verdict:?}").to_lowercase()
}

/// The worst of it, in one line.
fn summary(report: &Report) -> String {
    let summary = &report.summary;
    let counts = summary.counts;
    format!(
        "wire {}, rust {}, texts {}: {} breaking, {} risky, {} safe; suggested bump: {}",
        word(&summary.wire),
        word(&summary.rust),
        if summary.doc { "changed" } else { "unchanged" },
        counts.breaking,
        counts.risky,
        counts.safe,
        word(&summary.bump)
    )
}

/// The first of a list, and how many more there are.
fn some(list: &[String], quote: &str) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = list.iter().take(SHOWN).map(|entry| format!("{quote}{entry}{quote}")).collect();
    match list.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{}, and {more} more", shown.join(", ")),
    }
}
