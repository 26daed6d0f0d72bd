//! What WhatsApp refuses, as the engines report it: an exception that nobody catches.

use serde_json::json;

use crate::{Engine, error::Error};

/// A reason of WhatsApp's, in the codes of HTTP and in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: u16,
    text: &'static str,
}

impl Refusal {
    /// There is no such group, channel or invite, or not for this account.
    pub(crate) const NOT_FOUND: Self = Self { code: 404, text: "item-not-found" };
    /// The account lacks the right.
    pub(crate) const FORBIDDEN: Self = Self { code: 403, text: "forbidden" };
    /// It was asked too often.
    pub(crate) const RATE_LIMITED: Self = Self { code: 429, text: "rate-overlimit" };

    pub(crate) fn on(self, engine: Engine) -> Error {
        let Self { code, text } = self;
        match engine {
            Engine::Gows => {
                let details = format!("info query returned status {code}: {text}");
                let message = format!("2 UNKNOWN: {details}");
                let stack = format!("Error: {message}\n    at the stand-in");
                Error::thrown(json!({
                    "message": message,
                    "code": 2,
                    "details": details,
                    "metadata": [],
                    "name": "Error",
                    "stack": stack,
                }))
            }
            Engine::Noweb => Error::thrown(json!({
                "message": text,
                "data": code,
                "isBoom": true,
                "isServer": true,
                "output": {},
                "name": "Error",
                "stack": format!("Error: {text}\n    at the stand-in"),
            })),
            // The names of WhatsApp Web are short.
            Engine::Webjs => Error::thrown(json!({
                "message": "r",
                "name": "r",
                "stack": "r: r\n    at the stand-in",
            })),
            Engine::Wpp => Error::thrown(json!(text)),
        }
    }
}
