//! One call, from the outside: the time that it may take, and what it leaves behind for its error.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderMap, Method, StatusCode};
use progenitor_client::{ClientInfo, Error as Failure};

use crate::{
    Client,
    error::{Error, Kind},
    operation::Operation,
    secret::Secret,
    trace::Span,
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
            Self::Operation(operation) => error.of_operation(operation),
            Self::Request { method, path, operation } => {
                let error = error.of_request(method, path);
                match Operation::by_id(operation.id()) {
                    Some(operation) => error.of_operation(operation),
                    None => error,
                }
            }
        }
    }
}

/// Makes a generated call, and gives its failure as ours.
pub(crate) async fn send<T, F>(
    client: Client,
    id: &'static str,
    call: impl FnOnce(Client) -> F,
    failure: fn(Failure<ErrorBody>, &Secret) -> Error,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Failure<ErrorBody>>>,
{
    let Some(operation) = Operation::by_id(id) else {
        return Err(Error::new(Kind::InvalidRequest, format!("there is no operation `{id}`")));
    };
    make(client, Target::Operation(operation), call, failure).await
}

/// Makes a call, waits no longer than it may take, and gives its failure as ours.
pub(crate) async fn make<T, F>(
    client: Client,
    target: Target<'_>,
    call: impl FnOnce(Client) -> F,
    failure: fn(Failure<ErrorBody>, &Secret) -> Error,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Failure<ErrorBody>>>,
{
    if let Some(why) = &client.inner().broken {
        return Err(target.name(Error::new(Kind::Configuration, why)));
    }
    let limit = client.inner().options.time_for(target.operation());
    let secret = client.secret();
    let span = Span::new(&target, client.inner());
    let note = Note::default();
    let result = tokio::time::timeout(limit, span.around(call(client.noting(note.clone())))).await;
    let Noted { answer, refusal, attempts, is_waiting } = std::mem::take(&mut *note.get());
    let status = answer.as_ref().map(|(status, _)| *status);
    let result = match (refusal, result) {
        (None, Ok(Ok(value))) => Ok(value),
        (Some(error), _) => Err(error),
        (None, Ok(Err(error))) => Err(failure(error, &secret)),
        (None, Err(_)) => Err(Error::of_timeout(limit, is_waiting)),
    };
    let result = result.map_err(|error| target.name(error).of_answered(answer, &secret));
    span.end(attempts, status, result.as_ref().err());
    result
}
