//! The options that requests are sent with.

use std::time::Duration;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRAILER, TRANSFER_ENCODING, UPGRADE},
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    API_KEY,
    transport::{Proxy, Transport},
};
use crate::{
    error::{Error, ErrorKind, clip},
    operation::{self, Answer, Operation},
    policy::{Batching, Limits, RefreshLimits, Retry},
};

/// The options that requests are sent with.
///
/// Set for a client by [`ClientBuilder::options`](crate::ClientBuilder::options), and changed for single calls by
/// [`Client::with`](crate::Client::with) and [`Session::with`](crate::Session::with). Options take precedence over the
/// environment (`WAHA_TIMEOUT`), which takes precedence over the defaults.
///
/// | setting | default |
/// |---|---|
/// | [`timeout`](Self::timeout) | 60 s; 300 s if a file is sent or generated: see below |
/// | [`attempt_timeout`](Self::attempt_timeout) | none: an attempt may take as long as the call |
/// | [`connect_timeout`](Self::connect_timeout) | 10 s |
/// | [`idle_timeout`](Self::idle_timeout) | 60 s |
/// | [`retry`](Self::retry) | [`Retry::new`]: two retries, if repeating is safe |
/// | [`limits`](Self::limits) | none |
/// | [`refreshes`](Self::refreshes) | 10 per minute and session, one per 10 minutes and id |
/// | [`batching`](Self::batching) | 50 items per batch, 1 s between two batches |
/// | [`trace_values`](Self::trace_values) | no |
/// | [`max_answer_size`](Self::max_answer_size) | 256 MiB |
/// | [`header`](Self::header), [`basic_auth`](Self::basic_auth) | none |
/// | [`pool_idle_timeout`](Self::pool_idle_timeout) | 4 s |
/// | [`proxy`](Self::proxy) | from `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` |
/// | [`accept_invalid_certs`](Self::accept_invalid_certs) | no |
///
/// The default timeout depends on the operation ([`Operation::default_timeout`] returns it). A
/// [`timeout`](Self::timeout) applies to all operations instead.
///
/// | operation | default timeout | what the server does |
/// |---|---|---|
/// | sends a file, as bytes or as a `url` (`chatting.send_image`, `status_updates.send_video`, `groups.set_picture`, ...) | 300 s | reads up to 50 MB or downloads the file, converts it on request, and uploads it to WhatsApp |
/// | returns a file that the server has to generate (`media.convert_*`, the profiles and traces of `observability`) | 300 s, until the answer begins | converts a file, or records its own activity for a while |
/// | starts, stops, restarts, logs out, updates or deletes a session | 60 s | waits up to 5 s for the session's lock, and gives up after 30 s more |
/// | everything else | 60 s | waits up to 15 s for the session to become ready |
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::{Client, RequestOptions};
///
/// let options = RequestOptions::new().timeout(Duration::from_secs(30)).proxy("http://user:pass@proxy:3128")?;
/// let client = Client::builder("http://localhost:3000").options(options).build()?;
/// let patient = client.with(|options| options.timeout(Duration::from_secs(300)));
/// # Ok(())
/// # }
/// ```
///
/// All settings:
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use waha::{Batching, Limits, RefreshLimits, RequestOptions, Retry};
///
/// let second = Duration::from_secs(1);
/// let options = RequestOptions::new()
///     .timeout(60 * second)
///     .attempt_timeout(20 * second)
///     .connect_timeout(5 * second)
///     .idle_timeout(30 * second)
///     .pool_idle_timeout(4 * second)
///     .max_answer_size(1024 * 1024)
///     .retry(Retry::new().max_retries(1))
///     .limits(Limits::new().per_second(10))
///     .refreshes(RefreshLimits::new().per_session(3, 60 * second))
///     .batching(Batching::new(10, 5 * second))
///     .trace_values(true)
///     // What stands before the server.
///     .header("CF-Access-Client-Secret", "secret")?
///     .basic_auth("user", "password")?
///     .no_proxy_for("10.0.0.0/8")
///     // What the server is known by, and this client.
///     .root_certificates(std::fs::read("server.pem")?)?
///     .client_identity(std::fs::read("me.pem")?)?
///     .accept_invalid_certs(false);
/// let direct = options.clone().no_proxy();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "options have no effect until they are given to a client"]
pub struct RequestOptions {
    timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    pub(crate) idle_timeout: Duration,
    pub(crate) retry: Retry,
    pub(crate) limits: Limits,
    pub(crate) refreshes: RefreshLimits,
    pub(crate) batching: Batching,
    pub(crate) trace_values: bool,
    pub(crate) max_answer_size: u64,
    headers: HeaderMap,
    /// The password of [`basic_auth`](Self::basic_auth), kept for redaction: the header only has its base64 form.
    basic_password: Option<SecretString>,
    pub(crate) transport: Transport,
}

impl RequestOptions {
    /// How long a call may take by default: 60 s. The server itself waits up to 15 s for a session to become ready, and
    /// up to 35 s to start or stop one.
    pub const DEFAULT_TIMEOUT: Duration = operation::TIMEOUT;

    /// How long a call may take by default if it sends a file, or if the server has to convert or generate one before
    /// it begins to answer: 300 s.
    pub const DEFAULT_FILE_TIMEOUT: Duration = operation::FILE_TIMEOUT;

    /// How long the server may pause while it sends an answer of bytes, by default: 60 s.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(60);

    /// The maximum size of an answer that is read as a whole by default, in bytes: 256 MiB.
    pub const DEFAULT_MAX_ANSWER_SIZE: u64 = 256 * 1024 * 1024;

    /// How long a connection may be idle by default before it is closed: 4 s. Node.js, which WAHA runs on, closes idle
    /// connections after 5 s, and a request that is sent at that moment is lost.
    pub const DEFAULT_POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

    /// Returns the default options.
    pub fn new() -> Self {
        Self {
            timeout: None,
            attempt_timeout: None,
            idle_timeout: Self::DEFAULT_IDLE_TIMEOUT,
            retry: Retry::new(),
            limits: Limits::new(),
            refreshes: RefreshLimits::new(),
            batching: Batching::default(),
            trace_values: false,
            max_answer_size: Self::DEFAULT_MAX_ANSWER_SIZE,
            headers: HeaderMap::new(),
            basic_password: None,
            transport: Transport::new(),
        }
    }

    /// Sets how long a call may take in total: waiting for [`limits`](Self::limits), all attempts, and reading the
    /// answer. An answer of bytes only has to begin within this time; [`idle_timeout`](Self::idle_timeout) applies to
    /// the rest. Default: [`Operation::default_timeout`].
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long one attempt may take, not counting the time that it waits for [`limits`](Self::limits). Does not
    /// apply to answers of bytes. Default: as long as the call.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Sets how long connecting may take. Views with different values do not share connections. Default: 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.transport.connect_timeout = timeout;
        self
    }

    /// Sets how long the server may pause while it sends an answer of bytes. Default:
    /// [`DEFAULT_IDLE_TIMEOUT`](Self::DEFAULT_IDLE_TIMEOUT).
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets the maximum size of an answer that is read as a whole, in bytes; a larger one is an error
    /// ([`ErrorKind::Decode`]). Does not apply to answers of bytes, such as downloads, which are streams. Default:
    /// [`DEFAULT_MAX_ANSWER_SIZE`](Self::DEFAULT_MAX_ANSWER_SIZE), which is larger than any known answer of WAHA.
    pub fn max_answer_size(mut self, bytes: u64) -> Self {
        self.max_answer_size = bytes;
        self
    }

    /// Adds a header to every request to the origin of the base URL, including downloads: for a gateway in front of
    /// WAHA, such as Cloudflare Access. The value is treated as a secret: it is sent to no other origin, not even after
    /// a redirect, and appears in no `Debug` output, error or trace. A header of the same name is replaced. Default:
    /// none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the name or the value is not valid, or if the header is `X-Api-Key` or one that
    /// belongs to the connection, such as `Host` or `Content-Length`.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Result<Self, Error> {
        let (name, mut value) = caller_header(name.as_ref(), value.as_ref())
            .map_err(|problem| Error::new(ErrorKind::Configuration, problem))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Adds a user name and a password to every request, by HTTP Basic authentication: for a reverse proxy in front of
    /// WAHA that requires them. They are sent and kept secret like a [`header`](Self::header). Default: none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the user name contains a `:`, which separates it from the password.
    pub fn basic_auth(mut self, user: impl AsRef<str>, password: impl AsRef<str>) -> Result<Self, Error> {
        use base64::{Engine, engine::general_purpose::STANDARD};

        let user = user.as_ref();
        if user.contains(':') {
            let why = "the user name has a `:` in it, which separates it from the password";
            return Err(Error::new(ErrorKind::Configuration, why));
        }
        let credentials = STANDARD.encode(format!("{user}:{}", password.as_ref()));
        self.basic_password = Some(password.as_ref().into());
        self.header(AUTHORIZATION.as_str(), format!("Basic {credentials}"))
    }

    /// Sets how long a connection may be idle before it is closed. If the server announces a shorter time
    /// (`Keep-Alive: timeout=5`), that one applies. Views with different values do not share connections. Default:
    /// [`DEFAULT_POOL_IDLE_TIMEOUT`](Self::DEFAULT_POOL_IDLE_TIMEOUT).
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.transport.pool_idle_timeout = timeout;
        self
    }

    /// Sets when a request is sent again, and how often. Default: [`Retry::new`].
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets how many requests may be sent in a given time, and how many may be in progress at once. A call that has to
    /// wait for this spends part of its [`timeout`](Self::timeout). Default: no limits.
    ///
    /// A client, its clones and its views share one queue. Views with other limits have a separate queue, which is
    /// shared by all views with the same limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how often the server may be made to refresh its cache from WhatsApp. The refreshes of a client, its clones
    /// and its views are counted together, even if their limits differ. Default: [`RefreshLimits::new`].
    pub fn refreshes(mut self, limits: RefreshLimits) -> Self {
        self.refreshes = limits;
        self
    }

    /// Sets how fast a batch processes its items: see [`Session::batch`](crate::Session::batch). Default:
    /// [`Batching::default`].
    pub fn batching(mut self, batching: Batching) -> Self {
        self.batching = batching;
        self
    }

    /// Sets whether traces may contain values of requests, such as ids and messages. Has no effect without the feature
    /// `tracing`. Default: `false`.
    ///
    /// Each call is a span `waha.call` with the target `waha` and the level `INFO`. Field names follow OpenTelemetry's
    /// conventions where these define one:
    ///
    /// | field | value |
    /// |---|---|
    /// | `waha.operation` | [`Operation::id`]; absent for a [`Request`](crate::Request) that matches no operation of the document |
    /// | `http.request.method`, `url.template` | `GET`, `/api/{session}/chats` |
    /// | `server.address`, `server.port` | host and port of the base URL |
    /// | `http.response.status_code` | status of the last answer |
    /// | `waha.attempts` | how many requests were sent |
    /// | `waha.duration_ms` | milliseconds from the call to its answer, or to the beginning of an answer of bytes |
    /// | `error.type` | the [`ErrorKind`] of the error, if the call failed |
    /// | `url.full`, `waha.request.body`, `error.message` | only if this option is set |
    ///
    /// Each retry is an event in this span at the level `WARN`, with the fields `reason` and `delay_ms`, the delay
    /// before the retry in milliseconds.
    ///
    /// The fields of the last row contain ids, phone numbers and messages: keep them out of logs that others can read.
    /// Long texts are clipped, and secrets such as the API key are redacted.
    pub fn trace_values(mut self, trace: bool) -> Self {
        self.trace_values = trace;
        self
    }

    /// Sends all requests through a proxy: `http://` or `https://`, or with the feature `socks` also `socks4://`,
    /// `socks4a://`, `socks5://` or `socks5h://`. The URL may contain a user name and a password. Views with different
    /// proxies do not share connections. Default: the proxies of the environment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if the URL is invalid, its scheme is not supported, or it has more than a host and
    /// a port.
    pub fn proxy(mut self, url: &str) -> Result<Self, Error> {
        self.transport.proxy = Proxy::parse(url)?;
        Ok(self)
    }

    /// Sets the hosts that bypass the [`proxy`](Self::proxy), or the proxies of the environment, separated by commas:
    /// domains, which include their subdomains (`example.org`), IP addresses, networks (`10.0.0.0/8`), or `*` for all
    /// hosts. Default: the value of `NO_PROXY`.
    pub fn no_proxy_for(mut self, hosts: impl Into<String>) -> Self {
        self.transport.no_proxy = Some(hosts.into());
        self
    }

    /// Uses no proxy, not even one of the environment.
    pub fn no_proxy(mut self) -> Self {
        self.transport.proxy = Proxy::None;
        self
    }

    /// Trusts the certificates in `pem`, the contents of a PEM file, in addition to those of the system: the certificates
    /// of certificate authorities, or the server's own, such as one that `openssl req -x509` has made. Its dates and the
    /// base URL's host are checked all the same.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if it contains no valid certificate, or if no TLS feature is enabled.
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.transport.add_roots(pem.as_ref())?;
        Ok(self)
    }

    /// Authenticates to the server with a client certificate: `pem` is the contents of a PEM file with the private key
    /// and the certificate.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Configuration`] if it contains no valid key or no certificate, or if no TLS feature is enabled.
    pub fn client_identity(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.transport.set_identity(pem.as_ref())?;
        Ok(self)
    }

    /// Sets whether to accept any certificate of the server, even an expired one or one for another host. Default:
    /// `false`.
    ///
    /// **This allows man-in-the-middle attacks, which can read and change everything, including the API key.** For a
    /// self-signed certificate, use [`root_certificates`](Self::root_certificates) instead.
    pub fn accept_invalid_certs(mut self, accept: bool) -> Self {
        self.transport.accept_invalid_certs = accept;
        self
    }

    /// Returns how long a call of this operation may take.
    pub(crate) fn time_for(&self, operation: &Operation) -> Duration {
        self.timeout.unwrap_or_else(|| operation.default_timeout())
    }

    /// Returns how long an attempt may take. No limit for answers of bytes, which are read after the call has returned.
    pub(crate) fn time_for_attempt(&self, operation: &Operation) -> Option<Duration> {
        self.attempt_timeout.filter(|_| operation.answer != Answer::Bytes)
    }

    /// Returns the secrets in these options, which no error, `Debug` output or trace may contain.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<_> =
            self.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        secrets.extend(self.basic_password.as_ref().map(|password| password.expose_secret().to_owned()));
        secrets.extend(self.transport.proxy_password());
        secrets
    }

    /// Returns the headers that the caller has added.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns an error if a timeout is zero.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let times = [
            ("timeout", self.timeout),
            ("attempt_timeout", self.attempt_timeout),
            ("connect_timeout", Some(self.transport.connect_timeout)),
            ("idle_timeout", Some(self.idle_timeout)),
        ];
        match times.into_iter().find(|(_, time)| time.is_some_and(|time| time.is_zero())) {
            Some((name, _)) => {
                Err(Error::new(ErrorKind::Configuration, format!("a {name} of zero leaves no time for any answer")))
            }
            None => Ok(()),
        }
    }
}

impl Default for RequestOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Headers that determine where a request goes and where its body ends, which a caller must not change.
const CONNECTION_HEADERS: [HeaderName; 6] = [CONNECTION, CONTENT_LENGTH, HOST, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// Parses a header of the caller; returns a message if it is not valid or must not be set.
pub(crate) fn caller_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    match (HeaderName::try_from(name), header_value(value)) {
        (Ok(name), _) if name == API_KEY => {
            Err("the header x-api-key cannot be set here: give the API key to `ClientBuilder::api_key`".to_owned())
        }
        (Ok(name), _) if CONNECTION_HEADERS.contains(&name) => {
            Err(format!("the header {name} is the connection's own: it follows from the base URL and the body"))
        }
        (Ok(name), Some(value)) => Ok((name, value)),
        _ => Err(format!("the header {:?} or its value cannot be sent", clip(name))),
    }
}

/// Parses the value of a header; `None` if it is invalid, or surrounded by white space, which servers strip.
pub(crate) fn header_value(value: &str) -> Option<HeaderValue> {
    let is_kept = value.trim_matches([' ', '\t']) == value;
    HeaderValue::from_str(value).ok().filter(|_| is_kept)
}
