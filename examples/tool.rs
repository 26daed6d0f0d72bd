//! A tool for a language model: its arguments as a JSON Schema, its calls carried out and traced.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server. With it (and `WAHA_API_KEY` and `WAHA_SESSION`, where they
//! are needed) it talks to yours, and the model writes to the number in `WAHA_TO`.
//!
//! ```text
//! $ cargo run --example tool --features schemars,tracing
//! {
//!   "$schema": "https://json-schema.org/draft/2020-12/schema",
//!   "title": "SendText",
//!   "description": "Sends a text message.",
//!   …
//!   "$defs": {
//!     "ChatId": {
//!       "description": "The id of a chat of any kind: …",
//!       …
//! }
//!  INFO waha.call{otel.name=POST /api/sendText … waha.attempts=1 waha.duration_ms=… http.response.status_code=201}: close
//! sent as true_11111111111@c.us_3EB09A45CD888D59F0D601
//! wrong arguments: "somebody" is not a chat id: without an `@` it is taken as a phone number: its number must be digits only at line 1 column 17
//! ```

use std::{env, error::Error};

use schemars::{JsonSchema, schema_for};
use serde::Deserialize;
use tracing_subscriber::fmt::format::FmtSpan;
use waha::{ChatId, Client, Session};

/// Sends a text message.
#[derive(Deserialize, JsonSchema)]
struct SendText {
    /// Who gets it.
    to: ChatId,
    /// What it says.
    text: String,
}

/// Carries out a call of the model, and returns what to tell it.
async fn call(session: &Session, arguments: &str) -> String {
    // An id checks itself as it is read.
    let SendText { to, text } = match serde_json::from_str(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return format!("wrong arguments: {error}"),
    };
    match session.send_text(to, text).await {
        Ok(sent) => format!("sent as {sent}"),
        Err(error) if error.may_have_arrived() => format!("it may have been sent, do not repeat it: {error}"),
        Err(error) => format!("not sent: {error}"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string_pretty(&schema_for!(SendText))?);

    // One line at the end of each call, without ids and texts.
    tracing_subscriber::fmt().with_span_events(FmtSpan::CLOSE).with_target(false).without_time().init();
    let stand_in = waha_sim::Server::builder().session("default").person("11111111111@c.us", |ada| ada).start().await?;
    let (session, to) = match env::var_os("WAHA_BASE_URL") {
        Some(_) => (Client::from_env()?.default_session(), env::var("WAHA_TO")?),
        None => (Client::builder(stand_in.url()).build()?.default_session(), "+1 111 111-1111".to_owned()),
    };
    println!("{}", call(&session, &format!(r#"{{"to": "{to}", "text": "hi"}}"#)).await);
    println!("{}", call(&session, r#"{"to": "somebody", "text": "hi"}"#).await);
    Ok(())
}
