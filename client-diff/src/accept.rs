//! Changes that are accepted, each with a reason, until a release.
//!
//! An entry of `spec-diff.toml` lives like this:
//!
//! | state | when | what it does |
//! |---|---|---|
//! | pending | HEAD is older than the entry's `release` | nothing |
//! | used | the change is in the report | the change does not count |
//! | merged | BASE is the entry's `release`, or newer: the change is in the client | nothing; it is kept until it expires |
//! | expired | HEAD is the entry's `until`, or newer | it counts as a change, until it is renewed or removed |
//! | unused | the release is compared, and there is no such change | nothing; the report says so |
//!
//! An entry without a `release` is taken for unused where the report does not have its change.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::model::Report;

/// A change that is accepted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The change.
    pub fingerprint: String,
    /// Why it does no harm.
    pub reason: String,
    /// The release that brings the change.
    #[serde(default)]
    pub release: Option<String>,
    /// The release from which on somebody has to look again.
    pub until: String,
}

/// The state of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its release is still to come.
    Pending,
    /// Its change is in the report.
    Used,
    /// Its change is in BASE already.
    Merged,
    /// There is no such change.
    Unused,
    /// Its time is over.
    Expired,
}

/// An entry, as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The change.
    pub fingerprint: String,
    /// Why it does no harm.
    pub reason: String,
    /// The release from which on somebody has to look again.
    pub until: String,
    /// Its state.
    pub state: State,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accept: Vec<Accepted>,
}

/// Reads a file of accepted changes; there are none where there is no file.
///
/// # Errors
///
/// The file cannot be read, or an entry has no reason.
pub fn read(path: &Path) -> Result<Vec<Accepted>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: File = toml::from_str(&text)
        .with_context(|| format!("{}: an entry has `fingerprint`, `reason`, `release` and `until`", path.display()))?;
    for entry in &file.accept {
        if entry.reason.trim().is_empty() {
            bail!("{}: {} is accepted without a reason", path.display(), entry.fingerprint);
        }
    }
    Ok(file.accept)
}

/// Marks the changes that are accepted, and says in the report what has become of each entry.
pub fn apply(entries: &[Accepted], report: &mut Report) {
    let (base, head) = (release(&report.base.version), release(&report.head.version));
    for entry in entries {
        let Accepted { fingerprint, reason, until, release: brought_by } = entry;
        let is_there = report.changes.iter().any(|change| change.fingerprint == *fingerprint);
        let brought_by = brought_by.as_deref().map(release);
        let state = match brought_by {
            _ if head >= release(until) => State::Expired,
            _ if is_there => State::Used,
            None => State::Unused,
            Some(brought_by) if base >= brought_by => State::Merged,
            Some(brought_by) if head < brought_by => State::Pending,
            Some(_) => State::Unused,
        };
        if state == State::Used {
            let changes = report.changes.iter_mut().filter(|change| change.fingerprint == *fingerprint);
            changes.for_each(|change| change.accepted = Some(reason.clone()));
        }
        report.accepted.push(Entry {
            fingerprint: fingerprint.clone(),
            reason: reason.clone(),
            until: until.clone(),
            state,
        });
    }
    report.accepted.sort_by_key(|entry| std::cmp::Reverse(entry.state));
}

/// Returns a release in a form that has an order: 2026.10 comes after 2026.9.2.
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
