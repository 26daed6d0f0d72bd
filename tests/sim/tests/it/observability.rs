use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::Engine;

use super::*;

#[tokio::test]
async fn ping_and_health() {
    let server = server(Engine::Gows).await;
    assert_eq!(get(&server, "/ping").await.json(200), json!({ "message": "pong" }));
    let health = json!({ "status": "ok", "info": {}, "error": {}, "details": {} });
    assert_eq!(get(&server, "/health").await.json(200), health);
}

#[tokio::test]
async fn the_version_names_the_engine() {
    for engine in ENGINES {
        let server = server(engine).await;
        let version = get(&server, "/api/server/version").await.json(200);
        assert_eq!(version["version"], "2026.9.2");
        assert_eq!(version["engine"], engine.as_str());
        assert_eq!(version["tier"], "PLUS");
        assert_eq!(version["worker"], json!({ "id": null }));
        let has_browser = matches!(engine, Engine::Webjs | Engine::Wpp);
        assert_eq!(version["browser"].is_string(), has_browser);
        assert_eq!(get(&server, "/api/version").await.json(200), version);
    }
}

#[tokio::test]
async fn the_status_counts_from_the_start() {
    let server = server(Engine::Gows).await;
    let before = get(&server, "/api/server/status").await.json(200);
    server.advance(Duration::from_secs(60));
    let after = get(&server, "/api/server/status").await.json(200);
    assert_eq!(before["startTimestamp"], after["startTimestamp"]);
    let uptime = |status: &Value| status["uptime"].as_u64().unwrap();
    assert!(uptime(&after) >= uptime(&before) + 60_000);
    assert_eq!(after["worker"], json!({ "id": null }));
}
