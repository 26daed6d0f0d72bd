//! `waha`: a program for WAHA, the self-hosted WhatsApp HTTP API.

mod args;
mod commands;
mod config;
mod delivery;
mod exit;
mod generated;
mod log;
mod output;
mod plan;
mod table;
mod text;

use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};
use serde_json::Value;

use crate::{
    args::{Everyday, Global},
    config::Settings,
    exit::{Code, Failure},
    output::Output,
    plan::Plan,
};

/// What every command needs.
pub struct Context {
    /// The options of every command.
    pub global: Global,
    /// Server, key and session.
    pub settings: Settings,
    /// Where the answer goes.
    pub output: Output,
}

impl Context {
    fn new(mut global: Global, name: &str) -> Result<Self, Failure> {
        global.may_be_new = matches!(name, "login" | "config");
        let output = Output::new(&global)?;
        let settings = match name {
            "completions" | "help" | "man" | "sim" => Settings::none(),
            _ => Settings::read(&global)?,
        };
        Ok(Self { global, settings, output })
    }

    /// Begins the request of an operation.
    ///
    /// # Errors
    ///
    /// The document has no such operation.
    pub fn plan(&self, operation: &str) -> Result<Plan, Failure> {
        let known = table::operation(operation);
        let known =
            known.ok_or_else(|| Failure::new(Code::NotSupported, format!("there is no operation {operation}")))?;
        Plan::of(known, &self.settings)
    }

    /// Sends a request, and returns the answer; `None` if it is only to be shown.
    ///
    /// # Errors
    ///
    /// As for any call.
    pub async fn run(&self, plan: &Plan) -> Result<Option<Value>, Failure> {
        if self.global.dry_run {
            plan.show(&self.settings, &self.output)?;
            return Ok(None);
        }
        generated::call(&self.settings.client()?, plan).await.map(Some)
    }

    /// Refuses `--dry-run` for a command that is no single request.
    ///
    /// # Errors
    ///
    /// It is set.
    pub fn no_dry_run(&self, instead: &str) -> Result<(), Failure> {
        if self.global.dry_run {
            return Err(Failure::usage("this command is no single request, which --dry-run could show").hint(instead));
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let matches = match args::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            // Nobody may be there to read it.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Code::Usage as u8 } else { 0 });
        }
    };
    match run(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, below)) = matches.subcommand() else { return Ok(()) };
    let global = Global::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    log::begin(global.verbose);
    let context = Context::new(global, name)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::file("the program cannot start", &error))?;
    let result = runtime.block_on(async {
        match table::resource(name) {
            Some(_) => generated::run(&context, name, below).await,
            None => {
                let command = Everyday::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
                commands::run(&context, command).await
            }
        }
    });
    // A thread that reads stdin would keep the program from ending.
    runtime.shutdown_background();
    result
}
