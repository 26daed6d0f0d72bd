//! Makes text of a document safe to stand in rustdoc.
//!
//! A document comes from somebody else. In the documentation of generated code its text must be neither a code block, which
//! `cargo test` would run, nor markup that hides or disguises something. Inline code, lists and paragraphs stay.

/// The text of a document as Markdown: without code blocks, HTML, links and characters that cannot be seen.
pub fn text(text: &str) -> String {
    let lines = text.lines().map(line);
    let lines: Vec<_> = lines.collect();
    lines.join("\n").trim_end().to_owned()
}

/// A text of a document as inline code, such as a path or a value.
pub fn code(text: &str) -> String {
    let visible = visible(text).replace('`', "'");
    let words: Vec<_> = visible.split_whitespace().collect();
    if words.is_empty() { "(empty)".to_owned() } else { format!("`{}`", words.join(" ")) }
}

/// One line. An indented code block needs four columns before its text, also behind the marker of a list or a quote.
fn line(line: &str) -> String {
    let line = visible(line);
    let text = line.trim_start();
    let indent = (line.len() - text.len()).min(3);
    let words: Vec<_> = text.split_whitespace().collect();
    let mut safe = " ".repeat(indent);
    let mut rest = words.join(" ");
    // A paragraph's last line above `===` or `---` would become a heading, and a line of `~~~` begins a code block.
    if rest.starts_with("~~~") || rest.chars().all(|c| c == '=' || c == '-') && !rest.is_empty() {
        rest.insert(0, '\\');
    }
    escape(&rest, &mut safe);
    safe
}

/// Escapes what is markup outside of inline code.
fn escape(text: &str, safe: &mut String) {
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character == '`' {
            let run = rest.len() - rest.trim_start_matches('`').len();
            let (ticks, after) = rest.split_at(run);
            match closing(after, run).filter(|_| run < 3) {
                Some((code, after)) => {
                    safe.extend([ticks, code, ticks]);
                    rest = after;
                }
                None => {
                    safe.push_str(&"\\`".repeat(run));
                    rest = after;
                }
            }
            continue;
        }
        if matches!(character, '<' | '[' | ']' | '~' | '&') {
            safe.push('\\');
        }
        safe.push(character);
        rest = &rest[character.len_utf8()..];
    }
}

/// What stands before the run of backticks that closes inline code, and what follows it.
fn closing(text: &str, run: usize) -> Option<(&str, &str)> {
    let mut from = 0;
    while let Some(start) = text[from..].find('`').map(|start| from + start) {
        let length = text[start..].len() - text[start..].trim_start_matches('`').len();
        if length == run {
            return Some((&text[..start], &text[start + run..]));
        }
        from = start + length;
    }
    None
}

/// The text without characters that are not shown, or that change how others are shown.
fn visible(text: &str) -> String {
    let is_hidden = |c: char| matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    text.chars().map(|c| if c.is_control() || is_hidden(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

    use super::*;

    /// What a reader of the page would not see as text.
    fn markup(markdown: &str) -> Vec<String> {
        let events = Parser::new_ext(markdown, Options::all());
        let found = events.filter_map(|event| match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => Some("a fenced code block".to_owned()),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => Some("an indented code block".to_owned()),
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::FootnoteDefinition(_)) => {
                Some("a link".to_owned())
            }
            Event::Html(html) | Event::InlineHtml(html) => Some(format!("HTML {html}")),
            _ => None,
        });
        found.collect()
    }

    #[test]
    fn text_of_a_document_is_neither_code_that_runs_nor_hidden_markup() {
        let hostile = [
            "```\nstd::fs::write(\"x\", \"\");\n```",
            "a\n\n~~~rust\nfn main() {}\n~~~",
            "    fn main() {}",
            "\tfn main() {}",
            "a\n\n      fn main() {}",
            "-     fn main() {}",
            "1.     fn main() {}",
            ">     fn main() {}",
            "- a\n\n      fn main() {}",
            "> ```\n> code\n> ```",
            "- ```\n  code",
            "a `b\n```\ncode\n```\n",
            "`` ` ``` `` ```",
            "<script>alert(1)</script>",
            "a <!-- hidden --> b",
            "<div hidden>\n\n```\ncode\n```\n\n</div>",
            "[click](javascript:alert(1))",
            "[a]: https://example.org\n[a]",
            "![x](https://example.org/x.png)",
            "[^1]: note",
            "[std::fs::write]",
            "<https://example.org>",
            "\u{202e}hidden\u{2066}\u{200b}",
            "a\r```\rcode\r```",
            "a\u{2028}```\u{2028}code",
            "a\u{b}    code",
            "$$\n```\n$$",
        ];
        for hostile in hostile {
            let text = text(hostile);
            assert!(markup(&text).is_empty(), "{hostile:?} became {text:?}: {:?}", markup(&text));
            assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{2066}']), "{text:?}");
            let code = code(hostile);
            assert!(markup(&code).is_empty(), "{hostile:?} became {code:?}: {:?}", markup(&code));
        }
    }

    #[test]
    fn ordinary_documentation_stays_as_it_is() {
        for ordinary in [
            "Sends a text.",
            "Takes `a<b>` and `[x]`.\n\n- `GOWS`: one\n- others: two",
            "Two ``a ` b`` ticks.",
            "a\n  b",
        ] {
            assert_eq!(text(ordinary), ordinary);
        }
        assert_eq!(code("/api/{session}/chats"), "`/api/{session}/chats`");
    }
}
