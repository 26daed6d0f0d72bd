//! One call: what it asks for, and what it has learnt so far.

use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderMap, Method, StatusCode};
use progenitor_client::{ByteStream, ResponseValue};
use serde::de::DeserializeOwned;

use super::{exchange::exchange, redirect::Redirects, trace::Span, wire};
use crate::{
    Client, Download,
    error::{Error, ErrorKind},
    generated, lenient,
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
    path: Option<String>,
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
        let target = Target::Operation(operation);
        Self { client, target, operation: *operation, path: None, files: Files::default() }
    }

    /// A call of a request that somebody wrote, which is treated as `operation`.
    pub(crate) fn of_request(client: Client, target: Target, operation: Operation) -> Self {
        Self { client, target, operation, path: None, files: Files::default() }
    }

    /// Takes the files out of a body. They travel beside it, and are read while it is sent.
    pub(crate) fn take_files(&mut self, body: &mut impl TakeFiles) {
        body.take_files(&mut self.files);
    }

    /// Fills the values into the path of the operation.
    ///
    /// # Errors
    ///
    /// A value is empty, `.` or `..`: the path would lead elsewhere ([`ErrorKind::InvalidRequest`]).
    pub(crate) fn fill_path(&mut self, values: &[(&str, &str)]) -> Result<(), Error> {
        match path::fill(self.operation.path(), values) {
            Ok(path) => self.path = path,
            Err(problem) => return Err(self.refuse(problem)),
        }
        Ok(())
    }

    /// The error of a call that cannot be sent.
    pub(crate) fn refuse(&self, problem: String) -> Error {
        let problem = self.client.redactor().hide(problem).into_owned();
        self.target.attach_to(Error::new(ErrorKind::InvalidRequest, problem))
    }

    /// Begins the call.
    ///
    /// # Errors
    ///
    /// The client's options do not work ([`ErrorKind::Configuration`]).
    pub(crate) fn begin(self) -> Result<ActiveCall, Error> {
        let Self { client, target, operation, path, files } = self;
        if let Some(why) = client.broken() {
            return Err(target.attach_to(Error::new(ErrorKind::Configuration, why)));
        }
        let span = Span::new(&target, &client);
        let (base, http) = (client.base_text().to_owned(), client.http());
        let state = Arc::new(CallState {
            client,
            target,
            operation,
            path,
            files,
            span,
            own_redactor: OnceLock::new(),
            is_waiting: AtomicBool::new(false),
            progress: Mutex::default(),
        });
        let context = generated::Context::new(state.clone());
        Ok(ActiveCall { client: generated::Client::new_with_client(&base, http, context), state })
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
    /// The path with its values, where it has values that the generated code does not escape.
    pub(crate) path: Option<String>,
    pub(crate) files: Files,
    pub(crate) span: Span,
    /// Hides the secrets of its request and answer as well, if there are any.
    own_redactor: OnceLock<Redactor>,
    /// Whether it waits for its turn.
    is_waiting: AtomicBool,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    attempts: u32,
    answer: Option<(StatusCode, HeaderMap)>,
    failure: Option<Error>,
}

impl CallState {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Counts an attempt that is about to be sent.
    pub(crate) fn count_attempt(&self) {
        self.progress().attempts += 1;
    }

    /// Remembers the head of an answer.
    pub(crate) fn note_answer(&self, status: StatusCode, headers: &HeaderMap) {
        self.progress().answer = Some((status, headers.clone()));
    }

    pub(crate) fn waits(&self, is_waiting: bool) {
        self.is_waiting.store(is_waiting, Ordering::Relaxed);
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Relaxed)
    }
}

/// What the generated client does for its requests.
impl generated::Exchange for Arc<CallState> {
    fn path(&self) -> Option<String> {
        let path = self.path.as_ref()?;
        Some(format!("{}{path}", self.client.base_url().path().trim_end_matches('/')))
    }

    fn exchange(&self, request: reqwest::Request) -> BoxFuture<'_, Option<reqwest::Response>> {
        let exchanged = exchange(self, request, Redirects::within_the_server());
        let result = exchanged.map(|result| result.map_err(|error| self.progress().failure = Some(error)).ok());
        result.boxed()
    }
}

/// A call on its way.
pub(crate) struct ActiveCall {
    client: generated::Client,
    state: Arc<CallState>,
}

impl ActiveCall {
    /// The generated client of this call.
    pub(crate) fn client(&self) -> &generated::Client {
        &self.client
    }

    pub(crate) fn state(&self) -> &Arc<CallState> {
        &self.state
    }

    /// Returns the answer of a generated function, or the call's error.
    pub(crate) fn finish<T: DeserializeOwned, E>(
        self,
        result: Result<ResponseValue<T>, progenitor_client::Error<E>>,
    ) -> Result<ResponseValue<T>, Error> {
        self.end(result, |_| None, Error::from_undecodable::<T>)
    }

    /// As [`finish`](Self::finish). Of a list that cannot be read as a whole, the elements that can be read are returned.
    pub(crate) fn finish_list<T: DeserializeOwned, E>(
        self,
        result: Result<ResponseValue<Vec<T>>, progenitor_client::Error<E>>,
    ) -> Result<ResponseValue<Vec<T>>, Error> {
        let salvage = |body: &[u8]| lenient::salvage_list::<T>(body).ok();
        self.end(result, salvage, Error::from_undecodable::<Vec<T>>)
    }

    /// Returns the download that a generated function has begun, or the call's error.
    pub(crate) fn download<E>(
        self,
        result: Result<ResponseValue<ByteStream>, progenitor_client::Error<E>>,
    ) -> Result<Download, Error> {
        let call = self.state().clone();
        let answer = self.end(result, |_| None, |_, _| Error::new(ErrorKind::Decode, "the answer cannot be read"))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let listed = call.target.operation();
        let check = move |first: &[u8]| {
            wire::check_stream(status, &headers, first, &call.operation, call.redactor())
                .map_err(|error| call.target.attach_to(error))
        };
        Ok(Download::new(listed, answer, check))
    }

    /// Ends a call that has failed.
    pub(crate) fn fail<T>(self, error: Error) -> Result<T, Error> {
        self.end_with(Err(error))
    }

    /// Ends a call whose answer was not read by a generated function.
    pub(crate) fn end_with<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        let Progress { attempts, answer, .. } = std::mem::take(&mut *self.state().progress());
        self.conclude(result, attempts, answer)
    }

    fn end<T, E>(
        self,
        result: Result<ResponseValue<T>, progenitor_client::Error<E>>,
        salvage: impl FnOnce(&[u8]) -> Option<T>,
        undecodable: impl FnOnce(&[u8], &Redactor) -> Error,
    ) -> Result<ResponseValue<T>, Error> {
        let state = self.state();
        let redactor = state.redactor();
        let Progress { attempts, answer, failure } = std::mem::take(&mut *state.progress());
        let result = match (failure, result) {
            (Some(error), _) => Err(error),
            (None, Ok(value)) => Ok(value),
            (None, Err(progenitor_client::Error::InvalidResponsePayload(body, _))) => match (salvage(&body), &answer) {
                (Some(value), Some((status, headers))) => Ok(ResponseValue::new(value, *status, headers.clone())),
                _ => Err(undecodable(&body, redactor)),
            },
            (None, Err(error)) => Err(from_generated(error, redactor)),
        };
        self.conclude(result, attempts, answer)
    }

    /// Names, completes and traces the result of a call.
    fn conclude<T>(
        &self,
        result: Result<T, Error>,
        attempts: u32,
        answer: Option<(StatusCode, HeaderMap)>,
    ) -> Result<T, Error> {
        let state = self.state();
        let status = answer.as_ref().map(|(status, _)| *status);
        let result = result.map_err(|error| {
            let error = state.target.attach_to(error).with_attempts(attempts);
            match &answer {
                // Another attempt may have had this answer: it belongs to an error that came of an answer.
                Some((status, headers)) if error.kind() == ErrorKind::Decode => {
                    error.with_answer(*status, headers, state.redactor())
                }
                _ => error,
            }
        });
        state.span.end(attempts, status, result.as_ref().err());
        result
    }
}

/// The failure of a generated function that is not one of the exchange: the request could not be built.
fn from_generated<E>(error: progenitor_client::Error<E>, redactor: &Redactor) -> Error {
    use progenitor_client::Error as Generated;
    match error {
        Generated::InvalidRequest(message) | Generated::Custom(message) => {
            Error::new(ErrorKind::InvalidRequest, redactor.hide(message))
        }
        Generated::CommunicationError(error)
        | Generated::ResponseBodyError(error)
        | Generated::InvalidUpgrade(error) => Error::from_transport(error),
        _ => Error::new(ErrorKind::Other, "the answer is neither a success nor an error"),
    }
}
