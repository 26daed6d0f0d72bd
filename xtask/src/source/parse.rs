//! Bytes as a document.

use anyhow::{Result, bail};
use serde_json::Value;

use super::page::is_page;
use crate::escape;

/// Parses a document, and refuses what is not OpenAPI 3.0 or 3.1.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    const GZIP: &[u8] = b"\x1f\x8b";
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(_) if is_page(bytes) => bail!("it is a web page and not JSON"),
        Err(_) if bytes.trim_ascii().is_empty() => bail!("it is empty"),
        Err(_) if bytes.starts_with(GZIP) => bail!("it is compressed: unpack it with `gunzip` first"),
        Err(error) => bail!("it is not JSON: {error}"),
    };
    match document["openapi"].as_str() {
        Some(version)
            if ["3.0", "3.1"].iter().any(|known| version == *known || version.starts_with(&format!("{known}."))) => {}
        Some(version) => bail!("it is OpenAPI {}; 3.0 and 3.1 can be imported", escape::line(version)),
        None if document["swagger"].is_string() => {
            let version = escape::line(&document["swagger"].to_string());
            bail!("it is Swagger {version}; OpenAPI 3.0 and 3.1 can be imported")
        }
        None => bail!("it is JSON, but no OpenAPI document: it has no member `openapi`"),
    }
    if document["paths"].as_object().is_none_or(serde_json::Map::is_empty) {
        bail!("it has no paths");
    }
    if document["info"]["version"].as_str().is_none_or(|version| version.trim().is_empty()) {
        bail!("it has no text in info.version, which names the release");
    }
    Ok(document)
}
