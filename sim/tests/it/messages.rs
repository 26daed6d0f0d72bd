//! What becomes of messages: acks, edits, deletions, pages, filters and files.

use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::{Engine, Fault, Incoming, Server};

use super::*;

const ADA: &str = "11111111111@c.us";
const CLUB: &str = "120363000000000001@g.us";

/// A server, and the chat with Ada.
struct Chat {
    server: Server,
}

impl Chat {
    async fn new(engine: Engine) -> Self {
        Self { server: server(engine).await }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Answered {
        let request = request(&self.server, method, path);
        Answered::from(if body.is_null() { request } else { request.json(&body) }).await
    }

    async fn get(&self, path: &str) -> Answered {
        self.call(Method::GET, path, Value::Null).await
    }

    /// Sends a text, and tells its full id.
    async fn send(&self, text: &str) -> String {
        let body = json!({ "session": "default", "chatId": ADA, "text": text });
        let sent = self.call(Method::POST, "/api/sendText", body).await.json(201);
        let id = sent["key"]["id"].as_str().map(|id| format!("true_{ADA}_{id}"));
        id.or_else(|| sent["id"]["_serialized"].as_str().or_else(|| sent["id"].as_str()).map(str::to_owned)).unwrap()
    }

    /// The messages with Ada, newest first.
    async fn messages(&self, query: &str) -> Vec<Value> {
        let list = self.get(&format!("/api/default/chats/{ADA}/messages?{query}")).await.json(200);
        list.as_array().unwrap().clone()
    }

    async fn bodies(&self, query: &str) -> Vec<String> {
        let messages = self.messages(query).await;
        messages.iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect()
    }

    async fn message(&self, id: &str) -> Answered {
        self.get(&format!("/api/default/chats/{ADA}/messages/{id}")).await
    }
}

#[tokio::test]
async fn a_sent_message_gets_as_far_as_its_reader_lets_it() {
    for engine in ENGINES {
        let chat = Chat::new(engine).await;
        let id = chat.send("Hi").await;
        let ack = async || chat.message(&id).await.json(200)["ackName"].clone();
        assert_eq!(ack().await, "SERVER", "{engine}");
        chat.server.deliver("default", ADA);
        assert_eq!(ack().await, "DEVICE");
        chat.server.read("default", ADA);
        assert_eq!(ack().await, "READ");
        chat.server.deliver("default", ADA);
        assert_eq!(ack().await, "READ", "what was read stays read");
        chat.server.refuse("default", &id);
        assert_eq!(ack().await, "ERROR");
    }
}

#[tokio::test]
async fn messages_come_in_pages_and_through_filters() {
    let chat = Chat::new(Engine::Gows).await;
    for number in 0..6 {
        chat.send(&format!("sent {number}")).await;
        chat.server.receive("default", Incoming::text(ADA, format!("received {number}")));
        chat.server.advance(Duration::from_secs(10));
    }
    assert_eq!(chat.messages("").await.len(), 10);
    assert_eq!(chat.bodies("limit=2").await, ["received 5", "sent 5"]);
    assert_eq!(chat.bodies("limit=2&offset=3").await, ["sent 4", "received 3"]);
    assert_eq!(chat.bodies("limit=2&sortOrder=asc").await, ["sent 0", "received 0"]);
    assert_eq!(chat.bodies("limit=3&filter.fromMe=false").await, ["received 5", "received 4", "received 3"]);
    let times: Vec<_> = chat.messages("limit=100").await.iter().map(|it| it["timestamp"].as_u64().unwrap()).collect();
    let (newest, oldest) = (times[0], times[11]);
    assert_eq!(newest - oldest, 50);
    let window = format!("filter.timestamp.gte={}&filter.timestamp.lte={}", oldest + 1, newest - 1);
    assert_eq!(chat.messages(&format!("limit=100&{window}")).await.len(), 8);
    chat.server.read("default", ADA);
    chat.send("unread").await;
    assert_eq!(chat.messages("limit=100&filter.ack=READ").await.len(), 6);
    assert_eq!(chat.bodies("limit=100&filter.ack=SERVER").await, ["unread"]);
    let all = chat.get("/api/default/chats/all/messages?limit=100").await.json(200);
    assert_eq!(all.as_array().unwrap().len(), 13);
}

#[tokio::test]
async fn an_edit_changes_the_text_and_a_deletion_takes_it_away() {
    for engine in ENGINES {
        let chat = Chat::new(engine).await;
        let id = chat.send("at five").await;
        let path = format!("/api/default/chats/{ADA}/messages/{id}");
        chat.call(Method::PUT, &path, json!({ "text": "at six" })).await.json(200);
        assert_eq!(chat.bodies("").await, ["at six"]);
        let deleted = chat.call(Method::DELETE, &path, Value::Null).await;
        assert_eq!(deleted.status, 200, "{engine}");
        let left = chat.message(&id).await;
        match engine {
            Engine::Gows | Engine::Noweb => assert_eq!(left.json(404)["message"], "Message not found"),
            _ => assert_eq!(left.json(200)["body"], ""),
        }
    }
}

#[tokio::test]
async fn other_people_edit_delete_and_react_as_well() {
    let chat = Chat::new(Engine::Webjs).await;
    let id = chat.server.receive("default", Incoming::text(ADA, "at five"));
    chat.server.edit("default", ADA, &id, "at six");
    assert_eq!(chat.bodies("").await, ["at six"]);
    chat.server.react("default", ADA, &id, "👍");
    let last = async || chat.get("/api/default/chats").await.json(200)[0]["lastMessage"].clone();
    assert_eq!(last().await["hasReaction"], true);
    chat.server.react("default", ADA, &id, "");
    assert_eq!(last().await["hasReaction"], false);
    chat.server.revoke("default", ADA, &id);
    assert_eq!(last().await["type"], "revoked");
}

#[tokio::test]
async fn ids_are_full_or_bare_or_wrong() {
    for engine in ENGINES {
        let chat = Chat::new(engine).await;
        let id = chat.send("Hi").await;
        let bare = id.rsplit('_').next().unwrap();
        let takes_bare = engine != Engine::Wpp;
        assert_eq!(chat.message(bare).await.status, if takes_bare { 200 } else { 500 }, "{engine}");
        assert_eq!(chat.message("a_b").await.json(500)["exception"]["name"], "Error");
        chat.message(&format!("true_{ADA}_NOTHING")).await.json(404);
        let reaction = json!({ "session": "default", "messageId": bare, "reaction": "👍" });
        chat.call(Method::PUT, "/api/reaction", reaction).await.json(500);
    }
}

#[tokio::test]
async fn unread_messages_are_marked_once() {
    let chat = Chat::new(Engine::Gows).await;
    let old = chat.server.receive("default", Incoming::text(ADA, "old"));
    chat.server.advance(Duration::from_secs(8 * 24 * 60 * 60));
    let new = chat.server.receive("default", Incoming::text(ADA, "new"));
    let read = async |query: &str| {
        let path = format!("/api/default/chats/{ADA}/messages/read?{query}");
        chat.call(Method::POST, &path, Value::Null).await.json(201)["ids"].clone()
    };
    assert_eq!(read("").await, json!([new]));
    assert_eq!(read("").await, json!([]));
    assert_eq!(read("days=30").await, json!([old]));

    let browser = Chat::new(Engine::Webjs).await;
    browser.server.receive("default", Incoming::text(ADA, "new"));
    let unread = async || browser.get("/api/default/chats").await.json(200)[0]["unreadCount"].clone();
    assert_eq!(unread().await, 1);
    let seen = json!({ "session": "default", "chatId": ADA });
    assert_eq!(browser.call(Method::POST, "/api/sendSeen", seen).await.json(201), json!({ "ids": null }));
    assert_eq!(unread().await, 0);
    browser.call(Method::POST, &format!("/api/default/chats/{ADA}/unread"), Value::Null).await.empty(201);
    assert_eq!(unread().await, -1);
}

#[tokio::test]
async fn a_file_is_there_for_three_minutes_and_can_be_had_again() {
    for engine in ENGINES {
        let builder = Server::builder().engine(engine).api_key("secret").session("default");
        let server = builder.start().await.unwrap();
        let id = server.receive("default", Incoming::file(ADA, "image/jpeg", b"\xff\xd8\xff"));
        let get = async |url: String| Answered::from(CLIENT.get(url).header("X-Api-Key", "secret")).await;
        let message = format!("{}/api/default/chats/{ADA}/messages/{id}", server.url());
        let media = get(message.clone()).await.json(200)["media"].take();
        assert_eq!(media["mimetype"], "image/jpeg");
        let url = media["url"].as_str().unwrap().to_owned();
        assert!(url.starts_with(server.url()) && url.ends_with(".jpeg"), "{url}");
        assert_eq!(url.contains("false_"), matches!(engine, Engine::Webjs | Engine::Wpp));
        let file = get(url.clone()).await;
        assert_eq!((file.status, file.content_type.as_deref()), (200, Some("image/jpeg")));
        assert_eq!(file.bytes, b"\xff\xd8\xff");
        assert_eq!(Answered::from(CLIENT.get(&url)).await.status, 401);

        server.advance(Duration::from_secs(180));
        assert_eq!(get(url.clone()).await.json(404)["error"]["key"], "FILE_NOT_FOUND");
        let not_downloaded = get(format!("{message}?downloadMedia=false")).await.json(200);
        assert_eq!(not_downloaded["media"]["url"], Value::Null);
        let other_type = get(format!("{message}?downloadMediaMimetypes=video/,audio/ogg")).await.json(200);
        assert_eq!(other_type["media"]["url"], Value::Null);
        assert_eq!(get(url.clone()).await.status, 404);
        get(format!("{message}?downloadMediaMimetypes=video/,image/")).await.json(200);
        assert_eq!(get(url).await.status, 200);
    }
}

#[tokio::test]
async fn files_to_send_are_bytes_or_an_address() {
    let chat = Chat::new(Engine::Noweb).await;
    let send = async |file: Value| {
        let body = json!({ "session": "default", "chatId": ADA, "file": file });
        chat.call(Method::POST, "/api/sendFile", body).await
    };
    let sent = send(json!({ "url": "https://example.org/a/price%20list.pdf" })).await.json(201);
    assert_eq!(sent["message"]["documentMessage"]["mimetype"], "application/pdf");
    let sent = send(json!({ "data": "SGk", "mimetype": "text/plain", "filename": "hi.txt" })).await.json(201);
    assert_eq!(sent["message"]["documentMessage"]["fileLength"], "2");
    send(json!({ "url": "nowhere" })).await.json(500);
    send(json!({ "mimetype": "text/plain" })).await.json(422);

    let convert = |kind: &str| format!("/api/default/media/convert/{kind}");
    let video = json!({ "data": "AAAAGGZ0eXA=" });
    let same = chat.call(Method::POST, &convert("video"), video.clone()).await;
    assert_eq!((same.status, same.content_type.as_deref()), (201, Some("video/mp4")));
    assert_eq!(same.bytes, b"\0\0\0\x18ftyp");
    let voice = chat.call(Method::POST, &convert("voice"), video).await;
    assert_eq!(voice.content_type.as_deref(), Some("audio/ogg; codecs=opus"));
    assert!(voice.bytes.starts_with(b"OggS"));
    chat.call(Method::POST, &convert("voice"), json!({})).await.json(422);
}

#[tokio::test]
async fn some_requests_are_wrong_by_what_they_say() {
    let chat = Chat::new(Engine::Gows).await;
    let post = async |path: &str, mut body: Value| {
        body["session"] = json!("default");
        if body["chatId"].is_null() {
            body["chatId"] = json!(ADA);
        }
        chat.call(Method::POST, path, body).await
    };
    let poll = |options: Value| json!({ "poll": { "name": "?", "options": options, "multipleAnswers": false } });
    let refused = post("/api/sendPoll", poll(json!(["a", "a", ""]))).await.json(400);
    assert_eq!(refused["message"].as_array().unwrap().len(), 2);
    post("/api/sendPoll", poll(json!(["a", "b"]))).await.json(201);
    post("/api/sendText", json!({ "text": "Hi", "mentions": ["all"] })).await.json(422);
    post("/api/sendText", json!({ "text": "Hi", "mentions": ["all"], "chatId": CLUB })).await.json(201);
    let sections = json!([{ "title": "a", "rows": [{ "title": "b", "rowId": "c" }] }]);
    let list = json!({ "message": { "title": "a", "button": "b", "sections": sections }, "chatId": CLUB });
    post("/api/sendList", list).await.json(422);
    let preview = json!({ "url": "https://a.org", "title": "a", "description": "b" });
    post("/api/send/link-custom-preview", json!({ "text": "b.org", "preview": preview })).await.json(500);
    post("/api/sendText", json!({ "text": "Hi", "reply_to": "a_b" })).await.json(500);
}

#[tokio::test]
async fn a_forwarded_message_says_so() {
    let chat = Chat::new(Engine::Noweb).await;
    let id = chat.send("Hi").await;
    let body = json!({ "session": "default", "chatId": "222", "messageId": id });
    let forwarded = chat.call(Method::POST, "/api/forwardMessage", body).await.json(201);
    assert_eq!(forwarded["from"], "222@c.us");
    let text = &forwarded["_data"]["message"]["extendedTextMessage"];
    assert_eq!(text["contextInfo"]["isForwarded"], true);
    let body = json!({ "session": "default", "chatId": "222", "messageId": format!("true_{ADA}_NOTHING") });
    chat.call(Method::POST, "/api/forwardMessage", body).await.json(422);
}

#[tokio::test]
async fn noweb_wants_its_store() {
    let server = server(Engine::Noweb).await;
    put(&server, "/api/sessions/default", json!({ "config": {} })).await.json(200);
    for path in ["chats", "chats/overview", "chats/1/messages", "chats/1/messages/A", "labels"] {
        let refused = get(&server, &format!("/api/default/{path}")).await.json(400);
        assert!(refused["message"].as_str().unwrap().contains("config.noweb.store"), "{path}");
    }
}

#[tokio::test]
async fn an_engine_that_lacks_a_method_says_so() {
    use Engine::{Gows, Noweb, Webjs, Wpp};
    let in_chat = |rest: &str| format!("/api/default/chats/{ADA}{rest}");
    let message = format!("/messages/true_{ADA}_A");
    let card = json!({ "url": "https://a.org", "title": "a", "description": "b" });
    let list = json!({ "title": "a", "button": "b", "sections": [{ "title": "a", "rows": [{ "title": "b", "rowId": "c" }] }] });
    let event = json!({ "name": "a", "startTime": 1 });
    let cases: Vec<(&[Engine], Method, String, Value)> = vec![
        (&[Webjs, Wpp, Noweb], Method::POST, in_chat("/archive"), json!({})),
        (&[Webjs, Wpp, Noweb], Method::POST, in_chat("/unarchive"), json!({})),
        (&[Webjs, Wpp], Method::DELETE, in_chat(""), Value::Null),
        (&[Webjs, Wpp], Method::DELETE, in_chat("/messages"), Value::Null),
        (&[Webjs, Noweb], Method::POST, in_chat(&format!("{message}/pin")), json!({ "duration": 86400 })),
        (&[Webjs, Noweb], Method::POST, in_chat(&format!("{message}/unpin")), json!({})),
        (&[Webjs, Wpp, Noweb], Method::PUT, "/api/star".into(), json!({ "messageId": "true_1_A", "star": true })),
        (&[Gows, Webjs], Method::POST, "/api/sendPollVote".into(), json!({ "pollMessageId": "A", "votes": ["a"] })),
        (&[Gows, Noweb], Method::POST, "/api/sendList".into(), json!({ "message": list })),
        (
            &[Gows, Noweb],
            Method::POST,
            "/api/send/link-custom-preview".into(),
            json!({ "text": "https://a.org", "preview": card }),
        ),
        (&[Noweb], Method::POST, "/api/sendButtons".into(), json!({ "body": "a", "buttons": [{ "text": "a" }] })),
        (&[Noweb], Method::POST, "/api/sendLinkPreview".into(), json!({ "url": "https://a.org", "title": "a" })),
        (
            &[Webjs],
            Method::POST,
            "/api/send/buttons/reply".into(),
            json!({ "selectedDisplayText": "a", "selectedButtonID": "b" }),
        ),
        (&[Gows, Noweb], Method::GET, "/api/default/new-message-id".into(), Value::Null),
        (&[Gows, Noweb], Method::GET, "/api/default/chats/all/messages".into(), Value::Null),
        (&[Gows, Noweb], Method::GET, "/api/default/status/new-message-id".into(), Value::Null),
        (&[Gows, Noweb, Webjs], Method::POST, "/api/default/status/delete".into(), json!({ "id": "A" })),
        (&[Gows], Method::POST, "/api/default/events".into(), json!({ "event": event })),
        (&[Gows, Noweb, Wpp], Method::GET, "/api/default/presence".into(), Value::Null),
    ];
    for engine in ENGINES {
        let chat = Chat::new(engine).await;
        for (engines, method, path, body) in &cases {
            let mut body = body.clone();
            if body.is_object() {
                body["session"] = json!("default");
                body["chatId"] = json!(ADA);
            }
            let answer = chat.call(method.clone(), path, body).await;
            if engines.contains(&engine) {
                assert!(answer.status < 300, "{engine} {path}: {}", answer.body());
            } else {
                let message = answer.json(501)["message"].as_str().unwrap().to_owned();
                assert!(message.contains(engine.as_str()), "{engine} {path}: {message}");
            }
        }
    }
}

#[tokio::test]
async fn the_two_chats_of_a_person_are_told_as_one_unless_asked_otherwise() {
    const HIDDEN: &str = "222222222222222@lid";
    let builder = Server::builder().session("default").contact(ADA, |it| it.lid(HIDDEN));
    let server = builder.start().await.unwrap();
    server.receive("default", Incoming::text(ADA, "one"));
    server.advance(Duration::from_secs(1));
    server.receive("default", Incoming::text(HIDDEN, "two"));
    let count =
        async |path: &str| get(&server, &format!("/api/default/chats{path}")).await.json(200).as_array().unwrap().len();
    assert_eq!((count("").await, count("?merge=false").await), (1, 2));
    assert_eq!((count("/overview").await, count("/overview?merge=false").await), (1, 2));
    let messages = format!("/{ADA}/messages");
    assert_eq!((count(&messages).await, count(&format!("{messages}?merge=false")).await), (2, 1));
}

#[tokio::test]
async fn everybody_in_a_group_can_be_mentioned_at_once() {
    let builder = Server::builder().engine(Engine::Webjs).session("default");
    let server = builder.group(CLUB, |group| group.member(ADA)).start().await.unwrap();
    let body = json!({ "session": "default", "chatId": CLUB, "text": "Hi", "mentions": ["all"] });
    let sent = post(&server, "/api/sendText", body).await.json(201);
    assert_eq!(sent["mentionedIds"], json!([ADA]));
    let id = sent["id"]["_serialized"].as_str().unwrap();
    server.read_by("default", ADA, id);
    let message = get(&server, &format!("/api/default/chats/{CLUB}/messages/{id}")).await.json(200);
    let receipts = &message["_data"]["receipts"];
    assert_eq!((&receipts["readRemaining"], receipts["read"].as_array().unwrap().len()), (&json!(0), 1));
}

#[tokio::test]
async fn a_message_with_an_id_that_was_used_goes_out_once_unless_the_test_wants_it_otherwise() {
    let text = json!({ "session": "default", "chatId": ADA, "text": "hi", "id": "3EB0AA" });
    for engine in ENGINES {
        let takes_ids = matches!(engine, Engine::Gows | Engine::Noweb);
        for repeats in [false, true] {
            let builder = Server::builder().engine(engine).session("default");
            let builder = if repeats { builder.shows_repeated_ids() } else { builder };
            let server = builder.start().await.unwrap();
            for _ in 0..2 {
                let answer = post(&server, "/api/sendText", text.clone()).await.json(201).to_string();
                assert_eq!(answer.contains("3EB0AA"), takes_ids, "{engine}: {answer}");
            }
            let goes_out = if takes_ids && !repeats { 1 } else { 2 };
            assert_eq!(server.sent().len(), goes_out, "{engine}, {repeats}");
            assert!(server.sent().iter().all(|sent| sent.text.as_deref() == Some("hi") && sent.chat == ADA));
            let told = server.events().iter().filter(|event| event["event"] == "message.any").count();
            assert_eq!(told, goes_out, "{engine}, {repeats}");
        }
    }
}

#[tokio::test]
async fn a_forgotten_message_goes_out_and_is_in_no_chat_until_it_is_sent_again() {
    let server = Server::builder().session("default").start().await.unwrap();
    server.fault(Fault::on("chatting_send_text").times(1).forgotten().reset_before_answer());
    let text = json!({ "session": "default", "chatId": ADA, "text": "hi", "id": "3EB0AA" });
    request(&server, Method::POST, "/api/sendText").json(&text).send().await.unwrap_err();
    let path = format!("/api/default/chats/{ADA}/messages/3EB0AA");
    assert_eq!(get(&server, &path).await.json(404)["message"], "Message not found");
    assert_eq!(server.sent()[0].id, "3EB0AA");
    post(&server, "/api/sendText", text).await.json(201);
    assert_eq!(get(&server, &path).await.json(200)["body"], "hi");
    assert_eq!(server.sent().len(), 1);
}
