//! Construction: builder, environment, base URL, key; and views with other options.

pub(crate) mod options;
pub(crate) mod tls;
pub(crate) mod transport;

use std::{env, fmt, sync::Arc, time::Duration};

use http::HeaderValue;
use progenitor_client::ClientInfo;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use crate::generated::Client;
use crate::{
    Session,
    client::options::RequestOptions,
    client::transport::Pools,
    error::{Error, ErrorKind},
    http::call::Note,
    http::hooks,
    http::limits::{Limiter, Limiters},
    http::retry::Budget,
    ids::SessionName,
    redaction::Redactor,
    refresh::Guard,
};

/// The state of a client, shared by its clones, and the note of a single call.
#[derive(Clone)]
pub struct Inner {
    state: Arc<State>,
    note: Note,
}

impl Inner {
    fn new(state: State) -> Self {
        Self { state: Arc::new(state), note: Note::default() }
    }

    /// What is to be known of the call that is under way.
    pub(crate) fn note(&self) -> &Note {
        &self.note
    }
}

/// What [`Inner`] shares.
#[derive(Clone)]
pub struct State {
    pub(crate) base_url: Url,
    /// Marked as sensitive.
    pub(crate) api_key: Option<HeaderValue>,
    /// Hides all secrets of this client.
    pub(crate) redactor: Arc<Redactor>,
    pub(crate) session: SessionName,
    pub(crate) options: RequestOptions,
    pub(crate) pools: Pools,
    pub(crate) budget: Budget,
    pub(crate) limiters: Limiters,
    /// That of the options' limits.
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) guard: Guard,
    /// Why nothing can be sent: a view's options do not work.
    pub(crate) broken: Option<String>,
}

impl std::ops::Deref for Inner {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("api_key", &self.api_key.is_some())
            .field("session", &self.session)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Begins a client of the server at `base_url`, such as `http://localhost:3000`.
    ///
    /// A path is kept as a prefix (`https://example.org/waha`), and a slash at the end does not matter.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder { base_url: base_url.into(), api_key: None, session: None, options: RequestOptions::new() }
    }

    /// A client as the environment describes it.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `WAHA_BASE_URL` | the server's address | none: it has to be set |
    /// | `WAHA_API_KEY` | the key | no key is sent |
    /// | `WAHA_SESSION` | the session of [`default_session`](Self::default_session) | `default` |
    /// | `WAHA_TIMEOUT` | seconds that a call may take, such as `30` or `2.5` | by class: see [`RequestOptions`] |
    ///
    /// # Errors
    ///
    /// A variable is missing or wrong ([`ErrorKind::Configuration`]); the message names it.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| env::var(name))
    }

    fn from_variables(read: impl Fn(&str) -> Result<String, env::VarError>) -> Result<Self, Error> {
        let variable = |name: &str| match read(name) {
            Ok(value) if value.is_empty() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => Err(wrong(name, "it is not Unicode")),
        };
        let Some(base_url) = variable("WAHA_BASE_URL")? else {
            return Err(wrong(
                "WAHA_BASE_URL",
                "it is not set; it is the server's address, such as http://localhost:3000",
            ));
        };
        let mut builder = Self::builder(&base_url);
        parse_base_url(&base_url).map_err(|error| wrong("WAHA_BASE_URL", error.message()))?;
        if let Some(key) = variable("WAHA_API_KEY")? {
            key_header(&key).map_err(|error| wrong("WAHA_API_KEY", error.message()))?;
            builder = builder.api_key(key);
        }
        if let Some(session) = variable("WAHA_SESSION")? {
            session.parse::<SessionName>().map_err(|error| wrong("WAHA_SESSION", error.message()))?;
            builder = builder.session(session);
        }
        if let Some(seconds) = variable("WAHA_TIMEOUT")? {
            let timeout = seconds.trim().parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            match timeout {
                Some(timeout) if !timeout.is_zero() => builder = builder.timeout(timeout),
                _ => {
                    return Err(wrong(
                        "WAHA_TIMEOUT",
                        "it is a number of seconds greater than zero, such as 30 or 2.5",
                    ));
                }
            }
        }
        builder.build()
    }

    /// The handle of a session. Nothing is sent: whether there is such a session shows with the first call.
    ///
    /// # Errors
    ///
    /// No session can have that name ([`ErrorKind::InvalidRequest`]).
    pub fn session<N>(&self, name: N) -> Result<Session, Error>
    where
        N: TryInto<SessionName>,
        Error: From<N::Error>,
    {
        Ok(Session::new(self.clone(), name.try_into()?))
    }

    /// The handle of the session that the client was built with: `default` where none was named.
    pub fn default_session(&self) -> Session {
        Session::new(self.clone(), self.inner().session.clone())
    }

    /// The same client with other options, for single calls or for good.
    ///
    /// It shares the connections, unless a proxy, TLS or the connect timeout differ: then it has connections
    /// of its own, which are made once and kept for the next view of the same kind.
    ///
    /// ```no_run
    /// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
    /// let quick = client.with(|options| options.timeout(std::time::Duration::from_secs(5)));
    /// quick.observability().ping().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        let mut state = State::clone(&self.inner.state);
        state.options = change(state.options);
        let http = state.options.check().and_then(|()| state.pools.get(&state.options.transport));
        state.limiter = state.limiters.get(state.options.limits);
        state.broken = http.as_ref().err().map(|error| error.message().to_owned());
        let http = http.unwrap_or_else(|_| self.client.clone());
        Self::new_with_client(&self.baseurl, http, Inner::new(state))
    }

    /// The same client for a single call.
    pub(crate) fn noting(mut self, note: Note) -> Self {
        self.inner.note = note;
        self
    }

    /// What no error may repeat.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        self.inner.redactor.clone()
    }

    /// How requests are sent.
    pub fn options(&self) -> &RequestOptions {
        &self.inner.options
    }

    /// The server's address, as it is used.
    pub fn base_url(&self) -> &Url {
        &self.inner.base_url
    }
}

fn wrong(variable: &str, why: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("the environment variable {variable} is wrong: {why}"))
}

/// Makes a [`Client`].
#[derive(Clone)]
#[must_use = "a builder makes nothing before `build`"]
pub struct ClientBuilder {
    base_url: String,
    api_key: Option<SecretString>,
    session: Option<String>,
    options: RequestOptions,
}

impl ClientBuilder {
    /// The key, sent as `X-Api-Key` to the server's own address and nowhere else. Default: none.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into().into());
        self
    }

    /// The session of [`Client::default_session`]. Default: `default`.
    pub fn session(mut self, name: impl Into<String>) -> Self {
        self.session = Some(name.into());
        self
    }

    /// How requests are sent. Default: [`RequestOptions::new`].
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = options;
        self
    }

    /// How long a call may take: short for [`RequestOptions::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// The address is no HTTP address, the key cannot be sent in a header, the session cannot exist, a timeout is zero, or
    /// TLS cannot be set up ([`ErrorKind::Configuration`]).
    pub fn build(self) -> Result<Client, Error> {
        let base_url = parse_base_url(&self.base_url)?;
        let api_key = self.api_key.as_ref().map(|key| key_header(key.expose_secret())).transpose()?;
        let session = self.session.as_deref().unwrap_or(SessionName::DEFAULT);
        let session = session.parse().map_err(|error: Error| Error::new(ErrorKind::Configuration, error.message()))?;
        self.options.check()?;
        let pools = Pools::default();
        let http = pools.get(&self.options.transport)?;
        let limiters = Limiters::default();
        let state = State {
            base_url,
            redactor: Arc::new(Redactor::new(self.api_key.iter().map(|key| key.expose_secret()))),
            api_key,
            session,
            limiter: limiters.get(self.options.limits),
            limiters,
            options: self.options,
            pools,
            budget: Budget::new(),
            guard: Guard::default(),
            broken: None,
        };
        let base = state.base_url.as_str().trim_end_matches('/').to_owned();
        Ok(Client::new_with_client(&base, http, Inner::new(state)))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key.is_some())
            .field("session", &self.session)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn key_header(key: &str) -> Result<HeaderValue, Error> {
    let mut value = hooks::header_value(key).ok_or_else(|| {
        let why = "the API key has characters that a header cannot carry: is there a space or a line feed at its end?";
        Error::new(ErrorKind::Configuration, why)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn parse_base_url(text: &str) -> Result<Url, Error> {
    let refuse = |why: &str| Err(Error::new(ErrorKind::Configuration, format!("the base URL {why}")));
    let mut url = match Url::parse(text.trim()) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            return refuse("has no scheme: write http:// or https:// before it");
        }
        Err(error) => return refuse(&format!("cannot be read: {error}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(&format!("begins with {}: and not with http:// or https://", url.scheme()));
    }
    if url.scheme() == "https" && !tls::IS_AVAILABLE {
        return refuse(&format!("begins with https:, and {}", tls::MISSING));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("has a user name or a password in it, which would end up in logs; WAHA takes a key instead");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a `?` or a `#` in it, after which no path can follow");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}
