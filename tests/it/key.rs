//! The API key: the servers that get it, and the places that must not show it.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use waha::{Client, Error, ErrorKind, Method, RequestOptions, Retry};

use crate::{
    calls,
    support::{Reply, Server},
    trace::Traces,
};

const KEY: &str = "marker-of-the-key-0123456789abcdef";

fn client(server: &Server) -> Client {
    Client::builder(server.url()).api_key(KEY).build().unwrap()
}

#[tokio::test]
async fn the_key_is_a_header_of_every_request() {
    let server = Server::start(Reply::json(200, r#"{"message": "pong"}"#)).await;
    client(&server).observability().ping().send().await.unwrap();
    assert_eq!(server.only_request().header("x-api-key"), Some(KEY));
    server.client().observability().ping().send().await.unwrap();
    assert_eq!(server.only_request().header("x-api-key"), None);
}

#[tokio::test]
async fn a_redirect_to_another_server_does_not_get_the_key() {
    let other = Server::start(Reply::json(200, r#"{"message": "pong"}"#)).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/ping", other.url());
        let server = Server::start(Reply::with_headers(status, [("Location", location.as_str())], "")).await;
        let error = client(&server).observability().ping().send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect, "{status}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.message().contains(&location), "{error}");
        assert_eq!(server.only_request().header("x-api-key"), Some(KEY));
        let requests = other.take_requests();
        assert!(requests.is_empty(), "{status}: {requests:?}");
    }
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_only_if_the_method_stays() {
    for (status, followed) in [(307, true), (308, true), (301, false), (302, false), (303, false)] {
        let server = Server::start(Reply::with_headers(status, [("Location", "/elsewhere")], "")).await;
        let error = client(&server).observability().ping().send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect, "{status}");
        let requests = server.take_requests();
        assert_eq!(requests.len() > 1, followed, "{status}: {} requests", requests.len());
        // The redirect is a loop, which ends after a few requests.
        assert!(requests.len() <= 6, "{status}: {} requests", requests.len());
        assert!(requests.iter().all(|request| request.header("x-api-key") == Some(KEY)));
    }
}

#[tokio::test]
async fn a_redirected_request_keeps_its_body_and_key() {
    let server = Server::start(Reply::json(201, r#"{"id": "1"}"#)).await;
    server.set_replies([
        Reply::with_headers(307, [("Location", "/elsewhere?a=b")], ""),
        Reply::json(201, r#"{"id": "1"}"#),
    ]);
    let session = client(&server).session("default").unwrap();
    session.chatting().send_text().chat_id("1@c.us").text("hi").send().await.unwrap();
    let requests = server.take_requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[1].method.as_str(), requests[1].target.as_str()), ("POST", "/elsewhere?a=b"));
    assert_eq!(requests[1].header("x-api-key"), Some(KEY));
    assert_eq!(requests[1].json(), requests[0].json());
}

/// All that an error says, to people and to programs.
pub fn said(error: &Error) -> String {
    let mut said = format!("{error} {error:?} {error:#?} {} {:?} {:?}", error.message(), error.body(), error.headers());
    said += &format!(" {:?} {:?} {:?}", error.json_path(), error.clipped_body(), error.session_status());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        said += &format!(" {cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    said
}

/// Fails if the key or its beginning is shown, as in a clipped text.
#[track_caller]
fn assert_hidden(said: &str, what: &str) {
    assert!(!said.contains(&KEY[..9]), "{what}: {said}");
}

/// Answers that repeat the request, each in a way of its own.
fn echoes() -> Vec<(&'static str, Reply)> {
    let long = "x".repeat(2020);
    vec![
        ("401", Reply::json(401, format!(r#"{{"message": "wrong key {KEY}", "error": "{KEY}", "statusCode": 401}}"#))),
        (
            "500",
            Reply::json(
                500,
                format!(
                    r#"{{"statusCode": 500, "exception": {{"name": "Error", "message": "{KEY}", "stack": "{KEY}"}},
                        "request": {{"headers": {{"x-api-key": "{KEY}", "{KEY}": 1}}, "body": ["{KEY}"]}},
                        "session": "{KEY}", "version": "{KEY}"}}"#
                ),
            ),
        ),
        ("a session", Reply::json(422, format!(r#"{{"session": "a", "status": "{KEY}", "expected": ["{KEY}"]}}"#))),
        ("bare text", Reply::new(400, None, format!("no such key: {KEY}"))),
        ("clipped words", Reply::new(403, None, format!("{}{KEY}", "x".repeat(490)))),
        ("an error page", Reply::new(502, Some("text/html"), format!("<html><title>{KEY}</title></html>"))),
        ("a web page", Reply::new(200, Some("text/html"), format!("<html><title>{KEY}</title></html>"))),
        ("headers", Reply::with_headers(404, [("X-Echo", KEY), ("Location", KEY)], "{}")),
        ("a redirect", Reply::with_headers(302, [("Location", format!("/login?x-api-key={KEY}").as_str())], "")),
        ("neither", Reply::new(304, None, KEY)),
        ("what is no JSON", Reply::json(200, format!(r#"{{"message": "{KEY}", "{KEY}": ["#))),
        ("clipped JSON", Reply::json(200, format!(r#"{{"message": "{long}{KEY}"#))),
        ("another type", Reply::json(200, format!(r#"[["{KEY}"]]"#))),
        ("another text", Reply::json(200, format!(r#""{KEY}""#))),
        ("nonsense", Reply::raw(format!("{KEY}\r\n\r\n"))),
        ("a cut body", Reply::raw(format!("HTTP/1.1 200 .\r\nContent-Length: 900\r\n\r\n{{\"message\": \"{KEY}"))),
    ]
}

/// One operation of each class, tested with every failure.
const CLASSES: [&str; 5] = ["lids_count", "chatting_send_text", "sessions_start", "auth_get_qr", "api_keys_list"];

/// Tries the common answers with every operation, and the others with one operation of each class.
#[tokio::test]
async fn a_key_repeated_by_the_server_is_hidden() {
    let traces = Traces::capture();
    let server = Server::start(Reply::new(204, None, "")).await;
    let options = RequestOptions::new().retry(Retry::never()).trace_values(true);
    let session = Client::builder(server.url()).api_key(KEY).options(options).build().unwrap().default_session();
    let calls = calls::all();
    let mut errors = 0;
    for (what, reply) in echoes() {
        server.set_reply(reply);
        let mut masked = 0;
        let is_for_all = ["401", "500", "what is no JSON", "another type"].contains(&what);
        for call in calls.iter().filter(|call| is_for_all || CLASSES.contains(&call.operation)) {
            // An answer of bytes fails while it is read, after the call.
            if (what, call.operation) == ("a cut body", "auth_get_qr") {
                continue;
            }
            // A success is data, and may contain keys, as a list of keys does.
            if let Err(error) = (call.send)(session.clone()).await {
                let said = said(&error);
                assert_hidden(&said, &format!("{} and {what}", call.operation));
                masked += usize::from(said.contains("***") || said.contains("Sensitive"));
                errors += 1;
            }
        }
        let request = session.request(Method::POST, "/api/{session}/new").send_as::<bool>().await.unwrap_err();
        assert_hidden(&said(&request), what);
        // Without a replacement, the answer contained no key and would prove nothing.
        let has_no_words = ["neither", "nonsense", "a cut body"].contains(&what);
        assert_eq!(masked == 0, has_no_words, "{what}: {masked}");
    }
    let traced = traces.take();
    assert_hidden(&traced, "traces");
    assert!(traced.contains("starting new connection"), "{traced}");
    assert_eq!(traced.contains("waha.call"), cfg!(feature = "tracing"));
    println!("{errors} errors of {} operations, {} bytes of traces", calls.len(), traced.len());
}

/// Every class of operation, and every failure on the way.
#[tokio::test]
async fn connection_failures_do_not_show_the_key() {
    let traces = Traces::capture();
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Server::start(Reply::new(407, Some("text/html"), format!("<p>{KEY} wants a password"))).await;
    let plain = Server::start(Reply::raw(KEY)).await;
    let options = || RequestOptions::new().retry(Retry::never()).trace_values(true);
    let behind = |proxy: &Server| options().proxy(proxy.url()).unwrap();
    let mut ways = vec![
        (format!("http://{free}"), options(), ErrorKind::Connection),
        (
            format!("http://{}", silent.local_addr().unwrap()),
            options().timeout(Duration::from_millis(50)),
            ErrorKind::Timeout,
        ),
        ("http://waha.invalid".to_owned(), behind(&proxy), ErrorKind::Other),
        (plain.url().to_owned(), options(), ErrorKind::Connection),
    ];
    if cfg!(any(feature = "rustls", feature = "native-tls")) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        ways.push((format!("https://{}", listener.local_addr().unwrap()), options(), ErrorKind::Tls));
        ways.push(("https://waha.invalid".to_owned(), behind(&proxy), ErrorKind::Connection));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(format!("HTTP/1.1 400 {KEY}\r\n\r\n").as_bytes()).await;
            }
        });
    }
    let calls = calls::all();
    for (url, options, kind) in ways {
        let session = Client::builder(&url).api_key(KEY).options(options).build().unwrap().default_session();
        for call in calls.iter().filter(|call| CLASSES.contains(&call.operation)) {
            let error = (call.send)(session.clone()).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{url}: {error:?}");
            assert_hidden(&said(&error), &url);
        }
        let error = session.request(Method::GET, "/api/new").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{url}: {error:?}");
        assert_hidden(&said(&error), &url);
    }
    assert_hidden(&traces.take(), "traces");
}

/// The key is hidden in each of its escaped forms.
#[tokio::test]
async fn a_key_that_needs_escapes_is_hidden() {
    let key = r#"a"b\c d/%"#;
    let server = Server::start(Reply::new(204, None, "")).await;
    let client = Client::builder(server.url()).api_key(key).build().unwrap();
    let json = serde_json::json!(key).to_string();
    let in_url = percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC).to_string();
    for reply in [
        Reply::new(400, None, key),
        Reply::json(400, format!(r#"{{"message": {json}}}"#)),
        Reply::json(200, format!(r#"{{"message": [{json}]}}"#)),
        Reply::with_headers(302, [("Location", format!("/?key={in_url}").as_str())], ""),
    ] {
        server.set_reply(reply);
        let error = client.observability().ping().send().await.unwrap_err();
        let shown = format!("{} {:?}", error.message(), error.clipped_body());
        assert!(shown.contains("***"), "{shown}");
        assert!(!shown.contains(&key[4..]) && !shown.contains(&in_url), "{shown}");
    }
    // Without a key, nothing is replaced.
    server.set_reply(Reply::json(400, r#"{"message": "wrong"}"#));
    for builder in [Client::builder(server.url()), Client::builder(server.url()).api_key("")] {
        assert_eq!(builder.build().unwrap().observability().ping().send().await.unwrap_err().message(), "wrong");
    }
}

#[test]
fn debug_output_does_not_show_the_key() {
    let builder = Client::builder("http://localhost").api_key(KEY);
    let client = builder.clone().build().unwrap();
    let view = client.with(|options| options.proxy(&format!("http://user:{KEY}@proxy")).unwrap());
    let session = client.session("default").unwrap();
    let mut shown =
        format!("{builder:?} {client:?} {:?} {view:?} {session:?} {:?}", client.options(), session.batch([1]));
    shown += &format!("{:?} {:?}", session.contact("1@c.us").unwrap(), session.contact("1@c.us").unwrap().picture());
    shown += &format!("{:?} {:?}", session.chats(), session.chats().list());
    shown +=
        &format!("{:?}", client.request(Method::GET, "/api/new").query("x-api-key", KEY).param("a", KEY).json(KEY));
    assert_hidden(&shown, "Debug");
    let error = Client::builder("http://localhost").api_key(format!("{KEY}\n")).build().unwrap_err();
    assert_hidden(&said(&error), "a key that cannot be sent");
}

#[tokio::test]
async fn a_clipped_or_non_ascii_key_is_hidden() {
    // The views clip at 500 characters, and bodies at 2048 bytes: the key lies across the cut.
    for (key, before) in
        [(KEY, 490), (KEY, 2040), ("schl\u{fc}ssel-0123456789", 2040), ("schl\u{fc}ssel-0123456789", 10)]
    {
        let text = format!("{}{key}{}", "x".repeat(before), "y".repeat(3000));
        let server = Server::start(Reply::json(200, serde_json::json!([text, {"id": text}]).to_string())).await;
        let client = Client::builder(server.url()).api_key(key).build().unwrap();
        let error = client.default_session().groups().list().await.unwrap_err();
        let said = format!("{error} {error:?} {:?}", error.clipped_body());
        for length in 8..=key.chars().count() {
            let beginning: String = key.chars().take(length).collect();
            assert!(!said.contains(&beginning), "{beginning} after {before}: {said}");
        }
    }
}
