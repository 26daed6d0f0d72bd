//! A webhook of a session, from its set-up to a delivery that is verified.

use std::{env, time::Duration};

use axum::{Router, body::Bytes, http::HeaderMap, routing::post};
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use waha::{
    Session,
    events::{Payload, Verifier},
    types::EventName,
};

use crate::suite::{End, Target, Verdict, require};

const KEY: &str = "a key of the tests";

/// Starts a session, whose server has to tell of that.
pub async fn delivery(target: &Target, session: &Session) -> Verdict {
    let (url, mut deliveries) = receiver(target).await?;
    session.webhook(url).hmac(KEY).events([EventName::SessionStatus]).header("X-Waha-Test", "it arrives").await?;
    session.start().await?;
    let next = timeout(Duration::from_secs(60), deliveries.recv()).await;
    let Ok(Some((headers, body))) = next else { return Err(End::Fail("nothing was delivered within 60 s".to_owned())) };
    // The clock of the server may be another.
    let event = Verifier::new(KEY).tolerance(None).verify(&body, &headers);
    let event = event.map_err(|error| End::Fail(error.to_string()))?;
    require(headers.get("x-waha-test").is_some_and(|value| value == "it arrives"), "the header was not sent")?;
    require(event.session == session.name().as_str(), "it is an event of another session")?;
    require(event.id.is_some() && event.timestamp.is_some(), "it has no id or no time")?;
    require(matches!(event.payload, Payload::SessionStatus(_)), format!("it is the event {}", event.name()))?;
    let changed = [body.as_ref(), b" "].concat();
    require(Verifier::new(KEY).tolerance(None).verify(changed, &headers).is_err(), "a change of the body passes")
}

type Delivery = (HeaderMap, Bytes);

/// Listens where the server can reach it.
async fn receiver(target: &Target) -> Verdict<(String, mpsc::UnboundedReceiver<Delivery>)> {
    let host = match (env::var("WAHA_TEST_WEBHOOK_HOST"), target.client.base_url().host_str()) {
        (Ok(host), _) if !host.is_empty() => host,
        (_, Some("127.0.0.1" | "localhost")) => "127.0.0.1".to_owned(),
        _ => {
            let why = "the server may not reach this machine: WAHA_TEST_WEBHOOK_HOST says where it does";
            return Err(End::Skip(why.to_owned()));
        }
    };
    let fail = |error: std::io::Error| End::Fail(error.to_string());
    let listener = TcpListener::bind("0.0.0.0:0").await.map_err(fail)?;
    let url = format!("http://{host}:{}/", listener.local_addr().map_err(fail)?.port());
    let (sender, deliveries) = mpsc::unbounded_channel();
    let receive = move |headers: HeaderMap, body: Bytes| {
        // Nobody listens any more once the first has come.
        let _ = sender.send((headers, body));
        async {}
    };
    let app = Router::new().route("/", post(receive));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok((url, deliveries))
}
