//! Faults of events, on their way to webhooks and WebSockets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha512;
use tokio::time::timeout;
use tokio_tungstenite::{connect_async, tungstenite, tungstenite::Message};
use waha_sim::{Fault, Incoming, Recorded, Server, WebPage};

use super::*;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

const KEY: &str = "my key";

async fn server_with(fault: Fault) -> Server {
    let server = Server::builder().session("default").start().await.unwrap();
    server.fault(fault);
    server
}

async fn listen(server: &Server) -> Socket {
    let url = format!("{}/ws?session=default&events=message", server.url().replace("http", "ws"));
    connect_async(url).await.unwrap().0
}

async fn next(socket: &mut Socket) -> Option<Result<Message, tungstenite::Error>> {
    timeout(Duration::from_secs(10), socket.next()).await.expect("nothing comes")
}

fn say(server: &Server, text: &str) {
    server.receive("default", Incoming::text("11111111111", text));
}

/// What a signed webhook gets of one message.
async fn delivered(fault: Fault) -> Recorded {
    let receiver = Server::builder().start().await.unwrap();
    let server = server_with(fault).await;
    let url = format!("{}/api/sessions/none/stop", receiver.url());
    let webhook = json!({ "url": url, "events": ["message"], "hmac": { "key": KEY } });
    put(&server, "/api/sessions/default", json!({ "config": { "webhooks": [webhook] } })).await.json(200);
    say(&server, "Hi");
    let all = async {
        while receiver.requests().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        receiver.requests().remove(0)
    };
    timeout(Duration::from_secs(10), all).await.expect("nothing comes")
}

fn is_signed(request: &Recorded) -> bool {
    let mut mac = Hmac::<Sha512>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(&request.body);
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    request.headers["x-webhook-hmac"] == signature
}

#[tokio::test]
async fn a_changed_event_is_signed_as_it_is_sent() {
    let text = |request: &Recorded| String::from_utf8_lossy(&request.body).into_owned();
    let request =
        delivered(Fault::on_event("message").only_members(["body"]).half_surrogates().prefix("\u{feff}")).await;
    assert!(text(&request).starts_with("\u{feff}{") && text(&request).contains(r#""body":"Hi\ud83d""#));
    assert!(is_signed(&request));
    let request = delivered(Fault::on_event("*").padded(5)).await;
    assert!(text(&request).ends_with("}     ") && is_signed(&request));
}

#[tokio::test]
async fn an_event_is_changed_after_it_was_signed() {
    assert!(!is_signed(&delivered(Fault::on_event("message").tampered()).await));
}

#[tokio::test]
async fn headers_of_a_webhook_are_missing_or_wrong() {
    let request = delivered(
        Fault::on_event("message")
            .without_header("x-webhook-hmac")
            .header("x-webhook-hmac-algorithm", "md5")
            .header("x-webhook-timestamp", "1"),
    )
    .await;
    assert!(!request.headers.contains_key("x-webhook-hmac"));
    assert_eq!(request.headers["x-webhook-hmac-algorithm"], "md5");
    assert_eq!(request.headers["x-webhook-timestamp"], "1");
}

#[tokio::test]
async fn an_event_is_lost() {
    let server = server_with(Fault::on_event("message").times(1).lost()).await;
    let mut socket = listen(&server).await;
    say(&server, "lost");
    say(&server, "heard");
    let message = next(&mut socket).await.unwrap().unwrap().into_text().unwrap();
    assert!(message.contains("heard"), "{message}");
    assert_eq!(server.events().iter().filter(|event| event["event"] == "message").count(), 2);
}

#[tokio::test]
async fn an_event_comes_in_any_kind_of_frame() {
    let fault = || Fault::on_event("message");
    for (fault, is_binary) in
        [(fault().binary(), true), (fault().fragmented(7), false), (fault().padded(1 << 20), false)]
    {
        let server = server_with(fault).await;
        let mut socket = listen(&server).await;
        say(&server, "Hi");
        let message = next(&mut socket).await.unwrap().unwrap();
        assert_eq!(message.is_binary(), is_binary);
        let event: Value = serde_json::from_slice(&message.into_data()).unwrap();
        assert_eq!(event["payload"]["body"], "Hi");
        // The next one comes as usual.
        server.clear_faults();
        say(&server, "again");
        assert!(next(&mut socket).await.unwrap().unwrap().into_text().unwrap().contains("again"));
    }
}

#[tokio::test]
async fn a_frame_is_not_utf8() {
    let server = server_with(Fault::on_event("message").invalid_utf8()).await;
    let mut socket = listen(&server).await;
    say(&server, "Hi");
    let error = next(&mut socket).await.unwrap().unwrap_err();
    assert!(matches!(error, tungstenite::Error::Utf8(_)), "{error:?}");
}

#[tokio::test]
async fn a_websocket_is_cut_within_a_frame() {
    let fault = || Fault::on_event("message").times(1);
    for fault in [fault().reset_before_answer(), fault().reset_within_body(10), fault().cut_short(10)] {
        let server = server_with(fault).await;
        let mut socket = listen(&server).await;
        say(&server, "Hi");
        assert!(!matches!(next(&mut socket).await, Some(Ok(_))));
        let mut socket = listen(&server).await;
        say(&server, "again");
        next(&mut socket).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_websocket_does_not_get_to_connect() {
    let server = server_with(Fault::on_path("/ws").times(1).web_page(WebPage::Nginx(502))).await;
    let url = format!("{}/ws", server.url().replace("http", "ws"));
    match connect_async(&url).await.unwrap_err() {
        tungstenite::Error::Http(response) => assert_eq!(response.status(), 502),
        error => panic!("{error:?}"),
    }
    server.fault(Fault::on_path("/ws").times(1).reset_before_answer());
    connect_async(&url).await.unwrap_err();
    connect_async(&url).await.unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn websockets_are_closed_with_a_reason() {
    let server = server_with(Fault::any()).await;
    let mut socket = listen(&server).await;
    assert_eq!(server.websockets(), 1);
    server.close_websockets(1012, "Service Restart");
    let Some(Ok(Message::Close(Some(frame)))) = next(&mut socket).await else { panic!("no close frame") };
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1012, "Service Restart"));
}

#[tokio::test]
async fn a_stalled_websocket_answers_nothing_and_stays_connected() {
    let server = server_with(Fault::any()).await;
    let mut socket = listen(&server).await;
    server.stall_websockets();
    say(&server, "Hi");
    socket.send(Message::Ping(Default::default())).await.unwrap();
    timeout(Duration::from_millis(200), socket.next()).await.expect_err("it is silent");
    server.drop_websockets();
    assert!(!matches!(next(&mut socket).await, Some(Ok(_))));
}

#[tokio::test]
async fn pings_come_as_often_as_they_are_sent() {
    let server = server_with(Fault::any()).await;
    let mut socket = listen(&server).await;
    server.ping_websockets(100);
    for _ in 0..100 {
        assert!(next(&mut socket).await.unwrap().unwrap().is_ping());
    }
}
