//! Lints of the document's texts: what rustdoc would run as code, or show as something else than it is.
//!
//! Every text can reach the documentation of the generated code: descriptions as they are, and names, enum values, paths and
//! defaults within sentences about them. The generator escapes what it prints; these lints name such a text before anything
//! is compiled, since nobody writes one by chance.

use std::fmt;

use serde_json::Value;

use super::Finding;
use crate::{
    document::{self, ObjectKind, owner},
    escape,
};

/// Lints every text of the document: the strings, and the names of members.
pub fn lint(doc: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    visit(doc, "", ObjectKind::Keywords, Kind::Name, &mut findings);
    findings
}

/// What a text is, which decides what it may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Markdown of ours: a description, summary or title. Code spans and lines are fine.
    Markdown,
    /// A name, path, enum value or reference: one line, no markup.
    Name,
    /// A default or an example: may have several lines.
    Literal,
    /// A regular expression, in which brackets are no links.
    Pattern,
    /// The Rust type in `x-view`, which the generator parses.
    RustType,
}

impl Kind {
    /// Returns the kind of the strings in a member of an object.
    fn of_member(object: ObjectKind, key: &str) -> Self {
        match (object, key) {
            (ObjectKind::Literal, _) | (ObjectKind::Keywords, "default" | "example" | "examples") => Self::Literal,
            (ObjectKind::Keywords, "description" | "summary" | "title") => Self::Markdown,
            (ObjectKind::Keywords, "pattern") => Self::Pattern,
            (ObjectKind::Keywords, "x-view") => Self::RustType,
            _ => Self::Name,
        }
    }
}

fn visit(value: &Value, pointer: &str, object: ObjectKind, kind: Kind, findings: &mut Vec<Finding>) {
    match value {
        Value::String(text) => check(text, pointer, kind, findings),
        Value::Array(list) => {
            for (i, value) in list.iter().enumerate() {
                visit(value, &format!("{pointer}/{i}"), object, kind, findings);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                let pointer = format!("{pointer}/{}", document::escape(key));
                check(key, &pointer, Kind::Name, findings);
                visit(value, &pointer, object.of_member(key), Kind::of_member(object, key), findings);
            }
        }
        _ => {}
    }
}

fn check(text: &str, pointer: &str, kind: Kind, findings: &mut Vec<Finding>) {
    for suspect in suspects(text, kind) {
        let problem = format!("{} in the text `{}`", suspect.what, excerpt(text, suspect.at));
        findings.push(Finding::at(suspect.what.lint(), &owner(pointer), pointer, problem, suspect.what.advice(kind)));
    }
}

/// Something in a text that rustdoc would not show as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
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
    fn lint(self) -> &'static str {
        match self {
            Self::CodeFence | Self::IndentedCode => "text-code",
            Self::Backtick | Self::Html | Self::CharacterReference | Self::Link => "text-markup",
            Self::Hidden(_) => "text-hidden",
            Self::NoType => "view",
        }
    }

    fn advice(self, kind: Kind) -> &'static str {
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
struct Suspect {
    what: What,
    at: usize,
}

/// Finds the first of each kind of thing that a text must not hold.
fn suspects(text: &str, kind: Kind) -> Vec<Suspect> {
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

/// Finds a line that Markdown takes for code because of its indentation, also behind the marks of quotations and lists.
fn indented_line(text: &str) -> Option<usize> {
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
fn without_code_spans(text: &str) -> String {
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
fn html(text: &str) -> Option<usize> {
    let is_tag =
        |at: &usize| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    text.match_indices('<').map(|(at, _)| at).find(is_tag)
}

/// Finds `&name;`, `&#1;` and `&#x1;`.
fn character_reference(text: &str) -> Option<usize> {
    let is_reference = |at: &usize| {
        let name = text[at + 1..].trim_start_matches('#');
        let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        rest.len() < name.len() && rest.starts_with(';')
    };
    text.match_indices('&').map(|(at, _)| at).find(is_reference)
}

/// Finds links and images, their definitions, and in Markdown anything in brackets, which rustdoc takes for the name of an
/// item.
fn link(text: &str, kind: Kind) -> Option<usize> {
    let linked = ["](", "][", "]:"].iter().filter_map(|mark| text.find(mark)).min();
    match kind {
        Kind::Markdown => linked.or_else(|| text.find('[').filter(|at| text[*at..].contains(']'))),
        _ => linked,
    }
}

/// Returns the part of a text around a position.
fn excerpt(text: &str, at: usize) -> String {
    const BEFORE: usize = 20;
    const AFTER: usize = 60;
    let from = text[..at].char_indices().rev().take(BEFORE).last().map_or(at, |(i, _)| i);
    let to = text[at..].char_indices().nth(AFTER).map_or(text.len(), |(i, _)| at + i);
    let (start, end) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
    format!("{start}{}{end}", &text[from..to])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Texts that are suspect wherever they stand, and the lint that names them.
    const HOSTILE: [(&str, &str); 20] = [
        ("```\nstd::process::exit(1)\n```", "text-code"),
        ("a ~~~rust b", "text-code"),
        ("````", "text-code"),
        ("    std::process::exit(1)", "text-code"),
        ("a\n\n\tstd::process::exit(1)", "text-code"),
        ("a\n\n   \t std::process::exit(1)", "text-code"),
        ("- a\n\n-     code", "text-code"),
        (">     code", "text-code"),
        ("> 1.     code", "text-code"),
        ("an ` odd backtick", "text-markup"),
        ("<script>a</script>", "text-markup"),
        ("<!-- a", "text-markup"),
        ("</details>", "text-markup"),
        ("<https://example.org>", "text-markup"),
        ("&#x202e;a", "text-markup"),
        ("&zwnj;", "text-markup"),
        ("![a](http://example.org/a.png)", "text-markup"),
        ("[`String`]: http://example.org", "text-markup"),
        ("a\u{202e}b", "text-hidden"),
        ("\u{1b}[2Ja", "text-hidden"),
    ];

    /// A document with a text at every place where one can stand.
    fn with(text: &str) -> Vec<(&'static str, Value)> {
        let doc = |operation: Value| json!({"paths": {"/x": {"get": operation}}});
        let schema = |schema: Value| json!({"components": {"schemas": {"S": schema}}});
        vec![
            ("title of the document", json!({"info": {"title": text}})),
            ("version", json!({"info": {"version": text}})),
            ("contact", json!({"info": {"contact": {"name": text}}})),
            ("server", json!({"servers": [{"url": text}]})),
            ("server's variable", json!({"servers": [{"variables": {text: {"default": text}}}]})),
            ("tag", json!({"tags": [{"name": text}]})),
            ("tag's description", json!({"tags": [{"name": "a", "description": text}]})),
            ("path", json!({"paths": {text: {}}})),
            ("operationId", doc(json!({"operationId": text}))),
            ("tag of an operation", doc(json!({"tags": [text]}))),
            ("summary", doc(json!({"summary": text}))),
            ("description", doc(json!({"description": text}))),
            ("alias", doc(json!({"x-alias": text}))),
            ("reason", doc(json!({"x-answer": text}))),
            ("accept", doc(json!({"x-accept": text}))),
            ("parameter", doc(json!({"parameters": [{"name": text}]}))),
            ("parameter's description", doc(json!({"parameters": [{"description": text}]}))),
            ("parameter's example", doc(json!({"parameters": [{"example": text}]}))),
            ("parameter's examples", doc(json!({"parameters": [{"examples": {text: {"value": text}}}]}))),
            ("media type", doc(json!({"requestBody": {"content": {text: {}}}}))),
            ("status", doc(json!({"responses": {text: {}}}))),
            ("answer's description", doc(json!({"responses": {"2XX": {"description": text}}}))),
            ("answer's header", doc(json!({"responses": {"2XX": {"headers": {text: {}}}}}))),
            ("schema", json!({"components": {"schemas": {text: {}}}})),
            ("schema's title", schema(json!({"title": text}))),
            ("schema's description", schema(json!({"description": text}))),
            ("format", schema(json!({"format": text}))),
            ("property", schema(json!({"properties": {text: {}}}))),
            ("property called description", schema(json!({"properties": {"description": {"description": text}}}))),
            ("required", schema(json!({"required": [text]}))),
            ("enum value", schema(json!({"enum": [text]}))),
            ("value of an open enum", schema(json!({"x-extensible-enum": [text]}))),
            ("default", schema(json!({"default": text}))),
            ("default in an object", schema(json!({"default": {"a": [text], text: 1}}))),
            ("example", schema(json!({"example": {"description": text}}))),
            ("discriminator", schema(json!({"discriminator": {"propertyName": text, "mapping": {text: text}}}))),
            ("reference", schema(json!({"$ref": text}))),
            ("unknown keyword", schema(json!({text: text}))),
            ("event", json!({"x-webhooks": {text: {"post": {}}}})),
            ("security scheme", json!({"components": {"securitySchemes": {text: {"description": text}}}})),
        ]
    }

    #[test]
    fn hostile_texts_are_named_wherever_they_stand() {
        for (text, name) in HOSTILE {
            for (place, doc) in with(text) {
                let findings = lint(&doc);
                assert!(findings.iter().any(|finding| finding.lint == name), "{place}: {text:?}: {findings:#?}");
                for finding in findings {
                    assert!(doc.pointer(&finding.pointer).is_some(), "{place}: {finding}");
                    assert!(!finding.advice.is_empty());
                    let shown = finding.to_string();
                    assert!(!shown.chars().any(|c| escape::is_hidden(c) && c != '\n'), "{shown:?}");
                    assert_eq!(shown.lines().count(), 4, "{shown}");
                }
            }
        }
    }

    #[test]
    fn line_feeds_are_for_descriptions_and_defaults_alone() {
        for (place, doc) in with("a\nb") {
            let may = place.contains("description")
                || ["title", "summary", "default", "example"].iter().any(|allowed| place.contains(allowed));
            if !may {
                assert!(lint(&doc).iter().any(|finding| finding.lint == "text-hidden"), "{place}");
            }
        }
    }

    #[test]
    fn ordinary_texts_are_not_named() {
        for text in [
            "Lists the chats of a session, at most `limit` of them.",
            "- `ERROR`: could not be sent;\n- `PENDING`: waiting;\n  nested text\n\n1. first\n2. second",
            "Name of the session: `<name>` or ``a ` b``, between 1 < 2 and 3 > 2; R&D, a & b; 50 % *now* a_b",
            "A `code span\nover two lines`.",
            "https://example.org/?a=1&b=2",
            "Ids end in `[]`, `&amp;` and `](`.",
            "",
        ] {
            let doc = json!({"paths": {"/x": {"get": {"description": text, "summary": text}}}});
            assert_eq!(lint(&doc), [], "{text:?}");
        }
        for name in [
            "filter.timestamp.gte",
            "filter[since]",
            "audio/ogg; codecs=opus",
            "👥 Groups",
            "ℹ\u{fe0f} Info",
            "$ref",
            "a<1",
        ] {
            let doc = json!({"paths": {name: {}}, "components": {"schemas": {"S": {"enum": [name], "default": name}}}});
            assert_eq!(lint(&doc), [], "{name:?}");
        }
        let pattern = json!({"components": {"schemas": {"S": {"pattern": "^[a-z](?<name>b)&amp;[c]$"}}}});
        assert_eq!(lint(&pattern), []);
    }

    #[test]
    fn a_property_is_not_taken_for_the_keyword_of_its_name() {
        let property = json!({"type": "string", "description": "Use `code`.", "enum": ["`a`"]});
        let properties = json!({"default": property, "description": property, "pattern": property});
        let findings = lint(&json!({"components": {"schemas": {"S": {"properties": properties}}}}));
        let pointers: Vec<_> = findings.iter().map(|finding| finding.pointer.as_str()).collect();
        let expected = ["default", "description", "pattern"];
        assert_eq!(pointers, expected.map(|name| format!("/components/schemas/S/properties/{name}/enum/0")));
    }

    #[test]
    fn views_are_types() {
        let view = |view: &str| json!({"paths": {"/x": {"get": {"x-view": view}}}});
        for text in ["ChatEntry", "Vec<ChatEntry>", "Option<ContactSummary>", "()"] {
            assert_eq!(lint(&view(text)), []);
        }
        for text in ["", "A; fn main() {}", "Vec<[u8; { loop {} }]>", "```"] {
            assert_eq!(lint(&view(text)).len(), 1, "{text}");
        }
    }

    #[test]
    fn the_excerpt_shows_the_place() {
        let text = format!("{}```{}", "ä".repeat(100), "ö".repeat(100));
        let finding = &lint(&json!({"info": {"title": text}}))[0];
        assert!(finding.problem.contains(&format!("…{}```{}…", "ä".repeat(20), "ö".repeat(57))), "{finding}");
    }
}
