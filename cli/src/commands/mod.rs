//! What people do all day, a file for each command or for those that are alike.

pub mod broadcast;
pub mod check;
pub mod config;
pub mod doctor;
pub mod export;
pub mod group;
pub mod listen;
pub mod login;
pub mod message;
pub mod messages;
pub mod raw;
pub mod replay;
pub mod send;
pub mod send_file;
pub mod shell;
pub mod sim;
pub mod status;
pub mod trigger;
pub mod webhook;

mod lines;

use serde_json::{Value, json};
use waha::{Error, ErrorKind, Json, views::SentMessage};

use crate::{Context, args::Everyday, exit::Failure};

/// Runs a command.
///
/// # Errors
///
/// What the command fails with.
pub async fn run(context: &Context, command: Everyday) -> Result<(), Failure> {
    match command {
        Everyday::Login(args) => login::run(context, args).await,
        Everyday::Status(args) => status::run(context, &args).await,
        Everyday::Doctor(_) => doctor::run(context).await,
        Everyday::Send(args) => send::run(context, args).await,
        Everyday::SendFile(args) => send_file::run(context, args).await,
        Everyday::React(args) => message::react(context, args).await,
        Everyday::Edit(args) => message::edit(context, args).await,
        Everyday::Delete(args) => message::delete(context, args).await,
        Everyday::Forward(args) => message::forward(context, args).await,
        Everyday::Messages(args) => messages::run(context, args).await,
        Everyday::Listen(args) => listen::run(context, args).await,
        Everyday::Export(args) => export::run(context, args).await,
        Everyday::Broadcast(args) => broadcast::run(context, args).await,
        Everyday::Check(args) => check::run(context, args).await,
        Everyday::Group(args) => group::run(context, args).await,
        Everyday::Webhook(args) => webhook::run(context, args).await,
        Everyday::Trigger(args) => trigger::run(context, args).await,
        Everyday::Replay(args) => replay::run(context, args).await,
        Everyday::Raw(args) => raw::run(context, args).await,
        Everyday::Sim(args) => sim::run(context, args).await,
        Everyday::Config(args) => config::run(context, args),
        Everyday::Completions(args) => shell::completions(&args),
        Everyday::Man(args) => shell::man(&args),
        Everyday::Help(args) => shell::help(&args),
    }
}

/// Writes a message that was sent: its id for people, and the same members on every engine for programs.
fn write_sent(context: &Context, sent: &SentMessage) -> Result<(), Failure> {
    let id = sent.id.as_ref().map(waha::MessageId::as_str);
    let people = id.map_or_else(|| "sent (the server does not tell the id)".to_owned(), |id| format!("sent {id}"));
    context.output.either(&people, &sent_value(sent))
}

fn sent_value(sent: &SentMessage) -> Value {
    let id = sent.id.as_ref().map(waha::MessageId::as_str);
    let chat = sent.chat_id.as_ref().map(waha::ChatId::as_str);
    json!({ "id": id, "chatId": chat, "timestamp": sent.timestamp })
}

/// Whether what failed so fails in the same way for everybody else.
fn fails_for_all(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Configuration
            | ErrorKind::Unauthorized
            | ErrorKind::SessionNotReady
            | ErrorKind::Connection
            | ErrorKind::Tls
    ) || (error.kind() == ErrorKind::NotFound && error.message().contains("Session"))
}

/// Reads an answer as a view of the library.
fn view<V: TryFrom<Json, Error = waha::Error>>(value: &Value) -> Result<V, Failure> {
    let json = Json::new(value).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(V::try_from(json)?)
}
