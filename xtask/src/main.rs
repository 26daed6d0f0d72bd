//! Keeps `openapi/` in step with WAHA, and shows what is made from it.

mod assemble;
mod check;
mod coverage;
mod difference;
mod document;
mod examples;
mod expand;
mod folder;
mod history;
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
use client_diff::escape;
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
    /// Make upstream.json, history.toml, waha.json and provenance.toml from a release's OpenAPI document.
    Import(import::Arguments),
    /// Build waha.json from the committed upstream.json, names.toml and overlays, and print what changed.
    ///
    /// Keeps the release, its source and the digest of its document in provenance.toml. Writes nothing if something is wrong.
    Assemble(assemble::Arguments),
    /// Prove that what is committed in openapi/ belongs together, and lint it. Needs no network.
    Check,
    /// Print how much of the document is typed and described, by resource.
    Coverage,
    /// Print the document that the overlays are written for: repaired and renamed, and not yet overlaid.
    Repaired,
    /// Print the generated code, formatted.
    Expand(expand::Arguments),
    /// Run the examples, and compare what they print with what their documentation shows.
    Examples(examples::Arguments),
    /// Print what a release, or a change of the overlays, does to the users of the client.
    ///
    /// `git:REV` is a revision with its release, names and overlays. A document is a file, `-`, `git:REV:PATH`, a URL, or the
    /// base URL of a running server; credentials go to every server that is named. Ends with 1 if the changes are bad enough,
    /// else with 3 if something could not be judged, and with 2 if it could not run.
    SpecDiff(spec_diff::Arguments),
}

/// Prints a text, which is escaped already. That nobody reads it any more is no error.
fn print(text: &str) -> Vec<Finding> {
    let _ = std::io::stdout().write_all(text.as_bytes());
    Vec::new()
}

/// Prints lines, in each of which text of a document can stand.
fn print_lines(lines: &[String]) -> Vec<Finding> {
    print(&lines.iter().map(|line| escape::line(line) + "\n").collect::<String>())
}

fn main() -> ExitCode {
    let Arguments { root, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let folder = root.map_or_else(Folder::of_workspace, Folder::new);
    std::panic::set_hook(Box::new(|panic| eprintln!("{}", escape::lines(&panic.to_string()))));
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&command, &folder)));
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            print_error(&format!("{error:#}"));
            ExitCode::from(2)
        }
        Err(_) => {
            print_error(
                "the program panicked, which is a fault of its own: please report it with the document it read",
            );
            ExitCode::from(2)
        }
    }
}

/// Prints an error. The lines of one that has several are indented, so that none looks like an error of its own.
fn print_error(error: &str) {
    eprintln!("error: {}", escape::lines(error).replace('\n', "\n  "));
}

/// Prints the help that was asked for, or what is wrong with the arguments, and returns the exit code for it.
fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    // The message repeats arguments: it is made again, of escaped ones.
    let escaped = std::env::args_os().map(|argument| escape::line(&argument.to_string_lossy()));
    match Arguments::try_parse_from(escaped) {
        Err(error) => drop(error.print()),
        Ok(_) => print_error("an argument is not valid Unicode"),
    }
    ExitCode::from(2)
}

/// Prints findings, and returns the exit code: 1 if there are any.
fn found(findings: &[Finding]) -> ExitCode {
    const PRINTED: usize = 200;
    if findings.is_empty() {
        return ExitCode::SUCCESS;
    }
    findings.iter().take(PRINTED).for_each(|finding| eprintln!("{finding}\n"));
    if findings.len() > PRINTED {
        eprintln!("and {} more\n", findings.len() - PRINTED);
    }
    eprintln!("{} found", Finding::count(findings));
    ExitCode::from(1)
}

fn run(command: &Command, folder: &Folder) -> anyhow::Result<ExitCode> {
    let findings = match command {
        Command::SpecDiff(arguments) => return spec_diff::run(arguments, folder),
        Command::Examples(arguments) => return Ok(ExitCode::from(u8::from(!examples::run(arguments, folder)?))),
        Command::Import(arguments) => import::run(arguments, folder)?,
        Command::Assemble(arguments) => assemble::run(arguments, folder)?,
        Command::Check => {
            let findings = check::run(folder)?;
            if findings.is_empty() {
                print("openapi/ is consistent, and no lint found anything\n");
            }
            findings
        }
        Command::Coverage => {
            let document = check::document(folder)?;
            print(&(coverage::table(&document) + &coverage::items(&document)))
        }
        Command::Repaired => print(&escape::json(&document::print(&check::repaired(folder)?))),
        Command::Expand(arguments) => print(&escape::code(&expand::run(arguments, folder)?)),
    };
    Ok(found(&findings))
}
