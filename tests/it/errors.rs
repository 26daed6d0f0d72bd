//! The errors that the server sends, and failures of the connection.

use std::time::Duration;

use serde::Deserialize;
use waha::{Client, ErrorKind};

use crate::support::{Reply, Server};

/// An error answer, and the error that it has to become.
#[derive(Deserialize)]
struct Fixture {
    why: String,
    operation: String,
    status: u16,
    content_type: Option<String>,
    body: Option<serde_json::Value>,
    text: Option<String>,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    kind: String,
    message: String,
    session_status: Option<String>,
    #[serde(default)]
    expected: Vec<String>,
}

#[tokio::test]
async fn every_recorded_error_has_its_kind_message_and_details() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("../fixtures/errors.json")).unwrap();
    let calls = crate::calls::all();
    for fixture in &fixtures {
        let why = &fixture.why;
        let body = fixture.body.as_ref().map(ToString::to_string).or(fixture.text.clone()).unwrap_or_default();
        let content_type = fixture.content_type.iter().map(|value| ("Content-Type", value.as_str()));
        let headers = fixture.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let server = Server::start(Reply::with_headers(fixture.status, content_type.chain(headers), body)).await;
        let call = calls.iter().find(|call| call.operation == fixture.operation).unwrap_or_else(|| panic!("{why}"));
        let error = (call.send)(server.session()).await.unwrap_err();
        assert_eq!(format!("{:?}", error.kind()), fixture.kind, "{why}: {error}");
        assert_eq!(error.message(), fixture.message, "{why}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(fixture.status), "{why}");
        assert_eq!(error.operation().map(|operation| operation.id()), Some(fixture.operation.as_str()), "{why}");
        assert_eq!(error.session_status().map(|status| status.to_string()), fixture.session_status, "{why}");
        let expected: Vec<_> = error.expected_statuses().iter().map(ToString::to_string).collect();
        assert_eq!(expected, fixture.expected, "{why}");
        // A date in a recorded answer is in the past, which means no wait.
        let wait = fixture.headers.get("Retry-After").map(|value| Duration::from_secs(value.parse().unwrap_or(0)));
        assert_eq!(error.retry_after(), wait, "{why}");
        assert!(error.to_string().starts_with(&format!("{}: HTTP {}: ", fixture.operation, fixture.status)), "{error}");
    }
    println!("{} error answers", fixtures.len());
}

#[tokio::test]
async fn a_session_that_is_not_ready_says_what_it_needs() {
    let body = r#"{"error": "Session status is not as expected", "session": "default", "status": "STARTING", "expected": ["WORKING"]}"#;
    let server = Server::start(Reply::json(422, body)).await;
    let error = server.session().chats().list().send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "chats_list: HTTP 422: Session status is not as expected (the session is STARTING; the call needs WORKING)"
    );
}

#[tokio::test]
async fn messages_are_clipped_and_on_one_line() {
    let server = Server::start(Reply::new(500, Some("text/plain"), "many\nwords ".repeat(1000))).await;
    let error = server.session().lids().count().send().await.unwrap_err();
    let text = error.to_string();
    assert!(text.len() < 600 && !text.contains('\n') && text.contains("many words"), "{text}");
    let body = r#"{"message": ["a", {"property": "b"}, 5], "statusCode": 400}"#;
    server.set_reply(Reply::json(400, body));
    let error = server.session().lids().count().send().await.unwrap_err();
    assert_eq!(error.message(), r#"a; {"property": "b"}; 5"#);
    server.set_reply(Reply::json(422, r#"{"error": "no", "session": "default", "status": "FAILED"}"#));
    let error = server.session().lids().count().send().await.unwrap_err();
    assert_eq!(error.to_string(), "lids_count: HTTP 422: no (the session is FAILED)");
    server.set_reply(Reply::new(304, None, ""));
    let error = server.session().lids().count().send().await.unwrap_err();
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Other, Some(304)));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_says_where() {
    // An unreadable element does not lose the others.
    let server = Server::start(Reply::json(200, r#"[{"name": "a", "status": "WORKING"}, {"name": 5}]"#)).await;
    let client = server.client();
    let sessions = client.sessions().list().await.unwrap();
    assert_eq!(sessions.iter().map(|session| session.name.as_str()).collect::<Vec<_>>(), ["a"]);
    // A list in which nothing can be read is not an empty list.
    server.set_reply(Reply::json(200, r#"[{"name": 5}]"#));
    let error = client.sessions().list().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.json_path(), Some("[0].name"));
    assert!(error.clipped_body().unwrap().contains(r#"{"name": 5}"#));
    assert!(
        error
            .to_string()
            .starts_with("sessions_list: HTTP 200: the answer is not what the document says, at `[0].name`")
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert!(error.headers().contains_key("content-type"));
    // The same for a long answer.
    server.set_reply(Reply::json(
        200,
        format!(r#"[{{"name": "a", "status": "WORKING", "timestamps": "{}"}}]"#, "x".repeat(100_000)),
    ));
    let error = client.sessions().list().send().await.unwrap_err();
    assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some("[0].timestamps")));
    assert!(error.to_string().len() < 800 && format!("{error:?}").len() < 1600, "{error}");
    assert!(error.clipped_body().unwrap().len() < 2200);
    server.set_reply(Reply::json(200, r#"[{"name": "a", "#));
    let error = client.sessions().list().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_refused_connection_is_a_connection_error() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = Client::builder(format!("http://127.0.0.1:{port}")).build().unwrap();
    let error = client.observability().ping().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let expected = format!("observability_ping: no connection to the server at http://127.0.0.1:{port} (");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!(error.status(), None);
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_broken_connection_is_a_connection_error() {
    for bytes in ["", "HTTP/1.1 200 .\r\nContent-Length: 100\r\n\r\n{\"mess", "nonsense\r\n\r\n"] {
        let server = Server::start(Reply::raw(bytes)).await;
        let error = server.client().observability().ping().send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{bytes:?}: {error}");
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[tokio::test]
async fn a_failed_tls_handshake_is_a_tls_error() {
    // A server that speaks HTTP where TLS is expected.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    let client = Client::builder(format!("https://{address}")).build().unwrap();
    let error = client.observability().ping().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
    assert!(error.message().starts_with("TLS failed ("), "{error}");
}

#[test]
fn errors_are_send_sync_and_one_pointer_large() {
    fn check<T: std::error::Error + Send + Sync + 'static>() {}
    check::<waha::Error>();
    assert_eq!(size_of::<waha::Error>(), size_of::<usize>());
}
