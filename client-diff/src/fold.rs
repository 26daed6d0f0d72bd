//! Fingerprints of changes, and one change in the place of many identical ones.

use std::collections::HashMap;

use serde_json::Value;

use super::{literal, model::Change};

/// Folds identical changes, gives each its fingerprint, and puts the worst first.
pub fn fold(changes: Vec<Change>) -> Vec<Change> {
    let mut folded: Vec<(Change, Vec<String>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for mut change in changes {
        let key = std::mem::take(&mut change.key);
        match known.get(&edit(&change, &key)) {
            Some(position) => {
                let (one, keys) = &mut folded[*position];
                join(one, change);
                keys.push(key);
            }
            None => {
                known.insert(edit(&change, &key), folded.len());
                folded.push((change, vec![key]));
            }
        }
    }
    let named = folded.into_iter().map(|(mut change, mut keys)| {
        keys.sort_unstable();
        change.fingerprint = fingerprint(&change, &keys);
        change.key = keys.swap_remove(0);
        change.operations.sort_unstable();
        change.operations.dedup();
        change.symbols.sort_unstable();
        change.symbols.dedup();
        change
    });
    let mut changes: Vec<Change> = named.collect();
    changes.sort_by(|a, b| {
        let worst = |change: &Change| (change.wire, change.rust, !change.doc);
        worst(b).cmp(&worst(a)).then_with(|| (&a.key, a.rule).cmp(&(&b.key, b.rule)))
    });
    changes
}

/// Returns what is the same in identical changes: the edit, and the end of its place.
fn edit(change: &Change, key: &str) -> String {
    let Change { rule, direction, before, after_value: after, message, rust, wire, .. } = change;
    let [before, after] = [before, after].map(literal::text);
    format!("{rule}\n{direction:?}\n{rust:?}{wire:?}\n{}\n{message}\n{before}\n{after}", leaf(change, key))
}

/// Returns the place within its operation or schema.
fn leaf<'k>(change: &Change, key: &'k str) -> &'k str {
    if let Some(rest) = key.strip_prefix("/components/schemas/").or_else(|| key.strip_prefix("/webhooks/")) {
        return rest.split_once('/').map_or("", |(_, leaf)| leaf);
    }
    change.operations.iter().find_map(|label| key.strip_prefix(label.as_str())).unwrap_or(key)
}

fn join(one: &mut Change, other: Change) {
    if one.places.is_empty() {
        one.places.push(one.pointer.clone());
    }
    one.places.push(other.pointer);
    one.count += 1;
    one.operations.extend(other.operations);
    one.symbols.extend(other.symbols);
    if one.resource != other.resource {
        one.resource.clear();
    }
}

/// Returns twelve digits that depend on the edit and on its places, and on nothing else in the documents.
fn fingerprint(change: &Change, keys: &[String]) -> String {
    let value = |value: &Value| literal::text(value);
    let text =
        format!("{}\n{}\n{}\n{}", change.rule, keys.join("\n"), value(&change.before), value(&change.after_value));
    literal::digest(&text)[..12].to_owned()
}
