//! What webhooks and WebSockets are told of messages, chats, labels and presences, on every engine.

use serde_json::{Value, json};
use waha_sim::{Engine, Incoming, Presence, Server};

use super::{recorded, *};

const BEA: &str = "22222222222@c.us";
const CARL: &str = "33333333333@c.us";
const CLUB: &str = "120363000000000001@g.us";

/// Lets happen what can happen.
async fn events(engine: Engine) -> Vec<Value> {
    let builder = Server::builder().engine(engine).session("default").contact(BEA, |it| it.push_name("Bea"));
    let server = builder.group(CLUB, |it| it.subject("Rowing club").member(BEA)).start().await.unwrap();
    let config = json!({ "noweb": { "store": { "enabled": true } }, "webjs": { "tagsEventsOn": true } });
    put(&server, "/api/sessions/default", json!({ "config": config })).await.json(200);
    server.set_status("default", waha_sim::SessionStatus::Working);
    let session = "default";
    incoming(&server);

    let own = send(&server, BEA).await;
    let poll = own_poll(&server, BEA).await;
    let poll_in_club = own_poll(&server, CLUB).await;
    server.write_on_phone(session, BEA, "No hurry");
    let in_club = server.write_on_phone(session, CLUB, "On my way");
    server.deliver(session, BEA);
    server.read(session, BEA);
    server.read_by(session, BEA, &in_club);
    server.refuse(session, &own);
    let theirs = server.receive(session, Incoming::text(BEA, "Is the boat in?"));
    let theirs_in_club = server.receive(session, Incoming::text(BEA, "Here").in_group(CLUB));
    server.react(session, BEA, &own, "👍");
    server.react(session, BEA, &own, "");
    server.react(session, BEA, &in_club, "⚓");
    let reaction = json!({ "session": session, "messageId": theirs_in_club, "reaction": "👍" });
    assert_eq!(put(&server, "/api/reaction", reaction).await.status, 200);
    let message = format!("/api/default/chats/{BEA}/messages/{own}");
    assert_eq!(put(&server, &message, json!({ "text": "See you at eight" })).await.status, 200);
    server.edit(session, BEA, &theirs, "Is the boat in yet?");
    for id in [theirs, theirs_in_club] {
        server.revoke(session, BEA, &id);
    }
    server.vote(session, BEA, &poll, &["a"]);
    server.vote(session, BEA, &poll, &[]);
    server.vote(session, BEA, &poll_in_club, &["a"]);
    for (chat, action) in [(BEA, "archive"), (CARL, "unarchive")] {
        post(&server, &format!("/api/default/chats/{chat}/{action}"), json!({})).await;
    }
    labels(&server).await;
    presences(&server).await;
    server.events()
}

fn incoming(server: &Server) {
    let receive = |incoming| server.receive("default", incoming);
    let rope = receive(Incoming::text(CARL, "Who brings the rope?").in_group(CLUB));
    receive(Incoming::text(BEA, "I do").in_group(CLUB).in_reply_to(rope));
    receive(Incoming::location(BEA, 54.32, 10.14).name("North pier"));
    receive(Incoming::file(BEA, "image/jpeg", b"1").caption("Look!"));
    receive(Incoming::file(BEA, "application/pdf", b"1").name("timetable.pdf"));
    let voice = receive(Incoming::file(BEA, "audio/ogg; codecs=opus", b"1"));
    receive(Incoming::text(BEA, "I heard it").in_reply_to(voice));
}

async fn send(server: &Server, chat: &str) -> String {
    post(server, "/api/sendText", json!({ "session": "default", "chatId": chat, "text": "See you" })).await.json(201);
    newest(server, chat).await
}

async fn own_poll(server: &Server, chat: &str) -> String {
    let poll = json!({ "name": "?", "options": ["a", "b"], "multipleAnswers": false });
    post(server, "/api/sendPoll", json!({ "session": "default", "chatId": chat, "poll": poll })).await.json(201);
    newest(server, chat).await
}

async fn newest(server: &Server, chat: &str) -> String {
    let messages = get(server, &format!("/api/default/chats/{chat}/messages?limit=1")).await.json(200);
    messages[0]["id"].as_str().unwrap().to_owned()
}

async fn labels(server: &Server) {
    post(server, "/api/default/labels", json!({ "name": "Regulars", "color": 4 })).await.json(201);
    for labels in [json!([{ "id": "1" }]), json!([])] {
        put(server, &format!("/api/default/labels/chats/{BEA}"), json!({ "labels": labels })).await.empty(200);
    }
    delete(server, "/api/default/labels/1").await.json(200);
}

async fn presences(server: &Server) {
    for chat in [BEA, CLUB] {
        post(server, &format!("/api/default/presence/{chat}/subscribe"), json!({})).await;
    }
    server.set_presence(BEA, Presence::Offline);
    server.set_presence(BEA, Presence::Recording);
    server.set_presence_in(CLUB, BEA, Presence::Typing);
}

#[tokio::test]
async fn events_are_told_as_each_engine_does_it() {
    let mut happened = Vec::new();
    for engine in ENGINES {
        happened.extend(events(engine).await);
    }
    let kinds = [
        "chat.archive",
        "label.chat.added",
        "label.chat.deleted",
        "label.deleted",
        "label.upsert",
        "message",
        "message.ack",
        "message.ack.group",
        "message.any",
        "message.edited",
        "message.reaction",
        "message.revoked",
        "poll.vote",
        "presence.update",
    ];
    let not_modelled = [
        ("label.upsert", "A colour that the engine does not name: the number is left out."),
        ("message", "A picture that the server did not download: the media have no address."),
        ("message", "A picture whose download failed: the media hold the error, an object with details."),
        ("message", "Two contact cards."),
        ("message", "A story, whose chat is the story list, and whose time the engine does not know."),
        ("message", "A message to be seen once: nothing of it is left but its key and its time."),
        ("message", "A live place with the few members that the engine has."),
        ("message", "A video that was not downloaded; the quoted message has its full id."),
        ("message.edited", "The library does not tell where the message comes from; the engine's data are an object."),
        ("message.edited", "Every member that a message may have."),
        ("message.edited", "An edit that could not be decrypted: the text is empty."),
        ("message.edited", "An own edit of which the engine does not know the edited message."),
        ("message.revoked", "Which message was deleted is not known."),
        ("presence.update", "A report that the engine did not recognise: the presence is left out."),
    ];
    recorded::check_events(&kinds, &happened, &not_modelled);
}
