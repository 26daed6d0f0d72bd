//! `openapi/provenance.toml`: what the committed document was made from, and with what.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{document::operations, rules::Hits};

const HEADER: &str = "# Written by `cargo xtask import`, checked by `cargo xtask check`. Not to be edited by hand.\n\n";

/// The lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// What was imported.
    pub release: Release,
    /// sha256, in hexadecimal.
    pub sha256: Digests,
    /// What generates from the document, and what wrote it.
    pub tools: BTreeMap<String, String>,
    /// How much there is.
    pub counts: Counts,
    /// How often each rule changed something.
    pub rules: BTreeMap<String, usize>,
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// WAHA's release.
    pub version: String,
    /// File name, or URL.
    pub source: String,
    /// The version of OpenAPI that it came in.
    pub openapi: String,
}

/// Digests of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digests {
    /// What came in, byte for byte.
    pub source: String,
    /// `upstream.json`.
    pub upstream: String,
    /// `waha.json`.
    pub document: String,
}

/// How much there is, in what came in and in what went out.
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
    /// Counts both sides.
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
    /// Reads the lock of a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("provenance.toml");
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not what `cargo xtask import` writes", path.display()))
    }

    /// The file's text.
    pub fn print(&self) -> Result<String> {
        Ok(format!("{HEADER}{}", toml::to_string(self)?))
    }
}

/// sha256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hits by rule.
pub fn rules(hits: &[Hits]) -> BTreeMap<String, usize> {
    hits.iter().map(|hits| (hits.rule.to_owned(), hits.count)).collect()
}

/// The versions of what makes the document and of what generates from it, as `Cargo.lock` pins them.
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
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lock: Lock = toml::from_str(&text).with_context(|| format!("{} is no lock file", path.display()))?;
    let names = ["progenitor", "roas-overlay", "typify", "xtask"];
    let pinned = lock.package.into_iter().filter(|package| names.contains(&package.name.as_str()));
    Ok(pinned.map(|package| (package.name, package.version)).collect())
}
