//! Tables of answers, as wide as the terminal.

use std::env;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value};

use crate::text;

/// The longest text of a cell, in characters.
const LONGEST: usize = 200;

/// How much of its width a column needs at least to be shown.
const NARROWEST: usize = 24;

/// The width of the terminal, in columns; 100 if nobody tells.
pub fn width() -> u16 {
    let told = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    told.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0)).unwrap_or(100)
}

/// Draws an answer.
pub fn render(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Array(items) if items.is_empty() => "(nothing)".to_owned(),
        Value::Array(items) if items.iter().all(Value::is_object) => list(items),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        Value::Object(members) => object(members),
        Value::String(text) => text::printable(text),
        other => other.to_string(),
    }
}

/// A row for each item.
fn list(items: &[Value]) -> String {
    let items: Vec<&Map<_, _>> = items.iter().filter_map(Value::as_object).collect();
    let mut columns: Vec<&str> = Vec::new();
    for (name, value) in items.iter().flat_map(|item| item.iter()) {
        if is_plain(value) && !columns.contains(&name.as_str()) {
            columns.push(name);
        }
    }
    if columns.is_empty() {
        return items
            .iter()
            .map(|item| clipped(&Value::Object((*item).clone()).to_string()))
            .collect::<Vec<_>>()
            .join("\n");
    }
    let shown = fitting(&items, &columns);
    let mut table = empty();
    table.set_header(shown.iter().map(|column| column.to_uppercase()));
    for item in &items {
        table.add_row(shown.iter().map(|column| item.get(*column).map(cell).unwrap_or_default()));
    }
    let mut drawn = table.trim_fmt();
    let left_out = columns.len() - shown.len();
    if left_out > 0 {
        drawn.push_str(&format!("\n({left_out} more columns: -o json)"));
    }
    drawn
}

/// The columns for which there is room, at least one.
fn fitting<'a>(items: &[&Map<String, Value>], columns: &[&'a str]) -> Vec<&'a str> {
    let mut left = usize::from(width());
    let mut shown = Vec::new();
    for column in columns {
        let cells = items.iter().filter_map(|item| item.get(*column)).map(|value| cell(value).chars().count());
        let widest = cells.max().unwrap_or(0).max(column.chars().count());
        // A space on either side.
        let needed = widest.min(NARROWEST) + 2;
        if needed > left && !shown.is_empty() {
            break;
        }
        left = left.saturating_sub(needed);
        shown.push(*column);
    }
    shown
}

/// A row for each member.
fn object(members: &Map<String, Value>) -> String {
    let mut table = empty();
    for (name, value) in members {
        table.add_row([text::line(name), cell(value)]);
    }
    table.trim_fmt()
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width());
    table
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_) | Value::Null)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => clipped(text),
        other => clipped(&other.to_string()),
    }
}

fn clipped(text: &str) -> String {
    let line = text::line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
