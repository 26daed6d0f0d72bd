use std::time::Duration;

use serde_json::{Value, json};
use waha_sim::{Person, Presence, Server};

use super::*;

const ADA: &str = "11111111111@c.us";
const GROUP: &str = "120363000000000001@g.us";

async fn server_with(ada: impl FnOnce(Person) -> Person) -> Server {
    Server::builder().session("default").group(GROUP, |group| group.member(ADA)).person(ADA, ada).start().await.unwrap()
}

async fn send(server: &Server, chat: &str, text: &str) {
    post(server, "/api/sendText", json!({ "session": "default", "chatId": chat, "text": text })).await.json(201);
}

/// What has come in so far.
fn heard(server: &Server) -> Vec<Value> {
    let incoming = server.events().into_iter().filter(|event| event["event"] == "message");
    incoming.map(|event| event["payload"].clone()).collect()
}

fn acks(server: &Server) -> Vec<Value> {
    let acks = server.events().into_iter().filter(|event| event["event"] == "message.ack");
    acks.map(|event| event["payload"]["ackName"].clone()).collect()
}

#[tokio::test]
async fn a_person_reads_and_answers() {
    let server = server_with(|ada| ada.replies("ping", "pong")).await;
    send(&server, ADA, "ping").await;
    send(&server, ADA, "nothing to say to that").await;
    let heard = heard(&server);
    assert_eq!((heard.len(), &heard[0]["body"], &heard[0]["from"]), (1, &json!("pong"), &json!(ADA)));
    assert_eq!(acks(&server)[..3], ["SERVER", "DEVICE", "READ"]);
}

#[tokio::test]
async fn a_person_answers_in_a_group() {
    let server = server_with(|ada| ada.answers(|text| Some(text.to_uppercase()))).await;
    send(&server, GROUP, "hello").await;
    let heard = heard(&server);
    assert_eq!((&heard[0]["body"], &heard[0]["from"]), (&json!("HELLO"), &json!(GROUP)));
}

#[tokio::test]
async fn an_answer_takes_its_time() {
    let server = server_with(|ada| ada.replies("ping", "pong").takes(Duration::from_secs(5))).await;
    send(&server, ADA, "ping").await;
    server.advance(Duration::from_secs(4));
    assert!(heard(&server).is_empty());
    server.advance(Duration::from_secs(1));
    assert_eq!(heard(&server).len(), 1);
}

#[tokio::test]
async fn who_is_offline_answers_later_and_who_never_reads_does_not() {
    let server = server_with(|ada| ada.replies("ping", "pong").offline()).await;
    send(&server, ADA, "ping").await;
    assert_eq!((heard(&server).len(), acks(&server)), (0, vec![json!("SERVER")]));
    server.set_presence(ADA, Presence::Online);
    assert_eq!(heard(&server).len(), 1);

    let server = server_with(|ada| ada.replies("ping", "pong").never_reads()).await;
    send(&server, ADA, "ping").await;
    assert_eq!((heard(&server).len(), acks(&server)), (0, vec![json!("SERVER"), json!("DEVICE")]));
}

#[tokio::test]
async fn a_person_has_plans() {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    let server = server_with(|ada| {
        ada.leaves(GROUP, minutes(1))
            .joins(GROUP, minutes(2))
            .writes("default", "I am back", minutes(3))
            .goes_offline(minutes(4))
            .replies("ping", "pong")
    })
    .await;
    server.advance(minutes(3));
    let changes: Vec<_> =
        server.events().into_iter().filter(|event| event["event"] == "group.v2.participants").collect();
    let types: Vec<_> = changes.iter().map(|event| &event["payload"]["type"]).collect();
    assert_eq!(types, ["leave", "join"]);
    assert_eq!(heard(&server)[0]["body"], "I am back");
    server.advance(minutes(1));
    send(&server, ADA, "ping").await;
    assert_eq!(heard(&server).len(), 1);
}
