//! Tells what a change of an OpenAPI document does to a client that is generated from it.
//!
//! A change is judged three times: on the *wire* (does a client that was compiled from BASE work with HEAD's server?), in
//! the code (*rust*: what becomes of the public API when the client is generated again?), and *after* that (does the
//! regenerated client work with HEAD's server?).
//!
//! ```text
//! BASE ─┬─ finish ──┬─ generate ─┐
//!       │           └─ client ───┼─ judge ─ fold ─ accept ─ format
//! HEAD ─┼─ server ───────────────┤
//!       └─ compare ──────────────┘
//! ```
//!
//! The [`Profile`] says how a document becomes a client.

pub mod accept;
pub mod cli;
pub mod compare;
pub mod escape;
pub mod facts;
mod fold;
pub mod format;
pub mod history;
mod judge;
mod literal;
pub mod model;
pub mod openapi31;
pub mod plain;
pub mod profile;
mod respell;
pub mod rules;
pub mod server;
mod shape;
pub mod source;
pub mod symbols;
mod wire;

use std::borrow::Cow;

pub use openapi_document as document;
use serde_json::Value;

pub use self::{
    compare::compare,
    profile::{Client, Finished, Profile, Refused},
    shape::Document,
};
use self::{
    judge::Side,
    model::{Bump, Change, Counts, Report, Rust, RustCounts, Summary, Wire},
};

/// JSON schema of a report that is printed as JSON.
pub const REPORT_SCHEMA: &str = include_str!("../report.schema.json");

/// A document to compare, and where it came from.
pub struct Input {
    /// The document.
    pub document: Value,
    /// Where it came from, for people.
    pub label: String,
    /// Its text, if it has one that people can look at.
    pub text: Option<String>,
    /// The file that it is in, relative to the workspace.
    pub file: Option<String>,
}

impl Input {
    /// Makes an input of a document that is in no file.
    pub fn of(document: Value, label: &str) -> Self {
        Self { document, label: label.to_owned(), text: None, file: None }
    }

    /// Returns what a report says of the document.
    pub fn side(&self) -> model::Side {
        let text = |member: &str| self.document["info"][member].as_str().unwrap_or_default().to_owned();
        model::Side { source: self.label.clone(), version: text("version") }
    }
}

/// Returns all differences of two documents, and what each does to the clients of a profile.
pub fn diff(base: &Input, head: &Input, profile: &dyn Profile) -> Report {
    diff_of_profiles([base, head], [profile, profile])
}

/// Like [`diff`], where each document becomes a client in its own way: the corrections of BASE are others than those of
/// HEAD.
pub fn diff_of_profiles(inputs: [&Input; 2], profiles: [&dyn Profile; 2]) -> Report {
    diff_of_documents(inputs.map(|input| Cow::Borrowed(&input.document)), inputs.map(Input::side), profiles)
}

/// Like [`diff_of_profiles`], for documents of which a report says where they come from. Those that are owned are dropped as
/// soon as they are no longer needed, before code is generated: that needs much more memory than a document.
pub fn diff_of_documents(
    documents: [Cow<'_, Value>; 2],
    [base, head]: [model::Side; 2],
    profiles: [&dyn Profile; 2],
) -> Report {
    let title = profiles[1].title().map_or_else(|| title(&documents[1]), str::to_owned);
    let mut documents = alike(documents, profiles);
    for document in documents.iter_mut().filter(|document| respell::has_contents(document)) {
        respell::contents(document.to_mut());
    }
    let changes = compare(&documents[0], &documents[1], client_of(&documents[0], profiles[0]));
    let [before, after] = documents;
    let sides = [Side { document: before, profile: profiles[0] }, Side { document: after, profile: profiles[1] }];
    let (mut changes, new_without_overlay) = judge::judge(changes, sides);
    for change in &mut changes {
        if let Some(wire) = profiles[0].wire_of_rule(change.client_rule.unwrap_or(change.rule)) {
            change.wire = wire;
        }
        // The verdict on the regenerated client says that it still suffers, and not more.
        change.after = change.after.map(|after| after.min(change.wire));
    }
    let changes = fold::fold(changes);
    Report {
        schema_version: 1,
        title,
        base,
        head,
        summary: summary(&changes, profiles[0].version()),
        changes,
        new_without_overlay,
        accepted: Vec::new(),
    }
}

fn title(document: &Value) -> String {
    document["info"]["title"].as_str().filter(|title| !title.trim().is_empty()).unwrap_or("API").to_owned()
}

/// Returns how a client treats a document: one that is not finished yet says less than the client knows.
fn client_of(document: &Value, profile: &dyn Profile) -> Client {
    if profile.is_finished(document) { profile.client() } else { profile.declared_client() }
}

/// Makes two documents comparable: both are finished, or both are stripped to the declared facts.
fn alike<'d>(documents: [Cow<'d, Value>; 2], profiles: [&dyn Profile; 2]) -> [Cow<'d, Value>; 2] {
    let is_finished = [0, 1].map(|i| profiles[i].is_finished(&documents[i]));
    if is_finished == [false, false] && documents.iter().any(|document| facts::are(document)) {
        return documents.map(|document| Cow::Owned(facts::of(&document)));
    }
    let [base, head] = documents;
    match is_finished {
        [true, false] => [base, finished(head, profiles[1])],
        [false, true] => [finished(base, profiles[0]), head],
        _ => [base, head],
    }
}

/// Finishes a document, if that is possible.
fn finished<'d>(document: Cow<'d, Value>, profile: &dyn Profile) -> Cow<'d, Value> {
    let own = match profile.finish(&document) {
        Ok(Finished { document: Cow::Owned(own), .. }) => Some(own),
        Ok(Finished { document: Cow::Borrowed(_), .. }) | Err(_) => None,
    };
    own.map_or(document, Cow::Owned)
}

fn summary(changes: &[Change], version: Option<String>) -> Summary {
    let wire = |wire| changes.iter().filter(|change| change.wire == wire).count();
    let rust = |rust| changes.iter().filter(|change| change.rust == rust).count();
    let worst = changes.iter().map(|change| change.rust).max().unwrap_or_default();
    let is_unknown = rust(Rust::Unknown) > 0;
    Summary {
        wire: changes.iter().map(|change| change.wire).max().unwrap_or_default(),
        rust: if is_unknown { Rust::Unknown } else { worst },
        after: changes.iter().filter_map(|change| change.after).max().unwrap_or_default(),
        doc: changes.iter().any(|change| change.doc),
        bump: bump(if is_unknown { Rust::Unknown } else { worst }, changes.is_empty(), version.as_deref()),
        version,
        counts: Counts { breaking: wire(Wire::Breaking), risky: wire(Wire::Risky), safe: wire(Wire::Safe) },
        rust_counts: RustCounts {
            breaking: rust(Rust::Breaking),
            additive: rust(Rust::Additive),
            none: rust(Rust::None),
            unknown: rust(Rust::Unknown),
        },
    }
}

/// Returns the part of the version that has to grow. Before 1.0, Cargo takes the first number that is not zero for the major
/// one.
fn bump(rust: Rust, is_same: bool, version: Option<&str>) -> Bump {
    let is_before = |start: &str| version.is_some_and(|version| version.starts_with(start));
    match rust {
        Rust::None if is_same => Bump::None,
        Rust::Unknown => Bump::Unknown,
        Rust::Breaking if is_before("0.0.") => Bump::Patch,
        Rust::Breaking if is_before("0.") => Bump::Minor,
        Rust::Breaking => Bump::Major,
        Rust::Additive if is_before("0.") => Bump::Patch,
        Rust::Additive => Bump::Minor,
        Rust::None => Bump::Patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_before_1_is_bumped_by_cargos_rules() {
        for (version, breaking, additive) in [
            (None, Bump::Major, Bump::Minor),
            (Some("1.2.3"), Bump::Major, Bump::Minor),
            (Some("0.1.0+2026.9.2"), Bump::Minor, Bump::Patch),
            (Some("0.0.4"), Bump::Patch, Bump::Patch),
        ] {
            assert_eq!(bump(Rust::Breaking, false, version), breaking, "{version:?}");
            assert_eq!(bump(Rust::Additive, false, version), additive, "{version:?}");
            assert_eq!(bump(Rust::None, false, version), Bump::Patch);
            assert_eq!(bump(Rust::None, true, version), Bump::None);
            assert_eq!(bump(Rust::Unknown, false, version), Bump::Unknown);
        }
    }
}
