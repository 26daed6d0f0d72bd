//! Events: `waha listen`, `trigger`, `replay` and `webhook`.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdout},
    time::Duration,
};

use serde_json::Value;
use waha::events::{Payload, Verifier};
use waha_sim::{Fault, Incoming, Server};

use crate::support::{Person, interrupt, until};

const SECRET: &str = "webhook-secret";

/// A path of the stand-in that takes any body, so that it can stand in for a bot as well.
const RECEIVER: &str = "/api/sessions/none/stop";

/// `waha listen`, which listens already.
struct Listening {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
}

impl Listening {
    async fn start(person: &Person, args: &[&str]) -> Self {
        let mut child = person.start([&["listen"], args].concat());
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        until("a WebSocket", || person.server().websockets() > 0).await;
        Self { child, out, err }
    }

    fn line(&mut self) -> String {
        self.out.next().unwrap().unwrap()
    }

    /// The next line on stderr that has these words in it.
    fn note(&mut self, words: &str) -> String {
        self.err.by_ref().map(Result::unwrap).find(|line| line.contains(words)).unwrap()
    }

    fn stop(mut self) -> i32 {
        interrupt(&self.child);
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_lines_until_ctrl_c() {
    let person = Person::new().await;
    let mut listening = Listening::start(&person, &["--events", "message", "-o", "table"]).await;
    person.server().receive("default", Incoming::text("11111111111", "Lunch?"));
    let line = listening.line();
    assert!(line.contains("default  message  Ada: Lunch?"), "{line}");
    assert_eq!(listening.stop(), 0);
    person.run(["listen", "--events", "messages"]).fails(2, "there is no event `messages`");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gaps_are_told_and_what_came_in_them_is_fetched() {
    let person = Person::with(Server::builder().real_time().session("default")).await;
    let mut listening = Listening::start(&person, &["--events", "message", "--json", "--catch-up"]).await;
    person.server().receive("default", Incoming::text("11111111111", "one"));
    assert!(listening.line().contains("one"));
    person.server().refuse_connections();
    person.server().drop_websockets();
    person.server().receive("default", Incoming::text("11111111111", "two"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    person.server().accept_connections();
    assert!(listening.line().starts_with(r#"{"gap":"#));
    assert!(listening.line().contains("two"));
    assert!(listening.line().starts_with(r#"{"caughtUp":"#));
    assert!(listening.note("gap").contains("missed"));
    assert_eq!(listening.stop(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_recorded_forwarded_and_replayed() {
    let person = Person::new().await;
    let bot = Server::builder().start().await.unwrap();
    let hook = format!("{}{RECEIVER}", bot.url());
    let mut listening = Listening::start(
        &person,
        &["--events", "message", "--json", "--record", "events.jsonl", "--forward-to", &hook, "--secret", SECRET],
    )
    .await;
    person.server().receive("default", Incoming::text("11111111111", "Hi"));
    let shown: Value = serde_json::from_str(&listening.line()).unwrap();
    until("a delivery", || !bot.requests().is_empty()).await;
    bot.fault(Fault::any().refused(500, "down"));
    person.server().receive("default", Incoming::text("11111111111", "Again"));
    listening.note("was not forwarded");
    assert_eq!(listening.stop(), 12);
    bot.clear_faults();
    let recorded: Value = serde_json::from_str(person.read("events.jsonl").lines().next().unwrap()).unwrap();
    assert_eq!(recorded, shown);
    assert!(recorded["payload"]["_data"].is_object() || recorded["payload"]["body"] == "Hi");
    let posted = &bot.requests()[0];
    let headers = posted.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let event = Verifier::new(SECRET).tolerance(None).verify(&posted.body, headers).unwrap();
    assert!(matches!(event.payload, Payload::Message(_)));
    assert_eq!(serde_json::from_slice::<Value>(&posted.body).unwrap(), recorded);

    person.run(["replay", "events.jsonl", "--to", &hook, "--secret", SECRET]).ok();
    let requests = bot.requests();
    let again = &requests[requests.len() - 2];
    let headers = again.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    // Its time is that of now, so that a receiver that looks at it takes it.
    assert_eq!(Verifier::new(SECRET).verify(&again.body, headers).unwrap().id, event.id);
    person.write("wrong.jsonl", "{}\nnot JSON\n");
    person.run(["replay", "wrong.jsonl", "--to", &hook]).fails(2, "line 2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_of_every_event_is_signed_and_as_documented() {
    let person = Person::alone();
    let bot = Server::builder().start().await.unwrap();
    let hook = format!("{}{RECEIVER}", bot.url());
    let refused = person.run(["trigger", "nothing"]);
    refused.fails(2, "message.ack.group");
    let names = refused.err.split("there are ").nth(1).unwrap().trim().split(", ");
    let mut count = 0;
    for name in names {
        let mut command = person.command(["trigger", name, "--to", &hook]);
        command.env("WAHA_WEBHOOK_SECRET", SECRET).output().unwrap();
        let requests = bot.requests();
        let posted = requests.last().unwrap();
        let headers = posted.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let event = Verifier::new(SECRET).verify(&posted.body, headers).unwrap();
        assert_eq!(event.name().as_str(), name);
        assert!(!matches!(event.payload, Payload::Undecodable { .. } | Payload::Unknown { .. }), "{event:?}");
        count += 1;
    }
    assert_eq!(count, 31);
    let written = person.run(["trigger", "message", "--text", "ping", "--query", "/payload/body"]);
    assert_eq!(written.ok(), "ping");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_set_up_shown_and_tested() {
    let person = Person::new().await;
    person.run(["webhook", "test"]).fails(3, "waha webhook set");
    let bot = Server::builder().start().await.unwrap();
    let hook = format!("{}{RECEIVER}", bot.url());
    person.run(["webhook", "set", &hook, "--events", "message,session.status", "--secret", SECRET]).ok();
    let list = person.run(["webhook", "list"]);
    assert_eq!(list.json()[0]["url"], hook);
    assert!(!list.out.contains(SECRET));
    assert_eq!(person.run(["webhook", "test"]).json()[0]["status"], 201);
    let requests = bot.requests();
    let posted = requests.last().unwrap();
    let headers = posted.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let event = Verifier::new(SECRET).verify(&posted.body, headers).unwrap();
    assert!(matches!(event.payload, Payload::SessionStatus(status) if status.status == "WORKING"));
    person.run(["webhook", "set", &hook, "--events", "messages"]).fails(2, "there is no event");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stand_in_runs() {
    let person = Person::alone();
    let mut child = person.start(["sim", "--port", "0", "--session", "shop", "--engine", "noweb"]);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = out.next().unwrap().unwrap();
    let url = line.strip_prefix("Listening on ").unwrap();
    let sent = person.run(["send", "11111111111", "echo", "--server", url, "--session", "shop"]);
    sent.ok();
    let status = person.run(["status", "--server", url, "--session", "shop", "--query", "/engine"]);
    assert_eq!(status.ok(), "NOWEB");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    person.run(["sim", "--host", "203.0.113.1"]).fails(1, "Choose another --port");
    person.run(["sim", "--engine", "STEAM"]).fails(2, "WEBJS, WPP, NOWEB or GOWS");
}
