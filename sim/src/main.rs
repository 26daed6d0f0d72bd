//! The stand-in as a program.

use std::{ffi::OsString, net::IpAddr, process::ExitCode};

use lexopt::{Arg, Parser, ValueExt};
use waha_sim::{Builder, Engine, Server, SessionStatus};

const HELP: &str = "\
A stand-in for WAHA, the self-hosted WhatsApp HTTP API: no phone, no WhatsApp, no account.

Usage: waha-sim [OPTIONS]

Options:
    --port <PORT>         port to listen on, 0 for a free one [default: 3000]
    --host <ADDRESS>      address to listen on [default: 127.0.0.1, so nobody outside this machine can connect]
    --engine <ENGINE>     WEBJS, WPP, NOWEB or GOWS [default: GOWS]
    --api-key <KEY>       key to demand [default: none]
    --session <NAME>      a session that works; may be repeated
    --new-session <NAME>  a session that waits for its QR code to be scanned; may be repeated
    --webhook <URL>       where to send all events
    --patient             wait 15 seconds for a session before a call for it is refused, as the real server does
    --seed <NUMBER>       where ids and chances come from [default: 0]
    --help                this text

Ada, 11111111111@c.us, answers every text with the same text. Besides the API of WAHA there are:

    GET  /sim/state                                            all that the server knows
    POST /sim/pair?session=NAME                                a phone scans the QR code of a session
    POST /sim/receive?session=NAME&from=11111111111&text=Hi    somebody writes to a session
    POST /sim/advance?seconds=60                               moves the clock
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let builder = match read(Parser::from_env()) {
        Ok(Some(builder)) => builder,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(&format!("{error}\nTry --help")),
    };
    let server = match builder.start().await {
        Ok(server) => server,
        Err(error) => return fail(&format!("Cannot listen: {error}. Choose another --port or --host")),
    };
    println!("Listening on {}", server.url());
    if let Err(error) = tokio::signal::ctrl_c().await {
        return fail(&format!("Cannot wait for Ctrl-C: {error}"));
    }
    server.shutdown().await;
    ExitCode::SUCCESS
}

/// What the command line asks for; nothing if it asks for help.
fn read(mut arguments: Parser) -> Result<Option<Builder>, lexopt::Error> {
    let mut builder = Server::builder().port(3000).real_time().log(|line| println!("{line}"));
    builder = builder.person("11111111111@c.us", |ada| {
        ada.contact(|contact| contact.name("Ada").push_name("Ada")).answers(|text| Some(text.to_owned()))
    });
    while let Some(argument) = arguments.next()? {
        let Arg::Long(name) = argument else { return Err(argument.unexpected()) };
        let name = name.to_owned();
        builder = match name.as_str() {
            "help" => return Ok(None),
            "patient" => builder.patient(),
            "port" => builder.port(arguments.value()?.parse()?),
            "host" => builder.host(arguments.value()?.parse::<IpAddr>()?),
            "engine" => builder.engine(arguments.value()?.parse_with(engine)?),
            "api-key" => builder.api_key(text(arguments.value()?)?),
            "session" => builder.session(text(arguments.value()?)?),
            "new-session" => builder.session_in(text(arguments.value()?)?, SessionStatus::ScanQrCode),
            "webhook" => builder.webhook(text(arguments.value()?)?, ["*"]),
            "seed" => builder.seed(arguments.value()?.parse()?),
            _ => return Err(lexopt::Error::UnexpectedOption(format!("--{name}"))),
        };
    }
    Ok(Some(builder))
}

fn text(value: OsString) -> Result<String, lexopt::Error> {
    value.string()
}

fn engine(name: &str) -> Result<Engine, String> {
    let engines = [Engine::Webjs, Engine::Wpp, Engine::Noweb, Engine::Gows];
    let known = engines.into_iter().find(|engine| engine.as_str().eq_ignore_ascii_case(name));
    known.ok_or_else(|| "it is none of WEBJS, WPP, NOWEB and GOWS".to_owned())
}

fn fail(message: &str) -> ExitCode {
    eprintln!("waha-sim: {message}");
    ExitCode::FAILURE
}
