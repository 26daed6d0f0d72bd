//! Errors made of what others report: answers, transports, parsers.

use std::{error::Error as StdError, time::Duration};

use http::{HeaderMap, StatusCode, header::LOCATION};

use super::{CLIPPED_BODY, Error, ErrorBody, ErrorKind, Undecodable, clip, kind};
use crate::{Json, json, open_enum::SessionStatus, operation::Operation, redaction::Redactor};

impl Error {
    /// The call took longer than it may. `is_waiting` says that it waited for its turn in the end.
    pub(crate) fn from_timeout(limit: Duration, is_waiting: bool) -> Self {
        let why =
            if is_waiting { ": this client's own limits (`RequestOptions::limits`) held the request back" } else { "" };
        Self::new(ErrorKind::Timeout, format!("no answer within {limit:?}{why}"))
    }

    /// An answer that began to come and broke off.
    pub(crate) fn from_stream(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            let error = error.without_url();
            return Self::new(ErrorKind::Timeout, root_cause(&error)).with_source(error);
        }
        Self::from_transport(error)
    }

    /// A request that got no answer.
    pub(crate) fn from_transport(error: reqwest::Error) -> Self {
        // The rest of the address may hold what nobody should read in a log, and the operation says enough.
        let server = error.url().filter(|url| url.has_host()).map(|url| url.origin().ascii_serialization());
        let server = server.unwrap_or_default();
        let error = error.without_url();
        let cause = root_cause(&error);
        let (kind, message) = if let Some(cause) = tls_failure(&error) {
            let advice = if cause.contains("InvalidContentType") || cause.contains("wrong version number") {
                "the server does not speak TLS at this port: does the base URL have to begin with http://?"
            } else if cause.contains("CaUsedAsEndEntity") {
                "the server's certificate is marked as one of a certificate authority (`CA:TRUE`): it is trusted if exactly this \
                 certificate is given to `RequestOptions::root_certificates`"
            } else if is_about_name(&cause) {
                "the certificate is for other names than the base URL has: use one of its names as the base URL's host, or make \
                 a certificate with this name (`openssl req -x509 -addext subjectAltName=DNS:example.org`)"
            } else if cause.contains("expired") {
                "the server needs a new certificate, unless the clock of this computer is wrong"
            } else if cause.contains("not valid yet") || cause.contains("not yet valid") {
                "the certificate is for later: is the clock of this computer right?"
            } else {
                "if the server's certificate is your own, give it to `RequestOptions::root_certificates`"
            };
            (ErrorKind::Tls, format!("TLS failed ({cause}); {advice}"))
        } else if error.is_timeout() {
            (ErrorKind::Timeout, "no answer within the timeout".to_owned())
        } else if error.is_builder() {
            (ErrorKind::InvalidRequest, format!("the request cannot be built ({cause})"))
        } else if error.is_connect() {
            (ErrorKind::Connection, format!("no connection to the server at {server} ({cause})"))
        } else {
            (ErrorKind::Connection, format!("the connection broke ({cause})"))
        };
        Self::new(kind, message).with_source(error)
    }

    /// The session has a status, and the call needs another.
    pub(crate) fn from_session(message: String, status: &SessionStatus, expected: SessionStatus) -> Self {
        let (status, expected) = (Some(status.to_string()), Some(vec![expected.to_string()]));
        let body = ErrorBody { status, expected, ..ErrorBody::default() };
        Self::new(ErrorKind::SessionNotReady, message).with_body(body)
    }

    /// An answer that is not a success: an error, or a redirect that is not followed.
    pub(crate) fn from_answer(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        is_clipped: bool,
        operation: &Operation,
        redactor: &Redactor,
    ) -> Self {
        if !status.is_client_error() && !status.is_server_error() {
            return Self::from_redirect(status, headers, redactor);
        }
        let kind::Verdict { kind, message, mut body, hint } =
            kind::judge(status, headers, body, is_clipped, operation, redactor);
        clip_request(&mut body);
        let error = Self::new(kind, message).with_body(body).with_answer(status, headers, redactor);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    /// The server redirects, and is not followed.
    pub(crate) fn from_redirect(status: StatusCode, headers: &HeaderMap, redactor: &Redactor) -> Self {
        let target = headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let error = match target {
            Some(target) if status.is_redirection() => {
                let target = redactor.hide(target);
                let mut short: String = target.chars().take(200).collect();
                if short.len() < target.len() {
                    short.push('…');
                }
                Self::new(
                    ErrorKind::Redirect,
                    format!(
                        "the server redirects to `{short}`, which is not followed, so that neither key nor message goes to \
                         somebody else; if that is the server, use its address as the base URL"
                    ),
                )
            }
            _ => Self::new(ErrorKind::Other, "the answer is neither a success nor an error"),
        };
        error.with_answer(status, headers, redactor)
    }

    /// A success that could not be decoded.
    pub(crate) fn from_undecodable(error: &serde_json::Error, text: &str, redactor: &Redactor) -> Self {
        // The server sends nothing at all where it has nothing to say.
        if text == "null" {
            let why = "the answer is empty, and the document says that it is not";
            return Self::from_body(why, ".", text.as_bytes(), redactor);
        }
        let path = json::path_of(error, text);
        // serde repeats the value that it did not expect, however long it is.
        let why = error.to_string();
        Self::from_body(
            &format!("the answer is not what the document says, at `{}`: {why}", clip(&path)),
            &path,
            text.as_bytes(),
            redactor,
        )
    }

    /// A success that cannot be read, at a path.
    pub(crate) fn from_body(message: &str, path: &str, body: &[u8], redactor: &Redactor) -> Self {
        let redactor = &redactor.and_those_in(body);
        let mut error = Self::new(ErrorKind::Decode, redactor.hide_clipped(message));
        let path = clip(&redactor.hide(path)).into_owned();
        error.0.decode = Some(Undecodable { path, body: clipped_body(body, redactor) });
        error
    }
}

/// The server repeats the request that failed, and with it the file that was sent: its beginning is enough.
fn clip_request(body: &mut ErrorBody) {
    let Some(Ok(mut request)) = body.request.as_ref().map(Json::to_value) else { return };
    let Some(sent) = request.get_mut("body") else { return };
    let text = sent.to_string();
    if text.len() <= CLIPPED_BODY {
        return;
    }
    *sent = clipped_body(text.as_bytes(), &Redactor::default()).into();
    body.request = Some(request.into());
}

/// The beginning of a body, and how long it is. Secrets are hidden before it is cut.
fn clipped_body(body: &[u8], redactor: &Redactor) -> String {
    // Longer than any encoding of a secret that lies across the cut.
    let start = &body[..body.len().min(32 * CLIPPED_BODY)];
    let text = String::from_utf8_lossy(start);
    let text = redactor.hide_members(&text);
    let text = if start.len() < body.len() { redactor.hide_cut(text) } else { redactor.hide(text) };
    if body.len() <= CLIPPED_BODY {
        return text.into_owned();
    }
    let end = (0..=CLIPPED_BODY.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}… ({} bytes)", &text[..end], body.len())
}

/// Whether the cause of a failure of TLS is that the certificate has other names.
fn is_about_name(cause: &str) -> bool {
    ["not valid for", "NotValidForName", "hostname mismatch", "IP address mismatch"]
        .iter()
        .any(|words| cause.contains(words))
}

/// Whether a failure of TLS is among the causes.
pub(crate) fn is_tls_failure(error: &(dyn StdError + 'static)) -> bool {
    tls_failure(error).is_some()
}

/// What the TLS library says about its failure, if one is among the causes.
fn tls_failure(error: &(dyn StdError + 'static)) -> Option<String> {
    if is_of_tls(error) {
        return Some(error.to_string());
    }
    // An `io::Error` does not name what it wraps as its source.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let wrapped = wrapped.and_then(|wrapped| tls_failure(wrapped as &(dyn StdError + 'static)));
    wrapped.or_else(|| error.source().and_then(tls_failure))
}

#[cfg(feature = "rustls")]
fn is_of_tls(error: &(dyn StdError + 'static)) -> bool {
    error.is::<rustls::Error>()
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
fn is_of_tls(error: &(dyn StdError + 'static)) -> bool {
    error.is::<native_tls::Error>()
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn is_of_tls(_: &(dyn StdError + 'static)) -> bool {
    false
}

fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
