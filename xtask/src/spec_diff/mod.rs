//! `cargo xtask spec-diff`: what a new release, or a change of the overlays, does to the users of the client.
//!
//! The comparison itself is the crate `client-diff`; here it learns what WAHA's documents become.

mod profile;
#[cfg(test)]
mod proof;
mod read;
mod revision;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use client_diff::{
    Input, accept,
    cli::Output,
    diff_of_profiles, facts,
    format::Format,
    history,
    model::{Bump, Report},
    rules, source,
};
use serde_json::Value;

use self::{
    profile::Waha,
    revision::{Revision, Source, UPSTREAM},
};
use crate::{
    document, folder::Folder, history::History, names::Names, overlay::Overlay, pipeline, source::Credentials,
};

/// Arguments of `spec-diff`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The older side: `git:REV`, a document, or the last commit where there is no argument.
    ///
    /// Where there is one argument, `git:REV` is BASE and the working tree is HEAD; a document is HEAD and the last commit is
    /// BASE.
    #[arg(value_name = "BASE")]
    first: Option<String>,
    /// The newer side: `git:REV`, a document, or the working tree.
    #[arg(value_name = "HEAD")]
    second: Option<String>,
    #[command(flatten)]
    credentials: Credentials,
    #[command(flatten)]
    output: Output,
    /// Print the rules, with their verdicts, reasons and examples.
    #[arg(long, conflicts_with_all = ["first", "second", "history"])]
    rules: bool,
    /// Print which operations were added, removed and changed in the releases of a folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["first", "second"])]
    history: Option<PathBuf>,
}

/// Compares and prints. Returns how to end.
pub fn run(arguments: &Arguments, folder: &Folder) -> Result<ExitCode> {
    if arguments.rules {
        crate::print(&rules::table(arguments.output.format)?);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(releases) = &arguments.history {
        crate::print(&history::table(releases, arguments.output.format)?);
        return Ok(ExitCode::SUCCESS);
    }
    let read = |source: &String| Revision::read(source, &arguments.credentials, folder);
    let (base, head) = match (&arguments.first, &arguments.second) {
        (Some(base), Some(head)) => (read(base)?, read(head)?),
        (Some(base), None) if Source::of(base).is_revision() => (read(base)?, Revision::of_tree(folder)?),
        (Some(head), None) => (Revision::committed(folder)?, read(head)?),
        (None, None) => (Revision::committed(folder)?, Revision::of_tree(folder)?),
        (None, Some(_)) => bail!("HEAD comes after BASE"),
    };
    let report = compare(&base, &head, folder)?;
    crate::print(&arguments.output.print(&report, &head.input)?);
    Ok(ExitCode::from(arguments.output.exit_code(&report)))
}

fn compare(base: &Revision, head: &Revision, folder: &Folder) -> Result<Report> {
    let mut report = diff_of_profiles([&base.input, &head.input], [&base.profile, &head.profile]);
    accept::apply(&accept::read(&folder.openapi().join("spec-diff.toml"))?, &mut report);
    Ok(report)
}

/// Returns what ends an import: what the release does to what is committed, and what to do about it. It is empty where
/// nothing was committed.
pub fn after_import(facts: &Value, label: &str, folder: &Folder) -> Result<String> {
    let Ok(before) = Revision::committed(folder) else { return Ok(String::new()) };
    let after = Revision { input: Input::of(facts.clone(), label), ..Revision::of_tree(folder)? };
    let mut report = compare(&before, &after, folder)?;
    if report.changes.is_empty() {
        return Ok(format!("no difference from {}\n", before.input.label));
    }
    let next = next_steps(&report);
    // The import has listed them.
    report.new_without_overlay.clear();
    let output = Output { format: Format::Text, fail_on: client_diff::cli::Level::Never };
    Ok(format!("\n{}{next}", output.print(&report, &after.input)?))
}

/// Returns what to do with a release that was imported.
fn next_steps(report: &Report) -> String {
    let mut steps = Vec::new();
    if !report.new_without_overlay.is_empty() {
        let count = report.new_without_overlay.len();
        steps.push(format!("describe {count} operations in openapi/overlay/, as `cargo xtask check` names them"));
    }
    if report.summary.counts.breaking + report.summary.counts.risky > 0 {
        steps.push(
            "look at each breaking or risky change: correct an overlay, or accept it in openapi/spec-diff.toml".into(),
        );
    }
    steps.push("cargo xtask check && cargo test --workspace".to_owned());
    if report.summary.bump != Bump::None {
        let bump = format!("{:?}", report.summary.bump).to_lowercase();
        steps.push(format!("commit, and put `cargo xtask spec-diff --format markdown` into the changelog ({bump})"));
    }
    let lines = steps.iter().enumerate().map(|(i, step)| format!("  {}. {step}\n", i + 1));
    format!("\nnext:\n{}", lines.collect::<String>())
}

/// Refuses corrections that cannot be applied to the release that is beside them. What has no place in another release is no
/// matter.
fn check_corrections(folder: &Folder, names: &Names, overlays: &[Overlay]) -> Result<()> {
    let path = folder.root().join(UPSTREAM);
    let Ok(bytes) = std::fs::read(&path) else { return Ok(()) };
    let declared = source::parse(&bytes).with_context(|| format!("{UPSTREAM} is no document"))?;
    let (mut document, _) = pipeline::repair(&document::canonical(&facts::of(&declared)), names);
    overlays.iter().try_for_each(|overlay| overlay.apply(&mut document).map(drop))
}

/// The client of the working tree.
fn waha(folder: &Folder) -> Result<Waha> {
    let manifest = std::fs::read_to_string(folder.root().join("Cargo.toml")).unwrap_or_default();
    let version = manifest
        .parse::<toml::Table>()
        .ok()
        .and_then(|manifest| Some(manifest.get("package")?.get("version")?.as_str()?.to_owned()));
    let (names, overlays) = (Names::read(&folder.openapi())?, Overlay::read_all(&folder.overlays())?);
    check_corrections(folder, &names, &overlays)?;
    Ok(Waha { names, overlays, history: History::read(&folder.openapi())?, version, committed: None })
}
