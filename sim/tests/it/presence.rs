//! Who is there, and who is told.

use serde_json::{Value, json};
use waha_sim::{Engine, Presence};

use super::*;

const ADA: &str = "11111111111@c.us";
const PRESENCE: &str = "/api/default/presence";

#[tokio::test]
async fn a_presence_is_for_everybody_or_for_one_chat() {
    let server = server(Engine::Gows).await;
    for right in [json!({ "presence": "online" }), json!({ "presence": "typing", "chatId": ADA })] {
        post(&server, PRESENCE, right).await.empty(201);
    }
    for wrong in [json!({ "presence": "offline", "chatId": ADA }), json!({ "presence": "recording" })] {
        let refused = post(&server, PRESENCE, wrong).await.json(400);
        assert!(refused["detail"].is_string());
        assert_eq!(refused.as_object().unwrap().len(), 1);
    }
    assert_eq!(get(&server, "/api/sessions/default").await.json(200)["presence"], "online");
}

#[tokio::test]
async fn what_somebody_does_is_known_to_who_has_asked() {
    for engine in ENGINES {
        let server = server(engine).await;
        server.set_presence(ADA, Presence::Online);
        let of_ada = format!("{PRESENCE}/{ADA}");
        let known = async || get(&server, &of_ada).await.json(200)["presences"].clone();
        let first = known().await;
        assert_eq!(first[0]["lastKnownPresence"], "online", "{engine}");
        assert_eq!(first[0]["lastSeen"], Value::Null);
        server.set_presence(ADA, Presence::Offline);
        let then = known().await;
        assert_eq!(then[0]["lastKnownPresence"], "offline");
        assert!(then[0]["lastSeen"].is_u64());
        let list = get(&server, PRESENCE).await;
        match engine {
            Engine::Webjs => drop(list.json(501)),
            Engine::Gows => assert_eq!(list.json(200), json!([])),
            _ => assert_eq!(list.json(200)[0]["presences"], then),
        }
    }
}
