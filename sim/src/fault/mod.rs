//! Faults on demand: what goes wrong, where, and how often.

mod answer;

use std::time::Duration;

pub(crate) use self::answer::{Outcome, bad_gateway};

/// Something that goes wrong with an operation, as long as the server runs or as often as it is told.
///
/// Of the faults that fit a request the one that was set last is taken. The request is carried out all the same if it
/// is the answer that suffers; a refusal takes its place. [`Fault::unperformed`] and [`Fault::performed`] say otherwise.
///
/// ```
/// use std::time::Duration;
/// use waha_sim::Fault;
///
/// let twice_too_many = Fault::on("chatting_send_text").times(2).rate_limited(Duration::from_secs(3));
/// let a_lost_answer_now_and_then = Fault::any().probability(0.1).reset_within_body(20);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a fault happens once it is given to `Server::fault`"]
pub struct Fault {
    operation: Option<String>,
    left: Option<usize>,
    probability: f64,
    delay: Duration,
    performed: Option<bool>,
    kind: Kind,
}

#[derive(Debug, Clone, Default)]
enum Kind {
    /// Nothing but a delay.
    #[default]
    Slow,
    RateLimited(Duration),
    RateOverlimit,
    Thrown(String),
    BadGateway,
    ResetBefore,
    ResetWithin(usize),
    ResetAfter,
    CutShort(usize),
    Broken(usize),
    Drip {
        bytes: usize,
        every: Duration,
    },
    ContentType(String),
    ContentLength(i64),
    Webhook(Mishap),
    NoSockets,
}

/// What goes wrong with an event on its way to a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    Twice,
    /// After the next one.
    Late,
}

impl Fault {
    /// For an operation of the document, such as `chatting_send_text`.
    pub fn on(operation: impl Into<String>) -> Self {
        Self { operation: Some(operation.into()), ..Self::any() }
    }

    /// For every operation.
    pub fn any() -> Self {
        Self { operation: None, left: None, probability: 1.0, delay: Duration::ZERO, performed: None, kind: Kind::Slow }
    }

    /// For events of a name on their way to webhooks and WebSockets; `*` for all of them.
    pub fn on_event(name: &str) -> Self {
        Self { operation: (name != "*").then(|| name.to_owned()), kind: Kind::Webhook(Mishap::Twice), ..Self::any() }
    }

    /// Happens so many times and not again.
    pub fn times(self, times: usize) -> Self {
        Self { left: Some(times), ..self }
    }

    /// Happens now and then, by a chance between 0 and 1 that comes from the seed of the server.
    pub fn probability(self, probability: f64) -> Self {
        Self { probability, ..self }
    }

    /// Waits before the answer, by the machine's clock, once the request has been carried out. Can be combined with any
    /// other fault.
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The request is carried out before it goes wrong.
    pub fn performed(self) -> Self {
        Self { performed: Some(true), ..self }
    }

    /// The request is not carried out.
    pub fn unperformed(self) -> Self {
        Self { performed: Some(false), ..self }
    }

    /// A 429 with `Retry-After`, in whole seconds, as a proxy before the server answers.
    pub fn rate_limited(self, retry_after: Duration) -> Self {
        self.kind(Kind::RateLimited(retry_after))
    }

    /// WhatsApp's own rate limit: a 500 with `rate-overlimit`, in the form of the engine.
    pub fn rate_overlimit(self) -> Self {
        self.kind(Kind::RateOverlimit)
    }

    /// Something was thrown inside the server, with this message: a 500 with an exception. So arrive a file that could not
    /// be downloaded, a session that is locked for too long, and WhatsApp's refusals, of which nothing but the code in the
    /// message is known: 463 where the account may not write to strangers, 475 where it has written too much.
    pub fn exception(self, message: impl Into<String>) -> Self {
        self.kind(Kind::Thrown(message.into()))
    }

    /// A 502 with an HTML page, as a proxy without a server behind it answers.
    pub fn bad_gateway(self) -> Self {
        self.kind(Kind::BadGateway)
    }

    /// The connection is reset before the first byte of the answer.
    pub fn reset_before_answer(self) -> Self {
        self.kind(Kind::ResetBefore)
    }

    /// The connection is reset after so many bytes of the body.
    pub fn reset_within_body(self, after: usize) -> Self {
        self.kind(Kind::ResetWithin(after))
    }

    /// The connection is reset when all of the answer has been sent.
    pub fn reset_after_answer(self) -> Self {
        self.kind(Kind::ResetAfter)
    }

    /// The connection is closed in good order after so many bytes of the body, though more were announced.
    pub fn cut_short(self, after: usize) -> Self {
        self.kind(Kind::CutShort(after))
    }

    /// The body ends after so many bytes and says that it is complete: JSON that is none.
    pub fn truncated(self, after: usize) -> Self {
        self.kind(Kind::Broken(after))
    }

    /// The body comes a few bytes at a time.
    pub fn dripping(self, bytes: usize, every: Duration) -> Self {
        self.kind(Kind::Drip { bytes, every })
    }

    /// The answer has another content type than its body.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.kind(Kind::ContentType(content_type.into()))
    }

    /// The answer announces a length that is off by so many bytes, and the connection is closed after the body.
    pub fn content_length(self, off_by: i64) -> Self {
        self.kind(Kind::ContentLength(off_by))
    }

    /// For events: each comes twice, with the same id.
    pub fn twice(self) -> Self {
        self.kind(Kind::Webhook(Mishap::Twice))
    }

    /// For events: each comes after the one that follows it.
    pub fn out_of_order(self) -> Self {
        self.kind(Kind::Webhook(Mishap::Late))
    }

    /// For events: all WebSockets are dropped instead of being told.
    pub fn drop_websockets(self) -> Self {
        self.kind(Kind::NoSockets)
    }

    fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    fn is_of_events(&self) -> bool {
        matches!(self.kind, Kind::Webhook(_) | Kind::NoSockets)
    }

    fn fits(&self, name: Option<&str>) -> bool {
        self.left != Some(0) && self.operation.as_deref().is_none_or(|wanted| Some(wanted) == name)
    }
}

impl Fault {
    pub(crate) async fn wait(&self) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }

    pub(crate) fn performs(&self) -> bool {
        let is_refusal =
            matches!(self.kind, Kind::RateLimited(_) | Kind::RateOverlimit | Kind::Thrown(_) | Kind::BadGateway);
        self.performed.unwrap_or(!is_refusal)
    }
}

/// The faults that are set.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault that a request meets.
    pub(crate) fn meet(&mut self, operation: Option<&str>, random: &mut fastrand::Rng) -> Option<Fault> {
        self.take(random, |fault| !fault.is_of_events() && fault.fits(operation))
    }

    /// What goes wrong with an event on its way to a webhook.
    pub(crate) fn mishap(&mut self, event: &str, random: &mut fastrand::Rng) -> Option<Mishap> {
        let fault = self.take(random, |fault| matches!(fault.kind, Kind::Webhook(_)) && fault.fits(Some(event)))?;
        match fault.kind {
            Kind::Webhook(mishap) => Some(mishap),
            _ => None,
        }
    }

    /// Whether the WebSockets are dropped instead of being told of an event.
    pub(crate) fn drops_sockets(&mut self, event: &str, random: &mut fastrand::Rng) -> bool {
        self.take(random, |fault| matches!(fault.kind, Kind::NoSockets) && fault.fits(Some(event))).is_some()
    }

    fn take(&mut self, random: &mut fastrand::Rng, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let fault =
            self.0.iter_mut().rev().filter(|fault| wanted(fault)).find(|fault| random.f64() < fault.probability)?;
        fault.left = fault.left.map(|left| left.saturating_sub(1));
        Some(fault.clone())
    }
}
