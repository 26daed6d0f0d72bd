//! One call, from the outside: the time that it may take, and what it leaves behind for its error.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderMap, Method, StatusCode};
use progenitor_client::{ByteStream, ClientInfo, Error as Failure, ResponseValue};
use serde::de::DeserializeOwned;

use crate::{
    Client, Download,
    error::{Error, ErrorKind},
    http::body::Body,
    http::trace::Span,
    operation::Operation,
    redaction::Redactor,
    types::ErrorBody,
};

/// What the hooks know of a call and the generated code does not pass on.
#[derive(Clone, Default)]
pub(crate) struct Note(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    answer: Option<(StatusCode, HeaderMap)>,
    refusal: Option<Error>,
    attempts: u32,
    is_waiting: bool,
    body: Option<Body>,
}

impl Note {
    /// A request is about to be sent.
    pub(crate) fn attempt(&self) {
        self.get().attempts += 1;
    }

    /// An answer came, of this status and with these headers.
    pub(crate) fn answer(&self, status: StatusCode, headers: &HeaderMap) {
        self.get().answer = Some((status, headers.clone()));
    }

    /// The call has failed, whatever the generated code makes of it.
    pub(crate) fn refuse(&self, error: Error) {
        self.get().refusal = Some(error);
    }

    /// An attempt waits for its turn, or no longer.
    pub(crate) fn waits(&self, is_waiting: bool) {
        self.get().is_waiting = is_waiting;
    }

    /// Every attempt makes its body of this one.
    pub(crate) fn keep_body(&self, body: Body) {
        self.get().body = Some(body);
    }

    /// What [`keep_body`](Self::keep_body) keeps.
    pub(crate) fn body(&self) -> Option<Body> {
        self.get().body.clone()
    }

    /// Whether another attempt would be in vain.
    pub(crate) fn is_final(&self) -> bool {
        let noted = self.get();
        noted.refusal.is_some() || noted.body.as_ref().is_some_and(Body::is_spent)
    }

    fn get(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is asked for.
pub(crate) enum Target<'a> {
    /// An operation, by its own method.
    Operation(&'static Operation),
    /// A request that somebody wrote, and the operation that it is treated as.
    Request { method: &'a Method, path: &'a str, operation: Operation },
}

impl Target<'_> {
    fn operation(&self) -> &Operation {
        match self {
            Self::Operation(operation) => operation,
            Self::Request { operation, .. } => operation,
        }
    }

    /// Says what failed.
    fn name(&self, error: Error) -> Error {
        match self {
            Self::Operation(operation) => error.with_operation(operation),
            Self::Request { method, path, operation } => {
                error.with_request(method, path).with_operation_id(operation.id())
            }
        }
    }
}

/// Makes a generated call and gives its answer: see [`make`].
pub(crate) async fn send<T, F>(
    client: Client,
    id: &'static str,
    call: impl FnOnce(Client) -> F,
    failure: fn(Failure<ErrorBody>, &Redactor) -> Error,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Failure<ErrorBody>>>,
{
    make(client, Target::Operation(operation(id)?), call, failure).await
}

/// Makes a generated call whose answer is bytes: see [`make`].
pub(crate) async fn download<F>(
    client: Client,
    id: &'static str,
    call: impl FnOnce(Client) -> F,
) -> Result<Download, Error>
where
    F: Future<Output = Result<ResponseValue<ByteStream>, Failure<ErrorBody>>>,
{
    let operation = operation(id)?;
    let answer = make(client, Target::Operation(operation), call, failure).await?;
    Ok(Download::new(Some(operation), answer))
}

fn operation(id: &'static str) -> Result<&'static Operation, Error> {
    Operation::by_id(id).ok_or_else(|| Error::new(ErrorKind::InvalidRequest, format!("there is no operation `{id}`")))
}

/// Makes a call, waits no longer than it may take, and gives its failure as ours.
pub(crate) async fn make<T, F>(
    client: Client,
    target: Target<'_>,
    call: impl FnOnce(Client) -> F,
    failure: fn(Failure<ErrorBody>, &Redactor) -> Error,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Failure<ErrorBody>>>,
{
    if let Some(why) = &client.inner().broken {
        return Err(target.name(Error::new(ErrorKind::Configuration, why)));
    }
    let limit = client.inner().options.time_for(target.operation());
    let redactor = client.redactor();
    let span = Span::new(&target, client.inner());
    let note = Note::default();
    let result = tokio::time::timeout(limit, span.around(call(client.noting(note.clone())))).await;
    let Noted { answer, refusal, attempts, is_waiting, body: _ } = std::mem::take(&mut *note.get());
    let status = answer.as_ref().map(|(status, _)| *status);
    let result = match (refusal, result) {
        (None, Ok(Ok(value))) => Ok(value),
        (Some(error), _) => Err(error),
        (None, Ok(Err(error))) => Err(failure(error, &redactor)),
        (None, Err(_)) => Err(Error::from_timeout(limit, is_waiting)),
    };
    let result = result.map_err(|error| {
        let error = target.name(error).with_attempts(attempts);
        match &answer {
            Some((status, headers)) if error.kind() == ErrorKind::Decode => {
                error.with_answer(*status, headers, &redactor)
            }
            _ => error,
        }
    });
    span.end(attempts, status, result.as_ref().err());
    result
}

/// The failure of a call whose answer is JSON.
pub(crate) fn json_failure<T: DeserializeOwned>(error: Failure<ErrorBody>, redactor: &Redactor) -> Error {
    match error {
        Failure::InvalidResponsePayload(body, _) => Error::from_undecodable::<T>(&body, redactor),
        other => failure(other, redactor),
    }
}

/// The failure of a call whose answer is bytes, or nothing.
pub(crate) fn failure(error: Failure<ErrorBody>, redactor: &Redactor) -> Error {
    match error {
        Failure::InvalidRequest(message) | Failure::Custom(message) => {
            Error::new(ErrorKind::InvalidRequest, redactor.hide(message))
        }
        Failure::CommunicationError(error) | Failure::ResponseBodyError(error) | Failure::InvalidUpgrade(error) => {
            Error::from_transport(error)
        }
        Failure::InvalidResponsePayload(body, _) => Error::from_undecodable::<ErrorBody>(&body, redactor),
        Failure::ErrorResponse(response) => Error::new(ErrorKind::Other, "an error that was not read").with_answer(
            response.status(),
            response.headers(),
            redactor,
        ),
        Failure::UnexpectedResponse(response) => {
            let (status, headers) = (response.status(), response.headers().clone());
            Error::from_answer(status, &headers, b"", false, &Operation::unlisted(&Method::GET), redactor)
        }
    }
}
