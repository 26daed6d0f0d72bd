//! `cargo xtask spec-diff`: what a new release does to the users of the client.
//!
//! ```text
//! BASE ─┐
//!       ├─ compare ─┬─ attribute ─ fold ─ accept ─ format, gate
//! HEAD ─┴─ symbols ─┘
//! ```

mod accept;
mod compare;
mod fold;
mod format;
mod history;
mod judge;
mod literal;
mod model;
#[cfg(test)]
mod proof;
mod rules;
mod shape;
mod source;
mod symbols;

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode};

use anyhow::{Result, bail};
use serde_json::Value;

use self::{
    accept::Accepted,
    format::Format,
    model::{Bump, Change, Counts, Report, Rust, Summary, Wire},
    source::Input,
};
use crate::{folder::Folder, names::Names, overlay::Overlay, source::Credentials};

/// Arguments of `spec-diff`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The older document; the committed upstream.json where there is one argument, which is then HEAD.
    #[arg(value_name = "BASE")]
    first: Option<String>,
    /// The newer document; the upstream.json of the working tree where there is no argument.
    #[arg(value_name = "HEAD")]
    second: Option<String>,
    #[command(flatten)]
    credentials: Credentials,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// With which changes to end with 1; those that openapi/spec-diff.toml accepts do not count.
    #[arg(long, value_enum, default_value_t = Level::Breaking)]
    fail_on: Level,
    /// Print the rules, with their verdicts, reasons and examples.
    #[arg(long, conflicts_with_all = ["first", "second", "history"])]
    rules: bool,
    /// Print which operations came, went and changed in the releases of a folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["first", "second"])]
    history: Option<PathBuf>,
}

/// What is bad enough to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    /// What breaks clients, or code that uses ours.
    Breaking,
    /// What may break them, too.
    Risky,
    /// Any change.
    Any,
    /// Nothing.
    Never,
}

/// What turns a release into our document.
pub struct Context {
    /// Our names.
    pub names: Names,
    /// What we know better.
    pub overlays: Vec<Overlay>,
}

impl Context {
    /// Reads both from the workspace.
    pub fn read(folder: &Folder) -> Result<Self> {
        Ok(Self { names: Names::read(&folder.openapi())?, overlays: Overlay::read_all(&folder.overlays())? })
    }
}

/// Compares, prints, and says how to end.
pub fn run(arguments: &Arguments, folder: &Folder) -> Result<ExitCode> {
    if arguments.rules {
        crate::print(&rules::table());
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(releases) = &arguments.history {
        crate::print(&history::table(releases, arguments.format)?);
        return Ok(ExitCode::SUCCESS);
    }
    let (base, head) = match (&arguments.first, &arguments.second) {
        (Some(base), Some(head)) => (Some(base), Some(head)),
        (head, None) => (None, head.as_ref()),
        (None, Some(_)) => bail!("HEAD comes after BASE"),
    };
    let read = |source: &String| Input::read(source, &arguments.credentials, folder);
    let is_base_committed = base.is_none();
    let base = base.map_or_else(|| Input::committed(folder), read)?;
    let head = head.map_or_else(|| Input::of_tree(folder), read)?;
    let mut report = diff(&base, &head, &Context::read(folder)?);
    let accepted = Accepted::read_all(&folder.openapi())?;
    accept::apply(&accepted, &mut report, is_base_committed)?;
    crate::print(&format::print(&report, arguments.format, is_coloured(), &head)?);
    Ok(ExitCode::from(ends_with(&report, arguments.fail_on)))
}

/// What ends an import: what the release does to what is committed, and what to do about it. Nothing, where nothing is.
pub fn after_import(facts: &Value, label: &str, folder: &Folder) -> Result<String> {
    let Ok(before) = Input::committed(folder) else { return Ok(String::new()) };
    let after = Input::of(facts.clone(), label);
    let mut report = diff(&before, &after, &Context::read(folder)?);
    if report.changes.is_empty() {
        return Ok(format!("no difference from {}\n", before.label));
    }
    // An entry that this release makes stale is no reason not to import it: `spec-diff` says so.
    let stale = accept::apply(&Accepted::read_all(&folder.openapi())?, &mut report, false).err();
    let next = format::next_steps(&report, stale.map(|error| error.to_string()));
    // The import has listed them.
    report.new_without_overlay.clear();
    Ok(format!("\n{}{next}", format::print(&report, Format::Text, is_coloured(), &after)?))
}

/// Whether colours can be seen.
fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// All that two documents differ in, and what it means.
pub fn diff(base: &Input, head: &Input, context: &Context) -> Report {
    let [before, after] = source::alike([&base.document, &head.document], context);
    let changes = compare::compare(&before, &after);
    let (changes, new_without_overlay) = judge::judge(changes, [&before, &after], context);
    let changes = fold::fold(changes);
    Report {
        schema_version: 1,
        base: base.side(),
        head: head.side(),
        summary: summary(&changes),
        changes,
        new_without_overlay,
    }
}

fn summary(changes: &[Change]) -> Summary {
    let count = |wire| changes.iter().filter(|change| change.wire == wire).count();
    let rust = changes.iter().map(|change| change.rust).max().unwrap_or_default();
    Summary {
        wire: changes.iter().map(|change| change.wire).max().unwrap_or_default(),
        rust,
        doc: changes.iter().any(|change| change.doc),
        bump: match rust {
            Rust::Breaking => Bump::Major,
            Rust::Additive => Bump::Minor,
            Rust::None if changes.is_empty() => Bump::None,
            Rust::None => Bump::Patch,
        },
        counts: Counts { breaking: count(Wire::Breaking), risky: count(Wire::Risky), safe: count(Wire::Safe) },
    }
}

/// 1 where the gate is hit, 3 where something could not be judged, 0 else.
fn ends_with(report: &Report, level: Level) -> u8 {
    let mut open = report.changes.iter().filter(|change| change.accepted.is_none());
    let is_unclassified = |change: &Change| rules::is_unclassified(change.rule);
    let is_breaking =
        |change: &Change| change.wire == Wire::Breaking || change.rust == Rust::Breaking && !is_unclassified(change);
    let is_hit = match level {
        Level::Breaking => open.clone().any(is_breaking),
        Level::Risky => open.clone().any(|change| is_breaking(change) || change.wire == Wire::Risky),
        Level::Any => open.clone().next().is_some(),
        Level::Never => false,
    };
    match is_hit {
        true => 1,
        false if open.any(is_unclassified) => 3,
        false => 0,
    }
}
