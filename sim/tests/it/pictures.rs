use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::Server;

use super::*;

const ADA: &str = "11111111111@c.us";

async fn with_picture() -> Server {
    let builder = Server::builder().session("default").session("other");
    builder.contact(ADA, |c| c.picture("https://pps/1")).start().await.unwrap()
}

async fn picture(server: &Server, query: &str) -> Value {
    let path = format!("/api/contacts/profile-picture?session=default&{query}");
    get(server, &path).await.json(200)["profilePictureURL"].take()
}

#[tokio::test]
async fn a_picture_is_kept_until_it_is_refreshed() {
    let server = with_picture().await;
    let query = format!("contactId={ADA}");
    assert_eq!(picture(&server, &query).await, "https://pps/1");
    server.set_picture("default", ADA, Some("https://pps/2"));
    assert_eq!(picture(&server, &query).await, "https://pps/1");
    assert_eq!(server.upstream_picture_fetches(), 1);

    assert_eq!(picture(&server, &format!("{query}&refresh=true")).await, "https://pps/2");
    assert_eq!(picture(&server, &query).await, "https://pps/2");
    assert_eq!(server.upstream_picture_fetches(), 2);
}

#[tokio::test]
async fn a_picture_is_kept_for_a_day() {
    let server = with_picture().await;
    let query = format!("contactId={ADA}");
    picture(&server, &query).await;
    server.set_picture("default", ADA, None);
    server.advance(Duration::from_secs(23 * 3600));
    assert_eq!(picture(&server, &query).await, "https://pps/1");
    server.advance(Duration::from_secs(3600 + 1));
    assert_eq!(picture(&server, &query).await, Value::Null);
    assert_eq!(picture(&server, &query).await, Value::Null);
    assert_eq!(server.upstream_picture_fetches(), 2);
}

#[tokio::test]
async fn each_spelling_of_an_id_is_remembered_for_itself() {
    let server = with_picture().await;
    picture(&server, "contactId=11111111111").await;
    server.set_picture("default", ADA, None);
    assert_eq!(picture(&server, "contactId=11111111111").await, "https://pps/1");
    assert_eq!(picture(&server, &format!("contactId={ADA}")).await, Value::Null);
}

#[tokio::test]
async fn nobody_asks_whatsapp_for_the_picture_of_nobody() {
    let server = with_picture().await;
    for id in ["0@c.us", "0@s.whatsapp.net", "status@broadcast"] {
        assert_eq!(picture(&server, &format!("contactId={id}&refresh=true")).await, Value::Null);
    }
    assert_eq!(server.upstream_picture_fetches(), 0);
    assert_eq!(picture(&server, "contactId=2").await, Value::Null);
    assert_eq!(server.upstream_picture_fetches(), 1);
}

#[tokio::test]
async fn chats_groups_and_contacts_share_the_memory_of_a_session() {
    let server = with_picture().await;
    server.set_picture("default", "1@g.us", Some("https://pps/group"));
    let expected = json!({ "url": "https://pps/group" });
    for path in ["/api/default/groups/1%40g.us/picture", "/api/default/chats/1@g.us/picture"] {
        assert_eq!(get(&server, path).await.json(200), expected);
    }
    assert_eq!(picture(&server, "contactId=1@g.us").await, "https://pps/group");
    assert_eq!(server.upstream_picture_fetches(), 1);

    // Another session has another memory, and may be told something else.
    let other = get(&server, "/api/other/groups/1@g.us/picture").await.json(200);
    assert_eq!(other, json!({ "url": null }));
    assert_eq!(server.upstream_picture_fetches(), 2);
}

#[tokio::test]
async fn a_restart_forgets_the_pictures() {
    let server = with_picture().await;
    let query = format!("contactId={ADA}");
    picture(&server, &query).await;
    post(&server, "/api/sessions/default/restart", json!({})).await.json(201);
    picture(&server, &query).await;
    assert_eq!(server.upstream_picture_fetches(), 2);
}

#[tokio::test]
async fn the_session_of_a_picture_has_a_default() {
    let server = with_picture().await;
    let path = format!("/api/contacts/profile-picture?contactId={ADA}");
    let expected = json!({ "profilePictureURL": "https://pps/1" });
    assert_eq!(get(&server, &path).await.json(200), expected);
}

#[tokio::test]
async fn refreshing_too_often_is_refused_by_whatsapp() {
    for engine in ENGINES {
        let builder = Server::builder().engine(engine).session("default").picture_limit(2, Duration::from_secs(60));
        let server = builder.contact(ADA, |c| c.picture("https://pps/1")).start().await.unwrap();
        let refresh = format!("/api/contacts/profile-picture?session=default&contactId={ADA}&refresh=true");
        for _ in 0..2 {
            get(&server, &refresh).await.json(200);
        }
        let refused = get(&server, &refresh).await;
        match engine {
            Engine::Webjs | Engine::Wpp => assert_eq!(refused.json(200), json!({ "profilePictureURL": null })),
            _ => {
                let exception = refused.json(500)["exception"].take();
                assert!(exception["message"].as_str().unwrap().ends_with("rate-overlimit"));
                // What was remembered is still there.
                assert_eq!(picture(&server, &format!("contactId={ADA}")).await, "https://pps/1");
            }
        }
        server.advance(Duration::from_secs(60));
        assert_eq!(get(&server, &refresh).await.json(200)["profilePictureURL"], "https://pps/1");
        assert_eq!(server.upstream_picture_fetches(), 3);
    }
}
