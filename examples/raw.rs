//! Requests a path by hand: for what a newer server has and this release does not know.
//!
//! It goes with the client's key, options, retries and errors, like any call.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server. With it (and `WAHA_API_KEY` and `WAHA_SESSION`, where they
//! are needed) it talks to yours, and writes to the number in `WAHA_TO`.
//!
//! ```text
//! $ cargo run --example raw
//! sent true_11111111111@c.us_3EB09A45CD888D59F0D601
//! chat 11111111111@c.us
//! NotSupported: GET /api/{session}/chats/{chatId}/summary: HTTP 404: Cannot GET /api/default/chats/11111111111%40c.us/summary
//! ```

use std::{env, error::Error};

use serde::{Deserialize, Serialize};
use waha::{Client, Method, Session};

/// What the server wants, as its documentation says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SendText<'a> {
    session: &'a str,
    chat_id: &'a str,
    text: &'a str,
}

/// What is needed of the answer.
#[derive(Deserialize)]
struct Chat {
    id: String,
}

async fn by_hand(session: &Session, number: &str) -> Result<(), waha::Error> {
    let chat_id = session.contact(number)?.id().to_string();
    let body = SendText { session: session.name().as_str(), chat_id: &chat_id, text: "hi" };
    let sent = session.request(Method::POST, "/api/sendText").json(&body).await?;
    println!("sent {}", sent.get::<String>("/id").ok().flatten().unwrap_or_default());

    // `{session}` is filled in; other values go through `param` and `query`, which escape them.
    let path = "/api/{session}/chats/overview";
    let chats = session.request(Method::GET, path).query("limit", 10).send_as::<Vec<Chat>>().await?;
    for chat in chats.into_inner() {
        println!("chat {}", chat.id);
    }

    let path = "/api/{session}/chats/{chatId}/summary";
    match session.request(Method::GET, path).param("chatId", &chat_id).await {
        Ok(summary) => println!("{summary}"),
        Err(error) => println!("{:?}: {error}", error.kind()),
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        return Ok(by_hand(&Client::from_env()?.default_session(), &env::var("WAHA_TO")?).await?);
    }
    let server = waha_sim::Server::builder().session("default").person("11111111111@c.us", |ada| ada).start().await?;
    Ok(by_hand(&Client::builder(server.url()).build()?.default_session(), "+1 111 111 1111").await?)
}
