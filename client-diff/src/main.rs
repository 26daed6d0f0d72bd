//! The program `client-diff`.

use std::{borrow::Cow, io::Write as _, panic::resume_unwind, path::PathBuf, process::ExitCode, thread};

use anyhow::{Result, bail};
use clap::Parser;
use client_diff::{
    accept,
    cli::Output,
    diff_of_documents, escape, history,
    plain::Plain,
    rules,
    source::{self, Access},
};

/// Tells what a change of an OpenAPI document does to a client that progenitor generates from it.
///
/// Ends with 0 if all is well, with 1 if the changes are bad enough (see --fail-on), else with 3 if something could not be
/// judged, and with 2 if it could not run.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The older document: a file in JSON or YAML, `git:REV:PATH`, a URL, or `-` for standard input.
    base: Option<String>,
    /// The newer document.
    head: Option<String>,
    #[command(flatten)]
    output: Output,
    /// How the client is generated: names, overlays, progenitor's settings. Without it, progenitor's own defaults hold.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Changes that are accepted, each with a reason.
    #[arg(long, value_name = "FILE")]
    accept: Option<PathBuf>,
    /// Header for URLs, as `Name: value`; may be given more than once.
    #[arg(long, value_name = "HEADER")]
    header: Vec<String>,
    /// Name and password for URLs.
    #[arg(long, value_name = "NAME:PASSWORD")]
    user: Option<String>,
    /// Print the rules, with their verdicts, reasons and examples.
    #[arg(long, conflicts_with_all = ["base", "head"])]
    rules: bool,
    /// Print the JSON schema of a report.
    #[arg(long, conflicts_with_all = ["base", "head", "rules"])]
    schema: bool,
    /// Print which operations were added, removed and changed in the documents of a folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["base", "head", "rules", "schema"])]
    history: Option<PathBuf>,
}

/// Code is generated from both documents, in millions of small parts: this takes a third less time for it than the system's.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match std::panic::catch_unwind(|| run(&arguments)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            eprintln!("error: {}", escape::line(&format!("{error:#}")));
            ExitCode::from(2)
        }
        Err(_) => {
            eprintln!("error: this is a bug; please report it with the documents that were read");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let output = arguments.output;
    if arguments.rules {
        print(&rules::table(output.format)?);
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.schema {
        print(client_diff::REPORT_SCHEMA);
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(folder) = &arguments.history {
        print(&history::table(folder, output.format)?);
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(base), Some(head)) = (&arguments.base, &arguments.head) else {
        bail!("name two documents: client-diff BASE HEAD");
    };
    if base == "-" && head == "-" {
        bail!("only one of the documents can come from standard input");
    }
    let profile = arguments.config.as_deref().map_or_else(|| Ok(Plain::default()), Plain::read)?;
    let access = Access { headers: arguments.header.clone(), user: arguments.user.clone() };
    let (base, head) = thread::scope(|scope| {
        let head = scope.spawn(|| source::read(head, &access));
        (source::read(base, &access), head.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let (mut base, mut head) = (base?, head?);
    profile.check([&base.document, &head.document])?;
    let sides = [base.side(), head.side()];
    let documents = [&mut base, &mut head].map(|input| Cow::Owned(std::mem::take(&mut input.document)));
    drop(base);
    let mut report = diff_of_documents(documents, sides, [&profile, &profile]);
    if let Some(path) = &arguments.accept {
        accept::apply(&accept::read(path)?, &mut report);
    }
    print(&output.print(&report, &head)?);
    Ok(ExitCode::from(output.exit_code(&report)))
}

/// A reader that went away has seen enough.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
