//! `cargo xtask import`: a release becomes the committed document.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    document, facts,
    folder::Folder,
    lint::{self, Finding},
    names::Names,
    overlay::Overlay,
    pipeline::{self, Outcome},
    provenance::{self, Counts, Digests, Provenance, Release},
    rules,
    source::{self, Credentials},
    spec_diff,
};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A file, the URL of a document, or the base URL of a running server (which has its document at `/-json`).
    source: String,
    #[command(flatten)]
    credentials: Credentials,
    /// Where to write upstream.json, waha.json and provenance.toml, instead of `openapi/`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Imports, and says what it did. The findings are why it did not: where there is one, no file was touched.
pub fn run(arguments: &Arguments, folder: &Folder) -> Result<Vec<Finding>> {
    let fetched = source::read(&arguments.source, &arguments.credentials)?;
    // In the order in which they are committed, so that `check` makes the same of them.
    let facts = document::canonical(&facts::of(&fetched.document));
    let names = Names::read(&folder.openapi())?;
    let overlays = Overlay::read_all(&folder.overlays())?;
    let outcome = match pipeline::run(&facts, &names, &overlays) {
        Ok(outcome) => outcome,
        Err(error) => return Finding::of_stale(error),
    };
    let upstream = document::print(&facts);
    let text = document::print(&outcome.document);
    let findings = lint::lint(&outcome.document, &text);
    if !findings.is_empty() {
        return Ok(findings);
    }
    let provenance = Provenance {
        release: Release {
            version: outcome.release.clone(),
            source: fetched.label,
            openapi: fetched.document["openapi"].as_str().unwrap_or_default().to_owned(),
        },
        sha256: Digests {
            source: provenance::digest(&fetched.bytes),
            upstream: provenance::digest(upstream.as_bytes()),
            document: provenance::digest(text.as_bytes()),
        },
        tools: provenance::tools(folder.root())?,
        counts: Counts::of(&facts, &outcome.document),
        rules: provenance::rules(&outcome.hits),
    };
    // Against what is committed, which the files may be no more in a moment.
    let difference = spec_diff::after_import(&facts, &provenance.release.source, folder)?;
    let out = arguments.out.clone().unwrap_or_else(|| folder.openapi());
    write_all(&out, &[("upstream.json", upstream), ("waha.json", text), ("provenance.toml", provenance.print()?)])?;
    Ok(crate::print(&(report(&provenance, &outcome, &out) + &difference)))
}

/// Writes all files or none: each is written beside its place first, and only then are they put there.
fn write_all(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut prepared = Vec::new();
    for (name, text) in files {
        let mut file =
            tempfile::NamedTempFile::new_in(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).with_context(|| format!("cannot write {name}"))?;
        prepared.push((folder.join(name), file));
    }
    let before: Vec<_> = prepared.iter().map(|(path, _)| (path.clone(), fs::read(path).ok())).collect();
    for (path, file) in prepared {
        if let Err(error) = persist(&path, file) {
            restore(&before);
            return Err(error);
        }
    }
    Ok(())
}

fn persist(path: &Path, file: tempfile::NamedTempFile) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A temporary file is for its owner alone; these are for everybody.
        file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map(drop).with_context(|| format!("cannot write {}", path.display()))
}

/// Puts the files back as they were.
fn restore(before: &[(PathBuf, Option<Vec<u8>>)]) {
    for (path, content) in before {
        let result = match content {
            Some(content) => fs::write(path, content),
            None => fs::remove_file(path).or(Ok(())),
        };
        if let Err(error) = result {
            eprintln!("cannot put {} back as it was: {error}", path.display());
        }
    }
}

fn report(provenance: &Provenance, outcome: &Outcome, out: &Path) -> String {
    let Counts { operations_in, operations_out, schemas_in, schemas_out } = provenance.counts;
    let mut lines = vec![
        format!("WAHA {} from {}", provenance.release.version, provenance.release.source),
        format!("  operations  {operations_in:>4} in, {operations_out:>4} out"),
        format!("  schemas     {schemas_in:>4} in, {schemas_out:>4} out"),
        "rules, and how many places each changed:".to_owned(),
    ];
    for (hits, rule) in outcome.hits.iter().zip(rules::REPAIR.iter().chain(rules::FINISH)) {
        lines.push(format!("  {:>5}  {:<20}  {}", hits.count, hits.rule, rule.purpose));
    }
    if !outcome.notes.is_empty() {
        lines.push(format!("{} entries that this release has no place for:", outcome.notes.len()));
        lines.extend(outcome.notes.iter().map(|note| format!("  {note}")));
    }
    if outcome.uncurated.is_empty() {
        lines.push("every operation is described by an overlay".to_owned());
    } else {
        lines.push(format!("{} operations that no overlay describes yet:", outcome.uncurated.len()));
        lines.extend(outcome.uncurated.iter().map(|operation| format!("  {operation}")));
    }
    lines.push(format!("written to {}", out.display()));
    lines.join("\n") + "\n"
}
