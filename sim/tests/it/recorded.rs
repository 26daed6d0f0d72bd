//! The stand-in's answers beside those in `tests/fixtures/answers`: the same members, of the same types.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value};
use waha_sim::Engine;

use super::Answered;

/// The release that the stand-in stands for.
const RELEASE: &str = "2026.9.2";

/// Members which some library adds now and then, and which the stand-in does not.
const NOT_MODELLED: [&str; 9] = [
    "ephemeralExpiration",
    "ephemeralSettingTimestamp",
    "tcToken",
    "notSpam",
    "pnJid",
    "s3",
    "error",
    "messageContextInfo",
    // As it was sent.
    "config",
];

/// What the stand-in has answered.
pub(crate) struct Collected {
    pub(crate) operation: &'static str,
    pub(crate) engine: Engine,
    pub(crate) answered: Answered,
}

#[derive(Deserialize)]
struct Recorded {
    operation: String,
    engine: String,
    release: String,
    why: String,
    status: u16,
    content_type: Option<String>,
    body: Option<Value>,
    text: Option<String>,
    base64: Option<String>,
}

/// Each recorded answer of some resources has to be among those that were collected, but for those that are named with
/// the reason why they were recorded.
#[track_caller]
pub(crate) fn check(resources: &[&str], collected: &[Collected], not_modelled: &[(&str, &str)]) {
    let mut missing = Vec::new();
    let mut excused = Vec::new();
    for recorded in resources.iter().flat_map(|resource| read(resource)) {
        let Recorded { operation, engine, why, .. } = &recorded;
        let answers = collected
            .iter()
            .filter(|answer| answer.operation == operation && (engine == "any" || engine == answer.engine.as_str()));
        let answers: Vec<_> = answers.map(|answer| &answer.answered).collect();
        let is_excused = not_modelled.contains(&(operation.as_str(), why.as_str()));
        match recorded.differences(&answers) {
            None if is_excused => missing.push(format!("{operation} {engine}: modelled after all: {why}")),
            Some(_) if is_excused => excused.push((operation.clone(), why.clone())),
            Some(differences) => {
                missing.push(format!("{operation} {engine}: {why}\n    {}", differences.join("\n    ")))
            }
            None => {}
        }
    }
    for (operation, why) in not_modelled {
        if !excused.iter().any(|(known, reason)| known == operation && reason == why) {
            missing.push(format!("{operation}: there is no such recorded answer: {why}"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn read(resource: &str) -> Vec<Recorded> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/answers");
    let text = fs::read_to_string(directory.join(resource).with_extension("json")).unwrap();
    let all: Vec<Recorded> = serde_json::from_str(&text).unwrap();
    all.into_iter().filter(|recorded| recorded.release == RELEASE).collect()
}

/// One event, as webhooks get it.
#[derive(Deserialize)]
struct RecordedEvent {
    event: String,
    engine: String,
    release: String,
    why: String,
    body: Value,
}

/// The payload of each recorded event of some kinds has to be among those that happened, but for those that are named
/// with the reason why they were recorded.
#[track_caller]
pub(crate) fn check_events(kinds: &[&str], happened: &[Value], not_modelled: &[(&str, &str)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/events.json");
    let all: Vec<RecordedEvent> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let of_kinds =
        all.iter().filter(|recorded| recorded.release == RELEASE && kinds.contains(&recorded.event.as_str()));
    let of_kinds: Vec<_> = of_kinds.collect();
    let mut missing = Vec::new();
    for recorded in &of_kinds {
        let RecordedEvent { event, engine, why, body, .. } = recorded;
        let candidates = happened.iter().filter(|envelope| {
            envelope["event"] == event.as_str() && (engine == "any" || envelope["engine"] == engine.as_str())
        });
        let found = candidates.map(|envelope| difference("", &body["payload"], &envelope["payload"], false));
        let differences = found.collect::<Result<Vec<_>, ()>>();
        match (differences, not_modelled.contains(&(event.as_str(), why.as_str()))) {
            (Ok(differences), false) => {
                missing.push(format!("{event} {engine}: {why}\n    {}", differences.join("\n    ")))
            }
            (Err(()), true) => missing.push(format!("{event} {engine}: modelled after all: {why}")),
            _ => {}
        }
    }
    for (event, why) in not_modelled {
        if !of_kinds.iter().any(|recorded| recorded.event == *event && recorded.why == *why) {
            missing.push(format!("{event}: there is no such recorded event: {why}"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

impl Recorded {
    /// How each of the answers differs from this one; nothing if one of them does not.
    fn differences(&self, answers: &[&Answered]) -> Option<Vec<String>> {
        let candidates = answers.iter().filter(|answer| {
            answer.status == self.status && answer.content_type.as_deref() == self.content_type.as_deref()
        });
        let candidates: Vec<_> = candidates.collect();
        if candidates.is_empty() {
            let seen = answers.iter().map(|answer| format!("{} {:?}", answer.status, answer.content_type));
            return Some(vec![format!("no answer of this status and type, but {:?}", seen.collect::<Vec<_>>())]);
        }
        let Some(body) = &self.body else {
            let fits = candidates.iter().any(|answer| match (&self.text, &self.base64) {
                (Some(text), _) if matches!(text.as_str(), "true" | "false") => answer.body() == *text,
                (Some(_), _) => !answer.bytes.is_empty(),
                (None, Some(_)) => !answer.bytes.is_empty(),
                (None, None) => answer.bytes.is_empty(),
            });
            return if fits { None } else { Some(vec!["another text".to_owned()]) };
        };
        let ours: Vec<Value> = candidates.iter().map(|answer| serde_json::from_slice(&answer.bytes).unwrap()).collect();
        // What a list has may come from several answers.
        let ours = match body {
            Value::Array(_) => {
                vec![ours.into_iter().flat_map(|list| list.as_array().cloned().unwrap_or_default()).collect()]
            }
            Value::Object(members) if is_map(members) => {
                let members = ours.into_iter().enumerate().flat_map(|(place, ours)| {
                    let members = ours.as_object().cloned().unwrap_or_default();
                    members.into_iter().map(move |(name, value)| (format!("{place} {name}"), value))
                });
                vec![Value::Object(members.collect())]
            }
            _ => ours,
        };
        let differences = ours.iter().map(|ours| difference("", body, ours, false));
        differences.collect::<Result<Vec<_>, ()>>().ok()
    }
}

/// Where one value is not of the shape of another; an error if there is no such place.
///
/// What belongs to a library may have more members than were recorded.
fn difference(path: &str, recorded: &Value, ours: &Value, is_open: bool) -> Result<String, ()> {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) if is_map(recorded) => {
            let values = |members: &Map<String, Value>| Value::Array(members.values().cloned().collect());
            difference(path, &values(recorded), &values(ours), is_open)
        }
        (Value::Object(recorded), Value::Object(ours)) => {
            let is_open = is_open || ours.keys().any(|name| is_of_library(name));
            for (name, value) in recorded.iter().filter(|(name, _)| !NOT_MODELLED.contains(&name.as_str())) {
                let path = format!("{path}/{name}");
                let Some(own) = ours.get(name) else { return Ok(format!("{path} is missing")) };
                let is_open = is_open && name != "lastMessage" || name == "_data" || name == "_chat";
                if let Ok(found) = difference(&path, value, own, is_open) {
                    return Ok(found);
                }
            }
            match ours.keys().find(|name| !recorded.contains_key(*name)) {
                Some(name) if !is_open => Ok(format!("{path}/{name} was not recorded")),
                _ => Err(()),
            }
        }
        (Value::Array(recorded), Value::Array(ours)) => {
            for (index, recorded) in recorded.iter().enumerate() {
                let path = format!("{path}/{index}");
                let found = ours.iter().map(|ours| difference(&path, recorded, ours, is_open));
                if let Ok(found) = found.collect::<Result<Vec<_>, ()>>() {
                    return Ok(format!("{path} is like none: {}", found.join(" | ")));
                }
            }
            Err(())
        }
        (Value::Null, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => Err(()),
        _ => Ok(format!("{path} is {ours}, not {recorded}")),
    }
}

/// Whether the names of the members are data: ids, emoji, or variables of an environment.
fn is_map(members: &Map<String, Value>) -> bool {
    let is_variable = |name: &str| name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    !members.is_empty() && members.keys().all(|name| name.contains('@') || !name.is_ascii() || is_variable(name))
}

/// Members by which the objects of libraries are told.
fn is_of_library(name: &str) -> bool {
    matches!(name, "key" | "deviceType" | "muteExpiration" | "conversationTimestamp" | "sendMsgResult")
}
