use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use waha_sim::{Engine, Server, SessionStatus};

use super::*;

async fn guarded() -> Server {
    Server::builder().api_key("secret").session("default").start().await.unwrap()
}

#[tokio::test]
async fn without_the_key_there_is_a_401() {
    let server = guarded().await;
    let unauthorized = json!({ "message": "Unauthorized", "statusCode": 401 });
    for path in ["/api/sessions", "/health", "/api/nope", "/api/sessions?x-api-key=wrong"] {
        assert_eq!(get(&server, path).await.json(401), unauthorized, "{path}");
    }
    get(&server, "/ping").await.json(200);
    get(&server, "/nope").await.json(404);
}

#[tokio::test]
async fn the_key_in_the_header_wins_over_the_one_in_the_query() {
    let server = guarded().await;
    let with = |path: &str, key: &str| Answered::from(request(&server, Method::GET, path).header("X-Api-Key", key));
    with("/api/sessions", "secret").await.json(200);
    with("/api/sessions?x-api-key=wrong", "secret").await.json(200);
    with("/api/sessions?x-api-key=secret", "wrong").await.json(401);
    with("/api/sessions?x-api-key=secret", "").await.json(401);
    get(&server, "/api/sessions?x-api-key=secret").await.json(200);
}

#[tokio::test]
async fn an_unknown_route_is_a_404() {
    let server = server(Engine::Gows).await;
    let not_found = |message| json!({ "message": message, "error": "Not Found", "statusCode": 404 });
    let nope = get(&server, "/api/nope?a=1").await;
    assert_eq!(nope.json(404), not_found("Cannot GET /api/nope?a=1"));
    let wrong_method = put(&server, "/api/sendText", json!({})).await;
    assert_eq!(wrong_method.json(404), not_found("Cannot PUT /api/sendText"));
}

#[tokio::test]
async fn what_the_document_leaves_out_is_not_modelled() {
    let server = server(Engine::Gows).await;
    let answer = get(&server, "/metrics").await.json(501);
    let expected = json!({
        "message": "The stand-in does not model /metrics",
        "error": "Not Implemented",
        "statusCode": 501,
    });
    assert_eq!(answer, expected);
    get(&server, "/").await.json(501);
}

#[tokio::test]
async fn a_path_is_taken_in_any_case_and_with_a_slash_at_the_end() {
    let server = server(Engine::Gows).await;
    get(&server, "/API/Sessions/").await.json(200);
}

#[tokio::test]
async fn a_session_that_does_not_work_is_a_422_of_its_own_shape() {
    let builder = Server::builder().session_in("new", SessionStatus::ScanQrCode);
    let server = builder.session_in("off", SessionStatus::Stopped).start().await.unwrap();
    let message = "Session status is not as expected. Try again later or restart the session";
    for (session, status) in [("new", "SCAN_QR_CODE"), ("off", "STOPPED")] {
        let expected = json!({
            "error": message,
            "session": session,
            "status": status,
            "expected": ["WORKING"],
        });
        for path in [
            format!("/api/contacts?session={session}&contactId=1"),
            format!("/api/contacts/all?session={session}"),
            format!("/api/contacts/check-exists?session={session}&phone=1"),
            format!("/api/contacts/profile-picture?session={session}&contactId=1"),
            format!("/api/{session}/chats"),
            format!("/api/{session}/chats/1@c.us/picture"),
            format!("/api/{session}/groups/1@g.us/picture"),
            format!("/api/{session}/groups/1@g.us/invite-code"),
        ] {
            assert_eq!(get(&server, &path).await.json(422), expected, "{path}");
        }
        let message = json!({ "session": session, "chatId": "1@c.us", "text": "Hi" });
        assert_eq!(post(&server, "/api/sendText", message).await.json(422), expected);
    }
    let qr = get(&server, "/api/off/auth/qr").await.json(422);
    assert_eq!(qr["expected"], json!(["SCAN_QR_CODE"]));
}

#[tokio::test]
async fn an_unknown_session_is_a_422_without_a_status() {
    let server = server(Engine::Gows).await;
    let expected = json!({ "error": "Session \"other\" does not exist", "session": "other" });
    assert_eq!(get(&server, "/api/other/chats").await.json(422), expected);
    let message = json!({ "session": "other", "chatId": "1@c.us", "text": "Hi" });
    assert_eq!(post(&server, "/api/sendText", message).await.json(422), expected);
}

#[tokio::test]
async fn a_session_that_was_not_named_is_a_422_with_nothing_else() {
    let server = server(Engine::Gows).await;
    let expected = json!({ "error": "Session name is required" });
    let message = json!({ "chatId": "1@c.us", "text": "Hi" });
    assert_eq!(post(&server, "/api/sendText", message).await.json(422), expected);
    assert_eq!(get(&server, "/api/contacts?contactId=1").await.json(422), expected);
    let expected = json!({ "error": "Session name is required", "session": "" });
    assert_eq!(get(&server, "/api/contacts?contactId=1&session=").await.json(422), expected);
}

#[tokio::test]
async fn broken_rules_are_a_400_with_a_list() {
    let server = server(Engine::Gows).await;
    let expected = |messages: &[&str]| json!({ "message": messages, "error": "Bad Request", "statusCode": 400 });
    for (path, message) in [
        ("/api/sessions?all=banana", "all must be a boolean value"),
        ("/api/contacts/profile-picture", "contactId must be a string"),
        ("/api/contacts/all?session=", "session should not be empty"),
        ("/api/default/chats/1/picture?refresh=2", "refresh must be a boolean value"),
        ("/api/default/chats?limit=x", "limit must be a number conforming to the specified constraints"),
        ("/api/contacts/all?sortBy=age", "sortBy must be one of the following values: id, name"),
    ] {
        assert_eq!(get(&server, path).await.json(400), expected(&[message]), "{path}");
    }
    let both = get(&server, "/api/contacts/profile-picture?refresh=x").await.json(400);
    let mut messages: Vec<_> = both["message"].as_array().unwrap().iter().filter_map(|it| it.as_str()).collect();
    messages.sort_unstable();
    assert_eq!(messages, ["contactId must be a string", "refresh must be a boolean value"]);
}

#[tokio::test]
async fn a_malformed_body_is_a_400_with_a_string() {
    let server = guarded().await;
    let send = |body: &'static str| {
        let request = request(&server, Method::POST, "/api/sendText");
        Answered::from(request.header("content-type", "application/json").body(body))
    };
    // The server reads the body first, so the missing key makes no difference.
    let expected = |message| json!({ "message": message, "error": "Bad Request", "statusCode": 400 });
    assert_eq!(send("{\"name\": ").await.json(400), expected("Unexpected end of JSON input"));
    let null = "Unexpected token 'n', \"#\" is not valid JSON";
    assert_eq!(send("null").await.json(400), expected(null));
    assert!(send("{]").await.json(400)["message"].is_string());
    assert!(send(r#"{"a":"\ud80"}"#).await.json(400)["message"].is_string());
    // JavaScript takes half a surrogate pair.
    send(r#"{"a":"\ud800"}"#).await.json(401);
}

#[tokio::test]
async fn an_escape_that_is_not_text_is_a_400() {
    let server = server(Engine::Gows).await;
    let answer = get(&server, "/api/sessions/%FF").await.json(400);
    assert_eq!(answer["error"], "Bad Request");
}

#[tokio::test]
async fn a_body_of_another_type_counts_as_none() {
    let server = server(Engine::Gows).await;
    let request = request(&server, Method::POST, "/api/sendText");
    let answer = Answered::from(request.body(r#"{"session":"default"}"#)).await;
    assert_eq!(answer.json(422), json!({ "error": "Session name is required" }));
}

#[tokio::test]
async fn what_breaks_inside_is_a_500_that_tells_the_request_back() {
    let server = server(Engine::Noweb).await;
    let body = json!({ "session": "default", "text": "x" });
    let answer = post(&server, "/api/sendText?a=b%20c", body.clone()).await.json(500);
    assert_eq!(answer["statusCode"], 500);
    let message = "Cannot read properties of undefined (reading 'includes')";
    assert_eq!(answer["exception"]["message"], message);
    assert_eq!(answer["exception"]["name"], "TypeError");
    assert!(answer["exception"]["stack"].as_str().unwrap().starts_with("TypeError: "));
    let request = json!({
        "path": "/api/sendText?a=b%20c",
        "method": "POST",
        "body": body,
        "query": { "a": "b c" },
    });
    assert_eq!(answer["request"], request);
    assert_eq!(answer["version"]["engine"], "NOWEB");
    let timestamp = answer["timestamp"].as_str().unwrap();
    assert!(timestamp.len() == 24 && timestamp.ends_with('Z'), "{timestamp}");

    let number = json!({ "session": "default", "chatId": 5, "text": "x" });
    let answer = post(&server, "/api/sendText", number).await.json(500);
    assert_eq!(answer["exception"]["message"], "phone.includes is not a function");
    let answer = get(&server, "/api/contacts/check-exists?session=default").await.json(500);
    assert_eq!(answer["exception"]["name"], "TypeError");
    assert_eq!(answer["request"]["body"], json!({}));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_500() {
    let server = server(Engine::Gows).await;
    let request = request(&server, Method::POST, "/api/sendText");
    let body = vec![b' '; 50 * 1024 * 1024 + 1];
    let request = request.header("content-type", "application/json").body(body);
    let answer = Answered::from(request).await.json(500);
    assert_eq!(answer["exception"]["name"], "PayloadTooLargeError");
    assert_eq!(answer["request"]["body"], json!({}));
}

#[tokio::test]
async fn a_request_is_taken_down_with_what_the_document_says_of_it() {
    let server = server(Engine::Gows).await;
    post(&server, "/api/sendText", json!({ "session": "default", "text": 5 })).await.json(500);
    get(&server, "/api/default/chats?limit=5").await.json(200);
    let [text, chats] = server.requests().try_into().unwrap();
    assert_eq!(text.operation, Some("chatting_send_text"));
    let mut violations = text.violations;
    violations.sort_unstable();
    assert_eq!(violations, ["body.chatId is missing", "body.text is not of type string"]);
    assert_eq!((chats.operation, chats.violations.len()), (Some("chats_list"), 0));
}

#[tokio::test]
async fn a_patient_server_waits_for_a_session() {
    let server = Server::builder().patient().session_in("new", SessionStatus::ScanQrCode).start().await.unwrap();
    let pairing = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        server.pair("new");
    };
    let (answer, ()) = tokio::join!(get(&server, "/api/new/chats"), pairing);
    answer.json(200);
}

#[tokio::test]
async fn patience_ends_after_fifteen_seconds_of_the_clock() {
    let server = Server::builder().patient().session_in("new", SessionStatus::ScanQrCode).start().await.unwrap();
    let time = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        server.advance(Duration::from_secs(14));
        assert_eq!(server.requests().len(), 1);
        server.advance(Duration::from_secs(1));
    };
    let (answer, ()) = tokio::join!(get(&server, "/api/new/chats"), time);
    assert_eq!(answer.json(422)["status"], "SCAN_QR_CODE");
}
