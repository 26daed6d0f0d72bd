//! `openapi/spec-diff.toml`: changes that we have looked at and accept, each with a reason, until some release.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::model::Report;

/// A change that is accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The change.
    fingerprint: String,
    /// Why it does no harm.
    reason: String,
    /// The release from which on somebody has to look again.
    until: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accept: Vec<Accepted>,
}

impl Accepted {
    /// Reads the file of a folder; nothing is accepted where there is none.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>> {
        let path = folder.join("spec-diff.toml");
        if !path.exists() {
            return Ok(Vec::new());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let file: File =
            toml::from_str(&text).with_context(|| format!("{} is not what it should be", path.display()))?;
        for entry in &file.accept {
            if entry.reason.trim().is_empty() {
                bail!("{}: {} is accepted without a reason", path.display(), entry.fingerprint);
            }
        }
        Ok(file.accept)
    }
}

/// Marks what is accepted. An entry whose time is over is an error, and so is one that names no change, where it is the
/// last release that was compared.
pub fn apply(entries: &[Accepted], report: &mut Report, has_to_match: bool) -> Result<()> {
    let mut stale = Vec::new();
    for entry in entries {
        let Accepted { fingerprint, reason, until } = entry;
        if release(&report.head.version) >= release(until) {
            stale.push(format!("{fingerprint}: it was accepted until {until}; look again"));
            continue;
        }
        let changes = report.changes.iter_mut().filter(|change| change.fingerprint == *fingerprint);
        let matched = changes.map(|change| change.accepted = Some(reason.clone())).count();
        if matched == 0 && has_to_match {
            stale.push(format!("{fingerprint}: there is no such change any more; remove the entry"));
        }
    }
    if !stale.is_empty() {
        bail!("openapi/spec-diff.toml is stale:\n  {}", stale.join("\n  "));
    }
    Ok(())
}

/// A release, so that 2026.10 comes after 2026.9.2.
pub fn release(version: &str) -> Vec<(u64, String)> {
    let part = |part: &str| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        (digits.parse().unwrap_or_default(), part[digits.len()..].to_owned())
    };
    version.split('.').map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_ordered_by_number() {
        let mut releases = ["2026.10", "2026.9.2", "2026.9", "2026.9.10", "2025.12.1"];
        releases.sort_by_key(|version| release(version));
        assert_eq!(releases, ["2025.12.1", "2026.9", "2026.9.2", "2026.9.10", "2026.10"]);
    }
}
