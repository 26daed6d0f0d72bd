//! Faults that change an answer or take its place.

use std::{io::Read, time::Duration};

use reqwest::{Method, header};
use serde_json::{Value, json};
use waha_sim::{Fault, HALF_EMOJI, INVALID_UTF8, Incoming, Server, WebPage};

use super::*;

const ADA: &str = "11111111111@c.us";
const MESSAGES: &str = "/api/default/chats/11111111111@c.us/messages?limit=10";

async fn with(fault: Fault) -> Server {
    let server = Server::builder().session("default").start().await.unwrap();
    server.fault(fault);
    server
}

/// A server with some messages in a chat.
async fn chat(texts: &[&str]) -> Server {
    let server = Server::builder().session("default").start().await.unwrap();
    for text in texts {
        server.receive("default", Incoming::text(ADA, *text));
    }
    server
}

#[tokio::test]
async fn a_person_can_write_half_an_emoji() {
    let server = chat(&[&format!("see you {HALF_EMOJI}")]).await;
    let body = get(&server, MESSAGES).await.body();
    assert!(body.contains(r#""body":"see you \ud83d""#), "{body}");
    serde_json::from_str::<Value>(&body).expect_err("a Rust string cannot hold it");
    // It is kept as it was sent, also in what the server repeats of a request.
    let text = r#"{"session":"default","chatId":"1","text":"\ud83d and \ude00"}"#;
    let request = request(&server, Method::POST, "/api/sendText").header("content-type", "application/json");
    let sent = Answered::from(request.body(text)).await;
    assert_eq!(sent.status, 201);
    let body = get(&server, "/api/default/chats/1@c.us/messages?limit=10").await.body();
    assert!(body.contains(r#""body":"\ud83d and \ude00""#), "{body}");
}

#[tokio::test]
async fn half_surrogates_come_in_all_texts_or_in_some_members() {
    let server = chat(&["Hi"]).await;
    server.fault(Fault::on("chats_list_messages").half_surrogates());
    let body = get(&server, MESSAGES).await.body();
    assert!(body.contains(r#""body":"Hi\ud83d""#) && body.contains(r#"@c.us\ud83d""#), "{body}");
    server.fault(Fault::on("chats_list_messages").only_members(["body"]).half_surrogates());
    let body = get(&server, MESSAGES).await.body();
    assert_eq!(body.matches(r"\ud83d").count(), 1, "{body}");
    server.fault(Fault::any().rate_overlimit().half_surrogates());
    let body = get(&server, "/api/default/groups").await.body();
    assert!(body.contains(r#"rate-overlimit\ud83d""#), "{body}");
}

#[tokio::test]
async fn bytes_that_are_not_utf8_come_in_texts() {
    let server = with(Fault::any().invalid_utf8()).await;
    assert_eq!(get(&server, "/ping").await.bytes, b"{\"message\":\"pong\xff\"}");
    let server = with(Fault::any().edit_json(|body| body["message"] = format!("a{INVALID_UTF8}b").into())).await;
    assert_eq!(get(&server, "/ping").await.bytes, b"{\"message\":\"a\xffb\"}");
}

#[tokio::test]
async fn bytes_come_before_and_behind_a_body() {
    let server = with(Fault::any().prefix("\u{feff}").suffix("\n")).await;
    assert_eq!(get(&server, "/ping").await.bytes, b"\xef\xbb\xbf{\"message\":\"pong\"}\n");
}

#[tokio::test]
async fn integers_are_written_as_text() {
    let server = chat(&["Hi"]).await;
    server.fault(Fault::any().only_members(["timestamp"]).integers_as_text());
    let messages = get(&server, MESSAGES).await.json(200);
    assert!(messages[0]["timestamp"].as_str().unwrap().parse::<u64>().is_ok(), "{messages}");
    server.fault(Fault::any().only_members(["uptime"]).integers_as_text());
    let status = get(&server, "/api/server/status").await.json(200);
    assert!(status["uptime"].is_string() && status["startTimestamp"].is_u64(), "{status}");
}

#[tokio::test]
async fn an_odd_element_stands_in_a_list() {
    let server = chat(&["one", "two"]).await;
    server.fault(Fault::any().element(1, Value::Null));
    let messages = get(&server, MESSAGES).await.json(200);
    assert_eq!((messages.as_array().unwrap().len(), &messages[1]), (3, &Value::Null));
}

#[tokio::test]
async fn a_parameter_of_the_query_is_ignored() {
    let server = chat(&["one", "two", "three"]).await;
    server.fault(Fault::on("chats_list_messages").ignores_query("offset"));
    let page = async |offset: usize| get(&server, &format!("{MESSAGES}&offset={offset}")).await.json(200);
    assert_eq!(page(0).await, page(2).await);
    server.clear_faults();
    assert_eq!(page(2).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_coding_is_named_that_is_not_there_or_is() {
    let server = with(Fault::any().header("content-encoding", "gzip")).await;
    let response = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(response.text().await.unwrap(), r#"{"message":"pong"}"#);

    let server = with(Fault::any().padded(1 << 20).gzip()).await;
    let response = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    let compressed = response.bytes().await.unwrap();
    assert!(compressed.len() < 20_000);
    let mut text = String::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text.len(), (1 << 20) + r#"{"message":"pong"}"#.len());
}

#[tokio::test]
async fn pages_of_others_come_instead_of_json_and_of_bytes() {
    for (page, status, server_header, title) in [
        (WebPage::Nginx(404), 404, "nginx", "<title>404 Not Found</title>"),
        (WebPage::Nginx(502), 502, "nginx", "<title>502 Bad Gateway</title>"),
        (WebPage::Cloudflare(524), 524, "cloudflare", "524: A timeout occurred</title>"),
        (WebPage::Login, 200, "proxy", "<title>Sign in</title>"),
    ] {
        let server = with(Fault::any().web_page(page)).await;
        for path in ["/api/sessions", "/api/default/auth/qr", "/api/files/default/1.jpg"] {
            let response = request(&server, Method::GET, path).send().await.unwrap();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[header::SERVER], server_header);
            assert!(response.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
            assert!(response.text().await.unwrap().contains(title), "{page:?}");
        }
    }
}

#[tokio::test]
async fn any_answer_can_be_given() {
    let server = with(Fault::on_path("/ping").respond(299, "text/x-odd", b"\0odd".to_vec())).await;
    let answer = get(&server, "/ping?a=1").await;
    assert_eq!((answer.status, answer.content_type.as_deref()), (299, Some("text/x-odd")));
    assert_eq!(answer.bytes, b"\0odd");
    assert_eq!(get(&server, "/api/sessions").await.status, 200);
    let server = with(Fault::any().respond(200, "", "bare")).await;
    assert_eq!(get(&server, "/ping").await.content_type, None);
}

#[tokio::test]
async fn an_answer_can_be_empty() {
    let server = with(Fault::on("sessions_get").empty()).await;
    get(&server, "/api/sessions/default").await.empty(200);
}

#[tokio::test]
async fn refusals_are_worded_as_one_likes() {
    let plus = "The feature is available only in Plus version. Check this out: https://waha.example.com/";
    let server = with(Fault::any().refused(422, plus)).await;
    let refused = json!({ "statusCode": 422, "message": plus, "error": "Unprocessable Entity" });
    assert_eq!(get(&server, "/api/sessions").await.json(422), refused);
}

#[tokio::test]
async fn a_proxy_demands_credentials_of_its_own() {
    let demands = Fault::any()
        .unless_header("authorization", "Basic dXNlcjpwYXNz")
        .web_page(WebPage::Nginx(401))
        .header("www-authenticate", "Basic realm=\"Restricted\"");
    let server = with(demands).await;
    let response = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Basic realm=\"Restricted\"");
    let allowed = request(&server, Method::GET, "/ping").header("authorization", "Basic dXNlcjpwYXNz");
    assert_eq!(Answered::from(allowed).await.status, 200);
}

#[tokio::test]
async fn a_retry_after_can_be_odd_or_missing() {
    let server = with(Fault::any().rate_limited(Duration::from_secs(3)).header("retry-after", "1.5")).await;
    let response = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()[header::RETRY_AFTER]), (429, &"1.5".parse().unwrap()));
    let server = with(Fault::any().rate_limited(Duration::from_secs(3)).without_header("retry-after")).await;
    let response = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert!(!response.headers().contains_key(header::RETRY_AFTER));
}

#[tokio::test]
async fn the_key_comes_back_in_every_form() {
    let server = Server::builder().api_key("secret").start().await.unwrap();
    server.fault(
        Fault::any()
            .respond(500, "text/plain", "{key} {key|json} {key|percent} {key|base64} {key|upper} {path}")
            .header("x-echo", "the key is {key|percent}"),
    );
    let in_header = || request(&server, Method::GET, "/api/sessions?a=b").header("x-api-key", "secret");
    let response = in_header().send().await.unwrap();
    assert_eq!(response.headers()["x-echo"], "the key is %73%65%63%72%65%74");
    let json = r"\u0073\u0065\u0063\u0072\u0065\u0074";
    let body = response.text().await.unwrap();
    assert_eq!(body, format!("secret {json} %73%65%63%72%65%74 c2VjcmV0 SECRET /api/sessions?a=b"));
    // In an exception the escapes are those of JSON itself, and not of text within it.
    server.fault(Fault::any().exception("no access with {key|json}"));
    let answer = Answered::from(in_header()).await;
    assert!(answer.body().contains(json));
    assert_eq!(answer.json(500)["exception"]["message"], "no access with secret");
    server.fault(Fault::any().redirect(302, "https://example.com/?k={key|percent}"));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let request = client.get(format!("{}/ping?x-api-key=secret", server.url()));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()[header::LOCATION], "https://example.com/?k=%73%65%63%72%65%74");
}

#[tokio::test]
async fn answers_are_deep_or_large_at_no_cost() {
    let server = with(Fault::any().nested(200_000)).await;
    let body = get(&server, "/ping").await.bytes;
    assert!(body.starts_with(b"[[[[") && body.len() == 2 * 200_000 + 18);
    let server = with(Fault::any().only_members(["message"]).nested(360)).await;
    assert_eq!(get(&server, "/ping").await.body().matches("{\"message\":").count(), 361);
    let server = with(Fault::any().padded(100 << 20)).await;
    let response = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert_eq!(response.content_length(), Some((100 << 20) + 18));
    assert_eq!(response.bytes().await.unwrap().len(), (100 << 20) + 18);
    let server = with(Fault::any().padded(1 << 50)).await;
    let mut response = request(&server, Method::GET, "/ping").send().await.unwrap();
    for _ in 0..100 {
        assert!(response.chunk().await.unwrap().is_some());
    }
}

#[tokio::test]
async fn changes_are_combined() {
    let fault = Fault::any().rate_overlimit().half_surrogates().prefix("\u{feff}").header("x-a", "b").cut_short(9);
    let server = with(fault).await;
    let response = request(&server, Method::GET, "/ping").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["x-a"]), (500, &"b".parse().unwrap()));
    response.bytes().await.expect_err("it was cut");
}
