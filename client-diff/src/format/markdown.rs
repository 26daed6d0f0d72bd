//! For a pull request, or the changelog.

use std::fmt::Write as _;

use super::{groups, is_noted, markup, note, some, summary, title, verdict};
use crate::model::{Change, Report, Rust, Wire};

/// Returns the report as Markdown.
pub fn print(report: &Report) -> String {
    let mut text = format!(
        "## {} {} → {}\n\n",
        markup::text(&report.title),
        markup::text(&report.base.version),
        markup::text(&report.head.version)
    );
    let _ = writeln!(text, "{}.", markup::text(&summary(report).join(". ")));
    let (texts, others): (Vec<_>, Vec<_>) = report.changes.iter().partition(|change| change.doc);
    let mut resource = None;
    for group in groups(others.into_iter()) {
        if resource != Some(group.resource) {
            let _ = writeln!(text, "\n### {}\n", markup::text(title(&group)));
            resource = Some(group.resource);
        }
        let _ = writeln!(text, "- {}", markup::code(&group.owner));
        group.changes.iter().for_each(|change| item(&mut text, change));
    }
    if !report.new_without_overlay.is_empty() {
        let _ = writeln!(text, "\n### Not described by an overlay\n");
        text.extend(report.new_without_overlay.iter().map(|operation| format!("- {}\n", markup::code(operation))));
    }
    let noted: Vec<_> = report.accepted.iter().filter(|entry| is_noted(entry)).collect();
    if !noted.is_empty() {
        let _ = writeln!(text, "\n### Accepted changes to look at\n");
        text.extend(noted.into_iter().map(|entry| format!("- {}\n", markup::text(&note(entry)))));
    }
    if !texts.is_empty() {
        let _ = writeln!(text, "\n<details><summary>Texts ({})</summary>\n", texts.len());
        text.extend(texts.iter().map(|change| format!("- {}\n", markup::code(&change.pointer))));
        let _ = writeln!(text, "\n</details>");
    }
    text
}

fn item(text: &mut String, change: &Change) {
    let times = if change.count > 1 { format!(", {} times", change.count) } else { String::new() };
    let message = markup::text(&change.message);
    let _ = write!(text, "  - **wire {}** {message}{times} (`{}`", verdict(&change.wire), change.rule);
    if change.rust != Rust::None {
        let symbols = some(&change.symbols, markup::code);
        let colon = if symbols.is_empty() { "" } else { ": " };
        let _ = write!(text, ", **rust {}**{colon}{symbols}", verdict(&change.rust));
    }
    if let Some(after) = change.after.filter(|after| *after != Wire::Safe) {
        let _ = write!(text, ", **{} even after regenerating**", verdict(&after));
    }
    if let Some(correction) = &change.correction {
        let _ = write!(text, " because of {}", markup::code(correction));
    }
    if change.operations.len() > 1 {
        let _ = write!(text, ", reaches {} operations", change.operations.len());
    }
    text.push(')');
    if let Some(reason) = &change.accepted {
        let _ = write!(text, ", accepted: {}", markup::text(reason));
    }
    text.push('\n');
}
