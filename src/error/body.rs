use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{Json, lenient};

/// The body of an error answer. Which members are there depends on the kind of error:
///
/// - Most: `statusCode`, `message` and `error`. Invalid input has a list of texts in `message`.
/// - Key missing, unknown or not sufficient (401, 403): `statusCode` and `message`.
/// - The session does not have the required status, or does not run (422): `error` and `session`, in the first case with
///   `status` and `expected`. No name of a session at all: `error` alone.
/// - Wrong use of `chatId` when setting a presence (400): `detail` alone.
/// - A failure inside the server or its engine (500): `statusCode`, `timestamp`, `exception`, `request` and `version`.
/// - A media file that is gone (404): `error` is an object with `code`, `key`, `message` and `details`.
/// - The health check (503): `status`, `info`, `error` and `details`.
///
/// Each member is read by itself: one of an unexpected type is `None` and costs no other.
///
/// ```no_run
/// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
/// if let Err(error) = chat.send_text("hi").await {
///     if let Some(body) = error.body() {
///         println!("{:?} of the session {:?}", body.message, body.session);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// What is wrong with the presence that was to be set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Health check: the state of every component, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Json>,
    /// Usually a string: the name of the HTTP status (`Not Found`), or what is wrong with the session. An object for a
    /// media file that is gone, and in the health check, where it holds the components that failed, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Json>,
    /// What was thrown inside the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<ErrorException>,
    /// Session statuses in which the operation is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Vec<String>>,
    /// Health check: the components that are well, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<Json>,
    /// What went wrong, as a string, or for invalid input as a list of strings, one for each fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Json>,
    /// The request that failed: `path`, `method`, `body` and `query`. It may hold private data; do not log it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Json>,
    /// Name of the session that the error is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Status of the session at the time of the error. In the health check its result: `ok`, `error` or `shutting_down`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The HTTP status once more.
    #[serde(rename = "statusCode", skip_serializing_if = "Option::is_none")]
    pub status_code: Option<i64>,
    /// When a failure inside the server happened, in ISO 8601 with milliseconds, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The server's version and engine, as in the answer of `observability_get_version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Json>,
}

impl<'de> Deserialize<'de> for ErrorBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from_members)
    }
}

impl ErrorBody {
    /// Names of all members.
    const NAMES: [&str; 13] = [
        "detail",
        "details",
        "error",
        "exception",
        "expected",
        "info",
        "message",
        "request",
        "session",
        "status",
        "statusCode",
        "timestamp",
        "version",
    ];

    /// Reads each member that is known, and leaves out what is null or of another type.
    pub(super) fn from_members(mut members: Map<String, Value>) -> Self {
        let mut take = |name: &str| members.remove(name).filter(|value| !value.is_null());
        Self {
            detail: take("detail").and_then(read),
            details: take("details").map(Json::from),
            error: take("error").map(Json::from),
            exception: take("exception").and_then(exception),
            expected: take("expected").and_then(texts),
            info: take("info").map(Json::from),
            message: take("message").map(Json::from),
            request: take("request").map(Json::from),
            session: take("session").and_then(read),
            status: take("status").and_then(read),
            status_code: take("statusCode").and_then(|value| lenient::integer(value).ok()),
            timestamp: take("timestamp").and_then(read),
            version: take("version").map(Json::from),
        }
    }

    /// Keeps the message as it was received, byte for byte.
    pub(super) fn keep_message_text(&mut self, json: &str) {
        #[derive(Deserialize)]
        struct Message {
            message: Option<Json>,
        }
        if let Ok(Message { message: Some(message) }) = serde_json::from_str(json) {
            self.message = self.message.take().map(|_| message);
        }
    }

    /// Whether the members are those of another program's error.
    pub(super) fn is_foreign(members: &Map<String, Value>) -> bool {
        let has = |name: &str| members.contains_key(name);
        !has("statusCode")
            && !has("session")
            && !has("exception")
            && members.keys().any(|name| !Self::NAMES.contains(&name.as_str()))
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

/// A list of texts, without what is not one; or a single text.
fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) => Some(items.into_iter().filter_map(read).collect()),
        _ => None,
    }
}

/// What was thrown inside the server: part of an [`ErrorBody`].
///
/// ```no_run
/// # async fn run(chat: waha::Chat) -> Result<(), waha::Error> {
/// if let Err(error) = chat.send_text("hi").await {
///     if let Some(exception) = error.body().and_then(|body| body.exception.as_ref()) {
///         println!("{:?}: {:?}", exception.name, exception.message);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct ErrorException {
    /// The code of the fault, a string (`ECONNREFUSED`) or a number, if the library behind it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Json>,
    /// What the engine's library adds to the fault: a number, a string or an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Json>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The kind of the fault, such as `TypeError`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it was thrown, line by line; names paths on the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
}

/// What was thrown: an object, or a bare text.
fn exception(value: Value) -> Option<ErrorException> {
    match value {
        Value::String(thrown) => Some(ErrorException { message: Some(thrown), ..ErrorException::default() }),
        Value::Object(mut members) => {
            let mut take = |name: &str| members.remove(name).filter(|value| !value.is_null());
            Some(ErrorException {
                code: take("code").map(Json::from),
                data: take("data").map(Json::from),
                message: take("message").and_then(read),
                name: take("name").and_then(read),
                stack: take("stack").and_then(read),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn the_members_are_those_of_the_document() {
        let document: Value = serde_json::from_str(include_str!("../../openapi/waha.json")).unwrap();
        let names = |schema: &str| -> BTreeSet<String> {
            let properties = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
            properties.keys().cloned().collect()
        };
        assert_eq!(names("ErrorBody"), ErrorBody::NAMES.map(str::to_owned).into());
        // Each is read and written, and of the type that the document gives.
        let full = json!({
            "detail": "a", "details": {"a": 1}, "error": "b", "expected": ["c"], "info": {}, "message": ["d"],
            "request": {"path": "/"}, "session": "e", "status": "f", "statusCode": 500, "timestamp": "g", "version": {},
            "exception": {"code": "h", "data": 1, "message": "i", "name": "j", "stack": "k"},
        });
        let body: ErrorBody = serde_json::from_value(full.clone()).unwrap();
        assert_eq!(serde_json::to_value(&body).unwrap(), full);
        let exception: BTreeSet<String> = full["exception"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(exception, names("ErrorException"));
    }

    #[test]
    fn a_member_of_another_type_costs_no_other() {
        for odd in [json!({"a": []}), json!(["b"]), json!("c"), json!(5), json!(true), json!(null)] {
            for name in ErrorBody::NAMES {
                let mut members: Map<String, Value> =
                    [("message".to_owned(), json!("kept")), ("session".to_owned(), json!("kept"))]
                        .into_iter()
                        .collect();
                members.insert(name.to_owned(), odd.clone());
                let body: ErrorBody = serde_json::from_value(members.into()).unwrap();
                assert!(name == "message" || body.message.is_some(), "{name}: {odd}");
                assert!(name == "session" || body.session.is_some(), "{name}: {odd}");
            }
        }
    }
}
