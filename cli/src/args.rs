//! The command line.

use std::time::Duration;

use clap::{Args, Command, CommandFactory, Parser, Subcommand};

use crate::{
    commands,
    exit::CODES,
    generated,
    output::{self, Format},
    table,
};

/// How wide help is at most, in columns.
const WIDEST: usize = 100;

const HEADING: &str = "Options of every command";

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub struct Global {
    /// Address of the server [default: the profile's, or http://localhost:3000]
    #[arg(long, global = true, value_name = "URL", help_heading = HEADING)]
    pub server: Option<String>,

    /// Name of the session [default: the profile's, or `default`]
    #[arg(long, global = true, value_name = "NAME", help_heading = HEADING)]
    pub session: Option<String>,

    /// Name of the profile, which holds server, key and session: see `waha config`
    #[arg(long, global = true, value_name = "NAME", help_heading = HEADING)]
    pub profile: Option<String>,

    /// How to write the answer [default: table on a terminal, json elsewhere]
    #[arg(short, long, global = true, value_name = "FORMAT", help_heading = HEADING)]
    pub output: Option<Format>,

    /// Write only what the answer has at this JSON pointer, such as /id; with jsonl, what each item has
    #[arg(long, global = true, value_name = "POINTER", help_heading = HEADING)]
    pub query: Option<String>,

    /// How long a call may take, in seconds [default: 60; 300 for files]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = HEADING, value_parser = seconds)]
    pub timeout: Option<f64>,

    /// Show the request as it would go, also as a command of curl, and send nothing
    #[arg(long, global = true, help_heading = HEADING)]
    pub dry_run: bool,

    /// Say nothing but the answer and errors
    #[arg(short, long, global = true, help_heading = HEADING, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Show each call with its duration and its retries on stderr; twice for more
    #[arg(short, long, global = true, help_heading = HEADING, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Whether the profile may not exist yet.
    #[arg(skip)]
    pub may_be_new: bool,
}

/// Send, listen, export and administer WhatsApp by WAHA, its self-hosted HTTP API
#[derive(Debug, Parser)]
#[command(name = "waha", version, arg_required_else_help = true, subcommand_required = true)]
#[command(disable_help_subcommand = true, max_term_width = WIDEST)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,

    #[command(subcommand)]
    pub everyday: Everyday,
}

/// What people do all day.
#[derive(Debug, Subcommand)]
pub enum Everyday {
    #[command(visible_alias = "pair")]
    Login(commands::login::Login),
    Status(commands::status::Status),
    Doctor(commands::doctor::Doctor),
    Send(commands::send::Send),
    SendFile(commands::send_file::SendFile),
    React(commands::message::React),
    Edit(commands::message::Edit),
    Delete(commands::message::Delete),
    Forward(commands::message::Forward),
    Messages(commands::messages::Messages),
    #[command(visible_alias = "tail")]
    Listen(commands::listen::Listen),
    Export(commands::export::Export),
    Broadcast(commands::broadcast::Broadcast),
    Check(commands::check::Check),
    Group(commands::group::Group),
    Webhook(commands::webhook::Webhook),
    Trigger(commands::trigger::Trigger),
    Replay(commands::replay::Replay),
    #[command(visible_alias = "api")]
    Raw(commands::raw::Raw),
    Sim(commands::sim::Sim),
    Config(commands::config::Config),
    Completions(commands::shell::Completions),
    Man(commands::shell::Man),
    Help(commands::shell::Help),
}

/// The whole command line: what people do all day, and below it the operations of the document.
pub fn command() -> Command {
    Cli::command().subcommands(generated::resources()).after_help(resources()).after_long_help(format!(
        "{}\n\n{}\n\nEnvironment: WAHA_BASE_URL, WAHA_API_KEY, WAHA_SESSION, WAHA_PROFILE, NO_COLOR",
        resources(),
        exit_codes(),
    ))
}

/// The list of resources, as the help shows it.
fn resources() -> String {
    let longest = table::RESOURCES.iter().map(|resource| resource.name.len()).max().unwrap_or(0);
    // clap breaks lines that are too long, and does not indent what follows.
    let indent = longest + 4;
    let width = usize::from(output::width()).min(WIDEST).saturating_sub(indent).max(20);
    let lines = table::RESOURCES.iter().map(|resource| {
        let begin = resource.about.split_once('.').map_or(resource.about, |(begin, _)| begin);
        format!("  {:longest$}  {}", resource.name, broken(begin, width).join(&format!("\n{:indent$}", "")))
    });
    let operations: usize = table::RESOURCES.iter().map(|resource| resource.operations.len()).sum();
    format!(
        "All {operations} operations of WAHA {}, as waha RESOURCE ACTION:\n{}",
        table::RELEASE,
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// The lines of a text that are no wider than this, as far as its words allow.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The table of exit codes, as the help shows it.
pub fn exit_codes() -> String {
    let lines = CODES.iter().map(|(code, meaning)| format!("  {code:>3}  {meaning}"));
    format!("Exit codes:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// What is done when the answer to a message is lost.
#[derive(Args, Clone, Copy, Debug)]
pub struct Lost {
    /// How long the server must not have a message whose answer was lost before it counts as missing, in seconds: then
    /// GOWS and NOWEB are given it again, with the same id, and with other engines it stays open whether it was sent
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    settle_time: f64,
}

impl Lost {
    /// Returns it as a duration.
    pub fn settle_time(self) -> Duration {
        Duration::from_secs_f64(self.settle_time)
    }
}

/// Reads a number of seconds that a duration can hold.
pub fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().map_err(|error| error.to_string())?;
    match Duration::try_from_secs_f64(number) {
        Ok(time) if !time.is_zero() => Ok(number),
        _ => Err("write a number of seconds that is larger than 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_well_formed_and_no_resource_hides_an_everyday_command() {
        let mut command = command();
        command.build();
        command.clone().debug_assert();
        let mut names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
