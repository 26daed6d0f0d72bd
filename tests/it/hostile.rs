//! Hostile values in paths, queries, headers, bodies and files: the server receives exactly the value, or the call is
//! refused before anything is sent. No value adds or changes a path segment, header, query or member of the body.
//!
//! The stand-in, a complete HTTP server, records what it received.

use std::fmt::Debug;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use fastrand::Rng;
use futures_util::FutureExt;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use waha::{Client, Error, ErrorKind, Media, Method, Session, types};
use waha_sim::{Recorded, Server};

use crate::{chaos, support};

const CHAT: &str = "11111111111@c.us";
const GROUP: &str = "111111111111111111@g.us";

/// Hostile values, short and long.
fn values() -> Vec<String> {
    let short = [
        "",
        " ",
        " a ",
        "\t",
        "\r\n",
        "a\r\nX-Evil: 1",
        "a\nX-Evil: 1",
        "\r\n\r\nGET /evil HTTP/1.1\r\nHost: evil\r\n\r\n",
        " HTTP/1.1\r\nX-Evil: 1\r\n\r\n",
        "\0",
        "a\0b",
        "\u{7f}",
        "\u{85}",
        "\u{1b}[31m",
        ".",
        "..",
        "...",
        "../../x",
        "..\\..\\x",
        "%2e",
        "%2e%2E",
        "%2e%2e%2f",
        "%252e%252e%252f",
        "%00",
        "%0d%0aX-Evil:%201",
        "%",
        "%zz",
        "%u002e",
        "/",
        "//",
        "//evil.example/x",
        "/../",
        "\\",
        "\\\\evil.example\\x",
        "a/b",
        "http://evil.example/",
        "@evil.example",
        "a@evil.example:80/x",
        "?",
        "a?b=c",
        "#",
        "a#b",
        "&",
        "a&session=other",
        "=",
        ";",
        "a;b=c",
        ",",
        "+",
        "a+b",
        "*",
        "\"",
        "'",
        "`",
        "\\\"",
        "\"}, \"session\": \"other\", {\"",
        "\\u0022",
        "null",
        "{}",
        "{session}",
        "{chatId}",
        "[]",
        "$ref",
        "__proto__",
        "<!DOCTYPE html>",
        "é",
        "🦀",
        "👩\u{200d}👩\u{200d}👧",
        "\u{202e}evil",
        "\u{2066}rtl\u{2069}",
        "\u{200f}",
        "\u{feff}",
        "\u{2028}",
        "\u{a0}",
        "\u{ff0e}\u{ff0e}\u{ff0f}",
        "\u{2024}\u{2024}",
        "\u{fffd}",
        "\u{10ffff}",
    ];
    let long = ["a".repeat(20_000), "a".repeat(MEBIBYTE), "é/\"\r\n\\".repeat(MEBIBYTE / 8)];
    short.into_iter().map(str::to_owned).chain(long).collect()
}

const MEBIBYTE: usize = 1024 * 1024;

/// The beginning, for messages.
fn start(value: &str) -> String {
    format!("{:?}", value.chars().take(60).collect::<String>())
}

/// A server, and what arrives there.
struct Eye {
    server: Server,
    session: Session,
    seen: usize,
}

impl Eye {
    async fn open() -> Self {
        let server = Server::builder().session("default").start().await.expect("a port");
        let session = client(&server).build().expect("a client").default_session();
        Self { server, session, seen: 0 }
    }

    /// The request that a call has sent; `None` where it was refused. The answer does not matter.
    fn sent<T: Debug>(&mut self, value: &str, result: Result<T, Error>) -> Option<Recorded> {
        let requests = self.server.requests();
        let new = &requests[self.seen..];
        self.seen = requests.len();
        let value = start(value);
        match (new, result) {
            ([], Err(error)) => {
                assert!(
                    matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::Configuration),
                    "{value}: {error:?}"
                );
                assert_eq!(error.status(), None, "{value}");
                let said = error.to_string();
                assert!(said.len() < 2000 && !said.contains(['\r', '\n', '\0']), "{value}: {said:?}");
                None
            }
            ([request], _) => {
                const USUAL: [&str; 7] = [
                    "accept",
                    "content-length",
                    "content-type",
                    "host",
                    "transfer-encoding",
                    "user-agent",
                    "x-api-key",
                ];
                let host = self.server.url().trim_start_matches("http://");
                assert_eq!(request.headers["host"], host, "{value}");
                let unusual: Vec<_> = request.headers.keys().filter(|name| !USUAL.contains(&name.as_str())).collect();
                assert!(unusual.is_empty(), "{value}: {unusual:?}");
                Some(request.clone())
            }
            (new, result) => panic!("{value}: {} requests arrived: {result:?}", new.len()),
        }
    }
}

fn client(server: &Server) -> waha::ClientBuilder {
    Client::builder(server.url())
}

/// What stands between the slashes of a path, read as the server does.
fn segments(request: &Recorded) -> Vec<String> {
    let segments = query(request).0.split('/').skip(1);
    segments.map(|segment| percent_decode_str(segment).decode_utf8().expect("UTF-8").into_owned()).collect()
}

/// Path, and query as the server reads it.
fn query(request: &Recorded) -> (&str, Vec<(String, String)>) {
    let (path, query) = request.path_and_query.split_once('?').unwrap_or((&request.path_and_query, ""));
    (path, url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

fn body(request: &Recorded) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn hostile_ids_of_handles_arrive_unchanged_or_are_refused() {
    let mut eye = Eye::open().await;
    let session = eye.session.clone();
    let is_plain = |id: &str, servers: &[&str]| {
        let (user, server) = id.split_once('@').expect("an @");
        user.chars().all(|c| c.is_ascii_digit() || c == '-') && servers.contains(&server)
    };
    let (mut sent, mut refused) = (0, 0);
    for value in values() {
        for id in [
            value.clone(),
            format!("{value}@c.us"),
            format!("{value}@lid"),
            format!("{value}@g.us"),
            format!("{value}@newsletter"),
            format!("{value}@elsewhere"),
            format!("a@{value}"),
            format!("11111111111{value}@c.us"),
            format!("11111111111@c.us{value}"),
        ] {
            // These ids consist of digits, so that nothing of a hostile value can remain in them.
            if let Ok(contact) = session.contact(&id) {
                assert!(is_plain(contact.id().as_str(), &["c.us", "lid"]), "{}: {contact:?}", start(&id));
            }
            if let Ok(group) = session.group(&id) {
                assert!(is_plain(group.id().as_str(), &["g.us"]), "{}: {group:?}", start(&id));
            }
            if let Ok(channel) = session.channel(&id) {
                assert!(is_plain(channel.id().as_str(), &["newsletter"]), "{}: {channel:?}", start(&id));
            }
            let chat = match session.chat(&id) {
                Ok(chat) => chat,
                Err(error) => {
                    assert!(eye.sent::<()>(&id, Err(error)).is_none());
                    refused += 1;
                    continue;
                }
            };
            let is_kept = chat.id().as_str().eq_ignore_ascii_case(id.trim());
            assert!(is_kept || is_plain(chat.id().as_str(), &["c.us", "lid"]), "{}: {chat:?}", start(&id));
            let result = chat.picture().send().await;
            let Some(request) = eye.sent(&id, result) else { continue };
            assert_eq!(request.operation, Some("chats_get_picture"), "{}", request.path_and_query);
            assert_eq!(segments(&request), ["api", "default", "chats", chat.id().as_str(), "picture"]);
            assert!(query(&request).1.is_empty());
            sent += 1;
        }
    }
    println!("{sent} sent, {refused} refused");
    assert!(sent > 50 && refused > 50);
}

#[tokio::test]
async fn hostile_path_values_stay_in_one_segment() {
    let mut eye = Eye::open().await;
    let session = eye.session.clone();
    let mut sent = 0;
    for value in values() {
        let value = value.as_str();
        for (call, operation, path) in [
            (
                async { session.channels().get().id(value).send().await.map(drop) }.boxed(),
                "channels_get",
                vec!["api", "default", "channels", value],
            ),
            (
                async { session.channels().preview_messages().id(value).send().await.map(drop) }.boxed(),
                "channels_preview_messages",
                vec!["api", "default", "channels", value, "messages", "preview"],
            ),
            (
                async { session.labels().delete().label_id(value).send().await.map(drop) }.boxed(),
                "labels_delete",
                vec!["api", "default", "labels", value],
            ),
        ] {
            let Some(request) = eye.sent(value, call.await) else { continue };
            assert_eq!(request.operation, Some(operation), "{}", start(value));
            assert_eq!(segments(&request), path);
            assert!(query(&request).1.is_empty());
            sent += 1;
        }
    }
    assert!(sent > 150, "{sent}");
    // In a request to any path: at both ends of the path, and twice.
    for value in values() {
        let value = value.as_str();
        let request = session.request(Method::GET, "/{a}/{session}/{b}/{a}").param("a", value).param("b", CHAT);
        if let Some(request) = eye.sent(value, request.await) {
            assert_eq!(segments(&request), [value, "default", CHAT, value]);
        }
        let result = session.request(Method::GET, "/api/{session}/x").param("session", value).await;
        if let Some(request) = eye.sent(value, result) {
            assert_eq!(segments(&request), ["api", value, "x"]);
        }
        // A hostile name of a parameter is refused, because the path does not contain it.
        let result = session.request(Method::GET, "/api/{a}").param("a", "b").param(value, "c").await;
        assert!(eye.sent(value, result).is_none(), "{}", start(value));
    }
}

#[tokio::test]
async fn hostile_query_values_stay_one_value() {
    let mut eye = Eye::open().await;
    let session = eye.session.clone();
    let mut sent = 0;
    for value in values() {
        let value = value.as_str();
        let result = session.groups().get_join_info().code(value).send().await;
        if let Some(request) = eye.sent(value, result) {
            assert_eq!(query(&request), ("/api/default/groups/join-info", vec![pair("code", value)]));
            assert_eq!(request.operation, Some("groups_get_join_info"));
            sent += 1;
        }
        let request = session.request(Method::GET, "/api/{session}/chats").query("limit", value).query(value, value);
        if let Some(request) = eye.sent(value, request.query("offset", 1).await) {
            let expected = vec![pair("limit", value), pair(value, value), pair("offset", "1")];
            assert_eq!(query(&request), ("/api/default/chats", expected));
            assert_eq!(request.operation, Some("chats_list"));
        }
    }
    assert!(sent > 70, "{sent}");
}

#[tokio::test]
async fn hostile_body_values_stay_one_string() {
    let mut eye = Eye::open().await;
    let session = eye.session.clone();
    let (chat, group) = (session.chat(CHAT).expect("an id"), session.group(GROUP).expect("an id"));
    let metadata = |value: &str| types::SessionConfig {
        metadata: Some([(value.to_owned(), value.to_owned())].into()),
        ..types::SessionConfig::default()
    };
    for value in values() {
        let value = value.as_str();
        let (session_name, chat_id) = ("default", CHAT);
        for (call, path, expected) in [
            (
                async { chat.send_text(value).send().await.map(drop) }.boxed(),
                "/api/sendText",
                json!({ "session": session_name, "chatId": chat_id, "text": value }),
            ),
            (
                async { chat.set_reaction("AAAA", value).send().await.map(drop) }.boxed(),
                "/api/reaction",
                json!({ "session": session_name, "messageId": "AAAA", "reaction": value }),
            ),
            (
                async {
                    chat.send_poll(types::Poll::builder().name(value).options([value, "b"])).send().await.map(drop)
                }
                .boxed(),
                "/api/sendPoll",
                json!({
                    "session": session_name,
                    "chatId": chat_id,
                    "poll": { "name": value, "options": [value, "b"] },
                }),
            ),
            (
                async { session.create_group(value, ["11111111111@c.us"]).send().await.map(drop) }.boxed(),
                "/api/default/groups",
                json!({ "name": value, "participants": [{ "id": "11111111111@c.us" }] }),
            ),
            (
                async { group.set_description(value).send().await.map(drop) }.boxed(),
                "/api/default/groups/111111111111111111%40g.us/description",
                json!({ "description": value }),
            ),
            (
                async { session.join_group(value).send().await.map(drop) }.boxed(),
                "/api/default/groups/join",
                json!({ "code": value }),
            ),
            (
                async { session.sessions().update().config(metadata(value)).send().await.map(drop) }.boxed(),
                "/api/sessions/default",
                json!({ "config": { "metadata": { value: value } } }),
            ),
            (
                async {
                    session.request(Method::POST, "/api/{session}/new").json(&json!({ value: value })).await.map(drop)
                }
                .boxed(),
                "/api/default/new",
                json!({ value: value }),
            ),
        ] {
            let sent = eye.sent(value, call.await);
            let request = sent.unwrap_or_else(|| panic!("{} is refused: {path}", start(value)));
            assert_eq!(request.path_and_query, path);
            assert!(body(&request) == expected, "{path}: {}: {}", start(value), start(&body(&request).to_string()));
        }
    }
}

/// The body of an upload is assembled from pieces; a value must not end its piece.
#[tokio::test]
async fn hostile_file_names_leave_the_body_intact() {
    let mut eye = Eye::open().await;
    let session = eye.session.clone();
    let folder = support::Folder::new();
    let path = folder.file("null", b"\"null\", null");
    let (mut named, mut typed) = (0, 0);
    for value in values() {
        let value = value.as_str();
        let send = |media: Media| session.chatting().send_file().chat_id(CHAT).file(media).caption(value).send();
        for (media, content) in [
            (Media::bytes(value.as_bytes().to_vec()), value.as_bytes()),
            (Media::path(&path), b"\"null\", null".as_slice()),
        ] {
            let result = send(media.filename(value).mime_type("text/plain")).await;
            let Some(request) = eye.sent(value, result) else { continue };
            let data = BASE64_STANDARD.encode(content);
            let expected = json!({
                "session": "default",
                "chatId": CHAT,
                "caption": value,
                "file": { "filename": value, "mimetype": "text/plain", "data": data },
            });
            assert!(body(&request) == expected, "{}: {}", start(value), start(&body(&request).to_string()));
            named += 1;
        }
        if value.len() > 100_000 {
            continue;
        }
        let result = send(Media::bytes("a").filename("a").mime_type(value)).await;
        if let Some(request) = eye.sent(value, result) {
            assert_eq!(body(&request)["file"]["mimetype"], *value, "{}", start(value));
            typed += 1;
        }
        let result = send(Media::url(value)).await;
        if let Some(request) = eye.sent(value, result) {
            assert_eq!(body(&request)["file"]["url"], *value, "{}", start(value));
            assert_eq!(body(&request)["caption"], *value, "{}", start(value));
        }
    }
    assert!(named > 100 && typed > 0, "{named} {typed}");
}

#[tokio::test]
async fn hostile_header_values_add_no_header() {
    let mut eye = Eye::open().await;
    let session = eye.session.clone();
    let (mut keys, mut headers) = (0, 0);
    for value in values() {
        let value = value.as_str();
        // A server may refuse a header of this size.
        if value.len() >= 20_000 && value.is_ascii() && !value.contains(char::is_control) {
            continue;
        }
        let result = match client(&eye.server).api_key(value).build() {
            Ok(client) => client.observability().ping().send().await.map(drop),
            Err(error) => Err(error),
        };
        if let Some(request) = eye.sent(value, result) {
            let sent: Vec<_> = request.headers.get_all("x-api-key").iter().collect();
            assert!(sent.len() == 1 && sent[0].as_bytes() == value.as_bytes(), "{}: {sent:?}", start(value));
            keys += 1;
        }
        let result = session.request(Method::GET, "/ping").header("accept", value).await;
        if let Some(request) = eye.sent(value, result) {
            let sent: Vec<_> = request.headers.get_all("accept").iter().collect();
            assert!(sent.len() == 1 && sent[0].as_bytes() == value.as_bytes(), "{}: {sent:?}", start(value));
            headers += 1;
        }
    }
    assert!(keys > 20 && headers > 20, "{keys} {headers}");
    // A text that is not a valid header name is refused.
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    for name in values() {
        if name.is_empty() || !name.chars().all(is_token) || name.len() == MEBIBYTE {
            let result = session.request(Method::GET, "/ping").header(&name, "1").await;
            assert!(eye.sent(&name, result).is_none(), "{}", start(&name));
        }
    }
}

/// Headers that determine the length, the connection or the destination of a request.
#[tokio::test]
async fn headers_that_frame_or_route_a_request_are_refused() {
    let mut eye = Eye::open().await;
    let session = eye.session.clone();
    for (name, value) in [
        ("content-length", "0"),
        ("Content-Length", "3"),
        ("content-length", "1000000"),
        ("content-length", "0, 0"),
        ("transfer-encoding", "chunked"),
        ("Transfer-Encoding", "gzip"),
        ("connection", "x-api-key"),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("host", "evil.example"),
        ("HOST", ""),
        ("trailer", "x-evil"),
    ] {
        let request = session.request(Method::POST, "/api/sendText").json(&json!({ "text": "a" })).header(name, value);
        let result = request.await;
        let said = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
        assert!(eye.sent(name, result).is_none(), "{name}: {value}");
        assert!(said.contains("the connection's own"), "{said}");
    }
}

#[tokio::test]
async fn hostile_session_names_are_refused() {
    let server = Server::builder().start().await.expect("a port");
    let anybody = client(&server).build().expect("a client");
    for value in values() {
        // Some values are valid names.
        if value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') && (1..=54).contains(&value.len()) {
            continue;
        }
        for name in [value.clone(), format!("a{value}"), format!("{value}a")] {
            if name == "a" {
                continue;
            }
            let error = anybody.session(name.as_str()).expect_err(&start(&name));
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.message().len() < 1000);
            let error = client(&server).session(name.as_str()).build().expect_err(&start(&name));
            assert_eq!(error.kind(), ErrorKind::Configuration);
        }
    }
    assert!(server.requests().is_empty());
}

/// Paths of random pieces, in a request to any path.
#[tokio::test]
async fn random_paths_arrive_unchanged_or_are_refused() {
    const PIECES: [&str; 26] = [
        "/", "/", "/", "a", "api", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "%00", "%", "\\", "?", "#", "&", ":", "@",
        ";", "=", "\t", "\r\n", " ", "é", "\u{202e}",
    ];
    let seed = chaos::seed();
    println!("WAHA_CHAOS_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let server = support::Server::start(support::Reply::json(200, "{}")).await;
    let prefixed = Client::builder(format!("{}/waha", server.url())).build().expect("a client");
    let (mut sent, mut refused) = (0, 0);
    for _ in 0..1000 {
        let path: String = (0..random.usize(1..7)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
        let path = format!("/{path}");
        let result = prefixed.request(Method::GET, path.as_str()).await;
        match (server.take_requests().as_slice(), result) {
            ([], Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path:?}, seed {seed}: {error}");
                refused += 1;
            }
            ([request], Ok(_)) => {
                assert_eq!(request.target, format!("/waha{path}"), "seed {seed}");
                let is_dots =
                    |segment: &str| matches!(&*percent_decode_str(segment).decode_utf8_lossy(), "" | "." | "..");
                assert!(!path.split('/').skip(1).any(is_dots), "{path:?}, seed {seed}");
                sent += 1;
            }
            (requests, result) => panic!("{path:?}, seed {seed}: {requests:?}, {result:?}"),
        }
    }
    println!("{sent} sent, {refused} refused");
    assert!(sent > 50 && refused > 300, "{sent} {refused}");
}
