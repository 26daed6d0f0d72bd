//! Timeouts, proxies, and views with other options.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use waha::{Client, ErrorKind, Operation, RequestOptions, Retry};

use crate::support::{Reply, Server};

fn pong() -> Reply {
    Reply::json(200, r#"{"message": "pong"}"#)
}

/// A client of an address that only a proxy knows.
fn behind(proxy: &str) -> Client {
    let options = RequestOptions::new().proxy(proxy).unwrap();
    Client::builder("http://waha.invalid:3000").options(options).build().unwrap()
}

#[tokio::test]
async fn a_view_overrides_the_proxy_and_hides_its_password() {
    let (one, two) = (Server::start(pong()).await, Server::start(pong()).await);
    let client = behind(one.url());
    client.observability().ping().send().await.unwrap();
    assert_eq!(one.only_request().target, "http://waha.invalid:3000/ping");

    // A view uses another proxy; the client keeps its own.
    let with_password = two.url().replace("http://", "http://name:p%40ss@");
    let view = client.with(|options| options.proxy(&with_password).unwrap());
    view.observability().ping().send().await.unwrap();
    // "name:p@ss"
    assert_eq!(two.only_request().header("proxy-authorization"), Some("Basic bmFtZTpwQHNz"));
    client.observability().ping().send().await.unwrap();
    assert_eq!((one.take_requests().len(), two.take_requests().len()), (1, 0));
    let shown = format!("{view:?}");
    assert!(!shown.contains("p%40ss") && !shown.contains("p@ss"), "{shown}");

    // Without the proxy, the server cannot be reached.
    let direct = client.with(|options| options.no_proxy().retry(Retry::never()));
    assert_eq!(direct.observability().ping().send().await.unwrap_err().kind(), ErrorKind::Connection);
}

#[tokio::test]
async fn no_proxy_for_exempts_only_the_listed_hosts() {
    let (proxy, server) = (Server::start(pong()).await, Server::start(pong()).await);
    for (hosts, by_proxy) in [("127.0.0.0/8,example.org", false), ("example.org", true), ("", true)] {
        let options = RequestOptions::new().proxy(proxy.url()).unwrap().no_proxy_for(hosts);
        let client = Client::builder(server.url()).options(options).build().unwrap();
        client.observability().ping().await.unwrap();
        let asked = (proxy.take_requests().len(), server.take_requests().len());
        assert_eq!(asked, if by_proxy { (1, 0) } else { (0, 1) }, "{hosts:?}");
    }
}

#[cfg(feature = "socks")]
#[tokio::test]
async fn a_socks_proxy_gets_name_and_password() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("socks5h://ada:p%40ss@{}", listener.local_addr().unwrap());
    let proxy = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // Methods of authentication (RFC 1928), name and password (RFC 1929), and the destination.
        let mut head = [0; 2];
        stream.read_exact(&mut head).await.unwrap();
        let mut methods = vec![0; head[1].into()];
        stream.read_exact(&mut methods).await.unwrap();
        assert!(head[0] == 5 && methods.contains(&2), "{methods:?}");
        stream.write_all(&[5, 2]).await.unwrap();
        let mut login = [0; 10];
        stream.read_exact(&mut login).await.unwrap();
        assert_eq!(&login, b"\x01\x03ada\x04p@ss");
        stream.write_all(&[1, 0]).await.unwrap();
        let mut target = [0; 5 + 12 + 2];
        stream.read_exact(&mut target).await.unwrap();
        assert_eq!(&target, b"\x05\x01\x00\x03\x0cwaha.invalid\x0b\xb8");
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let body = r#"{"message": "pong"}"#;
        let answer =
            format!("HTTP/1.1 200 .\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    assert_eq!(behind(&url).observability().ping().await.unwrap().message, "pong");
    proxy.await.unwrap();
}

#[test]
fn invalid_proxies_are_refused() {
    for (url, words) in [
        ("proxy:3128", "begins with proxy:"),
        ("//proxy", "has no scheme"),
        ("ftp://proxy", "begins with ftp:"),
        ("http://", "cannot be read"),
        ("http://proxy/path", "more than a host"),
        ("http://proxy?x", "more than a host"),
    ] {
        let error = RequestOptions::new().proxy(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
        assert!(error.message().contains(words), "{url}: {error}");
    }
    let socks = RequestOptions::new().proxy("socks5://proxy:1080");
    if cfg!(feature = "socks") {
        assert!(socks.is_ok());
    } else {
        assert!(socks.unwrap_err().message().contains("switch on the feature `socks`"));
    }
}

#[tokio::test]
async fn every_timeout_ends_its_own_phase() {
    // A server that takes the request and says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::builder(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
    let session = client.default_session();
    let short = Duration::from_millis(100);
    let begin = Instant::now();

    let hasty = session.with(|options| options.timeout(short));
    let error = hasty.lids().count().send().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "no answer within 100ms"));
    // Bytes have to begin in time as well.
    assert_eq!(hasty.auth().get_qr().send().await.err().unwrap().kind(), ErrorKind::Timeout);
    let attempt = session.with(|options| options.attempt_timeout(short).retry(Retry::never()));
    assert_eq!(attempt.lids().count().send().await.unwrap_err().kind(), ErrorKind::Timeout);
    // The idle timeout does not apply before the answer begins.
    let waiting = session.with(|options| options.idle_timeout(short).timeout(short * 3));
    let begin_to_wait = Instant::now();
    assert_eq!(waiting.auth().get_qr().send().await.err().unwrap().kind(), ErrorKind::Timeout);
    assert!(begin_to_wait.elapsed() >= short * 3);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());

    // An invalid option of a view is an error of the call.
    let error = client.with(|options| options.timeout(Duration::ZERO)).observability().ping().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.message().contains("a timeout of zero"), "{error}");
}

#[tokio::test]
async fn maximal_durations_do_not_overflow() {
    let server = Server::start(pong()).await;
    let ever = Duration::MAX;
    let retry = Retry::new().min_delay(ever).max_delay(ever);
    let options = RequestOptions::new().timeout(ever).attempt_timeout(ever).idle_timeout(ever).retry(retry);
    let client = Client::builder(server.url()).options(options).build().unwrap();
    client.observability().ping().send().await.unwrap();
    server.set_reply(Reply::with_headers(429, [("Retry-After", "18446744073709551615")], ""));
    assert_eq!(client.observability().ping().send().await.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn a_byte_stream_may_outlast_the_call_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 .\r\nContent-Length: 4\r\n\r\n").await.unwrap();
        for byte in b"slow" {
            tokio::time::sleep(Duration::from_millis(100)).await;
            stream.write_all(&[*byte]).await.unwrap();
        }
    });
    let client = Client::builder(url).timeout(Duration::from_millis(200)).build().unwrap();
    let answer = client.default_session().auth().get_qr().send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), "slow");
}

#[tokio::test]
async fn a_stalled_byte_stream_ends_at_the_idle_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 .\r\nContent-Length: 4\r\n\r\nst").await.unwrap();
        std::future::pending::<()>().await;
    });
    let options = RequestOptions::new().idle_timeout(Duration::from_millis(100));
    let client = Client::builder(url).options(options).build().unwrap();
    let answer = client.default_session().auth().get_qr().send().await.unwrap();
    let begin = Instant::now();
    let error = answer.bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.operation().unwrap().id()), (ErrorKind::Timeout, "auth_get_qr"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn only_calls_with_files_get_the_long_timeout() {
    let is_long = |operation: &&Operation| operation.default_timeout() == RequestOptions::DEFAULT_FILE_TIMEOUT;
    let long: Vec<_> = Operation::all().iter().filter(is_long).map(Operation::id).collect();
    for id in ["chatting_send_image", "status_updates_send_voice", "groups_set_picture", "channels_create"] {
        assert!(long.contains(&id), "{id} sends a file");
    }
    for id in ["media_convert_video", "observability_get_heap_snapshot"] {
        assert!(long.contains(&id), "{id} makes a file");
    }
    let sends_or_makes = ["_send_", "_set_picture", "_convert_", "channels_create", "observability_get_"];
    assert!(long.iter().all(|id| sends_or_makes.iter().any(|part| id.contains(part))), "{long:?}");
    for id in
        ["auth_get_qr", "screenshot_get", "chatting_send_text", "sessions_stop", "chats_list", "groups_get_picture"]
    {
        let operation = Operation::by_id(id).unwrap();
        assert_eq!(operation.default_timeout(), RequestOptions::DEFAULT_TIMEOUT, "{id}");
    }
}
