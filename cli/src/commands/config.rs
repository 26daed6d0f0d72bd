//! `waha config`: the profiles.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    Context,
    config::{
        DEFAULT_PROFILE,
        file::{self, KeyStore},
        keys,
    },
    exit::Failure,
    output,
};

/// Show, choose or remove profiles; `waha login` makes them
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Config {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the profiles, without their keys
    List,
    /// Use a profile from now on
    Use {
        /// Name of the profile
        name: String,
    },
    /// Remove a profile and its key
    Remove {
        /// Name of the profile
        name: String,
    },
    /// Show where the configuration is
    Path,
}

/// Does it.
///
/// # Errors
///
/// There is no such profile, or the configuration cannot be read or written.
pub fn run(context: &Context, args: Config) -> Result<(), Failure> {
    let mut config = file::Config::read()?;
    let current = config.profile.clone().unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
    match args.action {
        Action::List => {
            let profiles = config.profiles.iter().map(|(name, profile)| {
                json!({
                    "profile": name,
                    "used": *name == current,
                    "server": profile.server,
                    "session": profile.session,
                    "key": match profile.key {
                        Some(KeyStore::Keyring) => "in the keyring",
                        Some(KeyStore::File) => "in a file",
                        None => "none",
                    },
                })
            });
            context.output.value(&profiles.collect::<Value>())
        }
        Action::Use { name } => {
            known(&config, &name)?;
            config.profile = Some(name.clone());
            config.write()?;
            context.output.note(&format!("using the profile `{name}`"));
            Ok(())
        }
        Action::Remove { name } => {
            known(&config, &name)?;
            if let Some(profile) = config.profiles.remove(&name) {
                keys::forget(&name, &profile)?;
            }
            config.profile = config.profile.filter(|used| *used != name);
            config.write()?;
            context.output.note(&format!("removed the profile `{name}`"));
            Ok(())
        }
        Action::Path => output::print(&file::Config::path()?.display().to_string()),
    }
}

fn known(config: &file::Config, name: &str) -> Result<(), Failure> {
    if config.profiles.contains_key(name) {
        return Ok(());
    }
    Err(Failure::usage(format!("there is no profile `{name}`")).hint("waha config list shows the profiles"))
}
