//! What documents bring, made harmless for where it is printed.

use std::fmt::Write as _;

/// Replaces what a terminal or a log would act on: control characters, line separators, and marks that change the direction
/// of text.
pub fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => clean.push_str("\\n"),
            '\r' => clean.push_str("\\r"),
            '\t' => clean.push_str("\\t"),
            c if is_invisible(c) => {
                let _ = write!(clean, "\\u{{{:x}}}", u32::from(c));
            }
            c => clean.push(c),
        }
    }
    clean
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Prevents that a line is read as a command of a workflow: GitHub looks at what follows the blanks.
pub fn no_command(line: &str) -> String {
    let rest = line.trim_start();
    let blanks = &line[..line.len() - rest.len()];
    match ["::", "##["].iter().find(|start| rest.starts_with(**start)) {
        Some(start) => format!("{blanks}\\{start}{}", &rest[start.len()..]),
        None => line.to_owned(),
    }
}

/// Escapes a text for Markdown. What stands between backticks stays code.
pub fn markdown(text: &str) -> String {
    let text = line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks would leave a span open.
    if parts.len().is_multiple_of(2) {
        return plain(&text);
    }
    let parts = parts.iter().enumerate();
    parts.map(|(i, part)| if i % 2 == 0 { plain(part) } else { code(part) }).collect()
}

/// A text without any markup.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A mention or the number of an issue, which GitHub follows even behind a backslash.
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    // GitHub makes a link of an address.
    escaped.replace("://", ":&#8203;//").replace("www.", "www&#46;")
}

/// A text as a span of code.
pub fn code(text: &str) -> String {
    let text = line(text);
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(line("a\u{1b}[31mb\nc\u{202e}d\u{9b}e\u{2028}"), "a\\u{1b}[31mb\\nc\\u{202e}d\\u{9b}e\\u{2028}");
        assert_eq!(line("Größe 📦"), "Größe 📦");
    }

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(no_command("  ::error::x"), "  \\::error::x");
        assert_eq!(no_command("##[group]x"), "\\##[group]x");
        assert_eq!(no_command("  types::X"), "  types::X");
    }

    #[test]
    fn markup_is_text() {
        assert_eq!(markdown("the `id` <b>@x</b> #1"), "the `id` &lt;b&gt;&#64;x&lt;/b&gt; &#35;1");
        assert_eq!(markdown("a` **b**"), "a\\` \\*\\*b\\*\\*");
        assert_eq!(markdown("# x\n## y"), "&#35; x\\\\n&#35;&#35; y");
        assert_eq!(markdown("[x](http://y)"), "\\[x\\]\\(http:&#8203;//y\\)");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
    }
}
