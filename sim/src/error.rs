//! The error answers, one shape per kind of error.

use axum::{http::StatusCode, response::Response};
use serde_json::{Map, Value, json};

use crate::{Age, Engine, SessionStatus, body, query::Query, reply, request_log::Recorded, state::Shared, time};

#[derive(Debug)]
pub(crate) enum Error {
    /// No key, or the wrong one.
    Unauthorized,
    /// A key that does not allow this.
    Forbidden,
    /// What the server's framework makes of a refusal: a status and why.
    Refused { status: StatusCode, message: String },
    /// The engine does not know the method.
    NotSupported(Engine),
    /// A request which breaks the rules of its route; the messages are a list.
    Invalid(Vec<String>),
    /// A route that needs a session was called without the name of one.
    NoSessionName(Option<String>),
    /// A route that needs a session in a certain status was called for one that does not exist.
    NoSuchSession(String),
    /// The same, for a session in another status.
    WrongStatus { session: String, status: SessionStatus, expected: SessionStatus },
    /// A presence that does not fit to where it is shown.
    Detail(String),
    /// Something broke inside the server.
    Exception(Exception),
}

/// A JavaScript value, mostly an error, that was thrown and that nobody caught.
#[derive(Debug)]
pub(crate) struct Exception(Value);

impl Error {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::Refused { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::Refused { status: StatusCode::NOT_FOUND, message: message.into() }
    }

    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::Refused { status: StatusCode::UNPROCESSABLE_ENTITY, message: message.into() }
    }

    /// The stand-in's own answer where it would have to guess what the server does.
    pub(crate) fn not_modelled(what: impl std::fmt::Display) -> Self {
        let message = format!("The stand-in does not model {what}");
        Self::Refused { status: StatusCode::NOT_IMPLEMENTED, message }
    }

    /// The engine of the session does not know the method.
    pub(crate) fn not_supported(engine: Engine) -> Self {
        Self::NotSupported(engine)
    }

    pub(crate) fn exception(name: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        let stack = format!("{name}: {message}\n    at the stand-in");
        Self::thrown(json!({ "message": message, "name": name, "stack": stack }))
    }

    /// An exception with members of its own.
    pub(crate) fn thrown(exception: Value) -> Self {
        Self::Exception(Exception(exception))
    }

    /// Whether the server waits a while before it says so, because it may pass.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::NoSuchSession(_) | Self::WrongStatus { .. })
    }

    /// The reason for those who did not send a request, as text.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Refused { message, .. } => message.clone(),
            other => format!("{other:?}"),
        }
    }

    /// The answer to the request in question.
    pub(crate) fn respond(self, app: &Shared, request: &Recorded) -> Response {
        match self {
            Self::Exception(exception) => exception.respond(app, request),
            Self::NotSupported(_) if app.age == Age::Old => {
                Self::unprocessable("The method is not implemented by the engine.").brief()
            }
            error => error.brief(),
        }
    }

    /// The answer, as far as it has nothing to do with the request.
    pub(crate) fn brief(self) -> Response {
        let unprocessable = |body| reply::json(StatusCode::UNPROCESSABLE_ENTITY, &body);
        match self {
            Self::Unauthorized => {
                reply::json(StatusCode::UNAUTHORIZED, &json!({ "message": "Unauthorized", "statusCode": 401 }))
            }
            Self::Forbidden => {
                reply::json(StatusCode::FORBIDDEN, &json!({ "message": "Forbidden", "statusCode": 403 }))
            }
            Self::Refused { status, message } => refusal(status, &message.into()),
            Self::NotSupported(engine) => {
                let message = format!("The method is not implemented by the '{engine}' engine");
                refusal(StatusCode::NOT_IMPLEMENTED, &message.into())
            }
            Self::Invalid(messages) => refusal(StatusCode::BAD_REQUEST, &messages.into()),
            Self::NoSessionName(sent) => {
                let mut body = Map::from_iter([("error".into(), "Session name is required".into())]);
                body.extend(sent.map(|name| ("session".into(), name.into())));
                unprocessable(body.into())
            }
            Self::NoSuchSession(session) => {
                let error = format!("Session \"{session}\" does not exist");
                unprocessable(json!({ "error": error, "session": session }))
            }
            Self::WrongStatus { session, status, expected } => unprocessable(json!({
                "error": "Session status is not as expected. Try again later or restart the session",
                "session": session,
                "status": status.as_str(),
                "expected": [expected.as_str()],
            })),
            Self::Detail(detail) => reply::json(StatusCode::BAD_REQUEST, &json!({ "detail": detail })),
            Self::Exception(Exception(value)) => reply::json(StatusCode::INTERNAL_SERVER_ERROR, &value),
        }
    }
}

fn refusal(status: StatusCode, message: &Value) -> Response {
    let error = status.canonical_reason().unwrap_or_default();
    reply::json(status, &json!({ "message": message, "error": error, "statusCode": status.as_u16() }))
}

impl Exception {
    /// Tells the request back, secrets and all.
    fn respond(self, app: &Shared, request: &Recorded) -> Response {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let body = body::parse(&request.headers, &request.body);
        let query = Query::of_path(&request.path_and_query);
        let query = query.pairs().iter().map(|(name, value)| (name.clone(), value.clone().into()));
        reply::json(
            status,
            &json!({
                "statusCode": status.as_u16(),
                "timestamp": time::iso8601(app.clock.now()),
                "exception": self.0,
                "request": {
                    "path": request.path_and_query,
                    "method": request.method.as_str(),
                    "body": body.unwrap_or_else(|_| json!({})),
                    "query": query.collect::<Map<_, _>>(),
                },
                "version": app.version(),
            }),
        )
    }
}
