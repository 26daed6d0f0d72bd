//! Lints of the finished document: what would make the generator panic, emit code that does not compile, send something
//! else than was meant, or put a text of the document where rustdoc runs it.
//!
//! The generator gives no place when it fails; a finding gives the operation, the JSON pointer and what to do.

mod events;
mod finding;
mod operations;
mod schemas;
mod secrets;
mod texts;
mod types;

pub use events::lint as events;
pub use finding::Finding;
pub use secrets::lint as secrets;
use serde_json::Value;

/// Lints a finished document, given also as text. The generator is tried only if nothing else is found.
pub fn lint(doc: &Value, text: &str) -> Vec<Finding> {
    let mut findings = texts::lint(doc);
    findings.extend(release(doc));
    findings.extend(lint_document(doc));
    if findings.is_empty() {
        findings.extend(types::contradictions(doc));
    }
    if findings.is_empty() {
        findings.extend(generates(doc, text));
    }
    findings
}

/// Lints what the generator reads of a document: operations and schemas. Does not try the generator.
pub fn lint_document(doc: &Value) -> Vec<Finding> {
    let mut findings = operations::lint(doc);
    findings.extend(schemas::lint(doc));
    findings
}

/// Finds a release whose name cannot be used for a branch or a title of a pull request.
fn release(doc: &Value) -> Option<Finding> {
    const LONGEST: usize = 64;
    let version = doc["info"]["version"].as_str().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_');
    let is_good = version.starts_with(|c: char| c.is_ascii_alphanumeric())
        && version.len() <= LONGEST
        && version.chars().all(is_plain)
        && !version.contains("..");
    (!is_good).then(|| {
        Finding::at(
            "release-name",
            "info",
            "/info/version",
            format!("`{version}` is not the name of a release"),
            "expected up to 64 letters, digits, dots, hyphens, underscores and plus signs; is the source a WAHA server?",
        )
    })
}

/// Tries the generator, turns its error or panic into a finding, and lints the types that it makes.
fn generates(doc: &Value, text: &str) -> Vec<Finding> {
    let advice = "look at what changed last; the list of operations and schemas can be halved until the one is found";
    let of = |problem: String| {
        Finding::of_file("generator", "waha.json", &format!("the generator refuses it: {problem}"), advice)
    };
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(|| waha_codegen::generate(text, waha_codegen::Options::default()));
    std::panic::set_hook(hook);
    match result {
        Ok(Ok(generated)) => {
            types::lint(client_diff::symbols::read::find_module(&generated.client.items, "types"), doc)
        }
        // A type that holds no value also confuses what changes the types: it is named instead.
        Ok(Err(error)) => match types::lint_unchanged(doc) {
            findings if findings.is_empty() => vec![of(error)],
            findings => findings,
        },
        Err(panic) => {
            let words = panic.downcast_ref::<String>().cloned();
            vec![of(words
                .or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()))
                .unwrap_or_default())]
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_of_the_generator_is_a_finding() {
        let findings = generates(&json!({}), "{}");
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert!(finding.to_string().contains("the generator refuses it"), "{finding}");
    }

    #[test]
    fn a_release_has_a_plain_name() {
        for version in ["2026.9.2", "2024.10.8", "1.2.3-beta+5", "next_1"] {
            assert_eq!(release(&json!({"info": {"version": version}})), None);
        }
        for version in ["", "--force", "a b", "a\nb", "$(id)", "a..b", "::error::a", &"1".repeat(65)] {
            assert!(release(&json!({"info": {"version": version}})).is_some(), "{version}");
        }
    }

    #[test]
    fn a_clean_document_has_no_findings() {
        let doc = json!({
            "openapi": "3.0.3",
            "info": {"title": "T", "version": "1"},
            "paths": {"/things": {"get": {
                "operationId": "things_list",
                "tags": ["things"],
                "summary": "List things",
                "responses": {"2XX": {"description": "Things.", "content": {"application/json": {"schema": {"type": "array", "items": {"type": "string"}}}}}},
            }}},
        });
        assert_eq!(lint(&doc, &doc.to_string()), []);
    }
}
