use serde_json::{Value, json};
use waha_sim::{Engine, Server};

use super::*;

const GROUP: &str = "120363000000000001@g.us";

async fn send(server: &Server, chat: &str, text: &str) -> Value {
    let request = json!({ "session": "default", "chatId": chat, "text": text });
    post(server, "/api/sendText", request).await.json(201)
}

#[tokio::test]
async fn gows_says_little_about_a_sent_message() {
    let server = server(Engine::Gows).await;
    let sent = send(&server, "222", "Hi").await;
    let id = sent["id"].as_str().unwrap();
    assert!(id.starts_with("true_222@c.us_3EB0"), "{id}");
    assert_eq!(sent["_data"]["Info"]["Chat"], "222@s.whatsapp.net");
    assert_eq!(sent["_data"]["Message"], json!({ "extendedTextMessage": { "text": "Hi" } }));

    let to_group = send(&server, GROUP, "Hi").await;
    let id = to_group["id"].as_str().unwrap();
    assert!(id.starts_with(&format!("true_{GROUP}_")) && id.ends_with("_10000000001@c.us"));
    assert_ne!(sent["id"], to_group["id"]);
}

#[tokio::test]
async fn noweb_answers_what_baileys_says() {
    let server = server(Engine::Noweb).await;
    let sent = send(&server, "222@c.us", "Hi").await;
    assert_eq!(sent["key"]["remoteJid"], "222@s.whatsapp.net");
    assert_eq!(sent["key"]["fromMe"], true);
    assert_eq!(sent["message"], json!({ "extendedTextMessage": { "text": "Hi" } }));
    assert!(sent["messageTimestamp"].is_string());
    assert_eq!(sent["status"], "PENDING");
    assert!(sent.get("participant").is_none());
    assert!(send(&server, GROUP, "Hi").await["participant"].is_string());
}

#[tokio::test]
async fn webjs_takes_the_id_apart() {
    let server = server(Engine::Webjs).await;
    let sent = send(&server, "222@c.us", "Hi").await;
    assert_eq!(sent["id"]["remote"], "222@c.us");
    let id = sent["id"]["id"].as_str().unwrap();
    assert_eq!(sent["id"]["_serialized"], format!("true_222@c.us_{id}"));
    assert_eq!((&sent["body"], &sent["ack"]), (&json!("Hi"), &json!(0)));
}

#[tokio::test]
async fn wpp_answers_what_the_document_promises() {
    let server = server(Engine::Wpp).await;
    let sent = send(&server, "222@c.us", "Hi").await;
    assert!(sent["id"].as_str().unwrap().starts_with("true_222@c.us_"));
    assert!(sent["timestamp"].is_u64());
    assert_eq!((&sent["to"], &sent["ackName"]), (&json!("222@c.us"), &json!("SERVER")));
}

#[tokio::test]
async fn some_engines_take_the_id_of_a_message() {
    let request = json!({ "session": "default", "chatId": "2@c.us", "text": "Hi", "id": "MINE" });
    let gows = post(&server(Engine::Gows).await, "/api/sendText", request.clone()).await.json(201);
    assert_eq!(gows["id"], "true_2@c.us_MINE");
    let wpp = post(&server(Engine::Wpp).await, "/api/sendText", request).await.json(201);
    assert_ne!(wpp["id"], "true_2@c.us_MINE");
}

#[tokio::test]
async fn a_message_without_a_text_breaks_something_inside() {
    let server = server(Engine::Gows).await;
    let request = json!({ "session": "default", "chatId": "2@c.us" });
    assert_eq!(post(&server, "/api/sendText", request).await.json(500)["exception"]["name"], "TypeError");
}

#[tokio::test]
async fn a_message_makes_a_chat() {
    for engine in ENGINES {
        let server = server(engine).await;
        assert_eq!(get(&server, "/api/default/chats").await.json(200), json!([]));
        send(&server, "11111111111@c.us", "one").await;
        send(&server, "11111111111", "two").await;
        send(&server, "222@c.us", "three").await;
        let chats = get(&server, "/api/default/chats").await.json(200);
        assert_eq!(chats.as_array().unwrap().len(), 2);
        let chat = &chats[0];
        assert_eq!(chat["name"], "Ada");
        match engine {
            Engine::Gows => {
                assert_eq!(chat["id"], "11111111111@c.us");
                assert!(chat["conversationTimestamp"].is_u64());
                assert_eq!(chats[1]["name"], "");
            }
            Engine::Noweb => {
                assert_eq!(chat["id"], "11111111111@s.whatsapp.net");
                assert!(chats[1].get("name").is_none());
            }
            Engine::Webjs => {
                let id = json!({
                    "server": "c.us",
                    "user": "11111111111",
                    "_serialized": "11111111111@c.us",
                });
                assert_eq!(chat["id"], id);
                assert_eq!(chat["lastMessage"]["body"], "two");
            }
            _ => assert_eq!(chat["id"], "11111111111@c.us"),
        }
    }
}

#[tokio::test]
async fn chats_are_sorted_and_cut() {
    let server = server(Engine::Gows).await;
    for number in 0..25 {
        send(&server, &format!("{number:02}"), "Hi").await;
        server.advance(std::time::Duration::from_secs(1));
    }
    let ids = async |query: &str| {
        let rows = get(&server, &format!("/api/default/chats{query}")).await.json(200);
        let ids = rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids("").await.len(), 20);
    assert_eq!(ids("?limit=100").await.len(), 25);
    let newest = ids("?sortBy=conversationTimestamp&sortOrder=desc&limit=2&merge=true").await;
    assert_eq!(newest, ["24@c.us", "23@c.us"]);
    assert_eq!(ids("?sortBy=id&limit=2&offset=20").await, ["20@c.us", "21@c.us"]);
}

#[tokio::test]
async fn an_invite_code_is_bare_text() {
    for engine in ENGINES {
        let builder = Server::builder().engine(engine).session("default").group(GROUP, |group| group);
        let server = builder.start().await.unwrap();
        let path = format!("/api/default/groups/{GROUP}/invite-code");
        let answer = get(&server, &path).await;
        let is_link = answer.text(200).starts_with("https://chat.whatsapp.com/");
        assert_eq!(is_link, engine == Engine::Gows);
    }
}
