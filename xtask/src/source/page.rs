//! A web page in the place of a document.

use crate::escape;

/// Returns whether an answer or a file is a web page.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}

/// Returns ` with a web page, "its title"` if an answer is one, and nothing else of it.
pub(super) fn page(bytes: &[u8]) -> String {
    const READ: usize = 16 << 10;
    const SHOWN: usize = 80;
    if !is_page(bytes) {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(READ)]);
    // ASCII case only, so that the positions are those of the text.
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|start| {
        let from = start + lower[start..].find('>')? + 1;
        let to = from + lower[from..].find("</")?;
        Some(text[from..to].split_whitespace().collect::<Vec<_>>().join(" "))
    });
    match title.filter(|title| !title.is_empty()) {
        Some(title) => {
            format!(" with a web page, \"{}\"", escape::line(&title.chars().take(SHOWN).collect::<String>()))
        }
        None => " with a web page".to_owned(),
    }
}
