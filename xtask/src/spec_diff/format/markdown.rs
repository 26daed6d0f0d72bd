//! For a pull request, or the changelog.

use std::fmt::Write as _;

use super::{groups, some, summary, title, word};
use crate::spec_diff::model::{Change, Report, Rust};

/// The report.
pub fn print(report: &Report) -> String {
    let mut text = format!("## WAHA {} → {}\n\n", report.base.version, report.head.version);
    let _ = writeln!(text, "{}.", summary(report));
    let (texts, others): (Vec<_>, Vec<_>) = report.changes.iter().partition(|change| change.doc);
    let mut resource = None;
    for group in groups(others.into_iter()) {
        if resource != Some(group.resource) {
            let _ = writeln!(text, "\n### {}\n", title(&group));
            resource = Some(group.resource);
        }
        let _ = writeln!(text, "- `{}`", group.owner);
        group.changes.iter().for_each(|change| item(&mut text, change));
    }
    if !report.new_without_overlay.is_empty() {
        let _ = writeln!(text, "\n### Not described by an overlay\n");
        text.extend(report.new_without_overlay.iter().map(|operation| format!("- `{operation}`\n")));
    }
    if !texts.is_empty() {
        let _ = writeln!(text, "\n<details><summary>Texts ({})</summary>\n", texts.len());
        text.extend(texts.iter().map(|change| format!("- `{}`\n", change.pointer)));
        let _ = writeln!(text, "\n</details>");
    }
    text
}

fn item(text: &mut String, change: &Change) {
    let times = if change.count > 1 { format!(", {} times", change.count) } else { String::new() };
    let _ = write!(text, "  - **{}** {}{times} (`{}`", word(&change.wire), change.message, change.rule);
    if change.rust != Rust::None {
        let _ = write!(text, ", rust {}: {}", word(&change.rust), some(&change.symbols, "`"));
    }
    if change.operations.len() > 1 {
        let _ = write!(text, ", reaches {} operations", change.operations.len());
    }
    text.push(')');
    if let Some(reason) = &change.accepted {
        let _ = write!(text, ", accepted: {reason}");
    }
    text.push('\n');
}
