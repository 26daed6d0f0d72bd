//! Markdown and HTML in a text, as rustdoc reads them.

use super::Kind;

/// Finds a line that Markdown takes for code because of its indentation, also behind the marks of quotations and lists.
pub(super) fn indented_line(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        if is_indented(line) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn is_indented(line: &str) -> bool {
    let mut rest = line.trim_end();
    loop {
        let trimmed = rest.trim_start_matches(' ');
        if trimmed.is_empty() {
            return false;
        }
        if rest.len() - trimmed.len() >= 4 || trimmed.starts_with('\t') {
            return true;
        }
        let digits = trimmed.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_numbered = digits.len() < trimmed.len() && digits.starts_with(['.', ')']);
        let after_mark = if is_numbered { digits.get(1..) } else { trimmed.strip_prefix(['>', '-', '*', '+']) };
        match after_mark {
            Some(after) if after.starts_with([' ', '\t']) => rest = after.strip_prefix(' ').unwrap_or(after),
            Some(after) if trimmed.starts_with('>') => rest = after,
            _ => return false,
        }
    }
}

/// Puts spaces in the place of code spans, so that what is left is prose, with the same positions. A run of backticks that
/// nothing closes stays.
pub(super) fn without_code_spans(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let (before, from) = rest.split_at(start);
        prose.push_str(before);
        let ticks = from.len() - from.trim_start_matches('`').len();
        let (fence, inside) = from.split_at(ticks);
        match closing(inside, ticks) {
            Some(end) => {
                prose.push_str(&" ".repeat(ticks + end));
                rest = &inside[end..];
            }
            None => {
                prose.push_str(fence);
                rest = inside;
            }
        }
    }
    prose + rest
}

/// Finds the end of a code span: the end of a run of exactly as many backticks, in the same paragraph.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut run = 0;
    let mut is_blank = false;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c == '`' {
            run += 1;
            is_blank = false;
            continue;
        }
        if run == ticks {
            return Some(at);
        }
        run = 0;
        match c {
            '\n' if is_blank => return None,
            '\n' => is_blank = true,
            c if !c.is_whitespace() => is_blank = false,
            _ => {}
        }
    }
    None
}

/// Finds `<` followed by what begins a tag, a comment or an address.
pub(super) fn html(text: &str) -> Option<usize> {
    let is_tag =
        |at: &usize| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    text.match_indices('<').map(|(at, _)| at).find(is_tag)
}

/// Finds `&name;`, `&#1;` and `&#x1;`.
pub(super) fn character_reference(text: &str) -> Option<usize> {
    let is_reference = |at: &usize| {
        let name = text[at + 1..].trim_start_matches('#');
        let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        rest.len() < name.len() && rest.starts_with(';')
    };
    text.match_indices('&').map(|(at, _)| at).find(is_reference)
}

/// Finds links and images, their definitions, and in Markdown anything in brackets, which rustdoc takes for the name of an
/// item.
pub(super) fn link(text: &str, kind: Kind) -> Option<usize> {
    let linked = ["](", "][", "]:"].iter().filter_map(|mark| text.find(mark)).min();
    match kind {
        Kind::Markdown => linked.or_else(|| text.find('[').filter(|at| text[*at..].contains(']'))),
        _ => linked,
    }
}
