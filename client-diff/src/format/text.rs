//! For a terminal.

use std::fmt::Write as _;

use super::{Group, groups, is_noted, note, some, summary, title, verdict};
use crate::{
    escape,
    model::{Change, Report, Rust, Wire},
};

/// How a report is printed for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Whether colours can be seen.
    pub is_coloured: bool,
    /// How many columns there are; if it is not known, no line is wrapped.
    pub width: Option<usize>,
}

/// Returns the report as text, in colours if they can be seen.
pub fn print(report: &Report, look: Look) -> String {
    let paint = Paint(look.is_coloured);
    let side = |side: &crate::model::Side| format!("{} ({})", side.version, side.source);
    let mut page = Page { text: String::new(), width: look.width };
    page.line(
        0,
        &escape::line(&format!("{} {} -> {}", report.title, side(&report.base), side(&report.head))),
        |text| text,
    );
    for line in summary(report) {
        page.line(0, &line, |text| paint.severity(worst(report), &text));
    }
    let (texts, others): (Vec<_>, Vec<_>) = report.changes.iter().partition(|change| change.doc);
    let mut resource = None;
    for group in groups(others.into_iter()) {
        if resource != Some(group.resource) {
            page.heading(&escape::line(title(&group)), paint);
            resource = Some(group.resource);
        }
        self::group(&mut page, &group, paint);
    }
    if !texts.is_empty() {
        page.heading(&format!("Texts ({})", texts.len()), paint);
        for change in texts {
            let times = if change.count > 1 { format!(" ({} times)", change.count) } else { String::new() };
            page.line(2, &format!("{}  {}{times}", change.fingerprint, escape::line(&change.pointer)), |text| text);
        }
    }
    if !report.new_without_overlay.is_empty() {
        page.heading(&format!("Not described by an overlay ({})", report.new_without_overlay.len()), paint);
        for operation in &report.new_without_overlay {
            page.line(2, &escape::line(operation), |text| text);
        }
    }
    let noted: Vec<_> = report.accepted.iter().filter(|entry| is_noted(entry)).collect();
    if !noted.is_empty() {
        page.heading("Accepted changes to look at", paint);
        for entry in noted {
            page.line(2, &escape::line(&note(entry)), |text| text);
        }
    }
    page.text
}

/// Returns the severity of the worst change.
fn worst(report: &Report) -> Severity {
    let summary = &report.summary;
    Severity::of(summary.wire, summary.rust, summary.after)
}

fn group(page: &mut Page, group: &Group<'_>, paint: Paint) {
    page.line(2, &escape::line(&group.owner), |text| text);
    for change in &group.changes {
        self::change(page, change, &group.owner, paint);
    }
}

fn change(page: &mut Page, change: &Change, owner: &str, paint: Paint) {
    let severity = Severity::of(change.wire, change.rust, change.after.unwrap_or_default());
    let times = if change.count > 1 { format!(", {} times", change.count) } else { String::new() };
    let rust = match change.rust {
        Rust::None => String::new(),
        rust => format!(" (rust {})", verdict(&rust)),
    };
    let after = match change.after {
        Some(Wire::Safe) | None => String::new(),
        Some(after) => format!(" (after {})", verdict(&after)),
    };
    let message = escape::line(&change.message);
    let wire = format!("{:<8}", verdict(&change.wire));
    page.line(4, &format!("{wire} {message}{times}  [{}{rust}{after}]", change.rule), |text| {
        match text.trim_start().strip_prefix(wire.trim_end()) {
            Some(rest) => format!("    {}{rest}", paint.severity(severity, wire.trim_end())),
            None => text,
        }
    });
    let places = if change.places.is_empty() { std::slice::from_ref(&change.pointer) } else { &change.places };
    let mut line = |name: &str, list: &[String]| {
        if list.iter().any(|entry| !entry.is_empty()) {
            page.line(6, &format!("{name:<8} {}", escape::line(&some(list, str::to_owned))), |text| text);
        }
    };
    line("at", places);
    if change.operations != [owner] {
        line("reaches", &change.operations);
    }
    line("symbols", &change.symbols);
    line("client", change.client_rule.map(str::to_owned).as_slice());
    line("overlay", change.correction.as_slice());
    line("id", std::slice::from_ref(&change.fingerprint));
    line("accepted", change.accepted.as_slice());
}

/// How bad a change is, by all its verdicts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Good,
    Doubtful,
    Bad,
}

impl Severity {
    fn of(wire: Wire, rust: Rust, after: Wire) -> Self {
        match (wire.max(after), rust) {
            (Wire::Breaking, _) | (_, Rust::Breaking) => Self::Bad,
            (Wire::Risky, _) | (_, Rust::Unknown) => Self::Doubtful,
            (Wire::Safe, Rust::None | Rust::Additive) => Self::Good,
        }
    }
}

/// What was printed so far, and how wide it may be.
struct Page {
    text: String,
    width: Option<usize>,
}

impl Page {
    fn heading(&mut self, text: &str, paint: Paint) {
        self.text.push('\n');
        self.line(0, text, |text| paint.bold(&text));
    }

    /// Adds a line, wrapped to the width; what follows the first line is indented further.
    fn line(&mut self, indent: usize, line: &str, paint: impl Fn(String) -> String) {
        let first = " ".repeat(indent);
        let lines = match self.width {
            Some(width) => {
                let next = " ".repeat(indent + 2);
                let options = textwrap::Options::new(width.max(20)).initial_indent(&first).subsequent_indent(&next);
                textwrap::wrap(line, options).into_iter().map(|line| line.into_owned()).collect()
            }
            None => vec![format!("{first}{line}")],
        };
        for (i, line) in lines.iter().enumerate() {
            let line = escape::without_commands(line);
            let _ = writeln!(self.text, "{}", if i == 0 { paint(line) } else { line });
        }
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

    fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Bad => self.with("31", text),
            Severity::Doubtful => self.with("33", text),
            Severity::Good => self.with("32", text),
        }
    }
}
