//! Connections: what decides which requests may share them, and the clients that hold them.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use reqwest::NoProxy;
use url::Url;

use crate::{
    client::tls,
    error::{Error, ErrorKind},
};

/// The settings that belong to connections. Requests with the same settings share them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Transport {
    pub(crate) proxy: Proxy,
    pub(crate) accept_invalid_certs: bool,
    pub(crate) connect_timeout: Duration,
    /// The hosts that are asked without the proxy; `None`: as the environment says.
    pub(crate) no_proxy: Option<String>,
    roots: Vec<Bytes>,
    identity: Option<Bytes>,
}

/// Whether and which.
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
            no_proxy: None,
            roots: Vec::new(),
            identity: None,
        }
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
            .redirect(redirects())
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
            .field("roots", &self.roots.len())
            .field("identity", &self.identity.is_some())
            .finish()
    }
}

/// The HTTP clients of a client and its views, one for each kind of transport, made once and kept.
#[derive(Clone, Default)]
pub(crate) struct Pools(Arc<Mutex<Vec<(Transport, reqwest::Client)>>>);

impl Pools {
    /// The HTTP client for a transport.
    pub(crate) fn get(&self, transport: &Transport) -> Result<reqwest::Client, Error> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = pools.iter().find(|(other, _)| other == transport) {
            return Ok(client.clone());
        }
        let client = transport.connect().map_err(|error| {
            Error::new(ErrorKind::Configuration, "the HTTP client cannot be set up").with_source(error.without_url())
        })?;
        pools.push((transport.clone(), client.clone()));
        Ok(client)
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
