//! What a client does unless it is told otherwise, and per-call overrides.

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

/// How requests are sent: the defaults of a client, and the overrides of a view.
///
/// Given to [`ClientBuilder::options`](crate::ClientBuilder::options), and changed for single calls by
/// [`Client::with`](crate::Client::with) and [`Session::with`](crate::Session::with). What is set here wins over the
/// environment (`WAHA_TIMEOUT`), which wins over the defaults.
///
/// | setting | default |
/// |---|---|
/// | [`timeout`](Self::timeout) | 60 s; 300 s where a file is sent or made: see below |
/// | [`attempt_timeout`](Self::attempt_timeout) | none: an attempt may take the whole time |
/// | [`connect_timeout`](Self::connect_timeout) | 10 s |
/// | [`idle_timeout`](Self::idle_timeout) | 60 s |
/// | [`retry`](Self::retry) | [`Retry::new`]: twice, where it can do no harm |
/// | [`limits`](Self::limits) | none |
/// | [`refreshes`](Self::refreshes) | 10 a minute for a session, one in 10 minutes for an id |
/// | [`batching`](Self::batching) | 50 items at once, a second between two batches |
/// | [`trace_values`](Self::trace_values) | no |
/// | [`max_answer_size`](Self::max_answer_size) | 256 MiB |
/// | [`header`](Self::header), [`basic_auth`](Self::basic_auth) | none |
/// | [`pool_idle_timeout`](Self::pool_idle_timeout) | 4 s |
/// | [`proxy`](Self::proxy) | as `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say |
/// | [`accept_invalid_certs`](Self::accept_invalid_certs) | no |
///
/// How long a call may take goes by the class of its operation, unless [`timeout`](Self::timeout) is set, which then
/// holds for all of them ([`Operation::default_timeout`] tells):
///
/// | class | default | what the server does |
/// |---|---|---|
/// | a file is in the request, as bytes or as a `url` (`chatting.send_image`, `status.send_video`, `groups.set_picture`, ...) | 300 s | reads up to 50 MB or downloads the file, converts it where told to, and passes it on to WhatsApp |
/// | it answers with a file that it has to make (`media.convert_*`, the profiles and traces of `observability`) | 300 s, until the answer begins | converts, or watches itself for a while |
/// | sessions: start, stop, restart, log out, update, delete | 60 s | waits up to 5 s for its turn, and gives up after 30 s more |
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
#[derive(Clone, Debug)]
#[must_use = "options change nothing before they are given to a client"]
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
    /// That of [`basic_auth`](Self::basic_auth), of which the header has but a form.
    basic_password: Option<SecretString>,
    pub(crate) transport: Transport,
}

impl RequestOptions {
    /// How long a call may take by default. The server itself waits up to 15 s for a session to become ready, and up to
    /// 35 s to start or stop one.
    pub const DEFAULT_TIMEOUT: Duration = operation::TIMEOUT;

    /// How long a call may take by default that sends a file, or that makes the server convert or make one before it
    /// begins to answer.
    pub const DEFAULT_FILE_TIMEOUT: Duration = operation::FILE_TIMEOUT;

    /// How long the server may be silent in the middle of an answer of bytes, by default.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(60);

    /// How large an answer that is not a stream of bytes may be by default, in bytes: 256 MiB.
    pub const DEFAULT_MAX_ANSWER_SIZE: u64 = 256 * 1024 * 1024;

    /// How long a connection may be idle by default before it is closed: 4 s. Node.js, which WAHA runs on, closes one after
    /// 5 s, and a request that is sent at that moment is lost.
    pub const DEFAULT_POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

    /// The defaults.
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

    /// How long a call may take, with all its attempts and the waiting for its turn, to the last byte of the answer. An
    /// answer of bytes has to begin within this time; see [`idle_timeout`](Self::idle_timeout) for the rest.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long one attempt may take, where several are made, once it has its turn. Not heeded for answers of bytes.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long connecting may take. A client with another value has connections of its own.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.transport.connect_timeout = timeout;
        self
    }

    /// How long the server may be silent in the middle of an answer of bytes.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// How large an answer may be that is read as a whole, in bytes. A larger one is an error
    /// ([`ErrorKind::Decode`]). Answers of bytes, such as downloads, are streams and have limits of their own. Default:
    /// [`DEFAULT_MAX_ANSWER_SIZE`](Self::DEFAULT_MAX_ANSWER_SIZE), which is more than any answer of WAHA is known to have.
    pub fn max_answer_size(mut self, bytes: u64) -> Self {
        self.max_answer_size = bytes;
        self
    }

    /// Sends a header with every request to the base URL's origin, downloads included: for what stands before WAHA, such as
    /// Cloudflare Access. It is treated as a secret: it goes nowhere else, across redirects too, and no `Debug`, text or
    /// error shows its value. A header of the same name is replaced. Default: none.
    ///
    /// # Errors
    ///
    /// The name or the value cannot be sent, or the header is the API key's or the connection's own
    /// ([`ErrorKind::Configuration`]).
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Result<Self, Error> {
        let (name, mut value) = own_header(name.as_ref(), value.as_ref())
            .map_err(|problem| Error::new(ErrorKind::Configuration, problem))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Sends a user name and a password with every request, by HTTP's Basic authentication: for a proxy before WAHA that
    /// wants them. They are treated as [`header`](Self::header) is.
    ///
    /// # Errors
    ///
    /// The user name has a `:` in it, which separates it from the password ([`ErrorKind::Configuration`]).
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

    /// How long a connection may be idle before it is closed. Where the server announces a shorter time
    /// (`Keep-Alive: timeout=5`), that is heeded. A client with another value has connections of its own. Default:
    /// [`DEFAULT_POOL_IDLE_TIMEOUT`](Self::DEFAULT_POOL_IDLE_TIMEOUT).
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.transport.pool_idle_timeout = timeout;
        self
    }

    /// When a request is sent again, and how often.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// How many requests may be under way, and how many may be sent in a second. Default: any number. Waiting for a turn
    /// counts into the [`timeout`](Self::timeout) of the call.
    ///
    /// They hold for a client and all of its clones and views together; views with other limits have a queue of their own,
    /// in common with all views of the same limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How often WhatsApp may be asked to refresh what the server remembers. What a client and all of its clones and views
    /// have refreshed is counted together; a view with other limits looks at the same count.
    pub fn refreshes(mut self, limits: RefreshLimits) -> Self {
        self.refreshes = limits;
        self
    }

    /// How fast a batch goes through its items: see [`Session::batch`](crate::Session::batch).
    pub fn batching(mut self, batching: Batching) -> Self {
        self.batching = batching;
        self
    }

    /// Whether traces may hold what requests hold. Without the feature `tracing` there are no traces.
    ///
    /// A call is a span `waha.call` of the target `waha`, at the level `INFO`. Its fields are named as OpenTelemetry names
    /// them, where it does:
    ///
    /// | field | holds |
    /// |---|---|
    /// | `waha.operation` | [`Operation::id`]; absent from a [`Request`](crate::Request) that the document does not know |
    /// | `http.request.method`, `url.template` | `GET`, `/api/{session}/chats` |
    /// | `server.address`, `server.port` | those of the base URL |
    /// | `http.response.status_code` | of the last answer |
    /// | `waha.attempts` | how many requests were sent |
    /// | `waha.duration_ms` | from the call to its answer; of an answer of bytes, to its beginning |
    /// | `error.type` | the [`ErrorKind`] of its error, where it failed |
    /// | `url.full`, `waha.request.body`, `error.message` | only if asked for by this setting |
    ///
    /// A request that is sent again is an event within it, at the level `WARN`, with the `reason` and the `delay_ms` before
    /// it.
    ///
    /// The last row holds ids, phone numbers and messages, and belongs in no log that others read. Texts are clipped, and
    /// the API key is in none of them.
    pub fn trace_values(mut self, trace: bool) -> Self {
        self.trace_values = trace;
        self
    }

    /// Sends everything through a proxy: `http://`, `https://`, or `socks5://` and `socks5h://` with the feature
    /// `socks`; name and password may stand before the host. A client with another proxy has connections of its own.
    ///
    /// # Errors
    ///
    /// The address is no such proxy ([`ErrorKind::Configuration`]).
    pub fn proxy(mut self, url: &str) -> Result<Self, Error> {
        self.transport.proxy = Proxy::parse(url)?;
        Ok(self)
    }

    /// The hosts that are asked without the [`proxy`](Self::proxy), with commas between them: names with all below them
    /// (`example.org`), addresses, networks (`10.0.0.0/8`), `*` for all names. Default: those of `NO_PROXY`.
    pub fn no_proxy_for(mut self, hosts: impl Into<String>) -> Self {
        self.transport.no_proxy = Some(hosts.into());
        self
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.transport.proxy = Proxy::None;
        self
    }

    /// Trusts the certificate authorities of a PEM file as well as those of the system.
    ///
    /// # Errors
    ///
    /// There is no certificate in it ([`ErrorKind::Configuration`]).
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.transport.add_roots(pem.as_ref())?;
        Ok(self)
    }

    /// Shows the server a certificate: a PEM file with the private key and the certificate.
    ///
    /// # Errors
    ///
    /// There is no key or no certificate in it ([`ErrorKind::Configuration`]).
    pub fn client_identity(mut self, pem: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.transport.set_identity(pem.as_ref())?;
        Ok(self)
    }

    /// Talks to a server whatever certificate it shows, even an expired one or that of another host.
    ///
    /// **Whoever is on the way can then read and change everything, the API key included.** For a certificate of your
    /// own, use [`root_certificates`](Self::root_certificates) instead.
    pub fn accept_invalid_certs(mut self, accept: bool) -> Self {
        self.transport.accept_invalid_certs = accept;
        self
    }

    /// How long a call of this operation may take.
    pub(crate) fn time_for(&self, operation: &Operation) -> Duration {
        self.timeout.unwrap_or_else(|| operation.default_timeout())
    }

    /// How long an attempt may take. An answer of bytes is read when the call is over, and must not be cut off.
    pub(crate) fn time_for_attempt(&self, operation: &Operation) -> Option<Duration> {
        self.attempt_timeout.filter(|_| operation.answer != Answer::Bytes)
    }

    /// What the caller gave that no error, `Debug` or trace may repeat.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<_> =
            self.headers.values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        secrets.extend(self.basic_password.as_ref().map(|password| password.expose_secret().to_owned()));
        secrets.extend(self.transport.proxy_password());
        secrets
    }

    /// The headers of the caller's own.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Refuses what cannot work.
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

/// What says where a request ends and where it goes: another value would cut the body off, or lead elsewhere.
const OF_CONNECTION: [HeaderName; 6] = [CONNECTION, CONTENT_LENGTH, HOST, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// A header that a caller may set, or why it cannot be set.
pub(crate) fn own_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    match (HeaderName::try_from(name), header_value(value)) {
        (Ok(name), _) if name == API_KEY => {
            Err("the API key is that of the client: give it to `ClientBuilder::api_key`".to_owned())
        }
        (Ok(name), _) if OF_CONNECTION.contains(&name) => {
            Err(format!("the header {name} is the connection's own: it follows from the base URL and the body"))
        }
        (Ok(name), Some(value)) => Ok((name, value)),
        _ => Err(format!("the header {:?} or its value cannot be sent", clip(name))),
    }
}

/// The value of a header, if it arrives as it is: white space around it would be lost on the way.
pub(crate) fn header_value(value: &str) -> Option<HeaderValue> {
    let is_kept = value.trim_matches([' ', '\t']) == value;
    HeaderValue::from_str(value).ok().filter(|_| is_kept)
}
