//! What is left of an answer when something has gone wrong.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;

use super::{Connection, Fault, Payload, Replacement, placeholder::Placeholders};
use crate::{
    Engine,
    error::Error,
    refusal::Refusal,
    reply,
    request_log::Recorded,
    wire::{AfterAnswer, Step},
};

/// What becomes of an answer.
pub(crate) enum Outcome {
    Answer(Response),
    /// An answer, and what happens on the connection when it has been written.
    AnswerThen(Response, AfterAnswer),
    /// Bytes on the connection, which ends with them.
    Bytes(Vec<Step>),
}

impl Fault {
    /// The answer that takes the place of the one that the request would get.
    pub(crate) fn replacement(&self, engine: Engine) -> Option<Result<Response, Error>> {
        Some(match self.replacement.as_ref()? {
            Replacement::RateLimited(after) => Ok(too_many_requests(*after)),
            Replacement::RateOverlimit => Err(rate_overlimit(engine)),
            Replacement::Thrown(message) => Err(Error::exception("Error", message)),
            Replacement::Refused { status, message } => {
                Err(Error::Refused { status: *status, message: message.clone() })
            }
            Replacement::Page(page) => Ok(page.answer()),
            Replacement::Body { status, content_type, body } => {
                let mut answer = reply::bytes(*status, content_type, body.clone());
                if content_type.is_empty() {
                    answer.headers_mut().remove(header::CONTENT_TYPE);
                }
                Ok(answer)
            }
            Replacement::Redirect { status, location } => {
                let mut answer = reply::empty(*status);
                if let Ok(location) = HeaderValue::from_bytes(location.as_bytes()) {
                    answer.headers_mut().insert(header::LOCATION, location);
                }
                Ok(answer)
            }
        })
    }

    /// What is left of an answer on its way to the client.
    pub(crate) async fn spoil(&self, answer: Response, request: &Recorded) -> Outcome {
        let (mut head, body) = answer.into_parts();
        let placeholders = Placeholders::of(request);
        let body = reply::read(body).await;
        // Afterwards they are no longer to be seen in it.
        let is_compressed = self.compresses();
        let mut payload = Payload::new(if is_compressed { placeholders.fill(&body) } else { body });
        self.edit_payload(&mut payload, Some(&mut head.headers));
        for value in head.headers.values_mut() {
            if let Ok(filled) = HeaderValue::from_bytes(&placeholders.fill(value.as_bytes())) {
                *value = filled;
            }
        }
        let padding = payload.padding;
        let body = payload.into_bytes();
        let body = if is_compressed { body } else { placeholders.fill(&body) };
        let length = (body.len() as u64).saturating_add(padding);
        let mut message = Message { head: Response::from_parts(head, ()), length, body, padding };
        let steps = match &self.connection {
            None if message.padding == 0 => return Outcome::Answer(message.whole()),
            None => message.all(Step::Close),
            Some(Connection::ResetBefore) => vec![Step::Reset],
            Some(Connection::ResetWithin(after)) => vec![message.first(*after), Step::Reset],
            Some(Connection::ResetAt(byte)) => vec![message.cut_at(*byte), Step::Reset],
            Some(Connection::ResetAfter) => message.all(Step::Reset),
            Some(Connection::CutShort(after)) => vec![message.first(*after), Step::Close],
            Some(Connection::Drip { bytes, every }) => message.drip(*bytes, *every),
            Some(Connection::ContentLength(off_by)) => {
                message.length = message.length.saturating_add_signed(*off_by);
                message.all(Step::Close)
            }
            Some(Connection::HangUp) => {
                let then = AfterAnswer::new(message.body.len(), Duration::ZERO, vec![Step::HangUp]);
                return Outcome::AnswerThen(message.whole(), then);
            }
            Some(Connection::SecondAnswer { body, after }) => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let second = Step::Write([head.as_bytes(), body].concat());
                let then = AfterAnswer::new(message.body.len(), *after, vec![second]);
                return Outcome::AnswerThen(message.whole(), then);
            }
        };
        Outcome::Bytes(steps)
    }
}

/// An answer, read to its end so that it can be taken apart.
struct Message {
    head: Response<()>,
    /// What the head announces.
    length: u64,
    body: Vec<u8>,
    /// How many spaces follow the body.
    padding: u64,
}

impl Message {
    fn whole(self) -> Response {
        self.head.map(|()| Body::from(self.body))
    }

    fn head(&self) -> Vec<u8> {
        const OURS: [HeaderName; 2] = [header::CONTENT_LENGTH, header::CONNECTION];
        let status = self.head.status();
        let reason = status.canonical_reason().unwrap_or_default();
        let mut head =
            format!("HTTP/1.1 {} {reason}\r\ncontent-length: {}\r\n", status.as_u16(), self.length).into_bytes();
        for (name, value) in self.head.headers().iter().filter(|(name, _)| !OURS.contains(name)) {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend(b"connection: close\r\n\r\n");
        head
    }

    /// The head and so many bytes of the body.
    fn first(&self, bytes: usize) -> Step {
        let body = self.body.get(..bytes).unwrap_or(&self.body);
        Step::Write([&self.head(), body].concat())
    }

    /// So many bytes, the head among them.
    fn cut_at(&self, byte: usize) -> Step {
        let mut bytes = [&self.head(), self.body.as_slice()].concat();
        bytes.truncate(byte);
        Step::Write(bytes)
    }

    /// Everything, and then the end.
    fn all(&self, end: Step) -> Vec<Step> {
        vec![self.first(usize::MAX), Step::Spaces(self.padding), end]
    }

    fn drip(&self, bytes: usize, every: Duration) -> Vec<Step> {
        let drops = self.body.chunks(bytes.max(1)).flat_map(|drop| [Step::Pause(every), Step::Write(drop.to_owned())]);
        let end = [Step::Spaces(self.padding), Step::Close];
        [Step::Write(self.head())].into_iter().chain(drops).chain(end).collect()
    }
}

fn too_many_requests(after: Duration) -> Response {
    let body = json!({ "message": "Too Many Requests", "statusCode": 429 });
    let mut response = reply::json(StatusCode::TOO_MANY_REQUESTS, &body);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs()));
    response
}

fn rate_overlimit(engine: Engine) -> Error {
    match engine {
        Engine::Webjs | Engine::Wpp => Error::thrown(json!("rate-overlimit")),
        engine => Refusal::RATE_LIMITED.on(engine),
    }
}
