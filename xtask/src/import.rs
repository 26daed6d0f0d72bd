//! `cargo xtask import`: makes the committed document from a release.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::{
    assemble::Assembly,
    document, escape,
    folder::{self, Folder},
    history::{self, History},
    lint::{self, Finding},
    names::Names,
    overlay::Overlay,
    provenance::{self, Counts, Provenance, Release},
    rules,
    source::{self, Credentials, Fetched},
    spec_diff,
};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A file, the URL of a document, or the base URL of a running server (which has its document at `/-json`).
    source: String,
    #[command(flatten)]
    credentials: Credentials,
    /// Where to write upstream.json, history.toml, waha.json and provenance.toml, instead of `openapi/`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Imports, and prints what it did. Writes nothing if there are findings.
pub fn run(arguments: &Arguments, folder: &Folder) -> Result<Vec<Finding>> {
    let fetched = source::read(&arguments.source, &arguments.credentials)?;
    refuse_own_file(&arguments.source, &fetched, folder)?;
    let names = Names::read(&folder.openapi())?;
    let overlays = Overlay::read_all(&folder.overlays())?;
    let history = History::read(&folder.openapi())?;
    let assembly = match Assembly::new(&client_diff::facts::of(&fetched.document), &names, &overlays, history) {
        Ok(assembly) => assembly,
        Err(error) => return Finding::of_stale(error),
    };
    let findings = lint::lint(&assembly.outcome.document, &assembly.text);
    if !findings.is_empty() {
        return Ok(findings);
    }
    let release = Release {
        version: assembly.outcome.release.clone(),
        source: fetched.label,
        openapi: fetched.document["openapi"].as_str().unwrap_or_default().to_owned(),
    };
    let lock = assembly.lock(release, provenance::digest(&fetched.bytes), folder)?;
    // Compared before anything is written, since the files can be those that are compared with.
    let difference = spec_diff::after_import(&assembly.facts, &lock.release.source, folder)?;
    let out = arguments.out.clone().unwrap_or_else(|| folder.openapi());
    let lines = report(&lock, &assembly, &out);
    let files = [
        ("upstream.json", assembly.upstream),
        (history::FILE, assembly.history_text),
        ("waha.json", assembly.text),
        ("provenance.toml", lock.print()?),
    ];
    folder::write_all(&out, &files)?;
    crate::print_lines(&lines);
    Ok(crate::print(&difference))
}

/// Refuses the files that an import writes: they would be locked as a release's document.
fn refuse_own_file(source: &str, fetched: &Fetched, folder: &Folder) -> Result<()> {
    let is_file = |path: PathBuf| folder::is_same_file(Path::new(source), &path);
    let source = escape::line(source);
    let is_facts = || client_diff::facts::are(&fetched.document);
    if is_file(folder.openapi().join("upstream.json")) || is_facts() {
        bail!(
            "{source} holds the facts of a release, as an import writes them to upstream.json, and not the release's own \
             document: `cargo xtask assemble` builds waha.json from them"
        );
    }
    if is_file(folder.document()) || is_assembled(&fetched.document) {
        bail!(
            "{source} is a document that `cargo xtask assemble` wrote, and not that of a release: change an overlay, and \
             run `cargo xtask assemble`"
        );
    }
    Ok(())
}

/// Returns whether a document has the keywords that only ours have.
fn is_assembled(document: &Value) -> bool {
    document.get("x-webhooks").is_some()
        || document::operations(document).any(|operation| operation.value.get("x-alias").is_some())
}

fn report(lock: &Provenance, assembly: &Assembly, out: &Path) -> Vec<String> {
    let Assembly { outcome, history, .. } = assembly;
    let Counts { operations_in, operations_out, schemas_in, schemas_out } = lock.counts;
    let mut lines = vec![
        format!("WAHA {} from {}", lock.release.version, lock.release.source),
        format!("  operations  {operations_in:>4} in, {operations_out:>4} out"),
        format!("  schemas     {schemas_in:>4} in, {schemas_out:>4} out"),
        format!("  history     {}", history.summary(&lock.release.version)),
        "rules, and how many places each changed:".to_owned(),
    ];
    for (hits, rule) in outcome.hits.iter().zip(rules::REPAIR.iter().chain(rules::FINISH)) {
        lines.push(format!("  {:>5}  {:<20}  {}", hits.count, hits.rule, rule.purpose));
    }
    lines.extend(outcome.remarks());
    if outcome.uncurated.is_empty() {
        lines.push("every operation is described by an overlay".to_owned());
    }
    lines.push(format!("wrote upstream.json, history.toml, waha.json and provenance.toml in {}", out.display()));
    lines
}
