//! `cargo xtask check`: proves that what is committed belongs together. Needs no network.

use std::path::Path;

use anyhow::{Context as _, Result};
use roas::validation::{Options, Validate as _};
use serde_json::Value;

use crate::{
    assemble::Committed,
    coverage,
    folder::{self, Folder},
    lint::{self, Finding},
    names::Names,
    overlay::Overlay,
    pipeline,
    provenance::{self, Provenance},
};

/// Checks, and returns what does not hold.
pub fn run(folder: &Folder) -> Result<Vec<Finding>> {
    let committed = Committed::read(folder)?;
    let text = read(&folder.document())?;
    let document: Value = serde_json::from_str(&text).context("openapi/waha.json is not JSON")?;
    let mut findings = committed.upstream_findings();
    if provenance::digest(text.as_bytes()) != committed.lock.sha256.document {
        findings.push(Finding::of_file(
            "provenance",
            "waha.json",
            "it is not the file that provenance.toml was written for",
            "do not edit it by hand: change an overlay, and run `cargo xtask assemble`",
        ));
    }
    written_for_this_release(&committed.lock, &committed.names, &committed.overlays, &mut findings);
    match committed.assemble() {
        Ok(assembly) => {
            findings.extend(committed.history_finding(&assembly));
            findings.extend(committed.document_finding(&assembly));
            findings.extend(committed.lock_finding(&committed.lock_of(&assembly, folder)?));
            findings.extend(assembly.outcome.notes.iter().map(|note| {
                let advice = "correct the entry, or remove it if the release has no place for it";
                Finding::of_file("stale", "openapi/", note, advice)
            }));
            findings.extend(assembly.outcome.uncurated.iter().map(|operation| {
                let advice = "give it a summary and a description in its resource's overlay";
                Finding::of_operation("curated", operation, "no overlay describes it", advice)
            }));
        }
        Err(error) => findings.extend(Finding::of_stale(error)?),
    }
    findings.extend(valid(&document));
    findings.extend(lint::lint(&document, &text));
    findings.extend(lint::secrets(&document));
    // Another release than that of the overlays may lack an event that they name.
    findings.extend(lint::events(&document));
    findings.extend(coverage::findings(&document));
    Ok(findings)
}

/// Returns the document that the overlays are written for.
pub fn repaired(folder: &Folder) -> Result<Value> {
    let upstream = read(&folder.openapi().join("upstream.json"))?;
    let facts = serde_json::from_str(&upstream).context("openapi/upstream.json is not JSON")?;
    Ok(pipeline::repair(&facts, &Names::read(&folder.openapi())?).0)
}

/// Returns the committed document.
pub fn document(folder: &Folder) -> Result<Value> {
    serde_json::from_str(&read(&folder.document())?).context("openapi/waha.json is not JSON")
}

/// Reads a file of `openapi/`.
pub fn read(path: &Path) -> Result<String> {
    folder::read(path)
}

/// Finds files of ours that were written for another release, in which entries that match nothing are no errors.
fn written_for_this_release(lock: &Provenance, names: &Names, overlays: &[Overlay], findings: &mut Vec<Finding>) {
    let release = &lock.release.version;
    let others = overlays.iter().filter(|overlay| overlay.release() != release).map(Overlay::file);
    let names = (!names.release.is_empty() && names.release != *release).then(|| "names.toml".to_owned());
    for file in others.chain(names) {
        findings.push(Finding::of_file(
            "release",
            &file,
            &format!(
                "it was written for another release than {release}, so that entries that match nothing are not reported"
            ),
            "compare it with the new release, and set its release to this one",
        ));
    }
}

/// Validates the document with two libraries that know OpenAPI 3.0, and nothing of our keywords.
fn valid(document: &Value) -> Vec<Finding> {
    let finding = |problem: &str| {
        Finding::of_file(
            "valid",
            "waha.json",
            &format!("it is not valid OpenAPI 3.0: {problem}"),
            "correct it in an overlay, or in the rule that made it",
        )
    };
    let mut findings = Vec::new();
    if let Err(error) = serde_json::from_value::<openapiv3::OpenAPI>(document.clone()) {
        findings.push(finding(&error.to_string()));
    }
    match serde_json::from_value::<roas::v3_0::spec::Spec>(document.clone()) {
        Ok(spec) => {
            // Schemas that only a person refers to (an app's configuration) are there on purpose.
            let options = Options::IgnoreUnusedSchemas | Options::IgnoreMissingTags;
            if let Err(error) = spec.validate(options, None) {
                findings.extend(error.errors.iter().map(|error| finding(&error.to_string())));
            }
        }
        Err(error) => findings.push(finding(&error.to_string())),
    }
    findings
}
