//! How the program ends: exit codes for scripts, and what is said on stderr.

use std::{fmt, io, process::ExitCode};

use anstyle::{AnsiColor, Style};
use waha::{Error, ErrorKind};

use crate::text;

/// Why the program failed, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Other = 1,
    Usage = 2,
    NotFound = 3,
    NotAllowed = 4,
    NotReady = 5,
    RateLimited = 6,
    Timeout = 7,
    MaybeSent = 8,
    NoConnection = 9,
    NotSupported = 10,
    ServerFailed = 11,
    Partial = 12,
    AlreadyExists = 13,
    Interrupted = 130,
}

/// What each exit code means, in order; the README has the same table.
pub const CODES: [(u8, &str); 15] = [
    (0, "done"),
    (Code::Other as u8, "another failure, such as a file that cannot be written"),
    (Code::Usage as u8, "usage: the command line, the configuration or the request is wrong; nothing was done"),
    (Code::NotFound as u8, "the server has no such thing, or no such session"),
    (Code::NotAllowed as u8, "the key is refused, or something is not allowed"),
    (Code::NotReady as u8, "the session is not ready: not started, or not paired with a phone"),
    (Code::RateLimited as u8, "too many requests, by the server or by WhatsApp; try again later"),
    (Code::Timeout as u8, "no answer in time; nothing was sent"),
    (Code::MaybeSent as u8, "maybe sent: it failed after it could have reached the server. Look before you repeat it"),
    (Code::NoConnection as u8, "the server cannot be reached, or its certificate is not trusted"),
    (Code::NotSupported as u8, "the session's engine or the server cannot do this"),
    (Code::ServerFailed as u8, "the server failed, or its answer cannot be read"),
    (Code::Partial as u8, "of several things some failed: see the output"),
    (Code::AlreadyExists as u8, "it exists already"),
    (Code::Interrupted as u8, "stopped by Ctrl-C"),
];

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    pub code: Code,
    message: String,
    hint: Option<String>,
    /// The reader of the output has gone, which is no failure.
    is_pipe: bool,
    /// It was told on stderr already.
    is_told: bool,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, is_pipe: false, is_told: false }
    }

    /// A wrong command line or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// A failure that was told on stderr already.
    pub fn told(code: Code) -> Self {
        Self { is_told: true, ..Self::new(code, "") }
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An input or output error with a file.
    pub fn file(what: impl fmt::Display, error: &io::Error) -> Self {
        Self::new(Code::Other, format!("{what}: {error}"))
    }

    /// Of a call that may not be repeated, although the document does not know it.
    pub fn of_unknown_call(error: Error) -> Self {
        let may_have_arrived = error.may_have_arrived();
        let failure = Self::from(error);
        if may_have_arrived { failure.maybe_sent() } else { failure }
    }

    fn maybe_sent(mut self) -> Self {
        self.code = Code::MaybeSent;
        self.hint("it may have been done all the same: look before you repeat it")
    }

    /// Tells it on stderr, and returns the exit code.
    pub fn report(&self) -> ExitCode {
        if self.is_pipe {
            return ExitCode::SUCCESS;
        }
        if self.is_told {
            return ExitCode::from(self.code as u8);
        }
        text::complain("error", ERROR, &self.message);
        if let Some(hint) = &self.hint {
            text::complain("hint", HINT, hint);
        }
        ExitCode::from(self.code as u8)
    }
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (code, hint) = match error.kind() {
            ErrorKind::Configuration | ErrorKind::InvalidRequest => (Code::Usage, address_hint(error.message())),
            ErrorKind::Unauthorized => {
                (Code::NotAllowed, Some("set WAHA_API_KEY, or save the key: waha login --key-stdin"))
            }
            ErrorKind::Forbidden => (Code::NotAllowed, None),
            ErrorKind::NotFound => (Code::NotFound, Some("waha sessions list shows which sessions there are")),
            ErrorKind::AlreadyExists => (Code::AlreadyExists, None),
            ErrorKind::SessionNotReady => {
                (Code::NotReady, Some("waha login starts the session, and pairs it with a phone if it has to"))
            }
            ErrorKind::RateLimited => (Code::RateLimited, Some("wait a while before you repeat it")),
            ErrorKind::NotSupported => (Code::NotSupported, Some("waha doctor shows the engine and the version")),
            ErrorKind::Timeout => (Code::Timeout, Some("--timeout SECONDS waits longer")),
            ErrorKind::Connection => {
                (Code::NoConnection, Some("is the address right, and the server up? waha doctor looks closer"))
            }
            ErrorKind::Tls => (Code::NoConnection, None),
            ErrorKind::Server | ErrorKind::Decode => (Code::ServerFailed, None),
            _ => (Code::Other, None),
        };
        // Whether the session is unknown, or what it was asked for, is in the message.
        let hint = hint.filter(|_| code != Code::NotFound || error.message().to_lowercase().contains("session"));
        // What the library says to programs about a message that was looked for is no help at the command line.
        let message = match error.kind() {
            ErrorKind::MaybeSent => error.message().to_owned(),
            _ => error.to_string(),
        };
        let failure = Self::new(code, message);
        let failure = match (hint, error.retry_after()) {
            (_, Some(time)) => failure.hint(format!("wait {} s before you repeat it", time.as_secs().max(1))),
            (Some(hint), None) => failure.hint(hint),
            (None, None) => failure,
        };
        let is_once = error.operation().is_some_and(|operation| !operation.is_repeatable());
        if is_once && error.may_have_arrived() { failure.maybe_sent() } else { failure }
    }
}

/// What to do about an address that is none.
fn address_hint(message: &str) -> Option<&'static str> {
    let is_address = message.contains("URL") && (message.contains("http://") || message.contains("scheme"));
    is_address.then_some("an address looks like http://localhost:3000")
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { is_pipe, ..Self::new(Code::Other, format!("the output cannot be written: {error}")) }
    }
}
