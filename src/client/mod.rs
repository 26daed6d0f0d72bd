//! The client: its configuration, and the state that its calls share.

pub(crate) mod options;
pub(crate) mod server_release;
pub(crate) mod tls;
pub(crate) mod transport;
#[cfg(feature = "rustls")]
mod trust;

use std::{env, fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use self::{
    options::RequestOptions,
    server_release::ServerRelease,
    transport::{Pool, Pools},
};
use crate::{
    address::http_url,
    error::{Error, ErrorKind},
    generated::BaseUrl,
    ids::SessionName,
    policy::{
        ChatQueues, RefreshLimiter,
        limits::{Limiter, Limiters},
        retry::Budget,
    },
    redaction::Redactor,
};

/// The name of the header with the API key.
pub(crate) const API_KEY: &str = "x-api-key";

/// A client of one WAHA server.
///
/// Created by [`Client::builder`] or [`Client::from_env`]. Cheap to clone: clones share connections and settings.
///
/// Operations of a session are methods of [`Session`](crate::Session), which [`Client::session`] returns; all others
/// are methods of the client:
///
/// ```no_run
/// # async fn run() -> Result<(), waha::Error> {
/// let client = waha::Client::builder("http://localhost:3000").api_key("secret").build()?;
/// let version = client.observability().get_version().await?;
/// println!("WAHA {}", version.version);
/// # Ok(())
/// # }
/// ```
///
/// From the environment, and what it gives:
///
/// ```no_run
/// # async fn run() -> Result<(), waha::Error> {
/// use waha::{Client, Method};
///
/// let client = Client::from_env()?; // WAHA_BASE_URL, WAHA_API_KEY, WAHA_SESSION, WAHA_TIMEOUT
/// println!("{}, with {:?}", client.base_url(), client.options());
/// client.default_session().send_text("11111111111@c.us", "hi").await?;
/// client.session("sales")?.send_text("11111111111@c.us", "hi").await?;
/// let answer = client.request(Method::GET, "/api/something/new").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    state: Arc<State>,
}

/// The state that the clones of a client share.
#[derive(Clone)]
struct State {
    base_url: Arc<BaseUrl>,
    /// The base URL as text, without a slash at its end.
    base_text: String,
    /// Marked as sensitive.
    api_key: Option<HeaderValue>,
    session: SessionName,
    options: RequestOptions,
    redactor: Arc<Redactor>,
    pools: Pools,
    /// The connections for `options.transport`.
    pool: Arc<Pool>,
    budget: Budget,
    limiters: Limiters,
    /// The limiter for `options.limits`.
    limiter: Arc<Limiter>,
    refresh_limiter: RefreshLimiter,
    server_release: Arc<ServerRelease>,
    chat_queues: ChatQueues,
    /// Why no request can be sent, if the options given to [`Client::with`] are invalid.
    broken: Option<String>,
}

impl Client {
    /// Returns a builder of a client for the server at `base_url`, such as `http://localhost:3000`.
    ///
    /// A path is kept as a prefix (`https://example.org/waha`); a slash at the end is ignored.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder { base_url: base_url.into(), api_key: None, session: None, options: RequestOptions::new() }
    }

    /// Creates a client from environment variables.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `WAHA_BASE_URL` | the server's address | none: the variable is required |
    /// | `WAHA_API_KEY` | the API key | no key is sent |
    /// | `WAHA_SESSION` | the session of [`default_session`](Self::default_session) | `default` |
    /// | `WAHA_TIMEOUT` | timeout of a call in seconds, such as `30` or `2.5` | depends on the operation: see [`RequestOptions`] |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if a variable is missing or invalid; the message names it.
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
                "it is not set; set it to the server's address, such as http://localhost:3000",
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
                        "it must be a number of seconds greater than zero, such as 30 or 2.5",
                    ));
                }
            }
        }
        builder.build()
    }

    /// Returns a view of this client with changed options, for a single call or for longer.
    ///
    /// The view shares the client's connections. If settings of the proxy, of TLS, the connect timeout or the idle
    /// timeout of connections differ, it uses a separate pool, which is shared by all views with the same such
    /// settings.
    ///
    /// Invalid options are reported by the calls of the view ([`ErrorKind::Configuration`]).
    ///
    /// ```no_run
    /// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
    /// let quick = client.with(|options| options.timeout(std::time::Duration::from_secs(5)));
    /// quick.observability().ping().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with(&self, change: impl FnOnce(RequestOptions) -> RequestOptions) -> Self {
        let mut state = State::clone(&self.state);
        state.options = change(state.options);
        state.redactor = Arc::new(redactor(state.api_key.as_ref(), &state.options));
        let pool = state.options.check().and_then(|()| state.pools.get(&state.options.transport));
        state.limiter = state.limiters.get(state.options.limits);
        match pool {
            Ok(pool) => (state.pool, state.broken) = (pool, None),
            Err(error) => state.broken = Some(error.message().to_owned()),
        }
        Self { state: Arc::new(state) }
    }

    /// Returns the options that requests are sent with.
    pub fn options(&self) -> &RequestOptions {
        &self.state.options
    }

    /// Returns the server's address, as it is used for requests.
    pub fn base_url(&self) -> &Url {
        self.state.base_url.url()
    }

    /// Returns the server's address, to be kept.
    pub(crate) fn shared_base_url(&self) -> Arc<BaseUrl> {
        self.state.base_url.clone()
    }

    /// Returns the base URL as text, without a slash at its end.
    pub(crate) fn base_text(&self) -> &str {
        &self.state.base_text
    }

    /// Returns the HTTP client for these options.
    pub(crate) fn http(&self) -> reqwest::Client {
        self.state.pool.client()
    }

    /// Returns the HTTP client for connections that are upgraded to another protocol.
    ///
    /// # Errors
    ///
    /// It cannot be set up ([`ErrorKind::Configuration`]).
    #[cfg(feature = "ws")]
    pub(crate) fn upgradable_http(&self) -> Result<reqwest::Client, Error> {
        Ok(self.state.pools.get(&self.state.options.transport.upgradable())?.client())
    }

    /// Adopts the server's timeout for idle connections, if `headers` announce one.
    pub(crate) fn learn_keep_alive(&self, headers: &HeaderMap) {
        self.state.pool.learn_keep_alive(headers);
    }

    pub(crate) fn api_key(&self) -> Option<&HeaderValue> {
        self.state.api_key.as_ref()
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.state.redactor
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.state.budget
    }

    pub(crate) fn limiter(&self) -> &Arc<Limiter> {
        &self.state.limiter
    }

    pub(crate) fn refresh_limiter(&self) -> &RefreshLimiter {
        &self.state.refresh_limiter
    }

    pub(crate) fn server_release(&self) -> &ServerRelease {
        &self.state.server_release
    }

    pub(crate) fn chat_queues(&self) -> &ChatQueues {
        &self.state.chat_queues
    }

    /// Returns the name of the session that was set when the client was built.
    pub(crate) fn session_name(&self) -> &SessionName {
        &self.state.session
    }

    /// Returns why no request can be sent, if the options are invalid.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.state.broken.as_deref()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.state.base_text)
            .field("api_key", &self.state.api_key.is_some())
            .field("session", &self.state.session)
            .field("options", &self.state.options)
            .finish_non_exhaustive()
    }
}

/// Returns a redactor of the secrets that no error, `Debug` output or trace may contain.
fn redactor(api_key: Option<&HeaderValue>, options: &RequestOptions) -> Redactor {
    let key = api_key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    Redactor::new(key.into_iter().chain(options.secrets()))
}

fn wrong(variable: &str, why: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("the environment variable {variable} is wrong: {why}"))
}

/// A builder of a [`Client`].
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::{Client, RequestOptions, Retry};
///
/// let client = Client::builder("https://example.org/waha")
///     .api_key("secret")
///     .session("sales")
///     .options(RequestOptions::new().retry(Retry::never()))
///     .timeout(Duration::from_secs(30))
///     .build()?;
/// assert_eq!(client.default_session().name().as_str(), "sales");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    base_url: String,
    api_key: Option<SecretString>,
    session: Option<String>,
    options: RequestOptions,
}

impl ClientBuilder {
    /// Sets the API key. It is sent as `X-Api-Key`, and only to the origin of the base URL. Default: none.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into().into());
        self
    }

    /// Sets the name of the session that [`Client::default_session`] returns. Default: `default`.
    pub fn session(mut self, name: impl Into<String>) -> Self {
        self.session = Some(name.into());
        self
    }

    /// Sets the options that requests are sent with. Default: [`RequestOptions::new`].
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets how long a call may take: a shorthand for [`RequestOptions::timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.timeout(timeout);
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the base URL is not a valid HTTP or HTTPS URL, the API key cannot be sent in a
    /// header, the session name is invalid, a timeout is zero, or TLS cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let base_url = parse_base_url(&self.base_url)?;
        let api_key = self.api_key.as_ref().map(|key| key_header(key.expose_secret())).transpose()?;
        let session = self.session.as_deref().unwrap_or(SessionName::DEFAULT);
        let session = session.parse().map_err(|error: Error| Error::new(ErrorKind::Configuration, error.message()))?;
        self.options.check()?;
        let pools = Pools::default();
        let pool = pools.get(&self.options.transport)?;
        let limiters = Limiters::default();
        let state = State {
            base_text: base_url.as_str().trim_end_matches('/').to_owned(),
            base_url: Arc::new(BaseUrl::new(base_url)),
            redactor: Arc::new(redactor(api_key.as_ref(), &self.options)),
            api_key,
            session,
            limiter: limiters.get(self.options.limits),
            limiters,
            options: self.options,
            pools,
            pool,
            budget: Budget::new(),
            refresh_limiter: RefreshLimiter::default(),
            server_release: Arc::default(),
            chat_queues: ChatQueues::default(),
            broken: None,
        };
        Ok(Client { state: Arc::new(state) })
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
    let mut value = options::header_value(key).ok_or_else(|| {
        let why =
            "the API key contains characters that are invalid in a header: is there a space or a line feed at its end?";
        Error::new(ErrorKind::Configuration, why)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn parse_base_url(text: &str) -> Result<Url, Error> {
    let refuse = |why: &str| Err(Error::new(ErrorKind::Configuration, format!("the base URL {why}")));
    let mut url = match http_url(text) {
        Ok(url) => url,
        Err(why) => return refuse(&why),
    };
    if url.scheme() == "https" && !tls::IS_AVAILABLE {
        return refuse(&format!("begins with https:, and {}", tls::MISSING));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(
            "has a user name or a password in it, which would end up in logs: give them to `RequestOptions::basic_auth`, and \
             WAHA's own key to `ClientBuilder::api_key`",
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("has a `?` or a `#` in it: no path can be appended to it");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}
