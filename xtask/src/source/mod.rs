//! Reads the document of a release from a file, a URL or a running server.

mod http;
mod page;
mod parse;
#[cfg(test)]
mod tests;

use std::{fmt, io::Read as _, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use self::http::{document_url, download, shown};
pub use self::parse::parse;
use crate::escape;

/// Credentials for a server that does not show its document to everybody.
#[derive(Default, clap::Args)]
pub struct Credentials {
    /// API key, sent as `X-Api-Key`.
    #[arg(long)]
    pub api_key: Option<String>,
    /// Name and password of the server's Swagger page, for basic auth.
    #[arg(long, value_name = "NAME:PASSWORD")]
    pub user: Option<String>,
}

/// Shows which credentials there are, and none of them.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |secret: &Option<String>| secret.as_ref().map(|_| "[hidden]");
        let (api_key, user) = (shown(&self.api_key), shown(&self.user));
        f.debug_struct("Credentials").field("api_key", &api_key).field("user", &user).finish()
    }
}

/// A document as it came.
pub struct Fetched {
    /// Its bytes, for the digest.
    pub bytes: Vec<u8>,
    /// Its content: an OpenAPI 3.0 or 3.1 document.
    pub document: Value,
    /// Where it came from, fit to be printed and committed: no folder of this machine, no credentials, no hidden characters.
    pub label: String,
}

/// What a source may cost.
#[derive(Clone, Copy)]
struct Limits {
    /// Time for the whole download.
    time: Duration,
    /// Bytes of a file or an answer.
    size: usize,
}

/// A minute, and 64 MiB: WAHA's document has about 0.4 MB.
const LIMITS: Limits = Limits { time: Duration::from_secs(60), size: 64 << 20 };

/// Reads `source`: a URL if it begins with `http://` or `https://`, else a file.
///
/// # Errors
///
/// If there is no OpenAPI 3.0 or 3.1 document, if a file or an answer is larger than 64 MiB, or if a server takes more than a
/// minute.
pub fn read(source: &str, credentials: &Credentials) -> Result<Fetched> {
    read_within(source, credentials, LIMITS)
}

/// Reads a file, with the errors of [`read`].
pub fn read_file(path: &Path) -> Result<Fetched> {
    let bytes = file(path, LIMITS)?;
    let label = escape::line(&path.file_name().unwrap_or_default().to_string_lossy());
    fetched(bytes, label, &escape::path(path))
}

fn read_within(source: &str, credentials: &Credentials, limits: Limits) -> Result<Fetched> {
    if is_url(source) {
        let url = document_url(source)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let bytes = runtime.block_on(download(&url, credentials, limits))?;
        let label = shown(&url);
        return fetched(bytes, label.clone(), &label);
    }
    let path = Path::new(source);
    if source.contains(':') && !path.exists() {
        bail!(
            "cannot read {}: there is no such file; the address of a server begins with http://",
            escape::line(source)
        );
    }
    read_file(path)
}

fn fetched(bytes: Vec<u8>, label: String, name: &str) -> Result<Fetched> {
    let document = parse(&bytes).with_context(|| format!("{name} is no document to import"))?;
    Ok(Fetched { bytes, document, label })
}

fn file(path: &Path, limits: Limits) -> Result<Vec<u8>> {
    let name = escape::path(path);
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(limits.size as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {name}"))?;
    if bytes.len() > limits.size {
        bail!("{name} is larger than {}, the limit for a document", size(limits.size));
    }
    Ok(bytes)
}

/// Returns a number of bytes for a message.
fn size(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

fn is_url(source: &str) -> bool {
    let has_scheme = |scheme: &str| source.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    has_scheme("http://") || has_scheme("https://")
}
