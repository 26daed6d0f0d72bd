//! Escapes text of documents, servers and paths for the place that it is printed to.
//!
//! Nothing that comes from outside reaches a terminal, a workflow's log or a JSON text other than through one of these
//! functions. Those for lines are idempotent: escaping twice gives the same text as escaping once.

use std::{fmt::Write as _, path::Path};

/// Longest text that [`line()`] prints, in characters.
const LONGEST: usize = 1000;

/// Returns whether a character is invisible, or changes how the characters around it are shown: control characters,
/// line separators, bidirectional controls, zero-width characters and tags.
///
/// Variation selectors 1 to 16 are not hidden: upstream's tags use them to select the colour form of an emoji.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Escapes a text that stands in a line of a terminal or a log: hidden characters are shown as `\n` or `\u{202e}`, and
/// what a GitHub workflow would run as a command is broken up. Longer texts than 1,000 characters are cut.
pub fn line(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len().min(LONGEST));
    for (i, c) in text.chars().enumerate() {
        if i == LONGEST {
            escaped.push_str(" […]");
            break;
        }
        match c {
            c if is_hidden(c) => escaped.extend(c.escape_default()),
            c => escaped.push(c),
        }
    }
    without_commands(&escaped)
}

/// Escapes a text of several lines, as [`line()`] does each of them.
pub fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Escapes generated code or another text of ours that names of a document stand in: like [`lines`], without a limit on the
/// length of a line.
pub fn code(text: &str) -> String {
    let escape = |line: &str| {
        let mut escaped = String::with_capacity(line.len());
        for c in line.chars() {
            match c {
                '\t' => escaped.push(c),
                c if is_hidden(c) => escaped.extend(c.escape_default()),
                c => escaped.push(c),
            }
        }
        without_commands(&escaped)
    };
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// Escapes a path for a line of a terminal or a log.
pub fn path(path: &Path) -> String {
    line(&path.to_string_lossy())
}

/// Escapes a JSON text for a terminal or a log. It is still the same JSON: outside the line feeds between its tokens,
/// hidden characters stand in strings only, where they are written as `\u202e`.
pub fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push(c),
            c if is_hidden(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
            c => escaped.push(c),
        }
    }
    escaped.replace("##[", "#\\u0023[").replace("##vso[", "#\\u0023vso[")
}

/// Breaks up what a workflow runner would run: `::command::` at the start of a line, and `##[command]` anywhere in it.
pub fn without_commands(line: &str) -> String {
    let line = line.replace("##[", "#\\u{23}[").replace("##vso[", "#\\u{23}vso[");
    match line.trim_start().strip_prefix("::") {
        Some(rest) => format!("{}\\u{{3a}}:{rest}", &line[..line.len() - rest.len() - 2]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [&str; 12] = [
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "a\nb\r\nc\td",
        "\u{9b}31m\u{85}\u{7f}",
        "\u{2028}\u{2029}",
        "\u{202e}abc\u{2066}\u{200f}\u{61c}",
        "a\u{200b}\u{feff}\u{ad}b",
        "\u{e0041}\u{e007f}",
        "::error::gone",
        " \u{a0}::set-env name=A::b",
        "x ##[add-mask]a",
        "##vso[task.setvariable]a",
        "`` ` ``",
    ];

    #[test]
    fn no_line_holds_a_hidden_character_or_a_command() {
        for text in HOSTILE {
            for escaped in [line(text), lines(text), code(text)] {
                assert!(!escaped.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\t')), "{escaped:?}");
                for line in escaped.lines() {
                    assert!(!line.trim_start().starts_with("::"), "{line:?}");
                    assert!(!line.contains("##[") && !line.contains("##vso["), "{line:?}");
                }
            }
            assert!(!line(text).contains('\n'));
            assert_eq!(line(&line(text)), line(text));
            assert_eq!(lines(&lines(text)), lines(text));
        }
        assert_eq!(line("a\u{1b}[1m\nb"), "a\\u{1b}[1m\\nb");
        assert_eq!(line("GET /api/{session}/things ℹ\u{fe0f} äöü 📦"), "GET /api/{session}/things ℹ\u{fe0f} äöü 📦");
        assert_eq!(lines("a\n ::b::"), "a\n \\u{3a}:b::");
    }

    #[test]
    fn long_lines_are_cut() {
        assert_eq!(line(&"a".repeat(10_000)).len(), LONGEST + " […]".len());
        assert_eq!(code(&"a".repeat(10_000)).len(), 10_000);
    }

    #[test]
    fn json_stays_the_same_json() {
        for text in HOSTILE {
            let value = serde_json::json!({ text: [text] });
            let escaped = json(&serde_json::to_string_pretty(&value).unwrap());
            assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
            assert!(!escaped.chars().any(|c| is_hidden(c) && c != '\n') && !escaped.contains("##["), "{escaped:?}");
        }
    }
}
