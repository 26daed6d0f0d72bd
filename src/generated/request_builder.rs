//! What the generated code calls `reqwest`: as much of its client and its request builder as a generated function uses.
//!
//! A function names the path of its operation, and adds its values one by one. Here they are added to the base URL, which
//! is parsed once for a client and not again for each of its calls.

use std::{fmt::Display, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use reqwest::Request;
use serde::Serialize;
use url::Url;

/// A header of the generator, which WAHA does not know.
static API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// Begins requests to one server.
#[derive(Clone, Debug)]
pub struct Client {
    base_url: Arc<BaseUrl>,
}

/// The base URL of a client.
#[derive(Debug)]
pub(crate) struct BaseUrl {
    url: Url,
    /// With a fragment as long as most paths and queries together. A copy of it without the fragment has room for those, so
    /// that it grows once and not with each of their parts.
    with_room: Url,
}

impl BaseUrl {
    pub(crate) fn new(url: Url) -> Self {
        let mut with_room = url.clone();
        with_room.set_fragment(Some(&"-".repeat(160)));
        Self { url, with_room }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the URL of an operation.
    fn with_path(&self, path: &str) -> Url {
        let mut url = self.with_room.clone();
        url.set_fragment(None);
        url.set_path(path);
        url
    }
}

#[allow(dead_code)] // what the generated code may call, not all of which today's document needs
impl Client {
    pub(super) fn new(base_url: Arc<BaseUrl>) -> Self {
        Self { base_url }
    }

    pub(super) fn get(&self, path: String) -> RequestBuilder {
        self.request(Method::GET, &path)
    }

    pub(super) fn post(&self, path: String) -> RequestBuilder {
        self.request(Method::POST, &path)
    }

    pub(super) fn put(&self, path: String) -> RequestBuilder {
        self.request(Method::PUT, &path)
    }

    pub(super) fn patch(&self, path: String) -> RequestBuilder {
        self.request(Method::PATCH, &path)
    }

    pub(super) fn delete(&self, path: String) -> RequestBuilder {
        self.request(Method::DELETE, &path)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        RequestBuilder { request: Request::new(method, self.base_url.with_path(path)), problem: None }
    }
}

/// A request that is being built.
pub struct RequestBuilder {
    request: Request,
    problem: Option<String>,
}

impl RequestBuilder {
    /// Adds a header.
    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.request.headers_mut().append(name, value);
        self
    }

    /// Adds the headers of the operation.
    pub(super) fn headers(mut self, mut headers: HeaderMap) -> Self {
        if headers.keys().any(|name| name != API_VERSION) {
            headers.remove(&API_VERSION);
            self.request.headers_mut().extend(headers);
        }
        self
    }

    /// Adds a parameter to the query, or each of its values.
    pub(super) fn query<T: Serialize>(mut self, parameter: &T) -> Self {
        let url = self.request.url_mut();
        let problem = {
            let mut pairs = url.query_pairs_mut();
            parameter.serialize(serde_urlencoded::Serializer::new(&mut pairs)).map(|_| ()).err()
        };
        // Where there was nothing to add.
        if url.query() == Some("") {
            url.set_query(None);
        }
        self.note(problem);
        self
    }

    /// Sets the JSON body.
    pub(super) fn json<T: Serialize>(mut self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => {
                self.request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                *self.request.body_mut() = Some(body.into());
            }
            Err(error) => self.note(Some(error)),
        }
        self
    }

    /// Returns the request.
    ///
    /// # Errors
    ///
    /// The first value that cannot be sent.
    pub(super) fn build(self) -> Result<Request, String> {
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(self.request),
        }
    }

    fn note(&mut self, error: Option<impl Display>) {
        if let Some(error) = error {
            self.problem.get_or_insert_with(|| format!("the request cannot be built ({error})"));
        }
    }
}

/// For the generated constructor that takes no client, which is not used.
pub struct ClientBuilder;

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn connect_timeout(self, _: Duration) -> Self {
        self
    }

    pub(super) fn timeout(self, _: Duration) -> Self {
        self
    }

    pub(super) fn build(self) -> Result<Client, &'static str> {
        Err("a client is made for a base URL")
    }
}
