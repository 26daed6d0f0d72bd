//! The stand-in as a program: `waha-sim`, and the same as a part of other programs.

use std::{
    ffi::OsString,
    io::{self, Write},
    net::IpAddr,
    path::Path,
    time::Duration,
};

use lexopt::{Arg, Parser, ValueExt};

use crate::{Age, Builder, Engine, Server, SessionStatus, script::Script};

const HELP: &str = "\
A stand-in for WAHA, the self-hosted WhatsApp HTTP API: no phone, no WhatsApp, no account.

Usage: {name} [OPTIONS]

Options:
    --port <PORT>            port to listen on, 0 for a free one [default: 3000]
    --host <ADDRESS>         address to listen on [default: 127.0.0.1, which only this machine can connect to]
    --path-prefix <PATH>     path that the API is below, such as /waha, as behind a proxy [default: none]
    --engine <ENGINE>        WEBJS, WPP, NOWEB or GOWS [default: GOWS]
    --old                    answer as a server of 2024 does
    --api-key <KEY>          key to demand [default: none]
    --session <NAME>         a session that works; may be repeated
    --new-session <NAME>     a session that waits for its QR code to be scanned; may be repeated
    --webhook <URL>          where to send all events
    --keep-alive <SECONDS>   close connections that are idle for so long, 0 for never [default: 5, as the real server]
    --patient                wait 15 seconds for a session before a call for it is refused, as the real server does
    --script <FILE>          people, groups, what happens when, and faults, in YAML
    --seed <NUMBER>          where ids and chances come from [default: 0]
    --quiet                  write no log
    -h, --help               print this text
    -V, --version            print the version

Without a script there is Ada, 11111111111@c.us, who answers every text with the same text. GET /-json is the OpenAPI
document. What happens on the other side is told by the control API:

    curl localhost:3000/__sim/                                   what there is
    curl localhost:3000/__sim/state                              all that the server knows
    curl -X POST 'localhost:3000/__sim/pair?session=NAME'        a phone scans the QR code of a session
    curl -X POST localhost:3000/__sim/receive -d '{\"session\": \"NAME\", \"from\": \"11111111111\", \"text\": \"Hi\"}'
    curl -X POST localhost:3000/__sim/faults -d '{\"on\": \"chatting_send_text\", \"times\": 1, \"bad_gateway\": true}'

The exit code is 0 after Ctrl-C or SIGTERM, 1 if the address cannot be listened on, and 2 if the arguments or the script
are wrong. The README of waha-sim describes the scripts and the control API.
";

/// What the command line asks for.
enum Wanted {
    Server(Box<Builder>),
    Text(String),
}

/// Runs the program `waha-sim` with these arguments until Ctrl-C or SIGTERM ends it, and returns its exit code: 0 after that, 1
/// if the address cannot be listened on, and 2 if the arguments or the script are wrong.
///
/// `name` is what people type to run it, such as `waha-sim`; the arguments are what follows. It writes to standard output and
/// standard error. Needs a Tokio runtime with I/O and time enabled.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(waha_sim::program::run("mytool sim", ["--version"]).await, 0);
/// assert_eq!(waha_sim::program::run("mytool sim", ["--engine", "STEAM"]).await, 2);
/// # }
/// ```
pub async fn run(name: &str, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> u8 {
    let fail = |message: &str, code: u8| {
        eprintln!("{name}: {message}");
        code
    };
    let builder = match read(Parser::from_args(arguments), name) {
        Ok(Wanted::Server(builder)) => builder,
        Ok(Wanted::Text(text)) => {
            print(&text);
            return 0;
        }
        Err(error) => return fail(&format!("{error}\nTry --help"), 2),
    };
    let server = match builder.start().await {
        Ok(server) => server,
        Err(error) => return fail(&format!("cannot listen: {error}. Choose another --port or --host"), 1),
    };
    // Before anybody can know that the server listens: a signal that comes at once is not lost.
    let stopped = match stopped() {
        Ok(stopped) => stopped,
        Err(error) => return fail(&format!("cannot wait for a signal: {error}"), 1),
    };
    print(&format!("Listening on {}", server.url()));
    if let Err(error) = stopped.await {
        return fail(&format!("cannot wait for a signal: {error}"), 1);
    }
    server.shutdown().await;
    0
}

/// Listens for the signals that stop the program, and returns what waits for one: Ctrl-C, or SIGTERM, which containers are
/// sent.
fn stopped() -> io::Result<impl Future<Output = io::Result<()>>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => Ok(()),
                _ = terminate.recv() => Ok(()),
            }
        })
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c())
}

fn read(mut arguments: Parser, program: &str) -> Result<Wanted, lexopt::Error> {
    let mut builder = Server::builder().port(3000).real_time();
    let (mut is_quiet, mut keep_alive, mut script) = (false, 5.0, None);
    while let Some(argument) = arguments.next()? {
        let name = match argument {
            Arg::Short('h') => "help".to_owned(),
            Arg::Short('V') => "version".to_owned(),
            Arg::Long(name) => name.to_owned(),
            other => return Err(other.unexpected()),
        };
        builder = match name.as_str() {
            "help" => return Ok(Wanted::Text(HELP.trim_end().replace("{name}", program))),
            "version" => return Ok(Wanted::Text(format!("waha-sim {}", env!("CARGO_PKG_VERSION")))),
            "quiet" => {
                is_quiet = true;
                builder
            }
            "keep-alive" => {
                keep_alive = arguments.value()?.parse::<f64>()?;
                builder
            }
            "old" => builder.age(Age::Old),
            "patient" => builder.patient(),
            "port" => builder.port(arguments.value()?.parse()?),
            "host" => builder.host(arguments.value()?.parse::<IpAddr>()?),
            "path-prefix" => builder.path_prefix(text(arguments.value()?)?),
            "engine" => builder.engine(arguments.value()?.parse_with(engine)?),
            "api-key" => builder.api_key(text(arguments.value()?)?),
            "session" => builder.session(arguments.value()?.parse_with(session)?),
            "new-session" => builder.session_in(arguments.value()?.parse_with(session)?, SessionStatus::ScanQrCode),
            "webhook" => builder.webhook(arguments.value()?.parse_with(url)?, ["*"]),
            "script" if script.is_some() => return Err("--script: only one script can be given".into()),
            "script" => {
                script = Some(Script::read(Path::new(&arguments.value()?))?);
                builder
            }
            "seed" => builder.seed(arguments.value()?.parse()?),
            _ => return Err(lexopt::Error::UnexpectedOption(format!("--{name}"))),
        };
    }
    builder = match script {
        Some(script) => builder.script(script),
        None => builder.person("11111111111@c.us", |ada| {
            ada.contact(|contact| contact.name("Ada").push_name("Ada")).answers(|text| Some(text.to_owned()))
        }),
    };
    builder = match Duration::try_from_secs_f64(keep_alive) {
        Ok(Duration::ZERO) => builder,
        Ok(timeout) => builder.keep_alive(timeout),
        Err(error) => return Err(format!("--keep-alive: {error}").into()),
    };
    Ok(Wanted::Server(Box::new(if is_quiet { builder } else { builder.log(print) })))
}

fn text(value: OsString) -> Result<String, lexopt::Error> {
    value.string()
}

fn engine(name: &str) -> Result<Engine, String> {
    let engines = [Engine::Webjs, Engine::Wpp, Engine::Noweb, Engine::Gows];
    let known = engines.into_iter().find(|engine| engine.as_str().eq_ignore_ascii_case(name));
    known.ok_or_else(|| "use WEBJS, WPP, NOWEB or GOWS".to_owned())
}

/// A name that the server would take as well.
pub(crate) fn session(name: &str) -> Result<String, String> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match name.len() {
        1..=54 if name.chars().all(is_allowed) => Ok(name.to_owned()),
        _ => Err("use 1 to 54 letters (a-z, A-Z), digits, hyphens and underscores".to_owned()),
    }
}

fn url(text: &str) -> Result<String, String> {
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text.to_owned()),
        _ => Err("write an address such as http://localhost:8000/webhook".to_owned()),
    }
}

fn print(line: &str) {
    // Whoever does not read it does not want it.
    let _ = writeln!(io::stdout().lock(), "{line}");
}
