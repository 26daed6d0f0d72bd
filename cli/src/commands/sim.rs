//! `waha sim`: the stand-in for the server.

use std::{net::IpAddr, time::Duration};

use clap::{Args, ValueEnum};
use waha::SessionName;
use waha_sim::{Age, Server, SessionStatus};

use crate::{Context, exit::Failure, output};

/// Run a stand-in for WAHA: no phone, no account
///
/// Ada, 11111111111@c.us, answers every text with the same text. What happens on the other side is told by the control
/// API below /__sim/ of the same address.
#[derive(Args, Debug)]
pub struct Sim {
    /// Port to listen on, 0 for a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Address to listen on; by default only this machine can connect
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Path that the API is below, as behind a proxy
    #[arg(long, value_name = "PATH")]
    path_prefix: Option<String>,
    /// Engine of the sessions
    #[arg(long, value_enum, ignore_case = true, default_value_t = Engine::Gows)]
    engine: Engine,
    /// Answer as a server of 2024 does
    #[arg(long)]
    old: bool,
    /// Key to demand
    #[arg(long, value_name = "KEY", env = "WAHA_SIM_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// A session that waits for its QR code to be scanned; may be repeated
    #[arg(long, value_name = "NAME")]
    new_session: Vec<SessionName>,
    /// Where to send all events
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Close connections that are idle for so many seconds, 0 for never
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0)]
    keep_alive: f64,
    /// Wait 15 seconds for a session before a call for it is refused, as the real server does
    #[arg(long)]
    patient: bool,
    /// Where ids and chances come from
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Engine {
    Webjs,
    Wpp,
    Noweb,
    Gows,
}

/// Runs it until Ctrl-C. The session of `--session` works; by default that is `default`.
///
/// # Errors
///
/// The address cannot be listened on.
pub async fn run(context: &Context, args: Sim) -> Result<(), Failure> {
    let engine = match args.engine {
        Engine::Webjs => waha_sim::Engine::Webjs,
        Engine::Wpp => waha_sim::Engine::Wpp,
        Engine::Noweb => waha_sim::Engine::Noweb,
        Engine::Gows => waha_sim::Engine::Gows,
    };
    let mut builder = Server::builder().real_time().port(args.port).host(args.host).engine(engine).seed(args.seed);
    builder = builder.person("11111111111@c.us", |ada| {
        ada.contact(|contact| contact.name("Ada").push_name("Ada")).answers(|text| Some(text.to_owned()))
    });
    let working = context.global.session.as_deref().unwrap_or(SessionName::DEFAULT);
    let working: SessionName = working.parse()?;
    builder = builder.session(working.as_str());
    for name in &args.new_session {
        builder = builder.session_in(name.as_str(), SessionStatus::ScanQrCode);
    }
    if let Some(prefix) = args.path_prefix {
        builder = builder.path_prefix(prefix);
    }
    if let Some(key) = args.api_key {
        builder = builder.api_key(key);
    }
    if let Some(url) = args.webhook {
        builder = builder.webhook(url, ["*"]);
    }
    if args.old {
        builder = builder.age(Age::Old);
    }
    if args.patient {
        builder = builder.patient();
    }
    let keep_alive = Duration::try_from_secs_f64(args.keep_alive);
    let keep_alive = keep_alive.map_err(|error| Failure::usage(format!("--keep-alive: {error}")))?;
    if !keep_alive.is_zero() {
        builder = builder.keep_alive(keep_alive);
    }
    if !context.global.quiet {
        // Whoever does not read the log does not want it.
        builder = builder.log(|line| drop(output::print(line)));
    }
    let server = builder.start().await.map_err(|error| {
        Failure::file(format!("{}:{} cannot be listened on", args.host, args.port), &error)
            .hint("choose another --port")
    })?;
    output::print(&format!("Listening on {}", server.url()))?;
    tokio::signal::ctrl_c().await.map_err(|error| Failure::file("Ctrl-C cannot be waited for", &error))?;
    server.shutdown().await;
    Ok(())
}
