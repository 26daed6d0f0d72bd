//! Since which release an operation exists, and what is said where the server is older.

use std::time::{Duration, Instant};

use serde_json::json;
use waha::{ErrorKind, Limits, Operation, RequestOptions};
use waha_sim::{Age, Fault, Server as Stand};

use crate::support::{Reply, Server, StoppedClock, pass};

/// The words of WAHA's web framework for a path that it does not know.
fn unknown(target: &str) -> Reply {
    let message = format!("Cannot {target}");
    Reply::json(404, json!({ "message": message, "error": "Not Found", "statusCode": 404 }).to_string())
}

fn version(release: &str) -> Reply {
    Reply::json(200, json!({ "version": release, "engine": "NOWEB", "tier": "CORE", "browser": null }).to_string())
}

const CAPPING: &str = "GET /api/sessions/default/capping";

#[test]
fn every_operation_says_since_when_it_exists() {
    let all = Operation::all();
    let exact = all.iter().filter(|operation| operation.since().is_some_and(|since| !since.or_older())).count();
    assert!(all.iter().all(|operation| operation.since().is_some()));
    assert!(exact >= 30 && exact < all.len(), "{exact} of {}", all.len());
    let since = |operation: &Operation| operation.since().unwrap().to_string();
    assert_eq!(since(Operation::CHATTING_SEND_TEXT), "2026.7.1 or older");
    assert_eq!(since(Operation::SESSIONS_GET_MESSAGE_CAPPING), "2026.8.2");
}

#[tokio::test]
async fn an_older_server_is_named_with_its_release() {
    let stand = Stand::builder().age(Age::Old).session("default").start().await.unwrap();
    let client = waha::Client::builder(stand.url()).build().unwrap();
    let error = client.default_session().sessions().get_message_capping().await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::NotSupported, 404));
    assert_eq!(error.message(), "Cannot GET /api/sessions/default/capping");
    assert_eq!(
        error.to_string(),
        "sessions_get_message_capping: HTTP 404: Cannot GET /api/sessions/default/capping \
         (added in WAHA 2026.8.2; this server is 2024.10.8)"
    );
    assert!(!error.may_have_arrived());

    // Of an operation that is older than all that is known, too.
    let refused = Fault::on("chats_list").refused(404, "Cannot GET /api/default/chats");
    stand.fault(refused);
    let error = client.default_session().chats().list().await.unwrap_err();
    assert!(error.to_string().ends_with("(in WAHA since 2026.7.1 or older; this server is 2024.10.8)"), "{error}");

    // A request that somebody wrote is known by its path.
    let request = client.default_session().request(waha::Method::GET, "/api/sessions/{session}/timelock");
    let error = request.await.unwrap_err();
    assert!(error.to_string().ends_with("(added in WAHA 2026.8.2; this server is 2024.10.8)"), "{error}");
}

#[tokio::test]
async fn the_server_is_asked_once_a_minute() {
    let _clock = StoppedClock::new();
    let server = Server::start(unknown(CAPPING)).await;
    let session = server.session();
    let fail = async |replies: &[Reply]| {
        server.set_replies(replies.iter().cloned());
        let session = session.with(|options| options.timeout(Duration::from_secs(30)));
        session.sessions().get_message_capping().await.unwrap_err().to_string()
    };
    let error = fail(&[unknown(CAPPING), version("2026.7.2")]).await;
    assert!(error.ends_with("(added in WAHA 2026.8.2; this server is 2026.7.2)"), "{error}");
    let error = fail(&[unknown(CAPPING)]).await;
    assert!(error.ends_with("this server is 2026.7.2)"), "{error}");
    let targets: Vec<_> = server.take_requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/api/sessions/default/capping", "/api/server/version", "/api/sessions/default/capping"]);
    // After an update to a release that still does not have it.
    pass(Duration::from_secs(60)).await;
    let error = fail(&[unknown(CAPPING), version("2026.8.1")]).await;
    assert!(error.ends_with("this server is 2026.8.1)"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_say_its_release_may_be_older() {
    let hint = "(added in WAHA 2026.8.2; this server may be older, or have it switched off)";
    for reply in [
        Reply::json(403, json!({ "message": "Forbidden", "statusCode": 403 }).to_string()),
        Reply::json(500, "{}"),
        Reply::json(200, "{}"),
        Reply::json(200, r#"{"version": "  "}"#),
        Reply::new(200, Some("text/html"), "<html><title>Log in</title></html>"),
        Reply::raw(""),
    ] {
        let server = Server::start(unknown(CAPPING)).await;
        server.set_replies([unknown(CAPPING), reply]);
        let session = server.session();
        let error = session.sessions().get_message_capping().await.unwrap_err();
        assert!(error.to_string().ends_with(hint), "{error}");
        assert_eq!(server.count_requests(), 2, "the server is asked once, and not again for a retry");
        server.set_reply(unknown(CAPPING));
        let error = session.sessions().get_message_capping().await.unwrap_err();
        assert!(error.to_string().ends_with(hint), "{error}");
        assert_eq!(server.count_requests(), 3, "that it did not say is remembered as well");
    }
}

#[tokio::test]
async fn a_server_that_is_new_enough_may_have_it_switched_off() {
    let server = Server::start(unknown(CAPPING)).await;
    server.set_replies([unknown(CAPPING), version("2026.9.2")]);
    let error = server.session().sessions().get_message_capping().await.unwrap_err();
    let hint = "(added in WAHA 2026.8.2; this server is 2026.9.2, which may have it switched off or no longer have it)";
    assert!(error.to_string().ends_with(hint), "{error}");
}

#[tokio::test]
async fn the_name_of_a_release_is_shown_safely() {
    let server = Server::start(unknown(CAPPING)).await;
    let release = format!("2026.7\u{1b}[31m key-{}", "x".repeat(1000));
    server.set_replies([unknown(CAPPING), version(&release)]);
    let client = waha::Client::builder(server.url()).api_key("key-xxxx").build().unwrap();
    let error = client.default_session().sessions().get_message_capping().await.unwrap_err().to_string();
    assert!(error.contains("this server is 2026.7") && !error.contains('\u{1b}') && error.len() < 300, "{error}");
    assert!(!error.contains("key-xxxx"), "{error}");
}

#[tokio::test]
async fn nothing_else_is_asked_of_a_server_that_refuses() {
    for reply in [
        Reply::json(
            404,
            json!({ "message": "Session not found", "error": "Not Found", "statusCode": 404 }).to_string(),
        ),
        Reply::json(501, json!({ "message": "Not implemented", "statusCode": 501 }).to_string()),
        Reply::new(404, Some("text/plain"), "404 page not found"),
        unknown("GET /elsewhere/api/sessions/default/capping"),
    ] {
        let server = Server::start(reply).await;
        let error = server.session().sessions().get_message_capping().await.unwrap_err();
        assert!(!error.to_string().contains("in WAHA"), "{error}");
        assert_eq!(server.count_requests(), 1, "{error}");
    }
    // The operation that would be asked is not asked for itself.
    let server = Server::start(unknown("GET /api/server/version")).await;
    let error = server.client().observability().get_version().await.unwrap_err();
    assert!(error.to_string().ends_with("this server may be older, or have it switched off)"), "{error}");
    assert_eq!(server.count_requests(), 1);
}

#[tokio::test]
async fn the_question_takes_no_longer_than_the_call_may() {
    let options = RequestOptions::new().timeout(Duration::from_millis(1500));
    let begin = Instant::now();
    // One request in a minute: the question would have to wait for its turn.
    let server = Server::start(unknown(CAPPING)).await;
    let limited = options.clone().limits(Limits::new().per_minute(1));
    let session = server.session().with(|_| limited);
    let error = session.sessions().get_message_capping().await.unwrap_err();
    assert!(error.to_string().ends_with("this server may be older, or have it switched off)"), "{error}");
    assert_eq!((error.kind(), server.count_requests()), (ErrorKind::NotSupported, 1));

    // The error of a question that gets no answer is not that of a timeout.
    let stand = Stand::builder().age(Age::Old).session("default").start().await.unwrap();
    stand.fault(Fault::on("observability_get_version").delay(Duration::from_secs(600)));
    let session = waha::Client::builder(stand.url()).options(options).build().unwrap().default_session();
    let error = session.sessions().get_message_capping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}
