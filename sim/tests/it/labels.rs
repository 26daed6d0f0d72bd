//! Labels, and who carries them.

use serde_json::{Value, json};
use waha_sim::{Engine, Server};

use super::*;

const LABELS: &str = "/api/default/labels";

async fn create(server: &Server, body: Value) -> Answered {
    post(server, LABELS, body).await
}

#[tokio::test]
async fn a_label_needs_a_new_name_and_one_colour() {
    let server = server(Engine::Gows).await;
    let lead = create(&server, json!({ "name": "Lead", "color": 0 })).await.json(201);
    assert_eq!(lead, json!({ "id": "1", "name": "Lead", "color": 0, "colorHex": "#ff9485" }));
    for wrong in [
        json!({ "name": "Other" }),
        json!({ "name": "Other", "color": 0, "colorHex": "#ff9485" }),
        json!({ "name": "Other", "colorHex": "#000000" }),
        json!({ "name": "Lead", "color": 1 }),
    ] {
        create(&server, wrong.clone()).await.json(422);
    }
    let path = format!("{LABELS}/1");
    put(&server, &path, json!({ "name": "Lead", "color": 1 })).await.json(422);
    let renamed = put(&server, &path, json!({ "name": "Paid", "colorHex": "#9368cf" })).await.json(200);
    assert_eq!(renamed["color"], 19);
    put(&server, &format!("{LABELS}/9"), json!({ "name": "Other", "color": 1 })).await.json(404);
    delete(&server, &path).await.json(200);
    assert_eq!(delete(&server, &path).await.json(404)["message"], "Label not found");
}

#[tokio::test]
async fn there_are_twenty_labels_at_most() {
    let server = server(Engine::Webjs).await;
    for color in 0..20 {
        create(&server, json!({ "name": color.to_string(), "color": color })).await.json(201);
    }
    create(&server, json!({ "name": "one more", "color": 0 })).await.json(422);
}

#[tokio::test]
async fn a_chat_carries_exactly_the_labels_that_it_was_given() {
    let server = server(Engine::Gows).await;
    for name in ["a", "b"] {
        create(&server, json!({ "name": name, "color": 3 })).await.json(201);
    }
    let chat = format!("{LABELS}/chats/11111111111");
    let carried = async || {
        let labels = get(&server, &chat).await.json(200);
        labels.as_array().unwrap().iter().map(|label| label["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    put(&server, &chat, json!({ "labels": [{ "id": "1" }, { "id": "2" }] })).await.empty(200);
    assert_eq!(carried().await, ["a", "b"]);
    put(&server, &chat, json!({ "labels": [{ "id": "2" }] })).await.empty(200);
    assert_eq!(carried().await, ["b"]);
    assert_eq!(get(&server, &format!("{LABELS}/1/chats")).await.json(200), json!([]));
    let chats = get(&server, &format!("{LABELS}/2/chats")).await.json(200);
    assert_eq!(chats, json!([{ "id": "11111111111@c.us" }]));
    delete(&server, &format!("{LABELS}/2")).await.json(200);
    assert!(carried().await.is_empty());
}
