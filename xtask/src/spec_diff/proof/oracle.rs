//! Not an opinion: what HEAD's server may answer is read with the types that BASE's client has, and what BASE's client may
//! send is validated by HEAD's schemas. Where that fails, the change has to have been called breaking.
//!
//! BASE is the committed document, cut into pieces of one message each; HEAD is a piece that was changed by chance.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use waha::types;

use super::{sample::Sampler, tinker};
use client_diff::model::{Change, Wire};

use super::compare;
use crate::document::{operations, reachable, schema_name, schema_refs};

/// Changed documents of each direction.
const CASES: u64 = 2000;
/// Values for each of them.
const VALUES: usize = 16;

fn document() -> Value {
    serde_json::from_str(include_str!("../../../../openapi/waha.json")).expect("JSON")
}

type Reader = fn(&str) -> Result<(), String>;

fn read<T: DeserializeOwned>(body: &str) -> Result<(), String> {
    serde_json::from_str::<T>(body).map(drop).map_err(|error| error.to_string())
}

/// The readers of types, by the schema's name.
macro_rules! readers {
    ($($name:ident)*) => {
        &[$((stringify!($name), read::<types::$name>)),*]
    };
}

const READERS: &[(&str, Reader)] = readers! {
    Acknowledgement AdminsOnly ApiKey App CacheStats Channel ChannelCategory ChannelCountry ChannelListResult
    ChannelMessage ChannelView ChatPicture ChatPresences ChatSummary ContactAbout Count DatabaseCacheEntry
    GroupJoinRequest GroupJoinRequestResult GroupParticipant HealthCheck JoinedGroup Label LidToPhoneNumber MeInfo
    MemberAddMode MemberShareHistoryMode MembershipApproval MemoryCacheEntry Message MessageCapping NewMessageId
    NumberExists PairingCode PasskeyChallenge PasskeyConfirmation Pong Profile ProfilePicture PurgedCache
    ReachoutTimelock ReadMessages SentEvent ServerEnvironment ServerStatus ServerStop ServerVersion SessionInfo Success
    WebhookCallAccepted WebhookCallReceived WebhookCallRejected WebhookChatArchive WebhookEngineEvent
    WebhookEventResponse WebhookEventResponseFailed WebhookGroupJoin WebhookGroupLeave WebhookGroupV2Join
    WebhookGroupV2JoinRequest WebhookGroupV2Leave WebhookGroupV2Participants WebhookGroupV2Update
    WebhookLabelChatAdded WebhookLabelChatDeleted WebhookLabelDeleted WebhookLabelUpsert WebhookMessage
    WebhookMessageAck WebhookMessageAckGroup WebhookMessageAny WebhookMessageEdited WebhookMessageReaction
    WebhookMessageRevoked WebhookMessageWaiting WebhookPollVote WebhookPollVoteFailed WebhookPresenceUpdate
    WebhookSessionStatus WebhookStateChange
};

/// The one message of a document.
pub struct Piece {
    /// The document: one operation or event, and what it reaches.
    pub document: Value,
    /// Which message it is.
    message: Message,
    /// Where its schema is.
    pointer: String,
    /// Where all schemas are.
    places: Vec<String>,
    /// What reads it, and whether it is a list of that, or may be null.
    reader: Option<Reader>,
    is_list: bool,
    is_nullable: bool,
}

/// Which message it is.
#[derive(Clone)]
enum Message {
    Answer(String, String),
    Request(String, String),
    Event(String),
}

impl Piece {
    /// Returns the same message of another document.
    pub fn again(&self, whole: &Value) -> Self {
        Self::of(whole, self.message.clone())
    }

    fn of(whole: &Value, message: Message) -> Self {
        match &message {
            Message::Answer(path, method) => {
                let operation = &whole["paths"][path][method];
                let answer = &operation["responses"]["2XX"];
                let media_type = answer["content"].as_object().and_then(|content| content.keys().next());
                let media_type = media_type.map(|name| crate::document::escape(name)).unwrap_or_default();
                let pointer = crate::document::operation_pointer(path, method);
                let pointer = format!("{pointer}/responses/2XX/content/{media_type}/schema");
                let one = json!({
                    "operationId": operation["operationId"], "tags": operation["tags"],
                    "responses": {"2XX": {"description": "D", "content": answer["content"]}},
                });
                Self::new(whole, json!({path: {method: one}}), json!({}), pointer, message.clone())
            }
            Message::Request(path, method) => {
                let operation = &whole["paths"][path][method];
                let mut one = json!({
                    "operationId": operation["operationId"], "tags": operation["tags"],
                    "parameters": operation.get("parameters").cloned().unwrap_or_else(|| json!([])),
                    "responses": {"2XX": {"description": "D"}},
                });
                if let Some(body) = operation.get("requestBody") {
                    one["requestBody"] = body.clone();
                }
                let pointer = crate::document::operation_pointer(path, method);
                Self::new(whole, json!({path: {method: one}}), json!({}), pointer, message.clone())
            }
            Message::Event(event) => {
                let pointer = format!("/x-webhooks/{event}/post/requestBody/content/application~1json/schema");
                let item = &whole["x-webhooks"][event];
                Self::new(whole, json!({}), json!({event: item}), pointer, message.clone())
            }
        }
    }

    fn new(whole: &Value, paths: Value, webhooks: Value, pointer: String, message: Message) -> Self {
        let mut document = json!({
            "openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths, "x-webhooks": webhooks,
        });
        let roots = schema_refs(&document);
        let schemas = whole["components"]["schemas"].as_object().into_iter().flatten();
        let reached = reachable(whole, roots);
        let schemas: Map<_, _> = schemas
            .filter(|(name, _)| reached.contains(*name))
            .map(|(name, schema)| (name.clone(), schema.clone()))
            .collect();
        document["components"] = json!({ "schemas": schemas });
        let places = tinker::places(&document);
        Self { document, message, pointer, places, reader: None, is_list: false, is_nullable: false }
    }

    /// Returns the schema of the message, or the operation of a request.
    pub fn schema<'a>(&self, document: &'a Value) -> Option<&'a Value> {
        document.pointer(&self.pointer)
    }

    /// Finds the reader; a message that is no component's has none.
    fn read_by(mut self, readers: &BTreeMap<&str, Reader>) -> Option<Self> {
        let schema = self.schema(&self.document)?.clone();
        self.is_list = schema["type"] == "array";
        let item = if self.is_list { &schema["items"] } else { &schema };
        self.is_nullable = schema["nullable"] == true;
        let reference = item["$ref"].as_str().or(item["allOf"][0]["$ref"].as_str());
        let name = reference.and_then(schema_name)?;
        if self.document["components"]["schemas"][name]["type"] != "object" {
            return None;
        }
        self.reader = Some(*readers.get(name).unwrap_or_else(|| panic!("`READERS` has no `{name}`")));
        Some(self)
    }

    /// Reads a message as BASE's client does.
    pub fn read(&self, message: &Value) -> Result<(), String> {
        let reader = self.reader.expect("a reader");
        match message {
            Value::Null if self.is_nullable => Ok(()),
            Value::Array(items) if self.is_list => items.iter().try_for_each(|item| reader(&item.to_string())),
            _ if self.is_list => Err("no list".to_owned()),
            message => reader(&message.to_string()),
        }
    }
}

/// What the server sends: answers and events.
pub fn messages_of_server(whole: &Value) -> Vec<Piece> {
    let readers: BTreeMap<_, _> = READERS.iter().copied().collect();
    let mut pieces: BTreeMap<String, Piece> = BTreeMap::new();
    for operation in operations(whole) {
        let piece = Piece::of(whole, Message::Answer(operation.path.to_owned(), operation.method.to_owned()));
        let key = piece.schema(&piece.document).map(Value::to_string);
        pieces.extend(key.zip(piece.read_by(&readers)));
    }
    for (event, _) in whole["x-webhooks"].as_object().into_iter().flatten() {
        let piece = Piece::of(whole, Message::Event(event.clone()));
        pieces.extend(piece.read_by(&readers).map(|piece| (event.clone(), piece)));
    }
    pieces.into_values().collect()
}

/// The worst verdict on the wire.
fn worst(changes: &[Change]) -> Wire {
    changes.iter().map(|change| change.wire).max().unwrap_or_default()
}

/// How often what was said, and what happened.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<(Wire, bool), usize>,
    values: usize,
    failures: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: &str, changes: &[Change], failure: Option<String>) {
        let wire = worst(changes);
        *self.counts.entry((wire, failure.is_some())).or_default() += 1;
        if let Some(failure) = failure.filter(|_| wire != Wire::Breaking) {
            let rules: Vec<_> = changes.iter().map(|change| format!("{} at {}", change.rule, change.pointer)).collect();
            self.failures.push(format!("{what}: {failure}\n    called {wire:?}: {}", rules.join(", ")));
        }
    }

    fn finish(self, what: &str) {
        let all: usize = self.counts.values().sum();
        let shown = &self.failures[..self.failures.len().min(20)];
        assert!(self.failures.is_empty(), "{} of {all} {what}:\n{}", self.failures.len(), shown.join("\n"));
        let count = |wire, fails| self.counts.get(&(wire, fails)).copied().unwrap_or_default();
        let (right, unseen) = (count(Wire::Breaking, true), count(Wire::Breaking, false));
        println!(
            "{all} {what}, {} values: {right} fail, all called breaking; {unseen} called breaking of which no value failed; \
             {} risky and {} safe, of which none failed",
            self.values,
            count(Wire::Risky, false),
            count(Wire::Safe, false)
        );
        assert!(right > all / 10, "too few of {all} fail");
        assert!(unseen < all / 10, "{unseen} of {all} are called breaking for nothing");
    }
}

/// Changes one of the schemas of a piece by chance; not every change is possible everywhere.
fn changed(piece: &Piece, rng: &mut Rng) -> Option<(Value, String)> {
    let mut head = piece.document.clone();
    let what = (0..8).find_map(|_| tinker::change(&mut head, &piece.places, rng))?;
    Some((head, what))
}

#[test]
fn what_cannot_be_read_was_called_breaking() {
    let pieces = messages_of_server(&document());
    assert!(pieces.len() > 70, "{}", pieces.len());
    let mut tally = Tally::default();
    for seed in 0..CASES {
        let mut rng = Rng::with_seed(seed);
        let piece = &pieces[rng.usize(..pieces.len())];
        let Some((head, what)) = changed(piece, &mut rng) else { continue };
        let changes = compare(&piece.document, &head);
        let Some(schema) = piece.schema(&head) else { continue };
        let mut failure = None;
        for _ in 0..VALUES {
            let mut sampler = Sampler { document: &head, rng: &mut rng, is_server: true };
            let Some(message) = sampler.value(schema, 0) else { continue };
            tally.values += 1;
            if let Err(error) = piece.read(&message) {
                failure = Some(format!("{error}: {message}"));
                break;
            }
        }
        tally.count(&format!("seed {seed}, {what}"), &changes, failure);
    }
    tally.finish("changed answers and events");
}

/// What the client sends: parameters and a body.
pub fn messages_of_client(whole: &Value) -> Vec<Piece> {
    let message = |path: &str, method: &str| Message::Request(path.to_owned(), method.to_owned());
    operations(whole).map(|operation| Piece::of(whole, message(operation.path, operation.method))).collect()
}

/// Where the schema of a body is, seen from the operation.
const BODY: &str = "/requestBody/content/application~1json/schema";

/// What a client sends.
pub struct Request {
    parameters: BTreeMap<(String, String), Value>,
    body: Option<Value>,
}

fn place(parameter: &Value) -> (String, String) {
    let text = |keyword: &str| parameter[keyword].as_str().unwrap_or_default().to_owned();
    (text("in"), text("name"))
}

impl Request {
    /// What BASE's client may send.
    pub fn make(document: &Value, operation: &Value, rng: &mut Rng) -> Option<Self> {
        let mut parameters = BTreeMap::new();
        for parameter in operation["parameters"].as_array()? {
            if parameter["required"] == true || rng.bool() {
                let value = Sampler { document, rng, is_server: false }.value(&parameter["schema"], 0)?;
                parameters.insert(place(parameter), value);
            }
        }
        let body = match operation.pointer(BODY) {
            Some(schema) if operation["requestBody"]["required"] == true || rng.bool() => {
                Some(Sampler { document, rng, is_server: false }.value(schema, 0)?)
            }
            _ => None,
        };
        Some(Self { parameters, body })
    }

    /// Why a server would refuse it.
    pub fn refused_by(&self, operation: &Value, schemas: &Schemas) -> Option<String> {
        for (i, parameter) in operation["parameters"].as_array()?.iter().enumerate() {
            match self.parameters.get(&place(parameter)) {
                None if parameter["required"] == true => return Some(format!("{} is missing", parameter["name"])),
                None => {}
                Some(value) => {
                    if let Some(error) = schemas.error_of_text(&format!("/parameters/{i}/schema"), value) {
                        return Some(format!("{}: {error}", parameter["name"]));
                    }
                }
            }
        }
        match &self.body {
            None if operation["requestBody"]["required"] == true => Some("the body is missing".to_owned()),
            Some(_) if operation.get("requestBody").is_some() && operation.pointer(BODY).is_none() => {
                Some("JSON is not taken".to_owned())
            }
            Some(body) => operation.pointer(BODY).and_then(|_| schemas.error(BODY, body)),
            None => None,
        }
    }
}

/// The schemas of an operation, ready to validate.
pub struct Schemas(BTreeMap<String, jsonschema::Validator>);

impl Schemas {
    /// Prepares the schemas; nothing where one of them is no JSON Schema.
    pub fn of(document: &Value, operation: &Value) -> Option<Self> {
        let count = operation["parameters"].as_array()?.len();
        let places = (0..count).map(|i| format!("/parameters/{i}/schema")).chain([BODY.to_owned()]);
        let components = json_schema(&document["components"]);
        let mut validators = BTreeMap::new();
        for place in places {
            let Some(schema) = operation.pointer(&place) else { continue };
            let schema = json!({ "components": components, "allOf": [json_schema(schema)] });
            validators.insert(place, jsonschema::draft202012::new(&schema).ok()?);
        }
        Some(Self(validators))
    }

    /// Why a parameter is refused: the server sees its text, and takes what the text can mean.
    fn error_of_text(&self, place: &str, value: &Value) -> Option<String> {
        let meanings = |value: &Value| -> Vec<Value> {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let number =
                serde_json::from_str::<Value>(&text).ok().filter(|value| value.is_number() || value.is_boolean());
            number.into_iter().chain([Value::from(text)]).collect()
        };
        let candidates: Vec<Value> = match value {
            // Elements are written one by one.
            Value::Array(elements) => {
                let texts: Vec<Vec<Value>> = elements.iter().map(meanings).collect();
                let first = texts.iter().map(|meanings| meanings[0].clone()).collect::<Vec<_>>();
                let last = texts.iter().map(|meanings| meanings[meanings.len() - 1].clone()).collect::<Vec<_>>();
                [Value::from(first), Value::from(last)].into()
            }
            value => meanings(value),
        };
        let errors: Vec<Option<String>> = candidates.iter().map(|value| self.error(place, value)).collect();
        errors.into_iter().min().flatten()
    }

    fn error(&self, place: &str, value: &Value) -> Option<String> {
        self.0.get(place)?.validate(value).err().map(|error| error.to_string())
    }
}

/// A schema of OpenAPI 3.0 as one of JSON Schema. A server takes what fits one of several, if it fits another as well.
fn json_schema(node: &Value) -> Value {
    match node {
        Value::Array(items) => items.iter().map(json_schema).collect(),
        Value::Object(map) => {
            let is_nullable = map.get("nullable") == Some(&json!(true));
            let ours = ["nullable", "format", "default", "discriminator", "description", "example"];
            let kept = map
                .iter()
                .filter(|(key, value)| !value.is_object() && ours.contains(&key.as_str()) || key.starts_with("x-"));
            let left_out: Vec<_> = kept.map(|(key, _)| key).collect();
            let map: Map<_, _> = map
                .iter()
                .filter(|(key, _)| !left_out.contains(key))
                .map(|(key, value)| match (key.as_str(), value) {
                    ("oneOf", value) => ("anyOf".to_owned(), json_schema(value)),
                    // Nobody sends what is read-only.
                    ("required", Value::Array(names)) => {
                        let is_sent = |name: &&Value| {
                            map.get("properties")
                                .is_none_or(|all| all[name.as_str().unwrap_or_default()]["readOnly"] != true)
                        };
                        (key.clone(), names.iter().filter(is_sent).cloned().collect())
                    }
                    (_, value) => (key.clone(), json_schema(value)),
                })
                .collect();
            if is_nullable { json!({ "anyOf": [{ "type": "null" }, map] }) } else { Value::Object(map) }
        }
        other => other.clone(),
    }
}

/// Changes a parameter or the body as a whole.
fn change_operation(operation: &mut Value, rng: &mut Rng) -> Option<String> {
    if rng.u8(..4) == 0 {
        let body = operation.get_mut("requestBody")?;
        let is_required = body["required"] == true;
        body["required"] = json!(!is_required);
        return Some(format!("the body is required: {}", !is_required));
    }
    let parameters = operation["parameters"].as_array_mut()?;
    let i = rng.usize(..parameters.len().max(1));
    if rng.u8(..5) == 0 {
        let is_required = rng.bool();
        parameters.push(json!({"name": "added", "in": "query", "required": is_required, "schema": {"type": "string"}}));
        return Some(format!("a parameter comes, required {is_required}"));
    }
    let parameter = parameters.get_mut(i).filter(|parameter| parameter["in"] == "query")?;
    let name = parameter["name"].as_str()?.to_owned();
    match rng.u8(..4) {
        0 => {
            parameter["name"] = json!(format!("{name}Renamed"));
            Some(format!("{name} has another name"))
        }
        1 => {
            parameters.remove(i);
            Some(format!("{name} goes"))
        }
        2 => {
            parameter["in"] = json!("header");
            Some(format!("{name} is a header"))
        }
        _ => {
            let is_required = parameter["required"] == true;
            parameter["required"] = json!(!is_required);
            Some(format!("{name} is required: {}", !is_required))
        }
    }
}

#[test]
fn what_is_refused_was_called_breaking() {
    let pieces = messages_of_client(&document());
    let mut tally = Tally::default();
    for seed in 0..CASES {
        let mut rng = Rng::with_seed(seed);
        let piece = &pieces[rng.usize(..pieces.len())];
        let operation = |document: &Value| piece.schema(document).cloned();
        let changed = if rng.u8(..3) == 0 {
            let mut head = piece.document.clone();
            head.pointer_mut(&piece.pointer)
                .and_then(|operation| change_operation(operation, &mut rng))
                .map(|what| (head, what))
        } else {
            changed(piece, &mut rng)
        };
        let Some((head, what)) = changed else { continue };
        let (Some(before), Some(after)) = (operation(&piece.document), operation(&head)) else { continue };
        let (Some(of_base), Some(of_head)) = (Schemas::of(&piece.document, &before), Schemas::of(&head, &after)) else {
            continue;
        };
        let changes = compare(&piece.document, &head);
        let mut failure = None;
        for _ in 0..VALUES {
            let Some(request) = Request::make(&piece.document, &before, &mut rng) else { continue };
            if request.refused_by(&before, &of_base).is_some() {
                continue;
            }
            tally.values += 1;
            failure = request.refused_by(&after, &of_head);
            if failure.is_some() {
                break;
            }
        }
        tally.count(&format!("seed {seed}, {what}"), &changes, failure);
    }
    tally.finish("changed requests");
}
