//! Construction: builder, environment, base URL, key.

use std::{env, fmt, sync::Arc, time::Duration};

use http::HeaderValue;
use progenitor_client::ClientInfo;
use secrecy::SecretString;
use url::Url;

pub use crate::generated::Client;
use crate::{
    error::{Error, Kind},
    ids::SessionName,
    Session,
};

/// The state of a client, shared by its clones.
#[derive(Clone)]
pub struct Inner(Arc<State>);

/// What [`Inner`] shares.
pub struct State {
    pub(crate) base_url: Url,
    pub(crate) api_key: Option<SecretString>,
    pub(crate) session: SessionName,
    pub(crate) timeout: Duration,
}

impl std::ops::Deref for Inner {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("api_key", &self.api_key.is_some())
            .field("session", &self.session)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Begins a client of the server at `base_url`, such as `http://localhost:3000`.
    ///
    /// A path is kept as a prefix (`https://example.org/waha`), and a slash at the end does not matter.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            api_key: None,
            session: None,
            timeout: ClientBuilder::DEFAULT_TIMEOUT,
        }
    }

    /// A client as the environment describes it.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `WAHA_BASE_URL` | the server's address | none: it has to be set |
    /// | `WAHA_API_KEY` | the key | no key is sent |
    /// | `WAHA_SESSION` | the session of [`default_session`](Self::default_session) | `default` |
    /// | `WAHA_TIMEOUT` | seconds that a call may take, such as `30` or `2.5` | 60 |
    ///
    /// # Errors
    ///
    /// A variable is missing or wrong ([`Kind::Configuration`]); the message names it.
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
            check_key(&key).map_err(|error| wrong("WAHA_API_KEY", error.message()))?;
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
                    return Err(wrong("WAHA_TIMEOUT", "it is a number of seconds greater than zero, such as 30 or 2.5"))
                }
            }
        }
        builder.build()
    }

    /// The handle of a session. Nothing is sent: whether there is such a session shows with the first call.
    ///
    /// # Errors
    ///
    /// No session can have that name ([`Kind::InvalidRequest`]).
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

    /// The server's address, as it is used.
    pub fn base_url(&self) -> &Url {
        &self.inner.base_url
    }
}

fn wrong(variable: &str, why: &str) -> Error {
    Error::new(Kind::Configuration, format!("the environment variable {variable} is wrong: {why}"))
}

/// Makes a [`Client`].
#[derive(Clone)]
#[must_use = "a builder makes nothing before `build`"]
pub struct ClientBuilder {
    base_url: String,
    api_key: Option<SecretString>,
    session: Option<String>,
    timeout: Duration,
}

impl ClientBuilder {
    /// How long a call may take: the server itself waits up to 15 s for a session to become ready.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

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

    /// How long a call may take, from the connection to the last byte of the answer.
    /// Default: [`DEFAULT_TIMEOUT`](Self::DEFAULT_TIMEOUT).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// The address is no HTTP address, the key cannot be sent in a header, the session cannot exist, the timeout is
    /// zero, or TLS cannot be set up ([`Kind::Configuration`]).
    pub fn build(self) -> Result<Client, Error> {
        let base_url = parse_base_url(&self.base_url)?;
        if let Some(key) = &self.api_key {
            check_key(secrecy::ExposeSecret::expose_secret(key))?;
        }
        let session = self.session.as_deref().unwrap_or(SessionName::DEFAULT);
        let session = session.parse().map_err(|error: Error| Error::new(Kind::Configuration, error.message()))?;
        if self.timeout.is_zero() {
            return Err(Error::new(Kind::Configuration, "a timeout of zero leaves no time for any answer"));
        }
        let http = reqwest::Client::builder()
            .user_agent(concat!("waha-rs/", env!("CARGO_PKG_VERSION")))
            .redirect(redirects())
            .build()
            .map_err(|error| {
                Error::new(Kind::Configuration, "the HTTP client cannot be set up").with_source(error.without_url())
            })?;
        let state = State { api_key: self.api_key, session, timeout: self.timeout, base_url };
        let base = state.base_url.as_str().trim_end_matches('/').to_owned();
        Ok(Client::new_with_client(&base, http, Inner(Arc::new(state))))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key.is_some())
            .field("session", &self.session)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// Follows a redirect only where it changes neither who receives the key (same origin) nor what is asked (307 and 308;
/// the older ones turn a `POST` into a `GET`, and the `GET` of `/api/sendText` sends a message as well).
fn redirects() -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(|attempt| {
        let same_origin = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
        let same_request = matches!(attempt.status().as_u16(), 307 | 308);
        if same_origin && same_request && attempt.previous().len() <= MAX_REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}

fn check_key(key: &str) -> Result<(), Error> {
    match HeaderValue::from_str(key) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(
            Kind::Configuration,
            "the API key has characters that a header cannot carry: is there a line feed at its end?",
        )),
    }
}

fn parse_base_url(text: &str) -> Result<Url, Error> {
    let refuse = |why: &str| Err(Error::new(Kind::Configuration, format!("the base URL {why}")));
    let mut url = match Url::parse(text.trim()) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            return refuse("has no scheme: write http:// or https:// before it")
        }
        Err(error) => return refuse(&format!("cannot be read: {error}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(&format!("begins with {}: and not with http:// or https://", url.scheme()));
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
