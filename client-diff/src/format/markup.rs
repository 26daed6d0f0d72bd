//! Text of documents in Markdown, where it is shown as it is and has no effect.

use crate::escape::line;

/// Escapes a text for Markdown. What stands between backticks stays code.
pub fn text(text: &str) -> String {
    let text = line(text);
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks would leave a span open.
    if parts.len().is_multiple_of(2) {
        return plain(&text);
    }
    let parts = parts.iter().enumerate();
    parts.map(|(i, part)| if i % 2 == 0 { plain(part) } else { code(part) }).collect()
}

/// Escapes every character that is markup.
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

/// Returns a text as a span of code.
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

/// Returns a text as a span of code in a cell of a table, where a bar would end the cell.
pub fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text() {
        assert_eq!(text("the `id` <b>@x</b> #1"), "the `id` &lt;b&gt;&#64;x&lt;/b&gt; &#35;1");
        assert_eq!(text("a` **b**"), "a\\` \\*\\*b\\*\\*");
        assert_eq!(text("# x\n## y"), "&#35; x\\\\n&#35;&#35; y");
        assert_eq!(text("[x](http://y)"), "\\[x\\]\\(http:&#8203;//y\\)");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(cell("a|b"), "`a\\|b`");
    }
}
