//! A bot that hears by webhook: it answers "ping", and says how large a file is.
//!
//! Without `WAHA_BASE_URL` it talks to a stand-in for the server, where Ada writes to it. With it (and `WAHA_API_KEY` and
//! `WAHA_SESSION`, where they are needed) it answers what people write to your session, until Ctrl-C. Then `WEBHOOK_URL` is
//! where the server reaches this program, such as `http://192.168.0.2:8000/webhook`, and `WEBHOOK_KEY` the key to sign with.
//! At the end of this file is its test.
//!
//! ```text
//! $ cargo run --example webhook_bot --features axum
//! 11111111111@c.us: Ping
//! me: pong
//! ```

use std::{env, error::Error, future::Future, time::Duration};

use axum::Router;
use tokio::net::TcpListener;
use waha::{
    Client, Event, Session,
    events::{Dispatcher, Verifier, axum::WebhookRouter},
};

/// Answers one event.
async fn answer(session: Session, event: Event) -> Result<(), waha::Error> {
    let Some(message) = event.message().filter(|message| !message.is_from_me()) else { return Ok(()) };
    if message.text().is_some_and(|text| text.eq_ignore_ascii_case("ping")) {
        message.reply(&session, "pong")?.await?;
    } else if let Some(file) = message.download(&session) {
        let size = file.await?.bytes().await?.len();
        message.chat(&session)?.send_text(format!("{size} bytes")).await?;
    }
    Ok(())
}

/// Receives events until `stop`, and then handles those that are under way.
async fn serve(listener: TcpListener, session: Session, key: &str, stop: impl Future<Output = ()> + Send + 'static) {
    let dispatcher =
        Dispatcher::new(move |event| answer(session.clone(), event)).on_error(|error| eprintln!("{error}"));
    let webhooks = WebhookRouter::new(Verifier::new(key), dispatcher.clone()).into_router();
    let app = Router::new().nest("/webhook", webhooks);
    if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stop).await {
        eprintln!("{error}");
    }
    dispatcher.finish().await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("WAHA_BASE_URL").is_some() {
        let session = Client::from_env()?.default_session();
        let (url, key) = (env::var("WEBHOOK_URL")?, env::var("WEBHOOK_KEY")?);
        session.webhook(url).hmac(key.as_str()).events(["message"]).await?;
        let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
        serve(TcpListener::bind("0.0.0.0:8000").await?, session, &key, stop).await;
        return Ok(());
    }
    let server = waha_sim::Server::builder()
        .real_time()
        .session("default")
        .person("11111111111@c.us", |ada| ada.writes("default", "Ping", Duration::from_millis(300)));
    let server = server.start().await?;
    let session = Client::builder(server.url()).build()?.default_session();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/webhook", listener.local_addr()?);
    session.webhook(url).hmac("a secret").events(["message"]).await?;
    session.wait_until_working().await?;
    serve(listener, session.clone(), "a secret", tokio::time::sleep(Duration::from_secs(2))).await;
    for message in session.chat("11111111111@c.us")?.list_messages().await?.iter().rev() {
        println!("{message}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;
    use waha_sim::{Engine, Incoming, Server, SessionStatus};

    const ADA: &str = "11111111111@c.us";

    #[tokio::test]
    async fn the_bot_answers_on_every_engine_before_it_stops() {
        for engine in [Engine::Gows, Engine::Noweb, Engine::Webjs, Engine::Wpp] {
            let server = Server::builder().engine(engine).real_time().session("default");
            let server = server.person(ADA, |ada| ada).start().await.expect("a free port");
            let session = Client::builder(server.url()).build().expect("a client").default_session();
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let url = format!("http://{}/webhook", listener.local_addr().expect("an address"));
            session.webhook(url).hmac("key").events(["message"]).await.expect("a webhook");
            server.set_status("default", SessionStatus::Working);
            let (stop, stopped) = oneshot::channel::<()>();
            let bot = tokio::spawn(serve(listener, session, "key", async { drop(stopped.await) }));
            server.receive("default", Incoming::text(ADA, "PING"));
            server.receive("default", Incoming::text(ADA, "what?"));
            server.receive("default", Incoming::file(ADA, "image/jpeg", b"12345"));
            let said = || {
                let sent =
                    server.requests().into_iter().filter(|request| request.operation == Some("chatting_send_text"));
                sent.map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect::<Vec<_>>()
            };
            for _ in 0..1000 {
                if said().len() == 2 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            drop(stop);
            bot.await.expect("it stops");
            let said = said();
            assert!(said.len() == 2 && said[0].contains("pong") && said[1].contains("5 bytes"), "{engine}: {said:?}");
        }
    }
}
