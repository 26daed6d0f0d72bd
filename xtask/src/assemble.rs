//! `cargo xtask assemble`: builds waha.json from what is committed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{
    difference, document, escape,
    folder::{self, Folder},
    history::{self, History},
    lint::{self, Finding},
    names::Names,
    overlay::Overlay,
    pipeline::{self, Outcome},
    provenance::{self, Counts, Digests, Provenance, Release},
    source,
};

/// Arguments of `assemble`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Write nothing, and end with 1 if something would change.
    #[arg(long)]
    check: bool,
    /// Take the releases of a folder into openapi/history.toml, so that `x-since` is known better. It holds documents of
    /// releases, or their facts.
    #[arg(long, value_name = "DIR", conflicts_with = "upstream")]
    history: Option<PathBuf>,
    /// Assemble from the facts of another release than openapi/upstream.json holds, and write the document to --out.
    #[arg(long, value_name = "FILE", requires = "out", conflicts_with = "check")]
    upstream: Option<PathBuf>,
    /// The document to write, instead of openapi/waha.json.
    #[arg(long, value_name = "FILE", requires = "upstream")]
    out: Option<PathBuf>,
}

/// Assembles, and prints what changed. Writes nothing if there are findings.
pub fn run(arguments: &Arguments, folder: &Folder) -> Result<Vec<Finding>> {
    if let (Some(upstream), Some(out)) = (&arguments.upstream, &arguments.out) {
        return assemble_other(upstream, out, folder);
    }
    let committed = Committed::read(folder)?;
    let mut findings = committed.upstream_findings();
    if !findings.is_empty() {
        return Ok(findings);
    }
    let mut history = committed.history.clone();
    if let Some(releases) = &arguments.history {
        history.insert_all(releases)?;
    }
    let assembly = match committed.assemble_with(history) {
        Ok(assembly) => assembly,
        Err(error) => return Finding::of_stale(error),
    };
    findings.extend(lint::lint(&assembly.outcome.document, &assembly.text));
    if !findings.is_empty() {
        return Ok(findings);
    }
    let lock = committed.lock_of(&assembly, folder)?;
    if arguments.check {
        findings.extend(committed.history_finding(&assembly));
        findings.extend(committed.document_finding(&assembly));
        findings.extend(committed.lock_finding(&lock));
        if findings.is_empty() {
            crate::print("openapi/waha.json is up to date\n");
        }
        return Ok(findings);
    }
    let mut lines = Vec::new();
    let mut files = Vec::new();
    if committed.document.as_deref() != Some(assembly.text.as_str()) {
        lines.push("openapi/waha.json:".to_owned());
        lines.extend(committed.document_summary(&assembly).into_iter().map(|line| format!("  {line}")));
        files.push(("waha.json", assembly.text.clone()));
    }
    if committed.history_text != assembly.history_text {
        lines.push(format!("openapi/{}: {}", history::FILE, assembly.history.summary(&lock.release.version)));
        files.push((history::FILE, assembly.history_text.clone()));
    }
    let summary = committed.lock_summary(&lock);
    if !summary.is_empty() {
        lines.push("openapi/provenance.toml:".to_owned());
        lines.extend(summary.into_iter().map(|line| format!("  {line}")));
        files.push(("provenance.toml", lock.print()?));
    }
    lines.extend(assembly.outcome.remarks());
    match files.iter().map(|(name, _)| *name).collect::<Vec<_>>().as_slice() {
        [] => lines.push("openapi/waha.json is up to date".to_owned()),
        [names @ .., last] => {
            let names = if names.is_empty() { String::new() } else { format!("{} and ", names.join(", ")) };
            lines.push(format!("wrote {names}{last} in {}", folder.openapi().display()));
        }
    }
    folder::write_all(&folder.openapi(), &files)?;
    Ok(crate::print_lines(&lines))
}

/// Assembles the document of another release, which has no lock of its own.
fn assemble_other(upstream: &Path, out: &Path, folder: &Folder) -> Result<Vec<Finding>> {
    let document = source::read_file(upstream)?.document;
    let names = Names::read(&folder.openapi())?;
    let overlays = Overlay::read_all(&folder.overlays())?;
    let history = History::read(&folder.openapi())?;
    let assembly = match Assembly::new(&client_diff::facts::of(&document), &names, &overlays, history) {
        Ok(assembly) => assembly,
        Err(error) => return Finding::of_stale(error),
    };
    let findings = lint::lint(&assembly.outcome.document, &assembly.text);
    if !findings.is_empty() {
        return Ok(findings);
    }
    if folder::is_same_file(out, &folder.document()) {
        bail!("--out is the committed document: import the release instead, or give another file");
    }
    fs::write(out, &assembly.text).with_context(|| format!("cannot write {}", escape::path(out)))?;
    let mut lines = assembly.outcome.remarks();
    lines.push(format!("wrote WAHA {} to {}", assembly.outcome.release, out.display()));
    Ok(crate::print_lines(&lines))
}

/// What the pipeline makes of the facts of a release.
pub struct Assembly {
    /// The facts in the order in which they are committed.
    pub facts: Value,
    /// The text of upstream.json.
    pub upstream: String,
    /// The releases that are known, this one among them.
    pub history: History,
    /// The text of history.toml.
    pub history_text: String,
    /// The finished document, and how it came about.
    pub outcome: Outcome,
    /// The text of waha.json.
    pub text: String,
}

impl Assembly {
    /// Runs the pipeline on facts in any order, and takes the release into the history.
    pub fn new(facts: &Value, names: &Names, overlays: &[Overlay], mut history: History) -> Result<Self> {
        let facts = document::canonical(facts);
        let mut outcome = pipeline::run(&facts, names, overlays)?;
        history.insert(&outcome.release, &facts);
        history.annotate(&outcome.release, &mut outcome.document);
        outcome.document = document::canonical(&outcome.document);
        let (upstream, text) = (document::print(&facts), document::print(&outcome.document));
        let history_text = history.print()?;
        Ok(Self { facts, upstream, history, history_text, outcome, text })
    }

    /// Returns the lock of this document.
    pub fn lock(&self, release: Release, source_digest: String, folder: &Folder) -> Result<Provenance> {
        Ok(Provenance {
            release,
            sha256: Digests {
                source: source_digest,
                upstream: provenance::digest(self.upstream.as_bytes()),
                history: provenance::digest(self.history_text.as_bytes()),
                document: provenance::digest(self.text.as_bytes()),
            },
            tools: provenance::tools(folder.root())?,
            counts: Counts::of(&self.facts, &self.outcome.document),
            rules: provenance::rules(&self.outcome.hits),
        })
    }
}

/// What is committed in `openapi/`.
pub struct Committed {
    /// provenance.toml.
    pub lock: Provenance,
    /// The text of upstream.json.
    pub upstream: String,
    /// The content of upstream.json.
    pub facts: Value,
    /// The text of history.toml.
    pub history_text: String,
    /// The releases that are known.
    pub history: History,
    /// The text of waha.json, if the file exists.
    pub document: Option<String>,
    /// names.toml.
    pub names: Names,
    /// The overlays, in the order in which they are applied.
    pub overlays: Vec<Overlay>,
}

impl Committed {
    /// Reads the folder.
    pub fn read(folder: &Folder) -> Result<Self> {
        let openapi = folder.openapi();
        let upstream = folder::read(&openapi.join("upstream.json"))?;
        let history_text = folder::read(&openapi.join(history::FILE))?;
        let document = folder.document();
        Ok(Self {
            lock: Provenance::read(&openapi)?,
            facts: serde_json::from_str(&upstream).context("openapi/upstream.json is not JSON")?,
            upstream,
            history: History::parse(&history_text)?,
            history_text,
            document: document.exists().then(|| folder::read(&document)).transpose()?,
            names: Names::read(&openapi)?,
            overlays: Overlay::read_all(&folder.overlays())?,
        })
    }

    /// Runs the pipeline on the committed facts.
    pub fn assemble(&self) -> Result<Assembly> {
        self.assemble_with(self.history.clone())
    }

    /// Runs the pipeline on the committed facts, with another history than the committed one.
    pub fn assemble_with(&self, history: History) -> Result<Assembly> {
        Assembly::new(&self.facts, &self.names, &self.overlays, history)
    }

    /// Returns the lock that belongs to an assembly of the committed facts. The release and the digest of its document are
    /// kept: only an import learns them.
    pub fn lock_of(&self, assembly: &Assembly, folder: &Folder) -> Result<Provenance> {
        assembly.lock(self.lock.release.clone(), self.lock.sha256.source.clone(), folder)
    }

    /// Finds what shows that upstream.json or history.toml is not what was last written.
    pub fn upstream_findings(&self) -> Vec<Finding> {
        let advice = "restore the file from version control, or import the release again";
        let mut findings = Vec::new();
        if provenance::digest(self.upstream.as_bytes()) != self.lock.sha256.upstream {
            let problem = "it is not the file that provenance.toml was written for";
            findings.push(Finding::of_file("provenance", "upstream.json", problem, advice));
        }
        if provenance::digest(self.history_text.as_bytes()) != self.lock.sha256.history {
            let problem = "it is not the file that provenance.toml was written for";
            let advice =
                "restore the file from version control; `cargo xtask assemble --history DIR` adds releases to it";
            findings.push(Finding::of_file("provenance", history::FILE, problem, advice));
        }
        if document::print(&client_diff::facts::of(&self.facts)) != self.upstream {
            let problem = "it holds more than declared facts, or was edited by hand";
            findings.push(Finding::of_file("upstream", "upstream.json", problem, advice));
        }
        let Release { version, openapi, .. } = &self.lock.release;
        if [&self.facts["info"]["version"], &self.facts["openapi"]] != [version.as_str(), openapi.as_str()] {
            let problem = "it names another release, or another version of OpenAPI, than upstream.json";
            findings.push(Finding::of_file("provenance", "provenance.toml", problem, advice));
        }
        findings
    }

    /// Finds that waha.json is not what the committed facts, names and overlays give.
    pub fn document_finding(&self, assembly: &Assembly) -> Option<Finding> {
        let is_same = self.document.as_deref() == Some(assembly.text.as_str());
        (!is_same).then(|| {
            let problem = "upstream.json, names.toml and the overlays give another document";
            let advice = "run `cargo xtask assemble`, or undo the change to the names and overlays";
            Finding::of_file("reproducible", "waha.json", problem, advice).with_details(self.document_summary(assembly))
        })
    }

    /// Finds that history.toml lacks what is known of the committed release, or of others.
    pub fn history_finding(&self, assembly: &Assembly) -> Option<Finding> {
        (self.history_text != assembly.history_text).then(|| {
            let problem = "it does not have the operations of upstream.json, or of the releases that were given";
            let advice = "run the same command without `--check`, look at the difference, and commit it";
            Finding::of_file("history", history::FILE, problem, advice)
        })
    }

    /// Finds that provenance.toml is not the lock of the assembled document.
    pub fn lock_finding(&self, lock: &Provenance) -> Option<Finding> {
        let summary = self.lock_summary(lock);
        (!summary.is_empty()).then(|| {
            let problem = "it was written for other versions of the tools, or for another document";
            let advice = "run `cargo xtask assemble`, look at the difference, and commit it";
            Finding::of_file("provenance", "provenance.toml", problem, advice).with_details(summary)
        })
    }

    /// Returns what an assembly changes in waha.json, in lines.
    fn document_summary(&self, assembly: &Assembly) -> Vec<String> {
        let Some(committed) = &self.document else { return vec!["the file does not exist".to_owned()] };
        match serde_json::from_str::<Value>(committed) {
            Ok(committed) => match difference::changes(&committed, &assembly.outcome.document).as_slice() {
                [] => vec!["the same content in another order or layout".to_owned()],
                changes => difference::summary(changes),
            },
            Err(error) => vec![format!("the committed file is not JSON: {error}")],
        }
    }

    /// Returns what an assembly changes in provenance.toml, in lines.
    fn lock_summary(&self, lock: &Provenance) -> Vec<String> {
        let value = |lock: &Provenance| serde_json::to_value(lock).unwrap_or_default();
        difference::summary(&difference::changes(&value(&self.lock), &value(lock)))
    }
}
