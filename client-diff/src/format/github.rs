//! Annotations, as workflows of GitHub print them.

use std::collections::HashSet;

use super::{is_noted, lines::lines, note, summary, verdict};
use crate::{
    Input,
    accept::State,
    escape,
    model::{Change, Report, Rust, Wire},
};

/// Returns an annotation for each change that is not of a text, with its line if HEAD is a file.
pub fn print(report: &Report, head: &Input) -> String {
    let changes: Vec<&Change> = report.changes.iter().filter(|change| !change.doc).collect();
    let wanted: HashSet<&str> = changes.iter().flat_map(|change| ancestors(pointer(change))).collect();
    let lines = head.text.as_deref().map(|text| lines(text, &wanted)).unwrap_or_default();
    let mut text = String::new();
    for change in changes {
        let level = match (change.wire.max(change.after.unwrap_or_default()), change.rust) {
            _ if change.accepted.is_some() => "notice",
            (Wire::Breaking, _) | (_, Rust::Breaking) => "error",
            (Wire::Risky, _) | (_, Rust::Unknown) => "warning",
            _ => "notice",
        };
        let line = ancestors(pointer(change)).find_map(|pointer| lines.get(pointer));
        // What the corrections change is in none of the two documents.
        let file = head.file.as_ref().filter(|_| !change.is_of_client);
        let place = match (file, line) {
            (Some(file), Some(line)) => format!("file={},line={line},", property(file)),
            (Some(file), None) => format!("file={},", property(file)),
            (None, _) => String::new(),
        };
        let reaches = match change.operations.as_slice() {
            [] => String::new(),
            [one] => format!(" ({one})"),
            all => format!(" ({} operations)", all.len()),
        };
        let times = if change.count > 1 { format!(", {} times", change.count) } else { String::new() };
        let after = match change.after.filter(|after| *after > Wire::Safe) {
            Some(after) => format!(", after {}", verdict(&after)),
            None => String::new(),
        };
        let message = format!(
            "wire {}, rust {}{after}: {}{times}{reaches}",
            verdict(&change.wire),
            verdict(&change.rust),
            change.message
        );
        text.push_str(&format!("::{level} {place}title={}::{}\n", property(change.rule), message_of(&message)));
    }
    for entry in report.accepted.iter().filter(|entry| is_noted(entry)) {
        let level = if entry.state == State::Expired { "error" } else { "warning" };
        text.push_str(&format!("::{level} title=accepted::{}\n", message_of(&note(entry))));
    }
    text.push_str(&format!("::notice title=spec-diff::{}\n", message_of(&summary(report).join("; "))));
    text
}

fn pointer(change: &Change) -> &str {
    change.head_pointer.as_deref().unwrap_or(&change.pointer)
}

/// Returns a pointer and those of all that contains it, the nearest first: what was removed is shown where it was.
fn ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| pointer.rsplit_once('/').map(|(parent, _)| parent))
}

/// Escapes the text of a command.
fn message_of(text: &str) -> String {
    escape::line(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    message_of(text).replace(':', "%3A").replace(',', "%2C")
}
