//! `openapi/provenance.toml`: the release that the committed document was made from, and the versions of the tools.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{document::operations, escape, rules::Hits};

const HEADER: &str =
    "# Written by `cargo xtask import` and `assemble`, checked by `cargo xtask check`. Not to be edited by hand.\n\n";

/// The content of provenance.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The release that was imported.
    pub release: Release,
    /// SHA-256 digests, in hexadecimal.
    pub sha256: Digests,
    /// Versions of the tools that write the document and generate from it.
    pub tools: BTreeMap<String, String>,
    /// Numbers of operations and schemas.
    pub counts: Counts,
    /// The number of places that each rule changed.
    pub rules: BTreeMap<String, usize>,
}

/// The release that was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Name of the release: `info.version`.
    pub version: String,
    /// File name or URL of its document.
    pub source: String,
    /// The version of OpenAPI of its document.
    pub openapi: String,
}

/// SHA-256 digests of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// The release's document, byte for byte.
    pub source: String,
    /// `upstream.json`.
    pub upstream: String,
    /// `history.toml`.
    pub history: String,
    /// `waha.json`.
    pub document: String,
}

/// Numbers of operations and schemas, declared by the release and in our document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Operations declared by the release.
    pub operations_in: usize,
    /// Operations in the document.
    pub operations_out: usize,
    /// Schemas declared by the release.
    pub schemas_in: usize,
    /// Schemas in the document.
    pub schemas_out: usize,
}

impl Counts {
    /// Counts operations and schemas of both.
    pub fn of(facts: &Value, document: &Value) -> Self {
        let schemas = |doc: &Value| doc["components"]["schemas"].as_object().map_or(0, serde_json::Map::len);
        Self {
            operations_in: operations(facts).count(),
            operations_out: operations(document).count(),
            schemas_in: schemas(facts),
            schemas_out: schemas(document),
        }
    }
}

impl Provenance {
    /// Reads provenance.toml of a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("provenance.toml");
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", escape::path(&path)))?;
        toml::from_str(&text).with_context(|| format!("{} cannot be read: after a merge, keep the release and source of one side, and run `cargo xtask assemble`", escape::path(&path)))
    }

    /// Returns the text of the file.
    pub fn print(&self) -> Result<String> {
        Ok(format!("{HEADER}{}", toml::to_string(self)?))
    }
}

/// Returns the SHA-256 digest in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the number of places that each rule changed, by its name.
pub fn rules(hits: &[Hits]) -> BTreeMap<String, usize> {
    hits.iter().map(|hits| (hits.rule.to_owned(), hits.count)).collect()
}

/// Returns the versions of the tools that write the document and generate from it, as `Cargo.lock` pins them.
pub fn tools(workspace: &Path) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
    }
    let path = workspace.join("Cargo.lock");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", escape::path(&path)))?;
    let lock: Lock =
        toml::from_str(&text).with_context(|| format!("{} is not a lock file of cargo", escape::path(&path)))?;
    let names = ["progenitor", "roas-overlay", "typify", "xtask"];
    let pinned = lock.package.into_iter().filter(|package| names.contains(&package.name.as_str()));
    Ok(pinned.map(|package| (package.name, package.version)).collect())
}
