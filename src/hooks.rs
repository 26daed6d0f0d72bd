//! What happens around every request, in this order:
//!
//! 1. a request whose path is not the operation's is refused;
//! 2. the headers that the server wants, the key, the timeout;
//! 3. the attempt;
//! 4. the answer is adapted ([`wire`]).

use http::{header::ACCEPT, HeaderValue};
use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use secrecy::ExposeSecret;

use crate::{client::Inner, operation::Operation, wire, Client};

impl ClientHooks<Inner> for Client {
    async fn pre<E>(&self, request: &mut reqwest::Request, info: &OperationInfo) -> Result<(), Error<E>> {
        let operation = Operation::by_id(info.operation_id);
        if let Some(operation) = operation {
            let prefix = self.base_url().path().trim_end_matches('/');
            if !is_path_of(operation, request.url().path().strip_prefix(prefix).unwrap_or_default()) {
                return Err(Error::Custom(format!(
                    "a value in the path of `{} {}` is empty, `.` or `..`, or has a backslash: it would lead elsewhere",
                    operation.method(),
                    operation.path()
                )));
            }
        }
        if let Some(accept) = operation.and_then(|operation| operation.accept) {
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
        }
        // The generator's own header, of which WAHA knows nothing.
        request.headers_mut().remove("api-version");
        if let Some(key) = &self.inner().api_key {
            let mut value = HeaderValue::from_str(key.expose_secret())
                .map_err(|_| Error::Custom("the API key cannot be sent in a header".to_owned()))?;
            value.set_sensitive(true);
            request.headers_mut().insert("x-api-key", value);
        }
        *request.timeout_mut() = Some(self.inner().timeout);
        Ok(())
    }

    async fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let response = self.client().execute(request).await?;
        wire::adapt(response, Operation::by_id(info.operation_id)).await
    }
}

/// Whether a path that the URL parser has read is still that of the operation: each value one segment, and not empty.
///
/// The generator escapes what it fills in, but a URL knows no escape for `.` and `..`, and takes `\` for `/`.
fn is_path_of(operation: &Operation, path: &str) -> bool {
    let mut segments = path.split('/');
    let all_fit = operation.path().split('/').all(|part| match segments.next() {
        Some(segment) if part.starts_with('{') => !segment.is_empty(),
        Some(segment) => segment == part,
        None => false,
    });
    all_fit && segments.next().is_none()
}
