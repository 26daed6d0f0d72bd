//! The API key: to whom it goes, and where it does not show.

use waha::{Client, Kind};

use crate::support::{Reply, Server};

const KEY: &str = "marker-of-the-key";

fn client(server: &Server) -> Client {
    Client::builder(server.url()).api_key(KEY).build().unwrap()
}

#[tokio::test]
async fn it_is_a_header_of_every_request() {
    let server = Server::start(Reply::json(200, r#"{"message": "pong"}"#)).await;
    client(&server).observability().ping().send().await.unwrap();
    assert_eq!(server.only_request().header("x-api-key"), Some(KEY));
    server.client().observability().ping().send().await.unwrap();
    assert_eq!(server.only_request().header("x-api-key"), None);
}

#[tokio::test]
async fn another_server_never_sees_it() {
    let other = Server::start(Reply::json(200, r#"{"message": "pong"}"#)).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/ping", other.url());
        let server = Server::start(Reply::with_headers(status, [("Location", location.as_str())], "")).await;
        let error = client(&server).observability().ping().send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Redirect, "{status}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.message().contains(&location), "{error}");
        assert_eq!(server.only_request().header("x-api-key"), Some(KEY));
        let requests = other.take_requests();
        assert!(requests.is_empty(), "{status}: {requests:?}");
    }
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_if_it_changes_nothing() {
    for (status, followed) in [(307, true), (308, true), (301, false), (302, false), (303, false)] {
        let server = Server::start(Reply::with_headers(status, [("Location", "/elsewhere")], "")).await;
        let error = client(&server).observability().ping().send().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Redirect, "{status}");
        let requests = server.take_requests();
        assert_eq!(requests.len() > 1, followed, "{status}: {} requests", requests.len());
        // It leads to itself for ever, and is given up.
        assert!(requests.len() <= 6, "{status}: {} requests", requests.len());
        assert!(requests.iter().all(|request| request.header("x-api-key") == Some(KEY)));
    }
}

#[tokio::test]
async fn what_is_followed_arrives_whole() {
    let server = Server::start(Reply::json(201, r#"{"id": "1"}"#)).await;
    server.set_replies([
        Reply::with_headers(307, [("Location", "/elsewhere?a=b")], ""),
        Reply::json(201, r#"{"id": "1"}"#),
    ]);
    let session = client(&server).session("default").unwrap();
    session.chatting().send_text().chat_id("1@c.us").text("hi").send().await.unwrap();
    let requests = server.take_requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[1].method.as_str(), requests[1].target.as_str()), ("POST", "/elsewhere?a=b"));
    assert_eq!(requests[1].header("x-api-key"), Some(KEY));
    assert_eq!(requests[1].json(), requests[0].json());
}

#[tokio::test]
async fn nothing_shows_it() {
    let server = Server::start(Reply::json(401, r#"{"message": "Unauthorized", "statusCode": 401}"#)).await;
    let client = client(&server);
    let session = client.session("default").unwrap();
    let mut shown = format!("{client:?} {session:?} {:?}", session.contact("11111111111").unwrap());
    shown += &format!("{:?}", session.chats().list());
    shown += &format!("{:?}", Client::builder("http://localhost").api_key(KEY));
    let mut errors = vec![client.observability().ping().send().await.unwrap_err()];
    server.set_reply(Reply::json(200, "[]"));
    errors.push(client.observability().ping().send().await.unwrap_err());
    server.set_reply(Reply::raw("nonsense"));
    errors.push(client.observability().ping().send().await.unwrap_err());
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nobody = Client::builder(format!("http://127.0.0.1:{port}")).api_key(KEY).build().unwrap();
    errors.push(nobody.observability().ping().send().await.unwrap_err());
    errors.push(Client::builder("http://localhost").api_key(format!("{KEY}\n")).build().unwrap_err());
    for error in &errors {
        shown += &format!("{error} {error:?} {error:#?}");
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            shown += &format!("{cause} {cause:?}");
            source = cause.source();
        }
    }
    assert!(!shown.contains(KEY), "{shown}");
}
