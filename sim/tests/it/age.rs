use serde_json::json;
use waha_sim::{Age, Server};

use super::*;

async fn old() -> Server {
    Server::builder().age(Age::Old).session("default").start().await.unwrap()
}

#[tokio::test]
async fn an_old_server_leaves_out_what_is_empty() {
    let info = get(&old().await, "/api/sessions/default").await.json(200);
    assert!(info.get("presence").is_none(), "{info}");
    let version = get(&old().await, "/api/server/version").await.json(200);
    assert_eq!(version["version"], "2024.10.8");
    assert!(version.get("platform").is_none());
}

#[tokio::test]
async fn an_old_server_does_not_number_its_events() {
    let text = json!({ "session": "default", "chatId": "1", "text": "Hi" });
    for (server, numbered) in [(old().await, false), (server(waha_sim::Engine::Gows).await, true)] {
        post(&server, "/api/sendText", text.clone()).await;
        let event = server.events().remove(0);
        assert_eq!(event.get("id").is_some(), numbered);
        assert_eq!(event.get("timestamp").is_some(), numbered);
        assert_eq!(event["session"], "default");
    }
}
