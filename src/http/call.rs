//! One call: what it asks for, and what it has learnt so far.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering},
};

use http::{Method, StatusCode};
use reqwest::Request;

use super::{
    exchange::{Exchange, exchange},
    redirect::Redirects,
    trace::Span,
};
use crate::{
    Client,
    error::{Error, ErrorKind},
    generated,
    media::{Files, TakeFiles},
    operation::Operation,
    path,
    redaction::{self, Redactor},
};

/// A call that is being set up.
pub(crate) struct Call {
    client: Client,
    target: Target,
    operation: Operation,
    files: Files,
}

/// What a call asks for.
pub(crate) enum Target {
    /// An operation, by its builder.
    Operation(&'static Operation),
    /// A request that somebody wrote, with method and path as they were written. The operation that the document knows it
    /// as, if any.
    Request { method: Method, path: String, operation: Option<&'static Operation> },
}

impl Call {
    /// A call of an operation.
    pub(crate) fn new(client: Client, operation: &'static Operation) -> Self {
        Self { client, target: Target::Operation(operation), operation: *operation, files: Files::default() }
    }

    /// A call of a request that somebody wrote, which is treated as `operation`.
    pub(crate) fn of_request(client: Client, target: Target, operation: Operation) -> Self {
        Self { client, target, operation, files: Files::default() }
    }

    /// Takes the files out of a body. They travel beside it, and are read while it is sent.
    pub(crate) fn take_files(&mut self, body: &mut impl TakeFiles) {
        body.take_files(&mut self.files);
    }

    /// Checks the values for the path of the operation, by their names.
    ///
    /// # Errors
    ///
    /// A value is empty, `.` or `..`: the path would lead elsewhere ([`ErrorKind::InvalidRequest`]).
    pub(crate) fn check_path(&self, values: &[(&str, &str)]) -> Result<(), Error> {
        path::check(values).map_err(|problem| self.refuse(problem))
    }

    /// The error of a call that cannot be sent.
    pub(crate) fn refuse(&self, problem: String) -> Error {
        let problem = self.client.redactor().hide(problem).into_owned();
        self.target.attach_to(Error::new(ErrorKind::InvalidRequest, problem))
    }

    /// Returns a generated client, whose functions build the request.
    ///
    /// # Errors
    ///
    /// The client's options do not work ([`ErrorKind::Configuration`]).
    pub(crate) fn generated(&self) -> Result<generated::Client, Error> {
        self.check_options()?;
        Ok(generated::Client::builds(self.client.shared_base_url()))
    }

    fn check_options(&self) -> Result<(), Error> {
        match self.client.broken() {
            Some(why) => Err(self.target.attach_to(Error::new(ErrorKind::Configuration, why))),
            None => Ok(()),
        }
    }

    /// Begins the call with the request that a generated function has built. Nothing is sent before it is awaited.
    ///
    /// # Errors
    ///
    /// It has built none.
    pub(crate) fn begin(self, request: Result<Request, String>) -> Result<Exchange, Error> {
        match request {
            Ok(request) => Ok(exchange(self, request, Redirects::within_the_server())),
            Err(why) => Err(self.refuse(why)),
        }
    }

    /// Begins the call with a request that somebody wrote.
    ///
    /// # Errors
    ///
    /// The client's options do not work ([`ErrorKind::Configuration`]).
    pub(crate) fn begin_written(self, request: Request, redirects: Redirects) -> Result<Exchange, Error> {
        self.check_options()?;
        Ok(exchange(self, request, redirects))
    }

    /// Begins the call, and returns its state.
    pub(super) fn start(self) -> CallState {
        let Self { client, target, operation, files } = self;
        let span = Span::new(&target, &client);
        CallState {
            client,
            target,
            operation,
            files,
            span,
            own_redactor: OnceLock::new(),
            is_waiting: AtomicBool::new(false),
            attempts: AtomicU32::new(0),
            status: AtomicU16::new(0),
        }
    }
}

impl Target {
    /// The operation, if the document knows it.
    pub(crate) fn operation(&self) -> Option<&'static Operation> {
        match self {
            Self::Operation(operation) => Some(operation),
            Self::Request { operation, .. } => *operation,
        }
    }

    /// Says in an error what failed.
    pub(crate) fn attach_to(&self, error: Error) -> Error {
        match self {
            Self::Operation(operation) => error.with_operation(operation),
            Self::Request { method, path, operation } => {
                error.with_request(method, path).with_known_operation(*operation)
            }
        }
    }
}

/// A call that has begun.
pub(crate) struct CallState {
    pub(crate) client: Client,
    pub(crate) target: Target,
    pub(crate) operation: Operation,
    pub(crate) files: Files,
    pub(crate) span: Span,
    /// Hides the secrets of its request and answer as well, if there are any.
    own_redactor: OnceLock<Redactor>,
    /// Whether it waits for its turn.
    is_waiting: AtomicBool,
    attempts: AtomicU32,
    /// The status of the last answer; 0 where there was none.
    status: AtomicU16,
}

impl CallState {
    /// Counts an attempt that is about to be sent.
    pub(crate) fn count_attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// Remembers the status of an answer.
    pub(crate) fn note_status(&self, status: StatusCode) {
        self.status.store(status.as_u16(), Ordering::Relaxed);
    }

    pub(crate) fn waits(&self, is_waiting: bool) {
        self.is_waiting.store(is_waiting, Ordering::Relaxed);
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Relaxed)
    }

    /// Returns what hides the secrets of the client and of this call.
    pub(crate) fn redactor(&self) -> &Redactor {
        self.own_redactor.get().unwrap_or(self.client.redactor())
    }

    /// Learns the secrets of the request before it is sent for the first time.
    pub(crate) fn learn_secrets(&self, request: &reqwest::Request) {
        let places = self.operation.secrets;
        let mut secrets = Vec::new();
        let is_written_by_hand = matches!(self.target, Target::Request { .. });
        if is_written_by_hand || !places.sent.is_empty() {
            let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
            secrets = redaction::secrets_in(body, places.sent);
        }
        if is_written_by_hand {
            let headers = request.headers().iter().filter(|(name, _)| redaction::says_secret(name.as_str()));
            secrets.extend(headers.map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned()));
            let query = request.url().query_pairs().filter(|(name, _)| redaction::says_secret(name));
            secrets.extend(query.map(|(_, value)| value.into_owned()));
        }
        if !secrets.is_empty() || !places.received.is_empty() {
            let _ = self.own_redactor.set(self.client.redactor().and(secrets, places.received));
        }
    }

    /// Ends the call with a success.
    pub(crate) fn succeed(&self) {
        self.end(None);
    }

    /// Ends the call with an error, which is completed.
    pub(crate) fn fail(&self, error: Error) -> Error {
        let error = self.target.attach_to(error).with_attempts(self.attempts.load(Ordering::Relaxed));
        self.end(Some(&error));
        error
    }

    fn end(&self, error: Option<&Error>) {
        let status = StatusCode::from_u16(self.status.load(Ordering::Relaxed)).ok();
        self.span.end(self.attempts.load(Ordering::Relaxed), status, error);
    }
}
