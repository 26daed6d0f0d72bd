//! How old the server is that is stood in for.

use serde_json::Value;

use crate::document::Operation;

/// The release of the server, as far as its answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Age {
    /// A server of before 2025: events have neither an id nor a time of their own, webhooks are sent once and without a
    /// signature, WebSockets get the events of all sessions or none and a ping every ten seconds, and what has no value is
    /// left out instead of being null. Operations that a later release is known to have added are answered with 404.
    Old,
    /// The release that the document describes.
    #[default]
    Current,
}

impl Age {
    /// The version that the server gives itself.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Old => "2024.10.8",
            Self::Current => "2026.9.2",
        }
    }

    /// Whether there was such an operation.
    pub(crate) fn has(self, operation: &Operation) -> bool {
        self == Self::Current || !operation.is_recent
    }

    pub(crate) fn numbers_events(self) -> bool {
        self == Self::Current
    }

    /// Whether webhooks are signed, numbered, given headers of their own, and sent again when they fail.
    pub(crate) fn delivers_reliably(self) -> bool {
        self == Self::Current
    }

    /// Whether a WebSocket can have the events of one session alone.
    pub(crate) fn knows_sessions_of_websockets(self) -> bool {
        self == Self::Current
    }

    /// How often a WebSocket is asked whether the client is still there, in milliseconds.
    pub(crate) fn heartbeat(self) -> u64 {
        match self {
            Self::Old => 10_000,
            Self::Current => 60_000,
        }
    }

    /// What is left of an answer.
    pub(crate) fn written(self, value: Value) -> Value {
        match value {
            value if self == Self::Current => value,
            Value::Object(members) => {
                let members = members.into_iter().filter(|(_, value)| !value.is_null());
                Value::Object(members.map(|(name, value)| (name, self.written(value))).collect())
            }
            Value::Array(items) => items.into_iter().map(|item| self.written(item)).collect(),
            value => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_old_server_leaves_out_what_has_no_value() {
        let value = json!({ "me": null, "list": [{ "a": null, "b": 0 }, null] });
        assert_eq!(Age::Old.written(value.clone()), json!({ "list": [{ "b": 0 }, null] }));
        assert_eq!(Age::Current.written(value.clone()), value);
    }
}
