//! Webhooks: signed, sent in order, and sent again when they fail.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use sha2::Sha512;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{
    Age,
    log::Log,
    time::{Clock, millis},
};

/// Where events are sent, and how.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
    key: Option<String>,
    retries: Retries,
    headers: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Retries {
    attempts: u32,
    delay: Duration,
    policy: Policy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    Constant,
    Linear,
    Exponential,
}

/// An event on its way to a webhook.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) webhook: Webhook,
    pub(crate) event: &'static str,
    pub(crate) body: Bytes,
    /// The same for every attempt.
    pub(crate) id: String,
    pub(crate) timestamp: u64,
    /// That of the server that sends it.
    pub(crate) age: Age,
    /// What the headers are instead; none for one that is left out.
    pub(crate) headers: Vec<(HeaderName, Option<HeaderValue>)>,
    /// Changed after it was signed.
    pub(crate) is_tampered: bool,
}

impl Webhook {
    /// Without a signature, and with the retries of the server's defaults.
    pub(crate) fn new(url: String, events: Vec<String>) -> Self {
        let retries = Retries { attempts: 15, delay: Duration::from_secs(2), policy: Policy::Constant };
        Self { url, events, key: None, retries, headers: Vec::new() }
    }

    /// As it stands in the configuration of a session.
    pub(crate) fn read(config: &Value) -> Option<Self> {
        let strings =
            |list: &Value| list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut webhook = Self::new(config["url"].as_str()?.to_owned(), strings(&config["events"]));
        webhook.key = config["hmac"]["key"].as_str().filter(|key| !key.is_empty()).map(str::to_owned);
        let retries = &config["retries"];
        if let Some(attempts) = retries["attempts"].as_u64() {
            webhook.retries.attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        }
        if let Some(delay) = retries["delaySeconds"].as_f64() {
            webhook.retries.delay = Duration::try_from_secs_f64(delay).unwrap_or_default();
        }
        webhook.retries.policy = match retries["policy"].as_str() {
            Some("linear") => Policy::Linear,
            Some("exponential") => Policy::Exponential,
            _ => Policy::Constant,
        };
        let headers = config["customHeaders"].as_array().into_iter().flatten();
        let headers =
            headers.filter_map(|it| Some((it["name"].as_str()?.to_owned(), it["value"].as_str()?.to_owned())));
        webhook.headers = headers.collect();
        Some(webhook)
    }
}

impl Retries {
    /// How long to wait after a number of attempts.
    fn pause(&self, attempts: u32, chance: f64) -> Duration {
        let factor = match self.policy {
            Policy::Constant => 1.0,
            Policy::Linear => f64::from(attempts),
            Policy::Exponential => 2f64.powi(attempts.min(30).cast_signed()) * (1.0 + 0.2 * chance),
        };
        Duration::try_from_secs_f64(self.delay.as_secs_f64() * factor).unwrap_or(self.delay)
    }
}

/// Delivers until there is nobody left who could send anything. Each address gets what it is sent in order, apart from
/// what has to be tried again.
pub(crate) async fn deliver(mut deliveries: UnboundedReceiver<Delivery>, clock: Arc<Clock>, log: Log) {
    let mut queues = HashMap::new();
    let mut client = None;
    while let Some(delivery) = deliveries.recv().await {
        // A client takes tens of milliseconds to build, which a server without webhooks need not spend.
        let Some(client) = client.get_or_insert_with(client_of_webhooks) else { return };
        let queue = queues.entry(delivery.webhook.url.clone()).or_insert_with(|| {
            let (queue, mut waiting) = unbounded_channel::<Delivery>();
            let sender = Sender { client: client.clone(), clock: Arc::clone(&clock), log: log.clone() };
            tokio::spawn(async move {
                while let Some(delivery) = waiting.recv().await {
                    if let Err(after) = sender.attempt(&delivery).await {
                        tokio::spawn(sender.clone().try_again(delivery, after));
                    }
                }
            });
            queue
        });
        // It is received as long as the queue is there.
        let _ = queue.send(delivery);
    }
}

/// The server does not look at certificates.
fn client_of_webhooks() -> Option<Client> {
    Client::builder().no_proxy().danger_accept_invalid_certs(true).build().ok()
}

/// What sends to one address.
#[derive(Debug, Clone)]
struct Sender {
    client: Client,
    clock: Arc<Clock>,
    log: Log,
}

impl Sender {
    /// Succeeds with any 2xx; otherwise tells how long the receiver wants to be left alone.
    async fn attempt(&self, delivery: &Delivery) -> Result<(), Option<Duration>> {
        let (result, status) = match delivery.request(&self.client).send().await {
            Ok(response) if response.status().is_success() => (Ok(()), response.status().as_str().to_owned()),
            Ok(response) => (Err(retry_after(&response)), response.status().as_str().to_owned()),
            Err(error) if error.is_connect() => (Err(None), "cannot connect".to_owned()),
            Err(_) => (Err(None), "no answer".to_owned()),
        };
        self.log.delivery(self.clock.now(), delivery, &status);
        result
    }

    async fn try_again(self, delivery: Delivery, mut after: Option<Duration>) {
        let retries = &delivery.webhook.retries;
        let attempts = if delivery.age.delivers_reliably() { retries.attempts } else { 1 };
        let mut random = fastrand::Rng::with_seed(delivery.timestamp);
        for attempt in 1..attempts {
            let pause = after.unwrap_or_else(|| retries.pause(attempt, random.f64()));
            self.clock.sleep_until(self.clock.now().saturating_add(millis(pause))).await;
            match self.attempt(&delivery).await {
                Ok(()) => return,
                Err(wanted) => after = wanted,
            }
        }
    }
}

impl Delivery {
    fn request(&self, client: &Client) -> RequestBuilder {
        let mut body = self.body.to_vec();
        if let Some(byte) = body.last_mut().filter(|_| self.is_tampered) {
            *byte ^= 1;
        }
        client.post(&self.webhook.url).headers(self.head()).body(body)
    }

    fn head(&self) -> HeaderMap {
        let Self { webhook, body, id, timestamp, age, .. } = self;
        let agent = format!("WAHA/{}", age.version());
        let mut head =
            vec![("content-type".to_owned(), "application/json".to_owned()), ("user-agent".to_owned(), agent)];
        if age.delivers_reliably() {
            head.push(("x-webhook-request-id".to_owned(), id.clone()));
            head.push(("x-webhook-timestamp".to_owned(), timestamp.to_string()));
            if let Some(key) = &webhook.key {
                head.push(("x-webhook-hmac".to_owned(), signature(key, body)));
                head.push(("x-webhook-hmac-algorithm".to_owned(), "sha512".to_owned()));
            }
            head.extend(webhook.headers.clone());
        }
        let valid = head.iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
        let mut head: HeaderMap = valid.collect();
        for (name, value) in &self.headers {
            match value {
                Some(value) => drop(head.insert(name.clone(), value.clone())),
                None => drop(head.remove(name)),
            }
        }
        head
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Returns the signature of a delivery with this body to a webhook with this key, which the server sends as
/// `X-Webhook-Hmac`: the HMAC-SHA512 in lower-case hex.
///
/// [`Server`](crate::Server) signs what it delivers. This is for deliveries that a test makes itself, for a bot that
/// listens on no socket.
///
/// ```
/// let body = r#"{"event":"message","session":"default","engine":"WEBJS"}"#;
/// let headers = [
///     ("X-Webhook-Hmac-Algorithm", "sha512".to_owned()),
///     ("X-Webhook-Hmac", waha_sim::signature("my-secret-key", body)),
/// ];
/// assert!(headers[1].1.starts_with("208f8a55dde9e055"));
/// ```
pub fn signature(key: &str, body: impl AsRef<[u8]>) -> String {
    // Keys of HMAC may have any length, so this one is always taken.
    let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body.as_ref());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_documentation() {
        let body = r#"{"event":"message","session":"default","engine":"WEBJS"}"#;
        let expected = "208f8a55dde9e05519e898b10b89bf0d0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e78a33a63f6752c2c1631777076153fa89";
        assert_eq!(signature("my-secret-key", body), expected);
    }

    #[test]
    fn pauses_follow_their_policy() {
        let pauses = |policy: &str| {
            let config = json!({ "url": "http://a", "retries": { "delaySeconds": 3, "policy": policy } });
            let retries = Webhook::read(&config).expect("a webhook").retries;
            [1, 2, 3].map(|attempt| retries.pause(attempt, 0.0).as_secs())
        };
        assert_eq!(pauses("constant"), [3, 3, 3]);
        assert_eq!(pauses("linear"), [3, 6, 9]);
        assert_eq!(pauses("exponential"), [6, 12, 24]);
        let plain = Webhook::read(&json!({ "url": "http://a" })).expect("a webhook");
        assert_eq!((plain.retries.attempts, plain.retries.pause(9, 1.0).as_secs()), (15, 2));
    }
}
