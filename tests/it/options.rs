//! Timeouts, proxies, TLS, and views with other options.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};
use waha::{Client, Kind, RequestOptions, Retry};

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
async fn proxies() {
    let (one, two) = (Server::start(pong()).await, Server::start(pong()).await);
    let client = behind(one.url());
    client.observability().ping().send().await.unwrap();
    assert_eq!(one.only_request().target, "http://waha.invalid:3000/ping");

    // A view goes another way, and the client its own.
    let with_password = two.url().replace("http://", "http://name:p%40ss@");
    let view = client.with(|options| options.proxy(&with_password).unwrap());
    view.observability().ping().send().await.unwrap();
    // "name:p@ss"
    assert_eq!(two.only_request().header("proxy-authorization"), Some("Basic bmFtZTpwQHNz"));
    client.observability().ping().send().await.unwrap();
    assert_eq!((one.take_requests().len(), two.take_requests().len()), (1, 0));
    let shown = format!("{view:?}");
    assert!(!shown.contains("p%40ss") && !shown.contains("p@ss"), "{shown}");

    // Around the proxy there is nobody.
    let direct = client.with(|options| options.no_proxy().retry(Retry::never()));
    assert_eq!(direct.observability().ping().send().await.unwrap_err().kind(), Kind::Connection);
}

#[test]
fn wrong_proxies_are_refused() {
    for (url, words) in [
        ("proxy:3128", "begins with proxy:"),
        ("//proxy", "has no scheme"),
        ("ftp://proxy", "begins with ftp:"),
        ("http://", "cannot be read"),
        ("http://proxy/path", "more than a host"),
        ("http://proxy?x", "more than a host"),
    ] {
        let error = RequestOptions::new().proxy(url).unwrap_err();
        assert_eq!(error.kind(), Kind::Configuration, "{url}");
        assert!(error.message().contains(words), "{url}: {error}");
    }
    let socks = RequestOptions::new().proxy("socks5://proxy:1080");
    if cfg!(feature = "socks") {
        assert!(socks.is_ok());
    } else {
        assert!(socks.unwrap_err().message().contains("switch on the feature `socks`"));
    }
}

/// A server with a certificate of its own, for this name, and the certificate.
async fn tls_server(name: &str) -> (String, String) {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let config =
        ServerConfig::builder_with_provider(Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that trusts nobody ends the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.read(&mut [0; 4096]).await;
                let body = r#"{"message": "pong"}"#;
                let head = format!(
                    "HTTP/1.1 200 .\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (url, certified.cert.pem())
}

#[tokio::test]
async fn certificates() {
    let (url, pem) = tls_server("localhost").await;
    let client = Client::builder(&url).build().unwrap();
    let error = client.observability().ping().send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Tls, "{error}");
    assert!(error.message().contains("RequestOptions::root_certificates"), "{error}");

    let trusting = client.with(|options| options.root_certificates(&pem).unwrap());
    assert_eq!(trusting.observability().ping().send().await.unwrap().message, "pong");
    let careless = client.with(|options| options.accept_invalid_certs(true));
    assert_eq!(careless.observability().ping().send().await.unwrap().message, "pong");
    assert_eq!(client.observability().ping().send().await.unwrap_err().kind(), Kind::Tls);

    // Trusted, and of somebody else.
    let (url, pem) = tls_server("example.org").await;
    let client = Client::builder(&url).options(RequestOptions::new().root_certificates(&pem).unwrap()).build().unwrap();
    assert_eq!(client.observability().ping().send().await.unwrap_err().kind(), Kind::Tls);

    for error in [
        RequestOptions::new().root_certificates("nonsense").unwrap_err(),
        RequestOptions::new().client_identity("nonsense").unwrap_err(),
        RequestOptions::new().client_identity(&pem).unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::Configuration, "{error}");
    }
}

#[tokio::test]
async fn timeouts() {
    // A server that takes the request and says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::builder(format!("http://{}", listener.local_addr().unwrap())).build().unwrap();
    let session = client.default_session();
    let short = Duration::from_millis(100);
    let begin = Instant::now();

    let hasty = session.with(|options| options.timeout(short));
    let error = hasty.lids().count().send().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::Timeout, "no answer within 100ms"));
    // Bytes have to begin in time as well.
    assert_eq!(hasty.auth().get_qr().send().await.err().unwrap().kind(), Kind::Timeout);
    let attempt = session.with(|options| options.attempt_timeout(short).retry(Retry::never()));
    assert_eq!(attempt.lids().count().send().await.unwrap_err().kind(), Kind::Timeout);
    // Silence before an answer is not silence in the middle of it.
    let waiting = session.with(|options| options.idle_timeout(short).timeout(short * 3));
    let begin_to_wait = Instant::now();
    assert_eq!(waiting.auth().get_qr().send().await.err().unwrap().kind(), Kind::Timeout);
    assert!(begin_to_wait.elapsed() >= short * 3);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());

    // A view that cannot work says why, and does not panic.
    let error = client.with(|options| options.timeout(Duration::ZERO)).observability().ping().send().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Configuration);
    assert!(error.message().contains("a timeout of zero"), "{error}");
}

#[tokio::test]
async fn for_ever_is_a_time() {
    let server = Server::start(pong()).await;
    let ever = Duration::MAX;
    let retry = Retry::new().min_delay(ever).max_delay(ever);
    let options = RequestOptions::new().timeout(ever).attempt_timeout(ever).idle_timeout(ever).retry(retry);
    let client = Client::builder(server.url()).options(options).build().unwrap();
    client.observability().ping().send().await.unwrap();
    server.set_reply(Reply::with_headers(429, [("Retry-After", "18446744073709551615")], ""));
    assert_eq!(client.observability().ping().send().await.unwrap_err().kind(), Kind::RateLimited);
}

#[tokio::test]
async fn bytes_may_take_longer_than_the_call() {
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
    let chunks: Vec<_> = answer.into_inner().into_inner().try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"slow");
}

#[tokio::test]
async fn bytes_may_not_stop_in_the_middle() {
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
    let result: Result<Vec<_>, _> = answer.into_inner().into_inner().try_collect().await;
    assert!(result.is_err() && begin.elapsed() < Duration::from_secs(5), "{result:?}");
}
