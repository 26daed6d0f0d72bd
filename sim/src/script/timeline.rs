//! What happens when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::read::Wrong;
use crate::{
    control::{COMMANDS, ReadChange, Run, Seconds},
    log::Log,
    state::World,
    time::millis,
};

/// Ends all faults: in the control API, that is another method on the same path.
const END_FAULTS: &str = "end_faults";
/// The parameters that name a message.
const MESSAGES: [&str; 2] = ["message", "reply_to"];
/// The newest message that the account has sent.
const LAST: &str = "last";
/// The members of an entry besides what happens.
const MEMBERS: [&str; 5] = ["at", "after", "every", "times", "as"];

/// Something that happens at a time.
#[derive(Debug, Clone)]
pub(super) struct Step {
    line: u64,
    /// Since the start.
    at: Duration,
    /// How often it happens again, and how many times in all, if that is limited.
    every: Option<(Duration, Option<u32>)>,
    what: &'static str,
    params: Map<String, Value>,
    change: ReadChange,
    /// What later entries call the message.
    name: Option<String>,
}

/// What may stand in an entry, as people write it.
fn known() -> Vec<&'static str> {
    let commands = COMMANDS.iter().filter(|command| matches!(command.run, Run::Change(_)) && command.method == "POST");
    commands.map(|command| command.name).chain([END_FAULTS]).collect()
}

fn find(what: &str) -> Option<(&'static str, ReadChange)> {
    let (method, name) = if what == END_FAULTS { ("DELETE", "faults") } else { ("POST", what) };
    let command = COMMANDS.iter().find(|command| command.method == method && command.name == name)?;
    match command.run {
        Run::Change(change) => Some((if what == END_FAULTS { END_FAULTS } else { command.name }, change)),
        Run::Advance => None,
    }
}

/// Checks all entries.
pub(super) fn read(entries: Vec<Spanned<BTreeMap<String, Spanned<Value>>>>) -> Result<Vec<Step>, Wrong> {
    let mut steps: Vec<Step> = Vec::new();
    let mut names = BTreeSet::from([LAST.to_owned()]);
    let mut previous = Duration::ZERO;
    for Spanned { value: mut members, referenced: place, .. } in entries {
        let line = place.line();
        let at = member::<Seconds>(&mut members, "at")?;
        let after = member::<Seconds>(&mut members, "after")?;
        let at = match (at, after) {
            (Some((Seconds(at), _)), None) => at,
            (None, Some((Seconds(after), _))) => previous.saturating_add(after),
            _ => {
                let reason = "write either `at` or `after`: seconds since the start, or since the entry before";
                return Err(Wrong::at(line, reason));
            }
        };
        previous = at;
        let every = match (member::<Seconds>(&mut members, "every")?, member::<u32>(&mut members, "times")?) {
            (None, None) => None,
            (None, Some((_, line))) => {
                return Err(Wrong::at(line, "`times` needs `every`: the seconds from one time to the next"));
            }
            (Some((Seconds(every), line)), _) if millis(every) == 0 => {
                return Err(Wrong::at(line, "`every` must be 0.001 or more"));
            }
            (Some((Seconds(every), _)), times) => Some((every, times.map(|(times, _)| times))),
        };
        let name = member::<String>(&mut members, "as")?;
        let mut rest = members.into_iter();
        let Some((what, Spanned { value: params, referenced, .. })) = rest.next() else {
            return Err(Wrong::at(line, format!("say what happens: {}", known().join(", "))));
        };
        if let Some((other, _)) = rest.next() {
            let reason = format!("only one thing can happen in an entry, and not both `{what}` and `{other}`");
            return Err(Wrong::at(line, format!("{reason}: write two entries")));
        }
        let place = referenced.line();
        let Some((what, change)) = find(&what) else {
            let (members, known) = (MEMBERS.join(", "), known().join(", "));
            let reason = format!("`{what}` is nothing that can happen: use {known}; besides, an entry has {members}");
            return Err(Wrong::at(place, reason));
        };
        let params = match params {
            Value::Null => Map::new(),
            Value::Object(params) => params,
            _ => return Err(Wrong::at(place, format!("{what}: write its parameters as `name: value`"))),
        };
        for parameter in MESSAGES {
            let reference = params.get(parameter).and_then(Value::as_str).and_then(|text| text.strip_prefix('$'));
            if let Some(reference) = reference.filter(|reference| !names.contains(*reference)) {
                let reason = format!("`${reference}`: no earlier entry has `as: {reference}`");
                return Err(Wrong::at(place, format!("{reason}; `$last` is the newest message of the account")));
            }
        }
        // Only whether it can be read: what it does is another matter each time.
        drop(change(params.clone().into()).map_err(|error| Wrong::at(place, format!("{what}: {}", error.reason())))?);
        if let Some((name, line)) = &name {
            if !matches!(what, "receive" | "write_on_phone") {
                return Err(Wrong::at(*line, format!("`{what}` makes no message that `as` could name: remove `as`")));
            }
            if !names.insert(name.clone()) {
                return Err(Wrong::at(*line, format!("`{name}` is taken: choose another name")));
            }
        }
        let name = name.map(|(name, _)| name);
        steps.push(Step { line, at, every, what, params, change, name });
    }
    Ok(steps)
}

/// Takes a member out of an entry, with its line.
fn member<'de, T: Deserialize<'de>>(
    members: &mut BTreeMap<String, Spanned<Value>>,
    name: &str,
) -> Result<Option<(T, u64)>, Wrong> {
    let Some(Spanned { value, referenced, .. }) = members.remove(name) else { return Ok(None) };
    let line = referenced.line();
    match T::deserialize(value) {
        Ok(value) => Ok(Some((value, line))),
        Err(error) => Err(Wrong::at(line, format!("{name}: {error}"))),
    }
}

/// The entries under way: where they write what came of them, and the messages that they have named.
#[derive(Debug)]
struct Telling {
    log: Log,
    messages: Mutex<BTreeMap<String, String>>,
}

/// Plans all entries.
pub(super) fn plan(steps: Vec<Step>, world: &mut World, log: &Log) {
    let telling = Arc::new(Telling { log: log.clone(), messages: Mutex::default() });
    for step in steps {
        let telling = Arc::clone(&telling);
        world.later(millis(step.at), move |world| telling.run(world, step));
    }
}

impl Telling {
    fn run(self: Arc<Self>, world: &mut World, mut step: Step) {
        let (what, line) = (step.what, step.line);
        match self.happen(world, &step) {
            Ok(()) => self.log.script(world.now(), "ok", what, line),
            Err(reason) => self.log.script(world.now(), "failed", &format!("{what} ({reason})"), line),
        }
        let Some((every, times)) = &mut step.every else { return };
        if let Some(times) = times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                return;
            }
        }
        world.later(millis(*every), move |world| self.run(world, step));
    }

    fn happen(&self, world: &mut World, step: &Step) -> Result<(), String> {
        let mut params = step.params.clone();
        for parameter in MESSAGES {
            let reference = params.get(parameter).and_then(Value::as_str).and_then(|text| text.strip_prefix('$'));
            if let Some(reference) = reference {
                let session = params.get("session").and_then(Value::as_str).unwrap_or_default();
                let message = self.message(world, session, reference)?;
                params.insert(parameter.to_owned(), message.into());
            }
        }
        let change = (step.change)(params.into()).map_err(|error| error.reason())?;
        let answer = change(world).map_err(|error| error.reason())?;
        if let (Some(name), Some(id)) = (&step.name, answer["id"].as_str()) {
            self.messages.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), id.to_owned());
        }
        Ok(())
    }

    /// The full id of a message that is meant.
    fn message(&self, world: &mut World, session: &str, reference: &str) -> Result<String, String> {
        if reference == LAST {
            let chats = &world.known(session).map_err(|error| error.reason())?.chats;
            let last = chats.newest_of_account().ok_or("the account has sent nothing yet")?;
            return Ok(last.key.serialized());
        }
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.get(reference).cloned().ok_or_else(|| format!("there is no message `{reference}` yet"))
    }
}
