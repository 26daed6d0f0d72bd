//! Texts of others on a terminal, and what is said on stderr.

use std::{
    fs,
    io::{self, Read, Write},
};

use anstyle::Style;

use crate::exit::Failure;

/// Reads a file as text.
///
/// # Errors
///
/// It cannot be read, or is not in UTF-8.
pub fn of_file(path: &str) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::usage(format!("`{path}` cannot be read: {error}")))?;
    in_utf8(bytes, &format!("`{path}`"))
}

/// Reads stdin as text.
///
/// # Errors
///
/// It cannot be read, or is not in UTF-8.
pub fn of_stdin() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|error| Failure::file("stdin cannot be read", &error))?;
    in_utf8(bytes, "stdin")
}

/// Editors and spreadsheets begin a text with a mark that is not part of it, or write it in UTF-16.
fn in_utf8(bytes: Vec<u8>, whence: &str) -> Result<String, Failure> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(_) => Err(Failure::usage(format!("{whence} is no text in UTF-8")).hint("save it as UTF-8, and try again")),
    }
}

/// Returns the text without what a terminal obeys, or what hides other text: controls and marks of direction become
/// `�`. Line feeds remain.
pub fn printable(text: &str) -> String {
    text.chars().map(|letter| if is_hidden(letter) && letter != '\n' { '\u{fffd}' } else { letter }).collect()
}

/// Like [`printable`], on one line.
pub fn line(text: &str) -> String {
    printable(text).split('\n').map(str::trim_end).collect::<Vec<_>>().join(" ⏎ ")
}

fn is_hidden(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes `label: message` to stderr, the label in colour where that is a terminal. Nobody may be there to read it.
pub fn complain(label: &str, style: Style, message: &str) {
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#}: {}", printable(message));
}

/// Writes a line to stderr.
pub fn note(message: &str) {
    let _ = writeln!(anstream::stderr(), "{}", printable(message));
}
