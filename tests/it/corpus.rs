//! Recorded answers: what the server sends, on every engine, is what the client reads.
//!
//! The fixtures hold facts as data: the shapes of answers by operation and engine, of an older release too. Each is
//! replayed by a server, and read by a call through the public API.
//!
//! Most properties are optional, so that an answer is decoded even if the document misspells a name. Therefore everything
//! that was sent has to be found in the decoded value, and every declared property has to occur in a fixture.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use waha::{Operation, types};

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

    /// What the body says, as JSON; `None` where there is none, and for bytes.
    pub fn meaning(&self, schema: &Value) -> Option<Value> {
        if let Some(json) = &self.body {
            return Some(serde_json::from_str(json.get()).expect("raw JSON"));
        }
        let text = self.text.as_deref()?;
        // Of an event stream, what its event says.
        let text = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or(text);
        match serde_json::from_str(text) {
            Ok(value) if schema["type"] != "string" => Some(value),
            _ => Some(json!(text)),
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

pub fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi/waha.json")).unwrap()
}

/// The `operationId` and the answer's schema of every operation that has an answer. If it can be bytes or JSON that
/// contains them, the schema is that of the bytes.
pub fn answer_schemas(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    operations.filter_map(|operation| {
        let content = operation["responses"]["2XX"]["content"].as_object()?;
        let mut schemas = content.values().map(|content| &content["schema"]);
        let bytes = schemas.clone().find(|schema| schema["format"] == "binary");
        Some((operation["operationId"].as_str()?, bytes.or(schemas.next())?))
    })
}

/// What every webhook sends: its event, and the schema.
pub fn event_schemas(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let events = document["x-webhooks"].as_object().unwrap().iter();
    events.map(|(event, item)| (event.as_str(), &item["post"]["requestBody"]["content"]["application/json"]["schema"]))
}

/// Adds the names of the components that can be reached from a schema.
pub fn reach<'a>(document: &'a Value, schema: &'a Value, found: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(members) => {
            let (name, component) = resolve(document, schema);
            if name.is_some_and(|name| found.insert(name)) {
                reach(document, component, found);
            }
            members.values().for_each(|member| reach(document, member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(document, item, found)),
        _ => {}
    }
}

/// The schema behind a reference, with the name of the component; a schema that is no reference is itself.
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> (Option<&'a str>, &'a Value) {
    let reference = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str());
    match reference.and_then(|reference| reference.strip_prefix("#/components/schemas/")) {
        Some(name) => (Some(name), &document["components"]["schemas"][name]),
        None => (None, schema),
    }
}

pub fn is_required(schema: &Value, name: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|other| other == name))
}

/// A place in a value, and what the document says about it.
pub struct Spot<'a> {
    /// The component that declares it, and the way from there: `Message/vCards/*`. What is within open JSON is where
    /// the open JSON is.
    pub place: String,
    /// JSON pointer from the top of the value.
    pub pointer: String,
    /// The component that it has to be.
    pub component: Option<&'a str>,
    /// Its schema, behind the reference; null where nothing is declared.
    pub schema: &'a Value,
    pub is_optional: bool,
    pub is_nullable: bool,
    pub value: &'a Value,
}

impl<'a> Spot<'a> {
    fn new(document: &'a Value, declared: &'a Value, value: &'a Value, place: String, pointer: String) -> Self {
        let (component, schema) = resolve(document, declared);
        let is_nullable = declared["nullable"] == true || schema["nullable"] == true;
        Self { place, pointer, component, schema, is_optional: false, is_nullable, value }
    }

    /// Whether it holds no other places. An integer does not, though it may come in two halves.
    fn is_leaf(&self) -> bool {
        !(self.value.is_object() || self.value.is_array()) || self.schema["type"] == "integer"
    }

    /// The places directly in this one.
    fn below(&self, document: &'a Value) -> Vec<Self> {
        let schema = self.schema;
        match self.value {
            _ if self.is_leaf() => Vec::new(),
            Value::Array(items) => {
                let place = if schema["type"] == "array" { format!("{}/*", self.place) } else { self.place.clone() };
                let below = items.iter().enumerate().map(|(i, item)| {
                    Self::new(document, &schema["items"], item, place.clone(), format!("{}/{i}", self.pointer))
                });
                below.collect()
            }
            value => {
                let below = value.as_object().into_iter().flatten().map(|(name, value)| {
                    let mut declared = &schema["properties"][name];
                    let is_property = !declared.is_null();
                    let mut step = name.as_str();
                    if !is_property && schema["additionalProperties"].is_object() {
                        (declared, step) = (&schema["additionalProperties"], "*");
                    }
                    let place = match schema["type"].as_str() {
                        Some(_) => format!("{}/{step}", self.component.unwrap_or(&self.place)),
                        None => self.place.clone(),
                    };
                    let pointer = format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"));
                    let spot = Self::new(document, declared, value, place, pointer);
                    Self { is_optional: is_property && !is_required(schema, name), ..spot }
                });
                below.collect()
            }
        }
    }
}

/// All places in a value of this schema, itself first.
pub fn spots<'a>(document: &'a Value, schema: &'a Value, value: &'a Value) -> Vec<Spot<'a>> {
    let mut spots = vec![Spot::new(document, schema, value, String::new(), String::new())];
    let mut next = 0;
    while let Some(spot) = spots.get(next) {
        let below = spot.below(document);
        spots.extend(below);
        next += 1;
    }
    spots
}

/// What of a value is in what was read from it.
pub struct Comparison {
    found: usize,
    /// The first value that is missing from each place.
    pub lost: BTreeMap<String, String>,
}

/// Looks for all that was sent in what was read. Null and absent are the same, and numbers count by their value.
pub fn compare(document: &Value, schema: &Value, sent: &Value, read: &Value) -> Comparison {
    let mut comparison = Comparison { found: 0, lost: BTreeMap::new() };
    for spot in spots(document, schema, sent).into_iter().filter(|spot| spot.is_leaf() && !spot.value.is_null()) {
        let read = read.pointer(&spot.pointer).unwrap_or(&Value::Null);
        if means_the_same(spot.value, read) {
            comparison.found += 1;
        } else {
            let lost = format!("{}: {} is lost at {:?}, which is {read}", spot.place, spot.value, spot.pointer);
            comparison.lost.entry(spot.place).or_insert(lost);
        }
    }
    comparison
}

fn means_the_same(sent: &Value, read: &Value) -> bool {
    // Of an integer of 64 bits in two halves, as an older release sends it.
    let whole = |low: &Value, high: &Value| Some(json!((high.as_i64()? << 32) | (low.as_i64()? & 0xffff_ffff)));
    match (sent, read) {
        (Value::Object(halves), _) => whole(&halves["low"], &halves["high"]).as_ref() == Some(read),
        (Value::Number(sent), Value::Number(read)) if sent.is_f64() || read.is_f64() => sent.as_f64() == read.as_f64(),
        _ => sent == read,
    }
}

/// The places that are not read on purpose, each with the reason.
type Ignored = [(&'static str, &'static str)];

impl Comparison {
    /// What is lost and should not be; notes what was ignored.
    fn unexpected(mut self, ignored: &Ignored, met: &mut BTreeSet<&'static str>) -> impl Iterator<Item = String> {
        met.extend(ignored.iter().map(|(place, _)| *place).filter(|place| self.lost.remove(*place).is_some()));
        self.lost.into_values()
    }
}

/// Fails for an entry that is no longer needed.
fn assert_all_met(ignored: &Ignored, met: &BTreeSet<&str>) {
    let stale: Vec<_> = ignored.iter().filter(|(place, _)| !met.contains(place)).collect();
    assert!(stale.is_empty(), "read by now, or sent no more: {stale:?}");
}

/// Reads a body as `T`, and writes what was read.
fn read<T: DeserializeOwned + serde::Serialize>(body: &str) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let value: T = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

type Reader = fn(&str) -> Result<Value, String>;

/// The readers of types, by the schema's name.
macro_rules! readers {
    ($($name:ident)*) => {
        &[$((stringify!($name), read::<types::$name>)),*]
    };
}

/// Calls a macro with the types of answers.
macro_rules! answer_types {
    ($macro:ident) => {
        $macro! {
            Acknowledgement AdminsOnly ApiKey App CacheStats Channel ChannelCategory ChannelCountry ChannelListResult
            ChannelMessage ChannelView ChatPicture ChatPresences ChatSummary ContactAbout Count DatabaseCacheEntry
            GroupJoinRequest GroupJoinRequestResult GroupParticipant HealthCheck JoinedGroup Label LidToPhoneNumber MeInfo
            MemberAddMode MemberShareHistoryMode MembershipApproval MemoryCacheEntry Message MessageCapping NewMessageId
            NumberExists PairingCode PasskeyChallenge PasskeyConfirmation Pong Profile ProfilePicture PurgedCache
            ReachoutTimelock ReadMessages SentEvent ServerEnvironment ServerStatus ServerStop ServerVersion SessionInfo Success
        }
    };
}

/// Calls a macro with the types of webhooks.
macro_rules! webhook_types {
    ($macro:ident) => {
        $macro! {
            WebhookCallAccepted WebhookCallReceived WebhookCallRejected WebhookChatArchive WebhookEngineEvent
            WebhookEventResponse WebhookEventResponseFailed WebhookGroupJoin WebhookGroupLeave WebhookGroupV2Join
            WebhookGroupV2JoinRequest WebhookGroupV2Leave WebhookGroupV2Participants WebhookGroupV2Update
            WebhookLabelChatAdded WebhookLabelChatDeleted WebhookLabelDeleted WebhookLabelUpsert WebhookMessage
            WebhookMessageAck WebhookMessageAckGroup WebhookMessageAny WebhookMessageEdited WebhookMessageReaction
            WebhookMessageRevoked WebhookMessageWaiting WebhookPollVote WebhookPollVoteFailed WebhookPresenceUpdate
            WebhookSessionStatus WebhookStateChange
        }
    };
}

#[cfg(feature = "schemars")]
pub(crate) use {answer_types, webhook_types};

/// The readers of answers.
pub const ANSWERS: &[(&str, Reader)] = answer_types!(readers);

/// The readers of webhooks.
pub const WEBHOOKS: &[(&str, Reader)] = webhook_types!(readers);

/// What a call has read from a body, as JSON.
///
/// Open JSON, texts and booleans are the JSON that the call has kept; anything else is read once more, as the type that
/// the call has.
pub fn read_answer(document: &Value, schema: &Value, body: &Value, kept: &str) -> Result<Value, String> {
    match (resolve(document, schema), body) {
        (_, Value::Null) => Ok(Value::Null),
        ((None, schema), Value::Array(items)) if schema["type"] == "array" => {
            items.iter().map(|item| read_answer(document, &schema["items"], item, kept)).collect()
        }
        ((Some(name), schema), body) if schema["type"] == "object" => {
            let reader = ANSWERS.iter().find(|(other, _)| *other == name);
            let (_, reader) = reader.ok_or_else(|| format!("`ANSWERS` has no `{name}`"))?;
            reader(&body.to_string())
        }
        _ => serde_json::from_str(kept).map_err(|error| format!("{kept}: {error}")),
    }
}

/// Members of answers that are not read, on purpose.
const IGNORED_IN_ANSWERS: &Ignored = &[
    ("App/pk", "the number of a row in the server's database, which slips into one answer"),
    ("SessionConfig/unknownMember", "made up: the server stores what it does not know, and returns it"),
];

/// Members of webhooks that are not read, on purpose.
const IGNORED_IN_EVENTS: &Ignored = &[
    ("EventResponsePayload/ack", "about the message that carries the answer, and not about the answer"),
    ("EventResponsePayload/ackName", "as above"),
    ("EventResponsePayload/hasMedia", "as above"),
    ("MessageAck/body", "WEBJS sends the whole message; what all engines send is declared"),
    ("MessageAck/hasMedia", "as above"),
    ("MessageAck/source", "as above"),
    ("MessageAck/timestamp", "as above"),
    ("WebhookEngineEvent/delivery", "it stands for what a later release may add"),
];

#[tokio::test]
async fn every_recorded_answer_is_read() {
    let document = document();
    let schemas: BTreeMap<_, _> = answer_schemas(&document).collect();
    let calls: BTreeMap<_, _> = calls::all().into_iter().map(|call| (call.operation, call)).collect();
    let server = Server::start(Reply::new(200, None, "")).await;
    let session = server.session();
    let mut failures = Vec::new();
    let mut ignored = BTreeSet::new();
    let mut found = 0;
    let answers = answers();
    for fixture in &answers {
        server.set_reply(Reply::new(fixture.status, fixture.content_type.as_deref(), fixture.bytes()));
        let call = calls.get(fixture.operation.as_str()).unwrap_or_else(|| panic!("{}", fixture.label()));
        let mut fail = |failure: String| failures.push(format!("{}\n    {failure}", fixture.label()));
        let outcome = match (call.send)(session.clone()).await {
            Ok(outcome) => outcome,
            Err(error) => {
                fail(format!("{error}\n    {}", error.clipped_body().unwrap_or_default()));
                continue;
            }
        };
        if fixture.base64.is_some() {
            assert_eq!(outcome.debug, format!("{} bytes", fixture.bytes().len()), "{}", fixture.label());
        }
        // An operation without a schema answers with nothing that is worth reading.
        let Some(schema) = schemas.get(fixture.operation.as_str()) else { continue };
        let Some(sent) = fixture.meaning(schema) else { continue };
        match read_answer(&document, schema, &sent, &outcome.json) {
            Ok(read) => {
                let comparison = compare(&document, schema, &sent, &read);
                found += comparison.found;
                comparison.unexpected(IGNORED_IN_ANSWERS, &mut ignored).for_each(fail);
            }
            Err(error) => fail(error),
        }
    }
    assert!(failures.is_empty(), "{} in {} answers:\n{}", failures.len(), answers.len(), failures.join("\n"));
    assert_all_met(IGNORED_IN_ANSWERS, &ignored);
    println!("{} recorded answers, {found} values found again", answers.len());
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
    let document = document();
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
        // Some operations are supported by a single engine.
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
pub struct Event {
    pub event: String,
    schema: String,
    engine: String,
    release: String,
    why: String,
    pub body: Value,
}

/// All webhooks' bodies.
pub fn events() -> Vec<Event> {
    serde_json::from_str(include_str!("../fixtures/events.json")).unwrap()
}

#[test]
fn every_event_is_read() {
    let events = events();
    let document = document();
    let declared: BTreeMap<_, _> = event_schemas(&document).collect();
    let readers: BTreeMap<_, _> = WEBHOOKS.iter().copied().collect();
    let mut failures = Vec::new();
    let mut ignored = BTreeSet::new();
    let mut found = 0;
    for Event { event, schema: name, engine, release, why, body } in &events {
        let Some(schema) = declared.get(event.as_str()) else {
            failures.push(format!("`{event}` is not declared by `x-webhooks` of the document"));
            continue;
        };
        assert_eq!(resolve(&document, schema).0, Some(name.as_str()), "{why}");
        let mut fail = |failure: String| failures.push(format!("{event} on {engine} {release} ({why})\n    {failure}"));
        let Some(reader) = readers.get(name.as_str()) else {
            fail(format!("`webhook_types` in this file has no `{name}`"));
            continue;
        };
        match reader(&body.to_string()) {
            Ok(read) => {
                let comparison = compare(&document, schema, body, &read);
                found += comparison.found;
                comparison.unexpected(IGNORED_IN_EVENTS, &mut ignored).for_each(fail);
            }
            Err(error) => fail(error),
        }
    }
    assert!(failures.is_empty(), "{} in {} events:\n{}", failures.len(), events.len(), failures.join("\n"));
    assert_all_met(IGNORED_IN_EVENTS, &ignored);
    let seen: BTreeSet<_> = events.iter().map(|event| event.event.as_str()).collect();
    let missing: Vec<_> = declared.keys().filter(|event| !seen.contains(*event)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    println!("{} bodies of {} events, {found} values found again", events.len(), seen.len());
}

/// A property that occurs in no recorded answer or event may be misspelt in the document.
#[test]
fn every_declared_property_is_recorded() {
    let document = document();
    let answers_with: BTreeMap<_, _> = answer_schemas(&document).collect();
    let sends: BTreeMap<_, _> = event_schemas(&document).collect();
    let mut components = BTreeSet::new();
    for schema in answers_with.values().chain(sends.values()) {
        reach(&document, schema, &mut components);
    }
    let answers = answers().into_iter().filter_map(|fixture| {
        let schema = *answers_with.get(fixture.operation.as_str())?;
        Some((schema, fixture.meaning(schema)?))
    });
    let events = events().into_iter().map(|event| (sends[event.event.as_str()], event.body));
    let mut recorded = BTreeSet::new();
    for (schema, value) in answers.chain(events) {
        let spots = spots(&document, schema, &value).into_iter().filter(|spot| !spot.value.is_null());
        recorded.extend(spots.map(|spot| spot.place));
    }
    let properties = components.iter().flat_map(|name| {
        let properties = document["components"]["schemas"][name]["properties"].as_object();
        properties.into_iter().flatten().map(move |(property, _)| format!("{name}/{property}"))
    });
    let (seen, unseen): (Vec<_>, Vec<_>) = properties.partition(|property| recorded.contains(property));
    assert!(unseen.is_empty(), "{unseen:?}");
    println!("{} properties of {} schemas", seen.len(), components.len());
}
