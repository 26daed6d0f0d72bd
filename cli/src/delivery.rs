//! Deliveries to a webhook, signed as the server signs them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Client;
use serde_json::{Value, json};
use waha_sim::signature;

use crate::{
    exit::{Code, Failure},
    table::{EVENTS, Sample},
};

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Posts events to an address.
pub struct Receiver {
    http: Client,
    url: reqwest::Url,
    secret: Option<String>,
}

impl Receiver {
    /// Prepares to post to `url`, signed with `secret` if there is one.
    ///
    /// # Errors
    ///
    /// The address is none.
    pub fn new(url: &str, secret: Option<String>) -> Result<Self, Failure> {
        let parsed =
            reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = parsed.ok_or_else(|| {
            Failure::usage(format!("`{url}` is no address of a webhook")).hint("write http://localhost:8000/webhook")
        })?;
        let http = Client::builder().timeout(TIMEOUT).build();
        let http = http.map_err(|error| Failure::new(Code::Other, format!("nothing can be posted: {error}")))?;
        // As for the server, an empty key is none.
        Ok(Self { http, url, secret: secret.filter(|secret| !secret.is_empty()) })
    }

    /// Posts an event, and returns the status of the answer.
    ///
    /// # Errors
    ///
    /// There is no answer, or it is no success.
    pub async fn post(&self, body: Vec<u8>) -> Result<u16, Failure> {
        let event: Value = serde_json::from_slice(&body).unwrap_or_default();
        let timestamp = event["timestamp"].as_u64().unwrap_or_else(now);
        let id = event["id"].as_str().map_or_else(|| format!("{timestamp:016x}"), str::to_owned);
        let mut request = self.http.post(self.url.clone()).header("content-type", "application/json");
        request = request.header("x-webhook-request-id", id).header("x-webhook-timestamp", timestamp.to_string());
        if let Some(secret) = &self.secret {
            let signature = signature(secret, &body);
            request = request.header("x-webhook-hmac", signature).header("x-webhook-hmac-algorithm", "sha512");
        }
        let answer = request.body(body).send().await.map_err(|error| {
            let code = if error.is_timeout() { Code::Timeout } else { Code::NoConnection };
            // The address may hold a secret of the receiver's.
            Failure::new(code, format!("the webhook gives no answer: {}", cause(&error.without_url())))
        })?;
        match answer.status() {
            status if status.is_success() => Ok(status.as_u16()),
            status => {
                Err(Failure::new(Code::ServerFailed, format!("the webhook answered with status {}", status.as_u16())))
            }
        }
    }
}

/// The innermost cause, which says most.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Milliseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the sample of the event of this name.
///
/// # Errors
///
/// There is no such event; the message lists those that there are.
pub fn sample(name: &str) -> Result<&'static Sample, Failure> {
    EVENTS.iter().find(|sample| sample.name == name).ok_or_else(|| {
        let names: Vec<_> = EVENTS.iter().map(|sample| sample.name).collect();
        Failure::usage(format!("there is no event `{name}`")).hint(format!("there are {}", names.join(", ")))
    })
}

/// Makes an event of now, with a payload.
pub fn envelope(name: &str, session: &str, payload: Value) -> Value {
    let letters = "0123456789abcdefghjkmnpqrstvwxyz".as_bytes();
    let id: String =
        std::iter::repeat_with(|| char::from(letters[fastrand::usize(..letters.len())])).take(26).collect();
    json!({
        "id": format!("evt_{id}"),
        "timestamp": now(),
        "event": name,
        "session": session,
        "metadata": {},
        "me": { "id": "22222222222@c.us", "pushName": "waha" },
        "payload": payload,
        "engine": "GOWS",
        "environment": { "version": crate::table::RELEASE, "engine": "GOWS", "tier": "CORE", "browser": null },
    })
}
