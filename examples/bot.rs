//! A bot that answers "ping" with "pong", over a WebSocket that stays open.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server, where Ada writes to it. With it (and `WAHA_API_KEY` and
//! `WAHA_SESSION`, where they are needed) it answers what people write to your session, until it is ended. At the end of
//! this file is its test.
//!
//! ```text
//! $ cargo run --example bot --features ws
//! 11111111111@c.us: pong
//! ```

use std::{env, error::Error, time::Duration};

use waha::{Client, Event, Session, events::CatchUp};

/// Answers what people write, also what they wrote while the connection was lost.
async fn run(session: Session) -> Result<(), waha::Error> {
    let mut events = session.events().only(["message"]).catch_up(CatchUp::new()).connect().await?;
    while let Some(event) = events.next_event().await? {
        if let Err(error) = answer(&session, &event).await {
            eprintln!("{error}");
        }
    }
    Ok(())
}

async fn answer(session: &Session, event: &Event) -> Result<(), waha::Error> {
    let Some(message) = event.message().filter(|message| !message.is_group()) else { return Ok(()) };
    if message.text().is_some_and(|text| text.trim().eq_ignore_ascii_case("ping")) {
        message.reply(session, "pong")?.await?;
        println!("{}: pong", message.chat_id());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        return Ok(run(Client::from_env()?.default_session()).await?);
    }
    let ada = |ada: waha_sim::Person| ada.writes("default", "Ping", Duration::from_millis(300));
    let server = waha_sim::Server::builder().real_time().session("default").person("11111111111@c.us", ada);
    let server = server.start().await?;
    let session = Client::builder(server.url()).build()?.default_session();
    // It would answer for ever.
    let _ = tokio::time::timeout(Duration::from_secs(2), run(session)).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use waha_sim::{Engine, Incoming, Server};

    const ADA: &str = "11111111111@c.us";

    /// Waits until the bot has said this in its chat with Ada; its last words come first.
    async fn says(session: &Session, expected: &[&str]) {
        let said = async {
            loop {
                let messages = session.chat(ADA).expect("an id").list_messages().limit(100).await.expect("messages");
                let own = messages.iter().filter(|message| message.is_from_me());
                let said: Vec<_> = own.filter_map(|message| message.text()).collect();
                if said == expected {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), said).await.expect("the bot says something else");
    }

    #[tokio::test]
    async fn it_answers_ping_once_on_every_engine_even_if_the_connection_was_lost() {
        for engine in [Engine::Webjs, Engine::Wpp, Engine::Noweb, Engine::Gows] {
            let group = "111111111111111111@g.us";
            let builder = Server::builder().engine(engine).session("default").group(group, |group| group.member(ADA));
            let server = builder.start().await.expect("a free port");
            let session = Client::builder(server.url()).build().expect("a client").default_session();
            let bot = tokio::spawn(run(session.clone()));
            while server.websockets() == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.receive("default", Incoming::text(ADA, " PING "));
            says(&session, &["pong"]).await;
            server.receive("default", Incoming::text(ADA, "pong?"));
            server.receive("default", Incoming::text(ADA, "ping").in_group(group));
            server.drop_websockets();
            server.receive("default", Incoming::text(ADA, "ping"));
            says(&session, &["pong", "pong"]).await;
            bot.abort();
        }
    }
}
