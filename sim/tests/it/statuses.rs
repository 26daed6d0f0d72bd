//! Statuses that are posted.

use serde_json::json;
use waha_sim::Engine;

use super::*;

#[tokio::test]
async fn engines_in_a_browser_post_to_everybody_only() {
    for engine in ENGINES {
        let server = server(engine).await;
        let to_one = json!({ "text": "Hi", "contacts": ["11111111111@c.us"] });
        let answer = post(&server, "/api/default/status/text", to_one).await;
        let expected = if matches!(engine, Engine::Webjs | Engine::Wpp) { 422 } else { 201 };
        assert_eq!(answer.status, expected, "{engine}");
        let to_all = json!({ "text": "Hi", "contacts": null });
        post(&server, "/api/default/status/text", to_all).await.json(201);
        assert_eq!(get(&server, "/api/default/chats").await.json(200), json!([]), "a status is no chat");
    }
}

#[tokio::test]
async fn a_status_can_be_taken_back() {
    let server = server(Engine::Gows).await;
    let posted = post(&server, "/api/default/status/text", json!({ "text": "Hi", "id": "MINE" })).await.json(201);
    assert_eq!(posted["id"], "true_status@broadcast_MINE");
    let statuses = async || get(&server, "/api/default/chats/status@broadcast/messages").await.json(200);
    assert_eq!(statuses().await[0]["body"], "Hi");
    post(&server, "/api/default/status/delete", json!({ "id": "MINE" })).await.json(201);
    assert_eq!(statuses().await, json!([]));
}
