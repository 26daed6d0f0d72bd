//! Connection settings, and the pools of connections that requests with equal settings share.

use std::{
    env, fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use reqwest::NoProxy;
use url::Url;

use super::{
    options::RequestOptions,
    tls::{self, SetupError},
};
use crate::error::{Error, ErrorKind};

/// The settings of connections. Requests with equal settings share connections.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Transport {
    pub(crate) proxy: Proxy,
    pub(crate) accept_invalid_certs: bool,
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
    /// The hosts that bypass the proxy; `None`: the value of `NO_PROXY`.
    pub(crate) no_proxy: Option<String>,
    roots: Vec<Bytes>,
    identity: Option<Bytes>,
    /// Whether HTTP/2 is not offered: only a connection of HTTP/1.1 can be upgraded to another protocol.
    is_http1_only: bool,
}

/// Which proxy to use, if any.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// The proxies of the environment variables.
    Environment,
    /// No proxy, not even one of the environment.
    None,
    /// The proxy with this URL.
    Url(Url),
}

impl Proxy {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        // The text may contain a password, so no error repeats it.
        let refuse = |why: &str| Err(Error::new(ErrorKind::Configuration, format!("the proxy's address {why}")));
        let url = match Url::parse(text.trim()) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => return refuse("has no scheme: write http:// before it"),
            Err(error) => return refuse(&format!("cannot be read: {error}")),
        };
        match url.scheme() {
            "https" if !tls::IS_AVAILABLE => return refuse(&format!("begins with https:, and {}", tls::MISSING)),
            "http" | "https" => {}
            "socks4" | "socks4a" | "socks5" | "socks5h" if cfg!(feature = "socks") => {}
            "socks4" | "socks4a" | "socks5" | "socks5h" => {
                return refuse("names a SOCKS proxy: switch on the feature `socks`");
            }
            scheme => return refuse(&format!("begins with {scheme}: and not with http://, https:// or socks5://")),
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refuse("has no host");
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return refuse("has more than a host and a port");
        }
        Ok(Self::Url(url))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("from the environment"),
            Self::None => f.write_str("none"),
            // Omits the user name and the password.
            Self::Url(url) => write!(f, "{}://{}", url.scheme(), url.host_str().unwrap_or_default()),
        }
    }
}

impl Transport {
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

    pub(crate) fn new() -> Self {
        Self {
            proxy: Proxy::Environment,
            accept_invalid_certs: false,
            connect_timeout: Self::CONNECT_TIMEOUT,
            pool_idle_timeout: RequestOptions::DEFAULT_POOL_IDLE_TIMEOUT,
            no_proxy: None,
            roots: Vec::new(),
            identity: None,
            is_http1_only: false,
        }
    }

    /// Returns the same settings for connections that can be upgraded to another protocol.
    #[cfg(feature = "ws")]
    pub(crate) fn upgradable(&self) -> Self {
        Self { is_http1_only: true, ..self.clone() }
    }

    /// Returns the password of the proxy, percent-decoded.
    pub(crate) fn proxy_password(&self) -> Option<String> {
        let Proxy::Url(url) = &self.proxy else { return None };
        let password = percent_encoding::percent_decode_str(url.password()?).decode_utf8_lossy();
        Some(password.into_owned()).filter(|password| !password.is_empty())
    }

    pub(crate) fn add_roots(&mut self, pem: &[u8]) -> Result<(), Error> {
        tls::check_roots(pem)?;
        self.roots.push(Bytes::copy_from_slice(pem));
        Ok(())
    }

    pub(crate) fn set_identity(&mut self, pem: &[u8]) -> Result<(), Error> {
        tls::check_identity(pem)?;
        self.identity = Some(Bytes::copy_from_slice(pem));
        Ok(())
    }

    fn connect(&self) -> Result<reqwest::Client, SetupError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("waha-rs/", env!("CARGO_PKG_VERSION")))
            // `exchange` implements redirects and retries, with its own rules and within the limits.
            .redirect(reqwest::redirect::Policy::none())
            // With no retry left over, it does not copy each request either.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .pool_idle_timeout(self.pool_idle_timeout)
            .connect_timeout(self.connect_timeout);
        if self.is_http1_only {
            builder = builder.http1_only();
        }
        // `reqwest` would read the environment as well, where no option counts and `*` stands for no IP address.
        builder = builder.no_proxy();
        let direct = self.no_proxy.clone().or_else(|| variable("NO_PROXY")).unwrap_or_default();
        let proxies = match &self.proxy {
            Proxy::None => Vec::new(),
            Proxy::Environment => proxies_of_environment(),
            Proxy::Url(url) => vec![reqwest::Proxy::all(url.as_str()).map_err(reqwest::Error::without_url)?],
        };
        for proxy in proxies {
            builder = builder.proxy(proxy.no_proxy(no_proxy(&direct)));
        }
        let roots = self.roots.iter().map(AsRef::as_ref);
        let identity = self.identity.as_deref();
        let builder = tls::configure(builder, roots, identity, self.accept_invalid_certs, self.is_http1_only)?;
        Ok(builder.build().map_err(reqwest::Error::without_url)?)
    }
}

/// Returns the value of an environment variable, whose name may also be in lower case.
fn variable(name: &str) -> Option<String> {
    [name, &name.to_ascii_lowercase()].iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
}

/// Returns the proxies that the environment variables name. A value that is no address is ignored.
fn proxies_of_environment() -> Vec<reqwest::Proxy> {
    let address =
        |name| variable(name).map(|value| if value.contains("://") { value } else { format!("http://{value}") });
    let all = address("ALL_PROXY");
    // In a CGI program, the caller sets it by a header `Proxy`.
    let http = address("HTTP_PROXY").filter(|_| env::var_os("REQUEST_METHOD").is_none());
    let http = http.or_else(|| all.clone()).and_then(|address| reqwest::Proxy::http(address).ok());
    let https = address("HTTPS_PROXY").or(all).and_then(|address| reqwest::Proxy::https(address).ok());
    http.into_iter().chain(https).collect()
}

/// Returns the hosts that bypass a proxy. `*` stands for all of them.
fn no_proxy(hosts: &str) -> Option<NoProxy> {
    match hosts.split(',').any(|host| host.trim() == "*") {
        true => NoProxy::from_string("*,0.0.0.0/0,::/0"),
        false => NoProxy::from_string(hosts),
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("proxy", &self.proxy)
            .field("accept_invalid_certs", &self.accept_invalid_certs)
            .field("connect_timeout", &self.connect_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("no_proxy", &self.no_proxy)
            .field("roots", &self.roots.len())
            .field("identity", &self.identity.is_some())
            .field("is_http1_only", &self.is_http1_only)
            .finish()
    }
}

/// The connections with the same settings.
pub(crate) struct Pool {
    transport: Transport,
    /// The HTTP client, and how long its connections may be idle.
    current: Mutex<(Duration, reqwest::Client)>,
}

impl Pool {
    fn new(transport: &Transport) -> Result<Self, SetupError> {
        let current = Mutex::new((transport.pool_idle_timeout, transport.connect()?));
        Ok(Self { transport: transport.clone(), current })
    }

    fn current(&self) -> MutexGuard<'_, (Duration, reqwest::Client)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the HTTP client.
    pub(crate) fn client(&self) -> reqwest::Client {
        self.current().1.clone()
    }

    /// Applies the `Keep-Alive: timeout=5` of an answer, so that no request uses a connection that the server is
    /// closing.
    pub(crate) fn learn_keep_alive(&self, headers: &HeaderMap) {
        // A request that is on its way while the server closes the connection would be lost: close 1 s earlier.
        let Some(announced) = announced_keep_alive(headers).map(|time| time.saturating_sub(Duration::from_secs(1)))
        else {
            return;
        };
        let mut current = self.current();
        if announced >= current.0 {
            return;
        }
        let mut transport = self.transport.clone();
        transport.pool_idle_timeout = announced;
        // Creating the client has succeeded with another timeout; if it fails now, keep the old one.
        if let Ok(client) = transport.connect() {
            *current = (announced, client);
        }
    }
}

static KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// Returns the timeout in a `Keep-Alive: timeout=5` header.
fn announced_keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(&KEEP_ALIVE)?.to_str().ok()?;
    let mut parameters = value.split(',').filter_map(|parameter| parameter.split_once('='));
    let (_, seconds) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"))?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

/// The pools of a client and its views, one for each [`Transport`]; never removed.
#[derive(Clone, Default)]
pub(crate) struct Pools(Arc<Mutex<Vec<Arc<Pool>>>>);

impl Pools {
    /// Returns the pool for these settings, and creates it if there is none.
    pub(crate) fn get(&self, transport: &Transport) -> Result<Arc<Pool>, Error> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.iter().find(|pool| pool.transport == *transport) {
            return Ok(pool.clone());
        }
        let pool = Pool::new(transport).map_err(|error| {
            Error::new(ErrorKind::Configuration, "the HTTP client cannot be set up").with_source(error)
        })?;
        let pool = Arc::new(pool);
        pools.push(pool.clone());
        Ok(pool)
    }
}
