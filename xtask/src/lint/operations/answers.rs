//! Answers: one success, and one type of all errors.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Linter;
use crate::document;

impl Linter<'_> {
    pub(super) fn answers(&mut self) {
        let responses = self.operation.value["responses"].as_object().cloned().unwrap_or_default();
        let (success, errors): (Vec<_>, Vec<_>) = responses.iter().partition(|(status, _)| status.starts_with('2'));
        if success.len() != 1 {
            self.found(
                "success",
                "/responses",
                format!("the generator takes one success; this has {}{}", success.len(), declared(&success)),
                "if their schemas contradict each other, remove one in the overlay; else look at the rule success-range",
            );
        }
        for (status, answer) in success {
            let pointer = format!("/responses/{status}/content");
            let content = answer["content"].as_object().cloned().unwrap_or_default();
            let (json, others): (Vec<_>, Vec<_>) = content.keys().partition(|media_type| media_type.ends_with("json"));
            let bytes = others.iter().filter(|media_type| !media_type.starts_with("text/")).count();
            if json.len() > 1 || bytes > 1 {
                self.found(
                    "success",
                    &pointer,
                    "the client reads one media type of bytes and one of JSON, and would ignore the others",
                    "remove the others in the overlay",
                );
            }
            for (media_type, content) in &content {
                if content.get("schema").is_none() {
                    self.found(
                        "success",
                        &format!("{pointer}/{}", document::escape(media_type)),
                        "there is no schema",
                        "add one in the overlay",
                    );
                }
            }
        }
        let mut schemas = BTreeSet::new();
        for (status, answer) in errors {
            if status == "default" {
                self.found(
                    "errors",
                    "/responses/default",
                    "`default` would include successes",
                    "look at the rule error-responses, which should have corrected it",
                );
            }
            schemas.insert(answer["content"]["application/json"]["schema"].to_string());
        }
        if schemas.len() > 1 {
            self.found(
                "errors",
                "/responses",
                "the generator takes one type for all errors; these differ",
                "look at the rule error-responses, which should have corrected it",
            );
        }
    }
}

/// Returns the schemas of several answers, by status.
fn declared(answers: &[(&String, &Value)]) -> String {
    let contents = answers.iter().flat_map(|(status, answer)| {
        let content = answer["content"].as_object().into_iter().flatten();
        content.map(move |(_, content)| format!("{status} {}", content["schema"]))
    });
    let contents: Vec<_> = contents.collect();
    if contents.is_empty() { String::new() } else { format!(": {}", contents.join(", ")) }
}
