//! Where a document comes from: a file, a URL, a running server.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, bail};
use reqwest::{StatusCode, Url, header::HeaderValue};
use serde_json::Value;

/// What a server may want to see before it shows its document.
#[derive(Debug, Default, clap::Args)]
pub struct Credentials {
    /// API key, sent as `X-Api-Key`.
    #[arg(long)]
    pub api_key: Option<String>,
    /// Name and password of the server's Swagger page, for basic auth.
    #[arg(long, value_name = "NAME:PASSWORD")]
    pub user: Option<String>,
}

/// A document as it came.
pub struct Fetched {
    /// Its bytes, for the digest.
    pub bytes: Vec<u8>,
    /// Its content: an OpenAPI 3.0 or 3.1 document.
    pub document: Value,
    /// Where it came from, fit to be committed: no folder of this machine, no credentials.
    pub label: String,
}

/// How long a server may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reads `source`: a URL where it begins with `http://` or `https://`, else a file.
pub fn read(source: &str, credentials: &Credentials) -> Result<Fetched> {
    let (bytes, label) = if is_url(source) {
        let url = document_url(source)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let bytes = runtime.block_on(download(&url, credentials, TIMEOUT))?;
        (bytes, without_query(&url))
    } else {
        let path = Path::new(source);
        let bytes = std::fs::read(path).with_context(|| {
            let is_host = source.contains(':') && !path.exists();
            format!(
                "cannot read {source}{}",
                if is_host { "; the address of a server begins with http://" } else { "" }
            )
        })?;
        (bytes, path.file_name().unwrap_or_default().to_string_lossy().into_owned())
    };
    let document = parse(&bytes).with_context(|| format!("{source} is no document to import"))?;
    Ok(Fetched { bytes, document, label })
}

fn is_url(source: &str) -> bool {
    let has_scheme = |scheme: &str| source.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    has_scheme("http://") || has_scheme("https://")
}

/// A URL as it may be shown and committed: a query can hold a key.
fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// Goes where the same server sends, and to no other: the key would go with it.
fn same_origin() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let same = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
        if same && attempt.previous().len() < 5 { attempt.follow() } else { attempt.stop() }
    })
}

/// The URL of the document: as given where it ends in `.json` or `-json`, else that of a server, which has it at `/-json`.
fn document_url(source: &str) -> Result<Url> {
    let mut url = Url::parse(source).with_context(|| format!("{source} is no URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        bail!("give name and password by --user, not in the URL");
    }
    if !url.path().ends_with("json") {
        let path = format!("{}/-json", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    Ok(url)
}

async fn download(url: &Url, credentials: &Credentials, timeout: Duration) -> Result<Vec<u8>> {
    let client = reqwest::Client::builder().timeout(timeout).redirect(same_origin()).build()?;
    let mut request = client.get(url.clone());
    if let Some(key) = &credentials.api_key {
        let mut key = HeaderValue::from_str(key).context("--api-key has characters that a header cannot carry")?;
        key.set_sensitive(true);
        request = request.header("X-Api-Key", key);
    }
    let shown = without_query(url);
    if let Some(user) = &credentials.user {
        let (name, password) = user.split_once(':').context("--user takes NAME:PASSWORD")?;
        request = request.basic_auth(name, Some(password));
    }
    let explain = |error: reqwest::Error| {
        let error = error.without_url();
        if error.is_timeout() {
            anyhow::Error::new(error).context(format!("{shown} did not answer within {} s", timeout.as_secs_f32()))
        } else if error.is_connect() {
            anyhow::Error::new(error)
                .context(format!("cannot connect to {shown}: is the server running, and the address right?"))
        } else {
            anyhow::Error::new(error).context(format!("cannot read {shown}"))
        }
    };
    let response = request.send().await.map_err(explain)?;
    match response.status() {
        status if status.is_success() => Ok(response.bytes().await.map_err(explain)?.to_vec()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => bail!(
            "{shown} answers {}: give the name and password of the server's Swagger page (--user NAME:PASSWORD), or a key (--api-key)",
            response.status()
        ),
        status if status.is_redirection() => {
            let target = response.headers().get("location").map(|target| String::from_utf8_lossy(target.as_bytes()));
            bail!("{shown} sends to {}: give that address instead", target.as_deref().unwrap_or("somewhere else"))
        }
        status => bail!("{shown} answers {status}: is that a WAHA server, with its Swagger page switched on?"),
    }
}

/// Reads a document and refuses what is none.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Value = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        Err(_) if bytes.trim_ascii_start().starts_with(b"<") => {
            bail!("it is a web page and not JSON")
        }
        Err(error) => bail!("it is not JSON: {error}"),
    };
    match document["openapi"].as_str() {
        Some(version)
            if ["3.0", "3.1"].iter().any(|known| version == *known || version.starts_with(&format!("{known}."))) => {}
        Some(version) => bail!("it is OpenAPI {version}; 3.0 and 3.1 can be imported"),
        None if document["swagger"].is_string() => {
            bail!("it is Swagger {}; OpenAPI 3.0 and 3.1 can be imported", document["swagger"])
        }
        None => bail!("it is JSON, but no OpenAPI document: it has no member `openapi`"),
    }
    if document["paths"].as_object().is_none_or(serde_json::Map::is_empty) {
        bail!("it has no paths");
    }
    if document["info"]["version"].as_str().is_none_or(|version| version.trim().is_empty()) {
        bail!("it has no text in info.version, so that nobody could tell which release it describes");
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use httpmock::MockServer;

    use super::*;

    const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"version": "1"}, "paths": {"/a": {}}}"#;

    fn error(source: &str, credentials: &Credentials) -> String {
        format!("{:#}", read(source, credentials).err().expect("refused"))
    }

    #[test]
    fn a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("waha.json");
        std::fs::write(&path, DOCUMENT).unwrap();
        let fetched = read(path.to_str().unwrap(), &Credentials::default()).unwrap();
        assert_eq!((fetched.label.as_str(), fetched.bytes.as_slice()), ("waha.json", DOCUMENT.as_bytes()));
        assert!(error("/nowhere/at/all.json", &Credentials::default()).contains("cannot read /nowhere/at/all.json"));
    }

    #[test]
    fn a_server_has_it_at_json() {
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
        assert!(error(&server.base_url(), &Credentials::default()).contains("--user NAME:PASSWORD"));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let server = MockServer::start();
        for (path, body, expected) in [
            ("/page.json", "<html></html>", "it is a web page and not JSON"),
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
            let error = error(&server.url(path), &Credentials::default());
            assert!(error.contains(expected), "{error}");
        }
        let error = error(&server.url("/nothing.json"), &Credentials::default());
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
        assert!(error.contains("give that address instead"), "{error}");
        assert_eq!(elsewhere.calls(), 0);
        let fetched = read(&server.url("/here.json?x-api-key=key"), &Credentials::default()).unwrap();
        assert_eq!(fetched.label, server.url("/here.json"));
    }

    #[test]
    fn nobody_there() {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = error(&format!("http://127.0.0.1:{port}"), &Credentials::default());
        assert!(error.contains("cannot connect to") && error.contains("is the server running"), "{error}");
    }

    #[test]
    fn a_server_that_says_nothing() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/-json", listener.local_addr().unwrap())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(download(&url, &Credentials::default(), Duration::from_millis(50)));
        assert!(result.unwrap_err().to_string().contains("did not answer within 0.05 s"));
    }
}
