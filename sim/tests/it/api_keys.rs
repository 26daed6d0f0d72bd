use reqwest::Method;
use serde_json::{Value, json};
use waha_sim::Server;

use super::*;

async fn guarded() -> Server {
    Server::builder().api_key("secret").session("shop").session("other").start().await.unwrap()
}

async fn call(server: &Server, key: &Value, method: Method, path: &str, body: Value) -> Answered {
    let key = key["key"].as_str().unwrap_or("secret");
    Answered::from(request(server, method, path).header("X-Api-Key", key).json(&body)).await
}

async fn create(server: &Server, body: Value) -> Value {
    call(server, &Value::Null, Method::POST, "/api/keys", body).await.json(201)
}

#[tokio::test]
async fn a_session_key_does_what_it_may_and_nothing_else() {
    let server = guarded().await;
    let key = create(&server, json!({ "session": "shop", "actions": { "read": true } })).await;
    let forbidden = json!({ "message": "Forbidden", "statusCode": 403 });
    let get = async |path: &str| call(&server, &key, Method::GET, path, json!({})).await;
    get("/api/shop/chats").await.json(200);
    get("/api/server/version").await.json(200);
    assert_eq!(get("/api/other/chats").await.json(403), forbidden);
    assert_eq!(get("/api/keys").await.json(403), forbidden);
    let listed = get("/api/sessions").await.json(200);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["name"]), (1, &json!("shop")));
    let text = json!({ "session": "shop", "chatId": "1", "text": "Hi" });
    assert_eq!(call(&server, &key, Method::POST, "/api/sendText", text).await.json(403), forbidden);
}

#[tokio::test]
async fn without_actions_all_but_deleting_is_allowed() {
    let server = guarded().await;
    let key = create(&server, json!({ "session": "shop" })).await;
    assert_eq!(key["actions"], Value::Null);
    let text = json!({ "session": "shop", "chatId": "1", "text": "Hi" });
    call(&server, &key, Method::POST, "/api/sendText", text).await.json(201);
    call(&server, &key, Method::DELETE, "/api/sessions/shop", json!({})).await.json(403);
}

#[tokio::test]
async fn a_key_for_a_purpose_is_made_once() {
    let server = guarded().await;
    for (purpose, control) in [("control", true), ("media", false)] {
        let path = format!("/api/keys/{purpose}");
        let first = call(&server, &Value::Null, Method::POST, &path, json!({ "session": "shop" })).await.json(201);
        assert_eq!(first["id"], format!("key_id_{purpose}_shop"));
        assert_eq!(first["actions"]["control"], control);
        let again = call(&server, &Value::Null, Method::POST, &path, json!({ "session": "shop" })).await.json(201);
        assert_eq!(first, again);
        call(&server, &Value::Null, Method::POST, &path, json!({ "session": "nope" })).await.json(422);
    }
}

#[tokio::test]
async fn a_key_is_changed_switched_off_and_taken_back() {
    let server = guarded().await;
    let key = create(&server, json!({ "isAdmin": true })).await;
    assert_eq!((&key["isAdmin"], &key["session"]), (&json!(true), &Value::Null));
    let path = format!("/api/keys/{}", key["id"].as_str().unwrap());
    call(&server, &key, Method::GET, "/api/keys", json!({})).await.json(200);
    let off = json!({ "session": "shop", "isActive": false });
    let changed = call(&server, &Value::Null, Method::PUT, &path, off).await.json(200);
    assert_eq!((&changed["key"], &changed["isActive"]), (&key["key"], &json!(false)));
    call(&server, &key, Method::GET, "/api/sessions", json!({})).await.json(401);
    let deleted = call(&server, &Value::Null, Method::DELETE, &path, json!({})).await.json(200);
    assert_eq!(deleted, json!({ "result": true }));
    let gone = call(&server, &Value::Null, Method::DELETE, &path, json!({})).await.json(404);
    assert_eq!(gone["message"], "API key not found");
}

#[tokio::test]
async fn a_key_is_for_everything_or_for_a_session() {
    let server = guarded().await;
    for body in [
        json!({}),
        json!({ "isAdmin": true, "session": "shop" }),
        json!({ "session": "nope" }),
        json!({ "isAdmin": true, "actions": { "read": true } }),
    ] {
        let answer = call(&server, &Value::Null, Method::POST, "/api/keys", body.clone()).await;
        assert!(answer.json(422)["message"].is_string(), "{body}");
    }
}
