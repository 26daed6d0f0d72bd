//! Requests of the generated functions.

use std::{
    future::Future,
    pin::Pin,
    task::{Context as TaskContext, Poll, Waker},
};

use super::{
    Client,
    support::{Context, Error, ResponseValue},
};

/// A generated function that was called, and not polled.
type Calling<'a, T, E> = Pin<&'a mut dyn Future<Output = Result<ResponseValue<T>, Error<E>>>>;

impl Client {
    /// A client whose functions build requests for the server at `base_url`, which has no slash at its end.
    pub(crate) fn builds(base_url: &str, http: reqwest::Client) -> Self {
        Self::new_with_client(base_url, http, Context::default())
    }

    /// Returns the request that one of the client's functions builds.
    ///
    /// # Errors
    ///
    /// It builds none.
    pub(crate) fn request<T, E>(&self, calling: Calling<'_, T, E>) -> Result<reqwest::Request, Unbuilt> {
        // It only builds: where it would wait, it has left its request.
        let polled = calling.poll(&mut TaskContext::from_waker(Waker::noop()));
        match (self.inner.take(), polled) {
            (Some(request), _) => Ok(request),
            (None, Poll::Ready(Err(Error::InvalidRequest(why)))) => Err(Unbuilt::Invalid(why)),
            (None, Poll::Ready(Err(Error::CommunicationError(error)))) => Err(Unbuilt::Reqwest(error)),
            (None, _) => Err(Unbuilt::Invalid("the request cannot be built".to_owned())),
        }
    }
}

/// Why a generated function has built no request.
pub(crate) enum Unbuilt {
    Invalid(String),
    Reqwest(reqwest::Error),
}
