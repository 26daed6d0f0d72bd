//! What is read, and what is refused.

use std::io::Write as _;

use httpmock::MockServer;

use super::*;

const NONE: Credentials = Credentials { api_key: None, user: None };
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"version": "1"}, "paths": {"/a": {}}}"#;

fn error(source: &str, credentials: &Credentials) -> String {
    format!("{:#}", read(source, credentials).err().expect("refused"))
}

#[test]
fn a_file_is_read_and_called_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("waha.json");
    std::fs::write(&path, DOCUMENT).unwrap();
    let fetched = read(path.to_str().unwrap(), &NONE).unwrap();
    assert_eq!((fetched.label.as_str(), fetched.bytes.as_slice()), ("waha.json", DOCUMENT.as_bytes()));
    assert!(error("/nowhere/at/all.json", &NONE).contains("cannot read /nowhere/at/all.json"));
}

#[test]
fn the_document_of_a_server_is_at_json() {
    for (source, url) in [
        ("http://a:3000", "http://a:3000/-json"),
        ("http://a/waha/", "http://a/waha/-json"),
        ("http://a/-json", "http://a/-json"),
        ("https://a/docs/openapi.json", "https://a/docs/openapi.json"),
    ] {
        assert_eq!(document_url(source).unwrap().as_str(), url);
    }
    assert!(document_url("http://name:password@a").is_err());
}

#[test]
fn a_server_is_asked_with_credentials() {
    let server = MockServer::start();
    server.mock(|when, then| {
        when.path("/-json").header("X-Api-Key", "key").header("Authorization", "Basic bmFtZTpwYXNz");
        then.body(DOCUMENT);
    });
    server.mock(|when, then| {
        when.path("/-json");
        then.status(401);
    });
    let credentials = Credentials { api_key: Some("key".into()), user: Some("name:pass".into()) };
    let fetched = read(&server.base_url(), &credentials).unwrap();
    assert_eq!(fetched.label, server.url("/-json"));
    assert!(error(&server.base_url(), &NONE).contains("--user NAME:PASSWORD"));
}

#[test]
fn answers_that_are_no_document_are_refused() {
    let server = MockServer::start();
    for (path, body, expected) in [
        ("/page.json", "<html></html>", "answers with a web page, and not with a document"),
        ("/text.json", "nonsense", "it is not JSON"),
        ("/other.json", "{}", "no OpenAPI document"),
        ("/two.json", r#"{"swagger": "2.0"}"#, "it is Swagger \"2.0\""),
        ("/new.json", r#"{"openapi": "3.2.0", "paths": {}}"#, "it is OpenAPI 3.2.0; 3.0 and 3.1 can be imported"),
        ("/empty.json", r#"{"openapi": "3.0.0", "paths": {}}"#, "it has no paths"),
        (
            "/nameless.json",
            r#"{"openapi": "3.0.0", "paths": {"/a": {}}, "info": {"version": 1}}"#,
            "no text in info.version",
        ),
    ] {
        server.mock(|when, then| {
            when.path(path);
            then.body(body);
        });
        let error = error(&server.url(path), &NONE);
        assert!(error.contains(expected), "{error}");
    }
    let error = error(&server.url("/nothing.json"), &NONE);
    assert!(error.contains("answers 404"), "{error}");
}

#[test]
fn a_key_goes_to_one_server_and_into_no_file() {
    let (server, other) = (MockServer::start(), MockServer::start());
    let elsewhere = other.mock(|when, then| {
        when.path("/-json");
        then.body(DOCUMENT);
    });
    server.mock(|when, then| {
        when.path("/away.json");
        then.status(302).header("Location", other.url("/-json"));
    });
    server.mock(|when, then| {
        when.path("/here.json").query_param("x-api-key", "key");
        then.body(DOCUMENT);
    });
    let credentials = Credentials { api_key: Some("key".into()), user: None };
    let error = error(&server.url("/away.json"), &credentials);
    assert!(error.contains("give the address of the document"), "{error}");
    assert_eq!(elsewhere.calls(), 0);
    let fetched = read(&server.url("/here.json?x-api-key=key"), &NONE).unwrap();
    assert_eq!(fetched.label, server.url("/here.json"));
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = error(&format!("http://127.0.0.1:{port}"), &NONE);
    assert!(error.contains("cannot connect to") && error.contains("is the server running"), "{error}");
}

/// Serves one answer of raw bytes, and keeps the connection open.
fn raw(answer: Vec<u8>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/-json", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
        let _ = stream.write_all(&answer);
        std::thread::sleep(Duration::from_secs(5));
    });
    url
}

fn error_within(source: &str, limits: Limits) -> String {
    format!("{:#}", read_within(source, &NONE, limits).err().expect("refused"))
}

#[test]
fn a_server_that_does_not_end_its_answer_is_left() {
    let limits = Limits { time: Duration::from_millis(200), ..LIMITS };
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"openapi\":"] {
        let error = error_within(&raw(answer.into()), limits);
        assert!(error.contains("did not answer in full within 0.2 s"), "{error}");
    }
}

#[test]
fn a_document_larger_than_the_limit_is_refused() {
    let limits = Limits { size: 100, ..LIMITS };
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &b" ".repeat(1000)].concat();
    let error = error_within(&raw(endless), limits);
    assert!(error.contains("answers with more than 100 bytes, the limit"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("waha.json");
    std::fs::write(&path, " ".repeat(101)).unwrap();
    let error = file(&path, limits).unwrap_err().to_string();
    assert!(error.contains("larger than 100 bytes, the limit"), "{error}");
    assert_eq!(size(LIMITS.size), "64 MiB");
}

#[test]
fn a_coding_that_was_not_asked_for_is_named() {
    let server = MockServer::start();
    for (path, coding) in [("/a.json", "gzip"), ("/b.json", "identity, br"), ("/d.json", "identity")] {
        server.mock(|when, then| {
            when.path(path);
            then.header("Content-Encoding", coding).body(DOCUMENT);
        });
    }
    for (path, named) in [("/a.json", "Content-Encoding: gzip"), ("/b.json", "Content-Encoding: identity, br")] {
        let error = error(&server.url(path), &NONE);
        assert!(error.contains(named) && error.contains("curl --compressed"), "{error}");
    }
    assert!(read(&server.url("/d.json"), &NONE).is_ok());
    assert!(parse(b"\x1f\x8b\x08").unwrap_err().to_string().contains("gunzip"));
}

#[test]
fn a_page_of_somebody_else_is_named_by_its_title() {
    let server = MockServer::start();
    let page = "<!DOCTYPE html><html><head><TITLE lang=en>\n Sign\u{1b}[31m in \n</TITLE></head>secret</html>";
    for (path, status) in [("/ok.json", 200), ("/away.json", 404), ("/in.json", 401)] {
        server.mock(|when, then| {
            when.path(path);
            then.status(status).body(page);
        });
        let error = error(&server.url(path), &NONE);
        assert!(error.contains("with a web page, \"Sign\\u{1b}[31m in\""), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    server.mock(|when, then| {
        when.path("/nothing.json");
        then.status(204);
    });
    let error = error(&server.url("/nothing.json"), &NONE);
    assert!(error.contains("answers 204 No Content with an empty body"), "{error}");
}

#[test]
fn credentials_are_not_shown() {
    let credentials = Credentials { api_key: Some("secret".into()), user: Some("name:secret".into()) };
    assert!(!format!("{credentials:?}").contains("secret"));
}
