//! What a text must not hold.

use std::fmt;

use super::{
    Kind,
    markup::{character_reference, html, indented_line, link, without_code_spans},
};
use crate::escape;

/// Something in a text that rustdoc would not show as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    CodeFence,
    IndentedCode,
    Backtick,
    Html,
    CharacterReference,
    Link,
    Hidden(char),
    NoType,
}

impl What {
    pub(super) fn lint(self) -> &'static str {
        match self {
            Self::CodeFence | Self::IndentedCode => "text-code",
            Self::Backtick | Self::Html | Self::CharacterReference | Self::Link => "text-markup",
            Self::Hidden(_) => "text-hidden",
            Self::NoType => "view",
        }
    }

    pub(super) fn advice(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::NoType, _) => "name a type of `waha::views`, such as `Vec<ChatEntry>`, in the overlay",
            (Self::CodeFence | Self::IndentedCode, Kind::Markdown) => {
                "write it as a sentence, or as `code` within a line, in the overlay"
            }
            (Self::Hidden(_), Kind::Markdown) => "remove the character in the overlay",
            (_, Kind::Markdown) => "put it between backticks, or write it in words, in the overlay",
            _ => {
                "ask WAHA's authors what this release is about; to go on without it, rename or remove it in names.toml \
                 or an overlay"
            }
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeFence => f.write_str("a code fence, which rustdoc compiles and runs as a test,"),
            Self::IndentedCode => {
                f.write_str("a line indented by four columns, which rustdoc compiles and runs as a test,")
            }
            Self::Backtick => f.write_str("a backtick, which begins or ends a code span,"),
            Self::Html => f.write_str("HTML"),
            Self::CharacterReference => f.write_str("a character reference of HTML"),
            Self::Link => f.write_str("a link, image or reference of Markdown or rustdoc"),
            Self::Hidden(c) => write!(f, "the invisible character U+{:04X}", u32::from(*c)),
            Self::NoType => f.write_str("something else than the path of a type"),
        }
    }
}

/// Something suspect, and the byte of the text where it begins.
pub(super) struct Suspect {
    pub(super) what: What,
    pub(super) at: usize,
}

/// Finds the first of each kind of thing that a text must not hold.
pub(super) fn suspects(text: &str, kind: Kind) -> Vec<Suspect> {
    let mut found = Vec::new();
    let mut push = |what, at: Option<usize>| found.extend(at.map(|at| Suspect { what, at }));
    if kind == Kind::RustType {
        let is_plain =
            text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '<' | '>' | ':' | ',' | ' '));
        let is_path = is_plain && matches!(syn::parse_str(text), Ok(syn::Type::Path(_)));
        // `()`: the answer only says whether something was done.
        push(What::NoType, (!is_path && text != "()").then_some(0));
        return found;
    }
    push(What::CodeFence, text.find("```").or_else(|| text.find("~~~")));
    push(What::IndentedCode, indented_line(text));
    let may_break = matches!(kind, Kind::Markdown | Kind::Literal);
    let hidden = text.char_indices().find(|(_, c)| escape::is_hidden(*c) && !(may_break && *c == '\n'));
    if let Some((at, c)) = hidden {
        push(What::Hidden(c), Some(at));
    }
    let prose = match kind {
        Kind::Markdown => without_code_spans(text),
        Kind::Pattern => return found,
        _ => text.to_owned(),
    };
    push(What::Backtick, prose.find('`'));
    push(What::Html, html(&prose));
    push(What::CharacterReference, character_reference(&prose));
    push(What::Link, link(&prose, kind));
    found
}
