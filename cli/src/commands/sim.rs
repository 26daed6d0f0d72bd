//! `waha sim`: the stand-in for the server.

use std::ffi::OsString;

use clap::Args;
use waha::SessionName;

use crate::{
    Context,
    exit::{Code, Failure},
};

/// Run a stand-in for WAHA: no phone, no account
///
/// It takes the options of the program `waha-sim`, which `waha sim --help` lists. Without a session and without a script, the
/// session `default` works.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub struct Sim {
    /// Options of waha-sim
    #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

/// Runs it until Ctrl-C or SIGTERM.
///
/// # Errors
///
/// The options are wrong, or the address cannot be listened on: both are told already.
pub async fn run(context: &Context, args: Sim) -> Result<(), Failure> {
    let has = |name: &str| {
        let is = |option: &OsString| {
            option.to_str().is_some_and(|it| it == name || it.strip_prefix(name).is_some_and(|it| it.starts_with('=')))
        };
        args.options.iter().any(is)
    };
    let session = match &context.global.session {
        Some(session) => Some(session.as_str()),
        None if has("--session") || has("--new-session") || has("--script") => None,
        None => Some(SessionName::DEFAULT),
    };
    let mut options: Vec<OsString> = session.into_iter().flat_map(|name| ["--session".into(), name.into()]).collect();
    if context.global.quiet {
        options.push("--quiet".into());
    }
    options.extend(args.options);
    match waha_sim::program::run("waha sim", options).await {
        0 => Ok(()),
        2 => Err(Failure::told(Code::Usage)),
        _ => Err(Failure::told(Code::Other)),
    }
}
