//! `cargo xtask check`: does what is committed hold together? Needs no network.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use roas::validation::{Options, Validate as _};
use serde_json::Value;
use similar::TextDiff;

use crate::{
    coverage, document, facts,
    folder::Folder,
    lint::{self, Finding},
    names::Names,
    overlay::Overlay,
    pipeline,
    provenance::{self, Counts, Provenance},
};

/// Checks, and gives what it found.
pub fn run(folder: &Folder) -> Result<Vec<Finding>> {
    let openapi = folder.openapi();
    let lock = Provenance::read(&openapi)?;
    let upstream = read(&openapi.join("upstream.json"))?;
    let committed = read(&openapi.join("waha.json"))?;
    let names = Names::read(&openapi)?;
    let overlays = Overlay::read_all(&folder.overlays())?;

    let mut findings = Vec::new();
    lock_holds(&lock, &upstream, &committed, &mut findings);
    if lock.tools != provenance::tools(folder.root())? {
        findings.push(Finding::of_file(
            "provenance",
            "provenance.toml",
            "the generator or the tool has another version than when the document was made",
            "import the release again, look at the difference, and commit it",
        ));
    }
    let facts: Value = serde_json::from_str(&upstream).context("openapi/upstream.json is not JSON")?;
    if document::print(&facts::of(&facts)) != upstream {
        findings.push(Finding::of_file(
            "upstream",
            "upstream.json",
            "it holds more than declared facts, or was edited by hand",
            "import the release again",
        ));
    }
    let declared = [&facts["info"]["version"], &facts["openapi"]];
    if declared != [lock.release.version.as_str(), lock.release.openapi.as_str()] {
        findings.push(Finding::of_file(
            "provenance",
            "provenance.toml",
            "it names another release, or another version of OpenAPI, than upstream.json",
            "import the release again",
        ));
    }
    written_for_this_release(&lock, &names, &overlays, &mut findings);
    match pipeline::run(&facts, &names, &overlays) {
        Ok(outcome) => {
            let made = document::print(&outcome.document);
            if made != committed {
                findings.push(Finding::of_file(
                    "reproducible",
                    "waha.json",
                    &format!(
                        "upstream.json and the overlays give another document:\n{}",
                        difference(&committed, &made)
                    ),
                    "run `cargo xtask import` with the release's document, or undo the change to the overlays",
                ));
            }
            if Counts::of(&facts, &outcome.document) != lock.counts || provenance::rules(&outcome.hits) != lock.rules {
                findings.push(Finding::of_file(
                    "provenance",
                    "provenance.toml",
                    "the counts are not what they were",
                    "import the release again",
                ));
            }
            findings.extend(outcome.notes.iter().map(|note| {
                Finding::of_file(
                    "stale",
                    "openapi/",
                    note,
                    "correct the entry, or remove it if the release has no place for it",
                )
            }));
            for operation in &outcome.uncurated {
                findings.push(Finding::of_operation(
                    "curated",
                    operation,
                    "no overlay describes it",
                    "give it a summary and a description in its resource's overlay",
                ));
            }
        }
        Err(error) => findings.extend(Finding::of_stale(error)?),
    }
    let document: Value = serde_json::from_str(&committed).context("openapi/waha.json is not JSON")?;
    findings.extend(valid(&document));
    findings.extend(lint::lint(&document, &committed));
    findings.extend(coverage::findings(&document));
    Ok(findings)
}

/// The document that the overlays are written for.
pub fn repaired(folder: &Folder) -> Result<Value> {
    let upstream = read(&folder.openapi().join("upstream.json"))?;
    let facts = serde_json::from_str(&upstream).context("openapi/upstream.json is not JSON")?;
    Ok(pipeline::repair(&facts, &Names::read(&folder.openapi())?).0)
}

/// The committed document.
pub fn document(folder: &Folder) -> Result<Value> {
    serde_json::from_str(&read(&folder.openapi().join("waha.json"))?).context("openapi/waha.json is not JSON")
}

/// Reads a file of `openapi/`.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}: run `cargo xtask import` first", path.display()))
}

fn lock_holds(lock: &Provenance, upstream: &str, committed: &str, findings: &mut Vec<Finding>) {
    for (file, text, digest) in
        [("upstream.json", upstream, &lock.sha256.upstream), ("waha.json", committed, &lock.sha256.document)]
    {
        if provenance::digest(text.as_bytes()) != *digest {
            findings.push(Finding::of_file(
                "provenance",
                file,
                "it is not the file that provenance.toml was written for",
                "do not edit it by hand: change an overlay, and run `cargo xtask import` with the release's document",
            ));
        }
    }
}

fn written_for_this_release(lock: &Provenance, names: &Names, overlays: &[Overlay], findings: &mut Vec<Finding>) {
    let release = &lock.release.version;
    let others = overlays.iter().filter(|overlay| overlay.release() != release).map(Overlay::file);
    let names = (!names.release.is_empty() && names.release != *release).then(|| "names.toml".to_owned());
    for file in others.chain(names) {
        findings.push(Finding::of_file(
            "release",
            &file,
            &format!(
                "it was written for another release than {release}, so that nobody notices what no longer matches"
            ),
            "look through it, and set its release",
        ));
    }
}

/// What a reader of OpenAPI who knows nothing of us has to say.
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

/// A unified difference, short enough to read.
fn difference(committed: &str, made: &str) -> String {
    const LINES: usize = 40;
    let diff = TextDiff::from_lines(committed, made);
    let text = diff.unified_diff().context_radius(2).header("committed", "made").to_string();
    let mut lines: Vec<_> = text.lines().take(LINES).collect();
    if text.lines().count() > LINES {
        lines.push("...");
    }
    lines.join("\n")
}
