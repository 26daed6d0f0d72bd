//! Keeps `openapi/` in step with WAHA, and shows what is made from it.

mod check;
mod coverage;
mod document;
mod expand;
mod facts;
mod folder;
mod import;
mod lint;
mod names;
mod overlay;
mod pipeline;
mod provenance;
mod rules;
mod source;
mod spec_diff;

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use folder::Folder;
use lint::Finding;

/// Keeps openapi/ in step with WAHA, and shows what is made from it.
///
/// Ends with 0 if all is well, with 1 if it found something, and with 2 if it could not run.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// The workspace, where it is not the one that this program was built in.
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make upstream.json, waha.json and provenance.toml from a release's OpenAPI document.
    Import(import::Arguments),
    /// Does what is committed hold together? Needs no network.
    Check,
    /// Print how much of the document is typed and described, by resource.
    Coverage,
    /// Print the document that the overlays are written for: repaired and renamed, and not yet overlaid.
    Repaired,
    /// Print the generated code, formatted.
    Expand(expand::Arguments),
    /// Print what a release, or a change of the overlays, does to the users of the client.
    ///
    /// `git:REV` is a revision with its release, names and overlays. A document is a file, `-`, `git:REV:PATH`, a URL, or the
    /// base URL of a running server; credentials go to every server that is named. Ends with 1 if the changes are bad enough,
    /// else with 3 if something could not be judged, and with 2 if it could not run.
    SpecDiff(spec_diff::Arguments),
}

/// Prints what was asked for, and finds nothing. A reader that went away has seen enough.
fn print(text: &str) -> Vec<Finding> {
    let _ = std::io::stdout().write_all(text.as_bytes());
    Vec::new()
}

fn main() -> ExitCode {
    let Arguments { root, command } = Arguments::parse();
    let folder = root.map_or_else(Folder::of_workspace, Folder::new);
    // What nobody thought of is no finding: it could not run.
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&command, &folder)));
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
        Err(_) => {
            eprintln!("error: this should not have happened; please report it with the document that was read");
            ExitCode::from(2)
        }
    }
}

/// How to end: with 1 where there are findings, which are printed.
fn found(findings: &[Finding]) -> ExitCode {
    if findings.is_empty() {
        return ExitCode::SUCCESS;
    }
    findings.iter().for_each(|finding| eprintln!("{finding}\n"));
    eprintln!("{} found", Finding::count(findings));
    ExitCode::from(1)
}

fn run(command: &Command, folder: &Folder) -> anyhow::Result<ExitCode> {
    let findings = match command {
        Command::SpecDiff(arguments) => return spec_diff::run(arguments, folder),
        Command::Import(arguments) => import::run(arguments, folder)?,
        Command::Check => {
            let findings = check::run(folder)?;
            if findings.is_empty() {
                print("openapi/ holds together\n");
            }
            findings
        }
        Command::Coverage => print(&coverage::table(&check::document(folder)?)),
        Command::Repaired => print(&document::print(&check::repaired(folder)?)),
        Command::Expand(arguments) => print(&expand::run(arguments, folder)?),
    };
    Ok(found(&findings))
}
