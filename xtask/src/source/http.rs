//! A document that a server has.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use reqwest::{
    Response, StatusCode, Url,
    header::{CONTENT_ENCODING, HeaderValue, LOCATION},
};

use super::{
    Credentials, Limits,
    page::{is_page, page},
    size,
};
use crate::escape;

/// Redirects within one server that are followed.
const REDIRECTS: usize = 5;

/// Returns a URL as it may be printed and committed: without the query, which can hold a key.
pub(super) fn shown(url: &Url) -> String {
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
pub(super) fn document_url(source: &str) -> Result<Url> {
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

pub(super) async fn download(url: &Url, credentials: &Credentials, limits: Limits) -> Result<Vec<u8>> {
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
