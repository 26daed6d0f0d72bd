//! Decoding of answers: one test for each rule of `src/http/wire.rs`.

use waha::{ErrorKind, types};

use crate::support::{Reply, Server};

const HTML: Option<&str> = Some("text/html; charset=utf-8");

#[tokio::test]
async fn an_empty_answer_is_none_where_the_answer_is_optional() {
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    assert!(session.sessions().get_me().send().await.unwrap().is_none());
    assert!(session.contacts().get().contact_id("1@c.us").send().await.unwrap().is_none());
    // The same with a JSON content type and chunked encoding.
    server.set_reply(Reply::json(200, ""));
    assert!(session.sessions().get_me().send().await.unwrap().is_none());
    let chunked = "HTTP/1.1 200 .\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    server.set_reply(Reply::raw(chunked));
    assert!(session.sessions().get_me().send().await.unwrap().is_none());
}

#[tokio::test]
async fn an_empty_answer_is_an_error_where_the_answer_is_required() {
    let server = Server::start(Reply::new(200, None, "")).await;
    let error = server.session().sessions().get().send().await.unwrap_err();
    assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some(".")));
}

#[tokio::test]
async fn an_operation_without_an_answer_ignores_the_body() {
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    for reply in [Reply::new(200, None, ""), Reply::json(201, r#"{"a": 1}"#), Reply::new(200, HTML, "true")] {
        server.set_reply(reply);
        session.sessions().delete().send().await.unwrap();
    }
}

#[tokio::test]
async fn bare_text_is_read_as_a_string() {
    let server = Server::start(Reply::new(200, HTML, "")).await;
    let session = server.session();
    for text in ["AbCdEfGh", "https://chat.whatsapp.com/AbCd", "12345", "true", "null", "\"quoted\"", "a\nb", "grün"] {
        server.set_reply(Reply::new(200, HTML, text));
        let code = session.groups().get_invite_code().id("1@g.us").send().await.unwrap().into_inner();
        assert_eq!(code.as_deref(), Some(text));
    }
    server.set_reply(Reply::new(200, None, ""));
    assert_eq!(session.groups().get_invite_code().id("1@g.us").send().await.unwrap().into_inner(), None);
}

#[tokio::test]
async fn a_bare_boolean_is_read_as_a_boolean() {
    let server = Server::start(Reply::new(200, HTML, "true")).await;
    let session = server.session();
    let set = || session.groups().set_subject().id("1@g.us").subject("s").send();
    assert_eq!(set().await.unwrap().into_inner(), Some(true));
    server.set_reply(Reply::new(200, HTML, "false"));
    assert_eq!(set().await.unwrap().into_inner(), Some(false));
    server.set_reply(Reply::new(200, None, ""));
    assert_eq!(set().await.unwrap().into_inner(), None);
    server.set_reply(Reply::new(200, HTML, "done"));
    let error = set().await.unwrap_err();
    assert_eq!((error.kind(), error.clipped_body()), (ErrorKind::Decode, Some("\"done\"")));
}

#[tokio::test]
async fn bare_text_is_kept_as_open_json() {
    let server = Server::start(Reply::new(201, HTML, "CreateGroupError: no")).await;
    let session = server.session();
    let create = session.groups().create().name("n").participants(["11111111111@c.us"]);
    let answer = create.send().await.unwrap().into_inner();
    assert_eq!(answer.as_str(), "\"CreateGroupError: no\"");
}

#[tokio::test]
async fn open_json_is_kept_byte_for_byte() {
    let text = r#"[ {"id": "1@c.us", "n": 1.0, "big": 123456789012345678901234567890, "a": null} ]"#;
    let server = Server::start(Reply::json(200, text)).await;
    let answer = server.session().chats().list().send().await.unwrap().into_inner();
    assert_eq!(answer.as_str(), text);
}

#[tokio::test]
async fn bytes_are_streamed_unchanged() {
    let png = b"\x89PNG\r\n\x1a\n\0\xff{}";
    for content_type in [Some("image/png"), HTML, None] {
        let server = Server::start(Reply::new(200, content_type, png)).await;
        let answer = server.session().auth().get_qr().send().await.unwrap();
        assert_eq!(answer.content_type(), content_type);
        assert_eq!(answer.bytes().await.unwrap(), &png[..]);
        // If only JSON were accepted, the server would send JSON.
        assert_ne!(server.only_request().header("accept"), Some("application/json"));
    }
}

#[tokio::test]
async fn every_2xx_status_is_a_success() {
    let server = Server::start(Reply::json(200, "")).await;
    let client = server.client();
    for status in [200, 201, 202, 203, 206, 299] {
        server.set_reply(Reply::json(status, r#"{"message": "pong"}"#));
        let answer = client.observability().ping().send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.message, "pong");
    }
}

#[tokio::test]
async fn integers_written_as_fractions_are_read() {
    let server = Server::start(Reply::json(200, r#"{"count": 20.0}"#)).await;
    assert_eq!(server.session().lids().count().send().await.unwrap().count, 20);
    server.set_reply(Reply::json(200, r#"{"count": 20.5}"#));
    let error = server.session().lids().count().send().await.unwrap_err();
    assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some("count")));
}

#[tokio::test]
async fn unknown_members_and_values_are_kept_or_ignored() {
    let text = r#"[{"name": "a", "status": "HIBERNATING", "news": {"x": 1}}, {"name": "b", "status": "WORKING"}]"#;
    let server = Server::start(Reply::json(200, text)).await;
    let sessions = server.client().sessions().list().send().await.unwrap();
    assert_eq!(sessions[0].status, "HIBERNATING");
    assert_eq!(sessions[0].status.to_string(), "HIBERNATING");
    assert_eq!(sessions[1].status, waha::types::SessionStatus::Working);
    assert_eq!(serde_json::to_value(&sessions[0]).unwrap()["status"], "HIBERNATING");
}

#[tokio::test]
async fn an_event_stream_gives_its_last_event_as_the_answer() {
    let stream = "event: message\r\ndata: {\"progress\": 1}\r\n\r\nevent: message\r\ndata: {\"jsonrpc\": \"2.0\",\r\ndata: \"id\": 1}\r\n\r\n";
    let server = Server::start(Reply::new(200, Some("text/event-stream"), stream)).await;
    let client = server.client();
    let call = || client.mcp().call().body(waha::Json::from(serde_json::json!({"id": 1}))).send();
    let answer = call().await.unwrap().into_inner().unwrap();
    assert_eq!(answer.to_value().unwrap(), serde_json::json!({"jsonrpc": "2.0", "id": 1}));
    assert_eq!(server.only_request().header("accept"), Some("application/json, text/event-stream"));
    server.set_reply(Reply::new(202, None, ""));
    assert!(call().await.unwrap().is_none());
}

#[tokio::test]
async fn an_html_page_is_an_error() {
    let page = "\n<!DOCTYPE html><html><title>Log in</title></html>";
    for content_type in [HTML, None, Some("application/json")] {
        let server = Server::start(Reply::new(200, content_type, page)).await;
        let session = server.session();
        let errors = [
            session.chatting().send_text().chat_id("1@c.us").text("hi").send().await.err().unwrap(),
            session.groups().get_invite_code().id("1@g.us").send().await.err().unwrap(),
            session.sessions().delete().send().await.err().unwrap(),
            session.lids().count().send().await.err().unwrap(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
            assert!(error.message().contains("is the base URL that of WAHA"), "{error}");
        }
    }
}

#[test]
fn debug_shows_what_there_is_and_not_what_there_is_not() {
    let answer = r#"{"name": "default", "status": "WORKING", "me": {"id": "11111111111@c.us"}, "config": null}"#;
    let info: types::SessionInfo = serde_json::from_str(answer).unwrap();
    let me = r#"MeInfo { id: "11111111111@c.us", .. }"#;
    let expected = format!(r#"SessionInfo {{ me: {me}, name: "default", status: Working, .. }}"#);
    assert_eq!(format!("{info:?}"), expected);
    let builder = types::Poll::builder().name("Where?");
    assert!(format!("{builder:?}").starts_with(r#"Poll { name: "Where?", "#), "{builder:?}");
}
