//! Bodies of requests.

use serde_json::Value;

use super::Linter;
use crate::document;

impl Linter<'_> {
    pub(super) fn body(&mut self, doc: &Value) {
        let Some(body) = self.operation.value.get("requestBody") else {
            return;
        };
        let content = body["content"].as_object().cloned().unwrap_or_default();
        if content.len() != 1 {
            self.found(
                "request-type",
                "/requestBody/content",
                format!("the generator takes one media type for a body; this has {}", content.len()),
                "remove the others in the overlay",
            );
        }
        for (media_type, content) in &content {
            let pointer = format!("/requestBody/content/{}", document::escape(media_type));
            if !matches!(
                media_type.as_str(),
                "application/json" | "application/octet-stream" | "application/x-www-form-urlencoded" | "text/plain"
            ) {
                self.found(
                    "request-type",
                    &pointer,
                    format!("the generator cannot send {media_type}"),
                    "declare application/json or application/octet-stream, if the server takes it",
                );
            }
            if content.get("schema").is_none() {
                self.found("request-type", &pointer, "there is no schema", "add one in the overlay");
            }
            let resolved = content["schema"]["$ref"].as_str().and_then(document::schema_name);
            let schema = resolved.map_or(&content["schema"], |name| &doc["components"]["schemas"][name]);
            if media_type == "application/json" && schema["type"] == "object" && resolved.is_none() {
                self.found(
                    "request-type",
                    &pointer,
                    "the body is an anonymous object, for which the generator has no builder",
                    "make it a schema with a name in the overlay",
                );
            }
        }
    }
}
