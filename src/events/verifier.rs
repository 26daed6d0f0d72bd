use std::{
    error::Error as StdError,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;

use super::Event;
use crate::{Error, redaction::Redactor, text};

/// The header with the signature.
const SIGNATURE: &str = "x-webhook-hmac";
/// The header with the algorithm of the signature.
const ALGORITHM: &str = "x-webhook-hmac-algorithm";
/// The header with the time of the event, in milliseconds since 1970.
const TIMESTAMP: &str = "x-webhook-timestamp";

/// The length of a signature, in bytes.
const SIGNATURE_LENGTH: usize = 64;

/// Verifies deliveries of webhooks, and reads their events.
///
/// A delivery carries the HMAC-SHA512 of its body, made with the key of the webhook's configuration. Whoever does not
/// know the key can neither make nor change one. Signatures are compared in constant time.
///
/// It does no I/O, and works with any web framework: give it the body as it was received, before anything has parsed it,
/// and the headers.
///
/// ```
/// # fn main() -> Result<(), waha::events::VerifyError> {
/// use waha::events::Verifier;
///
/// let verifier = Verifier::new("my-secret-key");
/// let body = r#"{"event":"message","session":"default","engine":"WEBJS"}"#;
/// let headers = [("X-Webhook-Hmac-Algorithm", "sha512"), ("X-Webhook-Hmac", "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11f\
/// dbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89")];
/// let event = verifier.verify(body, headers)?;
/// assert_eq!(event.session, "default");
/// assert!(verifier.verify(body.replace("default", "another"), headers).is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Old deliveries
///
/// Somebody who has recorded a delivery could send it again. Therefore an event whose time differs from the clock of this
/// machine by more than the [`tolerance`](Self::tolerance) is refused. The time is part of the signed body, and the
/// header `X-Webhook-Timestamp` has to repeat it. Within the tolerance, [`SeenEvents`](super::SeenEvents) recognises
/// repetitions. Releases that send neither are not protected.
///
/// Other settings:
///
/// ```
/// use std::time::Duration;
///
/// use waha::events::Verifier;
///
/// let patient = Verifier::new("my-secret-key").tolerance(Duration::from_secs(3600));
/// let of_an_old_server = Verifier::unsigned().tolerance(None);
/// ```
pub struct Verifier {
    /// For each key, what computes an HMAC with it.
    macs: Vec<Hmac<Sha512>>,
    /// Hides the keys in errors about the body.
    redactor: Redactor,
    keys: Vec<String>,
    is_signed: bool,
    tolerance: Option<Duration>,
}

impl Verifier {
    /// How far the time of an event may be from that of this machine by default: 5 minutes.
    ///
    /// The server repeats a delivery that has failed 15 times within 30 s, unless the webhook's configuration says
    /// otherwise.
    pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(5 * 60);

    /// Makes a verifier for a key. An empty key is none, and signs nothing.
    pub fn new(key: impl Into<String>) -> Self {
        let verifier = Self {
            macs: Vec::new(),
            redactor: Redactor::default(),
            keys: Vec::new(),
            is_signed: true,
            tolerance: Some(Self::DEFAULT_TOLERANCE),
        };
        verifier.or_key(key)
    }

    /// Makes a verifier that looks at no signature: anybody who reaches the address can send events.
    ///
    /// This is for servers that sign nothing, as those of 2024 do. Protect the address otherwise, such as by a secret in
    /// its path.
    pub fn unsigned() -> Self {
        Self { is_signed: false, ..Self::new("") }
    }

    /// Adds a key that is accepted as well. While a key is replaced, the new and the old one are accepted.
    ///
    /// ```
    /// let verifier = waha::events::Verifier::new("new key").or_key("old key");
    /// ```
    pub fn or_key(mut self, key: impl Into<String>) -> Self {
        let key = key.into();
        // Keys of HMAC may have any length, so that this one is always taken.
        if let (false, Ok(mac)) = (key.is_empty(), Hmac::new_from_slice(key.as_bytes())) {
            self.macs.push(mac);
            self.keys.push(key);
            self.redactor = Redactor::new(&self.keys);
        }
        self
    }

    /// Sets how far the time of an event may be from that of this machine, in both directions; `None` for any. Default:
    /// 5 minutes.
    ///
    /// A delivery that is repeated has the time of the event. If the webhook's configuration repeats for longer than 5
    /// minutes, the tolerance has to be as long.
    pub fn tolerance(mut self, tolerance: impl Into<Option<Duration>>) -> Self {
        self.tolerance = tolerance.into();
        self
    }

    /// Verifies a delivery and reads its event.
    ///
    /// `body` is the body as it was received. `headers` are pairs of names and values, such as a reference to an
    /// `http::HeaderMap`; the case of names does not count.
    ///
    /// # Errors
    ///
    /// See [`VerifyError`]. [`VerifyError::Unreadable`] means that the delivery is genuine, and its body is no event.
    pub fn verify<N, V>(
        &self,
        body: impl AsRef<[u8]>,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Event, VerifyError>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let body = body.as_ref();
        let headers = Headers::read(headers);
        if let Some(signature) = self.signature(&headers)? {
            let is_of = |mac: &Hmac<Sha512>| mac.clone().chain_update(body).verify_slice(&signature).is_ok();
            if !self.macs.iter().any(is_of) {
                return Err(VerifyError::WrongSignature);
            }
        }
        let sent = self.tolerance.and(headers.timestamp).map(|value| milliseconds(&value)).transpose()?;
        if let Some(sent) = sent {
            self.check_age(sent)?;
        }
        let event = Event::read(body, &self.redactor).map_err(VerifyError::Unreadable)?;
        if let Some(made) = event.timestamp.filter(|_| self.tolerance.is_some()) {
            self.check_age(made)?;
            if sent.is_some_and(|sent| sent != made) {
                return Err(VerifyError::DifferentTimestamps);
            }
        }
        Ok(event)
    }

    /// Checks what can be checked of a delivery before its body has been received.
    #[cfg(feature = "axum")]
    pub(super) fn check_headers<N, V>(&self, headers: impl IntoIterator<Item = (N, V)>) -> Result<(), VerifyError>
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        self.signature(&Headers::read(headers)).map(drop)
    }

    /// Returns the signature that the headers have; `None` if none is asked for.
    fn signature(&self, headers: &Headers) -> Result<Option<[u8; SIGNATURE_LENGTH]>, VerifyError> {
        if !self.is_signed {
            return Ok(None);
        }
        if self.macs.is_empty() {
            return Err(VerifyError::NoKey);
        }
        if headers.is_ambiguous {
            return Err(VerifyError::MalformedSignature);
        }
        if let Some(algorithm) = headers.algorithm.as_deref().filter(|algorithm| *algorithm != b"sha512") {
            let algorithm = text::line(&self.redactor.hide(String::from_utf8_lossy(algorithm)));
            return Err(VerifyError::UnsupportedAlgorithm { algorithm });
        }
        let signature = headers.signature.as_deref().ok_or(VerifyError::MissingSignature)?;
        signature_bytes(signature).map(Some).ok_or(VerifyError::MalformedSignature)
    }

    /// Checks that a time in milliseconds since 1970 is within the tolerance.
    fn check_age(&self, time: i64) -> Result<(), VerifyError> {
        let Some(tolerance) = self.tolerance else { return Ok(()) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let age = i128::try_from(now).unwrap_or(i128::MAX).saturating_sub(i128::from(time));
        if age.unsigned_abs() <= tolerance.as_millis() {
            return Ok(());
        }
        let distance = Duration::from_millis(u64::try_from(age.unsigned_abs()).unwrap_or(u64::MAX));
        if age > 0 {
            Err(VerifyError::TooOld { age: distance })
        } else {
            Err(VerifyError::InTheFuture { ahead: distance })
        }
    }
}

/// Shows how many keys there are, and none of them.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.keys.len())
            .field("is_signed", &self.is_signed)
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

/// The headers that count.
#[derive(Default)]
struct Headers {
    signature: Option<Vec<u8>>,
    algorithm: Option<Vec<u8>>,
    timestamp: Option<Vec<u8>>,
    /// Whether one of them is there more than once.
    is_ambiguous: bool,
}

impl Headers {
    fn read<N: AsRef<str>, V: AsRef<[u8]>>(headers: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut read = Self::default();
        for (name, value) in headers {
            let name = name.as_ref();
            let slot = if name.eq_ignore_ascii_case(SIGNATURE) {
                &mut read.signature
            } else if name.eq_ignore_ascii_case(ALGORITHM) {
                &mut read.algorithm
            } else if name.eq_ignore_ascii_case(TIMESTAMP) {
                &mut read.timestamp
            } else {
                continue;
            };
            read.is_ambiguous |= slot.replace(value.as_ref().to_vec()).is_some();
        }
        read
    }
}

/// The bytes of a signature in lower-case hexadecimal digits, as the server writes it.
fn signature_bytes(hexadecimal: &[u8]) -> Option<[u8; SIGNATURE_LENGTH]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; SIGNATURE_LENGTH];
    if hexadecimal.len() != 2 * SIGNATURE_LENGTH {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(hexadecimal.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

/// The number in the header with the time.
fn milliseconds(value: &[u8]) -> Result<i64, VerifyError> {
    let digits = std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or(VerifyError::MalformedTimestamp)
}

/// Why a delivery was refused; returned by [`Verifier::verify`].
///
/// No text of it contains a key or a signature. Answer 401 without the reason to whoever sent the delivery.
///
/// ```
/// use waha::events::{Verifier, VerifyError};
///
/// let unsigned: [(&str, &str); 0] = [];
/// match Verifier::new("my-secret-key").verify("{}", unsigned) {
///     Err(VerifyError::MissingSignature) => println!("is the key set in the webhook's configuration?"),
///     Err(error) => eprintln!("{error}"),
///     Ok(event) => println!("{}", event.name()),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no header `X-Webhook-Hmac`.
    MissingSignature,
    /// The signature is not 128 lower-case hexadecimal digits, or a header of the signature is there twice.
    MalformedSignature,
    /// The signature is not that of this body with any of the keys.
    WrongSignature,
    /// The signature was made with another algorithm than SHA-512.
    UnsupportedAlgorithm {
        /// What the header `X-Webhook-Hmac-Algorithm` says.
        algorithm: String,
    },
    /// The header `X-Webhook-Timestamp` is no number of milliseconds.
    MalformedTimestamp,
    /// The event is older than the tolerance.
    TooOld {
        /// How old it is.
        age: Duration,
    },
    /// The event is from the future by more than the tolerance: one of the clocks is wrong.
    InTheFuture {
        /// How far it is ahead.
        ahead: Duration,
    },
    /// The header `X-Webhook-Timestamp` is not the time that the signed event has.
    DifferentTimestamps,
    /// The verifier has no key, or an empty one.
    NoKey,
    /// The signature is right, and the body is no event.
    Unreadable(Error),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingSignature => f.write_str(
                "the delivery is not signed: give the webhook a key (`hmac`), which servers of 2024 accept and ignore",
            ),
            Self::MalformedSignature => {
                f.write_str("the signature is not 128 lower-case hexadecimal digits, in a header that is there once")
            }
            Self::WrongSignature => f.write_str(
                "the signature is not that of the body: the keys differ, or the body was changed or parsed on its way",
            ),
            Self::UnsupportedAlgorithm { algorithm } => {
                write!(f, "the signature is made with `{algorithm}`, and not with sha512")
            }
            Self::MalformedTimestamp => f.write_str("the header X-Webhook-Timestamp is no number of milliseconds"),
            Self::TooOld { age } => write!(
                f,
                "the event is {age:?} old: it was delivered late or sent again, or one of the clocks is wrong; \
                 `Verifier::tolerance` sets what is accepted"
            ),
            Self::InTheFuture { ahead } => {
                write!(f, "the event is {ahead:?} ahead of the clock of this machine: one of the clocks is wrong")
            }
            Self::DifferentTimestamps => f.write_str(
                "the header X-Webhook-Timestamp is not the time of the event; `Verifier::tolerance(None)` ignores both",
            ),
            Self::NoKey => f.write_str("the verifier has no key, or an empty one, so that nothing can be verified"),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl StdError for VerifyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
