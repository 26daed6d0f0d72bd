//! Requests to any path, in the document or not.

use std::time::Duration;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use waha::{Client, ErrorKind, Media, Method, RequestOptions, Retry, media::Content};

use crate::support::{Folder, Reply, Server};

const PATH: &str = "/api/{session}/chats/{chatId}/summary";
const CHAT: &str = "11111111111@c.us";

#[tokio::test]
async fn a_request_to_any_path_carries_key_query_headers_and_body() {
    let server = Server::start(Reply::json(200, r#"{"text": "hi"}"#)).await;
    let client =
        Client::builder(format!("{}/prefix", server.url())).api_key("secret").session("sales").build().unwrap();
    let request = client.default_session().request(Method::GET, PATH).param("chatId", CHAT);
    let answer = request.query("limit", 20).query("tag", "a&b").query("tag", "c").await.unwrap();
    assert_eq!(answer.to_value().unwrap(), json!({"text": "hi"}));
    let request = server.only_request();
    assert_eq!(request.method, "GET");
    assert_eq!(request.target, "/prefix/api/sales/chats/11111111111%40c.us/summary?limit=20&tag=a%26b&tag=c");
    assert_eq!((request.header("x-api-key"), request.header("accept")), (Some("secret"), Some("application/json")));
    assert_eq!((request.header("content-type"), request.body.len()), (None, 0));

    let body = json!({"chatId": CHAT, "in": 3600});
    let request = client.request(Method::from_bytes(b"MERGE").unwrap(), "/api/reminders").json(&body);
    request.header("Content-Type", "application/merge-patch+json").header("Accept", "text/x-own").send().await.unwrap();
    let request = server.only_request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("MERGE", "/prefix/api/reminders"));
    assert_eq!(request.json(), body);
    assert_eq!(request.header("content-type"), Some("application/merge-patch+json"));
    assert_eq!(request.header("accept"), Some("text/x-own"));
    client.request(Method::POST, "/api/reminders").json(&[1, 2]).await.unwrap();
    assert_eq!(server.only_request().header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_file_of_a_request_is_sent_as_by_the_generated_call() {
    let server = Server::start(Reply::json(201, r#"{"id": "true_11111111111@c.us_A"}"#)).await;
    let session = server.session();
    let folder = Folder::new();
    let path = folder.file("cat.png", &[7; 200_000]);
    session.chat(CHAT).unwrap().send_image(&path).caption("A cat").await.unwrap();
    let expected = server.only_request();
    let body = json!({"chatId": CHAT, "session": "default", "caption": "A cat", "file": {"data": "replaced"}});
    let request = session.request(Method::POST, "/api/sendImage").json(&body).file("/file", &path);
    request.clone().await.unwrap();
    let sent = server.only_request();
    assert_eq!(sent.json(), expected.json());
    assert_eq!(
        (sent.header("content-type"), sent.header("content-length")),
        (Some("application/json"), expected.header("content-length"))
    );
    // Without a body, at its root, inside it, and by its address.
    for (body, place, expected) in [
        (None, "/file", json!({"file": {"url": "https://example.org/a"}})),
        (None, "", json!({"url": "https://example.org/a"})),
        (Some(json!({"files": [null, 1]})), "/files/0", json!({"files": [{"url": "https://example.org/a"}, 1]})),
        (Some(json!({"a": {}})), "/a/b~1c", json!({"a": {"b/c": {"url": "https://example.org/a"}}})),
    ] {
        let mut request = session.request(Method::POST, "/api/reminders");
        if let Some(body) = &body {
            request = request.json(body);
        }
        request.file(place, "https://example.org/a").await.unwrap();
        assert_eq!(server.only_request().json(), expected);
    }
    for place in ["file", "/a/b", "/list/9", "/list/x"] {
        let request = session.request(Method::POST, "/api/reminders").json(&json!({"list": [1]}));
        let error = request.file(place, "cat.jpg").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{place}");
        assert!(error.message().contains(&format!("no place `{place}`")), "{error}");
    }
    // Where the server takes no name and no type.
    server.set_reply(Reply::new(201, Some("audio/ogg"), "voice"));
    let _ = session.media().convert_voice().body(&path).await.unwrap();
    let expected = server.only_request();
    let request = session.request(Method::POST, "/api/{session}/media/convert/voice");
    let _ = request.file("", Content::from(Media::path(&path))).send_bytes().await.unwrap();
    let sent = server.only_request();
    assert_eq!((sent.json(), sent.header("content-length")), (expected.json(), expected.header("content-length")));
    assert_eq!(sent.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["data"]);

    let error = session.request(Method::POST, "/api/sendImage").file("/file", "none.png").await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains("none.png"), "{error}");
    assert_eq!(server.take_requests().len(), 0);
}

#[tokio::test]
async fn a_request_to_a_known_path_equals_the_generated_call() {
    let server = Server::start(Reply::json(200, "[]")).await;
    let session = server.session();
    session.chats().list().limit(5).send().await.unwrap();
    session.request(Method::GET, "/api/{session}/chats").query("limit", 5).await.unwrap();
    let requests = server.take_requests();
    let [generated, written] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((&written.method, &written.target), (&generated.method, &generated.target));
    let mut headers = [generated.headers.clone(), written.headers.clone()];
    headers.iter_mut().for_each(|headers| headers.sort());
    assert_eq!(headers[0], headers[1]);
}

#[tokio::test]
async fn answers_of_every_content_type_are_read() {
    let server = Server::start(Reply::new(204, None, "")).await;
    let session = server.session();
    let request = || session.request(Method::POST, "/api/{session}/new");
    assert!(request().await.unwrap().is_null());
    server.set_reply(Reply::new(200, Some("text/html"), "123"));
    assert_eq!(request().send_as::<u32>().await.unwrap().into_inner(), 123);
    server.set_reply(Reply::new(200, Some("text/html"), "AbCd"));
    assert_eq!(request().send_as::<String>().await.unwrap().into_inner(), "AbCd");
    // The document declares a text for this operation.
    server.set_reply(Reply::new(200, Some("text/html"), "123"));
    let code = session.request(Method::GET, "/api/{session}/groups/1@g.us/invite-code");
    assert_eq!(code.send_as::<String>().await.unwrap().into_inner(), "123");
    server.take_requests();

    server.set_reply(Reply::new(200, Some("image/png"), [0xff; 3000]));
    let answer = request().send_bytes().await.unwrap();
    let chunks: Vec<_> = answer.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), [0xff; 3000]);
    assert_eq!(server.only_request().header("accept"), Some("*/*"));

    server.set_reply(Reply::json(200, r#"{"a": [{"b": "c"}]}"#));
    let error = request().send_as::<std::collections::BTreeMap<String, Vec<Vec<u8>>>>().await.unwrap_err();
    assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some("a[0]")));
    server.set_reply(Reply::new(200, Some("text/html"), "<!DOCTYPE html><p>Log in"));
    assert_eq!(request().await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn path_values_of_a_request_arrive_unchanged_or_are_refused() {
    let server = Server::start(Reply::json(200, "{}")).await;
    let client = server.client();
    for value in ["a/b", "../../sessions", "a?b=c", "%2e%2e", "a b", "..\\..", "{session}", "🦀", "a\r\nX-Evil: 1"] {
        client.request(Method::GET, "/api/{id}/end").param("id", value).await.unwrap();
        let request = server.only_request();
        let segment = request.target.strip_prefix("/api/").and_then(|rest| rest.strip_suffix("/end")).unwrap();
        assert_eq!(percent_encoding::percent_decode_str(segment).decode_utf8().unwrap(), value);
        assert!(!segment.contains('/') && request.header("x-evil").is_none(), "{request:?}");
    }
    // A path without parameters is sent as it is.
    client.request(Method::GET, "/api/a%20b:c;d=e@f/%C3%A4").await.unwrap();
    assert_eq!(server.only_request().target, "/api/a%20b:c;d=e@f/%C3%A4");

    for (path, id, words) in [
        ("api/x", None, "begin with a `/`"),
        ("http://elsewhere.example/x", None, "begin with a `/`"),
        ("", None, "begin with a `/`"),
        ("/", None, "empty segment"),
        ("//elsewhere.example/x", None, "empty segment"),
        ("/api//x", None, "empty segment"),
        ("/@elsewhere.example/\\", None, "lead elsewhere"),
        ("/api/../x", None, "lead elsewhere"),
        ("/api/./x", None, "lead elsewhere"),
        ("/api/x/..", None, "lead elsewhere"),
        ("/api/%2e%2E/x", None, "lead elsewhere"),
        ("/api/..\\x", None, "lead elsewhere"),
        ("/api/x?a=b", None, "lead elsewhere"),
        ("/api/x#a", None, "lead elsewhere"),
        ("/api/a b", None, "lead elsewhere"),
        ("/api/a\tb", None, "lead elsewhere"),
        ("/api/x\r\nX-Evil: 1", None, "lead elsewhere"),
        ("/api/ä", None, "lead elsewhere"),
        ("/api/a{id}", None, "lead elsewhere"),
        ("/api/{id}", None, "id is missing"),
        ("/api/{id}", Some(""), "lead elsewhere"),
        ("/api/{id}", Some(".."), "lead elsewhere"),
        ("/api/{id}/x", Some("."), "lead elsewhere"),
        ("/api/x", Some("a"), "the path has no {id}"),
    ] {
        for client in [server.client(), Client::builder(format!("{}/prefix", server.url())).build().unwrap()] {
            let mut request = client.request(Method::GET, path);
            if let Some(id) = id {
                request = request.param("id", id);
            }
            let error = request.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path}");
            assert!(error.message().contains(words), "{path}: {error}");
            assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }
    let unwritable = std::collections::BTreeMap::from([(vec![1], 2)]);
    for (request, words) in [
        (client.request(Method::POST, "/api/x").json(&unwritable), "the body cannot be sent"),
        (client.request(Method::GET, "/api/x").header("a b", "c"), r#"the header "a b""#),
        (client.request(Method::GET, "/api/x").header("a", "b\nc"), r#"the header "a""#),
        (client.request(Method::GET, "/api/x").header("X-Api-Key", "other"), "ClientBuilder::api_key"),
    ] {
        let error = request.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains(words), "{error}");
    }
    assert!(server.take_requests().is_empty());
}

#[tokio::test]
async fn errors_name_method_and_path_as_written() {
    let server = Server::start(Reply::json(404, r#"{"message": "Chat not found"}"#)).await;
    let session = server.session();
    let error = session.request(Method::GET, PATH).param("chatId", CHAT).await.unwrap_err();
    assert_eq!(error.to_string(), format!("GET {PATH}: HTTP 404: Chat not found"));
    assert_eq!((error.kind(), error.operation()), (ErrorKind::NotFound, None));
    assert!(!format!("{error:?}").contains(CHAT), "{error:?}");
    // An operation with a literal segment wins over one with a parameter there.
    for (path, operation) in [
        ("/api/{session}/chats/{chatId}", "chats_delete"),
        ("/api/default/chats/11111111111@c.us/messages", "chats_clear_messages"),
    ] {
        let mut request = session.request(Method::DELETE, path);
        if path.contains("chatId") {
            request = request.param("chatId", CHAT);
        }
        let error = request.await.unwrap_err();
        assert_eq!(error.operation().map(waha::Operation::id), Some(operation), "{error}");
        assert_eq!(error.to_string(), format!("DELETE {path}: HTTP 404: Chat not found"));
    }
    let overview = session.request(Method::GET, "/api/{session}/chats/overview").await.unwrap_err();
    assert_eq!(overview.operation().map(waha::Operation::path), Some("/api/{session}/chats/overview"));
    let refused = session.request(Method::GET, "x").await.unwrap_err();
    assert!(refused.to_string().starts_with("GET x: the path has to begin"), "{refused}");
    server.set_reply(Reply::json(404, r#"{"message": "Cannot GET /api/default/new"}"#));
    assert_eq!(session.request(Method::GET, "/api/new").await.unwrap_err().kind(), ErrorKind::NotSupported);
}

#[tokio::test]
async fn only_repeatable_requests_are_retried() {
    let server = Server::start(Reply::json(503, "{}")).await;
    let retry = Retry::new().max_retries(1).min_delay(Duration::from_millis(1));
    let client = Client::builder(server.url()).options(RequestOptions::new().retry(retry)).build().unwrap();
    for (method, path, requests) in [
        // Unknown operations are not retried.
        (Method::GET, "/api/new", 1),
        (Method::HEAD, "/api/new", 1),
        (Method::OPTIONS, "/api/new", 1),
        (Method::GET, "/api/send%54ext", 1),
        (Method::OPTIONS, "/api/sendText", 1),
        (Method::POST, "/api/new", 1),
        (Method::PUT, "/api/new", 1),
        (Method::DELETE, "/api/new", 1),
        // For known operations the document decides, not the method.
        (Method::GET, "/api/sendText", 1),
        (Method::GET, "/API/SendTEXT", 1),
        (Method::PUT, "/api/default/profile/name", 2),
        (Method::POST, "/api/sendText", 1),
    ] {
        assert_eq!(
            client.request(method.clone(), path).json(&Value::Null).await.unwrap_err().kind(),
            ErrorKind::Server
        );
        assert_eq!(server.take_requests().len(), requests, "{method} {path}");
    }
    for (is_repeatable, requests) in [(true, 2), (false, 1)] {
        for path in ["/api/new", "/api/default/profile"] {
            client.request(Method::GET, path).repeatable(is_repeatable).await.unwrap_err();
            assert_eq!(server.take_requests().len(), requests, "{path} {is_repeatable}");
        }
    }
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hasty = Client::builder(format!("http://{}", slow.local_addr().unwrap())).timeout(Duration::from_millis(50));
    let error = hasty.build().unwrap().request(Method::GET, "/api/new").await.unwrap_err();
    assert_eq!(error.to_string(), "GET /api/new: no answer within 50ms");
}

#[test]
fn a_request_is_send_and_its_debug_hides_values() {
    fn check<T: Send + Sync + 'static>(value: T) -> T {
        value
    }
    let client = Client::builder("http://localhost:3000").build().unwrap();
    let request =
        check(client.request(Method::POST, "/api/{id}").param("id", "value").json("value").query("a", "value"));
    assert_eq!(format!("{request:?}"), r#"Request { method: POST, path: "/api/{id}", .. }"#);
    let sent: Box<dyn Send> = Box::new(request.send());
    drop(sent);
}
