use serde_json::json;
use waha_sim::{Engine, Server, SessionStatus};

use super::*;

#[tokio::test]
async fn a_contact_looks_different_on_each_engine() {
    for engine in ENGINES {
        let server = server(engine).await;
        let path = "/api/contacts?session=default&contactId=11111111111";
        let contact = get(&server, path).await.json(200);
        assert_eq!((&contact["id"], &contact["name"]), (&json!("11111111111@c.us"), &json!("Ada")));
        let all = get(&server, "/api/contacts/all?session=default").await.json(200);
        assert_eq!(all, json!([contact]));
        match engine {
            Engine::Gows => assert_eq!(contact["pushname"], ""),
            Engine::Webjs => assert_eq!(contact["number"], "11111111111"),
            _ => assert!(contact.get("pushname").is_none()),
        }
    }
}

#[tokio::test]
async fn an_unknown_contact_depends_on_the_engine() {
    let path = "/api/contacts?session=default&contactId=2";
    let gows = get(&server(Engine::Gows).await, path).await.json(200);
    assert_eq!(gows, json!({ "id": "2@c.us", "name": "", "pushname": "" }));
    get(&server(Engine::Noweb).await, path).await.empty(200);
    get(&server(Engine::Wpp).await, path).await.empty(200);
    let webjs = get(&server(Engine::Webjs).await, path).await.json(200);
    assert_eq!((&webjs["number"], &webjs["isMyContact"]), (&json!("2"), &json!(false)));
}

#[tokio::test]
async fn contacts_are_sorted_and_cut() {
    let builder = Server::builder().session("default");
    let builder = builder.contact("1", |c| c.name("Charles")).contact("3", |c| c.name("Ada"));
    let server = builder.contact("2", |c| c.push_name("Bea")).start().await.unwrap();
    for (query, expected) in [
        ("", vec!["1@c.us", "2@c.us", "3@c.us"]),
        ("?sortBy=id&sortOrder=desc", vec!["3@c.us", "2@c.us", "1@c.us"]),
        ("?sortBy=name", vec!["2@c.us", "3@c.us", "1@c.us"]),
        ("?limit=1&offset=1", vec!["2@c.us"]),
        ("?limit=10&offset=3", vec![]),
        ("?offset=2", vec!["1@c.us", "2@c.us", "3@c.us"]),
    ] {
        // This route, unlike most, has a default session.
        let rows = get(&server, &format!("/api/contacts/all{query}")).await.json(200);
        let ids: Vec<_> = rows.as_array().unwrap().iter().map(|row| &row["id"]).collect();
        assert_eq!(ids, expected, "{query}");
    }
}

#[tokio::test]
async fn noweb_wants_its_store_enabled() {
    let builder = Server::builder().engine(Engine::Noweb);
    let server = builder.session("default").start().await.unwrap();
    put(&server, "/api/sessions/default", json!({ "config": {} })).await.json(200);
    for path in ["/api/contacts?session=default&contactId=1", "/api/contacts/all?session=default", "/api/default/chats"]
    {
        let answer = get(&server, path).await.json(400);
        assert!(answer["message"].as_str().unwrap().starts_with("Enable NOWEB store"), "{path}");
    }
}

#[tokio::test]
async fn a_number_exists_if_it_is_that_of_a_contact() {
    for engine in ENGINES {
        let server = server(engine).await;
        let check = |phone: &'static str| {
            let path = format!("/api/contacts/check-exists?session=default&phone={phone}");
            let server = &server;
            async move { get(server, &path).await.json(200) }
        };
        let (there, gone) = match engine {
            Engine::Gows => (
                json!({
                    "numberExists": true,
                    "chatId": "11111111111@c.us",
                    "pn": "11111111111@c.us",
                }),
                json!({ "numberExists": false, "chatId": null }),
            ),
            _ => (json!({ "numberExists": true, "chatId": "11111111111@c.us" }), json!({ "numberExists": false })),
        };
        assert_eq!(check("11111111111").await, there);
        assert_eq!(check("%2B11111111111").await, there);
        assert_eq!(check("11111111111@c.us").await, there);
        assert_eq!(check("000123").await, gone);
    }
}

#[tokio::test]
async fn talking_to_whatsapp_is_activity() {
    let server = server(Engine::Gows).await;
    let activity = async || {
        let info = get(&server, "/api/sessions/default").await.json(200);
        info["timestamps"]["activity"].clone()
    };
    assert!(activity().await.is_null());
    get(&server, "/api/contacts/check-exists?session=default&phone=1").await.json(200);
    assert!(activity().await.is_u64());
    server.set_status("default", SessionStatus::Stopped);
    assert!(activity().await.is_null());
}

#[tokio::test]
async fn a_hidden_id_is_the_chat_of_a_number_on_gows() {
    let builder = Server::builder().session("default").contact("222", |bea| bea.lid("2000"));
    let server = builder.start().await.unwrap();
    let path = "/api/contacts/check-exists?session=default&phone=222";
    let expected = json!({ "numberExists": true, "chatId": "2000@lid", "pn": "222@c.us" });
    assert_eq!(get(&server, path).await.json(200), expected);
    assert_eq!(get(&server, "/api/checkNumberStatus?session=default&phone=222").await.json(200), expected);
}

#[tokio::test]
async fn the_address_book_can_be_written() {
    for engine in ENGINES {
        let server = server(engine).await;
        let bea = json!({ "firstName": "Bea", "lastName": "" });
        let answer = put(&server, "/api/default/contacts/2@c.us", bea).await;
        if engine == Engine::Wpp {
            answer.json(501);
            continue;
        }
        assert_eq!(answer.json(200), json!({ "success": true }));
        assert_eq!(get(&server, "/api/default/contacts/2").await.json(200)["name"], "Bea");
        let exists = get(&server, "/api/contacts/check-exists?session=default&phone=2").await.json(200);
        assert_eq!(exists["numberExists"], false);
        assert_eq!(get(&server, "/api/contacts/all?session=default").await.json(200).as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn people_can_be_blocked_in_a_browser_only() {
    for engine in ENGINES {
        let server = server(engine).await;
        let ada = json!({ "session": "default", "contactId": "11111111111@c.us" });
        let blocked = post(&server, "/api/contacts/block", ada.clone()).await;
        let about = get(&server, "/api/contacts/about?session=default&contactId=11111111111").await;
        if matches!(engine, Engine::Gows | Engine::Noweb) {
            blocked.json(501);
            about.json(501);
            continue;
        }
        blocked.empty(201);
        assert_eq!(about.json(200), json!({ "about": null }));
        let path = "/api/contacts?session=default&contactId=11111111111";
        if engine == Engine::Webjs {
            assert_eq!(get(&server, path).await.json(200)["isBlocked"], true);
        }
        post(&server, "/api/contacts/unblock", ada).await.empty(201);
        if engine == Engine::Webjs {
            assert_eq!(get(&server, path).await.json(200)["isBlocked"], false);
        }
    }
}
