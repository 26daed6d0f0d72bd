//! The error answers, one shape per kind of error.

use axum::{
    extract::{Query, Request, State},
    http::{StatusCode, Uri},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{SessionStatus, body, reply, request_log::Recorded, state::App, time};

#[derive(Debug)]
pub(crate) enum Error {
    /// No key, or the wrong one.
    Unauthorized,
    /// What the server's framework makes of a refusal: a status and why.
    Refused { status: StatusCode, message: String },
    /// A request which breaks the rules of its route; the messages are a list.
    Invalid(Vec<String>),
    /// A route that needs a session was called without the name of one.
    NoSessionName(Option<String>),
    /// A route that needs a session in a certain status was called for one that does not exist.
    NoSuchSession(String),
    /// The same, for a session in another status.
    WrongStatus { session: String, status: SessionStatus, expected: SessionStatus },
    /// Something broke inside the server.
    Exception(Exception),
}

/// A JavaScript error that nobody caught.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    name: &'static str,
    message: String,
}

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

    pub(crate) fn exception(name: &'static str, message: impl Into<String>) -> Self {
        Self::Exception(Exception { name, message: message.into() })
    }

    /// What JavaScript says when a method is called on a value that is missing or of another type.
    pub(crate) fn type_error(variable: &str, method: &str, value: Option<&Value>) -> Self {
        let message = match value {
            None => format!("Cannot read properties of undefined (reading '{method}')"),
            Some(Value::Null) => format!("Cannot read properties of null (reading '{method}')"),
            Some(_) => format!("{variable}.{method} is not a function"),
        };
        Self::exception("TypeError", message)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let unprocessable = |body| reply::json(StatusCode::UNPROCESSABLE_ENTITY, &body);
        match self {
            Self::Unauthorized => {
                reply::json(StatusCode::UNAUTHORIZED, &json!({ "message": "Unauthorized", "statusCode": 401 }))
            }
            Self::Refused { status, message } => refusal(status, &message.into()),
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
            // The body tells the request back, which only `complete` knows.
            Self::Exception(exception) => {
                let mut response = reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
                response.extensions_mut().insert(exception);
                response
            }
        }
    }
}

fn refusal(status: StatusCode, message: &Value) -> Response {
    let error = status.canonical_reason().unwrap_or_default();
    reply::json(status, &json!({ "message": message, "error": error, "statusCode": status.as_u16() }))
}

/// Gives the answer to an exception its body.
pub(crate) async fn complete(State(app): State<App>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let recorded = request.extensions().get::<Recorded>().cloned();
    let mut response = next.run(request).await;
    match (response.extensions_mut().remove::<Exception>(), recorded) {
        (Some(exception), Some(recorded)) => exception.respond(&app, &uri, &recorded),
        _ => response,
    }
}

impl Exception {
    fn respond(&self, app: &App, uri: &Uri, request: &Recorded) -> Response {
        let Self { name, message } = self;
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let body = body::parse(&request.headers, &request.body);
        let query = Query::<Map<String, Value>>::try_from_uri(uri).map(|Query(all)| all);
        reply::json(
            status,
            &json!({
                "statusCode": status.as_u16(),
                "timestamp": time::iso8601(app.clock.now()),
                "exception": {
                    "stack": format!("{name}: {message}\n    at the stand-in"),
                    "message": message,
                    "name": name,
                },
                "request": {
                    "path": request.path_and_query,
                    "method": request.method.as_str(),
                    "body": body.unwrap_or_else(|_| json!({})),
                    "query": query.unwrap_or_default(),
                },
                "version": app.version(),
            }),
        )
    }
}
