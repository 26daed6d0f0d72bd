//! One call, from the outside: the time that it may take, and what it leaves behind for its error.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderMap, StatusCode};
use progenitor_client::{ClientInfo, Error as Failure};

use crate::{
    Client,
    error::{Error, Kind},
    operation::Operation,
    types::ErrorBody,
};

/// What the hooks know of a call and the generated code does not pass on.
#[derive(Clone, Default)]
pub(crate) struct Note(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    answer: Option<(StatusCode, HeaderMap)>,
    refusal: Option<Error>,
}

impl Note {
    /// An answer came, of this status and with these headers.
    pub(crate) fn answer(&self, status: StatusCode, headers: &HeaderMap) {
        self.get().answer = Some((status, headers.clone()));
    }

    /// The call has failed, whatever the generated code makes of it.
    pub(crate) fn refuse(&self, error: Error) {
        self.get().refusal = Some(error);
    }

    fn get(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a generated call, waits no longer than it may take, and gives its failure as ours.
pub(crate) async fn send<T, F>(
    client: Client,
    id: &'static str,
    call: impl FnOnce(Client) -> F,
    failure: fn(Failure<ErrorBody>) -> Error,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Failure<ErrorBody>>>,
{
    let Some(operation) = Operation::by_id(id) else {
        return Err(Error::new(Kind::InvalidRequest, format!("there is no operation `{id}`")));
    };
    if let Some(why) = &client.inner().broken {
        return Err(Error::new(Kind::Configuration, why).of_operation(operation));
    }
    let limit = client.inner().options.time_for(operation);
    let note = Note::default();
    let client = client.noting(note.clone());
    let result = tokio::time::timeout(limit, call(client)).await;
    let Noted { answer, refusal } = std::mem::take(&mut *note.get());
    let error = match (refusal, result) {
        (Some(error), _) => error,
        (None, Ok(Ok(value))) => return Ok(value),
        (None, Ok(Err(error))) => failure(error),
        (None, Err(_)) => return Err(Error::of_timeout(limit).of_operation(operation)),
    };
    Err(error.of_operation(operation).of_answered(answer))
}
