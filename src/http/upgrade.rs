//! Connections that are handed over to another protocol.

use http::{HeaderMap, Method, StatusCode};
use reqwest::{Request, Upgraded};
use url::Url;

use super::{
    answer::{Answer, Body},
    call::Call,
    redirect::Redirects,
};
use crate::{
    Client,
    error::{Error, ErrorKind},
    operation::Operation,
};

const REFUSED: &str = "a proxy before WAHA has to pass on the headers `Upgrade` and `Connection` of this path";

/// Asks the server to hand the connection over to another protocol, as `headers` say, and returns the connection with the
/// headers of the answer, which `check` has looked at.
///
/// # Errors
///
/// The server cannot be reached, refuses, or answers as if it had not been asked ([`ErrorKind::NotSupported`]).
pub(crate) async fn upgrade(
    client: Client,
    operation: &'static Operation,
    url: Url,
    headers: HeaderMap,
    check: impl FnOnce(&HeaderMap) -> Result<(), Error>,
) -> Result<Upgraded, Error> {
    let mut request = Request::new(Method::GET, url);
    *request.headers_mut() = headers;
    let exchange = Call::new(client, operation).begin_written(request, Redirects::within_the_server())?;
    let Answer { call, status, headers, body } = exchange.await?;
    match upgraded(status, &headers, body, check).await {
        Ok(connection) => {
            call.succeed();
            Ok(connection)
        }
        Err(error) => Err(call.fail(error)),
    }
}

async fn upgraded(
    status: StatusCode,
    headers: &HeaderMap,
    body: Body,
    check: impl FnOnce(&HeaderMap) -> Result<(), Error>,
) -> Result<Upgraded, Error> {
    let Body::Upgrade(response) = body else {
        let why = format!("the server answers {} instead of opening a WebSocket", status.as_u16());
        return Err(Error::new(ErrorKind::NotSupported, why).with_hint(REFUSED));
    };
    check(headers)?;
    response.upgrade().await.map_err(Error::from_transport)
}
