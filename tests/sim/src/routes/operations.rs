//! Which routes the server has, be they modelled or not.

use std::{collections::BTreeMap, sync::LazyLock};

use axum::http::Method;
use serde::{Deserialize, de::IgnoredAny};

/// What the document leaves out. A trailing `*` stands for any rest.
const UNDOCUMENTED: [&str; 8] =
    ["/", "/-json", "/-yaml", "/dashboard*", "/metrics", "/ws", "/api/files/*", "/api/s3/*"];

/// The document which the client is generated from, so that the two agree about what exists.
#[derive(Debug, Default, Deserialize)]
struct Document {
    paths: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let json = include_str!("../../../../openapi/waha.json");
    serde_json::from_str(json).unwrap_or_default()
});

/// Whether the server would do something for this method and path.
pub(super) fn exists(method: &Method, path: &str) -> bool {
    // OPTIONS is what browsers send to any route before they send the request itself.
    if is_undocumented(path) || method == Method::OPTIONS {
        return true;
    }
    // The framework answers HEAD wherever it answers GET.
    let method = if method == Method::HEAD { "get" } else { &method.as_str().to_lowercase() };
    DOCUMENT.paths.iter().any(|(template, methods)| methods.contains_key(method) && matches(template, path))
}

fn is_undocumented(path: &str) -> bool {
    UNDOCUMENTED.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == *known,
    })
}

/// The server's router takes any case and a slash at the end, so these are routes as well.
fn matches(template: &str, path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (mut known, mut sent) = (template.split('/'), path.split('/'));
    loop {
        match (known.next(), sent.next()) {
            (None, None) => return true,
            (Some(known), Some(sent)) if known.starts_with('{') && !sent.is_empty() => {}
            (Some(known), Some(sent)) if known.eq_ignore_ascii_case(sent) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_can_be_read() {
        assert!(DOCUMENT.paths.len() > 100);
    }

    #[test]
    fn operations_are_told_by_method_and_path() {
        assert!(exists(&Method::POST, "/api/sendImage"));
        assert!(exists(&Method::HEAD, "/api/default/chats/overview"));
        assert!(exists(&Method::POST, "/API/sendimage/"));
        assert!(exists(&Method::GET, "/api/files/default/true_1@c.us_A.jpg"));
        assert!(!exists(&Method::PUT, "/api/sendImage"));
        assert!(!exists(&Method::GET, "/api//chats/overview"));
        assert!(!exists(&Method::GET, "/api/nope"));
    }
}
