//! `openapi/history.toml`: the releases that are known, and which operations each of them added and removed.
//!
//! An operation is the same if only the names in the braces of its path differ. One that was removed and came back
//! exists since it came back.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result, bail};
use client_diff::accept::release;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    document::{for_each_operation, label, operations, path_shape},
    escape, provenance, source,
};

/// The name of the file in `openapi/`.
pub const FILE: &str = "history.toml";

const HEADER: &str = "\
# The releases that are known, oldest first, and what each of them added and removed. The first entry has all operations of
# its release, which older ones may have as well.
# Written by `cargo xtask import` and `assemble`, checked by `cargo xtask check`. Not to be edited by hand.

";

const ADVICE: &str = "restore the file from version control";

/// The releases that are known, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    releases: Vec<Release>,
    /// How people name an operation, by its address.
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Release {
    version: String,
    /// Addresses of its operations: the method, and the path without the names of its values.
    operations: BTreeSet<String>,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    release: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    version: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    added: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<String>,
}

impl History {
    /// Reads the history of a folder; nothing is known where there is no file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not the one that provenance.toml was written for.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", escape::path(&path)))?;
        let lock = provenance::Provenance::read(folder);
        if lock.is_ok_and(|lock| lock.sha256.history != provenance::digest(text.as_bytes())) {
            bail!("{} is not the file that provenance.toml was written for: {ADVICE}", escape::path(&path));
        }
        Self::parse(&text)
    }

    /// Parses the text of the file.
    ///
    /// # Errors
    ///
    /// It is not TOML of this form, or what an entry says does not fit those before it.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).with_context(|| format!("{FILE} cannot be read: {ADVICE}"))?;
        let mut history = Self::default();
        for Entry { version, added, removed } in file.release {
            let mut known = history.releases.last().map(|last| last.operations.clone()).unwrap_or_default();
            let addresses = |labels: &[String]| -> Result<Vec<String>> {
                let address = |label: &String| address_of_label(label).with_context(|| wrong(&version, label));
                labels.iter().map(address).collect()
            };
            for (address, label) in addresses(&removed)?.iter().zip(&removed) {
                if !known.remove(address) {
                    bail!("{}, which is not there", wrong(&version, label));
                }
            }
            for (address, label) in addresses(&added)?.into_iter().zip(added) {
                if known.contains(&address) {
                    bail!("{}, which is there already", wrong(&version, &label));
                }
                history.labels.entry(address.clone()).or_insert(label);
                known.insert(address);
            }
            if history.releases.last().is_some_and(|last| order(&last.version) >= order(&version)) {
                bail!("{FILE}: {version} is not newer than the entry before it: {ADVICE}");
            }
            history.releases.push(Release { version, operations: known });
        }
        Ok(history)
    }

    /// Returns whether no release is known.
    pub fn is_empty(&self) -> bool {
        self.releases.is_empty()
    }

    /// Returns the text of the file.
    pub fn print(&self) -> Result<String> {
        let none = BTreeSet::new();
        let before = std::iter::once(&none).chain(self.releases.iter().map(|release| &release.operations));
        let release = self.releases.iter().zip(before).map(|(Release { version, operations }, before)| {
            let labels = |difference: Vec<&String>| {
                let mut labels: Vec<_> = difference.into_iter().map(|address| self.labels[address].clone()).collect();
                labels.sort_unstable();
                labels
            };
            Entry {
                version: version.clone(),
                added: labels(operations.difference(before).collect()),
                removed: labels(before.difference(operations).collect()),
            }
        });
        Ok(format!("{HEADER}{}", toml::to_string_pretty(&File { release: release.collect() })?))
    }

    /// Takes in a release, in place of what was known of it. If it has no operation of any release that is known, it is
    /// the release of another server, and the history begins with it.
    pub fn insert(&mut self, version: &str, document: &Value) {
        let mut found = BTreeSet::new();
        for operation in operations(document) {
            let address = address(operation.path, operation.method);
            self.labels.entry(address.clone()).or_insert_with(|| operation.label());
            found.insert(address);
        }
        let is_of_another = |release: &Release| release.operations.is_disjoint(&found);
        if !found.is_empty() && self.releases.iter().all(is_of_another) {
            self.releases.clear();
        }
        self.releases.retain(|release| release.version != version);
        self.releases.push(Release { version: version.to_owned(), operations: found });
        self.releases.sort_by_key(|release| order(&release.version));
    }

    /// Takes in all releases of a folder: documents that end in `.json`.
    ///
    /// # Errors
    ///
    /// The folder has no documents, or one of them cannot be read or has no version.
    pub fn insert_all(&mut self, folder: &Path) -> Result<()> {
        let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", escape::path(folder)))?;
        let mut paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        if paths.is_empty() {
            bail!("{} has no documents: it takes files that end in .json", escape::path(folder));
        }
        for path in paths {
            let document = source::read_file(&path)?.document;
            let Some(version) = document["info"]["version"].as_str() else {
                bail!("{} has no info.version, so that nobody could tell its release", escape::path(&path));
            };
            self.insert(version, &document);
        }
        Ok(())
    }

    /// Says in a document of a release since when each operation exists (`x-since`): the first of the releases from which
    /// on all that are known have it, as `2026.8.2`; or `2026.7.1 or older`, if that is the oldest one.
    pub fn annotate(&self, version: &str, document: &mut Value) {
        let end = self.releases.iter().position(|release| release.version == version).map_or(0, |last| last + 1);
        let known = &self.releases[..end];
        for_each_operation(document, |path, method, operation| {
            let address = address(path, method);
            let having = known.iter().rev().take_while(|release| release.operations.contains(&address));
            let since = match having.enumerate().last() {
                Some((before, first)) if before + 1 == known.len() => format!("{} or older", first.version),
                Some((_, first)) => first.version.clone(),
                None => return,
            };
            operation.insert("x-since".to_owned(), since.into());
        });
    }

    /// Returns what is known of a release in one line.
    pub fn summary(&self, version: &str) -> String {
        let position = self.releases.iter().position(|release| release.version == version).unwrap_or_default();
        let pair = position.checked_sub(1).map(|before| (&self.releases[before], &self.releases[position]));
        match pair {
            Some((before, here)) => {
                let added = here.operations.difference(&before.operations).count();
                let removed = before.operations.difference(&here.operations).count();
                format!(
                    "{} releases are known, from {} on; compared with {}, {added} operations are new and {removed} are gone",
                    self.releases.len(),
                    self.releases[0].version,
                    before.version
                )
            }
            None if self.releases.len() < 2 => "no other release is known".to_owned(),
            None => format!("{} releases are known, none older than {version}", self.releases.len()),
        }
    }
}

/// What a server tells operations apart by.
fn address(path: &str, method: &str) -> String {
    label(&path_shape(path), method)
}

fn address_of_label(label: &str) -> Option<String> {
    let (method, path) = label.split_once(' ')?;
    path.starts_with('/').then(|| address(path, method))
}

fn wrong(version: &str, label: &str) -> String {
    format!("{FILE}: {ADVICE}: {} names {}", escape::line(version), escape::line(label))
}

/// The order of releases. A name that does not begin with a number, such as that of a build from a branch, comes last.
fn order(version: &str) -> (bool, Vec<(u64, String)>, String) {
    (!version.starts_with(|c: char| c.is_ascii_digit()), release(version), version.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(operations: &[&str]) -> Value {
        let mut document = json!({ "paths": {} });
        for operation in operations {
            let (method, path) = operation.split_once(' ').unwrap();
            document["paths"][path][method.to_lowercase()] = json!({});
        }
        document
    }

    fn history(releases: &[(&str, &[&str])]) -> History {
        let mut history = History::default();
        for (version, operations) in releases {
            history.insert(version, &document(operations));
        }
        history
    }

    /// `x-since` of each operation, in the document of a release that has these.
    fn since(history: &History, version: &str, operations: &[&str]) -> Vec<String> {
        let mut document = document(operations);
        history.annotate(version, &mut document);
        let value = |operation: &&str| {
            let (method, path) = operation.split_once(' ').unwrap();
            document["paths"][path][method.to_lowercase()]["x-since"].as_str().unwrap_or("nothing").to_owned()
        };
        operations.iter().map(value).collect()
    }

    const RELEASES: [(&str, &[&str]); 4] = [
        ("2026.9.2", &["GET /a", "GET /b/{id}", "POST /a", "GET /d"]),
        ("2026.10.1", &["GET /a", "GET /b/{chatId}", "GET /d", "GET /e"]),
        ("2026.11.1", &["GET /a", "GET /b/{chatId}", "POST /a", "GET /e"]),
        ("2026.12.1", &["GET /a", "GET /b/{chatId}", "POST /a", "GET /e", "GET /f"]),
    ];

    #[test]
    fn an_operation_exists_since_the_release_from_which_on_all_have_it() {
        let history = history(&RELEASES);
        let newest = ["GET /a", "GET /b/{chatId}", "POST /a", "GET /e", "GET /f"];
        assert_eq!(
            since(&history, "2026.12.1", &newest),
            ["2026.9.2 or older", "2026.9.2 or older", "2026.11.1", "2026.10.1", "2026.12.1"]
        );
        assert_eq!(since(&history, "2026.9.2", &["POST /a", "GET /d"]), ["2026.9.2 or older", "2026.9.2 or older"]);
        assert_eq!(
            since(&history, "2026.12.1", &["GET /d"]),
            ["nothing"],
            "an operation that the release does not have"
        );
        assert_eq!(since(&history, "2026.8.1", &["GET /a"]), ["nothing"], "a release that is not known");
    }

    #[test]
    fn the_order_of_the_imports_does_not_matter() {
        let mut releases = RELEASES.to_vec();
        let expected = history(&releases).print().unwrap();
        releases.reverse();
        let reversed = history(&releases);
        assert_eq!(reversed.print().unwrap().replace("{chatId}", "{id}"), expected);
        // A release that is imported again, or one that is older than the last import, loses nothing.
        let mut again = history(&RELEASES);
        again.insert(RELEASES[1].0, &document(RELEASES[1].1));
        assert_eq!(again.print().unwrap(), expected);
    }

    #[test]
    fn a_release_is_replaced_by_what_is_known_better() {
        let mut history = history(&RELEASES);
        history.insert("2026.10.1", &document(&["GET /a", "GET /b/{id}", "GET /d"]));
        assert_eq!(since(&history, "2026.12.1", &["GET /e"]), ["2026.11.1"]);
        history.insert("2026.9.1", &document(&["GET /b/{id}"]));
        assert_eq!(since(&history, "2026.12.1", &["GET /a", "GET /b/{id}"]), ["2026.9.2", "2026.9.1 or older"]);
    }

    #[test]
    fn the_file_holds_all_that_is_known() {
        let known = history(&RELEASES);
        let text = known.print().unwrap();
        assert_eq!(History::parse(&text).unwrap(), known);
        assert_eq!(History::parse(&text).unwrap().print().unwrap(), text);
        assert!(text.contains("version = \"2026.11.1\"\nadded = [\"POST /a\"]\nremoved = [\"GET /d\"]\n"), "{text}");
        assert_eq!(text.matches("/b/").count(), 1, "a parameter of a path has another name, and nothing else: {text}");
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let text = history(&RELEASES).print().unwrap();
        for (words, others, problem) in [
            ("removed = [\"GET /d\"]", "removed = [\"GET /x\"]", "2026.11.1 names GET /x, which is not there"),
            ("added = [\"POST /a\"]", "added = [\"GET /a\"]", "2026.11.1 names GET /a, which is there already"),
            ("2026.11.1", "2026.9.10", "2026.9.10 is not newer"),
            ("added = [\"POST /a\"]", "added = [\"POST\"]", "2026.11.1 names POST"),
            ("added =", "new =", "history.toml cannot be read"),
        ] {
            let changed = text.replace(words, others);
            assert_ne!(changed, text, "{words}");
            let error = format!("{:#}", History::parse(&changed).unwrap_err());
            assert!(error.contains(problem) && error.contains(ADVICE), "{error}");
        }
    }

    #[test]
    fn another_server_has_a_history_of_its_own() {
        let mut history = history(&RELEASES);
        history.insert("1.0", &document(&["GET /other"]));
        assert_eq!(since(&history, "1.0", &["GET /other"]), ["1.0 or older"]);
        assert!(!history.print().unwrap().contains("2026"));
        assert_eq!(history.summary("1.0"), "no other release is known");
    }

    #[test]
    fn a_build_without_a_number_is_the_newest() {
        let mut history = history(&RELEASES);
        history.insert("dev", &document(&["GET /a", "GET /e", "GET /g"]));
        assert_eq!(since(&history, "dev", &["GET /a", "GET /g"]), ["2026.9.2 or older", "dev"]);
        history.insert("2027.1.1", &document(&["GET /a", "GET /e", "GET /h"]));
        assert_eq!(since(&history, "2027.1.1", &["GET /e", "GET /h"]), ["2026.10.1", "2027.1.1"]);
        assert_eq!(
            history.summary("2027.1.1"),
            "6 releases are known, from 2026.9.2 on; compared with 2026.12.1, 1 operations are new and 3 are gone"
        );
    }
}
