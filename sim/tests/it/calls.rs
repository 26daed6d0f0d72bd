use serde_json::json;

use super::*;

#[tokio::test]
async fn a_call_rings_until_it_is_rejected() {
    for engine in ENGINES {
        let server = server(engine).await;
        let id = server.ring("default", "11111111111@c.us", true).unwrap();
        let reject = json!({ "from": "11111111111@c.us", "id": id });
        for _ in 0..2 {
            post(&server, "/api/default/calls/reject", reject.clone()).await.empty(201);
        }
        let events = server.events();
        let calls = events.iter().filter(|it| it["event"].as_str().is_some_and(|name| name.starts_with("call.")));
        let told: Vec<_> = calls.map(|it| (it["event"].as_str().unwrap(), &it["payload"]["id"])).collect();
        let id = json!(id);
        match engine {
            Engine::Wpp => assert_eq!(told, [("call.received", &id)]),
            _ => assert_eq!(told, [("call.received", &id), ("call.rejected", &id)]),
        }
    }
}

#[tokio::test]
async fn nobody_can_call_a_session_that_does_not_work() {
    let server = server(Engine::Gows).await;
    assert_eq!(server.ring("other", "1", false), None);
    post(&server, "/api/default/calls/reject", json!({ "from": "1@c.us" })).await.json(400);
}
