//! The error of an operation that the server does not have: since which release it exists, and which one the server
//! is of.

use std::time::Duration;

use serde::Deserialize;

use super::{
    call::{Call, CallState, Target},
    exchange::Exchange,
    redirect::Redirects,
};
use crate::{Retry, error::Error, operation::Operation, text};

/// Where the server says which release it is. It asks for no more than any valid key.
const PATH: &str = "/api/server/version";

/// How long its answer is waited for, at the most.
const TIME: Duration = Duration::from_secs(5);

/// The longest name of a release that is repeated, in characters.
const MAX_CHARS: usize = 40;

/// Says in the error of an operation that the server does not have since when it exists. Any other error is returned as
/// it is.
///
/// The server is asked for its release, without which the error is of little use: an older server has to be updated, and
/// one that is new enough has the operation switched off. That is one more request of a call that has failed for good,
/// and its answer is remembered for a minute. If there is none within `time_left`, the error does without.
pub(super) async fn explain(call: &CallState, error: Error, time_left: Duration) -> Error {
    let Some(operation) = call.target.operation().filter(|_| error.is_missing_route()) else { return error };
    let Some(since) = operation.since() else { return error };
    let asked = Operation::of_request("GET", PATH).filter(|asked| *asked != operation);
    let time = time_left.min(TIME);
    let release = match asked.filter(|_| !time.is_zero()) {
        Some(asked) => {
            let ask = call.client.server_release().get_or(ask(call, asked, time));
            tokio::time::timeout(time, ask).await.unwrap_or_default()
        }
        None => None,
    };
    error.with_since(since, release.as_deref())
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

/// Asks the server for its release.
async fn ask(call: &CallState, operation: &'static Operation, time: Duration) -> Option<String> {
    let client = call.client.with(|options| options.retry(Retry::never()).timeout(time));
    let url = format!("{}{PATH}", client.base_text()).parse().ok()?;
    let begin = || -> Result<Exchange, Error> {
        let call = Call::of_request(client, Target::Operation(operation), *operation);
        call.begin_written(reqwest::Request::new(http::Method::GET, url), Redirects::within_the_server())
    };
    let answer = begin().ok()?.await.ok()?;
    let Version { version } = answer.decode_as::<Version>().ok()?.into_inner();
    let version = text::line(&call.redactor().hide(version.trim()));
    (!version.is_empty()).then(|| text::clip_to(&version, MAX_CHARS).into_owned())
}
