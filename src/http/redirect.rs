//! Which redirects are followed: none that changes who receives the key, what is asked, or how often a message arrives.

use http::{HeaderMap, StatusCode, header::LOCATION};
use reqwest::Request;
use url::Url;

use super::call::CallState;
use crate::{
    address::{FileAddress, decoded},
    error::Error,
    operation::Operation,
};

/// How many redirects of a call are followed.
const MAX_REDIRECTS: usize = 5;

/// The redirects of one call.
pub(crate) struct Redirects {
    policy: Policy,
    /// The places that the request was sent to.
    visited: Vec<Url>,
}

enum Policy {
    /// Only 307 and 308, within the base URL's origin: the others turn a `POST` into a `GET`, and the `GET` of
    /// `/api/sendText` sends a message as well.
    WithinTheServer,
    /// To wherever a file is, but never from somebody else to the server.
    ToAFile,
}

impl Redirects {
    /// Those of an operation, or of a request that somebody wrote.
    pub(crate) fn within_the_server() -> Self {
        Self { policy: Policy::WithinTheServer, visited: Vec::new() }
    }

    /// Those of the download of a file.
    pub(crate) fn to_a_file() -> Self {
        Self { policy: Policy::ToAFile, visited: Vec::new() }
    }

    /// Turns the request to the place that the server sends to.
    ///
    /// # Errors
    ///
    /// It is not followed ([`ErrorKind::Redirect`](crate::ErrorKind::Redirect)).
    pub(crate) fn follow(
        &mut self,
        call: &CallState,
        request: &mut Request,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<(), Error> {
        let refuse = || Error::from_redirect(status, headers, call.redactor());
        self.visited.push(request.url().clone());
        let target =
            target(request.url(), headers).filter(|_| self.visited.len() <= MAX_REDIRECTS).ok_or_else(refuse)?;
        let is_allowed = match self.policy {
            Policy::WithinTheServer => self.allows_within(call, request, status, &target),
            Policy::ToAFile => allows_file(call, request.url(), &target),
        };
        if !is_allowed {
            return Err(refuse());
        }
        if call.files.have_content() {
            let why = "the server sends a request with a file elsewhere, and a file is sent once: use the address that it \
                       sends to as the base URL";
            return Err(refuse().with_hint(why));
        }
        *request.url_mut() = target;
        Ok(())
    }

    fn allows_within(&self, call: &CallState, request: &Request, status: StatusCode, target: &Url) -> bool {
        if !matches!(status.as_u16(), 307 | 308) || request.url().origin() != target.origin() {
            return false;
        }
        // What may not be repeated is not sent to the same place twice, however that is spelt.
        let is_known = |place: &Url| decoded(place.path()) == decoded(target.path());
        if !call.operation.is_repeatable() && self.visited.iter().any(is_known) {
            return false;
        }
        // Nor does a redirect turn the request into one that may not be repeated.
        let base = call.client.base_url().path().trim_end_matches('/');
        let behind_base = target.path().strip_prefix(base).unwrap_or(target.path());
        match Operation::of_request(request.method().as_str(), &decoded(behind_base)) {
            Some(other) => other.is_repeatable() || !call.operation.is_repeatable(),
            None => true,
        }
    }
}

/// Whether the download of a file may go on at this address.
fn allows_file(call: &CallState, from: &Url, target: &Url) -> bool {
    let base = call.client.base_url();
    let is_ours = |url: &Url| url.origin() == base.origin();
    // Somebody else could have the server do something: the GET of /api/sendText sends a message.
    let comes_back = is_ours(target) && !is_ours(from);
    !comes_back && FileAddress::check(base, target).is_ok()
}

/// Where an answer says that the requested thing is.
fn target(from: &Url, headers: &HeaderMap) -> Option<Url> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    let target = from.join(location).ok()?;
    matches!(target.scheme(), "http" | "https").then_some(target)
}
