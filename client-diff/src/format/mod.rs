//! Reports, for people and for programs.

mod github;
mod lines;
mod markdown;
pub(crate) mod markup;
mod text;

use anyhow::Result;

pub use self::text::Look;
use crate::{
    Input,
    accept::{Entry, State},
    document::owner,
    escape,
    model::{Change, Report, Rust, Wire},
};

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

/// Returns a report as text.
///
/// # Errors
///
/// It cannot be written as JSON, which does not happen.
pub fn print(report: &Report, format: Format, look: Look, head: &Input) -> Result<String> {
    Ok(match format {
        Format::Text => text::print(report, look),
        Format::Markdown => markdown::print(report),
        Format::Json => json(report)?,
        Format::Github => github::print(report, head),
    })
}

/// Returns a value as indented JSON. What a terminal would act on is escaped in its strings.
///
/// # Errors
///
/// It cannot be written as JSON, which does not happen.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String> {
    Ok(escape::json(&serde_json::to_string_pretty(value)?) + "\n")
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

/// Returns the changes by resource and operation, worst first.
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

/// Returns the operation or schema of a change, if it does not stand for several.
fn owner_of(change: &Change) -> String {
    match change.count {
        1 => owner(&change.pointer),
        _ => "several places".to_owned(),
    }
}

/// Returns the title of a resource.
fn title<'r>(group: &Group<'r>) -> &'r str {
    if group.resource.is_empty() { "No single resource" } else { group.resource }
}

/// Returns a verdict as its word in JSON.
fn verdict(verdict: &impl std::fmt::Debug) -> String {
    format!("{verdict:?}").to_lowercase()
}

/// Returns whether an accepted change that is not in the report is worth a note.
fn is_noted(entry: &Entry) -> bool {
    matches!(entry.state, State::Expired | State::Unused)
}

/// Returns the state of an accepted change, and what to do about it.
fn note(entry: &Entry) -> String {
    let Entry { fingerprint, reason, until, state } = entry;
    match state {
        State::Expired => {
            format!(
                "{fingerprint}: accepted until {until} ({reason}); look again, then set a later `until` or remove the entry"
            )
        }
        _ => format!(
            "{fingerprint}: there is no such change ({reason}); set the `release` that brought it, or remove the entry"
        ),
    }
}

/// Returns the worst verdicts, and how many changes there are of each.
fn summary(report: &Report) -> Vec<String> {
    let summary = &report.summary;
    let (wire, rust) = (summary.counts, summary.rust_counts);
    let texts = if summary.doc { "changed" } else { "unchanged" };
    let version = summary.version.as_ref().map(|version| format!(" (the version is {version})")).unwrap_or_default();
    vec![
        format!(
            "wire {}, rust {}, after {}, texts {texts}",
            verdict(&summary.wire),
            verdict(&summary.rust),
            verdict(&summary.after)
        ),
        format!("wire: {} breaking, {} risky, {} safe", wire.breaking, wire.risky, wire.safe),
        format!(
            "rust: {} breaking, {} additive, {} none, {} unknown",
            rust.breaking, rust.additive, rust.none, rust.unknown
        ),
        format!("suggested bump: {}{version}", verdict(&summary.bump)),
    ]
}

/// Returns the first entries of a list, and how many more there are.
fn some(list: &[String], show: impl Fn(&str) -> String) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = list.iter().take(SHOWN).map(|entry| show(entry)).collect();
    match list.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{}, and {more} more", shown.join(", ")),
    }
}
