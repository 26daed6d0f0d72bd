//! What is left of an answer when something has gone wrong.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::json;

use super::{Fault, Kind};
use crate::{Engine, error::Error, reply, wire::Step};

/// What becomes of an answer.
pub(crate) enum Outcome {
    Answer(Response),
    /// Bytes on the connection, which ends with them.
    Bytes(Vec<Step>),
}

impl Fault {
    /// The answer that takes the place of the one that the request would get.
    pub(crate) fn refusal(&self, engine: Engine) -> Option<Result<Response, Error>> {
        match &self.kind {
            Kind::RateLimited(after) => Some(Ok(too_many_requests(*after))),
            Kind::RateOverlimit => Some(Err(rate_overlimit(engine))),
            Kind::Thrown(message) => Some(Err(Error::exception("Error", message))),
            Kind::BadGateway => Some(Ok(bad_gateway())),
            _ => None,
        }
    }

    /// What is left of an answer on its way to the client.
    pub(crate) async fn spoil(&self, answer: Response) -> Outcome {
        let mut message = match Written::of(answer).await {
            Ok(message) => message,
            Err(answer) => return Outcome::Answer(answer),
        };
        let steps = match &self.kind {
            Kind::ResetBefore => vec![Step::Reset],
            Kind::ResetWithin(after) => vec![message.first(*after), Step::Reset],
            Kind::ResetAfter => vec![message.first(usize::MAX), Step::Reset],
            Kind::CutShort(after) => vec![message.first(*after), Step::Close],
            Kind::Drip { bytes, every } => message.drip(*bytes, *every),
            Kind::ContentLength(off_by) => {
                let length = message.body.len();
                message.length = length.saturating_add_signed(isize::try_from(*off_by).unwrap_or(isize::MAX));
                vec![message.first(usize::MAX), Step::Close]
            }
            Kind::Broken(after) => {
                message.body.truncate(*after);
                return Outcome::Answer(message.whole());
            }
            Kind::ContentType(content_type) => {
                if let Ok(value) = HeaderValue::from_str(content_type) {
                    message.head.headers_mut().insert(header::CONTENT_TYPE, value);
                }
                return Outcome::Answer(message.whole());
            }
            _ => return Outcome::Answer(message.whole()),
        };
        Outcome::Bytes(steps)
    }
}

/// An answer, read to its end so that it can be taken apart.
struct Written {
    head: Response<()>,
    length: usize,
    body: Vec<u8>,
}

impl Written {
    /// Gives the answer back if it cannot be read.
    async fn of(answer: Response) -> Result<Self, Response> {
        let (parts, body) = answer.into_parts();
        match axum::body::to_bytes(body, usize::MAX).await {
            Ok(body) => Ok(Self { head: Response::from_parts(parts, ()), length: body.len(), body: body.into() }),
            Err(_) => Err(Response::from_parts(parts, Body::empty())),
        }
    }

    fn whole(self) -> Response {
        self.head.map(|()| Body::from(self.body))
    }

    fn head(&self) -> Vec<u8> {
        let status = self.head.status();
        let reason = status.canonical_reason().unwrap_or_default();
        let mut head =
            format!("HTTP/1.1 {} {reason}\r\ncontent-length: {}\r\n", status.as_u16(), self.length).into_bytes();
        for (name, value) in self.head.headers() {
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

    fn drip(&self, bytes: usize, every: Duration) -> Vec<Step> {
        let drops = self.body.chunks(bytes.max(1)).flat_map(|drop| [Step::Pause(every), Step::Write(drop.to_owned())]);
        [Step::Write(self.head())].into_iter().chain(drops).chain([Step::Close]).collect()
    }
}

fn too_many_requests(after: Duration) -> Response {
    let body = json!({ "message": "Too Many Requests", "statusCode": 429 });
    let mut response = reply::json(StatusCode::TOO_MANY_REQUESTS, &body);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs()));
    response
}

fn rate_overlimit(engine: Engine) -> Error {
    const LIMIT: &str = "rate-overlimit";
    Error::thrown(match engine {
        Engine::Gows => {
            let details = format!("info query returned status 429: {LIMIT}");
            let message = format!("2 UNKNOWN: {details}");
            json!({
                "message": message,
                "code": 2,
                "details": details,
                "metadata": [],
                "name": "Error",
                "stack": format!("Error: {message}\n    at the stand-in"),
            })
        }
        Engine::Noweb => json!({
            "message": LIMIT,
            "data": 429,
            "isBoom": true,
            "isServer": true,
            "output": {},
            "name": "Error",
            "stack": format!("Error: {LIMIT}\n    at the stand-in"),
        }),
        Engine::Webjs | Engine::Wpp => json!(LIMIT),
    })
}

/// What a proxy answers that has no server behind it.
pub(crate) fn bad_gateway() -> Response {
    const PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                        Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n";
    reply::bytes(StatusCode::BAD_GATEWAY, "text/html", PAGE)
}
