//! Values in paths arrive unchanged or are refused.

use waha::ErrorKind;

use crate::support::{Reply, Server};

/// Decodes a segment of a path, as the server does.
fn decoded(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [a, b, tail @ ..]) => {
                let hex = std::str::from_utf8(&[*a, *b]).map(|hex| u8::from_str_radix(hex, 16)).unwrap().unwrap();
                bytes.push(hex);
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn path_values_arrive_unchanged() {
    let server = Server::start(Reply::json(200, "[]")).await;
    let session = server.session();
    for value in [
        "11111111111@c.us",
        "a/b",
        "../../sessions",
        "a?b=c",
        "a#b",
        "a%2Fb",
        "%2e%2e",
        "100%",
        "a b",
        "a+b",
        "a;b",
        "a\r\nX-Evil: 1",
        "a\tb",
        "\u{0}",
        "\u{7f}",
        "grün",
        "🦀",
        "\u{202e}rtl",
        "\"'<>`{}|^[]",
        "...",
        ". .",
        "~",
        "a\\b",
        "..\\..\\other\\chats\\victim",
        "y\\..\\z",
        "a;b=c",
        "a:b@c",
    ] {
        let preview = session.channels().preview_messages().id(value);
        preview.send().await.unwrap_or_else(|error| panic!("{value:?}: {error}"));
        let request = server.only_request();
        let segments: Vec<_> = request.path().split('/').collect();
        assert_eq!(segments.len(), 7, "{value:?}: {}", request.target);
        assert_eq!((segments[2], segments[3], segments[5]), ("default", "channels", "messages"), "{value:?}");
        assert_eq!(decoded(segments[4]), value, "{}", request.target);
        assert_eq!(request.header("x-evil"), None);
    }
}

#[tokio::test]
async fn path_values_that_change_the_path_are_refused() {
    let server = Server::start(Reply::json(200, r#"{"url": null}"#)).await;
    for url in [server.url().to_owned(), format!("{}/waha", server.url())] {
        let client = waha::Client::builder(url).build().unwrap();
        let session = client.session("default").unwrap();
        for value in ["", ".", ".."] {
            for error in [
                session.channels().preview_messages().id(value).send().await.unwrap_err(),
                // At the end of the path, where a segment of dots would be removed.
                session.channels().get().id(value).send().await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{value:?}");
                assert!(error.message().contains("it would lead elsewhere"), "{error}");
            }
            for error in [
                session.groups().get().id(value).send().await.unwrap_err(),
                session.chats().get_message().chat_id("1@c.us").message_id(value).send().await.unwrap_err(),
            ] {
                assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{value:?}");
            }
        }
    }
    let requests = server.take_requests();
    assert!(requests.is_empty(), "{requests:?}");
}

#[tokio::test]
async fn query_and_body_carry_any_text() {
    let server = Server::start(Reply::json(200, "{}")).await;
    let session = server.session();
    for value in ["..", "a&session=other", "a=b#c", "a\r\nb", "\u{0}", "🦀", ""] {
        session.groups().get_join_info().code(value).send().await.unwrap();
        let request = server.only_request();
        assert_eq!(request.path(), "/api/default/groups/join-info");
        assert_eq!(request.query(), [("code".to_owned(), value.to_owned())]);
        session.chatting().send_text().chat_id("1@c.us").text(value).send().await.unwrap();
        let request = server.only_request();
        assert_eq!(request.json(), serde_json::json!({"session": "default", "chatId": "1@c.us", "text": value}));
    }
}

#[tokio::test]
async fn the_error_names_a_missing_value() {
    let server = Server::start(Reply::json(200, "[]")).await;
    let session = server.session();
    let error = session.chatting().send_text().text("hi").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("chatting_send_text: ") && error.message().contains("chat_id"), "{error}");
    assert!(server.take_requests().is_empty());
}
