use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::Server;

use super::*;

const PROFILE: &str = "/api/default/profile";

#[tokio::test]
async fn a_name_shows_at_once_and_a_picture_later() {
    let builder = Server::builder().session("default").own_picture("https://pps/old");
    let server = builder.start().await.unwrap();
    let before = get(&server, PROFILE).await.json(200);
    assert_eq!(before["picture"], "https://pps/old");
    for (path, body) in [
        ("name", json!({ "name": "Desk" })),
        ("status", json!({ "status": "" })),
        ("picture", json!({ "file": { "url": "https://example.com/new.jpg" } })),
    ] {
        let answer = put(&server, &format!("{PROFILE}/{path}"), body).await.json(200);
        assert_eq!(answer, json!({ "success": true }));
    }
    let after = get(&server, PROFILE).await.json(200);
    assert_eq!((&after["name"], &after["picture"]), (&json!("Desk"), &before["picture"]));
    assert_eq!(get(&server, "/api/sessions/default/me").await.json(200)["pushName"], "Desk");
    server.advance(Duration::from_secs(3));
    let picture = get(&server, PROFILE).await.json(200)["picture"].take();
    assert!(picture.is_string() && picture != before["picture"]);
    delete(&server, &format!("{PROFILE}/picture")).await.json(200);
    server.advance(Duration::from_secs(3));
    assert_eq!(get(&server, PROFILE).await.json(200)["picture"], Value::Null);
}

#[tokio::test]
async fn what_is_missing_is_a_400() {
    let server = server(Engine::Gows).await;
    put(&server, &format!("{PROFILE}/name"), json!({})).await.json(400);
    put(&server, &format!("{PROFILE}/status"), json!({})).await.json(400);
}
