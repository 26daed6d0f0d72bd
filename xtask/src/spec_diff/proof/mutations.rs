//! Single changes, and the three verdicts on each, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

use client_diff::model::Change;

use super::{base, report};

/// An entry of `mutations.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutation {
    it: String,
    #[serde(default)]
    rename: BTreeMap<String, String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    replace: BTreeMap<String, String>,
    there: Vec<String>,
    back: Vec<String>,
    /// What of our public API it touches; not said of every one.
    #[serde(default)]
    symbols: BTreeSet<String>,
}

impl Mutation {
    /// All entries.
    pub fn all() -> Vec<Self> {
        serde_saphyr::from_str(include_str!("../../../fixtures/spec-diff/mutations.yaml")).expect("a list of mutations")
    }

    /// The rules that it names.
    pub fn rules(&self) -> Vec<String> {
        self.there.iter().skip(3).chain(self.back.iter().skip(3)).cloned().collect()
    }

    fn apply(&self, document: &Value) -> Value {
        let mut document = document.clone();
        for (pointer, name) in &self.rename {
            rename(&mut document, pointer, name);
        }
        for pointer in &self.remove {
            let (holder, name) = holder(&mut document, pointer);
            holder.as_object_mut().and_then(|map| map.shift_remove(&name)).unwrap_or_else(|| panic!("no {pointer}"));
        }
        for (pointer, value) in &self.set {
            match holder(&mut document, pointer) {
                (Value::Array(list), name) if name == "-" => list.push(value.clone()),
                (Value::Array(list), name) => list[name.parse::<usize>().expect("a position")] = value.clone(),
                (holder, name) => holder[&name] = value.clone(),
            }
        }
        for (from, to) in &self.replace {
            let text = document.to_string().replace(&format!("\"{from}\""), &format!("\"{to}\""));
            document = serde_json::from_str(&text).expect("JSON");
        }
        document
    }
}

/// The value that holds the one at `pointer`, and the name that it has there.
fn holder<'a>(document: &'a mut Value, pointer: &str) -> (&'a mut Value, String) {
    let (above, name) = pointer.rsplit_once('/').expect("a pointer");
    let holder = document.pointer_mut(above).unwrap_or_else(|| panic!("nothing is at {above}"));
    (holder, name.replace("~1", "/").replace("~0", "~"))
}

fn rename(document: &mut Value, pointer: &str, to: &str) {
    let (holder, from) = holder(document, pointer);
    let map = holder.as_object_mut().expect("an object");
    assert!(map.contains_key(&from), "nothing is at {pointer}");
    *map = std::mem::take(map)
        .into_iter()
        .map(|(name, value)| (if name == from { to.to_owned() } else { name }, value))
        .collect();
}

/// What is expected of a change, or found: the verdicts on the wire and for our Rust, whether facts or only texts differ, and
/// the rules.
fn verdicts(changes: &[Change]) -> Vec<String> {
    let word = |verdict: &dyn std::fmt::Debug| format!("{verdict:?}").to_lowercase();
    let differs = match changes.iter().find(|change| !change.doc) {
        _ if changes.is_empty() => "same",
        None => "text",
        Some(_) => "facts",
    };
    let wire = changes.iter().map(|change| change.wire).max().unwrap_or_default();
    let rust = changes.iter().map(|change| change.rust).max().unwrap_or_default();
    let rules: BTreeSet<_> = changes.iter().map(|change| change.rule.to_owned()).collect();
    [word(&wire), word(&rust), differs.to_owned()].into_iter().chain(rules).collect()
}

#[test]
fn every_mutation_is_judged_in_both_directions() {
    let mutations = Mutation::all();
    assert!(mutations.len() >= 120);
    let base = base();
    let mut failures = Vec::new();
    for mutation in &mutations {
        let head = mutation.apply(&base);
        assert_ne!(base, head, "{}", mutation.it);
        for (what, from, to, expected) in
            [("there", &base, &head, &mutation.there), ("back", &head, &base, &mutation.back)]
        {
            let changes = report(from, to).changes;
            let found = verdicts(&changes);
            if found != *expected {
                failures.push(format!("- it: {}\n  {what}: [{}]", mutation.it, found.join(", ")));
            }
            if what == "there" && !mutation.symbols.is_empty() {
                let symbols: BTreeSet<_> = changes.iter().flat_map(|change| change.symbols.clone()).collect();
                if symbols != mutation.symbols {
                    failures.push(format!("- it: {}\n  symbols: {symbols:?}", mutation.it));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), 2 * mutations.len(), failures.join("\n"));
    println!("{} mutations, in both directions", mutations.len());
}
