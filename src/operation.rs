use std::{fmt, time::Duration};

use crate::path;

include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// How long a call may take by default.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a call may take by default if a file is sent or has to be made.
pub(crate) const FILE_TIMEOUT: Duration = Duration::from_secs(300);

/// The download of a file, of which the document says nothing.
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
};

/// An operation of the API, as the document names it.
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
}

/// What a success carries, as far as the wire is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    Nothing,
    Json,
    Text,
    Bytes,
}

impl Operation {
    /// All operations of the document that this client was generated from, sorted by id.
    pub fn all() -> &'static [Self] {
        &OPERATIONS
    }

    /// The operation with this id.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        let found = OPERATIONS.binary_search_by(|operation| operation.id.cmp(id));
        found.ok().map(|position| &OPERATIONS[position])
    }

    /// The operation that a request of this method and path, as it is sent, is for: where several could be meant, the one
    /// that spells more of the path out.
    pub(crate) fn of_request(method: &str, path: &str) -> Option<&'static Self> {
        // A server answers a HEAD by doing what it does for a GET.
        let method = if method == "HEAD" { "GET" } else { method };
        let fitting =
            OPERATIONS.iter().filter(|operation| operation.method == method && path::fits(operation.path, path));
        fitting.min_by_key(|operation| operation.path.matches('{').count())
    }

    /// A request that the document does not know. Nobody knows what the server does for it: it is not repeated.
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
        }
    }

    /// `operationId`: the resource and the action, joined by `_`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// HTTP method, in upper case.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Path template, such as `/api/{session}/chats`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The resource: the name of the method that leads to it from a [`Session`](crate::Session) or a
    /// [`Client`](crate::Client).
    pub fn resource(&self) -> &'static str {
        self.resource
    }

    /// Whether sending it twice does no more than sending it once: it reads, sets or deletes something, and sends no
    /// message.
    pub fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// How long a call may take where nobody says otherwise: [`RequestOptions::DEFAULT_TIMEOUT`](crate::RequestOptions::DEFAULT_TIMEOUT), or
    /// [`RequestOptions::DEFAULT_FILE_TIMEOUT`](crate::RequestOptions::DEFAULT_FILE_TIMEOUT) where a file is in the request or has to be made for the answer.
    pub fn default_timeout(&self) -> Duration {
        if self.handles_file { FILE_TIMEOUT } else { TIMEOUT }
    }

    /// Whether WAHA calls it deprecated.
    pub fn is_deprecated(&self) -> bool {
        self.deprecated
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Operation({}: {} {})", self.id, self.method, self.path)
    }
}
