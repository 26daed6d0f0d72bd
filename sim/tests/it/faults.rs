use std::time::{Duration, Instant};

use reqwest::{Method, header};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use waha_sim::{Engine, Fault, Server};

use super::*;

const PING: &str = "observability_ping";

async fn with(fault: Fault) -> Server {
    let server = Server::builder().session("default").start().await.unwrap();
    server.fault(fault);
    server
}

/// What a client makes of the answer to a ping.
async fn ping(server: &Server) -> Result<String, reqwest::Error> {
    let response = request(server, Method::GET, "/ping").send().await?;
    response.text().await
}

#[tokio::test]
async fn a_fault_happens_as_often_as_it_is_told_and_only_where() {
    let server = with(Fault::on(PING).times(2).rate_limited(Duration::from_secs(7))).await;
    get(&server, "/api/sessions").await.json(200);
    for _ in 0..2 {
        let response = request(&server, Method::GET, "/ping").send().await.unwrap();
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        Answered::of(response).await.json(429);
    }
    get(&server, "/ping").await.json(200);
}

#[tokio::test]
async fn the_last_fault_counts_until_all_are_cleared() {
    let server = with(Fault::any().rate_overlimit()).await;
    server.fault(Fault::on(PING).bad_gateway());
    assert!(get(&server, "/ping").await.body().starts_with("<html>"));
    get(&server, "/api/sessions").await.json(500);
    server.clear_faults();
    get(&server, "/ping").await.json(200);
}

#[tokio::test]
async fn a_rate_overlimit_has_the_form_of_its_engine() {
    for engine in ENGINES {
        let server = server(engine).await;
        server.fault(Fault::any().rate_overlimit());
        let exception = get(&server, "/api/default/groups").await.json(500)["exception"].clone();
        match engine {
            Engine::Gows => assert_eq!(exception["code"], 2),
            Engine::Noweb => assert_eq!(exception["data"], 429),
            _ => assert_eq!(exception, "rate-overlimit"),
        }
    }
}

#[tokio::test]
async fn what_was_thrown_is_in_the_answer_and_nothing_was_done() {
    let server = with(Fault::on("chatting_send_text").exception("463")).await;
    let body = json!({ "session": "default", "chatId": "11111111111@c.us", "text": "hi" });
    let answer = post(&server, "/api/sendText", body).await.json(500);
    assert_eq!(answer["exception"]["message"], "463");
    assert_eq!(answer["request"]["body"]["text"], "hi");
    assert_eq!(get(&server, "/api/default/chats").await.json(200), json!([]));
}

#[tokio::test]
async fn a_chance_comes_from_the_seed() {
    let run = async |seed| {
        let server = Server::builder().seed(seed).start().await.unwrap();
        server.fault(Fault::any().probability(0.5).bad_gateway());
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(get(&server, "/ping").await.status);
        }
        statuses
    };
    let first = run(3).await;
    assert!(first.contains(&200) && first.contains(&502));
    assert_eq!(first, run(3).await);
}

#[tokio::test]
async fn a_delay_is_waited_for() {
    let server = with(Fault::on(PING).delay(Duration::from_millis(60))).await;
    let start = Instant::now();
    get(&server, "/ping").await.json(200);
    assert!(start.elapsed() >= Duration::from_millis(60));
}

#[tokio::test]
async fn who_does_not_wait_has_sent_all_the_same() {
    let server = with(Fault::any().delay(Duration::from_secs(30))).await;
    let body = json!({ "session": "default", "chatId": "1", "text": "Hi" });
    let request = request(&server, Method::POST, "/api/sendText").json(&body).timeout(Duration::from_millis(200));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert!(server.events().iter().any(|event| event["event"] == "message.any"));
}

#[tokio::test]
async fn connections_are_reset_before_within_and_after_an_answer() {
    for fault in [Fault::on(PING).reset_before_answer(), Fault::on(PING).reset_within_body(5)] {
        let server = with(fault.times(1)).await;
        ping(&server).await.expect_err("the connection is gone");
        assert!(ping(&server).await.is_ok());
    }
    let server = with(Fault::on(PING).reset_after_answer()).await;
    assert_eq!(ping(&server).await.unwrap(), r#"{"message":"pong"}"#);
}

#[tokio::test]
async fn a_reset_is_a_reset_and_not_an_end() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for (fault, is_reset) in [(Fault::any().reset_within_body(3), true), (Fault::any().cut_short(3), false)] {
        let server = with(fault).await;
        let mut stream = tokio::net::TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
        stream.write_all(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer).await;
        assert!(String::from_utf8_lossy(&answer).ends_with("\r\n\r\n{\"m"), "{answer:?}");
        assert_eq!(end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset), is_reset);
    }
}

#[tokio::test]
async fn a_body_can_be_cut_dripped_and_mislabelled() {
    let server = with(Fault::on(PING).truncated(4)).await;
    assert_eq!(ping(&server).await.unwrap(), "{\"me");
    let server = with(Fault::on(PING).dripping(6, Duration::from_millis(1))).await;
    assert_eq!(ping(&server).await.unwrap(), r#"{"message":"pong"}"#);
    let server = with(Fault::on(PING).content_type("text/plain")).await;
    assert_eq!(get(&server, "/ping").await.content_type.as_deref(), Some("text/plain"));
    let server = with(Fault::on(PING).content_length(-8)).await;
    assert_eq!(ping(&server).await.unwrap(), r#"{"message""#);
    let server = with(Fault::on(PING).content_length(8)).await;
    ping(&server).await.expect_err("there is less than was announced");
}

#[tokio::test]
async fn a_lost_answer_may_hide_what_was_done_and_a_refusal_does_nothing() {
    let body = || json!({ "session": "default", "chatId": "1", "text": "Hi" });
    for (fault, sent) in [
        (Fault::any().reset_before_answer(), true),
        (Fault::any().reset_before_answer().unperformed(), false),
        (Fault::any().bad_gateway(), false),
        (Fault::any().bad_gateway().performed(), true),
    ] {
        let server = with(fault).await;
        // How the client takes it is not the question here.
        let _ = request(&server, Method::POST, "/api/sendText").json(&body()).send().await;
        assert_eq!(server.events().iter().any(|event| event["event"] == "message.any"), sent);
    }
}

#[tokio::test]
async fn connections_can_be_refused_for_a_while() {
    let server = with(Fault::any()).await;
    get(&server, "/ping").await.json(200);
    server.refuse_connections();
    // The port is free once the door has been shut.
    while ping(&server).await.is_ok() {}
    let error = ping(&server).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    server.accept_connections();
    while ping(&server).await.is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn an_answer_is_reset_at_any_byte_of_head_and_body() {
    for byte in [0, 1, 20, 90, 400] {
        let server = with(Fault::on(PING).times(1).reset_at(byte)).await;
        let mut stream = tokio::net::TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
        stream.write_all(b"GET /ping HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut received = Vec::new();
        let end = stream.read_to_end(&mut received).await.unwrap_err();
        assert_eq!(end.kind(), std::io::ErrorKind::ConnectionReset);
        // What has not been read yet when the reset arrives is lost.
        assert!(received.len() <= byte, "{byte}: {}", received.len());
    }
}

#[tokio::test]
async fn connections_are_cut_after_a_number_of_bytes_in_either_direction() {
    let request = b"GET /ping HTTP/1.1\r\nhost: x\r\n\r\n";
    let server = Server::builder().start().await.unwrap();
    let ask = async |cut: Option<u64>| {
        match cut {
            Some(bytes) => server.cut_connections(bytes..bytes + 1),
            None => server.spare_connections(),
        }
        let mut stream = tokio::net::TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
        let mut received = [0; 4096];
        // A connection that is cut at once may be gone before anything is written.
        match stream.write_all(request).await {
            Ok(()) => stream.read(&mut received).await,
            Err(_) => Err(std::io::ErrorKind::ConnectionReset.into()),
        }
    };
    let whole = ask(None).await.unwrap();
    for cut in [0, 1, request.len() as u64 - 1, request.len() as u64] {
        assert_eq!(
            ask(Some(cut)).await.map_err(|error| error.kind()),
            Err(std::io::ErrorKind::ConnectionReset),
            "{cut}"
        );
    }
    // Before the last byte the request has not arrived; with the last one it may have been noticed, or not any more.
    assert!(matches!(server.requests().len(), 1 | 2));
    assert_eq!(ask(Some(request.len() as u64 + 10)).await.unwrap(), 10);
    assert_eq!(ask(Some(10_000)).await.unwrap(), whole);
    server.cut_connections(0..0);
    assert_eq!(ask(None).await.unwrap(), whole);
}
