use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::{Engine, Server};

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

#[tokio::test]
async fn a_check_that_fails_makes_a_503_of_the_same_shape() {
    let server = server(Engine::Gows).await;
    server.set_check("database.connection", true);
    get(&server, "/health").await.json(200);
    server.set_check("sessions.disk.space", false);
    let health = get(&server, "/health").await.json(503);
    assert_eq!((&health["status"], &health["info"]["database.connection"]["status"]), (&json!("error"), &json!("up")));
    assert_eq!(health["error"], json!({ "sessions.disk.space": { "status": "down" } }));
    assert_eq!(health["details"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn the_environment_is_made_up() {
    let server = Server::builder().api_key("secret").start().await.unwrap();
    let ask = async |query: &str| get(&server, &format!("/api/server/environment?x-api-key=secret{query}")).await;
    let variables = ask("").await.json(200);
    assert_eq!((&variables["WAHA_API_KEY"], &variables["WHATSAPP_DEFAULT_ENGINE"]), (&json!("secret"), &json!("GOWS")));
    assert!(variables.get("PATH").is_none() && variables.get("TZ").is_none());
    assert_eq!(ask("&all=true").await.json(200)["TZ"], "UTC");
}

#[tokio::test]
async fn a_server_that_is_stopped_comes_back_a_second_later() {
    let server = server(Engine::Gows).await;
    assert_eq!(post(&server, "/api/server/stop", json!({})).await.json(201), json!({ "stopping": true }));
    let uptime = async || get(&server, "/api/server/status").await.json(200)["uptime"].as_u64().unwrap();
    server.advance(Duration::from_millis(999));
    assert_eq!(uptime().await, 999);
    server.advance(Duration::from_millis(1));
    assert_eq!(uptime().await, 0);
    get(&server, "/api/default/groups/count").await.json(200);
}

#[tokio::test]
async fn nobody_looks_into_the_process_without_debug_mode() {
    let paths = ["cpu", "heapsnapshot", "browser/trace/default"].map(|what| format!("/api/server/debug/{what}"));
    for engine in ENGINES {
        let closed = server(engine).await;
        let open = Server::builder().engine(engine).session("default").debug_mode().start().await.unwrap();
        for path in &paths {
            assert_eq!(get(&closed, path).await.json(404)["message"], "WAHA_DEBUG_MODE is disabled");
            let is_missing = path.contains("trace") && engine != Engine::Webjs;
            assert_eq!(get(&open, path).await.status, if is_missing { 501 } else { 200 }, "{path}");
        }
    }
}
