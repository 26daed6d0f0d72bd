use reqwest::Method;
use serde_json::{Value, json};

use super::*;

async fn send(server: &Server, accept: &str, message: Value) -> Answered {
    Answered::from(request(server, Method::POST, "/mcp").header("accept", accept).json(&message)).await
}

/// The message of the only event in a stream.
fn message(answer: &Answered) -> Value {
    assert_eq!((answer.status, answer.content_type.as_deref()), (200, Some("text/event-stream")));
    let data = answer.body().strip_prefix("event: message\ndata: ").unwrap().trim_end().to_owned();
    serde_json::from_str(&data).unwrap()
}

const BOTH: &str = "application/json, text/event-stream";

#[tokio::test]
async fn a_request_is_answered_by_an_event() {
    let server = server(Engine::Gows).await;
    let hello =
        json!({ "jsonrpc": "2.0", "id": 7, "method": "initialize", "params": { "protocolVersion": "2025-03-26" } });
    let answer = message(&send(&server, BOTH, hello).await);
    assert_eq!((&answer["id"], &answer["result"]["protocolVersion"]), (&json!(7), &json!("2025-03-26")));
    let unknown = message(&send(&server, BOTH, json!({ "jsonrpc": "2.0", "id": 8, "method": "nope" })).await);
    assert_eq!(unknown["error"]["code"], -32601);
    let failed = json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": { "name": "nope" } });
    assert_eq!(message(&send(&server, BOTH, failed).await)["result"]["isError"], true);
}

#[tokio::test]
async fn a_notification_has_no_answer_and_a_wrong_accept_is_a_406() {
    let server = server(Engine::Gows).await;
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    send(&server, BOTH, notification.clone()).await.empty(202);
    send(&server, "application/json", notification).await.json(406);
    send(&server, BOTH, json!([])).await.json(400);
}
