use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use waha_sim::{Engine, Server};

use super::*;

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap()
}

/// Sends bytes as they are and reads until the server hangs up.
async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server).await;
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn requests_are_recorded_as_they_came() {
    let server = server(Engine::Gows).await;
    let path = "/api/default/chats/1%40c.us/picture?refresh=true&x=a%20b+c";
    get(&server, path).await;
    let body = json!({ "session": "default", "chatId": "1", "text": "Hi" });
    let request = request(&server, Method::POST, "/api/sendText").header("X-Trace", "1");
    Answered::from(request.json(&body)).await;
    get(&server, "/nope").await;

    let [picture, text, nope] = server.requests().try_into().unwrap();
    assert_eq!((&picture.method, picture.path_and_query.as_str()), (&Method::GET, path));
    assert!(picture.body.is_empty());
    assert_eq!((&text.method, text.headers["x-trace"].as_bytes()), (&Method::POST, &b"1"[..]));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&text.body).unwrap(), body);
    assert_eq!(nope.path_and_query, "/nope");
}

#[tokio::test]
async fn an_empty_answer_has_a_length_and_no_type() {
    let server = server(Engine::Gows).await;
    let request = b"DELETE /api/sessions/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = exchange(&server, request).await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 200 ok\r\n"), "{answer}");
    assert!(answer.contains("content-length: 0\r\n"), "{answer}");
    assert!(!answer.contains("content-type"), "{answer}");
}

#[tokio::test]
async fn many_servers_run_at_once() {
    let (a, b) = (server(Engine::Gows).await, server(Engine::Webjs).await);
    assert_ne!(a.url(), b.url());
    get(&a, "/ping").await.json(200);
    assert_eq!((a.requests().len(), b.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_idle_connections() {
    let server = server(Engine::Gows).await;
    let client = reqwest::Client::new();
    let url = format!("{}/ping", server.url());
    client.get(&url).send().await.unwrap();
    let silent = connect(&server).await;
    timeout(Duration::from_secs(5), server.shutdown()).await.expect("it hangs");
    client.get(&url).send().await.unwrap_err();
    drop(silent);
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let server = server(Engine::Gows).await;
    let mut idle = connect(&server).await;
    let url = server.url().to_owned();
    drop(server);
    // The end of the stream tells that the connection was closed.
    let read = timeout(Duration::from_secs(5), idle.read_to_end(&mut Vec::new())).await;
    assert!(read.is_ok(), "the connection is still open");
    reqwest::get(url).await.unwrap_err();
}

#[tokio::test]
async fn nothing_that_is_sent_brings_it_down() {
    let server = server(Engine::Gows).await;
    for path in [
        "/api/%00/chats",
        "/api/%FF/chats/%FF/picture",
        "/api/default/chats/%/picture",
        "/api/default/chats?limit=1e999&offset=-1&sortBy=%FF",
        "/api/contacts/profile-picture?contactId=%FF&refresh",
        "/api/contacts/check-exists?session=default&phone=@@:",
        "/api/contacts?session=default&contactId=",
        "//",
        "/api/",
        "/api//",
        "/?&=&&==",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 "), "{path}: {answer}");
    }
    let cut_off = b"POST /api/sendText HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{";
    connect(&server).await.write_all(cut_off).await.unwrap();
    let deep = "[".repeat(100_000);
    for body in [deep.as_str(), "{\"chatId\":{},\"session\":[]}", "\u{0}", " "] {
        let request = request(&server, Method::POST, "/api/sendText");
        let request = request.header("content-type", "application/json").body(body.to_owned());
        let answer = Answered::from(request).await;
        assert!(answer.status >= 400, "{body}");
    }
    server.advance(Duration::MAX);
    get(&server, "/api/default/chats/1/picture").await.json(200);
    get(&server, "/api/contacts/check-exists?session=default").await.json(500);
}

#[tokio::test]
async fn a_port_can_be_chosen() {
    let first = Server::builder().start().await.unwrap();
    let port = first.url().rsplit(':').next().unwrap().parse().unwrap();
    Server::builder().port(port).start().await.expect_err("it is taken");
    first.shutdown().await;
    let second = Server::builder().port(port).start().await.unwrap();
    get(&second, "/ping").await.json(200);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids_and_times() {
    let run = async |seed| {
        let server = Server::builder().seed(seed).session("default").start().await.unwrap();
        let body = json!({ "session": "default", "chatId": "1", "text": "Hi" });
        let sent = post(&server, "/api/sendText", body).await.json(201);
        (sent, server.events())
    };
    let (first, second, other) = (run(1).await, run(1).await, run(2).await);
    assert_eq!(first.0, second.0);
    assert_ne!(first.0, other.0);
    let ids = |events: &[serde_json::Value]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first.1), ids(&second.1));
    assert!(!first.1.is_empty());
}

#[tokio::test]
async fn a_page_of_another_origin_may_use_it() {
    let server = Server::builder().api_key("secret").start().await.unwrap();
    let preflight = request(&server, Method::OPTIONS, "/api/sessions");
    let preflight = preflight.header("Access-Control-Request-Headers", "x-api-key").send().await.unwrap();
    assert_eq!(preflight.status(), 204);
    assert_eq!(preflight.headers()["access-control-allow-headers"], "x-api-key");
    let answer = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let next = request(&server, Method::GET, "/ping").send().await.unwrap();
    let traces = [&answer, &next].map(|answer| answer.headers()["traceparent"].to_str().unwrap().to_owned());
    assert!(traces.iter().all(|trace| trace.len() == 55 && trace.starts_with("00-")), "{traces:?}");
    assert_ne!(traces[0], traces[1]);
}
