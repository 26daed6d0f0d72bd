//! Texts that somebody else wrote, made fit for an error or a log: bounded, and without what a terminal obeys.

use std::borrow::Cow;

/// How many characters of a text are repeated.
pub(crate) const MAX_CHARS: usize = 500;

/// Returns the first [`MAX_CHARS`] characters, with an ellipsis if there are more.
pub(crate) fn clip(text: &str) -> Cow<'_, str> {
    clip_to(text, MAX_CHARS)
}

/// Returns the first characters, with an ellipsis if there are more.
pub(crate) fn clip_to(text: &str, chars: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// Replaces every character that a terminal could obey or that hides others by a space, except line feeds.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == '\n' || !is_invisible(c)) {
        return text.into();
    }
    text.chars().map(|c| if c != '\n' && is_invisible(c) { ' ' } else { c }).collect::<String>().into()
}

/// Returns the text on one line, clipped and printable: what an error's texts go through on their way to `Display`.
pub(crate) fn line(text: &str) -> String {
    // Enough for the limit, however many of the characters are white space.
    let start = text.char_indices().nth(8 * MAX_CHARS).map_or(text, |(end, _)| &text[..end]);
    let lines: Vec<_> = start.lines().map(|line| line.replace(is_invisible, " ").trim().to_owned()).collect();
    let joined = lines.join(" ");
    let joined = joined.trim();
    if start.len() < text.len() && joined.chars().count() <= MAX_CHARS {
        return format!("{joined}…");
    }
    clip(joined).into_owned()
}

/// Whether the character is a control or format character, a separator of lines, or has no meaning to others.
///
/// The ranges are those of Unicode's general categories Cc, Cf, Zl, Zp and Co.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{890}'..='\u{891}'
            | '\u{8e2}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}'
            | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
            | '\u{f0000}'..='\u{10ffff}')
}

/// The title of an HTML page, or what an XML document calls its message.
pub(crate) fn page_title(page: &str) -> String {
    for name in ["title", "h1", "Message"] {
        if let Some(found) = element(page, name) {
            return found;
        }
    }
    let start = page.trim_start().as_bytes();
    let is_xml = start.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"<?xml"));
    if is_xml { "an XML document" } else { "an HTML page without a title" }.to_owned()
}

/// The text of the first element of this name, on one line.
fn element(page: &str, name: &str) -> Option<String> {
    let bytes = page.as_bytes();
    let find = |start: usize, what: &str| {
        let windows = bytes.get(start..)?.windows(what.len());
        windows.into_iter().position(|window| window.eq_ignore_ascii_case(what.as_bytes())).map(|at| start + at)
    };
    let start = find(0, &format!("<{name}"))?;
    let start = start + bytes[start..].iter().position(|byte| *byte == b'>')? + 1;
    let end = find(start, &format!("</{name}"))?;
    let mut text = page.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left_on_a_line() {
        let hostile = "a\u{1b}[31mb\r\nc\u{2028}d\u{202e}e\u{9b}f\u{200b}g\u{feff}h\u{e0041}i";
        assert_eq!(line(hostile), "a [31mb c d e f g h i");
        assert_eq!(printable("a\nb\u{1b}c"), "a\nb c");
        assert_eq!(line("grün 🦀"), "grün 🦀");
    }

    #[test]
    fn a_long_text_is_clipped_however_it_is_made() {
        for text in ["x".repeat(100_000), " ".repeat(100_000), "\n".repeat(100_000), "é\u{1b}".repeat(50_000)] {
            assert!(line(&text).chars().count() <= MAX_CHARS + 1);
        }
    }
}
