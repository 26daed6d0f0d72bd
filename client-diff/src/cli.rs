//! Options, output and exit codes, for the program and for programs that embed the comparison.

use std::io::IsTerminal as _;

use anyhow::Result;

use crate::{
    Input,
    accept::State,
    format::{self, Format, Look},
    model::{Change, Report, Rust, Wire},
    rules,
};

/// What to print, and when to fail.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Output {
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Which changes end the program with 1; those that are accepted do not count.
    #[arg(long, value_enum, default_value_t = Level::Breaking)]
    pub fail_on: Level,
}

/// Which changes are failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// Changes that break clients, or code that uses them.
    Breaking,
    /// Changes that may break them, too.
    Risky,
    /// Any change.
    Any,
    /// None: it ends with 0 whatever was found.
    Never,
}

impl Output {
    /// Returns the report as text.
    ///
    /// # Errors
    ///
    /// It cannot be written as JSON, which does not happen.
    pub fn print(&self, report: &Report, head: &Input) -> Result<String> {
        format::print(report, self.format, look(), head)
    }

    /// Returns the exit code: 1 if there is a failure, else 3 if something could not be judged, else 0.
    pub fn exit_code(&self, report: &Report) -> u8 {
        let mut open = report.changes.iter().filter(|change| change.accepted.is_none());
        let is_unclassified = |change: &Change| rules::is_unclassified(change.rule);
        let wire = |change: &Change| change.wire.max(change.after.unwrap_or_default());
        let is_breaking = |change: &Change| wire(change) == Wire::Breaking || change.rust == Rust::Breaking;
        let is_expired = report.accepted.iter().any(|entry| entry.state == State::Expired);
        let is_hit = match self.fail_on {
            Level::Never => return 0,
            Level::Breaking => open.clone().any(is_breaking),
            Level::Risky => open.clone().any(|change| is_breaking(change) || wire(change) == Wire::Risky),
            Level::Any => open.clone().next().is_some(),
        };
        match is_hit || is_expired {
            true => 1,
            false if open.any(is_unclassified) => 3,
            false => 0,
        }
    }
}

/// Returns how standard output shows a report: with colours where they can be seen, and as wide as the terminal.
pub fn look() -> Look {
    let is_terminal = std::io::stdout().is_terminal();
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Look {
        is_coloured: is_terminal && std::env::var_os("NO_COLOR").is_none(),
        width: columns.or_else(|| is_terminal.then(textwrap::termwidth)),
    }
}
