//! `waha login`: saves a profile, and pairs the session with a phone.

use std::{
    io::{self, BufRead, IsTerminal},
    mem,
    time::Duration,
};

use clap::Args;
use serde_json::json;
use waha::{
    Error, ErrorKind, PhoneNumber,
    handles::QrCode,
    types::{PairingCode, SessionStatus},
};

use crate::{
    Context,
    config::{
        BY_DEFAULT, Settings,
        file::{Config, KeyStore},
        keys,
    },
    exit::{Code, Failure},
    output,
};

/// Save server, key and session as a profile, and pair the session with a phone
///
/// The session is created and started if necessary. The terminal shows a QR code, and a new one when it expires; scan
/// it with WhatsApp on the phone, below "Linked devices". A session that is paired already stays as it is.
///
/// The key is kept in the system's keyring if there is one, and else in a file that only its owner can read. It is
/// asked for if the server demands one; --key-stdin reads it from stdin. A key of WAHA_API_KEY is used and not saved.
#[derive(Args, Debug)]
pub struct Login {
    /// Read the API key from the first line of stdin
    #[arg(long)]
    key_stdin: bool,
    /// Show a code to type on the phone with this number, instead of a QR code
    #[arg(long, value_name = "NUMBER")]
    phone: Option<PhoneNumber>,
    /// Save the profile only
    #[arg(long)]
    no_pair: bool,
    /// How long to wait for the phone, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = crate::args::seconds)]
    deadline: f64,
}

/// Saves the profile, and pairs.
///
/// # Errors
///
/// The key is refused, the profile cannot be saved, or the phone does not come in time.
pub async fn run(context: &Context, args: Login) -> Result<(), Failure> {
    context.no_dry_run("waha sessions create --dry-run shows the request that makes a session")?;
    let mut settings = context.settings.clone();
    let mut new_key = None;
    if args.key_stdin {
        new_key = Some(key_of_stdin()?);
        settings.key.clone_from(&new_key);
    }
    match known(&settings).await {
        Err(error) if error.kind() == ErrorKind::Unauthorized && can_ask(&args) => {
            let key = asked(&settings.server).await?;
            settings.key = Some(key.clone());
            new_key = Some(key);
            known(&settings).await?;
        }
        Err(error) if error.kind() == ErrorKind::Connection && settings.server_source == BY_DEFAULT => {
            return Err(Failure::from(error).hint("is the server elsewhere? waha login --server URL"));
        }
        result => result?,
    }
    save(context, &settings, new_key).await?;
    if args.no_pair {
        return Ok(());
    }
    let session = settings.session()?;
    let deadline = Duration::from_secs_f64(args.deadline);
    let pair = match &args.phone {
        Some(phone) => session.pair_by_phone(phone, show_code),
        None => {
            let mut rows = 0;
            session.pair(move |qr| show(qr, &mut rows))
        }
    };
    let output = context.output.clone();
    let pair = pair.on_status(move |status| output.note(&format!("the session is {status}")));
    let info = pair.deadline(deadline).await.map_err(unpaired)?;
    let account = info.me.as_ref().map(|me| me.id.clone());
    let people = match &account {
        Some(account) => format!("{} is paired with {account}", info.name),
        None => format!("{} is paired", info.name),
    };
    context.output.either(&people, &json!({ "session": info.name, "status": info.status, "account": account }))
}

/// Says at the command line that nobody has paired in time.
fn unpaired(error: Error) -> Failure {
    match error.session_status() {
        Some(SessionStatus::ScanQrCode) => Failure::new(Code::NotReady, "the session was not paired in time")
            .hint("run it again, with the phone at hand; --deadline SECONDS waits longer"),
        Some(SessionStatus::Failed) => Failure::new(Code::NotReady, "the session has failed, and cannot be paired")
            .hint("look at the log of the server; waha sessions restart starts the session anew"),
        _ => error.into(),
    }
}

/// Whether the server takes the key; whether it knows the session does not matter.
async fn known(settings: &Settings) -> Result<(), Error> {
    let session = match settings.session() {
        Ok(session) => session,
        // What is wrong with the settings is told when they are used.
        Err(_) => return Ok(()),
    };
    match session.get().await {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result.map(drop),
    }
}

fn key_of_stdin() -> Result<String, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| Failure::file("stdin cannot be read", &error))?;
    match line.trim_start_matches('\u{feff}').trim() {
        "" => Err(Failure::usage("stdin has no key").hint("waha login --key-stdin < key.txt")),
        key => Ok(key.to_owned()),
    }
}

fn can_ask(args: &Login) -> bool {
    !args.key_stdin && io::stdin().is_terminal()
}

/// Asks for the key, which the terminal does not show.
async fn asked(server: &str) -> Result<String, Failure> {
    let prompt = format!("API key of {server}: ");
    let answer = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
    let key = answer.map_err(|error| Failure::new(Code::Other, error.to_string()))?;
    let key = key.map_err(|error| Failure::file("the key cannot be read", &error))?;
    if key.trim().is_empty() { Err(Failure::usage("no key was given")) } else { Ok(key.trim().to_owned()) }
}

/// Saves the profile, and tells where.
async fn save(context: &Context, settings: &Settings, new_key: Option<String>) -> Result<(), Failure> {
    // An address or a session that cannot be used is not saved.
    settings.session()?;
    let name = settings.profile.clone();
    let mut config = Config::read()?;
    let profile = config.profiles.entry(name.clone()).or_default();
    let is_other_server = profile.server.as_ref().is_some_and(|server| *server != settings.server);
    profile.server = Some(settings.server.clone());
    profile.session = Some(settings.session.clone());
    if is_other_server && new_key.is_none() {
        // The key belongs to the server that it was given for.
        keys::forget(&name, profile)?;
        profile.key = None;
    }
    if let Some(key) = new_key {
        let profile_name = name.clone();
        // The keyring may wait for a person who unlocks it.
        let saved = tokio::task::spawn_blocking(move || keys::save(&profile_name, &key)).await;
        profile.key = Some(saved.map_err(|error| Failure::new(Code::Other, error.to_string()))??);
    }
    let place = match profile.key {
        Some(KeyStore::Keyring) => ", its key in the keyring of the system",
        Some(KeyStore::File) => ", its key in a file that only you can read",
        None => "",
    };
    config.profile.get_or_insert_with(|| name.clone());
    config.write()?;
    context.output.note(&format!("saved the profile `{name}`{place}"));
    Ok(())
}

/// Shows a QR code in the place of the one before, which took so many rows of the terminal.
fn show(qr: &QrCode, rows: &mut usize) {
    const HOW: &str = "Scan it with WhatsApp on the phone: Settings, Linked devices, Link a device";
    let code = qr.to_string();
    let needed = code.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let width = output::terminal_width();
    let text = match width {
        Some(width) if width < needed => format!(
            "The QR code needs {needed} columns, and the terminal has {width}: make it wider, or the letters smaller. \
             Or end this with Ctrl-C, and use waha login --phone NUMBER."
        ),
        _ => format!("{code}\n{HOW}"),
    };
    let before = mem::replace(rows, output::rows(&text, width) + 1);
    let back = if before > 0 && width.is_some() { format!("\x1b[{before}A\x1b[J") } else { String::new() };
    // Who does not see the code cannot scan it, and the deadline ends the waiting.
    let _ = output::print(&format!("{back}{text}\n"));
}

fn show_code(code: &PairingCode) {
    let how = "Type it on the phone: Settings, Linked devices, Link with phone number instead";
    let _ = output::print(&format!("{code}\n{how}"));
}
