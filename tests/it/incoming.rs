//! Answers of servers, engines and proxies that deviate from the document: nothing but the wrong part is lost.

use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use fastrand::Rng;
use serde_json::json;
use waha::{
    Client, Error, ErrorKind, Json, Method, RequestOptions, Retry, Session,
    views::{ChatEntry, GroupSummary},
};

use crate::{
    calls, chaos,
    support::{Reply, Server},
};

fn session(server: &Server) -> Session {
    let options = RequestOptions::new().retry(Retry::never());
    Client::builder(server.url()).options(options).build().unwrap().default_session()
}

#[tokio::test]
async fn a_lone_surrogate_is_replaced_and_nothing_else_is_lost() {
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    server.set_reply(Reply::json(
        200,
        r#"[{"name": "a\ud83d", "status": "WORKING"}, {"name": "b", "status": "WORKING"}]"#,
    ));
    let sessions = session.client().sessions().list().await.unwrap();
    assert_eq!((sessions.len(), sessions[0].name.as_str()), (2, "a\u{fffd}"));
    // Views, open JSON, a request to any path.
    server.set_reply(Reply::json(200, r#"[{"id": "1@c.us", "name": "\udc00 b"}]"#));
    assert_eq!(session.chats().list().await.unwrap()[0].name.as_deref(), Some("\u{fffd} b"));
    let answer = session.request(Method::GET, "/api/new").await.unwrap();
    assert_eq!(answer.get::<String>("/0/name").unwrap().as_deref(), Some("\u{fffd} b"));
    let json: Json = r#"{"body": "see you \ud83d", "n": 1e999}"#.parse().unwrap();
    assert_eq!(json.to_value().unwrap(), json!({ "body": "see you \u{fffd}", "n": null }));
    let json: Vec<Json> = serde_json::from_str(r#"["\ud83d"]"#).unwrap();
    assert_eq!(json[0].parse::<String>().unwrap(), "\u{fffd}");
    // Errors keep their kind.
    let body =
        r#"{"statusCode": 500, "exception": {"name": "Error", "message": "rate-overlimit \ud83d", "data": 1e999}}"#;
    server.set_reply(Reply::json(500, body));
    let error = session.chats().list().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::RateLimited, "rate-overlimit \u{fffd}"));
}

#[tokio::test]
async fn json_with_a_prefix_or_invalid_characters_is_read() {
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    for body in [
        b"\xef\xbb\xbf{\"count\": 3}".to_vec(),
        b")]}',\n{\"count\": 3}".to_vec(),
        b"\n\n \0{\"count\": 3}\0".to_vec(),
        b"{\"count\": 3, \"note\": \"line\nfeed \xff\"}".to_vec(),
        b"{\"count\": \"3\", \"x\": NaN}".to_vec(),
    ] {
        server.set_reply(Reply::json(200, &body));
        let count = session.lids().count().await;
        assert_eq!(count.unwrap().count, 3, "{}", String::from_utf8_lossy(&body));
    }
}

#[tokio::test]
async fn an_unsupported_content_encoding_is_named_in_the_error() {
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    for coding in ["gzip", "br", "deflate", "zstd", "identity, gzip", "X-GZIP"] {
        let headers = [("Content-Type", "text/html"), ("Content-Encoding", coding)];
        server.set_reply(Reply::with_headers(200, headers, b"\x1f\x8b\x08\0\0"));
        let errors = [
            session.groups().get_invite_code().id("1@g.us").await.unwrap_err(),
            session.lids().count().await.unwrap_err(),
            session.qr_png().await.unwrap_err(),
            session.sessions().delete().await.unwrap_err(),
        ];
        let name = coding.rsplit(' ').next().unwrap().to_lowercase();
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(error.message().contains(&name) && error.status().is_some(), "{error}");
        }
        server.set_reply(Reply::with_headers(503, headers, b"\x1f\x8b\x08\0\0"));
        let error = session.lids().count().await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::Server, "Service Unavailable"));
    }
    // Without the header, as some proxies do it.
    server.set_reply(Reply::new(200, Some("text/html"), b"\x1f\x8b\x08\0\0"));
    assert!(session.groups().get_invite_code().id("1@g.us").await.unwrap_err().message().contains("gzip"));
    server.set_reply(Reply::with_headers(200, [("Content-Encoding", "identity")], "code"));
    assert_eq!(session.groups().get_invite_code().id("1@g.us").await.unwrap().as_deref(), Some("code"));
}

#[tokio::test]
async fn an_html_page_is_an_error_for_every_operation() {
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    for page in [
        "<!doctype html><title>Log in</title>",
        "\u{feff}  <HTML lang=en><head><title>Log in</title></head>",
        "<!-- a proxy --><html><title>Log in</title></html>",
        "<?xml version=\"1.0\"?><html><head><title>Log in</title></head></html>",
        "<head><title>Log in</title></head>",
    ] {
        server.set_reply(Reply::new(200, Some("text/html"), page));
        for call in calls::all() {
            let error = (call.send)(session.clone()).await.expect_err(call.operation);
            assert_eq!(error.kind(), ErrorKind::Decode, "{}: {error}", call.operation);
            assert!(error.message().contains("(Log in)") && error.message().contains("base URL"), "{error}");
        }
        for error in [session.qr_png().await.unwrap_err(), session.qr_code().await.unwrap_err()] {
            assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Decode, Some(200)), "{error}");
        }
    }
}

#[tokio::test]
async fn errors_of_a_proxy_are_not_taken_for_errors_of_the_api() {
    let nginx = |title: &str| format!("<html>\r\n<head><title>{title}</title></head><body>{}</body>", "x".repeat(5000));
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    for (status, body, kind) in [
        (404, nginx("404 Not Found"), ErrorKind::Other),
        (404, "404 page not found\n".to_owned(), ErrorKind::Other),
        (404, String::new(), ErrorKind::Other),
        (404, r#"{"message":"no Route matched with those values"}"#.to_owned(), ErrorKind::Other),
        (404, r#"{"detail":"Not Found"}"#.to_owned(), ErrorKind::Other),
        (404, r#"{"timestamp":1,"status":404,"error":"Not Found","path":"/api"}"#.to_owned(), ErrorKind::Other),
        (405, nginx("405 Not Allowed"), ErrorKind::Other),
        (422, nginx("422"), ErrorKind::Other),
        (501, nginx("501 Not Implemented"), ErrorKind::Server),
        (400, nginx("400 The plain HTTP request was sent to HTTPS port"), ErrorKind::Configuration),
        (401, nginx("401 Authorization Required"), ErrorKind::Unauthorized),
        (403, nginx("403 Forbidden"), ErrorKind::Forbidden),
        (520, nginx("520: Web server is returning an unknown error"), ErrorKind::Server),
        (522, nginx("522: Connection timed out"), ErrorKind::Timeout),
        (524, nginx("524: A timeout occurred"), ErrorKind::Timeout),
    ] {
        server.set_reply(Reply::new(status, None, &body));
        for call in calls::all().iter().step_by(11) {
            let error = (call.send)(session.clone()).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{status} {}: {error}", call.operation);
            let said = error.to_string();
            assert!(said.contains("proxy") || said.contains("base URL"), "{said}");
            assert!(said.len() < 400 && !said.contains("<html"), "{said}");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        }
    }
    // A wrong path prefix in the base URL.
    let cannot = |path: &str| {
        Reply::json(
            404,
            json!({ "message": format!("Cannot GET {path}"), "error": "Not Found", "statusCode": 404 }).to_string(),
        )
    };
    for (path, kind) in [
        ("/waha/api/default/lids/count", ErrorKind::Configuration),
        ("/api/default/lids/count?a=b", ErrorKind::NotSupported),
    ] {
        server.set_reply(cannot(path));
        let error = session.lids().count().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(kind == ErrorKind::NotSupported || error.to_string().contains("base URL"), "{error}");
    }
    // The login of a proxy is not the API key.
    let login = [("WWW-Authenticate", "Basic realm=\"a\"")];
    for body in ["", "<html><title>401</title>", r#"{"message": "Unauthorized", "statusCode": 401}"#] {
        server.set_reply(Reply::with_headers(401, login, body));
        let said = session.lids().count().await.unwrap_err().to_string();
        assert!(said.contains("Basic") && !said.contains("wants an API key"), "{said}");
    }
}

#[tokio::test]
async fn error_texts_of_older_servers_get_their_kind() {
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    let refuse = |message: &str| {
        Reply::json(422, json!({ "statusCode": 422, "message": message, "error": "Unprocessable Entity" }).to_string())
    };
    for words in [
        "The method is not implemented by the engine.",
        "Sending a list is available only in Plus version. Check this out: https://waha.devlike.pro/",
    ] {
        server.set_reply(refuse(words));
        assert_eq!(session.lids().count().await.unwrap_err().kind(), ErrorKind::NotSupported, "{words}");
    }
    server.set_reply(refuse("Can request code only in SCAN_QR_CODE status. The current status is WORKING"));
    let error = session.auth().request_code().phone_number("11111111111").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionNotReady);
    assert_eq!(error.session_status().unwrap(), "WORKING");
    assert_eq!(error.expected_statuses(), ["SCAN_QR_CODE"]);
    server.set_reply(refuse("Session 'default' already exists."));
    assert_eq!(session.create().await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    server.set_reply(refuse("no such label"));
    assert_eq!(session.lids().count().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn the_error_for_an_empty_answer_says_that_it_is_empty() {
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = session(&server);
    for error in [session.sessions().get().await.unwrap_err(), session.chats().list().await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("empty"), "{error}");
        assert!(!error.message().contains("column"), "{error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    }
}

#[tokio::test]
async fn an_error_of_a_view_keeps_status_and_headers() {
    let server = Server::start(Reply::with_headers(201, [("X-Trace", "7")], "{}")).await;
    let session = session(&server);
    let errors = [
        session.chat("1@c.us").unwrap().send_text("hi").await.unwrap_err(),
        session.groups().get().id("1@g.us").await.unwrap_err(),
        session.qr_code().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.status().map(|status| status.as_u16()), Some(201), "{error}");
        assert_eq!(error.headers()["x-trace"], "7");
    }
}

#[tokio::test]
async fn one_odd_element_does_not_lose_a_list_of_views() {
    let chats: Json = r#"[{"id": "1@c.us", "timestamp": "1795835353"}, null, 5, {"id": "nobody"}, {"id": "2@c.us"}]"#
        .parse()
        .unwrap();
    let chats = ChatEntry::list(chats).unwrap();
    assert_eq!(chats.iter().map(|chat| chat.id.as_str()).collect::<Vec<_>>(), ["1@c.us", "2@c.us"]);
    assert_eq!(chats[0].timestamp, Some(1_795_835_353));
    let group: Json = r#"{"id": "1@g.us", "participants": [{"id": "1@c.us"}, {"admin": null}]}"#.parse().unwrap();
    assert_eq!(GroupSummary::try_from(group).unwrap().participants.len(), 1);
}

/// Nests an answer: in itself, in a list, and in a mixture.
fn nested(name: &str, depth: usize) -> [String; 3] {
    let object = format!("{{\"{name}\":");
    [
        format!("{}1{}", object.repeat(depth), "}".repeat(depth)),
        format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
        format!(
            "{{\"id\":\"1@g.us\",\"{name}\":{}[{}",
            format!("[{object}").repeat(depth / 2),
            "]".to_owned() + &"}]".repeat(depth / 2) + "}"
        ),
    ]
}

#[test]
fn no_answer_overflows_the_stack() {
    let test = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::start(Reply::json(200, "")).await;
            let session = session(&server);
            let mut errors = 0;
            for name in ["groupMetadata", "participants", "_data", "key"] {
                for depth in [2, 60, Json::MAX_DEPTH, 360, 50_000] {
                    for answer in nested(name, depth) {
                        for status in [200, 500] {
                            server.set_reply(Reply::json(status, &answer));
                            let is_long = depth > 1000;
                            for call in calls::all().iter().step_by(if is_long || status == 500 { 20 } else { 1 }) {
                                errors += usize::from((call.value)(session.clone()).await.is_err());
                            }
                        }
                    }
                }
            }
            println!("{errors} errors");
            server.set_reply(Reply::json(200, &nested("groupMetadata", 360)[0]));
            let error = session.groups().list().await.unwrap_err();
            assert!(error.message().contains("127 levels"), "{error}");
        });
    };
    // The default size of a thread's stack.
    std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(test).unwrap().join().unwrap();
}

#[tokio::test]
async fn server_text_in_errors_has_no_control_characters() {
    let hostile = "a\u{1b}[2J\r\nERROR forged\u{2028}b\u{202e}c\u{9b}d\u{200b}";
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    let text = json!(hostile).to_string();
    for reply in [
        Reply::json(
            422,
            format!(r#"{{"session": "a", "status": {text}, "expected": [{text}, {text}], "error": {text}}}"#),
        ),
        Reply::json(500, format!(r#"{{"exception": {{"name": {text}, "message": {text}}}}}"#)),
        Reply::json(400, format!(r#"{{"message": [{text}, {{{text}: 1}}]}}"#)),
        Reply::new(502, Some("text/html"), format!("<title>{hostile}</title>")),
        Reply::new(403, None, hostile),
        Reply::json(200, format!(r#"[{{{text}: {text}}}]"#)),
        Reply::json(200, text.clone()),
        Reply::with_headers(302, [("Location", "/\u{202e}x\u{2028}")], ""),
        Reply::new(200, Some("text/html"), format!("<title>{hostile}</title>")),
    ] {
        server.set_reply(reply);
        for call in calls::all().iter().step_by(7) {
            let Err(error) = (call.value)(session.clone()).await else { continue };
            let said = format!("{error}{error:?}{error:#?}");
            assert!(!said.contains(['\u{1b}', '\r', '\u{2028}', '\u{202e}', '\u{9b}', '\u{200b}']), "{said:?}");
            // `Debug` begins lines of its own, and none of the server's.
            assert!(!format!("{error}{error:#?}").contains('\n'), "{said:?}");
            let is_own = |line: &str| line.starts_with("Kind: ") || line.starts_with("Caused by: ");
            assert!(format!("{error:?}").lines().skip(2).all(is_own), "{said:?}");
            assert!(!error.message().contains(['\u{1b}', '\u{2028}', '\u{202e}', '\u{9b}']), "{said:?}");
        }
    }
}

#[tokio::test]
async fn an_error_is_useful_however_long_its_body_is() {
    let server = Server::start(Reply::json(200, "")).await;
    let session = session(&server);
    let file = "A".repeat(8 * 1024 * 1024);
    let bodies = [
        format!(
            r#"{{"statusCode": 500, "exception": {{"name": "Error", "message": "rate-overlimit"}}, "request": {{"body": {{"data": "{file}"}}}}}}"#
        ),
        format!(
            r#"{{"message": "rate-overlimit", "exception": {{"message": "rate-overlimit"}}, "details": [{}1]}}"#,
            "null,".repeat(2_000_000)
        ),
        format!(r#"{{"exception": {{"message": "rate-overlimit"}}, "expected": [{}"a"]}}"#, "\"x\",".repeat(1_000_000)),
    ];
    for body in bodies {
        server.set_reply(Reply::json(500, body));
        let start = Instant::now();
        let error = session.lids().count().await.unwrap_err();
        assert_eq!((error.kind(), error.message()), (ErrorKind::RateLimited, "rate-overlimit"));
        assert!(error.to_string().len() < 1000 && format!("{error:?}").len() < 2000);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
    for (text, kind) in [("message", ErrorKind::InvalidRequest), ("error", ErrorKind::InvalidRequest)] {
        server.set_reply(Reply::json(400, json!({ text: vec!["é".repeat(1000); 300] }).to_string()));
        let error = session.lids().count().await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.message().chars().count() <= 501, "{}", error.message().len());
    }
}

/// A secret in a form in which a server could repeat it.
fn form(secret: &str, rng: &mut Rng) -> String {
    let mixed = |rng: &mut Rng| -> String {
        let encode = |c: char, rng: &mut Rng| match rng.u8(..6) {
            0 => format!("\\u{:04x}", c as u32),
            1 => format!("\\u{:04X}", c as u32),
            2 => format!("%{:02x}", c as u32),
            3 => format!("%25{:02X}", c as u32),
            4 => format!("&#{};", c as u32),
            _ if c.is_ascii_alphanumeric() => c.to_string(),
            _ => format!("&#x{:x};", c as u32),
        };
        secret.chars().map(|c| encode(c, rng)).collect()
    };
    match rng.u8(..6) {
        0 => secret.to_owned(),
        1 => BASE64_STANDARD.encode(secret),
        2 => format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{secret}", "u".repeat(rng.usize(..4))))),
        3 => secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>().replace('%', "%25"),
        _ => mixed(rng),
    }
}

/// Everything that an error says.
fn said(error: &Error) -> String {
    let headers: Vec<_> = error
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    format!(
        "{error} {error:?} {} {:?} {headers:?} {:?} {:?} {:?} {:?}",
        error.message(),
        serde_json::to_string(&error.body()).unwrap(),
        error.json_path(),
        error.clipped_body(),
        error.session_status(),
        error.expected_statuses(),
    )
}

/// Removes every layer of encoding, to find a secret that is hidden in one.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..6 {
        text = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            let code = |text: Option<&str>, radix| u32::from_str_radix(text?, radix).ok().and_then(char::from_u32);
            let unicode = rest.strip_prefix("\\u").and_then(|rest| code(rest.get(..4), 16)).map(|c| (c, 6));
            let entity = rest.strip_prefix("&#").and_then(|rest| {
                let end = rest.find(';')?;
                let (digits, radix) = rest[..end].strip_prefix('x').map_or((&rest[..end], 10), |hex| (hex, 16));
                code(Some(digits), radix).map(|c| (c, end + 3))
            });
            let escape = (c == '\\').then(|| rest[1..].chars().next().map(|c| (c, 1 + c.len_utf8()))).flatten();
            let (c, length) = unicode.or(entity).or(escape).unwrap_or((c, c.len_utf8()));
            plain.push(c);
            rest = &rest[length..];
        }
        text = plain;
    }
    text
}

#[tokio::test]
async fn a_secret_is_hidden_in_every_encoding_and_place() {
    const KEY: &str = "marker-of/the+key=0123456789";
    let seed = chaos::seed();
    println!("WAHA_CHAOS_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let server = Server::start(Reply::json(200, "")).await;
    let options = RequestOptions::new().retry(Retry::never());
    let session = Client::builder(server.url()).api_key(KEY).options(options).build().unwrap().default_session();
    let base64: Vec<_> =
        (0..3).map(|shift| BASE64_STANDARD.encode(format!("{}{KEY}", "u".repeat(shift)))[4..16].to_owned()).collect();
    let calls = calls::all();
    let mut errors = 0;
    for round in 0..200 {
        let mut texts =
            [(); 4].map(|()| format!("{}{}", ["", "x ", "a=", "\"", "{"][rng.usize(..5)], form(KEY, &mut rng)));
        if rng.bool() {
            texts[1] = "x".repeat(rng.usize(2000..2060)) + &texts[1];
        }
        let [a, b, c, d] = texts.each_ref().map(|text| json!(text).to_string());
        // JSON escapes, both as syntax and within a text.
        let raw: String =
            KEY.chars().map(|c| if rng.bool() { format!("\\u{:04x}", c as u32) } else { c.to_string() }).collect();
        let reply = match rng.u8(..9) {
            0 => Reply::json(
                422,
                format!(r#"{{"session": {a}, "status": {b}, "expected": [{c}, "{raw}"], "error": {d}}}"#),
            ),
            1 => Reply::json(
                500,
                format!(
                    r#"{{"exception": {{"message": {a}, "stack": "{raw}", "data": 1e999}}, "request": {{{b}: {c}, "body": {{"x": {d}}}}}, "version": "\ud83d"}}"#
                ),
            ),
            2 => Reply::json(400, format!(r#"{{"message": [{a}, {{{b}: "{raw}"}}], "unknown": {c}"#)),
            3 => Reply::new(403, None, format!("{} {raw}", texts[0])),
            4 => Reply::new(502, Some("text/html"), format!("<title>{}</title>", texts[0].replace('<', ""))),
            5 => Reply::json(200, format!(r#"[[{a}, "{raw}", {{{b}: [{c}"#)),
            6 => Reply::json(200, format!(r#"{{"id": {a}, "key": {{"id": "{raw}"}}, {b}: {c}}}"#)),
            7 => Reply::json(201, a.clone()),
            _ => {
                let value = percent_encoding::utf8_percent_encode(KEY, percent_encoding::NON_ALPHANUMERIC).to_string();
                Reply::with_headers(302, [("Location", format!("/?a={value}").as_str()), ("marker-of-x", KEY)], "")
            }
        };
        server.set_reply(reply);
        for call in calls.iter().skip(round % 13).step_by(13) {
            let Err(error) = (call.value)(session.clone()).await else { continue };
            let said = said(&error);
            let plain = decoded(&said).to_lowercase();
            let is_shown = plain.contains("marker-of/the") || base64.iter().any(|base64| said.contains(base64));
            assert!(!is_shown, "{}, round {round}, seed {seed}: {said}", call.operation);
            errors += 1;
        }
    }
    println!("{errors} errors");
    assert!(errors > 500, "{errors}");
}

#[tokio::test]
async fn a_long_list_of_unreadable_elements_is_a_decode_error() {
    let text = format!("[{}null]", "null,".repeat(10_000_000));
    let start = Instant::now();
    let json: Json = text.parse().unwrap();
    let error = ChatEntry::list(json).unwrap_err();
    assert_eq!((error.kind(), error.json_path()), (ErrorKind::Decode, Some("[0]")));
    println!("{:?}", start.elapsed());
}
