use serde_json::{Value, json};
use waha_sim::Server;

use super::*;

async fn with_lids(engine: Engine) -> Server {
    let builder = Server::builder().engine(engine).session("default");
    let builder = builder.contact("222", |bea| bea.lid("2000")).contact("333", |carl| carl);
    builder.group("1@g.us", |group| group.member("1000@lid")).start().await.unwrap()
}

#[tokio::test]
async fn hidden_ids_lead_to_numbers_and_back() {
    for engine in ENGINES {
        let server = with_lids(engine).await;
        let pair = json!({ "lid": "2000@lid", "pn": "222@c.us" });
        for path in ["2000", "2000@lid", "pn/222", "pn/222@c.us"] {
            assert_eq!(get(&server, &format!("/api/default/lids/{path}")).await.json(200), pair, "{path}");
        }
        let (no_number, no_lid) = match engine {
            Engine::Webjs => (json!({ "lid": "1000@lid" }), json!({ "pn": "333@c.us" })),
            _ => (json!({ "lid": "1000@lid", "pn": null }), json!({ "lid": null, "pn": "333@c.us" })),
        };
        assert_eq!(get(&server, "/api/default/lids/1000").await.json(200), no_number);
        assert_eq!(get(&server, "/api/default/lids/pn/333").await.json(200), no_lid);
        get(&server, "/api/default/lids/222@c.us").await.json(422);
    }
}

#[tokio::test]
async fn all_that_are_known_are_listed_in_pages() {
    let server = with_lids(Engine::Gows).await;
    let all = json!([{ "lid": "1000@lid", "pn": null }, { "lid": "2000@lid", "pn": "222@c.us" }]);
    assert_eq!(get(&server, "/api/default/lids").await.json(200), all);
    assert_eq!(get(&server, "/api/default/lids?limit=1&offset=1").await.json(200), json!([all[1]]));
    assert_eq!(get(&server, "/api/default/lids/count").await.json(200), json!({ "count": 2 }));
}

#[tokio::test]
async fn noweb_wants_its_store_for_them() {
    let server = with_lids(Engine::Noweb).await;
    put(&server, "/api/sessions/default", json!({ "config": {} })).await.json(200);
    server.pair("default");
    for path in ["", "/count", "/1000", "/pn/222"] {
        get(&server, &format!("/api/default/lids{path}")).await.json(400);
    }
    assert_eq!(get(&server, "/api/default/groups/count").await.json(200)["count"], Value::from(1));
}
