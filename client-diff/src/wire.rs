//! Which declared change causes what happens on the wire.
//!
//! What happens is known from two documents: the one that BASE's client was generated from, and the one of HEAD's server.
//! What people want to read is which change of the declaration does it.

use std::collections::BTreeMap;

use crate::{
    document::path_shape,
    model::{Change, Wire},
};

/// Kinds of changes that the client's document says nothing about: their rule has the last word.
const DECLARED_ONLY: [&str; 6] =
    ["response-header-", "response-redirect-", "security-", "webhook-", "unclassified", "extension-"];

/// Gives each change the verdict of what happens because of it, and adds what happens without any of them.
///
/// Of several successes the client knows one answer: `reads_nothing` says whether it reads one without a body as well.
pub fn judge(
    changes: &mut Vec<Change>,
    happens: Vec<Change>,
    names: &BTreeMap<String, String>,
    reads_nothing: impl Fn(&Change) -> bool,
) {
    for change in changes.iter_mut().filter(|change| !DECLARED_ONLY.iter().any(|kind| change.rule.contains(kind))) {
        let is_of_status = change.rule == "response-content-removed" && !change.key.ends_with("/content");
        if !is_of_status || reads_nothing(change) {
            change.wire = Wire::Safe;
        }
    }
    let places: Vec<Place> = changes.iter().map(|change| Place::of(change, names)).collect();
    let count = changes.len();
    for happening in happens.into_iter().filter(|happening| !happening.doc && happening.wire > Wire::Safe) {
        let causes = causes(&happening, &changes[..count], &places, names);
        for cause in &causes {
            let change = &mut changes[*cause];
            if happening.wire >= change.wire {
                change.wire = happening.wire;
                change.client_rule = (happening.rule != change.rule).then_some(happening.rule);
            }
        }
        if causes.is_empty() {
            changes.push(Change { is_of_client: true, ..happening });
        }
    }
}

/// Says of each change whether a client that was generated again still suffers from it, and which correction is why.
pub fn judge_after(
    changes: &mut [Change],
    happens: &[Change],
    names: &BTreeMap<String, String>,
    corrections: impl FnOnce(&[String]) -> Vec<Option<String>>,
) {
    for change in changes.iter_mut() {
        change.after = Some(Wire::Safe);
    }
    let places: Vec<Place> = changes.iter().map(|change| Place::of(change, names)).collect();
    let mut suffering: Vec<(usize, String)> = Vec::new();
    for happening in happens.iter().filter(|happening| !happening.doc && happening.wire > Wire::Safe) {
        for cause in causes(happening, changes, &places, names) {
            let change = &mut changes[cause];
            // What the client of BASE did not suffer from is not known to happen: only a correction says otherwise.
            let after = happening.wire.min(change.wire);
            if after > Wire::Safe && change.after < Some(after) {
                change.after = Some(after);
                suffering.push((cause, happening.base_pointer.clone().unwrap_or_default()));
            }
        }
    }
    let pointers: Vec<String> = suffering.iter().map(|(_, pointer)| pointer.clone()).collect();
    if pointers.is_empty() {
        return;
    }
    for ((cause, _), correction) in suffering.into_iter().zip(corrections(&pointers)) {
        changes[cause].correction = correction;
    }
}

/// Adds what two documents that clients are generated from differ in, as far as no declared change is behind it: the
/// corrections differ. The server is the same, so that nothing happens on the wire.
pub fn add_corrections(changes: &mut Vec<Change>, differ: Vec<Change>, names: &BTreeMap<String, String>) {
    let places: Vec<Place> = changes.iter().map(|change| Place::of(change, names)).collect();
    let is_declared = |change: &Change| {
        let place = Place::of(change, names);
        // The same property, the same parameter, the same keyword of an operation.
        let near = place.below.len().min(2);
        places.iter().any(|other| place.in_common(other).is_some_and(|common| common >= near))
    };
    let corrected = differ.into_iter().filter(|change| !change.doc && !is_declared(change));
    let corrected = corrected.map(|change| Change {
        wire: Wire::Safe,
        after: Some(Wire::Safe),
        is_of_client: true,
        message: format!("by a correction: {}", change.message),
        ..change
    });
    let corrected: Vec<Change> = corrected.collect();
    changes.extend(corrected);
}

/// Where a change is, in the words of the client's document.
struct Place {
    owner: String,
    below: Vec<String>,
}

/// What may follow the name of an operation in a key.
const PARTS: [&str; 8] =
    ["/parameters/", "/responses/", "/responses", "/requestBody", "/security", "/operationId", "/tags", "/deprecated"];

impl Place {
    fn of(change: &Change, names: &BTreeMap<String, String>) -> Self {
        let key = change.key.rsplit_once(" -> ").map_or(change.key.as_str(), |(_, head)| head);
        if let Some(rest) = key.strip_prefix("/components/schemas/") {
            let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
            return Self { owner: names.get(name).map_or(name, String::as_str).to_owned(), below: steps(below) };
        }
        if let Some(rest) = key.strip_prefix("/webhooks/") {
            let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
            return Self { owner: format!("webhook {name}"), below: steps(below) };
        }
        let end = PARTS.iter().filter_map(|part| key.find(part)).min().unwrap_or(key.len());
        Self { owner: path_shape(&key[..end]), below: steps(&key[end..]) }
    }

    /// Returns how many steps two places have in common, or `None` if they belong to different owners.
    fn in_common(&self, other: &Self) -> Option<usize> {
        let common = || self.below.iter().zip(&other.below).take_while(|(a, b)| a == b).count();
        (self.owner == other.owner).then(common)
    }
}

/// Returns the steps of a place. All successes are one, and so are the spellings of a media type.
fn steps(below: &str) -> Vec<String> {
    let is_success = |step: &&str| step.len() == 3 && step.starts_with('2');
    let steps = below.split('/').filter(|step| !step.is_empty() && !is_success(step));
    steps.map(|step| step.split(';').next().unwrap_or_default().to_owned()).collect()
}

/// Returns the changes that cause what happens: those nearest to its place; else those that are the same edit at another place, as of
/// an anonymous schema that has a name in the client's document.
fn causes(happening: &Change, changes: &[Change], places: &[Place], names: &BTreeMap<String, String>) -> Vec<usize> {
    let place = Place::of(happening, names);
    let candidates = changes.iter().zip(places).enumerate().filter(|(_, (change, _))| !change.doc);
    let ranked = candidates.clone().filter_map(|(i, (change, other))| {
        let same = change.rule == happening.rule;
        let direction = change.direction == happening.direction;
        Some(((place.in_common(other)?, same, direction), i))
    });
    let ranked: Vec<((usize, bool, bool), usize)> = ranked.collect();
    if let Some((best, _)) = ranked.iter().max_by_key(|(rank, _)| *rank) {
        let best = *best;
        return ranked.into_iter().filter(|(rank, _)| *rank == best).map(|(_, i)| i).collect();
    }
    let is_same = |change: &Change| {
        change.before == happening.before
            && change.after_value == happening.after_value
            && change.direction == happening.direction
    };
    let same: Vec<usize> = candidates.clone().filter(|(_, (change, _))| is_same(change)).map(|(i, _)| i).collect();
    if !same.is_empty() {
        return same;
    }
    // A schema that has no name of its own on one of the sides: what reaches the same operations.
    let reaches = |change: &Change| change.operations.iter().any(|operation| happening.operations.contains(operation));
    candidates
        .filter(|(_, (change, _))| change.direction == happening.direction && reaches(change))
        .map(|(i, _)| i)
        .collect()
}
