//! The two documents: files, revisions, URLs, servers.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{Context, model::Side, symbols};
use crate::{
    facts,
    folder::Folder,
    pipeline,
    source::{self, Credentials},
};

/// Where the facts of a release are committed.
const COMMITTED: &str = "openapi/upstream.json";

/// A document, and where it came from.
pub struct Input {
    /// The document.
    pub document: Value,
    /// Where it came from, for people.
    pub label: String,
    /// Its text, if it has one that people can look at.
    pub text: Option<String>,
    /// The file that it is in.
    pub file: Option<String>,
}

impl Input {
    /// A document that was read already.
    pub fn of(document: Value, label: &str) -> Self {
        Self { document, label: label.to_owned(), text: None, file: None }
    }

    /// A file, `git:REV[:PATH]`, a URL or a server.
    pub fn read(source: &str, credentials: &Credentials, folder: &Folder) -> Result<Self> {
        if let Some(revision) = source.strip_prefix("git:") {
            let (revision, path) = revision.split_once(':').unwrap_or((revision, COMMITTED));
            return Self::of_revision(folder, revision, path);
        }
        let fetched = source::read(source, credentials)?;
        let file = Path::new(source).exists().then(|| source.to_owned());
        let text = file.as_ref().and_then(|_| String::from_utf8(fetched.bytes).ok());
        Ok(Self { document: fetched.document, label: fetched.label, text, file })
    }

    /// The facts as they are committed; as they are in the folder, where there is no version control.
    pub fn committed(folder: &Folder) -> Result<Self> {
        if folder.root().join(".git").exists() {
            Self::of_revision(folder, "HEAD", COMMITTED)
        } else {
            Self::of_tree(folder)
        }
    }

    /// The facts as they are in the folder.
    pub fn of_tree(folder: &Folder) -> Result<Self> {
        let path = folder.root().join(COMMITTED);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let document = source::parse(&bytes).with_context(|| format!("{COMMITTED} is no document"))?;
        let text = String::from_utf8(bytes).ok();
        Ok(Self { document, label: COMMITTED.to_owned(), text, file: Some(COMMITTED.to_owned()) })
    }

    fn of_revision(folder: &Folder, revision: &str, path: &str) -> Result<Self> {
        if revision.is_empty() || revision.starts_with('-') {
            bail!("`{revision}` is no revision: say git:REV or git:REV:PATH");
        }
        let object = format!("{revision}:./{path}");
        let output = Command::new("git").arg("-C").arg(folder.root()).args(["show", &object]).output();
        let output = output.context("cannot run git")?;
        if !output.status.success() {
            bail!("git has no {path} at {revision}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let document =
            source::parse(&output.stdout).with_context(|| format!("{path} at {revision} is no document to compare"))?;
        let text = String::from_utf8(output.stdout).ok();
        Ok(Self { document, label: format!("git:{revision}:{path}"), text, file: Some(path.to_owned()) })
    }

    /// What a report says of it.
    pub fn side(&self) -> Side {
        let version = self.document["info"]["version"].as_str().unwrap_or_default().to_owned();
        Side { source: self.label.clone(), version }
    }
}

/// Makes two documents comparable: what one of them was made of or stripped of, the other is as well.
pub fn alike(documents: [&Value; 2], context: &Context) -> [Value; 2] {
    let is_finished = documents.map(symbols::is_finished);
    let documents = if is_finished[0] == is_finished[1] {
        documents.map(Value::clone)
    } else {
        documents.map(|document| match symbols::is_finished(document) {
            true => document.clone(),
            false => pipeline::run_leniently(&facts::of(document), &context.names, &context.overlays)
                .map_or_else(|_| document.clone(), |outcome| outcome.document),
        })
    };
    if is_finished == [false, false] {
        let stripped = [&documents[0], &documents[1]].map(facts::of);
        if stripped.iter().zip(&documents).any(|(stripped, document)| stripped == document) {
            return stripped;
        }
    }
    documents
}
