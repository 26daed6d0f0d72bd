use std::time::Duration;

use futures_util::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha512;
use tokio::time::timeout;
use tokio_tungstenite::{connect_async, tungstenite::Message};
use waha_sim::{Age, Fault, Recorded, Server, SessionStatus};

use super::*;

/// Another stand-in takes the webhooks: it records what it is sent, and answers as its faults have it.
async fn receiver() -> Server {
    Server::builder().start().await.unwrap()
}

/// A route that takes anything.
fn hook(receiver: &Server) -> String {
    format!("{}/api/sessions/none/stop", receiver.url())
}

async fn session_with(webhook: Value) -> Server {
    let server = Server::builder().session("default").start().await.unwrap();
    put(&server, "/api/sessions/default", json!({ "config": { "webhooks": [webhook], "metadata": { "user": "1" } } }))
        .await
        .json(200);
    server
}

async fn send(server: &Server, text: &str) {
    post(server, "/api/sendText", json!({ "session": "default", "chatId": "1", "text": text })).await.json(201);
}

/// Waits until so many webhooks have come.
async fn received(receiver: &Server, count: usize) -> Vec<Recorded> {
    let all = async {
        while receiver.requests().len() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        receiver.requests()
    };
    timeout(Duration::from_secs(10), all).await.expect("they do not come")
}

fn envelope(request: &Recorded) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn a_webhook_is_signed_and_carries_its_headers() {
    let receiver = receiver().await;
    let server = session_with(json!({
        "url": hook(&receiver),
        "events": ["message.any"],
        "hmac": { "key": "my key" },
        "customHeaders": [{ "name": "X-Shop", "value": "corner" }],
    }))
    .await;
    send(&server, "Hi").await;
    let request = received(&receiver, 1).await.remove(0);
    let header = |name: &str| request.headers[name].to_str().unwrap();
    assert_eq!((&request.method, header("content-type")), (&Method::POST, "application/json"));
    assert_eq!((header("user-agent"), header("x-shop")), ("WAHA/2026.9.2", "corner"));
    let mut mac = Hmac::<Sha512>::new_from_slice(b"my key").unwrap();
    mac.update(&request.body);
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((header("x-webhook-hmac"), header("x-webhook-hmac-algorithm")), (signature.as_str(), "sha512"));
    assert!(!header("x-webhook-request-id").is_empty());

    let event = envelope(&request);
    assert_eq!(header("x-webhook-timestamp"), event["timestamp"].to_string());
    assert!(event["id"].as_str().unwrap().starts_with("evt_"));
    assert_eq!((&event["event"], &event["session"]), (&json!("message.any"), &json!("default")));
    assert_eq!((&event["metadata"], &event["engine"]), (&json!({ "user": "1" }), &json!("GOWS")));
    assert_eq!(event["payload"]["body"], "Hi");
    assert_eq!(event["me"]["id"], "10000000001@c.us");
}

#[tokio::test]
async fn a_change_of_status_is_told_with_what_came_before() {
    let server = Server::builder().session_in("new", SessionStatus::Stopped).start().await.unwrap();
    post(&server, "/api/sessions/new/start", json!({})).await.json(201);
    server.pair("new");
    let events = server.events();
    let statuses: Vec<_> = events.iter().map(|event| event["payload"]["status"].clone()).collect();
    assert_eq!(statuses, ["STARTING", "SCAN_QR_CODE", "WORKING"]);
    let last = &events[2]["payload"]["statuses"];
    assert_eq!((last.as_array().unwrap().len(), &last[2]["status"]), (3, &json!("WORKING")));
}

#[tokio::test]
async fn a_webhook_that_fails_is_sent_again() {
    let receiver = receiver().await;
    receiver.fault(Fault::any().times(2).bad_gateway());
    let retries = json!({ "policy": "linear", "delaySeconds": 3, "attempts": 5 });
    let webhook = json!({ "url": hook(&receiver), "events": ["message.any"], "retries": retries });
    let server = session_with(webhook).await;
    send(&server, "Hi").await;
    received(&receiver, 1).await;
    // Time goes by until the receiver is content: 3 seconds at least, then 6.
    for (seconds, count) in [(3, 2), (6, 3)] {
        let mut passed = 0;
        while receiver.requests().len() < count {
            server.advance(Duration::from_secs(1));
            passed += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(passed >= seconds, "{passed} seconds before attempt {count}");
    }
    server.advance(Duration::from_secs(60));
    tokio::time::sleep(Duration::from_millis(20)).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    let ids: Vec<_> = requests.iter().map(|request| &request.headers["x-webhook-request-id"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn webhooks_come_in_order_unless_they_are_told_otherwise() {
    let bodies = async |fault: Option<Fault>, count| {
        let receiver = receiver().await;
        let server = session_with(json!({ "url": hook(&receiver), "events": ["message.any"] })).await;
        fault.into_iter().for_each(|fault| server.fault(fault));
        for text in ["one", "two", "three"] {
            send(&server, text).await;
        }
        let requests = received(&receiver, count).await;
        requests.iter().map(|it| envelope(it)["payload"]["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(bodies(None, 3).await, ["one", "two", "three"]);
    assert_eq!(bodies(Some(Fault::on_event("*").times(1).twice()), 4).await, ["one", "one", "two", "three"]);
    let late = Fault::on_event("message.any").times(1).out_of_order();
    assert_eq!(bodies(Some(late), 3).await, ["two", "one", "three"]);
}

#[tokio::test]
async fn a_webhook_of_the_server_hears_of_every_session() {
    let receiver = receiver().await;
    let builder = Server::builder().webhook(hook(&receiver), ["session.status"]);
    let server = builder.session("a").session("b").start().await.unwrap();
    server.set_status("a", SessionStatus::Failed);
    server.set_status("b", SessionStatus::Failed);
    let sessions: Vec<_> = received(&receiver, 2).await.iter().map(|it| envelope(it)["session"].clone()).collect();
    assert_eq!(sessions, ["a", "b"]);
}

#[tokio::test]
async fn a_late_webhook_comes_even_when_nothing_else_happens() {
    let receiver = receiver().await;
    let server = session_with(json!({ "url": hook(&receiver), "events": ["message.any"] })).await;
    server.fault(Fault::on_event("*").times(1).out_of_order());
    send(&server, "Hi").await;
    server.advance(Duration::from_secs(1));
    assert_eq!(envelope(&received(&receiver, 1).await[0])["payload"]["body"], "Hi");
}

#[tokio::test]
async fn an_old_server_does_not_sign_its_webhooks() {
    let receiver = receiver().await;
    let server = Server::builder().age(Age::Old).webhook(hook(&receiver), ["*"]).session("a").start().await.unwrap();
    server.set_status("a", SessionStatus::Failed);
    let request = received(&receiver, 1).await.remove(0);
    assert_eq!(request.headers["user-agent"], "WAHA/2024.10.8");
    assert!(request.headers.get("x-webhook-request-id").is_none());
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(server: &Server, query: &str) -> Socket {
    let (socket, _) = connect_async(format!("{}/ws?{query}", server.url().replace("http", "ws"))).await.unwrap();
    socket
}

async fn next(socket: &mut Socket) -> Option<Message> {
    timeout(Duration::from_secs(10), socket.next()).await.expect("nothing comes")?.ok()
}

async fn next_event(socket: &mut Socket) -> Value {
    match next(socket).await {
        Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
        other => panic!("not an event: {other:?}"),
    }
}

#[tokio::test]
async fn a_websocket_hears_of_what_it_has_asked_for() {
    let server = Server::builder().session("default").session("other").start().await.unwrap();
    let mut all = connect(&server, "").await;
    let mut own = connect(&server, "session=default&events=session.status,message&events=message.any").await;
    server.set_status("other", SessionStatus::Failed);
    send(&server, "Hi").await;
    assert_eq!(next_event(&mut all).await["session"], "other");
    for socket in [&mut all, &mut own] {
        let event = next_event(socket).await;
        assert_eq!((&event["event"], &event["payload"]["body"]), (&json!("message.any"), &json!("Hi")));
    }
    server.drop_websockets();
    while next(&mut all).await.is_some() {}
    let mut again = connect(&server, "").await;
    server.fault(Fault::on_event("message.any").drop_websockets());
    send(&server, "Hi").await;
    while next(&mut again).await.is_some() {}
}

#[tokio::test]
async fn a_websocket_without_the_key_is_closed_at_once() {
    let server = Server::builder().api_key("secret").session("shop").start().await.unwrap();
    let reason = async |query: &str| match next(&mut connect(&server, query).await).await {
        Some(Message::Close(Some(frame))) => (u16::from(frame.code), frame.reason.to_string()),
        other => panic!("not closed: {other:?}"),
    };
    assert_eq!(reason("").await, (1008, "Unauthorized".to_owned()));
    let body = json!({ "session": "shop" });
    let key =
        Answered::from(request(&server, Method::POST, "/api/keys/control").header("X-Api-Key", "secret").json(&body));
    let key = key.await.json(201)["key"].as_str().unwrap().to_owned();
    assert_eq!(reason(&format!("x-api-key={key}")).await, (1008, "Forbidden".to_owned()));

    let mut allowed = connect(&server, "X-API-KEY=secret&session=shop").await;
    server.set_status("shop", SessionStatus::Failed);
    assert_eq!(next_event(&mut allowed).await["payload"]["status"], "FAILED");
}

/// Sends so many events that the server has to wait until they are taken.
async fn flood(server: &Server) {
    let long = "x".repeat(100_000);
    for _ in 0..300 {
        server.receive("default", waha_sim::Incoming::text("11111111111", long.as_str()));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_websocket_that_takes_nothing_is_kept_as_long_as_it_says_that_it_is_there() {
    let server = Server::builder().session("default").start().await.unwrap();
    let mut heard = connect(&server, "events=message").await;
    let mut silent = connect(&server, "events=message").await;
    flood(&server).await;
    for _ in 0..3 {
        futures_util::SinkExt::send(&mut heard, Message::Pong(Default::default())).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.advance(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.websockets(), 1);
    let count = async |socket: &mut Socket| {
        let mut count = 0;
        while let Some(message) = next(socket).await {
            count += usize::from(message.is_text());
            if count == 300 {
                break;
            }
        }
        count
    };
    assert_eq!(count(&mut heard).await, 300);
    assert!(count(&mut silent).await < 300);
}

#[tokio::test]
async fn an_old_server_pings_every_ten_seconds_and_knows_no_sessions() {
    let server = Server::builder().age(Age::Old).session("default").start().await.unwrap();
    let Some(Message::Close(Some(close))) = next(&mut connect(&server, "session=default").await).await else {
        panic!("it is not closed")
    };
    assert_eq!(u16::from(close.code), 4001);
    assert_eq!(
        serde_json::from_str::<Value>(&close.reason).unwrap(),
        json!({ "error": "Only connecting to all sessions is allowed for now, use session=*" })
    );
    let mut socket = connect(&server, "session=*").await;
    for _ in 0..3 {
        // The server listens for the pong, and then for the time.
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.advance(Duration::from_secs(10));
        assert!(next(&mut socket).await.unwrap().is_ping());
        futures_util::SinkExt::flush(&mut socket).await.unwrap();
    }
}
