//! Where the generated client meets the exchange.

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};

use super::{call::CallContext, exchange::exchange, redirect::Redirects};
use crate::generated::Client;

impl ClientHooks<CallContext> for Client {
    /// Puts in the path as we escape it: the generated code leaves characters as they are that a URL takes for others.
    async fn pre<E>(&self, request: &mut reqwest::Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let call = self.inner().state();
        if let Some(path) = &call.path {
            let prefix = call.client.base_url().path().trim_end_matches('/');
            request.url_mut().set_path(&format!("{prefix}{path}"));
        }
        Ok(())
    }

    /// Hands the request to the exchange. An error of ours does not fit into a `reqwest::Error`, and is left with the call.
    async fn exec(&self, request: reqwest::Request, _: &OperationInfo) -> reqwest::Result<reqwest::Response> {
        let call = self.inner().state();
        match exchange(call, request, Redirects::within_the_server()).await {
            Ok(response) => Ok(response),
            Err(error) => {
                call.fail(error);
                Ok(http::Response::new("").into())
            }
        }
    }

    /// Ends the generated function where the call has failed.
    async fn post<E>(&self, _: &reqwest::Result<reqwest::Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        match self.inner().state().has_failed() {
            true => Err(Error::Custom(String::new())),
            false => Ok(()),
        }
    }
}
