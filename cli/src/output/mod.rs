//! What goes to stdout: answers as JSON, as lines of JSON, or as tables for people.

mod progress;
mod table;

pub use progress::interrupted;
pub use table::width;

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use indicatif::ProgressBar;
use serde_json::Value;

use crate::{
    args::Global,
    exit::{Code, Failure},
    text,
};

/// How answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As one JSON text
    Json,
    /// As one JSON text for each item, on a line of its own
    Jsonl,
    /// As a table for people
    Table,
}

/// Where and how answers are written.
#[derive(Clone)]
pub struct Output {
    format: Format,
    /// Whether the format was asked for.
    is_explicit: bool,
    /// What of the answer is written: a JSON pointer.
    pointer: Option<String>,
    is_quiet: bool,
}

impl Output {
    /// Reads what the command line says.
    ///
    /// # Errors
    ///
    /// The pointer is none.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let pointer = global.query.clone();
        if let Some(wrong) = pointer.as_ref().filter(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
            let why = format!("`{wrong}` is no JSON pointer: one begins with `/`");
            return Err(Failure::usage(why).hint("--query /0/id is the id of the first item"));
        }
        let default = if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        Ok(Self {
            format: global.output.unwrap_or(default),
            is_explicit: global.output.is_some(),
            pointer,
            is_quiet: global.quiet,
        })
    }

    /// Whether items can be written as they come.
    pub fn is_by_line(&self) -> bool {
        self.format == Format::Jsonl
    }

    /// Whether people read it.
    pub fn is_for_people(&self) -> bool {
        self.format == Format::Table && self.pointer.is_none()
    }

    /// Writes an answer.
    ///
    /// # Errors
    ///
    /// The answer has nothing at the place that was asked for, or stdout cannot be written.
    pub fn value(&self, value: &Value) -> Result<(), Failure> {
        if self.is_by_line() {
            return match value {
                Value::Array(items) => items.iter().try_for_each(|item| self.item(item)),
                other => self.item(other),
            };
        }
        let value = self.selected(value)?;
        match (self.format, &self.pointer, value) {
            (_, Some(_), Value::String(text)) if !self.is_explicit => print(text),
            (Format::Table, ..) => print(&table::render(value)),
            _ => print(&serde_json::to_string_pretty(value).unwrap_or_default()),
        }
    }

    /// Writes one item of a list as a line of JSON.
    ///
    /// # Errors
    ///
    /// As for [`value`](Self::value).
    pub fn item(&self, item: &Value) -> Result<(), Failure> {
        let item = self.selected(item)?;
        print(&item.to_string())
    }

    /// Writes `people` where people read it, and `value` otherwise.
    ///
    /// # Errors
    ///
    /// As for [`value`](Self::value).
    pub fn either(&self, people: &str, value: &Value) -> Result<(), Failure> {
        if !self.is_for_people() {
            return self.value(value);
        }
        if people.is_empty() { Ok(()) } else { print(&text::printable(people)) }
    }

    /// Tells on stderr how things go, unless that is not wanted.
    pub fn note(&self, message: &str) {
        if !self.is_quiet {
            text::note(message);
        }
    }

    /// Whether nothing is to be told but the result.
    pub fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Shows on a line of the terminal how far a command has come, unless that is not wanted. The template is one of
    /// indicatif, with `{bar}` for a bar of a width that fits.
    pub fn bar(&self, length: Option<usize>, template: &str) -> ProgressBar {
        if self.is_quiet { ProgressBar::hidden() } else { progress::bar(length, template) }
    }

    fn selected<'a>(&self, value: &'a Value) -> Result<&'a Value, Failure> {
        let Some(pointer) = &self.pointer else { return Ok(value) };
        let found = value.pointer(pointer);
        found.ok_or_else(|| Failure::new(Code::NotFound, format!("the answer has nothing at `{pointer}`")))
    }
}

/// How many columns the terminal has that stdout is; `None` if it is none.
pub fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// How many rows a text takes on a terminal of this width, on which its long lines are broken.
pub fn rows(text: &str, width: Option<usize>) -> usize {
    let width = width.unwrap_or(usize::MAX).max(1);
    text.lines().map(|line| line.chars().count().div_ceil(width).max(1)).sum()
}

/// Writes a line to stdout.
///
/// # Errors
///
/// It cannot be written.
pub fn print(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Writes bytes to stdout, as they are.
///
/// # Errors
///
/// They cannot be written.
pub fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}
