//! Recorded answers: what the server sends, on every engine, is what the client reads.
//!
//! The fixtures hold facts as data: the shapes of answers by operation and engine, of an older release too. Each is
//! replayed by a server, and read by a call through the public API.

use std::collections::{BTreeMap, BTreeSet};

use base64::{prelude::BASE64_STANDARD, Engine as _};
use serde::{de::DeserializeOwned, Deserialize};
use serde_json::Value;
use waha::{types, Operation};

use crate::{
    calls,
    support::{Reply, Server},
};

/// An answer of the server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    pub operation: String,
    pub engine: String,
    pub release: String,
    pub why: String,
    pub status: u16,
    pub content_type: Option<String>,
    body: Option<Box<serde_json::value::RawValue>>,
    text: Option<String>,
    base64: Option<String>,
}

impl Fixture {
    /// The bytes of the body.
    pub fn bytes(&self) -> Vec<u8> {
        match (&self.body, &self.text, &self.base64) {
            (Some(json), None, None) => json.get().as_bytes().to_vec(),
            (None, Some(text), None) => text.as_bytes().to_vec(),
            (None, None, Some(base64)) => BASE64_STANDARD.decode(base64).expect("base64"),
            (None, None, None) => Vec::new(),
            _ => panic!("{}: one body at the most", self.label()),
        }
    }

    /// For messages.
    pub fn label(&self) -> String {
        format!("{} on {} {} ({})", self.operation, self.engine, self.release, self.why)
    }
}

/// All answers, of all resources.
pub fn answers() -> Vec<Fixture> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/answers");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut answers = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Vec<Fixture> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        answers.extend(file);
    }
    answers
}

#[tokio::test]
async fn every_recorded_answer_is_read() {
    let calls: BTreeMap<_, _> = calls::all().into_iter().map(|call| (call.operation, call)).collect();
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    let mut failures = Vec::new();
    let answers = answers();
    for fixture in &answers {
        server.set_reply(Reply::new(fixture.status, fixture.content_type.as_deref(), fixture.bytes()));
        let call = calls.get(fixture.operation.as_str()).unwrap_or_else(|| panic!("{}", fixture.label()));
        if let Err(error) = (call.send)(session.clone()).await {
            failures.push(format!(
                "{}\n    {error}\n    {}",
                fixture.label(),
                error.clipped_body().unwrap_or_default()
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), answers.len(), failures.join("\n"));
    println!("{} recorded answers", answers.len());
}

#[test]
fn every_operation_has_a_recorded_answer() {
    let recorded: BTreeSet<_> = answers().into_iter().map(|fixture| fixture.operation).collect();
    let missing: Vec<_> = Operation::all().iter().map(Operation::id).filter(|id| !recorded.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("{} operations", recorded.len());
}

#[test]
fn answers_that_differ_by_engine_are_recorded_for_several() {
    let document: Value = serde_json::from_str(include_str!("../../openapi/waha.json")).unwrap();
    let mut engines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for fixture in answers() {
        engines.entry(fixture.operation).or_default().insert(fixture.engine);
    }
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let varying = operations.filter(|operation| operation["x-answer"] == "varies-by-engine");
    let mut count = 0;
    for operation in varying {
        let id = operation["operationId"].as_str().unwrap();
        // Some of them only one engine has at all.
        let engines = engines[id].iter().filter(|engine| *engine != "any");
        let named = engines.count();
        assert!(named > 0, "{id} differs by engine");
        count += named;
    }
    println!("{count} pairs of an operation and an engine");
}

/// A webhook's body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    event: String,
    schema: String,
    engine: String,
    release: String,
    why: String,
    body: Value,
}

/// Reads a body as `T`, and writes what was read.
fn read<T: DeserializeOwned + serde::Serialize>(body: &str) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

type Reader = fn(&str) -> Result<Value, String>;

/// The readers of the types of webhooks, by the schema's name.
macro_rules! readers {
    ($($name:ident)*) => {
        pub const WEBHOOKS: &[(&str, Reader)] = &[$((stringify!($name), read::<types::$name>)),*];
    };
}

readers! {
    WebhookCallAccepted WebhookCallReceived WebhookCallRejected WebhookChatArchive WebhookEngineEvent
    WebhookEventResponse WebhookEventResponseFailed WebhookGroupJoin WebhookGroupLeave WebhookGroupV2Join
    WebhookGroupV2JoinRequest WebhookGroupV2Leave WebhookGroupV2Participants WebhookGroupV2Update
    WebhookLabelChatAdded WebhookLabelChatDeleted WebhookLabelDeleted WebhookLabelUpsert WebhookMessage
    WebhookMessageAck WebhookMessageAckGroup WebhookMessageAny WebhookMessageEdited WebhookMessageReaction
    WebhookMessageRevoked WebhookMessageWaiting WebhookPollVote WebhookPollVoteFailed WebhookPresenceUpdate
    WebhookSessionStatus WebhookStateChange
}

#[test]
fn every_event_is_read() {
    let events: Vec<Event> = serde_json::from_str(include_str!("../fixtures/events.json")).unwrap();
    let document: Value = serde_json::from_str(include_str!("../../openapi/waha.json")).unwrap();
    let declared = document["x-webhooks"].as_object().unwrap();
    let readers: BTreeMap<_, _> = WEBHOOKS.iter().copied().collect();
    let mut failures = Vec::new();
    for Event { event, schema, engine, release, why, body } in &events {
        let reference = &declared[event]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(reference, &format!("#/components/schemas/{schema}"), "{why}");
        match readers[schema.as_str()](&body.to_string()) {
            Ok(written) => assert_eq!(written["event"], *event, "{why}"),
            Err(error) => failures.push(format!("{event} on {engine} {release} ({why}): {error}")),
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), events.len(), failures.join("\n"));
    let seen: BTreeSet<_> = events.iter().map(|event| event.event.as_str()).collect();
    let missing: Vec<_> = declared.keys().filter(|event| !seen.contains(event.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("{} bodies of {} events", events.len(), seen.len());
}
