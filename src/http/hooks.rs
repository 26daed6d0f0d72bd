//! What happens around every request, in this order:
//!
//! 1. a request that is not the operation's, or not for the server, is refused;
//! 2. the headers that the server wants, the key, the time for an attempt;
//! 3. the attempts ([`retry`]), each when it is its turn ([`limit`](crate::http::limits)), with the files of its body opened
//!    ([`body`](crate::http::body)), and its answer read and adapted ([`wire`](crate::http::wire)).
//!
//! Around all of it, [`call`](crate::http::call) sees to the time that a call may take, waiting for its turn included, and to its
//! error. What the builders with `refresh` ask of WhatsApp has passed the guard ([`refresh`](crate::refresh)) before.

use http::{HeaderValue, header::ACCEPT};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};

use crate::{Client, client::Inner, http::path, http::retry, operation::Operation};

/// The header that carries the key.
pub(crate) const API_KEY: &str = "x-api-key";

#[doc(hidden)]
impl ClientHooks<Inner> for Client {
    async fn pre<E>(&self, request: &mut reqwest::Request, info: &OperationInfo) -> Result<(), Error<E>> {
        let Some(operation) = Operation::by_id(info.operation_id) else {
            return Err(Error::Custom(format!("there is no operation `{}`", info.operation_id)));
        };
        let base = self.base_url();
        let is_for_the_server = request.url().origin() == base.origin();
        let path = request.url().path().strip_prefix(base.path().trim_end_matches('/'));
        if !is_for_the_server || !path.is_some_and(|path| path::is_of(operation, path)) {
            return Err(Error::Custom(format!(
                "a value in the path of `{} {}` is empty, `.` or `..`: it would lead elsewhere",
                operation.method(),
                operation.path()
            )));
        }
        prepare(self, request, operation);
        Ok(())
    }

    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        retry::execute(self, request, Operation::by_id(info.operation_id).copied()).await
    }
}

/// Adds what every request needs: the headers that the server wants, the key, the time for an attempt.
pub(crate) fn prepare(client: &Client, request: &mut reqwest::Request, operation: &Operation) {
    let inner = client.inner();
    let headers = request.headers_mut();
    // The generator's own header, of which WAHA knows nothing.
    headers.remove("api-version");
    if let Some(accept) = operation.accept {
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
    }
    if let Some(key) = &inner.api_key {
        headers.insert(API_KEY, key.clone());
    }
    *request.timeout_mut() = inner.options.time_for_attempt(operation);
}

/// The value of a header, if it arrives as it is: white space around it would be lost on the way.
pub(crate) fn header_value(value: &str) -> Option<HeaderValue> {
    let is_kept = value.trim_matches([' ', '\t']) == value;
    HeaderValue::from_str(value).ok().filter(|_| is_kept)
}
