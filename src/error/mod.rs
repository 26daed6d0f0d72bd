mod body;
mod convert;
mod kind;

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use http::{HeaderMap, StatusCode};

pub use body::{ErrorBody, ErrorException};
pub(crate) use convert::is_tls_failure;
pub use kind::ErrorKind;
pub(crate) use kind::{is_gateway_failure, retry_after};

pub(crate) use crate::text::clip;
use crate::{
    open_enum::SessionStatus,
    operation::{Operation, Since},
    redaction::Redactor,
    text,
};

/// What went wrong with a call, or with the making of a client.
///
/// `Display` prints one line of bounded length, without anything that a terminal obeys: the operation, what happened, the
/// server's own words. `Debug` adds the kind and the causes on lines below, so that a `main` that returns it prints a text for
/// people; `{:#?}` prints all on one line. [`kind`](Self::kind) is for programs; the other methods give the details. Nothing of it shows the API key: where the server repeats it, `***` stands in its place.
///
/// ```no_run
/// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
/// use waha::ErrorKind;
///
/// let Err(error) = chat.send_text("hi").await else { return Ok(()) };
/// eprintln!("{error}"); // for people
/// match error.kind() {
///     ErrorKind::RateLimited => println!("again in {:?}", error.retry_after()),
///     ErrorKind::SessionNotReady => println!("{:?}, not {:?}", error.session_status(), error.expected_statuses()),
///     ErrorKind::Decode => println!("unlike an answer at {:?}: {:?}", error.json_path(), error.clipped_body()),
///     _ => println!("{}", error.message()),
/// }
/// let operation = error.operation().map(|operation| operation.id());
/// println!("{operation:?}: {:?}, {} headers, {:?}", error.status(), error.headers().len(), error.body());
/// # Ok(())
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static Operation>,
    /// Method and path of a request that a caller wrote.
    request: Option<String>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Option<Box<ErrorBody>>,
    decode: Option<Undecodable>,
    retry_after: Option<Duration>,
    attempts: u32,
    /// Whether it is known that the server did not process the request, of which there was no answer.
    unprocessed: bool,
    /// The full id of the message that was to be sent.
    message_id: Option<String>,
    /// Whether the server was asked for the message afterwards, and did not have it.
    was_not_found: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
    hint: Option<Cow<'static, str>>,
}

struct Undecodable {
    path: String,
    body: String,
}

/// How much of an answer that cannot be read is kept, in bytes.
const CLIPPED_BODY: usize = 2048;

/// How many statuses a text names.
const MAX_STATUSES: usize = 10;

impl Error {
    /// Makes an error. The message is clipped and made printable; line feeds remain.
    pub(crate) fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: text::printable(&clip(message.as_ref())).into_owned(),
            operation: None,
            request: None,
            status: None,
            headers: HeaderMap::new(),
            body: None,
            decode: None,
            retry_after: None,
            attempts: 0,
            unprocessed: false,
            message_id: None,
            was_not_found: false,
            source: None,
            hint: None,
        }))
    }

    /// Adds the cause.
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the time after which the call could work.
    pub(crate) fn with_retry_after(mut self, time: Duration) -> Self {
        self.0.retry_after = Some(time);
        self
    }

    /// Adds how often the request was sent.
    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Adds that the server did not process the request.
    pub(crate) fn with_unprocessed(mut self, unprocessed: bool) -> Self {
        self.0.unprocessed = unprocessed;
        self
    }

    /// Adds the id of the message that was to be sent.
    pub(crate) fn with_message_id(mut self, id: Option<impl Into<String>>) -> Self {
        self.0.message_id = id.map(Into::into);
        self
    }

    /// Adds that the server was asked for the message, and did not have it.
    pub(crate) fn with_not_found(mut self, was_not_found: bool) -> Self {
        self.0.was_not_found = was_not_found;
        self
    }

    /// Whether the request was sent more than once, so that the error is only the last of several.
    pub(crate) fn was_retried(&self) -> bool {
        self.0.attempts > 1
    }

    /// Adds what to do about it.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Whether the server does not know the path of the operation.
    pub(crate) fn is_missing_route(&self) -> bool {
        self.0.kind == ErrorKind::NotSupported && self.0.status == Some(StatusCode::NOT_FOUND)
    }

    /// Adds since when the operation exists, and of which release the server is, if that is known.
    pub(crate) fn with_since(self, since: Since, server: Option<&str>) -> Self {
        self.with_hint(kind::missing_route_hint(since, server))
    }

    /// Adds the operation.
    pub(crate) fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation = Some(operation);
        self
    }

    /// Like [`with_operation`](Self::with_operation); keeps the current one on `None`.
    pub(crate) fn with_known_operation(mut self, operation: Option<&'static Operation>) -> Self {
        self.0.operation = operation.or(self.0.operation);
        self
    }

    /// Adds method and path of a request that a caller wrote. It may have been refused, so that anything can be in it.
    pub(crate) fn with_request(mut self, method: &http::Method, path: &str) -> Self {
        self.0.request = Some(format!("{method} {}", text::line(path)));
        self
    }

    /// Adds status and headers of the answer, unless the error has them already.
    pub(crate) fn with_answer(mut self, status: StatusCode, headers: &HeaderMap, redactor: &Redactor) -> Self {
        if self.0.status.is_none() {
            self.0.status = Some(status);
            self.0.headers = headers.clone();
            redactor.hide_in_headers(&mut self.0.headers);
        }
        self
    }

    /// Adds the body of an error answer.
    fn with_body(mut self, body: ErrorBody) -> Self {
        self.0.body = Some(Box::new(body));
        self
    }

    /// Returns what kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what happened, in the server's own words where it had any: 500 characters at most, line feeds included.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns whether the server may have done what was asked, although the call has failed: a message may have been sent. If
    /// not, the call can be repeated without sending anything twice.
    ///
    /// It is `true` after a timeout or a broken connection, unless nothing was sent yet; after an answer that cannot be read;
    /// and where the server or a proxy before it has failed (5xx). It is `false` where the client or the server refused.
    ///
    /// ```no_run
    /// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
    /// if let Err(error) = chat.send_text("hi").await {
    ///     match error.may_have_arrived() {
    ///         true => println!("look at the chat before you send it again: {error}"),
    ///         false => println!("not sent: {error}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn may_have_arrived(&self) -> bool {
        let inner = &self.0;
        match inner.kind {
            _ if inner.unprocessed => false,
            ErrorKind::MaybeSent => true,
            ErrorKind::Connection | ErrorKind::Timeout => match inner.status {
                // A proxy before the server, or the server itself, gave up waiting.
                Some(_) => true,
                None => inner.attempts > 0,
            },
            ErrorKind::Decode | ErrorKind::Server => true,
            // The answer to a request that was processed.
            ErrorKind::Redirect => inner.status == Some(StatusCode::SEE_OTHER),
            ErrorKind::Other => inner.status.is_none() && inner.attempts > 0,
            _ => false,
        }
    }

    /// Returns the full id of the message that was to be sent, where it was chosen before: by [`Once`](crate::handles::Once)
    /// on GOWS and NOWEB. [`Session::outcome_of`](crate::Session::outcome_of) tells later what has become of the message.
    ///
    /// ```no_run
    /// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
    /// if let Err(error) = chat.send_text("Your order is on its way").once().await {
    ///     match error.message_id() {
    ///         Some(_) if error.was_not_found() => println!("most likely not sent: {error}"),
    ///         Some(id) => println!("ask again later for {id}: {error}"),
    ///         None => return Err(error),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn message_id(&self) -> Option<&str> {
        self.0.message_id.as_deref()
    }

    /// Returns whether the server was asked for the message after the failure, and did not have it for the whole
    /// [settle time](crate::handles::Once::settle_time): the message was not sent, unless the server still works on it. `false`
    /// where the server was not asked, or gave no answer that tells.
    pub fn was_not_found(&self) -> bool {
        self.0.was_not_found
    }

    /// Returns the operation that failed; `None` where none was begun, and where the document does not know what was
    /// requested.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// Returns the HTTP status of the answer; `None` where there was no answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the headers of the answer; empty where there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the error body, where the server sent one. That of a 500 repeats the request.
    pub fn body(&self) -> Option<&ErrorBody> {
        self.0.body.as_deref()
    }

    /// Returns the status that the session has, where that is the reason.
    pub fn session_status(&self) -> Option<SessionStatus> {
        if self.0.kind != ErrorKind::SessionNotReady {
            return None;
        }
        self.body()?.status.as_deref().map(|status| SessionStatus::from(text::line(status)))
    }

    /// Returns the statuses in which the call would have worked, where that is the reason: ten at most.
    pub fn expected_statuses(&self) -> Vec<SessionStatus> {
        if self.0.kind != ErrorKind::SessionNotReady {
            return Vec::new();
        }
        let expected = self.body().and_then(|body| body.expected.as_deref()).unwrap_or_default();
        expected.iter().take(MAX_STATUSES).map(|status| SessionStatus::from(text::line(status))).collect()
    }

    /// Returns how long to wait: what the server asks for by `Retry-After`, which holds seconds or a date, or when
    /// [`RefreshLimits`](crate::RefreshLimits) allow the next refresh; `None` where neither says.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after.or_else(|| retry_after(&self.0.headers))
    }

    /// Returns where in the answer decoding failed, such as `[3].status`; `.` is the answer as a whole.
    pub fn json_path(&self) -> Option<&str> {
        self.0.decode.as_ref().map(|decode| decode.path.as_str())
    }

    /// Returns the beginning of the answer that could not be read: 2 KiB at most.
    pub fn clipped_body(&self) -> Option<&str> {
        self.0.decode.as_ref().map(|decode| decode.body.as_str())
    }
}

/// One line; every text in it is made printable.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        match (&inner.request, inner.operation) {
            (Some(request), _) => write!(f, "{}: ", text::line(request))?,
            (None, Some(operation)) => write!(f, "{}: ", operation.id())?,
            (None, None) => {}
        }
        if let Some(status) = inner.status {
            write!(f, "HTTP {}: ", status.as_u16())?;
        }
        f.write_str(&text::line(&inner.message))?;
        if let Some(hint) = &inner.hint {
            return write!(f, " ({})", text::line(hint));
        }
        if inner.kind == ErrorKind::SessionNotReady {
            let status = self.session_status();
            write!(f, " (the session is {}", status.as_ref().map_or("unknown", SessionStatus::as_str))?;
            let expected: Vec<_> = self.expected_statuses().iter().map(ToString::to_string).collect();
            if !expected.is_empty() {
                write!(f, "; the call needs {}", text::line(&expected.join(" or ")))?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// What `Display` prints, and below it the kind and the causes; `{:#?}` prints all on one line.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_on_one_line = f.alternate();
        match is_on_one_line {
            true => write!(f, "{:?}: {self}", self.0.kind)?,
            false => write!(f, "{self}\n\nKind: {:?}", self.0.kind)?,
        }
        let mut cause = self.source();
        while let Some(error) = cause {
            let before = if is_on_one_line { "; caused by: " } else { "\nCaused by: " };
            write!(f, "{before}{}", text::line(&error.to_string()))?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// For functions that take an id in any form: one that is an id already needs no check.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}
