//! What the generated code calls `progenitor_client`: here it ends when its request is built.
//!
//! The functions that progenitor generates build a request, send it, and decode the answer. Only the first is theirs to do
//! here: the request is taken from them where they would send it, and the rest of a function never runs. A call is sent and
//! decoded by [`http`](crate::http), which exists once and not once for each operation.

use std::{cell::Cell, convert::Infallible, fmt, future::pending, marker::PhantomData};

pub use progenitor_client::{ByteStream, QueryParam, RequestBuilderExt};
use reqwest::{Request, Response};

use super::{Client, request_builder};

/// What a generated client holds: the request that its function has built.
#[derive(Default)]
pub(crate) struct Context(Cell<Option<Request>>);

impl Context {
    pub(super) fn take(&self) -> Option<Request> {
        self.0.take()
    }

    fn put(&self, request: Request) {
        self.0.set(Some(request));
    }
}

/// A client for another function.
impl Clone for Context {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Without what is sent.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// What the generated client tells about itself.
#[allow(dead_code)] // what the generated code implements, not all of which is used
pub trait ClientInfo<Inner> {
    fn api_version() -> &'static str;
    fn baseurl(&self) -> &str;
    fn client(&self) -> &request_builder::Client;
    fn inner(&self) -> &Inner;
}

/// Which operation a function is for.
pub(super) struct OperationInfo {
    pub(super) operation_id: &'static str,
}

/// What a generated function does with its request.
pub(super) trait ClientHooks<Inner>: ClientInfo<Inner> {
    /// Comes before sending.
    async fn pre(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Infallible>;

    /// Sends the request.
    async fn exec(&self, request: Request, info: &OperationInfo) -> Result<Response, Infallible>;

    /// Comes after sending.
    async fn post(&self, result: &Result<Response, Infallible>, info: &OperationInfo) -> Result<(), Infallible>;
}

impl ClientHooks<Context> for Client {
    async fn pre(&self, _: &mut Request, _: &OperationInfo) -> Result<(), Infallible> {
        Ok(())
    }

    /// Keeps the request, and never returns.
    async fn exec(&self, request: Request, info: &OperationInfo) -> Result<Response, Infallible> {
        debug_assert!(!info.operation_id.is_empty());
        self.inner().put(request);
        pending().await
    }

    async fn post(&self, _: &Result<Response, Infallible>, _: &OperationInfo) -> Result<(), Infallible> {
        Ok(())
    }
}

/// What a function would return. There never is one.
pub struct ResponseValue<T>(PhantomData<T>);

impl<T> ResponseValue<T> {
    pub(super) async fn from_response<E>(_: Response) -> Result<Self, Error<E>> {
        Ok(Self(PhantomData))
    }

    pub(super) fn stream(_: Response) -> Self {
        Self(PhantomData)
    }

    pub(super) fn empty(_: Response) -> Self {
        Self(PhantomData)
    }
}

/// Why a function has built no request, and what it would return for answers that are no success.
#[allow(dead_code, clippy::enum_variant_names)] // what the generated code makes, and nobody reads
pub enum Error<E> {
    InvalidRequest(String),
    ErrorResponse(ResponseValue<E>),
    UnexpectedResponse(Response),
}

impl<E> From<String> for Error<E> {
    fn from(why: String) -> Self {
        Self::InvalidRequest(why)
    }
}

impl<E> From<reqwest::header::InvalidHeaderValue> for Error<E> {
    fn from(error: reqwest::header::InvalidHeaderValue) -> Self {
        Self::InvalidRequest(error.to_string())
    }
}

impl<E> From<Infallible> for Error<E> {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Percent-encodes a value of a path, so that it fills exactly one segment.
pub(super) fn encode_path(value: &str) -> String {
    crate::path::encode(value)
}
