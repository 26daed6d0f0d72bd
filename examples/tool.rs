//! A tool for a language model: its arguments as JSON Schema, and its calls as traces.
//!
//! `cargo run --example tool --features schemars,tracing` talks to a stand-in that it starts in the same process. With
//! `WAHA_BASE_URL` set (and `WAHA_API_KEY`, `WAHA_SESSION` and `WAHA_CONTACT` where they are needed) it talks to that server
//! instead, and sends a message.

use std::{env, error::Error};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use tracing_subscriber::fmt::format::FmtSpan;
use waha::{ChatId, Client, Session};

const CONTACT: &str = "+1 111 111-1111";

/// Sends a text message.
#[derive(Deserialize, JsonSchema)]
struct SendText {
    /// Who gets it.
    to: ChatId,
    /// What it says.
    text: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // The schema for the model. The types of ids describe their own format.
    println!("{}\n", serde_json::to_string_pretty(&schema_for!(SendText))?);

    // One line at the end of each call, without ids and texts.
    tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).with_target(false).without_time().init();
    if env::var_os("WAHA_BASE_URL").is_some() {
        let contact = env::var("WAHA_CONTACT").unwrap_or_else(|_| CONTACT.to_owned());
        return call(&Client::from_env()?.default_session(), &contact).await;
    }
    println!("WAHA_BASE_URL is not set: starting a stand-in for WAHA in this process\n");
    let server = waha_sim::Server::builder().api_key("secret").session("default").start().await?;
    let client = Client::builder(server.url()).api_key("secret").build()?;
    call(&client.default_session(), CONTACT).await
}

/// Carries out a call of the model.
async fn call(session: &Session, contact: &str) -> Result<(), Box<dyn Error>> {
    let arguments = format!(r#"{{"to": "{contact}", "text": "hi"}}"#);
    let SendText { to, text } = serde_json::from_str(&arguments)?;
    let sent = session.chatting().send_text().chat_id(to.as_str()).text(text).send().await?;
    println!("sent to {to}: HTTP {}", sent.status().as_u16());

    let wrong = r#"{"to": "somebody", "text": "hi"}"#;
    match serde_json::from_str::<SendText>(wrong) {
        Ok(_) => println!("the server has to judge"),
        Err(error) => println!("back to the model: {error}"),
    }
    Ok(())
}
