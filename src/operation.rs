use std::{fmt, time::Duration};

use crate::{path, redaction::Place};

include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// How long a call may take by default.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a call may take by default if it sends a file, or makes the server generate one.
pub(crate) const FILE_TIMEOUT: Duration = Duration::from_secs(300);

/// The download of a file, which the document does not describe.
pub(crate) static DOWNLOAD: Operation = Operation {
    id: "download",
    method: "GET",
    path: "/api/files/{session}/{file}",
    resource: "media",
    since: None,
    deprecated: false,
    repeatable: true,
    answer: Answer::Bytes,
    handles_file: true,
    accept: None,
    secrets: Secrets { sent: &[], received: &[] },
};

/// The connection over which events come, which the document does not describe.
#[cfg(feature = "ws")]
pub(crate) static EVENTS: Operation = Operation {
    id: "events",
    method: "GET",
    path: "/ws",
    resource: "events",
    since: None,
    deprecated: false,
    repeatable: true,
    answer: Answer::Upgrade,
    handles_file: false,
    accept: None,
    secrets: Secrets { sent: &[], received: &[] },
};

/// An operation of the API, as described by the OpenAPI document.
///
/// ```
/// use waha::Operation;
///
/// let send = Operation::by_id("chatting_send_text").unwrap();
/// assert_eq!(send, Operation::CHATTING_SEND_TEXT);
/// assert_eq!((send.id(), send.resource()), ("chatting_send_text", "chatting"));
/// assert_eq!((send.method(), send.path()), ("POST", "/api/sendText"));
/// assert!(!send.is_repeatable() && !send.is_deprecated());
/// assert_eq!(send.default_timeout().as_secs(), 60);
/// println!("{} operations", Operation::all().len());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operation {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    resource: &'static str,
    since: Option<Since>,
    deprecated: bool,
    pub(crate) repeatable: bool,
    pub(crate) answer: Answer,
    handles_file: bool,
    /// Overrides the generated `Accept`.
    pub(crate) accept: Option<&'static str>,
    pub(crate) secrets: Secrets,
}

/// The release of WAHA since which an operation exists; returned by [`Operation::since`].
///
/// ```
/// use waha::Operation;
///
/// let since = Operation::CHATTING_SEND_STICKER.since().expect("every operation of the document says it");
/// assert_eq!((since.release(), since.or_older()), ("2026.8.2", false));
/// assert_eq!(since.to_string(), "2026.8.2");
///
/// let since = Operation::CHATTING_SEND_TEXT.since().expect("every operation of the document says it");
/// assert!(since.or_older());
/// assert_eq!(since.to_string(), "2026.7.1 or older");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Since {
    release: &'static str,
    or_older: bool,
}

impl Since {
    /// Returns the first release that is known to have the operation, and from which on all known ones have it.
    ///
    /// Not every release is known: if the one before it is not, that one may have the operation as well.
    pub fn release(&self) -> &'static str {
        self.release
    }

    /// Returns whether [`release`](Self::release) is the oldest release that is known, so that older ones may have the
    /// operation as well.
    pub fn or_older(&self) -> bool {
        self.or_older
    }
}

/// `2026.8.2`, or `2026.7.1 or older`.
impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.release)?;
        if self.or_older { f.write_str(" or older") } else { Ok(()) }
    }
}

/// Where the JSON of an operation has secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Secrets {
    /// In the body of a request.
    pub(crate) sent: &'static [Place],
    /// In a success.
    pub(crate) received: &'static [Place],
}

/// The form of the body of a successful answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    Nothing,
    Json,
    Text,
    Bytes,
    /// None: the connection is handed over to another protocol.
    #[cfg(feature = "ws")]
    Upgrade,
}

impl Operation {
    /// Returns all operations of the document that this client was generated from, sorted by id.
    pub fn all() -> &'static [Self] {
        &OPERATIONS
    }

    /// Returns the operation with this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        let found = OPERATIONS.binary_search_by(|operation| operation.id.cmp(id));
        found.ok().map(|position| &OPERATIONS[position])
    }

    /// Returns the operation that matches the method and the path of a request. If several match, this is the one with
    /// the fewest parameters in its path.
    pub(crate) fn of_request(method: &str, path: &str) -> Option<&'static Self> {
        // The server handles a HEAD like a GET.
        let method = if method == "HEAD" { "GET" } else { method };
        let fitting =
            OPERATIONS.iter().filter(|operation| operation.method == method && path::fits(operation.path, path));
        fitting.min_by_key(|operation| operation.path.matches('{').count())
    }

    /// Returns the operation of a request that is not in the document. Its effect is unknown, so it is not repeatable.
    pub(crate) fn unlisted() -> Self {
        Self {
            id: "",
            method: "",
            path: "",
            resource: "",
            since: None,
            deprecated: false,
            repeatable: false,
            answer: Answer::Json,
            handles_file: false,
            accept: None,
            secrets: Secrets { sent: &[], received: &[] },
        }
    }

    /// Returns the `operationId`: the resource and the action, joined by `_`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Returns the HTTP method, in upper case.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Returns the path template, such as `/api/{session}/chats`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// Returns the resource: the name of the method of [`Session`](crate::Session) or [`Client`](crate::Client) that
    /// gives access to the operation.
    pub fn resource(&self) -> &'static str {
        self.resource
    }

    /// Returns since which release of WAHA the operation exists; `None` for what the document does not describe, such as
    /// the download of a file. A call of an operation that the server is too old for ends with
    /// [`ErrorKind::NotSupported`](crate::ErrorKind::NotSupported), and the error names both releases.
    ///
    /// ```
    /// let since = waha::Operation::CHATTING_SEND_STICKER.since();
    /// assert_eq!(since.map(|since| since.release()), Some("2026.8.2"));
    /// ```
    pub fn since(&self) -> Option<Since> {
        self.since
    }

    /// Returns whether the operation is idempotent, so that it is safe to repeat: it reads, sets or deletes something,
    /// and sends no message.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Returns how long a call may take by default:
    /// [`RequestOptions::DEFAULT_FILE_TIMEOUT`](crate::RequestOptions::DEFAULT_FILE_TIMEOUT) if it sends a file or makes
    /// the server generate one, otherwise
    /// [`RequestOptions::DEFAULT_TIMEOUT`](crate::RequestOptions::DEFAULT_TIMEOUT).
    pub fn default_timeout(&self) -> Duration {
        if self.handles_file { FILE_TIMEOUT } else { TIMEOUT }
    }

    /// Returns the same operation for a request that is safe to repeat.
    pub(crate) fn repeatable(self) -> Self {
        Self { repeatable: true, ..self }
    }

    /// Whether it sends a file, or makes the server generate one.
    pub(crate) fn handles_file(&self) -> bool {
        self.handles_file
    }

    /// Returns whether WAHA has deprecated the operation.
    pub fn is_deprecated(&self) -> bool {
        self.deprecated
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operation({}: {} {})", self.id, self.method, self.path)
    }
}
