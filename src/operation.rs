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
    deprecated: bool,
    pub(crate) repeatable: bool,
    pub(crate) answer: Answer,
    handles_file: bool,
    /// Overrides the generated `Accept`.
    pub(crate) accept: Option<&'static str>,
    pub(crate) secrets: Secrets,
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
