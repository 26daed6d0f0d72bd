use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use waha_sim::{Engine, HALF_EMOJI, Server, SessionStatus};

use super::*;

async fn control(server: &Server, command: &str, params: Value) -> Answered {
    post(server, &format!("/__sim/{command}"), params).await
}

fn events(server: &Server, name: &str) -> Vec<Value> {
    server.events().into_iter().filter(|event| event["event"] == name).collect()
}

#[tokio::test]
async fn a_program_can_be_controlled_from_outside() {
    let builder = Server::builder().session_in("new", SessionStatus::ScanQrCode);
    let server = builder.start().await.unwrap();
    let control = async |path: &str| Answered::from(request(&server, Method::POST, path)).await;
    control("/__sim/pair?session=new").await.empty(200);
    let received = control("/__sim/receive?session=new&from=11111111111&text=Hello%20there").await.json(200);
    assert!(received["id"].as_str().unwrap().starts_with("false_11111111111@c.us_"));
    control("/__sim/advance?seconds=90").await.empty(200);
    let state = get(&server, "/__sim/state").await.json(200);
    assert_eq!(state["time"], "2026-11-23T08:01:30.000Z");
    let session = &state["sessions"]["new"];
    assert_eq!(session["sessions_get"]["status"], "WORKING");
    assert_eq!(session["chats_list_overview"][0]["lastMessage"]["body"], "Hello there");
    assert_eq!(state, server.state().await);
}

#[tokio::test]
async fn control_wants_the_key_as_well() {
    let server = Server::builder().api_key("secret").start().await.unwrap();
    assert_eq!(get(&server, "/__sim/state").await.json(401), json!({ "message": "Unauthorized", "statusCode": 401 }));
    get(&server, "/__sim/state?x-api-key=secret").await.json(200);
    let advance = request(&server, Method::POST, "/__sim/advance?x-api-key=secret&seconds=1");
    Answered::from(advance).await.empty(200);
}

#[tokio::test]
async fn wrong_control_calls_are_refused_with_the_reason() {
    let server = server(Engine::Gows).await;
    let cases = [
        ("pair", json!({}), 400, "missing field `session`"),
        ("pair", json!({ "session": "default" }), 422, "its status is WORKING"),
        ("pair", json!({ "session": "nobody" }), 404, "Session not found"),
        ("status", json!({ "session": "default", "status": "FINE" }), 400, "SCAN_QR_CODE"),
        ("status", json!({ "session": "nobody", "status": "FAILED" }), 404, "Session not found"),
        ("advance", json!({ "seconds": -1 }), 400, "is no number of seconds"),
        ("advance", json!({ "seconds": 1, "minutes": 1 }), 400, "unknown field `minutes`"),
        ("receive", json!({ "session": "default", "from": "Ada", "text": "Hi" }), 400, "`Ada` is no id of a person"),
        ("receive", json!({ "session": "default", "from": "1" }), 400, "one of `text`, `file`, `location`"),
        ("receive", json!({ "session": "nobody", "from": "1", "text": "Hi" }), 404, "Session not found"),
        ("receive", json!({ "session": "default", "from": "1", "text": "Hi", "group": "1" }), 400, "no id of a group"),
        (
            "receive",
            json!({ "session": "default", "from": "1", "file": { "mimetype": "a/b", "data": "?" } }),
            400,
            "Base64",
        ),
        (
            "react",
            json!({ "session": "default", "from": "1", "message": "true_1@c.us_A", "text": "x" }),
            404,
            "not found",
        ),
        ("react", json!({ "session": "default", "from": "1", "message": "odd", "text": "x" }), 404, "'odd' not found"),
        ("groups", json!({ "id": "1@c.us" }), 400, "no id of a group"),
        ("groups/join", json!({ "group": "1@g.us", "person": "1" }), 404, "no group '1@g.us'"),
        ("presence", json!({ "person": "1", "presence": "asleep" }), 400, "unknown variant `asleep`"),
        ("faults", json!({ "on": "send_text" }), 400, "`send_text` is no operation"),
        ("faults", json!({ "bad_gatewy": true }), 400, "unknown field `bad_gatewy`"),
        ("nothing", json!({}), 404, "GET /__sim/ lists"),
        ("pair", json!([]), 400, "must be a JSON object"),
    ];
    for (command, params, status, reason) in cases {
        let refused = control(&server, command, params).await.json(status);
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(reason), "{command}: {message}");
    }
    let message = get(&server, "/__sim/pair").await.json(404)["message"].clone();
    assert_eq!(message, "Cannot GET /__sim/pair, but POST");
    assert!(server.events().is_empty());
}

#[tokio::test]
async fn all_kinds_of_messages_are_received() {
    let server = server(Engine::Gows).await;
    let receive = async |mut message: Value| {
        message["session"] = "default".into();
        message["from"] = "11111111111".into();
        let id = control(&server, "receive", message).await.json(200)["id"].clone();
        let last = events(&server, "message").pop().unwrap()["payload"].clone();
        assert_eq!(last["id"], id);
        last
    };
    assert_eq!(receive(json!({ "text": "Hi" })).await["body"], "Hi");
    let file = json!({ "mimetype": "image/png", "data": "AAEC", "caption": "three bytes", "filename": "a.png" });
    let received = receive(json!({ "file": file })).await;
    assert_eq!((&received["hasMedia"], &received["body"]), (&json!(true), &json!("three bytes")));
    let url = received["media"]["url"].as_str().unwrap();
    assert_eq!(CLIENT.get(url).send().await.unwrap().bytes().await.unwrap(), &[0, 1, 2][..]);
    assert_eq!(receive(json!({ "file": { "mimetype": "audio/ogg" } })).await["media"]["mimetype"], "audio/ogg");
    let place = receive(json!({ "location": { "latitude": 1.5, "longitude": -2.0, "name": "there" } })).await;
    assert!(place["location"]["latitude"].to_string().contains("1.5"), "{place}");
    let card = json!({ "name": "Bob", "vcard": "BEGIN:VCARD\nEND:VCARD" });
    assert_eq!(receive(json!({ "contact": card })).await["vCards"][0], "BEGIN:VCARD\nEND:VCARD");
    let emoji = r#"{"session":"default","from":"11111111111","text":"see you \ud83d"}"#;
    let request = request(&server, Method::POST, "/__sim/receive").body(emoji);
    Answered::from(request).await.json(200);
    let last = events(&server, "message").pop().unwrap();
    assert_eq!(last["payload"]["body"], format!("see you {HALF_EMOJI}"));
}

#[tokio::test]
async fn people_act_on_messages() {
    let server = server(Engine::Gows).await;
    let act = async |command: &str, mut params: Value| {
        params["session"] = "default".into();
        control(&server, command, params).await
    };
    let received = act("receive", json!({ "from": "11111111111", "text": "Hi" })).await.json(200)["id"].clone();
    let on = |text: &str| json!({ "from": "11111111111", "message": received, "text": text });
    act("react", on("👍")).await.empty(200);
    assert_eq!(events(&server, "message.reaction").len(), 1);
    act("edit", on("Hello")).await.empty(200);
    assert_eq!(events(&server, "message.edited").len(), 1);
    act("revoke", json!({ "from": "11111111111", "message": received })).await.empty(200);
    assert_eq!(events(&server, "message.revoked").len(), 1);
    act("write_on_phone", json!({ "chat": "11111111111", "text": "by hand" })).await.json(200);
    act("read", json!({ "chat": "11111111111" })).await.empty(200);
    assert!(!events(&server, "message.ack").is_empty());
    let poll = json!({ "session": "default", "chatId": "11111111111@c.us",
        "poll": { "name": "Tea?", "options": ["yes", "no"], "multipleAnswers": false } });
    let poll = post(&server, "/api/sendPoll", poll).await.json(201)["id"].clone();
    act("vote", json!({ "from": "11111111111", "message": poll, "options": ["yes"] })).await.empty(200);
    assert_eq!(events(&server, "poll.vote").len(), 1);
    assert!(act("call", json!({ "from": "11111111111", "video": true })).await.json(200)["id"].is_string());
    assert_eq!(events(&server, "call.received").len(), 1);
}

#[tokio::test]
async fn groups_and_contacts_are_added() {
    let server = server(Engine::Gows).await;
    control(&server, "contacts", json!({ "id": "3", "name": "Bob", "business": true })).await.empty(200);
    let bob = get(&server, "/api/contacts?session=default&contactId=3@c.us").await.json(200);
    assert_eq!(bob["name"], "Bob");
    let group =
        json!({ "id": "120363000000000009@g.us", "subject": "Club", "members": ["3"], "admins": ["11111111111"] });
    control(&server, "groups", group.clone()).await.empty(200);
    assert_eq!(get(&server, "/api/default/groups/count").await.json(200)["count"], 1);
    let again = control(&server, "groups", group).await.json(422)["message"].clone();
    assert_eq!(again, "There is a group '120363000000000009@g.us' already");
    let membership = json!({ "group": "120363000000000009@g.us", "person": "4" });
    control(&server, "groups/join", membership.clone()).await.empty(200);
    control(&server, "groups/leave", membership).await.empty(200);
    assert_eq!(events(&server, "group.v2.participants").len(), 2);
    let text = json!({ "session": "default", "from": "3", "text": "Hi all", "group": "120363000000000009@g.us" });
    control(&server, "receive", text).await.json(200);
    assert_eq!(events(&server, "message").pop().unwrap()["payload"]["from"], "120363000000000009@g.us");
}

#[tokio::test]
async fn people_who_are_added_can_answer() {
    let server = server(Engine::Gows).await;
    let bob =
        json!({ "id": 3, "answers": [{ "to": "ping", "with": "pong" }, { "containing": "?", "with": "no: {text}" }] });
    control(&server, "contacts", bob).await.empty(200);
    control(&server, "contacts", json!({ "id": 4, "offline": true, "answers": [{ "with": "late" }] })).await.empty(200);
    for (to, text) in [("3", "ping"), ("3", "Tea?"), ("3", "Tea!"), ("4", "Hi")] {
        let body = json!({ "session": "default", "chatId": format!("{to}@c.us"), "text": text });
        post(&server, "/api/sendText", body).await.json(201);
    }
    let answers =
        || events(&server, "message").iter().map(|event| event["payload"]["body"].clone()).collect::<Vec<_>>();
    assert_eq!(answers(), ["pong", "no: Tea?"]);
    control(&server, "presence", json!({ "person": 4, "presence": "online" })).await.empty(200);
    assert_eq!(answers().last(), Some(&json!("late")));
}

#[tokio::test]
async fn groups_that_are_added_can_wait_for_an_admin() {
    let server = server(Engine::Gows).await;
    let group = json!({ "id": "5@g.us", "restricted": true, "approves_members": true, "requested_by": [4] });
    control(&server, "groups", group).await.empty(200);
    let group = get(&server, "/api/default/groups/5@g.us").await.json(200);
    assert_eq!((&group["IsJoinApprovalRequired"], &group["IsLocked"]), (&json!(true), &json!(true)));
    let waiting = get(&server, "/api/default/groups/5@g.us/participants/join-requests").await;
    assert!(waiting.body().contains("4@"), "{}", waiting.body());
}

#[tokio::test]
async fn faults_are_set_and_ended() {
    let server = server(Engine::Gows).await;
    let fault = json!({ "on": "observability_ping", "refused": { "status": 422, "message": "no" } });
    control(&server, "faults", fault).await.empty(200);
    get(&server, "/ping").await.json(422);
    delete(&server, "/__sim/faults").await.empty(200);
    get(&server, "/ping").await.json(200);
}

#[tokio::test]
async fn what_was_asked_and_what_happened_can_be_read() {
    let server = server(Engine::Gows).await;
    control(&server, "receive", json!({ "session": "default", "from": "1", "text": "Hi" })).await.json(200);
    get(&server, "/api/sendText?a=b").await;
    let requests = get(&server, "/__sim/requests").await.json(200);
    assert_eq!((&requests[0]["method"], &requests[0]["path"]), (&json!("GET"), &json!("/api/sendText?a=b")));
    assert_eq!(requests.as_array().unwrap().len(), 1, "control calls are no requests");
    assert_eq!(get(&server, "/__sim/events").await.json(200), Value::from(server.events()));
    let help = get(&server, "/__sim/").await.body();
    assert!(help.contains("POST   /__sim/receive\n") && help.contains("DELETE /__sim/faults\n"), "{help}");
}

#[tokio::test]
async fn what_others_have_got_is_read_from_where_it_is_wanted_and_waited_for() {
    let server = server(Engine::Gows).await;
    assert_eq!(get(&server, "/__sim/sent").await.json(200), json!([]));
    let send = async |text: &str| {
        post(&server, "/api/sendText", json!({ "session": "default", "chatId": "11111111111@c.us", "text": text }))
            .await
    };
    send("one").await.json(201);
    send("two").await.json(201);
    let sent = get(&server, "/__sim/sent").await.json(200);
    let id = server.sent()[0].id.clone();
    assert_eq!(sent[0], json!({ "session": "default", "chat": "11111111111@c.us", "id": id, "text": "one" }));
    assert_eq!(get(&server, "/__sim/sent?since=1").await.json(200), json!([sent[1]]));
    assert_eq!(get(&server, "/__sim/sent?since=9").await.json(200), json!([]));
    assert_eq!(get(&server, "/__sim/requests?since=1").await.json(200).as_array().unwrap().len(), 1);
    let events = get(&server, "/__sim/events").await.json(200).as_array().unwrap().len();
    assert_eq!(get(&server, &format!("/__sim/events?since={events}")).await.json(200), json!([]));

    // It is answered when there is something, and no later than it is wanted.
    let (waited, _) = tokio::join!(get(&server, "/__sim/sent?since=2&wait=30"), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        send("three").await.json(201)
    });
    assert_eq!(waited.json(200)[0]["text"], "three");
    let begun = std::time::Instant::now();
    assert_eq!(get(&server, "/__sim/sent?since=3&wait=0.2").await.json(200), json!([]));
    assert!(begun.elapsed() >= Duration::from_millis(200));

    for (query, why) in [("since=some", "whole one, such as 3"), ("since=-1", "whole one"), ("wait=x", "seconds")] {
        let refused = get(&server, &format!("/__sim/sent?{query}")).await.json(400);
        assert!(refused["message"].as_str().unwrap().contains(why), "{refused}");
    }
    assert!(get(&server, "/__sim/sent?until=3").await.json(400)["message"].to_string().contains("unknown field"));
}

#[tokio::test]
async fn connections_are_cut_by_control_calls_which_are_not_cut_themselves() {
    let server = server(Engine::Gows).await;
    // Each call of these tests has a connection of its own, or one that is open already.
    let ping = async || {
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
        client.get(format!("{}/ping", server.url())).send().await.is_ok()
    };
    assert!(ping().await);
    control(&server, "connections/cut", json!({ "least": 5, "most": 20 })).await.empty(200);
    for _ in 0..5 {
        assert!(!ping().await);
        let state = reqwest::Client::new().get(format!("{}/__sim/state", server.url())).send().await.unwrap();
        assert_eq!(state.status().as_u16(), 200);
    }
    let spared = reqwest::Client::new().post(format!("{}/__sim/connections/spare", server.url())).send().await.unwrap();
    assert_eq!(spared.status().as_u16(), 200);
    assert!(ping().await);
    Answered::from(request(&server, Method::POST, "/__sim/connections/cut?least=0")).await.empty(200);
    assert!(!ping().await);
    let refused = control(&server, "connections/cut", json!({ "least": 5, "most": 1 })).await.json(400);
    assert!(refused["message"].as_str().unwrap().contains("5 or more"), "{refused}");
    control(&server, "connections/cut", json!({})).await.json(400);
}

#[tokio::test]
async fn the_document_is_served() {
    let server = Server::builder().api_key("secret").start().await.unwrap();
    let document = get(&server, "/-json").await.json(200);
    assert_eq!(document["openapi"], "3.0.3");
    assert!(document["paths"].get("/api/sendText").is_some());
}

#[tokio::test]
async fn answers_are_dated_by_the_clock_of_the_server() {
    let server = Server::builder().session("default").start().await.unwrap();
    let date = async || {
        let answer = reqwest::get(format!("{}/ping", server.url())).await.unwrap();
        answer.headers()["date"].to_str().unwrap().to_owned()
    };
    let before = date().await;
    server.advance(Duration::from_secs(24 * 3600));
    let after = date().await;
    assert_eq!((before[17..].len(), &before[17..]), (12, &after[17..]));
    assert_ne!(before, after);
}
