//! From declared facts to the document: repair, overlay, finish. Pure: reads no file, writes none.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{
    document::{self, operations},
    names::Names,
    overlay::Overlay,
    rules::{self, Hits},
};

/// What went through the pipeline, and how.
pub struct Outcome {
    /// The finished document, in canonical order.
    pub document: Value,
    /// The release, from `info.version`.
    pub release: String,
    /// What each rule changed.
    pub hits: Vec<Hits>,
    /// Entries of overlays and names that this release has no place for, where it is not the release they were
    /// written for.
    pub notes: Vec<String>,
    /// Operations that no overlay describes.
    pub uncurated: Vec<String>,
}

/// Entries that match nothing in the very release that they were written for.
#[derive(Debug, thiserror::Error)]
#[error("{} entries match nothing in release {release}:\n  {}", entries.len(), entries.join("\n  "))]
pub struct Stale {
    /// The release that was imported.
    pub release: String,
    /// The entries.
    pub entries: Vec<String>,
}

/// The document as an overlay finds it: repaired, not yet overlaid.
pub fn repair(facts: &Value, names: &Names) -> (Value, Vec<Hits>) {
    let mut doc = facts.clone();
    let hits = rules::apply(rules::REPAIR, &mut doc, names);
    (doc, hits)
}

/// Runs the whole pipeline.
pub fn run(facts: &Value, names: &Names, overlays: &[Overlay]) -> Result<Outcome> {
    let Some(release) = facts["info"]["version"].as_str().map(str::to_owned) else {
        bail!("the document has no info.version, so that nobody could tell which release it describes");
    };
    let mut stale = Vec::new();
    let mut notes = Vec::new();
    for entry in names.unmatched(facts) {
        if names.release == release { &mut stale } else { &mut notes }.push(entry);
    }
    let (mut doc, mut hits) = repair(facts, names);
    for overlay in overlays {
        for unmatched in overlay.apply(&mut doc)? {
            if overlay.release() == release { &mut stale } else { &mut notes }.push(unmatched.to_string());
        }
    }
    if !stale.is_empty() {
        return Err(Stale { release, entries: stale }.into());
    }
    let uncurated = operations(&doc).filter(|operation| operation.value.get("summary").is_none());
    let uncurated = uncurated.map(|operation| operation.label()).collect();
    hits.extend(rules::apply(rules::FINISH, &mut doc, names));
    Ok(Outcome { document: document::canonical(&doc), release, hits, notes, uncurated })
}
