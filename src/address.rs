//! Addresses that people and servers give.

use percent_encoding::percent_decode_str;
use url::{ParseError, Url};

use crate::{error::clip, operation::Operation};

/// Reads the URL of an HTTP server. The error completes a sentence that begins with what the URL is for.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    match Url::parse(text.trim()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) => Err(format!("begins with {}: and not with http:// or https://", url.scheme())),
        Err(ParseError::RelativeUrlWithoutBase) => {
            Err("has no scheme: write `http://` or `https://` before it".to_owned())
        }
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

/// Returns whether two HTTP addresses have the same origin: scheme, host and port.
pub(crate) fn is_same_origin(one: &Url, other: &Url) -> bool {
    matches!(one.scheme(), "http" | "https")
        && one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// A URL as it may be shown: without user name, password and query.
pub(crate) fn shown(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) if url.has_host() => url.origin().ascii_serialization() + url.path(),
        _ => clip(url.split(['?', '#']).next().unwrap_or_default()).into_owned(),
    }
}

/// Where the server has its files: in its own store, and passed on from S3.
const FILES: [&str; 2] = ["/api/files/", "/api/s3/"];

/// The address of a file. A server or a message hands it over, and it must not make anybody do anything but fetch a file.
pub(crate) struct FileAddress {
    pub(crate) url: Url,
    /// Whether it looks like a file of a WAHA server.
    pub(crate) is_file: bool,
    /// Whether it has the base URL's origin, which gets the key.
    pub(crate) is_ours: bool,
}

impl FileAddress {
    /// Reads an address. With `from_base_url`, what stands before the file's own path is replaced by the base URL.
    ///
    /// # Errors
    ///
    /// It is not an address of HTTP, or one that may do something else. The text completes "the URL to download".
    pub(crate) fn read(text: &str, base: &Url, from_base_url: bool) -> Result<Self, String> {
        let text = text.trim();
        let at_base = |path: &str| {
            let address = format!("{}{path}", base.as_str().trim_end_matches('/'));
            Url::parse(&address).map_err(|error| format!("cannot be read: {error}"))
        };
        let url = if from_base_url {
            let start = FILES.iter().filter_map(|folder| text.find(folder)).min();
            at_base(&text[start.ok_or("is that of no file of the server, which has `/api/files/` in it")?..])?
        } else if text.starts_with('/') {
            at_base(text)?
        } else {
            match Url::parse(text) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => url,
                Ok(url) => return Err(format!("begins with {}: and not with http:// or https://", url.scheme())),
                Err(ParseError::RelativeUrlWithoutBase) => {
                    return Err(
                        "has no scheme: write `https://` before it, or a slash if it is a path of the server".into()
                    );
                }
                Err(error) => return Err(format!("cannot be read: {error}")),
            }
        };
        Self::check(base, &url)?;
        let is_file = FILES.iter().any(|folder| url.path().contains(folder));
        Ok(Self { is_file, is_ours: is_same_origin(&url, base), url })
    }

    /// Refuses an address that may do something else than give a file. What counts is what the URL parser made of it.
    pub(crate) fn check(base: &Url, url: &Url) -> Result<(), String> {
        let path = decoded(url.path());
        if is_same_origin(url, base) {
            // The server may leave out the base URL's path where it writes its own address.
            let prefix = decoded(base.path().trim_end_matches('/'));
            let is_file = |path: &&str| FILES.iter().any(|folder| path.starts_with(folder));
            let below_prefix = path.strip_prefix(&prefix).filter(is_file);
            let file = below_prefix.or(Some(path.as_str()).filter(is_file));
            let file = file.ok_or("leads to the server, but not to one of its files, which are below `/api/files/`")?;
            let leads_elsewhere = |segment: &str| matches!(segment, "" | "." | "..");
            if file.contains(['\\', '\0']) || file.split('/').skip(1).any(leads_elsewhere) {
                return Err(
                    "leads out of the server's files: there is an empty segment, `.`, `..` or a backslash in it".into(),
                );
            }
            return Ok(());
        }
        // Another address of a WAHA server, perhaps: one of its GETs sends a message.
        let as_operation = path.find("/api/").and_then(|start| Operation::of_request("GET", &path[start..]));
        match as_operation.filter(|operation| !operation.is_repeatable()) {
            Some(operation) => Err(format!("is that of an operation, `GET {}`, and not of a file", operation.path())),
            None => Ok(()),
        }
    }
}

/// A path as somebody may read it who decodes more than once, and does not tell cases apart.
pub(crate) fn decoded(path: &str) -> String {
    let mut decoded = path.to_owned();
    // Nothing that is meant is encoded more often.
    for _ in 0..8 {
        let next = percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
        if next == decoded {
            break;
        }
        decoded = next;
    }
    decoded.to_ascii_lowercase()
}
