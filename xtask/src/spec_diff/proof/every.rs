//! Every schema, and every change of it: what BASE's client does with HEAD's messages is what was said.
//!
//! BASE is what WAHA declares; the client is that of the committed document, corrections included; HEAD is BASE with one
//! change. What HEAD's server may send is read with the types of the crate, and what the client may send is validated by
//! HEAD. No change may be called safe that fails, and none breaking that does not.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    thread,
};

use client_diff::{
    Profile as _, compare,
    model::{Change, Wire},
    server,
};
use fastrand::Rng;
use serde_json::Value;

use super::{
    alter,
    oracle::{Piece, Request, Schemas, messages_of_client, messages_of_server},
    plain,
    sample::Sampler,
    tinker::places,
};
use crate::{folder::Folder, spec_diff::waha};

/// Messages of each changed schema that was called safe.
const VALUES: usize = 24;
/// Messages of each changed schema that was called breaking, before it is believed that none of them fails.
const MANY_VALUES: usize = 1500;
/// Schemas for which the client has a type of its own.
const FIXED: [&str; 3] = ["ErrorBody", "Json", "SessionName"];
/// One change in so many is tried, unless `EVERY` names another share: `EVERY=1` tries all.
const SHARE: usize = 24;

/// A message, as the client knows it and as WAHA declares it.
struct Pair {
    client: Piece,
    declared: Piece,
}

/// The two documents.
fn documents() -> (Value, Value) {
    let folder = Folder::of_workspace();
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.openapi().join(name)).expect("a file")).expect("JSON")
    };
    let waha = waha(&folder).expect("overlays");
    let declared = waha.finish_uncorrected(&read("upstream.json")).expect("a document").into_owned();
    (read("waha.json"), declared)
}

fn pairs(of: fn(&Value) -> Vec<Piece>) -> Vec<Pair> {
    let (client, declared) = documents();
    let mut pairs: Vec<Pair> = of(&client)
        .into_iter()
        .map(|client| {
            let declared = client.again(&declared);
            Pair { client, declared }
        })
        .collect();
    // A schema is tried where the least is around it.
    pairs.sort_by_key(|pair| pair.client.document.to_string().len());
    pairs
}

/// How often what was said, and what happened.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<(Wire, bool), usize>,
    values: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: impl FnOnce() -> String, changes: &[Change], failure: Option<String>) {
        let wire = changes.iter().map(|change| change.wire).max().unwrap_or_default();
        *self.counts.entry((wire, failure.is_some())).or_default() += 1;
        if wire == Wire::Risky || (wire == Wire::Breaking) == failure.is_some() {
            return;
        }
        let worst = changes.iter().filter(|change| change.wire == wire);
        let rules: Vec<_> = worst.map(|change| format!("{} at {}", change.rule, change.pointer)).collect();
        let happened = failure.unwrap_or_else(|| "nothing fails".to_owned());
        self.wrong.push(format!("{}: {happened}\n    called {wire:?}: {}", what(), rules.join(", ")));
    }

    fn join(&mut self, other: Self) {
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
        self.values += other.values;
        self.wrong.extend(other.wrong);
    }

    fn finish(self, what: &str) {
        let all: usize = self.counts.values().sum();
        let count = |wire, fails| self.counts.get(&(wire, fails)).copied().unwrap_or_default();
        println!(
            "{all} changed {what}, {} messages: {} called breaking and failing, {} called breaking and not failing, {} called \
             safe and failing, {} called safe and not failing, {} called risky ({} of them fail)",
            self.values,
            count(Wire::Breaking, true),
            count(Wire::Breaking, false),
            count(Wire::Safe, true),
            count(Wire::Safe, false),
            count(Wire::Risky, false) + count(Wire::Risky, true),
            count(Wire::Risky, true),
        );
        let mut kinds: BTreeMap<String, (usize, &String)> = BTreeMap::new();
        for wrong in &self.wrong {
            let kind = wrong.split_once("called ").map_or("", |(_, rules)| rules);
            let rules: Vec<&str> = kind.split(" at ").filter_map(|part| part.split([' ', ',']).next_back()).collect();
            let rules: BTreeSet<&str> = rules.into_iter().filter(|rule| rule.contains('-')).collect();
            let kind = format!("{rules:?}");
            let does_fail = !wrong.contains("nothing fails");
            kinds.entry(format!("{does_fail} {kind}")).or_insert((0, wrong)).0 += 1;
        }
        let shown: Vec<String> = kinds.values().map(|(count, wrong)| format!("{count} times: {wrong}")).collect();
        assert!(
            self.wrong.is_empty(),
            "{} of {all} {what} are judged wrongly:\n{}",
            self.wrong.len(),
            shown.join("\n")
        );
        assert!(count(Wire::Breaking, true) > all / 20, "too few of {all} fail");
    }
}

/// A changed declaration.
struct Case<'p> {
    pair: &'p Pair,
    /// What is declared before the change.
    base: &'p Value,
    /// Where the change is.
    pointer: String,
    /// What is there after the change.
    changed: Value,
    /// What was done, for people.
    what: String,
}

impl Case<'_> {
    /// Returns what is declared after the change.
    fn head(&self) -> Value {
        let mut head = self.base.clone();
        if let Some(place) = head.pointer_mut(&self.pointer) {
            place.clone_from(&self.changed);
        }
        head
    }
}

/// Returns the changed declarations: all, or one in so many.
fn cases(pairs: &[Pair]) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let share = std::env::var("EVERY").ok().and_then(|share| share.parse().ok()).unwrap_or(SHARE);
    let mut seen = BTreeSet::new();
    let mut number = 0;
    for pair in pairs {
        // What is declared, and what only the client knows: there, corrections and declaration are one.
        for base in [&pair.declared.document, &pair.client.document] {
            let names: Vec<&String> =
                base["components"]["schemas"].as_object().into_iter().flatten().map(|(name, _)| name).collect();
            for pointer in places(base) {
                // What these are in the crate, no document says.
                if FIXED.iter().any(|name| pointer.starts_with(&format!("/components/schemas/{name}"))) {
                    continue;
                }
                let is_shared = pointer.starts_with("/components/");
                if is_shared && !seen.insert((std::ptr::eq(base, &pair.client.document), pointer.clone())) {
                    continue;
                }
                let Some(Value::Object(schema)) = base.pointer(&pointer) else { continue };
                // A schema that leads back has no value that ends.
                let leads_back = |name: &&&String| {
                    base["components"]["schemas"][name.as_str()].to_string().contains(&format!("\"#{pointer}\""))
                };
                let mut others = names.iter().filter(|name| !pointer.contains(name.as_str()));
                let other = others.find(|name| !leads_back(name)).map(|name| name.as_str());
                for (what, changed) in alter::all(schema, other) {
                    number += 1;
                    if number % share != 0 {
                        continue;
                    }
                    let what = format!("{what} at {pointer}");
                    cases.push(Case { pair, base, pointer: pointer.clone(), changed, what });
                }
            }
        }
    }
    cases
}

#[test]
fn every_changed_answer_is_read_or_was_called_breaking() {
    let pairs = pairs(messages_of_server);
    let client = plain().client();
    let tally = in_two_threads(&cases(&pairs), |tally, case| {
        let Case { pair, base, what, .. } = case;
        let server = server::believed(&pair.client.document, base, Cow::Owned(case.head()), client);
        let changes = compare(&pair.client.document, &server, client);
        let Some(schema) = pair.client.schema(&server) else { return };
        let mut rng = Rng::with_seed(1);
        let mut failure = None;
        let mut values = 0;
        let is_breaking = changes.iter().any(|change| change.wire == Wire::Breaking);
        for _ in 0..if is_breaking { MANY_VALUES } else { VALUES } {
            let mut sampler = Sampler { document: &server, rng: &mut rng, is_server: true };
            let Some(message) = sampler.value(schema, 0) else { continue };
            values += 1;
            if let Err(error) = pair.client.read(&message) {
                failure = Some(format!("{error}: {message}"));
                break;
            }
        }
        tally.values += values;
        if values > 0 {
            tally.count(|| what.clone(), &changes, failure);
        }
    });
    tally.finish("answers and events");
}

#[test]
fn every_changed_request_is_accepted_or_was_called_breaking() {
    let pairs = pairs(messages_of_client);
    let mut cases = cases(&pairs);
    // The validator does not look at the width of numbers.
    cases.retain(|case| !case.what.starts_with("format "));
    let client = plain().client();
    let tally = in_two_threads(&cases, |tally, case| {
        let Case { pair, base, what, .. } = case;
        let server = server::believed(&pair.client.document, base, Cow::Owned(case.head()), client);
        let changes = compare(&pair.client.document, &server, client);
        let (Some(before), Some(after)) = (pair.client.schema(&pair.client.document), pair.client.schema(&server))
        else {
            return;
        };
        let (Some(of_base), Some(of_head)) = (Schemas::of(&pair.client.document, before), Schemas::of(&server, after))
        else {
            return;
        };
        let mut rng = Rng::with_seed(1);
        let mut failure = None;
        let mut values = 0;
        let is_breaking = changes.iter().any(|change| change.wire == Wire::Breaking);
        for _ in 0..if is_breaking { MANY_VALUES } else { VALUES } {
            let Some(request) = Request::make(&pair.client.document, before, &mut rng) else { continue };
            if request.refused_by(before, &of_base).is_some() {
                continue;
            }
            values += 1;
            failure = request.refused_by(after, &of_head);
            if failure.is_some() {
                break;
            }
        }
        tally.values += values;
        if values > 0 {
            tally.count(|| what.clone(), &changes, failure);
        }
    });
    tally.finish("requests");
}

fn in_two_threads<T: Sync>(cases: &[T], f: impl Fn(&mut Tally, &T) + Sync) -> Tally {
    let (first, second) = cases.split_at(cases.len() / 2);
    let run = |cases: &[T]| {
        let mut tally = Tally::default();
        cases.iter().for_each(|case| f(&mut tally, case));
        tally
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| run(second));
        let mut tally = run(first);
        tally.join(other.join().expect("no panic"));
        tally
    })
}
