//! Requests to any path of the server, for what has no generated method.

use std::{collections::BTreeMap, fmt, future::IntoFuture};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{
    HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use progenitor_client::ResponseValue;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use url::Url;

use super::{
    call::{Call, Target},
    exchange::Exchange,
    redirect::Redirects,
};
use crate::{
    Client, Download, Json, Media,
    client::options::caller_header,
    error::{Error, ErrorKind, clip},
    operation::{Answer, Operation},
    path,
};

impl Client {
    /// Begins a request to any path of the server: see [`Request`].
    ///
    /// The path is a template as in the server's documentation, with parameters in braces, such as
    /// `/api/{session}/chats`.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request {
            client: self.clone(),
            method,
            path: path.into(),
            params: BTreeMap::new(),
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            body: None,
            file: None,
            is_repeatable: None,
            problem: None,
        }
    }
}

/// The place in a body that a JSON pointer names. The last member need not be there yet.
fn place_for<'a>(body: &'a mut Value, place: &str) -> Option<&'a mut Value> {
    let Some((parent, name)) = place.rsplit_once('/') else { return place.is_empty().then_some(body) };
    let parent = body.pointer_mut(parent)?;
    if parent.is_null() {
        *parent = Value::Object(Map::new());
    }
    match parent {
        Value::Object(members) => {
            Some(members.entry(name.replace("~1", "/").replace("~0", "~")).or_insert(Value::Null))
        }
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        _ => None,
    }
}

const INVALID_PATH: &str = "the path would lead elsewhere, or has characters that have to be escaped: write values as \
                            `{name}`, and set them with `param`";

/// A request to any path of the server; returned by [`Client::request`] and [`Session::request`](crate::Session::request).
///
/// Use it for what this release does not support: an operation of a newer server, or a property that is not declared
/// yet. It is sent like any call, with the client's API key, options, retries and errors.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::Method;
///
/// // The answer as `waha::Json`.
/// let summary = session.request(Method::GET, "/api/{session}/chats/{chatId}/summary").param("chatId", "11111111111@c.us");
/// println!("{}", summary.query("limit", 20).await?);
///
/// // The answer as a type of your own.
/// #[derive(serde::Deserialize)]
/// struct Reminder {
///     id: String,
/// }
/// let body = serde_json::json!({ "chatId": "11111111111@c.us", "text": "call back", "in": 3600 });
/// let reminder = session.request(Method::POST, "/api/{session}/reminders").json(&body).send_as::<Reminder>().await?;
/// println!("{}", reminder.id);
/// # Ok(())
/// # }
/// ```
///
/// - **Path:** begins with `/` and is appended to the base URL. A segment in braces is a parameter, whose value is set
///   by [`param`](Self::param) and percent-encoded. All other segments are sent as they are. A path with `.`, `..`, an
///   empty segment, or a character that a URL cannot contain unescaped is an error.
/// - **Retries:** an operation of the document is retried as if called by its own method. Any other request is not safe
///   to repeat, unless [`repeatable`](Self::repeatable) says so: see [`Retry`](crate::Retry).
/// - **Errors and traces:** contain the method and the path template, without the values of its parameters.
/// - **Answer:** always JSON. An empty body becomes `null`, and plain text a string.
///
/// Bytes, and a request that may be sent again:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::Method;
///
/// let path = "/api/{session}/export";
/// let request = session.request(Method::POST, path).repeatable(true).header("Accept", "text/csv");
/// let answer = request.clone().send().await?; // with status and headers
/// request.send_bytes().await?.save("export.csv").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    params: BTreeMap<String, String>,
    query: Vec<(String, String)>,
    headers: http::HeaderMap,
    body: Option<Bytes>,
    /// A file, and its place in the body.
    file: Option<(String, Media)>,
    /// The value set by [`repeatable`](Self::repeatable).
    is_repeatable: Option<bool>,
    /// The first error in its values, which is returned when it is sent.
    problem: Option<String>,
}

impl Request {
    /// Sets the value of `{name}` in the path. It is percent-encoded, and always fills exactly one segment.
    pub fn param(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.params.insert(name.into(), value.to_string());
        self
    }

    /// Adds a parameter to the query. Call it again with the same name for a parameter with several values.
    pub fn query(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Sets the JSON body. Default: none.
    pub fn json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body = Some(body.into()),
            Err(error) => self.refuse(format!("the body cannot be sent: {error}")),
        }
        self
    }

    /// Sets the file of the request, and its place in the JSON body as a JSON pointer, such as `/file`; an empty text is the
    /// whole body. It is read while it is sent, so that its size costs no memory. Only the last file that was set is sent.
    /// Default: none.
    ///
    /// The file's media type and name are sent as well. Where the server takes none, set a
    /// [`Content`](crate::media::Content).
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// use waha::Method;
    ///
    /// let body = serde_json::json!({ "chatId": "11111111111@c.us", "session": "default" });
    /// let request = session.request(Method::POST, "/api/sendAnimation").json(&body).file("/file", "cat.webm");
    /// println!("{}", request.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn file(mut self, place: impl Into<String>, file: impl TryInto<Media, Error: fmt::Display>) -> Self {
        match file.try_into() {
            Ok(file) => self.file = Some((place.into(), file)),
            Err(error) => self.refuse(format!("the file cannot be sent: {error}")),
        }
        self
    }

    /// Sets a header, for example another `Accept` than the default. The API key and headers of the connection, such as
    /// `Host` and `Content-Length`, cannot be set.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        match caller_header(name.as_ref(), value.as_ref()) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
            }
            Err(problem) => self.refuse(problem),
        }
        self
    }

    /// Sets whether the request is safe to repeat, as defined in [`Retry`](crate::Retry). Default: the value of
    /// [`Operation::is_repeatable`] for an operation of the document; otherwise `false`, even for a `GET`, which may
    /// have side effects in WAHA.
    pub fn repeatable(mut self, is_repeatable: bool) -> Self {
        self.is_repeatable = Some(is_repeatable);
        self
    }

    fn refuse(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    /// Sends the request, and returns the answer with its status and headers. Awaiting returns the value alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if the path, a parameter, a header or the body is not valid; otherwise as for any
    /// call: see [`Error`].
    pub async fn send(self) -> Result<ResponseValue<Json>, Error> {
        let answer = self.begin(Answer::Json, "application/json")?.await?;
        let secrets = answer.call.operation.secrets.received;
        answer.decode::<Json>()?.map(|json| json.with_secrets(secrets))
    }

    /// Sends the request, and deserializes the answer as a `T`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] if the answer is not a `T`; otherwise as for [`send`](Self::send).
    pub async fn send_as<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        self.begin(Answer::Json, "application/json")?.await?.decode_as()
    }

    /// Sends the request, and returns the bytes of the answer as a stream.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    pub async fn send_bytes(self) -> Result<Download, Error> {
        self.begin(Answer::Bytes, "*/*")?.await?.download()
    }

    /// Builds the request, and begins the call.
    fn begin(&self, answer: Answer, accept: &'static str) -> Result<Exchange, Error> {
        let (url, path) = self
            .url()
            .map_err(|problem| Error::new(ErrorKind::InvalidRequest, problem).with_request(&self.method, &self.path))?;
        let listed = Operation::of_request(self.method.as_str(), &path);
        let mut operation = listed.copied().unwrap_or_else(Operation::unlisted);
        operation.repeatable = self.is_repeatable.unwrap_or(operation.repeatable);
        operation.answer = match (answer, operation.answer) {
            // Keep text as text, even if it could be parsed as a JSON number.
            (Answer::Json, Answer::Text) => Answer::Text,
            _ => answer,
        };
        if self.headers.contains_key(ACCEPT) {
            operation.accept = None;
        } else if answer == Answer::Bytes || operation.accept.is_none() {
            operation.accept = Some(accept);
        }
        let target = Target::Request { method: self.method.clone(), path: self.path.clone(), operation: listed };
        let mut request = reqwest::Request::new(self.method.clone(), url);
        *request.headers_mut() = self.headers.clone();
        let mut call = Call::of_request(self.client.clone(), target, operation);
        let body = match &self.file {
            Some((place, file)) => Some(self.body_with_file(place, file.clone(), &mut call)?),
            None => self.body.clone(),
        };
        if let Some(body) = body {
            request.headers_mut().entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.into());
        }
        call.begin_written(request, Redirects::within_the_server())
    }

    /// Returns the body with a marker in the place of its file.
    fn body_with_file(&self, place: &str, mut file: Media, call: &mut Call) -> Result<Bytes, Error> {
        let unsendable = |error: serde_json::Error| call.refuse(format!("the body cannot be sent: {error}"));
        let body = self.body.as_deref().map_or_else(|| Ok(Value::Null), serde_json::from_slice);
        let mut body = body.map_err(unsendable)?;
        call.take_files(&mut file);
        let unsendable = |error: serde_json::Error| call.refuse(format!("the body cannot be sent: {error}"));
        let marker = serde_json::to_value(&file).map_err(unsendable)?;
        match place_for(&mut body, place) {
            Some(place) => *place = marker,
            None => return Err(call.refuse(format!("the body has no place `{}` for the file", clip(place)))),
        }
        serde_json::to_vec(&body).map(Bytes::from).map_err(unsendable)
    }

    /// Returns the URL, and its path relative to the base URL.
    fn url(&self) -> Result<(Url, String), String> {
        if let Some(problem) = &self.problem {
            return Err(problem.clone());
        }
        let path = self.filled()?;
        let base = self.client.base_url();
        let prefix = base.path().trim_end_matches('/');
        let mut url = Url::parse(&format!("{}{path}", self.client.base_text())).map_err(|error| error.to_string())?;
        // The URL parser normalizes dots, backslashes and non-ASCII characters: refuse any path that it has changed.
        let is_kept = url.origin() == base.origin() && url.path().strip_prefix(prefix) == Some(path.as_str());
        if !is_kept || url.query().is_some() || url.fragment().is_some() {
            return Err(INVALID_PATH.to_owned());
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok((url, path))
    }

    /// Returns the path with the values of its parameters.
    fn filled(&self) -> Result<String, String> {
        if let Some(unknown) = self.params.keys().find(|param| self.names().all(|name| name != *param)) {
            return Err(format!("the path has no {{{}}}", clip(unknown).escape_debug()));
        }
        let Some(path) = self.path.strip_prefix('/') else { return Err("the path has to begin with a `/`".to_owned()) };
        let mut filled = String::with_capacity(self.path.len());
        for segment in path.split('/') {
            filled.push('/');
            match param_name(segment).map(|name| (name, self.params.get(name))) {
                Some((_, Some(value))) if !value.is_empty() => filled.push_str(&path::encode(value)),
                Some((name, Some(_))) => return Err(format!("{name} is empty: it would lead elsewhere")),
                Some((name, None)) => return Err(format!("{name} is missing")),
                None if segment.is_empty() => return Err("the path has an empty segment".to_owned()),
                None => filled.push_str(segment),
            }
        }
        Ok(filled)
    }

    /// Returns the names of the parameters of the path.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(param_name)
    }
}

/// Returns `name` for the segment `{name}`.
fn param_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl IntoFuture for Request {
    type Output = Result<Json, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.send().await?.into_inner()) })
    }
}

/// Omits all values, so that it is safe to log.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}
