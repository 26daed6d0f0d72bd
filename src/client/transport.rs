//! Connections: what decides which requests may share them, and the clients that hold them.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;
use reqwest::NoProxy;
use url::Url;

use super::{options::RequestOptions, tls};
use crate::error::{Error, ErrorKind};

/// The settings that belong to connections. Requests with the same settings share them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Transport {
    pub(crate) proxy: Proxy,
    pub(crate) accept_invalid_certs: bool,
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
    /// The hosts that are asked without the proxy; `None`: as the environment says.
    pub(crate) no_proxy: Option<String>,
    roots: Vec<Bytes>,
    identity: Option<Bytes>,
}

/// Which proxy to use, if any.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// As the environment says.
    Environment,
    /// None, whatever it says.
    None,
    /// This one.
    Url(Url),
}

impl Proxy {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        // The text may hold a password, and is not repeated.
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
                return refuse("is that of a SOCKS proxy: switch on the feature `socks`");
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
            Self::Environment => f.write_str("as the environment says"),
            Self::None => f.write_str("none"),
            // Without name and password.
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
        }
    }

    /// The password of the proxy, as it was meant.
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

    fn connect(&self) -> reqwest::Result<reqwest::Client> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("waha-rs/", env!("CARGO_PKG_VERSION")))
            // The exchange follows redirects and sends again, by rules of its own and within the limits.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_idle_timeout(self.pool_idle_timeout)
            .connect_timeout(self.connect_timeout);
        match &self.proxy {
            Proxy::Environment => {}
            Proxy::None => builder = builder.no_proxy(),
            Proxy::Url(url) => {
                let except = match &self.no_proxy {
                    Some(hosts) => NoProxy::from_string(hosts),
                    None => NoProxy::from_env(),
                };
                builder = builder.proxy(reqwest::Proxy::all(url.as_str())?.no_proxy(except));
            }
        }
        let roots = self.roots.iter().map(AsRef::as_ref);
        tls::configure(builder, roots, self.identity.as_deref(), self.accept_invalid_certs)?.build()
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
            .finish()
    }
}

/// The connections of a transport.
pub(crate) struct Pool {
    transport: Transport,
    /// The HTTP client, and how long it keeps idle connections.
    current: Mutex<(Duration, reqwest::Client)>,
}

impl Pool {
    fn new(transport: &Transport) -> reqwest::Result<Self> {
        let current = Mutex::new((transport.pool_idle_timeout, transport.connect()?));
        Ok(Self { transport: transport.clone(), current })
    }

    fn current(&self) -> MutexGuard<'_, (Duration, reqwest::Client)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The HTTP client.
    pub(crate) fn client(&self) -> reqwest::Client {
        self.current().1.clone()
    }

    /// Heeds `Keep-Alive: timeout=5`: a connection that the server may be closing is not used for a request.
    pub(crate) fn learn_keep_alive(&self, headers: &HeaderMap) {
        // A second for what is on its way while the server decides to close.
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
        // That it could be set up with another time means that it can be with this one; else the old one stays.
        if let Ok(client) = transport.connect() {
            *current = (announced, client);
        }
    }
}

/// The seconds of `Keep-Alive: timeout=5`.
fn announced_keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("keep-alive")?.to_str().ok()?;
    let mut parameters = value.split(',').filter_map(|parameter| parameter.split_once('='));
    let (_, seconds) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"))?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

/// The pools of a client and its views, one for each kind of transport, made once and kept.
#[derive(Clone, Default)]
pub(crate) struct Pools(Arc<Mutex<Vec<Arc<Pool>>>>);

impl Pools {
    /// The pool for a transport.
    pub(crate) fn get(&self, transport: &Transport) -> Result<Arc<Pool>, Error> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.iter().find(|pool| pool.transport == *transport) {
            return Ok(pool.clone());
        }
        let pool = Pool::new(transport).map_err(|error| {
            Error::new(ErrorKind::Configuration, "the HTTP client cannot be set up").with_source(error.without_url())
        })?;
        let pool = Arc::new(pool);
        pools.push(pool.clone());
        Ok(pool)
    }
}
