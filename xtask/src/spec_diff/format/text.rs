//! For a terminal.

use std::fmt::Write as _;

use super::{Group, groups, some, summary, title, word};
use crate::spec_diff::model::{Change, Report, Rust, Wire};

/// The report, with colours where they can be seen.
pub fn print(report: &Report, is_coloured: bool) -> String {
    let paint = Paint(is_coloured);
    let side = |side: &crate::spec_diff::model::Side| format!("{} ({})", side.version, side.source);
    let mut text = format!("WAHA {} -> {}\n", side(&report.base), side(&report.head));
    let worst = report.summary.wire;
    let _ = writeln!(text, "{}", paint.verdict(worst, &summary(report)));
    let (texts, others): (Vec<_>, Vec<_>) = report.changes.iter().partition(|change| change.doc);
    let mut resource = None;
    for group in groups(others.into_iter()) {
        if resource != Some(group.resource) {
            let _ = writeln!(text, "\n{}", paint.bold(title(&group)));
            resource = Some(group.resource);
        }
        self::group(&mut text, &group, paint);
    }
    if !texts.is_empty() {
        let _ = writeln!(text, "\n{}", paint.bold(&format!("Texts ({})", texts.len())));
        for change in texts {
            let times = if change.count > 1 { format!(" ({} times)", change.count) } else { String::new() };
            let _ = writeln!(text, "  {}  {}{times}", change.fingerprint, change.pointer);
        }
    }
    if !report.new_without_overlay.is_empty() {
        let count = report.new_without_overlay.len();
        let _ = writeln!(text, "\n{}", paint.bold(&format!("Not described by an overlay ({count})")));
        text.extend(report.new_without_overlay.iter().map(|operation| format!("  {operation}\n")));
    }
    text
}

fn group(text: &mut String, group: &Group<'_>, paint: Paint) {
    let _ = writeln!(text, "  {}", group.owner);
    for change in &group.changes {
        self::change(text, change, &group.owner, paint);
    }
}

fn change(text: &mut String, change: &Change, owner: &str, paint: Paint) {
    let wire = paint.verdict(change.wire, &format!("{:<8}", word(&change.wire)));
    let rust = match change.rust {
        Rust::None => String::new(),
        verdict => format!(" (rust {})", word(&verdict)),
    };
    let times = if change.count > 1 { format!(", {} times", change.count) } else { String::new() };
    let _ = writeln!(text, "    {wire} {}{times}  [{}{rust}]", change.message, change.rule);
    let places = if change.places.is_empty() { std::slice::from_ref(&change.pointer) } else { &change.places };
    let mut line = |name: &str, list: &[String]| {
        if list.iter().any(|entry| !entry.is_empty()) {
            let _ = writeln!(text, "             {name:<8} {}", some(list, ""));
        }
    };
    line("at", places);
    if change.operations != [owner] {
        line("reaches", &change.operations);
    }
    line("symbols", &change.symbols);
    line("id", std::slice::from_ref(&change.fingerprint));
    if let Some(reason) = &change.accepted {
        line("accepted", std::slice::from_ref(reason));
    }
}

/// Colours, or none.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    fn verdict(self, verdict: Wire, text: &str) -> String {
        match verdict {
            Wire::Breaking => self.with("31", text),
            Wire::Risky => self.with("33", text),
            Wire::Safe => self.with("32", text),
        }
    }
}
