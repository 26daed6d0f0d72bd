//! Pairing a session: from nothing, from any state, and again.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use waha::{Client, ErrorKind, Session, types};
use waha_sim::{Server, SessionStatus};

use crate::support::{self, Reply, until};

async fn start(server: waha_sim::Builder) -> (Server, Session) {
    let server = server.start().await.unwrap();
    let session = Client::builder(server.url()).build().unwrap().default_session();
    (server, session)
}

/// Pairs. A phone scans the code as soon as this many have been shown; returns the codes.
async fn pair(server: &Server, session: &Session, codes: usize) -> Vec<String> {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let show = shown.clone();
    let pairing = session.pair(move |qr| show.lock().unwrap().push(qr.value().to_owned()));
    let pairing = tokio::spawn(pairing.interval(Duration::from_millis(10)).send());
    let count = || shown.lock().unwrap().len();
    for code in 1..=codes {
        until("a code or the end", || pairing.is_finished() || count() >= code).await;
        if code < codes {
            // The time after which the next code is shown.
            server.advance(Duration::from_secs(61));
        }
    }
    server.pair("default");
    let info = tokio::time::timeout(Duration::from_secs(10), pairing).await.expect("it ends").unwrap().unwrap();
    assert_eq!(info.status, types::SessionStatus::Working);
    let shown = shown.lock().unwrap();
    shown.clone()
}

#[tokio::test]
async fn a_session_is_paired_from_nothing_and_again() {
    let (server, session) = start(Server::builder()).await;
    assert_eq!(session.status().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(pair(&server, &session, 1).await.len(), 1);
    assert_eq!(session.status().await.unwrap(), types::SessionStatus::Working);

    // Again: nothing is shown, created or started.
    let before = server.requests().len();
    assert!(pair(&server, &session, 0).await.is_empty());
    let again: Vec<_> = server.requests()[before..].iter().filter_map(|request| request.operation).collect();
    assert_eq!(again, ["sessions_get", "sessions_get"]);

    // And after it was stopped: it is started, and is still paired.
    session.stop().await.unwrap();
    assert!(pair(&server, &session, 0).await.is_empty());
}

#[tokio::test]
async fn a_session_is_paired_from_every_status() {
    for status in [SessionStatus::Stopped, SessionStatus::ScanQrCode, SessionStatus::Failed] {
        let (server, session) = start(Server::builder().session_in("default", status)).await;
        assert_eq!(pair(&server, &session, 1).await.len(), 1, "{status:?}");
    }
}

#[tokio::test]
async fn a_code_that_expires_is_replaced_by_the_next() {
    let (server, session) = start(Server::builder()).await;
    let codes = pair(&server, &session, 3).await;
    assert_eq!(codes.len(), 3);
    assert!(codes[0] != codes[1] && codes[1] != codes[2], "{codes:?}");
}

/// Pairs by the number of the phone, which takes the code as soon as this many have been shown; returns the codes.
async fn pair_by_phone(server: &Server, session: &Session, codes: usize) -> Vec<String> {
    let (shown, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let mut number = 0;
    let pairing = session.pair_by_phone("+1 111 111 1111", move |code| {
        number += 1; // a callback may keep something
        shown.send((number, code.to_string())).unwrap();
    });
    let pairing = tokio::spawn(pairing.interval(Duration::from_millis(10)).send());
    let mut all = Vec::new();
    while all.len() < codes {
        let (number, code) = tokio::time::timeout(Duration::from_secs(10), seen.recv()).await.unwrap().unwrap();
        all.push(code);
        assert_eq!(number, all.len());
        if all.len() < codes {
            // Nobody has typed it in until the server gives up.
            server.set_status("default", SessionStatus::Failed);
        }
    }
    server.pair("default");
    let info = tokio::time::timeout(Duration::from_secs(10), pairing).await.expect("it ends").unwrap().unwrap();
    assert_eq!(info.to_string(), "default: WORKING (10000000001@c.us)");
    assert!(seen.recv().await.is_none(), "a code too many");
    all
}

#[tokio::test]
async fn a_session_is_paired_by_the_number_of_the_phone_and_again() {
    let (server, session) = start(Server::builder()).await;
    let codes = pair_by_phone(&server, &session, 1).await;
    assert!(codes[0].len() >= 8, "{codes:?}");
    assert!(pair_by_phone(&server, &session, 0).await.is_empty());
    let asked = server.requests().iter().filter(|request| request.operation == Some("auth_request_code")).count();
    assert_eq!(asked, 1);

    let (server, session) = start(Server::builder().session_in("default", SessionStatus::Stopped)).await;
    assert_eq!(pair_by_phone(&server, &session, 2).await.len(), 2);
}

#[tokio::test]
async fn a_number_that_is_none_and_a_refused_code_end_the_pairing() {
    let (server, session) = start(Server::builder()).await;
    let error = session.pair_by_phone("Ada", |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("phone number"), "{error}");
    assert!(server.requests().is_empty());

    server.fault(waha_sim::Fault::on("auth_request_code").rate_overlimit());
    let error = session.pair_by_phone("+1 111 111 1111", |_| ()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let asked = server.requests().iter().filter(|request| request.operation == Some("auth_request_code")).count();
    assert_eq!(asked, 1, "WhatsApp is not asked again");
}

fn info(status: &str) -> Reply {
    Reply::json(200, format!(r#"{{"name": "default", "status": "{status}", "config": {{}}}}"#))
}

#[tokio::test]
async fn a_session_that_fails_without_a_code_is_restarted_once() {
    let server = support::Server::start(info("FAILED")).await;
    let error = server.session().pair(|_| panic!("there is none")).await.unwrap_err();
    assert_eq!((error.kind(), error.session_status()), (ErrorKind::SessionNotReady, Some("FAILED".into())));
    let requests: Vec<_> = server.take_requests().into_iter().map(|request| request.target).collect();
    assert_eq!(requests, ["/api/sessions/default", "/api/sessions/default/restart", "/api/sessions/default",]);
}

#[tokio::test]
async fn somebody_else_may_create_the_session_meanwhile() {
    let not_found = Reply::json(404, r#"{"statusCode": 404, "message": "Session not found"}"#);
    let exists = r#"{"statusCode": 422, "message": "Session 'default' already exists. Use PUT to update it."}"#;
    let server = support::Server::start(not_found).await;
    let error = server.session().create().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    server.take_requests();
    server.set_replies([
        Reply::json(404, r#"{"statusCode": 404, "message": "Session not found"}"#),
        Reply::json(422, exists),
        info("WORKING"),
    ]);
    server.session().pair(|_| ()).await.unwrap();

    server.set_reply(Reply::json(422, exists));
    let error = server.session().create().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert!(error.to_string().contains("Use PUT to update it"), "{error}");
    assert!(!error.may_have_arrived());
}

#[tokio::test]
async fn a_pairing_that_nobody_completes_ends_at_its_deadline() {
    let (_server, session) = start(Server::builder()).await;
    let pairing = session.pair(|_| ()).interval(Duration::from_millis(10)).deadline(Duration::from_millis(300));
    let error = pairing.await.unwrap_err();
    assert_eq!((error.kind(), error.session_status()), (ErrorKind::SessionNotReady, Some("SCAN_QR_CODE".into())));
}
