//! Faults on demand: what goes wrong, where, and how often.

mod answer;
mod edit;
mod event;
mod page;
mod placeholder;
mod spec;

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use self::answer::Outcome;
use self::edit::{Edit, Payload, Transform};
pub use self::page::WebPage;
use crate::{document::DOCUMENT, request_log::Recorded};

/// Something that goes wrong, as long as the server runs or as often as it is told.
///
/// A fault is built in up to four steps, each of which may be left out:
///
/// 1. Where it happens: [`on`](Fault::on) an operation, [`on_path`](Fault::on_path), [`on_event`](Fault::on_event), or
///    for [`any`](Fault::any) request; how often, with [`times`](Fault::times) and
///    [`probability`](Fault::probability); and only [`unless_header`](Fault::unless_header).
/// 2. What is answered in place of WAHA's answer, such as [`web_page`](Fault::web_page) or
///    [`redirect`](Fault::redirect); the last such call counts. The request is then not carried out. Without one, the
///    request is carried out and its answer is used. [`performed`](Fault::performed),
///    [`performed_after`](Fault::performed_after) and [`unperformed`](Fault::unperformed) say otherwise.
/// 3. What is changed in that answer, such as [`header`](Fault::header) or [`half_surrogates`](Fault::half_surrogates);
///    all of them, in the order of the calls.
/// 4. What happens to the connection, such as [`reset_within_body`](Fault::reset_within_body); the last such call
///    counts.
///
/// Of the faults that fit a request, the one that was set last is taken.
///
/// ```
/// use std::time::Duration;
/// use waha_sim::{Fault, WebPage};
///
/// let too_many_twice = Fault::on("chatting_send_text").times(2).rate_limited(Duration::from_secs(3));
/// let odd_retry_after = Fault::any().rate_limited(Duration::ZERO).header("retry-after", "1.5");
/// let lost_answer_now_and_then = Fault::any().probability(0.1).reset_within_body(20);
/// let half_an_emoji = Fault::on("chats_list_messages").only_members(["body"]).half_surrogates();
/// let basic_auth = Fault::any()
///     .unless_header("authorization", "Basic dXNlcjpwYXNz")
///     .web_page(WebPage::Nginx(401))
///     .header("www-authenticate", "Basic realm=\"Restricted\"");
/// ```
///
/// # Placeholders
///
/// Texts that a fault is given (bodies, messages, header values, locations) may contain the API key that the request
/// has sent, to see whether a client hides it: `{key}` stands for the key itself, `{key|json}` for the key in JSON
/// escapes (`\u0073\u0065…`), `{key|percent}` in percent escapes (`%73%65…`), `{key|base64}` in Base64, and
/// `{key|upper}` in capitals. `{path}` stands for the path and query of the request.
///
/// ```
/// use waha_sim::Fault;
///
/// let tells_the_key = Fault::any().refused(500, "no access with {key|json}").header("x-debug", "key={key|percent}");
/// ```
///
/// # As JSON
///
/// A fault can be read from JSON, as the control API does. Members are the methods below: one that takes nothing is
/// `true`, one that takes several arguments is a list, and durations are in seconds. `refused`, `respond` and `redirect`
/// are objects of their arguments, and `headers` is an object of names and values, `null` for one that is taken away.
///
/// ```
/// let json = r#"{
///     "on": "chatting_send_text", "times": 2,
///     "refused": { "status": 422, "message": "The method is not implemented by the engine." },
///     "headers": { "x-debug": "{key}", "date": null }
/// }"#;
/// let fault: waha_sim::Fault = serde_json::from_str(json)?;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "spec::FaultSpec")]
#[must_use = "a fault happens once it is given to `Server::fault`"]
pub struct Fault {
    target: Target,
    left: Option<usize>,
    probability: f64,
    unless_header: Option<(String, String)>,
    delay: Duration,
    work: Option<Work>,
    ignored_query: Vec<String>,
    forgets: bool,
    members: Vec<String>,
    replacement: Option<Replacement>,
    edits: Vec<Edit>,
    connection: Option<Connection>,
    delivery: Delivery,
}

/// What a fault happens to.
#[derive(Debug, Clone)]
enum Target {
    AnyRequest,
    Operation(String),
    /// The start of a path.
    Path(String),
    /// The name of an event; all events if there is none.
    Event(Option<String>),
}

/// Whether and when a request is carried out that a fault happens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Before,
    After(Duration),
    Never,
}

/// What is answered in place of WAHA's answer.
#[derive(Debug, Clone)]
enum Replacement {
    RateLimited(Duration),
    RateOverlimit,
    Thrown(String),
    Refused { status: StatusCode, message: String },
    Page(WebPage),
    Body { status: StatusCode, content_type: String, body: Vec<u8> },
    Redirect { status: StatusCode, location: String },
}

/// What happens to the connection.
#[derive(Debug, Clone)]
enum Connection {
    ResetBefore,
    ResetWithin(usize),
    ResetAt(usize),
    ResetAfter,
    CutShort(usize),
    Drip { bytes: usize, every: Duration },
    ContentLength(i64),
    HangUp,
    SecondAnswer { body: Vec<u8>, after: Duration },
}

/// What goes wrong with an event on its way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delivery {
    /// Sent twice to each webhook.
    pub(crate) is_doubled: bool,
    /// Sent to webhooks after the next event.
    pub(crate) is_late: bool,
    pub(crate) is_lost: bool,
    pub(crate) drops_websockets: bool,
    /// The body is changed after it was signed.
    pub(crate) is_tampered: bool,
    /// Sent in a frame for bytes instead of one for text.
    pub(crate) is_binary: bool,
    /// The most bytes that a frame has.
    pub(crate) fragment: Option<usize>,
}

/// Where and how often.
impl Fault {
    /// For an operation of the document, such as `chatting_send_text`.
    pub fn on(operation: impl Into<String>) -> Self {
        Self::to(Target::Operation(operation.into()))
    }

    /// For every request to a path that starts with this, such as `/api/files/`, or `/ws` for WebSockets that connect.
    pub fn on_path(start: impl Into<String>) -> Self {
        Self::to(Target::Path(start.into()))
    }

    /// For every request to the API, for files, and for WebSockets that connect.
    pub fn any() -> Self {
        Self::to(Target::AnyRequest)
    }

    /// For events of a name on their way to webhooks and WebSockets; `*` for all of them. Each event that happens
    /// counts once, however many it is delivered to.
    pub fn on_event(name: &str) -> Self {
        Self::to(Target::Event((name != "*").then(|| name.to_owned())))
    }

    fn to(target: Target) -> Self {
        Self {
            target,
            left: None,
            probability: 1.0,
            unless_header: None,
            delay: Duration::ZERO,
            work: None,
            ignored_query: Vec::new(),
            forgets: false,
            members: Vec::new(),
            replacement: None,
            edits: Vec::new(),
            connection: None,
            delivery: Delivery::default(),
        }
    }

    /// Happens so many times and not again.
    pub fn times(self, times: usize) -> Self {
        Self { left: Some(times), ..self }
    }

    /// Happens now and then, by a chance between 0 and 1 that comes from the seed of the server.
    pub fn probability(self, probability: f64) -> Self {
        Self { probability, ..self }
    }

    /// Spares requests that have a header with this value, as a proxy does that wants to see credentials of its own.
    pub fn unless_header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { unless_header: Some((name.into(), value.into())), ..self }
    }

    /// Waits before the answer, by the machine's clock, once the request has been carried out. Can be combined with any
    /// other fault.
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The request is carried out before it goes wrong.
    pub fn performed(self) -> Self {
        Self { work: Some(Work::Before), ..self }
    }

    /// The request is carried out, this long after it has been answered or its connection was lost, by the machine's
    /// clock. Nobody gets to see WAHA's own answer: without another one, an empty body is answered.
    pub fn performed_after(self, delay: Duration) -> Self {
        Self { work: Some(Work::After(delay)), ..self }
    }

    /// The request is not carried out.
    pub fn unperformed(self) -> Self {
        Self { work: Some(Work::Never), ..self }
    }

    /// A message that the request sends goes out, and the server loses it at once: it is in no chat, as if the server had
    /// ended before it has written the message down.
    pub fn forgotten(self) -> Self {
        Self { forgets: true, ..self }
    }

    /// The request is carried out as if this parameter were not in its query, such as `offset` with a server that
    /// ignores it.
    pub fn ignores_query(mut self, parameter: impl Into<String>) -> Self {
        self.ignored_query.push(parameter.into());
        self
    }
}

/// What is answered in place of WAHA's answer.
impl Fault {
    /// A 429 with `Retry-After`, in whole seconds, as a proxy before the server answers. For another `Retry-After`,
    /// follow this with [`Fault::header`].
    pub fn rate_limited(self, retry_after: Duration) -> Self {
        self.answering(Replacement::RateLimited(retry_after))
    }

    /// WhatsApp's own rate limit: a 500 with `rate-overlimit`, in the form of the engine.
    pub fn rate_overlimit(self) -> Self {
        self.answering(Replacement::RateOverlimit)
    }

    /// Something was thrown inside the server, with this message: a 500 with an exception. So arrive a file that could not
    /// be downloaded, a session that is locked for too long, and WhatsApp's refusals, of which nothing but the code in the
    /// message is known: 463 where the account may not write to strangers, 475 where it has written too much.
    pub fn exception(self, message: impl Into<String>) -> Self {
        self.answering(Replacement::Thrown(message.into()))
    }

    /// A refusal in the form of WAHA's web framework: `{"message", "error", "statusCode"}`. Older servers refuse in
    /// words of their own, such as 422 and `The method is not implemented by the engine.`
    ///
    /// A status outside 100 to 999 counts as 500.
    pub fn refused(self, status: u16, message: impl Into<String>) -> Self {
        self.answering(Replacement::Refused { status: valid(status), message: message.into() })
    }

    /// A 502 with an HTML page, as a proxy without a server behind it answers: [`WebPage::Nginx`].
    pub fn bad_gateway(self) -> Self {
        self.web_page(WebPage::Nginx(502))
    }

    /// A page of somebody else, such as a proxy.
    pub fn web_page(self, page: WebPage) -> Self {
        self.answering(Replacement::Page(page))
    }

    /// Any answer. A status outside 100 to 999 counts as 500; an empty content type is left out.
    pub fn respond(self, status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let (content_type, body) = (content_type.into(), body.into());
        self.answering(Replacement::Body { status: valid(status), content_type, body })
    }

    /// A redirect to an address or a path, such as `redirect(307, "/elsewhere")`; `{path}` leads back to where the
    /// request was sent.
    ///
    /// ```
    /// use waha_sim::Fault;
    ///
    /// let in_circles = Fault::on("chatting_send_text").redirect(307, "{path}");
    /// let three_hops = Fault::on_path("/api/files/").times(3).redirect(302, "{path}");
    /// ```
    pub fn redirect(self, status: u16, location: impl Into<String>) -> Self {
        self.answering(Replacement::Redirect { status: valid(status), location: location.into() })
    }

    fn answering(self, replacement: Replacement) -> Self {
        Self { replacement: Some(replacement), ..self }
    }
}

/// What is changed in an answer. What changes JSON does nothing to other answers, and everything but headers also
/// changes events, before they are signed.
impl Fault {
    /// Limits the changes to JSON to the values of members with these names, at any depth. The changes that are
    /// limited are [`half_surrogates`](Fault::half_surrogates), [`invalid_utf8`](Fault::invalid_utf8),
    /// [`integers_as_text`](Fault::integers_as_text) and [`nested`](Fault::nested).
    pub fn only_members(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.members.extend(names.into_iter().map(Into::into));
        self
    }

    /// Every text in the JSON ends with half an emoji: the escape `\ud83d`, which JSON allows and a Rust string does
    /// not. See [`HALF_EMOJI`](crate::HALF_EMOJI) for texts of one's own.
    pub fn half_surrogates(self) -> Self {
        self.edit(Edit::Members(Transform::HalfSurrogates))
    }

    /// Every text in the JSON ends with a byte that is not UTF-8.
    pub fn invalid_utf8(self) -> Self {
        self.edit(Edit::Members(Transform::InvalidUtf8))
    }

    /// Every integer in the JSON is written as text, such as `"timestamp": "1795835353"`.
    pub fn integers_as_text(self) -> Self {
        self.edit(Edit::Members(Transform::IntegersAsText))
    }

    /// Wraps the JSON in so many lists; or, with [`only_members`](Fault::only_members), puts each value so many levels
    /// deep into objects with a member of its own name. Changes to JSON have to come before this one.
    pub fn nested(self, levels: usize) -> Self {
        self.edit(Edit::Members(Transform::Nested(levels)))
    }

    /// Puts an element into the JSON list at a position, or at its end if it is shorter. An object gets it as the
    /// member `odd`.
    pub fn element(self, position: usize, element: Value) -> Self {
        self.edit(Edit::Element(position, element))
    }

    /// Changes the JSON in any way.
    pub fn edit_json(self, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        self.edit(Edit::Json(Arc::new(edit)))
    }

    /// Puts bytes before the body, such as a byte order mark: `prefix("\u{feff}")`.
    pub fn prefix(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.edit(Edit::Prefix(bytes.into()))
    }

    /// Puts bytes behind the body.
    pub fn suffix(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.edit(Edit::Suffix(bytes.into()))
    }

    /// The body ends after so many bytes and says that it is complete: JSON that is none.
    pub fn truncated(self, after: usize) -> Self {
        self.edit(Edit::Truncate(after))
    }

    /// There is no body and no content type, as if the server had nothing to say.
    pub fn empty(self) -> Self {
        self.edit(Edit::Empty)
    }

    /// The body is followed by so many spaces, which are made as they are sent: an answer of any size that costs the
    /// stand-in no memory. In events they do.
    pub fn padded(self, bytes: u64) -> Self {
        self.edit(Edit::Pad(bytes))
    }

    /// The body is compressed, and says so in `Content-Encoding`, whether that was asked for or not. For a body that
    /// only says so, use `header("content-encoding", "gzip")`.
    pub fn gzip(self) -> Self {
        self.edit(Edit::Gzip)
    }

    /// The answer has another content type than its body.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.header("content-type", content_type)
    }

    /// The answer, or the delivery to a webhook, has this header instead of the one that it would have. A name or a
    /// value that HTTP does not allow is left out.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.edit(Edit::Header(name.into(), Some(value.into())))
    }

    /// The answer, or the delivery to a webhook, lacks this header.
    pub fn without_header(self, name: impl Into<String>) -> Self {
        self.edit(Edit::Header(name.into(), None))
    }

    fn edit(mut self, edit: Edit) -> Self {
        self.edits.push(edit);
        self
    }
}

/// What happens to the connection. The first three also cut the frames of events on a WebSocket.
impl Fault {
    /// The connection is reset before the first byte of the answer.
    pub fn reset_before_answer(self) -> Self {
        self.connection(Connection::ResetBefore)
    }

    /// The connection is reset after so many bytes of the body.
    pub fn reset_within_body(self, after: usize) -> Self {
        self.connection(Connection::ResetWithin(after))
    }

    /// The connection is reset after so many bytes of the answer, its head included.
    pub fn reset_at(self, byte: usize) -> Self {
        self.connection(Connection::ResetAt(byte))
    }

    /// The connection is reset when all of the answer has been sent.
    pub fn reset_after_answer(self) -> Self {
        self.connection(Connection::ResetAfter)
    }

    /// The connection is closed in good order after so many bytes of the body, though more were announced.
    pub fn cut_short(self, after: usize) -> Self {
        self.connection(Connection::CutShort(after))
    }

    /// The body comes a few bytes at a time.
    pub fn dripping(self, bytes: usize, every: Duration) -> Self {
        self.connection(Connection::Drip { bytes, every })
    }

    /// The answer announces a length that is off by so many bytes, and the connection is closed after the body.
    pub fn content_length(self, off_by: i64) -> Self {
        self.connection(Connection::ContentLength(off_by))
    }

    /// The connection is closed after the answer, though the answer did not say so: a client may have it in its pool
    /// and send the next request on it. See [`Builder::keep_alive`](crate::Builder::keep_alive) for a server that
    /// closes idle connections as Node's does.
    pub fn hang_up(self) -> Self {
        self.connection(Connection::HangUp)
    }

    /// A second answer follows that nobody asked for: 200, with this JSON, so long after the first one, by the
    /// machine's clock. The connection stays open.
    pub fn second_answer(self, body: impl Into<Vec<u8>>, after: Duration) -> Self {
        self.connection(Connection::SecondAnswer { body: body.into(), after })
    }

    fn connection(self, connection: Connection) -> Self {
        Self { connection: Some(connection), ..self }
    }
}

/// What goes wrong with events on their way.
impl Fault {
    /// For events: each comes twice to webhooks, with the same id.
    pub fn twice(mut self) -> Self {
        self.delivery.is_doubled = true;
        self
    }

    /// For events: each comes to webhooks after the one that follows it.
    pub fn out_of_order(mut self) -> Self {
        self.delivery.is_late = true;
        self
    }

    /// For events: neither webhooks nor WebSockets are told.
    pub fn lost(mut self) -> Self {
        self.delivery.is_lost = true;
        self
    }

    /// For events: one bit of the body is changed after it was signed for a webhook.
    pub fn tampered(mut self) -> Self {
        self.delivery.is_tampered = true;
        self
    }

    /// For events: all WebSockets are dropped instead of being told.
    pub fn drop_websockets(mut self) -> Self {
        self.delivery.drops_websockets = true;
        self
    }

    /// For events: WebSockets get it as a binary message instead of a text message.
    pub fn binary(mut self) -> Self {
        self.delivery.is_binary = true;
        self
    }

    /// For events: WebSockets get it in fragments of so many bytes.
    pub fn fragmented(mut self, bytes: usize) -> Self {
        self.delivery.fragment = Some(bytes.max(1));
        self
    }
}

impl Fault {
    /// Whether a parameter of the query is ignored.
    pub(crate) fn ignores(&self, parameter: &str) -> bool {
        self.ignored_query.iter().any(|ignored| ignored == parameter)
    }

    /// Whether the server loses a message as soon as it is sent.
    pub(crate) fn forgets(&self) -> bool {
        self.forgets
    }

    pub(crate) fn ends_connections(&self) -> bool {
        self.connection.is_some()
    }

    pub(crate) async fn wait(&self) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }

    pub(crate) fn work(&self) -> Work {
        self.work.unwrap_or(if self.replacement.is_some() { Work::Never } else { Work::Before })
    }

    /// What goes wrong with an event on its way.
    pub(crate) fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// The headers that are set, and those that are left out, which have no value.
    pub(crate) fn headers(&self) -> Vec<(HeaderName, Option<HeaderValue>)> {
        self.edits.iter().filter_map(Edit::as_header).collect()
    }

    /// The operation that it is for, if it is for one.
    /// Refuses an operation that the document does not have.
    pub(crate) fn check_operation(&self) -> Result<(), String> {
        match self.operation().filter(|id| DOCUMENT.operation(id).is_none()) {
            Some(id) => {
                Err(format!("`{id}` is no operation of the document: write an operationId, as GET /-json has them"))
            }
            None => Ok(()),
        }
    }

    fn operation(&self) -> Option<&str> {
        match &self.target {
            Target::Operation(id) => Some(id),
            _ => None,
        }
    }

    fn fits(&self, request: &Recorded) -> bool {
        let fits = match &self.target {
            Target::AnyRequest => true,
            Target::Operation(id) => request.operation == Some(id.as_str()),
            Target::Path(start) => request.path_and_query.starts_with(start.as_str()),
            Target::Event(_) => false,
        };
        let is_spared = |(name, value): &(String, String)| {
            request.headers.get_all(name.as_str()).iter().any(|sent| sent.as_bytes() == value.as_bytes())
        };
        fits && !self.unless_header.as_ref().is_some_and(is_spared)
    }

    fn fits_event(&self, event: &str) -> bool {
        matches!(&self.target, Target::Event(wanted) if wanted.as_deref().is_none_or(|wanted| wanted == event))
    }
}

fn valid(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
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

    /// The fault that happens to a request.
    pub(crate) fn of_request(&mut self, request: &Recorded, random: &mut fastrand::Rng) -> Option<Fault> {
        self.take(random, |fault| fault.fits(request))
    }

    /// The fault that happens to an event.
    pub(crate) fn of_event(&mut self, event: &str, random: &mut fastrand::Rng) -> Option<Fault> {
        self.take(random, |fault| fault.fits_event(event))
    }

    fn take(&mut self, random: &mut fastrand::Rng, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let candidates = self.0.iter_mut().rev().filter(|fault| fault.left != Some(0) && wanted(fault));
        let fault = candidates.into_iter().find(|fault| random.f64() < fault.probability)?;
        fault.left = fault.left.map(|left| left.saturating_sub(1));
        Some(fault.clone())
    }
}
