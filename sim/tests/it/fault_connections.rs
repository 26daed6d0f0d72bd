//! Faults of connections: redirects, connections that close or say too much, and work that goes on unseen.

use std::time::{Duration, Instant};

use reqwest::{Method, header};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use waha_sim::{Fault, Server};

use super::*;

const PING: &[u8] = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";

async fn with(fault: Fault) -> Server {
    let server = Server::builder().session("default").start().await.unwrap();
    server.fault(fault);
    server
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap()
}

/// Reads until so many bodies of pings have come.
async fn read(stream: &mut TcpStream, pongs: usize) -> String {
    let mut text = Vec::new();
    while String::from_utf8_lossy(&text).matches("pong\"}").count() < pongs {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&text));
        text.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(text).unwrap()
}

fn has_sent(server: &Server) -> bool {
    server.events().iter().any(|event| event["event"] == "message.any")
}

async fn send_text(server: &Server) -> reqwest::Result<reqwest::Response> {
    let body = json!({ "session": "default", "chatId": "1", "text": "Hi" });
    request(server, Method::POST, "/api/sendText").json(&body).send().await
}

#[tokio::test]
async fn a_redirect_leads_in_a_circle_until_it_ends() {
    let server = with(Fault::on("chatting_send_text").times(3).redirect(307, "{path}")).await;
    let response = send_text(&server).await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(server.requests().len(), 4);
    server.fault(Fault::any().redirect(308, "{path}"));
    assert!(send_text(&server).await.unwrap_err().is_redirect());
}

#[tokio::test]
async fn redirects_form_a_chain_to_somewhere_else() {
    let other = Server::builder().start().await.unwrap();
    let server = with(Fault::on_path("/api/a").redirect(302, "/api/b?c=d")).await;
    server.fault(Fault::on_path("/api/b").redirect(301, format!("{}/ping", other.url())));
    get(&server, "/api/a").await.json(200);
    let paths: Vec<_> = server.requests().into_iter().map(|request| request.path_and_query).collect();
    assert_eq!(paths, ["/api/a", "/api/b?c=d"]);
    assert_eq!(other.requests().len(), 1);
}

#[tokio::test]
async fn a_redirect_can_come_after_the_work_is_done() {
    let server = with(Fault::on("chatting_send_text").times(1).redirect(303, "/ping").performed()).await;
    assert_eq!(send_text(&server).await.unwrap().status(), 200);
    assert!(has_sent(&server));
}

#[tokio::test]
async fn work_is_done_before_or_after_the_connection_is_lost_or_never() {
    let lost = || Fault::on("chatting_send_text").reset_before_answer();
    for (fault, at_once, later) in [
        (lost().performed(), true, true),
        (lost().unperformed(), false, false),
        (lost().performed_after(Duration::from_millis(200)), false, true),
    ] {
        let server = with(fault).await;
        send_text(&server).await.expect_err("the connection is lost");
        assert_eq!(has_sent(&server), at_once);
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(has_sent(&server), later);
    }
}

#[tokio::test]
async fn an_idle_connection_is_announced_and_closed() {
    let limit = Duration::from_millis(300);
    let server = Server::builder().keep_alive(limit).start().await.unwrap();
    server.fault(Fault::any().header("keep-alive", "timeout=5"));
    let mut stream = connect(&server).await;
    // It is not closed before the first request, nor while it is in use.
    tokio::time::sleep(2 * limit).await;
    for _ in 0..4 {
        stream.write_all(PING).await.unwrap();
        let answer = read(&mut stream, 1).await;
        assert!(
            answer.contains("connection: keep-alive\r\n") && answer.contains("keep-alive: timeout=5\r\n"),
            "{answer}"
        );
        tokio::time::sleep(limit / 3).await;
    }
    let start = Instant::now();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
    assert!(start.elapsed() < 2 * limit, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_slow_request_is_not_idle() {
    let server = Server::builder().keep_alive(Duration::from_millis(50)).start().await.unwrap();
    let mut stream = connect(&server).await;
    stream.write_all(PING).await.unwrap();
    read(&mut stream, 1).await;
    server.fault(Fault::any().delay(Duration::from_millis(200)));
    stream.write_all(PING).await.unwrap();
    let answer = read(&mut stream, 1).await;
    assert!(answer.contains("keep-alive: timeout=0\r\n"), "{answer}");
}

#[tokio::test]
async fn a_connection_is_closed_without_a_word() {
    let server = with(Fault::any().times(1).hang_up()).await;
    let mut stream = connect(&server).await;
    stream.write_all(PING).await.unwrap();
    let answer = read(&mut stream, 1).await;
    assert!(!answer.contains("connection: close"), "{answer}");
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_second_answer_comes_that_nobody_asked_for() {
    for pause in [Duration::ZERO, Duration::from_millis(50)] {
        let server = with(Fault::any().times(1).second_answer(r#"{"message":"second pong"}"#, pause)).await;
        let mut stream = connect(&server).await;
        stream.write_all(PING).await.unwrap();
        let both = read(&mut stream, 2).await;
        let (first, second) = (both.find("\"pong\"").unwrap(), both.find("second pong").unwrap());
        assert!(first < second && both.matches("HTTP/1.1 200 OK").count() == 2, "{both}");
        // The connection is still of use.
        stream.write_all(PING).await.unwrap();
        read(&mut stream, 1).await;
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn the_api_lives_below_a_path() {
    let server = Server::builder().path_prefix("/waha/").session("default").start().await.unwrap();
    assert!(server.url().ends_with("/waha"));
    get(&server, "/ping").await.json(200);
    let origin = server.url().trim_end_matches("/waha");
    let outside = CLIENT.get(format!("{origin}/ping")).send().await.unwrap();
    assert_eq!((outside.status().as_u16(), &outside.headers()[header::SERVER]), (404, &"nginx".parse().unwrap()));
    // What a doubled `/api` leads to is WAHA's own 404.
    assert_eq!(get(&server, "/api/api/sessions").await.json(404)["message"], "Cannot GET /api/api/sessions");
}
