//! Connections that are handed over to another protocol.

use http::{HeaderMap, Method, StatusCode};
use reqwest::{Request, Response, Upgraded};
use url::Url;

use super::{call::Call, exchange::exchange, redirect::Redirects};
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
    let call = Call::new(client, operation).begin()?;
    let mut request = Request::new(Method::GET, url);
    *request.headers_mut() = headers;
    let result = match exchange(call.state(), request, Redirects::within_the_server()).await {
        Ok(response) => upgraded(response, check).await,
        Err(error) => Err(error),
    };
    call.end_with(result)
}

async fn upgraded(response: Response, check: impl FnOnce(&HeaderMap) -> Result<(), Error>) -> Result<Upgraded, Error> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let why = format!("the server answers {} instead of opening a WebSocket", response.status().as_u16());
        return Err(Error::new(ErrorKind::NotSupported, why).with_hint(REFUSED));
    }
    check(response.headers())?;
    response.upgrade().await.map_err(Error::from_transport)
}
