//! Whether every text that one side makes is one that the other takes: patterns, lengths and listed values.
//!
//! What a side makes or takes is a set of regular expressions, each of which the whole text matches. They are compared as
//! automata: a text that all of the one side match, and one of the other side does not, is looked for.

use std::collections::{HashSet, VecDeque};

use regex_automata::{
    Anchored, Input, MatchKind,
    dfa::{Automaton as _, StartKind, dense},
    util::primitives::StateID,
    util::syntax,
};

use crate::{literal, shape::Shape};

/// Largest automaton, in bytes: what is larger is not compared.
const MAX_SIZE: usize = 4 << 20;
/// Most states of several automata together that are looked at.
const MAX_STATES: usize = 200_000;
/// Longest text of which the length alone is compared, in characters.
const MAX_LENGTH: u64 = 300;

/// Returns whether every text of a schema keeps to the pattern and the lengths of another. `kind` is the type of the schema;
/// what is no string is sent as text.
pub(super) fn fit(from: &Shape<'_>, kind: &str, to: &Shape<'_>) -> bool {
    let is_limited = to.patterns.contains_key("pattern") || LENGTHS.iter().any(|length| to.bounds.contains_key(length));
    if !is_limited {
        return true;
    }
    let (Some(made), Some(taken)) = (made(from, kind), limits(to)) else { return false };
    taken.iter().all(|limit| made.contains(limit) || is_contained(&made, limit).unwrap_or_default())
}

const LENGTHS: [&str; 2] = ["minLength", "maxLength"];

/// Returns the expressions that a made text matches.
fn made(from: &Shape<'_>, kind: &str) -> Option<Vec<String>> {
    if let Some(values) = from.values.as_ref().filter(|_| !from.is_extensible) {
        let texts: Vec<String> = values.values().map(|value| escape(&literal::plain(value))).collect();
        return Some(vec![texts.join("|")]);
    }
    match kind {
        "boolean" => Some(vec!["true|false".to_owned()]),
        "integer" => Some(vec!["-?(?:0|[1-9][0-9]{0,19})".to_owned()]),
        "number" => Some(vec!["-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:e-?[0-9]+)?".to_owned()]),
        "string" => limits(from),
        _ => None,
    }
}

/// Returns the expressions of a pattern and of lengths; nothing if they cannot be compared.
fn limits(shape: &Shape<'_>) -> Option<Vec<String>> {
    let mut limits = Vec::new();
    if let Some(pattern) = shape.patterns.get("pattern") {
        // A pattern may match anywhere in the text.
        limits.push(format!("(?s:.*)(?:{})(?s:.*)", pattern.as_str()?));
    }
    let [least, most] = LENGTHS.map(|length| shape.bounds.get(length).map(|length| *length as u64));
    if least.is_some() || most.is_some() {
        if least.max(most).is_some_and(|length| length > MAX_LENGTH) {
            return None;
        }
        let most = most.map(|most| most.to_string()).unwrap_or_default();
        limits.push(format!("(?s:.{{{},{most}}})", least.unwrap_or_default()));
    }
    Some(limits)
}

/// Returns a text as an expression that matches it alone.
fn escape(text: &str) -> String {
    let escaped =
        text.chars().map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("\\u{{{:x}}}", u32::from(c)) });
    format!("(?:{})", escaped.collect::<String>())
}

/// Returns the automaton of an expression that the whole text matches; nothing if it is none, or is too large.
fn automaton(expression: &str) -> Option<dense::DFA<Vec<u32>>> {
    let limits = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .match_kind(MatchKind::All)
        .dfa_size_limit(Some(MAX_SIZE))
        .determinize_size_limit(Some(MAX_SIZE));
    let builder = dense::Builder::new().configure(limits).syntax(syntax::Config::new().nest_limit(64)).clone();
    builder.build(&format!("\\A(?:{expression})\\z")).ok()
}

/// Returns whether every text that matches all of some expressions matches another one; nothing if that is not known.
fn is_contained(made: &[String], taken: &str) -> Option<bool> {
    let made = made.iter().map(|expression| automaton(expression)).collect::<Option<Vec<_>>>()?;
    let taken = automaton(taken)?;
    let start = |dfa: &dense::DFA<Vec<u32>>| dfa.start_state_forward(&Input::new("").anchored(Anchored::Yes)).ok();
    let first: Vec<StateID> = made.iter().chain([&taken]).map(start).collect::<Option<_>>()?;
    let (mut seen, mut open) = (HashSet::from([first.clone()]), VecDeque::from([first]));
    while let Some(states) = open.pop_front() {
        let (of_taken, of_made) = states.split_last()?;
        let ends = |dfa: &dense::DFA<Vec<u32>>, state: StateID| dfa.is_match_state(dfa.next_eoi_state(state));
        if made.iter().zip(of_made).all(|(dfa, state)| ends(dfa, *state)) && !ends(&taken, *of_taken) {
            return Some(false);
        }
        for byte in 0..=u8::MAX {
            let next: Vec<StateID> =
                made.iter().chain([&taken]).zip(&states).map(|(dfa, state)| dfa.next_state(*state, byte)).collect();
            let is_dead = made.iter().zip(&next).any(|(dfa, state)| dfa.is_dead_state(*state));
            if !is_dead && seen.insert(next.clone()) {
                if seen.len() > MAX_STATES {
                    return None;
                }
                open.push_back(next);
            }
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        profile::Client,
        shape::{self, Document, Spot},
    };

    fn fits(from: Value, to: Value) -> bool {
        let root = Value::Null;
        let document = Document { root: &root, client: Client::PROGENITOR };
        let shape = |schema| shape::read(&document, Spot { pointer: String::new(), value: schema }).whole(&document).1;
        let (from, to) = (shape(&from), shape(&to));
        let kind = from.types.iter().next().copied().unwrap_or_default();
        fit(&from, kind, &to)
    }

    #[test]
    fn a_text_fits_where_whatever_is_made_is_taken() {
        let text = |pattern: &str| json!({"type": "string", "pattern": pattern});
        let name = json!({"type": "string", "pattern": "^[a-zA-Z0-9_-]+$", "maxLength": 54});
        for (from, to, expected) in [
            (text("^#[0-9a-f]{6}$"), json!({"type": "string", "minLength": 3}), true),
            (text("^#[0-9a-f]{6}$"), json!({"type": "string", "minLength": 8}), false),
            (text("^#[0-9a-f]{6}$"), text("^#"), true),
            (text("#"), text("^#"), false),
            (text("^a+$"), json!({"type": "string", "maxLength": 20}), false),
            (json!({"type": "string", "enum": ["OWNER", "a-b"]}), name.clone(), true),
            (json!({"type": "string", "enum": ["OWNER", "a b"]}), name.clone(), false),
            (json!({"type": "string", "x-extensible-enum": ["OWNER"]}), name.clone(), false),
            (json!({"type": "boolean"}), name.clone(), true),
            (json!({"type": "integer"}), name.clone(), true),
            (json!({"type": "number"}), name.clone(), false),
            (json!({"type": "string"}), name, false),
            (json!({"type": "string", "maxLength": 5}), json!({"type": "string", "maxLength": 5}), true),
            (json!({"type": "string"}), text("("), false),
        ] {
            assert_eq!(fits(from.clone(), to.clone()), expected, "{from} to {to}");
        }
    }
}
