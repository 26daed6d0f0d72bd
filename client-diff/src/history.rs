//! Which operations were added, removed and changed in which release.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::{
    accept::release,
    compare::compare,
    document::{label, operations, path_shape},
    escape,
    format::{self, Format, markup},
    profile::Client,
    source,
};

/// One release.
struct Release {
    version: String,
    document: Value,
}

/// What happened to an operation in a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Added,
    Removed,
    Changed,
    Kept,
    Absent,
}

impl Event {
    fn sign(self) -> &'static str {
        match self {
            Self::Added => "new",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Kept => "yes",
            Self::Absent => "",
        }
    }
}

/// Returns the table of all releases of a folder, with a line for each operation that did not stay as it was.
///
/// # Errors
///
/// The folder has no documents, or one of them cannot be read.
pub fn table(folder: &Path, format: Format) -> Result<String> {
    let releases = read(folder)?;
    let mut rows: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    let mut spelling: BTreeMap<String, String> = BTreeMap::new();
    let known: Vec<BTreeSet<String>> = releases.iter().map(|release| addresses(release, &mut spelling)).collect();
    for (i, here) in known.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| (&known[i], changed(&releases[i], &releases[i + 1])));
        for address in spelling.keys() {
            let event = match (&before, here.contains(address)) {
                (None, true) => Event::Kept,
                (None, false) => Event::Absent,
                (Some((before, _)), true) if !before.contains(address) => Event::Added,
                (Some((_, changed)), true) if changed.contains(address) => Event::Changed,
                (Some(_), true) => Event::Kept,
                (Some((before, _)), false) if before.contains(address) => Event::Removed,
                (Some(_), false) => Event::Absent,
            };
            rows.entry(address.clone()).or_default().push(event);
        }
    }
    rows.retain(|_, events| events.iter().any(|event| *event != Event::Kept));
    let versions: Vec<&str> = releases.iter().map(|release| release.version.as_str()).collect();
    let rows: Vec<(&str, Vec<&str>)> = rows
        .iter()
        .map(|(address, events)| (spelling[address].as_str(), events.iter().map(|event| event.sign()).collect()))
        .collect();
    let counts: Vec<String> = known.iter().map(|operations| operations.len().to_string()).collect();
    match format {
        Format::Json => {
            let rows: Vec<Value> = rows
                .iter()
                .map(|(operation, events)| {
                    let events: BTreeMap<_, _> = versions.iter().zip(events).collect();
                    json!({ "operation": operation, "releases": events })
                })
                .collect();
            let counts: BTreeMap<_, _> = versions.iter().zip(known.iter().map(BTreeSet::len)).collect();
            let table = json!({ "schema_version": 1, "operations": counts, "changed": rows });
            format::json(&table)
        }
        _ => Ok(print(&versions, &counts, &rows, format == Format::Markdown)),
    }
}

fn print(versions: &[&str], counts: &[String], rows: &[(&str, Vec<&str>)], is_markdown: bool) -> String {
    let shown = |text: &str| if is_markdown { markup::cell(text) } else { escape::line(text) };
    let versions: Vec<String> = versions.iter().map(|version| shown(version)).collect();
    let names: Vec<String> = rows.iter().map(|(operation, _)| shown(operation)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().max(12);
    let line = |name: &str, cells: &[&str]| {
        let cells = cells.iter().map(|cell| format!("{cell:<10}"));
        if is_markdown {
            format!("| {name:<width$} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
        } else {
            format!("{name:<width$}  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned() + "\n"
        }
    };
    let mut text = line("operation", &versions.iter().map(String::as_str).collect::<Vec<_>>());
    if is_markdown {
        let dashes = vec!["----------"; versions.len()];
        text.push_str(&line(&"-".repeat(width), &dashes));
    }
    text.push_str(&line("all", &counts.iter().map(String::as_str).collect::<Vec<_>>()));
    for (name, (_, events)) in names.iter().zip(rows) {
        text.push_str(&line(name, events));
    }
    text
}

fn read(folder: &Path) -> Result<Vec<Release>> {
    let mut releases = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let document = source::parse(&bytes).with_context(|| format!("{} is no document", path.display()))?;
        let version = document["info"]["version"].as_str().unwrap_or_default().to_owned();
        releases.push(Release { version, document });
    }
    if releases.is_empty() {
        bail!("{} has no documents: it takes files that end in .json", folder.display());
    }
    releases.sort_by_key(|one| release(&one.version));
    Ok(releases)
}

/// Returns what a server tells operations apart by, and notes the newest spelling of each.
fn addresses(release: &Release, spelling: &mut BTreeMap<String, String>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for operation in operations(&release.document) {
        let address = label(&path_shape(operation.path), operation.method);
        spelling.insert(address.clone(), operation.label());
        all.insert(address);
    }
    all
}

/// Returns the operations that a change reaches, changes of texts left out.
fn changed(base: &Release, head: &Release) -> BTreeSet<String> {
    let changes = compare(&base.document, &head.document, Client::DECLARED);
    let operations = changes.into_iter().filter(|change| !change.doc).flat_map(|change| change.operations);
    operations
        .filter_map(|operation| {
            let (method, path) = operation.split_once(' ')?;
            Some(label(&path_shape(path), method))
        })
        .collect()
}
