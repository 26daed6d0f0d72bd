//! What a shell and a manual need: `waha completions`, `man` and `help`.

use std::{fs, path::PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;

use crate::{args, exit::Failure, output};

/// Write the completions of a shell
///
/// For example: waha completions bash > ~/.local/share/bash-completion/completions/waha
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Write the man page
#[derive(Args, Debug)]
pub struct Man {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Show the help of a command, or of a topic: exit-codes
#[derive(Args, Debug)]
pub struct Help {
    /// Names of the command, or `exit-codes`
    topic: Vec<String>,
}

/// Writes completions.
///
/// # Errors
///
/// stdout cannot be written.
pub fn completions(args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut shown(args::command()), "waha", &mut script);
    output::write_bytes(&script)
}

/// The help hides resources from the list of everyday commands; completions and pages have them.
fn shown(mut command: Command) -> Command {
    let names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |command| command.hide(false));
    }
    command
}

/// Writes man pages.
///
/// # Errors
///
/// They cannot be written.
pub fn man(args: &Man) -> Result<(), Failure> {
    let Some(dir) = &args.dir else {
        let page = page(shown(args::command()))?;
        return output::write_bytes(&page);
    };
    fs::create_dir_all(dir).map_err(|error| Failure::file(format!("`{}` cannot be created", dir.display()), &error))?;
    let mut command = shown(args::command());
    command.build();
    pages(command, "waha", dir)
}

fn page(command: Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}

/// Writes the page of a command, and those of what is within it.
fn pages(command: Command, name: &str, dir: &PathBuf) -> Result<(), Failure> {
    for below in command.get_subcommands() {
        pages(below.clone(), &format!("{name}-{}", below.get_name()), dir)?;
    }
    let path = dir.join(format!("{name}.1"));
    let text = page(command)?;
    fs::write(&path, text).map_err(|error| Failure::file(format!("`{}` cannot be written", path.display()), &error))
}

/// Shows help.
///
/// # Errors
///
/// There is no such command.
pub fn help(args: &Help) -> Result<(), Failure> {
    if args.topic == ["exit-codes"] {
        return output::print(&args::exit_codes());
    }
    let mut command = args::command();
    command.build();
    let mut found = &mut command;
    for name in &args.topic {
        found = found
            .find_subcommand_mut(name)
            .ok_or_else(|| Failure::usage(format!("there is no command `{name}`")).hint("waha --help lists them"))?;
    }
    output::print(found.render_long_help().to_string().trim_end())
}
