use std::{error::Error as StdError, fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::LOCATION};
use serde::de::DeserializeOwned;

use crate::{
    client::tls,
    json::Json,
    operation::Operation,
    redaction::Secret,
    types::{ErrorBody, SessionStatus},
};

/// What went wrong with a call, or with the making of a client.
///
/// It prints as one line: the operation, what happened, the server's own words. [`kind`](Self::kind) is for programs;
/// the other methods give the details. None of it ever prints the API key: where the server repeats it, `***` stands in its
/// place, and a header with it is marked as sensitive.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static Operation>,
    /// Method and path of a request that somebody wrote: it is named as it was written.
    request: Option<String>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Option<Box<ErrorBody>>,
    decode: Option<Undecodable>,
    retry_after: Option<Duration>,
    attempts: u32,
    source: Option<Box<dyn StdError + Send + Sync>>,
    hint: Option<&'static str>,
}

struct Undecodable {
    path: String,
    body: String,
}

/// Tells errors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was set up in a way that cannot work: a wrong URL, a missing variable.
    Configuration,
    /// The request is wrong: refused by this client before it was sent, or by the server (400, 413, 422).
    InvalidRequest,
    /// The server wants a key, or another one (401).
    Unauthorized,
    /// The key may not do this (403).
    Forbidden,
    /// There is no such thing (404), or no such session.
    NotFound,
    /// The session exists and is not in the state that the call needs: see [`Error::session_status`] and
    /// [`Error::expected_statuses`].
    SessionNotReady,
    /// Too many requests (429); WhatsApp's own limit, which the server reports as a 500 with `rate-overlimit`; or a refresh
    /// that [`RefreshLimits`](crate::RefreshLimits) do not allow yet. See [`Error::retry_after`].
    RateLimited,
    /// The session's engine cannot do this (501), or the server is older than the operation.
    NotSupported,
    /// No answer within the timeout, or none that a proxy before the server got (408, 504). What was sent may have been done
    /// all the same.
    Timeout,
    /// No connection to the server, or it broke.
    Connection,
    /// The server's certificate is not trusted, or TLS failed in another way.
    Tls,
    /// The server sends elsewhere (3xx), and following could send the key or the message to somebody else.
    Redirect,
    /// The answer cannot be read: see [`Error::json_path`] and [`Error::clipped_body`].
    Decode,
    /// The server, its engine or a proxy before it failed (5xx).
    Server,
    /// A refusal that none of the others describes; or bytes that do not go where they should, because of a limit or the disk.
    Other,
}

/// How much of an answer that cannot be read is kept, in bytes.
const CLIPPED_BODY: usize = 2048;

/// How much of somebody else's words is repeated, in characters.
const CLIPPED_WORDS: usize = 500;

/// The beginning of a text, and a sign that there is more.
pub(crate) fn clip(text: &str) -> String {
    match text.char_indices().nth(CLIPPED_WORDS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            request: None,
            status: None,
            headers: HeaderMap::new(),
            body: None,
            decode: None,
            retry_after: None,
            attempts: 0,
            source: None,
            hint: None,
        }))
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// It could work after this time.
    pub(crate) fn with_retry_after(mut self, time: Duration) -> Self {
        self.0.retry_after = Some(time);
        self
    }

    /// The request was sent so often.
    pub(crate) fn after_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Whether the request was sent more than once, so that the error is only the last of several.
    pub(crate) fn was_retried(&self) -> bool {
        self.0.attempts > 1
    }

    /// Says what to do about it.
    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// The failure of a generated function.
    pub(crate) fn of_generated<E>(error: progenitor_client::Error<E>, secret: &Secret) -> Self {
        use progenitor_client::Error as E;
        match error {
            E::InvalidRequest(message) | E::Custom(message) => {
                Self::new(ErrorKind::InvalidRequest, secret.hide(message))
            }
            E::CommunicationError(error) | E::ResponseBodyError(error) | E::InvalidUpgrade(error) => {
                Self::of_transport(error)
            }
            _ => Self::new(ErrorKind::Other, "the answer is neither a success nor an error"),
        }
    }

    /// An answer that is larger than this many bytes.
    pub(crate) fn too_large(limit: u64) -> Self {
        let why = format!("the answer has more than {limit} bytes (`RequestOptions::max_answer_size`)");
        Self::new(ErrorKind::Decode, why)
    }

    /// The call took longer than it may, and waited for its turn in the end.
    pub(crate) fn of_timeout(limit: Duration, is_waiting: bool) -> Self {
        let why =
            if is_waiting { ": this client's own limits (`RequestOptions::limits`) held the request back" } else { "" };
        Self::new(ErrorKind::Timeout, format!("no answer within {limit:?}{why}"))
    }

    /// An answer that began to come and broke off.
    pub(crate) fn of_stream(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            let error = error.without_url();
            return Self::new(ErrorKind::Timeout, root_cause(&error)).with_source(error);
        }
        Self::of_transport(error)
    }

    /// Somebody else has answered.
    pub(crate) fn of_web_page() -> Self {
        Self::new(
            ErrorKind::Decode,
            "a web page came, and no answer of the API: is the base URL that of WAHA, and is there nothing to log in to \
             before it?",
        )
    }

    pub(crate) fn of_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// The same, by the operation's id.
    pub(crate) fn of_operation_id(self, id: &str) -> Self {
        self.of_known_operation(Operation::by_id(id))
    }

    /// The same, where there is one.
    pub(crate) fn of_known_operation(mut self, operation: Option<&'static Operation>) -> Self {
        self.0.operation = operation.or(self.0.operation);
        self
    }

    /// The same without the key, where an answer has repeated it.
    pub(crate) fn hiding(mut self, secret: &Secret) -> Self {
        self.0.message = secret.hide_in_clipped(&self.0.message);
        if let Some(undecodable) = &mut self.0.decode {
            undecodable.body = secret.hide_in_clipped(&undecodable.body);
        }
        self
    }

    /// The session has this status, and another is needed.
    pub(crate) fn of_session(message: String, status: &SessionStatus, expected: SessionStatus) -> Self {
        let mut error = Self::new(ErrorKind::SessionNotReady, message);
        let (status, expected) = (Some(status.to_string()), Some(vec![expected.to_string()]));
        error.0.body = Some(Box::new(ErrorBody { status, expected, ..ErrorBody::default() }));
        error
    }

    pub(crate) fn of_request(mut self, method: &http::Method, path: &str) -> Self {
        // One that was refused may hold anything.
        self.0.request = Some(format!("{method} {}", clip(&path.replace(char::is_control, " "))));
        self
    }

    /// Adds the answer that the error is about, where it does not know it yet.
    pub(crate) fn of_answered(mut self, answer: Option<(StatusCode, HeaderMap)>, secret: &Secret) -> Self {
        if let (None, ErrorKind::Decode, Some((status, headers))) = (self.0.status, self.0.kind, answer) {
            self.0.status = Some(status);
            self.0.headers = headers;
        }
        secret.hide_in_headers(&mut self.0.headers);
        self
    }

    pub(crate) fn of_answer(status: StatusCode, headers: HeaderMap, body: ErrorBody, secret: &Secret) -> Self {
        let kind = kind(status, &body);
        let mut body = secret.hide_in_body(body);
        clip_request(&mut body);
        let message =
            message(&body).unwrap_or_else(|| status.canonical_reason().unwrap_or("an error without a word").to_owned());
        let mut error = Self::new(kind, message);
        error.0.status = Some(status);
        error.0.headers = headers;
        error.0.body = Some(Box::new(body));
        error
    }

    /// The server sends elsewhere, and is not followed.
    pub(crate) fn of_redirect(status: StatusCode, headers: &HeaderMap, secret: &Secret) -> Self {
        let target = headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        let mut error = Self::new(
            ErrorKind::Redirect,
            format!(
                "the server sends to `{}`, which is not followed, so that neither key nor message goes where it should \
                 not; if that is the server, use its address as the base URL",
                clip(&secret.hide(target.unwrap_or_default()))
            ),
        );
        error.0.status = Some(status);
        error.0.headers = headers.clone();
        error
    }

    pub(crate) fn of_transport(error: reqwest::Error) -> Self {
        // The address may hold what nobody should read in a log, and the operation says enough.
        let error = error.without_url();
        let (kind, message) = if tls::is_failure(&error) {
            (
                ErrorKind::Tls,
                format!(
                    "TLS failed ({}); if the server's certificate is your own, give it to `RequestOptions::root_certificates`",
                    root_cause(&error)
                ),
            )
        } else if error.is_timeout() {
            (ErrorKind::Timeout, "no answer within the timeout".to_owned())
        } else if error.is_builder() {
            (ErrorKind::InvalidRequest, format!("the request cannot be built ({})", root_cause(&error)))
        } else if error.is_connect() {
            (ErrorKind::Connection, format!("no connection to the server ({})", root_cause(&error)))
        } else {
            (ErrorKind::Connection, format!("the connection broke ({})", root_cause(&error)))
        };
        Self::new(kind, message).with_source(error)
    }

    /// Decodes once more to learn where it fails, so that a success need not keep count.
    pub(crate) fn undecodable<T: DeserializeOwned>(body: &Bytes, secret: &Secret) -> Self {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let result = serde_path_to_error::deserialize::<_, T>(&mut deserializer);
        let (path, source) = match result {
            Err(error) => (error.path().to_string(), error.into_inner()),
            Ok(_) => match deserializer.end() {
                Err(error) => (".".to_owned(), error),
                Ok(()) => return Self::new(ErrorKind::Decode, "the answer could not be read, and then it could"),
            },
        };
        // serde repeats the value that it did not expect, however long it is.
        let why = clip(&secret.hide(source.to_string()));
        let path = secret.hide(path).into_owned();
        let body = secret.hide(String::from_utf8_lossy(body));
        Self::of_body(format!("the answer is not what the document says, at `{path}`: {why}"), path, body.as_bytes())
    }

    /// An answer that arrived well and cannot be read, at this path.
    pub(crate) fn of_body(message: String, path: String, body: &[u8]) -> Self {
        let body = clipped_body(body);
        let mut error = Self::new(ErrorKind::Decode, message);
        error.0.decode = Some(Undecodable { path, body });
        error
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, in the server's own words where it had any.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed; `None` where none was begun, and where the document does not know what was requested.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// The HTTP status of the answer; `None` where there was no answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The headers of the answer; empty where there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The whole error body, where the server sent one. That of a 500 repeats the request.
    pub fn body(&self) -> Option<&ErrorBody> {
        self.0.body.as_deref()
    }

    /// The state that the session is in, where that is the reason.
    pub fn session_status(&self) -> Option<SessionStatus> {
        if self.0.kind != ErrorKind::SessionNotReady {
            return None;
        }
        self.body()?.status.as_deref().map(SessionStatus::from)
    }

    /// The states in which the call would have worked, where that is the reason.
    pub fn expected_statuses(&self) -> Vec<SessionStatus> {
        if self.0.kind != ErrorKind::SessionNotReady {
            return Vec::new();
        }
        let expected = self.body().and_then(|body| body.expected.as_deref()).unwrap_or_default();
        expected.iter().map(|status| SessionStatus::from(status.as_str())).collect()
    }

    /// How long to wait: what the server asks for by `Retry-After`, which holds seconds or a date, or when
    /// [`RefreshLimits`](crate::RefreshLimits) allow the next refresh; `None` where neither says.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after.or_else(|| crate::http::retry::retry_after(&self.0.headers))
    }

    /// Where in the answer decoding failed, such as `[3].status`; `.` is the answer as a whole.
    pub fn json_path(&self) -> Option<&str> {
        self.0.decode.as_ref().map(|decode| decode.path.as_str())
    }

    /// The beginning of the answer that could not be read: 2 KiB at most.
    pub fn clipped_body(&self) -> Option<&str> {
        self.0.decode.as_ref().map(|decode| decode.body.as_str())
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
    *sent = clipped_body(text.as_bytes()).into();
    body.request = Json::new(&request).ok();
}

/// The beginning of a body, and how long it is.
fn clipped_body(body: &[u8]) -> String {
    let clipped = String::from_utf8_lossy(&body[..body.len().min(CLIPPED_BODY)]);
    if body.len() > CLIPPED_BODY { format!("{clipped}… ({} bytes)", body.len()) } else { clipped.into_owned() }
}

/// The kind of an error answer. Where WAHA's statuses say too little, the body decides.
fn kind(status: StatusCode, body: &ErrorBody) -> ErrorKind {
    match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        // Express' words for a route that this release of the server does not have.
        404 if body.message.as_ref().is_some_and(|message| message.as_str().starts_with("\"Cannot ")) => {
            ErrorKind::NotSupported
        }
        404 => ErrorKind::NotFound,
        422 if body.session.is_some() && body.status.is_some() => ErrorKind::SessionNotReady,
        422 if body.session.is_some() => ErrorKind::NotFound,
        400 | 413 | 422 => ErrorKind::InvalidRequest,
        408 | 504 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited,
        501 => ErrorKind::NotSupported,
        500..=599 if is_rate_overlimit(body) => ErrorKind::RateLimited,
        // A body over 50 MB is the server's own failure to it.
        500 if thrown(body, "PayloadTooLargeError") => ErrorKind::InvalidRequest,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Other,
    }
}

/// WhatsApp's refusal to be asked so often, as the engines pass it on: by name, or as a number in the exception's data.
fn is_rate_overlimit(body: &ErrorBody) -> bool {
    let data = body.exception.as_ref().and_then(|exception| exception.data.as_ref());
    thrown(body, "rate-overlimit") || data.and_then(|data| data.parse::<i64>().ok()) == Some(429)
}

/// Whether what was thrown inside the server has this in its name or its message.
fn thrown(body: &ErrorBody, words: &str) -> bool {
    let texts = body.exception.iter().flat_map(|exception| [&exception.name, &exception.message]);
    texts.flatten().any(|text| text.contains(words))
}

/// The server's own words, from whichever member holds them.
fn message(body: &ErrorBody) -> Option<String> {
    let texts = |json: &Json| match json.parse::<Vec<Json>>() {
        Ok(lines) => Some(lines.iter().map(line).collect::<Vec<_>>().join("; ")),
        Err(_) => json.parse::<String>().ok().or_else(|| json.get::<String>("/message").ok().flatten()),
    };
    let exception = body.exception.as_ref();
    let candidates = [
        body.message.as_ref().and_then(texts),
        body.detail.clone(),
        exception.and_then(|exception| exception.message.clone()),
        exception.and_then(|exception| exception.name.clone()),
        body.error.as_ref().and_then(texts),
    ];
    let found = candidates.into_iter().flatten().find(|text| !text.trim().is_empty())?;
    Some(clip(found.trim()))
}

/// A line of a list of messages: mostly a string.
fn line(json: &Json) -> String {
    json.parse().unwrap_or_else(|_| json.as_str().to_owned())
}

fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        match (&inner.request, inner.operation) {
            (Some(request), _) => write!(f, "{request}: ")?,
            (None, Some(operation)) => write!(f, "{}: ", operation.id())?,
            (None, None) => {}
        }
        if let Some(status) = inner.status {
            write!(f, "HTTP {}: ", status.as_u16())?;
        }
        for (i, line) in inner.message.lines().enumerate() {
            f.write_str(if i == 0 { "" } else { " " })?;
            // Somebody else's words may not move the cursor of a terminal.
            f.write_str(&line.trim().replace(char::is_control, " "))?;
        }
        if let Some(hint) = inner.hint {
            return write!(f, " ({hint})");
        }
        match inner.kind {
            ErrorKind::Unauthorized => f.write_str(" (the server wants an API key that it knows)")?,
            ErrorKind::SessionNotReady => {
                let status = self.session_status();
                let expected: Vec<_> = self.expected_statuses().iter().map(ToString::to_string).collect();
                let status = status.as_ref().map_or("unknown", SessionStatus::as_str);
                write!(f, " (the session is {status}")?;
                if !expected.is_empty() {
                    write!(f, "; the call needs {}", expected.join(" or "))?;
                }
                f.write_str(")")?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &inner.operation)
            .field("request", &inner.request)
            .field("status", &inner.status)
            .field("message", &inner.message)
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// For what takes an id in any form: one that is an id already needs no check.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
