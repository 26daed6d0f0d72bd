//! Requests of the generated functions.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
};

use reqwest::Request;

use super::{
    Client,
    request_builder::{self, BaseUrl},
    support::{Context, Error, ResponseValue},
};

/// A generated function that was called, and not polled.
type Calling<'a, T, E> = Pin<&'a mut dyn Future<Output = Result<ResponseValue<T>, Error<E>>>>;

impl Client {
    /// A client whose functions build requests for the server at `base_url`.
    pub(crate) fn builds(base_url: Arc<BaseUrl>) -> Self {
        // What a function takes for the base URL is put before the path of its operation.
        let prefix = base_url.url().path().trim_end_matches('/').to_owned();
        Self { baseurl: prefix, client: request_builder::Client::new(base_url), inner: Context::default() }
    }

    /// Returns the request that one of the client's functions builds.
    ///
    /// # Errors
    ///
    /// It builds none: why.
    pub(crate) fn request<T, E>(&self, calling: Calling<'_, T, E>) -> Result<Request, String> {
        // It only builds: where it would wait, it has left its request.
        let polled = calling.poll(&mut TaskContext::from_waker(Waker::noop()));
        match (self.inner.take(), polled) {
            (Some(request), _) => Ok(request),
            (None, Poll::Ready(Err(Error::InvalidRequest(why)))) => Err(why),
            (None, _) => Err("the request cannot be built".to_owned()),
        }
    }
}
