//! Retries, as in the table in the documentation of `waha::Retry`.

use std::time::{Duration, Instant};

use waha::{Client, ErrorKind, Operation, RequestOptions, Retry, Session};

use crate::{
    calls,
    support::{Reply, Server},
};

fn quick() -> Retry {
    Retry::new().min_delay(Duration::from_millis(1))
}

fn session(server: &Server, retry: Retry) -> Session {
    Client::builder(server.url()).options(RequestOptions::new().retry(retry)).build().unwrap().default_session()
}

#[tokio::test]
async fn every_operation_follows_the_retry_table() {
    let overlimit = r#"{"statusCode": 500, "exception": {"message": "rate-overlimit", "data": 429}}"#;
    // What the server does, whether a safe call is sent again, and the kind of its error.
    let failures = [
        (Reply::json(429, r#"{"message": "slow"}"#), true, ErrorKind::RateLimited),
        (Reply::new(502, Some("text/html"), "<html>bad gateway</html>"), true, ErrorKind::Server),
        (Reply::json(503, "{}"), true, ErrorKind::Server),
        (Reply::json(504, "{}"), true, ErrorKind::Timeout),
        (Reply::raw(""), true, ErrorKind::Connection),
        (Reply::raw("HTTP/1.1 200 .\r\nContent-Len"), true, ErrorKind::Connection),
        (Reply::json(500, overlimit), false, ErrorKind::RateLimited),
        (Reply::json(500, r#"{"statusCode": 500}"#), false, ErrorKind::Server),
        (Reply::json(501, "{}"), false, ErrorKind::NotSupported),
        (Reply::json(400, "{}"), false, ErrorKind::InvalidRequest),
        (Reply::json(401, "{}"), false, ErrorKind::Unauthorized),
        (Reply::json(404, "{}"), false, ErrorKind::NotFound),
        (Reply::json(422, r#"{"session": "default", "status": "STARTING"}"#), false, ErrorKind::SessionNotReady),
    ];
    let mut walked = 0;
    for call in calls::all() {
        // One operation of each class meets every failure; the others meet the one that distinguishes the classes.
        let classes = ["lids_count", "chatting_set_reaction", "labels_delete", "chatting_send_text", "sessions_start"];
        let rows = if classes.contains(&call.operation) { &failures[..] } else { &failures[2..3] };
        let is_repeatable = Operation::by_id(call.operation).unwrap().is_repeatable();
        for (reply, again, kind) in rows {
            let server = Server::start(reply.clone()).await;
            let error = (call.send)(session(&server, quick())).await.unwrap_err();
            assert_eq!(error.kind(), *kind, "{} {reply:?}: {error}", call.operation);
            let expected = if *again && is_repeatable { 3 } else { 1 };
            assert_eq!(server.take_requests().len(), expected, "{} {reply:?}", call.operation);
            walked += 1;
        }
    }
    println!("{walked} pairs of an operation and a failure");
}

#[test]
fn operations_that_send_messages_are_not_repeatable() {
    let sends = |id: &str| {
        ["_send", "_reply", "_forward", "_create", "_request_code", "_call"].iter().any(|word| id.contains(word))
    };
    for operation in Operation::all() {
        assert!(!(sends(operation.id()) && operation.is_repeatable()), "{operation:?}");
        assert!(operation.is_repeatable() || operation.method() == "POST" || sends(operation.id()), "{operation:?}");
    }
    let repeatable = Operation::all().iter().filter(|operation| operation.is_repeatable()).count();
    println!("{repeatable} of {} operations may be repeated", Operation::all().len());
}

#[tokio::test]
async fn a_refused_connection_is_retried_even_for_messages() {
    // The server starts to listen between two attempts.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let options = RequestOptions::new().retry(Retry::new().min_delay(Duration::from_millis(200)));
    let client = Client::builder(format!("http://{address}")).options(options).build().unwrap();
    let server = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let reply = b"HTTP/1.1 201 .\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        assert!(tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await.unwrap() > 0);
        tokio::io::AsyncWriteExt::write_all(&mut stream, reply).await.unwrap();
    });
    let session = client.default_session();
    session.chatting().send_text().chat_id("11111111111@c.us").text("hi").send().await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn retries_until_success_unless_switched_off() {
    let server = Server::start(Reply::json(200, "{}")).await;
    server.set_replies([Reply::json(503, "{}"), Reply::json(429, "{}"), Reply::json(200, r#"{"count": 7}"#)]);
    assert_eq!(session(&server, quick()).lids().count().send().await.unwrap().count, 7);
    assert_eq!(server.take_requests().len(), 3);
    server.set_replies([Reply::json(503, "{}"), Reply::json(200, r#"{"count": 7}"#)]);
    let error = session(&server, Retry::never()).lids().count().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(server.take_requests().len(), 1);
}

#[tokio::test]
async fn retry_after_is_obeyed_unless_it_is_too_long() {
    let count = Reply::json(200, r#"{"count": 7}"#);
    let asks = |value: &str| Reply::with_headers(429, [("Retry-After", value)], "");
    let server = Server::start(count.clone()).await;
    let session = session(&server, quick());

    server.set_replies([asks("1"), count.clone()]);
    let begin = Instant::now();
    session.lids().count().send().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(1));

    // A date in the past means no wait.
    server.set_replies([asks("Sun, 06 Nov 1994 08:49:37 GMT"), count.clone()]);
    let begin = Instant::now();
    session.lids().count().send().await.unwrap();
    assert!(begin.elapsed() < Duration::from_millis(500));

    // A wait that is too long becomes an error, which contains it.
    server.take_requests();
    server.set_replies([asks("3600"), count.clone()]);
    let error = session.lids().count().send().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(3600))));
    assert_eq!(server.take_requests().len(), 1);

    // A wait that exceeds the rest of the call's timeout is an error at once.
    server.set_replies([asks("2"), count]);
    let hasty = session.with(|options| options.timeout(Duration::from_secs(1)));
    let begin = Instant::now();
    let error = hasty.lids().count().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(begin.elapsed() < Duration::from_millis(500));
}

#[tokio::test]
async fn the_retry_budget_limits_retries_in_an_outage() {
    let server = Server::start(Reply::json(503, "{}")).await;
    let session = session(&server, quick());
    for _ in 0..50 {
        session.lids().count().send().await.unwrap_err();
    }
    let requests = server.take_requests().len();
    assert!((51..=65).contains(&requests), "{requests} requests for 50 calls");
}

#[tokio::test]
async fn retries_end_at_the_call_timeout() {
    let server = Server::start(Reply::json(503, "{}")).await;
    let retry =
        Retry::new().max_retries(1000).min_delay(Duration::from_millis(20)).max_delay(Duration::from_millis(40));
    let session = session(&server, retry).with(|options| options.timeout(Duration::from_millis(300)));
    let begin = Instant::now();
    session.lids().count().send().await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_millis(400), "{:?}", begin.elapsed());
}
