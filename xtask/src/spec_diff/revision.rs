//! The two sides of a comparison: a revision with all that makes its client, or a document with what is in the tree.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use client_diff::{
    Input,
    source::{self, Access},
};
use serde_json::Value;

use super::{Waha, waha};
use crate::{
    document,
    folder::Folder,
    source::{self as releases, Credentials},
};

/// Where the facts of a release are committed.
pub const UPSTREAM: &str = "openapi/upstream.json";

/// One side of a comparison.
pub struct Revision {
    /// What WAHA declares.
    pub input: Input,
    /// How it becomes the client.
    pub profile: Waha,
    /// Keeps the files of a revision, from which the profile reads again where a correction is in the way.
    #[allow(dead_code)] // It is dropped, and not read.
    pub files: Option<tempfile::TempDir>,
}

/// What an argument names.
pub enum Source<'a> {
    /// A revision.
    Revision(&'a str),
    /// A file of a revision.
    FileOfRevision(&'a str, &'a str),
    /// A file, a URL, a server, or standard input.
    Document(&'a str),
}

impl<'a> Source<'a> {
    /// Reads an argument.
    pub fn of(argument: &'a str) -> Self {
        match argument.strip_prefix("git:").map(|revision| revision.split_once(':').ok_or(revision)) {
            None => Self::Document(argument),
            Some(Ok((revision, path))) => Self::FileOfRevision(revision, path),
            Some(Err(revision)) => Self::Revision(revision),
        }
    }

    /// Returns whether it names a revision as a whole.
    pub fn is_revision(&self) -> bool {
        matches!(self, Self::Revision(_))
    }
}

impl Revision {
    /// Reads what an argument names.
    pub fn read(argument: &str, credentials: &Credentials, folder: &Folder) -> Result<Self> {
        match Source::of(argument) {
            Source::Revision(revision) => Self::of_revision(folder, revision),
            Source::FileOfRevision(revision, path) => {
                let bytes = show(folder, revision, path)?;
                let label = format!("git:{revision}:{path}");
                let input = source::from_bytes(bytes, &label, Some(path.to_owned()))
                    .with_context(|| format!("{path} at {revision} is no document to compare"))?;
                Ok(Self { input, profile: waha(folder)?, files: None })
            }
            Source::Document(url) if source::is_url(url) => {
                let fetched = releases::read(url, credentials)?;
                let input = Input::of(fetched.document, &fetched.label);
                Ok(Self { input, profile: waha(folder)?, files: None })
            }
            Source::Document(path) => {
                Ok(Self { input: source::read(path, &Access::default())?, profile: waha(folder)?, files: None })
            }
        }
    }

    /// Reads what is committed; what is in the folder, where there is no version control.
    pub fn committed(folder: &Folder) -> Result<Self> {
        if folder.root().join(".git").exists() { Self::of_revision(folder, "HEAD") } else { Self::of_tree(folder) }
    }

    /// Reads what is in the folder.
    pub fn of_tree(folder: &Folder) -> Result<Self> {
        let path = folder.root().join(UPSTREAM);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let input = source::from_bytes(bytes, UPSTREAM, Some(UPSTREAM.to_owned()))
            .with_context(|| format!("{UPSTREAM} is no document"))?;
        Ok(Self { input, profile: waha(folder)?, files: None })
    }

    /// Reads a revision: its release, its names and overlays, and the document that its client was generated from.
    fn of_revision(folder: &Folder, revision: &str) -> Result<Self> {
        let bytes = show(folder, revision, UPSTREAM)?;
        let label = format!("git:{revision}:{UPSTREAM}");
        let input = source::from_bytes(bytes, &label, Some(UPSTREAM.to_owned()))
            .with_context(|| format!("{UPSTREAM} at {revision} is no document to compare"))?;
        let files = tempfile::tempdir().context("cannot make a temporary folder")?;
        for path in list(folder, revision)? {
            let target = files.path().join(&path);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).context("cannot make a temporary folder")?;
            }
            fs::write(&target, show(folder, revision, &path)?).context("cannot write a temporary file")?;
        }
        let root = Folder::new(files.path());
        let mut profile = waha(&root)?;
        let committed = fs::read(root.openapi().join("waha.json")).ok();
        let committed: Option<Value> = committed.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        profile.committed =
            committed.map(|document| (client_diff::facts::of(&input.document), document::canonical(&document)));
        Ok(Self { input, profile, files: Some(files) })
    }
}

/// The files of a revision that make its client.
fn list(folder: &Folder, revision: &str) -> Result<Vec<String>> {
    let arguments = ["ls-tree", "-r", "-z", "--name-only", revision, "openapi", "Cargo.toml"];
    let output = git(folder, &arguments)?;
    let names = output.split(|byte| *byte == 0).filter_map(|name| std::str::from_utf8(name).ok());
    let is_wanted = |name: &&str| {
        let path = Path::new(name);
        let is_plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        let is_overlay = path.parent() == Some(Path::new("openapi/overlay"));
        is_plain
            && (is_overlay
                || ["Cargo.toml", "openapi/history.toml", "openapi/names.toml", "openapi/waha.json"].contains(name))
    };
    Ok(names.filter(is_wanted).map(str::to_owned).collect())
}

/// The content of a file of a revision.
fn show(folder: &Folder, revision: &str, path: &str) -> Result<Vec<u8>> {
    if revision.is_empty() || revision.starts_with('-') {
        bail!("`{revision}` is no revision: say git:REV or git:REV:PATH");
    }
    git(folder, &["show", &format!("{revision}:./{path}")]).with_context(|| format!("git has no {path} at {revision}"))
}

fn git(folder: &Folder, arguments: &[&str]) -> Result<Vec<u8>> {
    let root: PathBuf = folder.root().to_owned();
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().context("cannot run git")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}
