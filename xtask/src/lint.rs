//! What would make the generator panic, emit code that does not compile, or mis-send.
//!
//! The generator gives no place when it fails; this gives operation, JSON pointer, and what to do.

mod finding;
mod operations;
mod schemas;
mod types;

pub use finding::Finding;
use serde_json::Value;

/// Looks at a finished document and at its text.
pub fn lint(doc: &Value, text: &str) -> Vec<Finding> {
    let mut findings = lint_document(doc);
    if findings.is_empty() {
        findings.extend(generates(text));
    }
    findings
}

/// Looks at a finished document, and does not ask the generator.
pub fn lint_document(doc: &Value) -> Vec<Finding> {
    let mut findings = operations::lint(doc);
    findings.extend(schemas::lint(doc));
    findings
}

/// The generator itself has the last word: what no other lint knew of still gets a message.
fn generates(text: &str) -> Vec<Finding> {
    let advice = "look at what changed last; the list of operations and schemas can be halved until the one is found";
    let of = |problem: String| {
        Finding::of_file("generator", "waha.json", &format!("the generator refuses it: {problem}"), advice)
    };
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(|| waha_codegen::generate(text, waha_codegen::Options::default()));
    std::panic::set_hook(hook);
    match result {
        Ok(Ok(generated)) => types::lint(client_diff::symbols::read::find_module(&generated.client.items, "types")),
        Ok(Err(error)) => vec![of(error)],
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
    fn what_only_the_generator_knows_is_still_a_finding() {
        // No media type that it reads: found by the operations' lint. Contradictory: only by itself.
        let findings = generates("{}");
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert!(finding.to_string().contains("the generator refuses it"), "{finding}");
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
