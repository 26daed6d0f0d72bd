//! The difference between two JSON documents, short enough to read.

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::document::{escape, owner};

/// Places that a summary lists; the others are counted.
const LISTED: usize = 60;
/// Characters of a value that a summary shows.
const SHOWN: usize = 100;

/// One place in which two documents differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// JSON pointer; into the later document, unless the place is gone.
    pub pointer: String,
    /// The value in the earlier document.
    pub before: Option<Value>,
    /// The value in the later document.
    pub after: Option<Value>,
}

/// Returns the places in which two documents differ, as deep in them as possible. Items of lists are aligned, so that an item
/// that was inserted is one change.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(before, after, "", &mut changes);
    changes
}

fn compare(before: &Value, after: &Value, pointer: &str, changes: &mut Vec<Change>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in old {
                let pointer = format!("{pointer}/{}", escape(key));
                match new.get(key) {
                    Some(after) => compare(value, after, &pointer, changes),
                    None => changes.push(Change { pointer, before: Some(value.clone()), after: None }),
                }
            }
            for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
                let pointer = format!("{pointer}/{}", escape(key));
                changes.push(Change { pointer, before: None, after: Some(value.clone()) });
            }
        }
        (Value::Array(old), Value::Array(new)) => compare_lists(old, new, pointer, changes),
        _ => {
            let (before, after) = (Some(before.clone()), Some(after.clone()));
            changes.push(Change { pointer: pointer.to_owned(), before, after });
        }
    }
}

fn compare_lists(old: &[Value], new: &[Value], pointer: &str, changes: &mut Vec<Change>) {
    let text = |list: &[Value]| list.iter().map(Value::to_string).collect::<Vec<_>>();
    for op in capture_diff_slices(Algorithm::Myers, &text(old), &text(new)) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (from, to) = (op.old_range(), op.new_range());
        let both = from.len().min(to.len());
        for (i, (before, after)) in (to.start..).zip(old[from.clone()].iter().zip(&new[to.clone()])) {
            compare(before, after, &format!("{pointer}/{i}"), changes);
        }
        for (i, gone) in (from.start..).zip(&old[from]).skip(both) {
            changes.push(Change { pointer: format!("{pointer}/{i}"), before: Some(gone.clone()), after: None });
        }
        for (i, added) in (to.start..).zip(&new[to]).skip(both) {
            changes.push(Change { pointer: format!("{pointer}/{i}"), before: None, after: Some(added.clone()) });
        }
    }
}

/// Returns the changes as lines, grouped by operation, schema or other part of the document. The lines hold text of the
/// documents and have to be escaped for where they are printed.
pub fn summary(changes: &[Change]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for change in changes.iter().take(LISTED) {
        let owner = owner(&change.pointer);
        let (sign, values) = match (&change.before, &change.after) {
            (None, Some(after)) => ('+', shown(after)),
            (Some(before), None) => ('-', shown(before)),
            (before, after) => {
                let shown = |value: &Option<Value>| value.as_ref().map(shown).unwrap_or_default();
                ('~', format!("{} -> {}", shown(before), shown(after)))
            }
        };
        let place = within(&change.pointer);
        let colon = if place.is_empty() { "" } else { ": " };
        let line = format!("  {sign} {place}{colon}{values}");
        match groups.iter_mut().find(|(name, _)| *name == owner) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((owner, vec![line])),
        }
    }
    let mut lines: Vec<String> = groups.into_iter().flat_map(|(owner, lines)| [vec![owner], lines].concat()).collect();
    if changes.len() > LISTED {
        lines.push(format!("and {} more places", changes.len() - LISTED));
    }
    lines
}

/// Returns the part of a pointer below its operation, component or event.
fn within(pointer: &str) -> &str {
    let depth = match pointer.split('/').nth(1) {
        Some("paths" | "components") => 4,
        Some("x-webhooks") => 3,
        _ => 2,
    };
    pointer.match_indices('/').nth(depth - 1).map_or("", |(at, _)| &pointer[at..])
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn changes_are_listed_by_operation_and_schema() {
        let before = json!({
            "info": {"version": "1"},
            "paths": {"/x/{id}": {"get": {"summary": "old", "parameters": [{"name": "a"}, {"name": "c"}]}}},
            "components": {"schemas": {"S": {"enum": ["a", "b"]}, "Gone": {"type": "string"}}},
        });
        let after = json!({
            "info": {"version": "2"},
            "paths": {"/x/{id}": {"get": {"summary": "new", "parameters": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}}},
            "components": {"schemas": {"S": {"enum": ["b"], "type": "string"}}},
        });
        assert_eq!(changes(&before, &before), []);
        assert_eq!(
            summary(&changes(&before, &after)),
            [
                "info",
                "  ~ /version: \"1\" -> \"2\"",
                "GET /x/{id}",
                "  ~ /summary: \"old\" -> \"new\"",
                "  + /parameters/1: {\"name\":\"b\"}",
                "S",
                "  - /enum/0: \"a\"",
                "  + /type: \"string\"",
                "Gone",
                "  - {\"type\":\"string\"}",
            ]
        );
    }

    #[test]
    fn a_summary_is_short_whatever_changed() {
        let long = |letter: &str| (0..1000).map(|i| (format!("k{i}"), letter.repeat(10_000).into())).collect();
        let (before, after): (serde_json::Map<_, _>, _) = (long("a"), long("b"));
        let summary = summary(&changes(&before.into(), &Value::Object(after)));
        assert!(summary.len() <= 2 * LISTED + 1, "{}", summary.len());
        assert!(summary.iter().all(|line| line.chars().count() < 2 * SHOWN + 50));
        assert_eq!(summary.last().unwrap(), "and 940 more places");
    }
}
