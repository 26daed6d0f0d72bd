//! Where the generated client hands its requests to the exchange.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};

use super::Client;

/// What sends the requests of a generated client.
pub(crate) trait Exchange: Send + Sync {
    /// Returns the path of the request as we escape it, if that differs from what the generated code makes of its values: it
    /// leaves characters as they are that a URL takes for others.
    fn path(&self) -> Option<String>;

    /// Sends the request, and returns a success. On `None`, the exchange has an error of its own.
    fn exchange(&self, request: reqwest::Request) -> BoxFuture<'_, Option<reqwest::Response>>;
}

/// What a generated client holds: the exchange of the call that it was made for.
#[derive(Clone)]
pub struct Context(Arc<dyn Exchange>);

impl Context {
    pub(crate) fn new(exchange: impl Exchange + 'static) -> Self {
        Self(Arc::new(exchange))
    }
}

/// Without what the call sends.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// Marks the response that stands in for one where the exchange has an error: a `reqwest::Error` cannot be made of it.
#[derive(Clone, Copy)]
struct Failed;

impl ClientHooks<Context> for Client {
    async fn pre<E>(&self, request: &mut reqwest::Request, _: &OperationInfo) -> Result<(), Error<E>> {
        if let Some(path) = self.inner().0.path() {
            request.url_mut().set_path(&path);
        }
        Ok(())
    }

    async fn exec(&self, request: reqwest::Request, _: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let response = self.inner().0.exchange(request).await;
        Ok(response.unwrap_or_else(|| {
            let mut response = http::Response::new("");
            response.extensions_mut().insert(Failed);
            response.into()
        }))
    }

    /// Ends the generated function where the exchange has an error.
    async fn post<E>(&self, result: &reqwest::Result<reqwest::Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        match result {
            Ok(response) if response.extensions().get::<Failed>().is_some() => Err(Error::Custom(String::new())),
            _ => Ok(()),
        }
    }
}
