use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::Server;

use super::*;

const BEA: &str = "22222222222@c.us";

async fn with_app(name: &str, config: Value) -> Server {
    let server = server(Engine::Gows).await;
    post(&server, "/api/apps", app(name, config)).await.json(201);
    server
}

fn app(name: &str, config: Value) -> Value {
    json!({ "id": name, "session": "default", "app": name, "config": config })
}

#[tokio::test]
async fn an_app_is_added_changed_and_removed() {
    let server = server(Engine::Gows).await;
    let calls = json!({ "session": "default", "app": "calls", "config": { "dm": { "reject": false } } });
    let created = post(&server, "/api/apps", calls.clone()).await.json(201);
    let id = created["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("app_") && id.len() == 30, "{id}");
    assert_eq!(created["enabled"], true);
    assert_eq!(get(&server, "/api/apps?session=default").await.json(200), json!([created]));
    assert_eq!(get(&server, "/api/apps?session=other").await.json(200), json!([]));

    let path = format!("/api/apps/{id}");
    let mut changed = created.clone();
    changed["enabled"] = json!(false);
    assert_eq!(put(&server, &path, changed.clone()).await.json(200), changed);
    put(&server, "/api/apps/other", changed).await.json(404);
    delete(&server, &path).await.empty(200);
    for gone in [delete(&server, &path).await, get(&server, &path).await] {
        gone.json(404);
    }
    put(&server, &path, created).await.json(200);
    get(&server, &path).await.json(200);
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let server = with_app("calls", json!({})).await;
    post(&server, "/api/apps", json!({ "session": "default", "app": "calls", "config": {} })).await.json(422);
    post(&server, "/api/apps", json!({ "session": "other", "app": "calls", "config": {} })).await.json(404);
    post(
        &server,
        "/api/apps",
        json!({ "id": "calls", "session": "default", "app": "mcp", "config": { "actions": {} } }),
    )
    .await
    .json(500);
    let answer = post(&server, "/api/apps", app("mcp", json!({}))).await.json(400);
    assert!(
        answer["message"][0].as_str().unwrap().contains("config.actions")
            || answer["message"][0].as_str().unwrap().contains("actions")
    );
    post(&server, "/api/apps", app("no-such-app", json!({}))).await.json(400);
    let mut other = app("mcp", json!({ "actions": {} }));
    other["id"] = json!("calls");
    put(&server, "/api/apps/calls", other).await.json(500);
}

#[tokio::test]
async fn an_mcp_app_has_a_key_of_its_own() {
    let server = with_app("mcp", json!({ "actions": { "read": true } })).await;
    let shown = get(&server, "/api/apps/mcp").await.json(200);
    let keys = get(&server, "/api/keys").await.json(200);
    assert_eq!(shown["config"]["key"], keys[0]["key"]);
    assert_eq!(keys[0]["actions"], json!({ "read": true }));
    let key = format!("/api/keys/{}", keys[0]["id"].as_str().unwrap());
    delete(&server, &key).await.json(422);
    put(&server, &key, json!({ "isAdmin": true })).await.json(422);
    delete(&server, "/api/apps/mcp").await.empty(200);
    assert_eq!(get(&server, "/api/keys").await.json(200), json!([]));
}

#[tokio::test]
async fn numbers_are_remembered_in_memory_and_in_the_database() {
    let server = with_app("phone-numbers", json!({ "cache": { "memoryTtl": "1h" } })).await;
    let cache = "/api/apps/phone-numbers/default/cache";
    for number in ["3", "1"] {
        server.resolve_number("default", "phone-numbers", number, Some(BEA));
    }
    server.resolve_number("default", "phone-numbers", "2", None);
    let keys = async |kind: &str| {
        let rows = get(&server, &format!("{cache}/{kind}")).await.json(200);
        rows.as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys("memory").await, ["1", "2", "3"]);
    assert_eq!(keys("memory?limit=1&offset=1").await, ["2"]);
    assert_eq!(keys("db").await, ["3", "1"]);
    server.advance(Duration::from_secs(600));
    assert_eq!(keys("memory").await, ["1", "3"]);

    post(&server, "/api/sessions/default/stop", json!({})).await;
    get(&server, &format!("{cache}/memory")).await.json(422);
    let stats = json!({ "memory": null, "db": { "total": 2, "verified": 2 } });
    assert_eq!(get(&server, &format!("{cache}/stats")).await.json(200), stats);
    assert_eq!(delete(&server, &format!("{cache}/purge")).await.json(200), json!({ "deleted": 2 }));
    assert_eq!(keys("db").await.len(), 0);
    get(&server, "/api/apps/brazilian-phone-numbers/default/cache/stats").await.json(404);
}

#[tokio::test]
async fn an_app_without_a_database_has_none_to_show() {
    let server = with_app("mexican-phone-numbers", json!({ "cache": { "persistent": false } })).await;
    let cache = "/api/apps/mexican-phone-numbers/default/cache";
    get(&server, &format!("{cache}/db")).await.json(422);
    assert_eq!(
        get(&server, &format!("{cache}/stats")).await.json(200),
        json!({ "memory": { "total": 0 }, "db": null })
    );
}
