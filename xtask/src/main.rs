//! Keeps `openapi/` in step with WAHA, and shows what is made from it.

mod check;
mod coverage;
mod document;
mod expand;
mod facts;
mod folder;
#[path = "../../build/mod.rs"]
mod generate;
mod import;
mod lint;
mod names;
mod overlay;
mod pipeline;
mod provenance;
mod rules;
mod source;

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
    /// Print the generated code, formatted.
    Expand(expand::Arguments),
}

/// Prints what was asked for, and finds nothing. A reader that went away has seen enough.
fn print(text: &str) -> Vec<Finding> {
    let _ = std::io::stdout().write_all(text.as_bytes());
    Vec::new()
}

fn main() -> ExitCode {
    let Arguments { root, command } = Arguments::parse();
    let folder = root.map_or_else(Folder::of_workspace, Folder::new);
    let result = match command {
        Command::Import(arguments) => import::run(&arguments, &folder),
        Command::Check => check::run(&folder).inspect(|findings| {
            if findings.is_empty() {
                println!("openapi/ holds together");
            }
        }),
        Command::Coverage => check::document(&folder).map(|document| print(&coverage::table(&document))),
        Command::Expand(arguments) => expand::run(&arguments, &folder).map(|text| print(&text)),
    };
    match result {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            findings.iter().for_each(|finding| eprintln!("{finding}\n"));
            eprintln!("{} found", Finding::count(&findings));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
