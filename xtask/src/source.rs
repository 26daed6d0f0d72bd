//! Reads the document of a release from a file, a URL or a running server.

use std::{
    fmt,
    io::Read as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use reqwest::{
    Response, StatusCode, Url,
    header::{CONTENT_ENCODING, HeaderValue, LOCATION},
};
use serde_json::Value;

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

/// Redirects within one server that are followed.
const REDIRECTS: usize = 5;

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

/// Returns a URL as it may be printed and committed: without the query, which can hold a key.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    escape::line(url.as_str())
}

/// Follows redirects to the same server only: the key would be sent to another one.
fn same_origin() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let is_same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
        match is_same && attempt.previous().len() <= REDIRECTS {
            true => attempt.follow(),
            false => attempt.stop(),
        }
    })
}

/// Returns the URL of the document: as given if it ends in `json`, else that of the server's document, `/-json`.
fn document_url(source: &str) -> Result<Url> {
    let mut url = Url::parse(source).with_context(|| format!("{} is no URL", escape::line(source)))?;
    if !url.username().is_empty() || url.password().is_some() {
        bail!("give name and password by --user, not in the URL");
    }
    if !url.path().ends_with("json") {
        let path = format!("{}/-json", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    Ok(url)
}

async fn download(url: &Url, credentials: &Credentials, limits: Limits) -> Result<Vec<u8>> {
    let client = reqwest::Client::builder().timeout(limits.time).redirect(same_origin()).build()?;
    let mut request = client.get(url.clone());
    if let Some(key) = &credentials.api_key {
        let mut key = HeaderValue::from_str(key).context("--api-key has characters that a header cannot carry")?;
        key.set_sensitive(true);
        request = request.header("X-Api-Key", key);
    }
    if let Some(user) = &credentials.user {
        let (name, password) = user.split_once(':').context("--user takes NAME:PASSWORD")?;
        request = request.basic_auth(name, Some(password));
    }
    let shown = shown(url);
    let started = Instant::now();
    let explain = |error: reqwest::Error| {
        let error = error.without_url();
        let is_late = error.is_timeout() || started.elapsed() >= limits.time;
        let context = match is_late {
            true => format!("{shown} did not answer in full within {} s", limits.time.as_secs_f32()),
            false if error.is_connect() => {
                format!("cannot connect to {shown}: is the server running, and the address right?")
            }
            false => format!("cannot read {shown}"),
        };
        anyhow::Error::new(error).context(context)
    };
    let mut response = request.send().await.map_err(explain)?;
    refuse_encoding(&response, &shown)?;
    let status = response.status();
    if status.is_redirection() {
        let target = response.headers().get(LOCATION).map(|target| String::from_utf8_lossy(target.as_bytes()));
        let target = target.map_or_else(|| "nowhere".to_owned(), |target| escape::line(&target));
        bail!(
            "{shown} redirects to {target}; redirects are followed {REDIRECTS} times, and within one server: give the \
             address of the document"
        );
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(explain)? {
        if bytes.len() + chunk.len() > limits.size {
            bail!("{shown} answers with more than {}, the limit for a document", size(limits.size));
        }
        bytes.extend_from_slice(&chunk);
    }
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => bail!(
            "{shown} answers {status}{}: give the name and password of the server's Swagger page (--user \
             NAME:PASSWORD), or a key (--api-key)",
            page(&bytes)
        ),
        status if !status.is_success() => {
            bail!("{shown} answers {status}{}: is that a WAHA server, with its Swagger page switched on?", page(&bytes))
        }
        _ if is_page(&bytes) => bail!(
            "{shown} answers{}, and not with a document: is there a log-in page or a proxy in front of WAHA? Give the \
             address of WAHA itself, or save the document to a file",
            page(&bytes)
        ),
        _ if bytes.trim_ascii().is_empty() => {
            bail!("{shown} answers {status} with an empty body: is that a WAHA server?")
        }
        _ => Ok(bytes),
    }
}

/// Refuses an answer in a coding, since none is asked for: its bytes would be read as if they were the document.
fn refuse_encoding(response: &Response, shown: &str) -> Result<()> {
    let codings = response.headers().get_all(CONTENT_ENCODING).iter();
    let codings = codings.map(|coding| String::from_utf8_lossy(coding.as_bytes()));
    let codings = codings.collect::<Vec<_>>().join(", ");
    let is_identity = |coding: &str| coding.is_empty() || coding.eq_ignore_ascii_case("identity");
    if codings.split(',').map(str::trim).all(is_identity) {
        return Ok(());
    }
    bail!(
        "{shown} answers with `Content-Encoding: {}`, which was not asked for: save the document with `curl --compressed \
         --output waha.json`, and import the file",
        escape::line(&codings)
    )
}

fn is_page(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.trim_ascii_start().starts_with(b"<")
}

/// Returns ` with a web page, "its title"` if an answer is one, and nothing else of it.
fn page(bytes: &[u8]) -> String {
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use httpmock::MockServer;

    use super::*;

    const NONE: Credentials = Credentials { api_key: None, user: None };
    const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"version": "1"}, "paths": {"/a": {}}}"#;

    fn error(source: &str, credentials: &Credentials) -> String {
        format!("{:#}", read(source, credentials).err().expect("refused"))
    }

    #[test]
    fn a_file_is_read_and_called_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("waha.json");
        std::fs::write(&path, DOCUMENT).unwrap();
        let fetched = read(path.to_str().unwrap(), &NONE).unwrap();
        assert_eq!((fetched.label.as_str(), fetched.bytes.as_slice()), ("waha.json", DOCUMENT.as_bytes()));
        assert!(error("/nowhere/at/all.json", &NONE).contains("cannot read /nowhere/at/all.json"));
    }

    #[test]
    fn the_document_of_a_server_is_at_json() {
        for (source, url) in [
            ("http://a:3000", "http://a:3000/-json"),
            ("http://a/waha/", "http://a/waha/-json"),
            ("http://a/-json", "http://a/-json"),
            ("https://a/docs/openapi.json", "https://a/docs/openapi.json"),
        ] {
            assert_eq!(document_url(source).unwrap().as_str(), url);
        }
        assert!(document_url("http://name:password@a").is_err());
    }

    #[test]
    fn a_server_is_asked_with_credentials() {
        let server = MockServer::start();
        server.mock(|when, then| {
            when.path("/-json").header("X-Api-Key", "key").header("Authorization", "Basic bmFtZTpwYXNz");
            then.body(DOCUMENT);
        });
        server.mock(|when, then| {
            when.path("/-json");
            then.status(401);
        });
        let credentials = Credentials { api_key: Some("key".into()), user: Some("name:pass".into()) };
        let fetched = read(&server.base_url(), &credentials).unwrap();
        assert_eq!(fetched.label, server.url("/-json"));
        assert!(error(&server.base_url(), &NONE).contains("--user NAME:PASSWORD"));
    }

    #[test]
    fn answers_that_are_no_document_are_refused() {
        let server = MockServer::start();
        for (path, body, expected) in [
            ("/page.json", "<html></html>", "answers with a web page, and not with a document"),
            ("/text.json", "nonsense", "it is not JSON"),
            ("/other.json", "{}", "no OpenAPI document"),
            ("/two.json", r#"{"swagger": "2.0"}"#, "it is Swagger \"2.0\""),
            ("/new.json", r#"{"openapi": "3.2.0", "paths": {}}"#, "it is OpenAPI 3.2.0; 3.0 and 3.1 can be imported"),
            ("/empty.json", r#"{"openapi": "3.0.0", "paths": {}}"#, "it has no paths"),
            (
                "/nameless.json",
                r#"{"openapi": "3.0.0", "paths": {"/a": {}}, "info": {"version": 1}}"#,
                "no text in info.version",
            ),
        ] {
            server.mock(|when, then| {
                when.path(path);
                then.body(body);
            });
            let error = error(&server.url(path), &NONE);
            assert!(error.contains(expected), "{error}");
        }
        let error = error(&server.url("/nothing.json"), &NONE);
        assert!(error.contains("answers 404"), "{error}");
    }

    #[test]
    fn a_key_goes_to_one_server_and_into_no_file() {
        let (server, other) = (MockServer::start(), MockServer::start());
        let elsewhere = other.mock(|when, then| {
            when.path("/-json");
            then.body(DOCUMENT);
        });
        server.mock(|when, then| {
            when.path("/away.json");
            then.status(302).header("Location", other.url("/-json"));
        });
        server.mock(|when, then| {
            when.path("/here.json").query_param("x-api-key", "key");
            then.body(DOCUMENT);
        });
        let credentials = Credentials { api_key: Some("key".into()), user: None };
        let error = error(&server.url("/away.json"), &credentials);
        assert!(error.contains("give the address of the document"), "{error}");
        assert_eq!(elsewhere.calls(), 0);
        let fetched = read(&server.url("/here.json?x-api-key=key"), &NONE).unwrap();
        assert_eq!(fetched.label, server.url("/here.json"));
    }

    #[test]
    fn a_server_that_is_not_there_is_named() {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = error(&format!("http://127.0.0.1:{port}"), &NONE);
        assert!(error.contains("cannot connect to") && error.contains("is the server running"), "{error}");
    }

    /// Serves one answer of raw bytes, and keeps the connection open.
    fn raw(answer: Vec<u8>) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/-json", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = stream.write_all(&answer);
            std::thread::sleep(Duration::from_secs(5));
        });
        url
    }

    fn error_within(source: &str, limits: Limits) -> String {
        format!("{:#}", read_within(source, &NONE, limits).err().expect("refused"))
    }

    #[test]
    fn a_server_that_does_not_end_its_answer_is_left() {
        let limits = Limits { time: Duration::from_millis(200), ..LIMITS };
        for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"openapi\":"] {
            let error = error_within(&raw(answer.into()), limits);
            assert!(error.contains("did not answer in full within 0.2 s"), "{error}");
        }
    }

    #[test]
    fn a_document_larger_than_the_limit_is_refused() {
        let limits = Limits { size: 100, ..LIMITS };
        let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &b" ".repeat(1000)].concat();
        let error = error_within(&raw(endless), limits);
        assert!(error.contains("answers with more than 100 bytes, the limit"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("waha.json");
        std::fs::write(&path, " ".repeat(101)).unwrap();
        let error = file(&path, limits).unwrap_err().to_string();
        assert!(error.contains("larger than 100 bytes, the limit"), "{error}");
        assert_eq!(size(LIMITS.size), "64 MiB");
    }

    #[test]
    fn a_coding_that_was_not_asked_for_is_named() {
        let server = MockServer::start();
        for (path, coding) in [("/a.json", "gzip"), ("/b.json", "identity, br"), ("/d.json", "identity")] {
            server.mock(|when, then| {
                when.path(path);
                then.header("Content-Encoding", coding).body(DOCUMENT);
            });
        }
        for (path, named) in [("/a.json", "Content-Encoding: gzip"), ("/b.json", "Content-Encoding: identity, br")] {
            let error = error(&server.url(path), &NONE);
            assert!(error.contains(named) && error.contains("curl --compressed"), "{error}");
        }
        assert!(read(&server.url("/d.json"), &NONE).is_ok());
        assert!(parse(b"\x1f\x8b\x08").unwrap_err().to_string().contains("gunzip"));
    }

    #[test]
    fn a_page_of_somebody_else_is_named_by_its_title() {
        let server = MockServer::start();
        let page = "<!DOCTYPE html><html><head><TITLE lang=en>\n Sign\u{1b}[31m in \n</TITLE></head>secret</html>";
        for (path, status) in [("/ok.json", 200), ("/away.json", 404), ("/in.json", 401)] {
            server.mock(|when, then| {
                when.path(path);
                then.status(status).body(page);
            });
            let error = error(&server.url(path), &NONE);
            assert!(error.contains("with a web page, \"Sign\\u{1b}[31m in\""), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
        server.mock(|when, then| {
            when.path("/nothing.json");
            then.status(204);
        });
        let error = error(&server.url("/nothing.json"), &NONE);
        assert!(error.contains("answers 204 No Content with an empty body"), "{error}");
    }

    #[test]
    fn credentials_are_not_shown() {
        let credentials = Credentials { api_key: Some("secret".into()), user: Some("name:secret".into()) };
        assert!(!format!("{credentials:?}").contains("secret"));
    }
}
