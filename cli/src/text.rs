//! Texts of others on a terminal, and what is said on stderr.

use std::io::Write;

use anstyle::Style;

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
