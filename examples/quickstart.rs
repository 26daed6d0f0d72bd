//! A first look: which server is it, is its session ready, is somebody on WhatsApp, and a first message.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server, which starts in this process. With it (and
//! `WAHA_API_KEY` and `WAHA_SESSION`, where they are needed) it talks to yours, and writes to the number in `WAHA_TO`.
//!
//! ```text
//! $ cargo run --example quickstart
//! WAHA 2026.9.2 with the engine GOWS
//! the session default is WORKING, as 10000000001@c.us
//! me: Hi
//! Ada: Hello!
//! NotFound: chatting_send_text: HTTP 422: Session "no-such-session" does not exist
//! ```

use std::{env, error::Error};

use waha::{Client, Session};

async fn hello(session: &Session, number: &str) -> Result<(), waha::Error> {
    let version = session.client().observability().get_version().await?;
    println!("WAHA {} with the engine {}", version.version, version.engine);

    let info = session.info().await?;
    println!("the session {} is {}, as {}", info.name, info.status, info.me.map_or("nobody".to_owned(), |me| me.id));

    if !session.check_number(number).await?.number_exists {
        println!("{number} is not on WhatsApp");
        return Ok(());
    }
    let chat = session.chat(number)?;
    chat.send_text("Hi").await?;
    for message in chat.messages().limit(2).await?.iter().rev() {
        println!("{message}"); // the oldest of them first
    }

    // An error says what happened to people, and by its kind to programs.
    let elsewhere = session.client().session("no-such-session")?;
    if let Err(error) = elsewhere.send_text(number, "Hi").await {
        println!("{:?}: {error}", error.kind());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let session = Client::from_env()?.default_session();
        return Ok(hello(&session, &env::var("WAHA_TO")?).await?);
    }
    let server = waha_sim::Server::builder().session("default");
    let server = server.person("11111111111@c.us", |ada| ada.contact(|it| it.name("Ada")).replies("Hi", "Hello!"));
    let server = server.start().await?;
    let session = Client::builder(server.url()).build()?.default_session();
    Ok(hello(&session, "+1 111 111 1111").await?)
}
