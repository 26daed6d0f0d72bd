//! Lints of the document's texts: what rustdoc would run as code, or show as something else than it is.
//!
//! Every text can reach the documentation of the generated code: descriptions as they are, and names, enum values, paths and
//! defaults within sentences about them. The generator escapes what it prints; these lints name such a text before anything
//! is compiled, since nobody writes one by chance.

mod markup;
mod suspects;

use serde_json::Value;

use self::suspects::suspects;
use super::Finding;
use crate::document::{self, ObjectKind, owner};

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
    use crate::escape;

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
