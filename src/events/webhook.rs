//! Setting up a session's webhook.

use std::{fmt, future::IntoFuture, time::Duration};

use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use crate::{
    Error, ErrorKind, Session,
    address::http_url,
    builder, text,
    types::{self, EventName, RetryPolicy},
};

impl Session {
    /// Begins to set up a webhook: an address to which the server delivers the session's events.
    ///
    /// Awaited, it sets up the webhook of a session that exists, in the place of one with the same URL;
    /// [`create`](SetUpWebhook::create) creates a session with it. Deliveries are
    /// verified and read by `events::Verifier`, with the feature `webhooks`.
    ///
    /// ```no_run
    /// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
    /// use std::time::Duration;
    /// use waha::types::EventName;
    ///
    /// session
    ///     .webhook("https://bot.example/webhook")
    ///     .hmac("my-secret-key")
    ///     .events([EventName::Message, EventName::SessionStatus])
    ///     .retries(15, Duration::from_secs(2))
    ///     .header("X-Tenant", "7")
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn webhook(&self, url: impl Into<String>) -> SetUpWebhook {
        SetUpWebhook {
            session: self.clone(),
            url: url.into(),
            events: Vec::new(),
            key: None,
            retries: types::RetriesConfiguration::default(),
            headers: Vec::new(),
        }
    }
}

/// Sets up a webhook of a session; returned by [`Session::webhook`].
///
/// It is also a [`types::WebhookConfig`], for a session with several of them:
///
/// ```
/// # fn run(session: waha::Session) {
/// use waha::types::SessionConfig;
///
/// let webhooks = ["https://a.example/", "https://b.example/"].map(|url| session.webhook(url).hmac("my-secret-key"));
/// let create = session.create().config(SessionConfig::builder().webhooks(webhooks));
/// # }
/// ```
///
/// With all of its settings:
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use std::time::Duration;
/// use waha::types::EventName;
///
/// session
///     .webhook("https://bot.example/webhook")
///     .hmac("my-secret-key")
///     .events([EventName::Message])
///     .retries(10, Duration::from_secs(5))
///     .retry_policy("exponential")
///     .header("X-Tenant", "7")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent before it is awaited"]
pub struct SetUpWebhook {
    session: Session,
    url: String,
    events: Vec<EventName>,
    key: Option<String>,
    retries: types::RetriesConfiguration,
    headers: Vec<(String, String)>,
}

impl SetUpWebhook {
    /// The name that stands for all events but `state.change` and `engine.event`.
    const ALL_EVENTS: &'static str = "*";

    /// Sets the key with which the server signs deliveries. Default: none, so that anybody who knows the address can
    /// send events.
    pub fn hmac(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets which events are delivered. Default: `*`, which stands for all but `state.change` and `engine.event`, and which
    /// servers of 2024 refuse.
    pub fn events(mut self, events: impl IntoIterator<Item: Into<EventName>>) -> Self {
        self.events = events.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how often the server tries to deliver an event, and how long it waits in between. Default: 15 times, 2 s apart.
    pub fn retries(mut self, attempts: u32, delay: Duration) -> Self {
        self.retries.attempts = Some(attempts.into());
        self.retries.delay_seconds = Some(delay.as_secs_f64());
        self
    }

    /// Sets how the time between two attempts grows. Default: `constant`.
    pub fn retry_policy(mut self, policy: impl Into<RetryPolicy>) -> Self {
        self.retries.policy = Some(policy.into());
        self
    }

    /// Adds a header to each delivery. Its value is a secret, which no `Debug` shows.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Begins to create and start the session with this webhook: see [`Session::create`].
    ///
    /// `POST /api/sessions`
    ///
    /// ```no_run
    /// # async fn run(client: waha::Client) -> Result<(), waha::Error> {
    /// client.session("shop")?.webhook("https://bot.example/webhook").hmac("my-secret-key").create().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(self) -> builder::SessionsCreate {
        let create = self.session.create();
        create.config(types::SessionConfig::builder().webhooks([self]))
    }

    /// Sets up the webhook of a session that exists; the same as awaiting. Nothing else of the session's configuration
    /// changes. If the webhook is as it should be already, nothing is sent; otherwise the server restarts the session if
    /// it runs.
    ///
    /// `GET` and `PUT /api/sessions/{session}`
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidRequest`]: the URL, the key, an event or a header cannot be set; the message says which
    /// - [`ErrorKind::NotFound`]: there is no such session, and [`create`](Self::create) creates it
    /// - otherwise as for any call
    pub async fn send(self) -> Result<(), Error> {
        const PATH: &str = "/api/sessions/{session}";
        let session = self.session.clone();
        let webhook = types::WebhookConfig::try_from(self).and_then(|webhook| {
            serde_json::to_value(webhook).map_err(|error| format!("the webhook cannot be set up: {error}"))
        });
        let webhook = webhook.map_err(|why| Error::new(ErrorKind::InvalidRequest, why))?;
        // As JSON, so that what this release does not know of the configuration stays in it.
        let info = session.request(Method::GET, PATH).await?;
        let config = info.get::<Option<Value>>("/config").ok().flatten().flatten();
        let mut config = config.filter(Value::is_object).unwrap_or_else(|| json!({}));
        if !put(&mut config, webhook) {
            return Ok(());
        }
        session.request(Method::PUT, PATH).json(&json!({ "config": config })).await?;
        Ok(())
    }
}

/// Puts a webhook into a configuration, in the place of that with the same URL. Returns whether that changes anything.
fn put(config: &mut Value, webhook: Value) -> bool {
    let webhooks = &mut config["webhooks"];
    if !webhooks.is_array() {
        *webhooks = json!([]);
    }
    let Some(webhooks) = webhooks.as_array_mut() else { return false };
    match webhooks.iter_mut().find(|other| other["url"] == webhook["url"]) {
        Some(same) if is_same(same, &webhook) => false,
        Some(other) => {
            *other = webhook;
            true
        }
        None => {
            webhooks.push(webhook);
            true
        }
    }
}

/// Whether two configurations mean the same: a server may write null for what is not set.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left.as_object(), right.as_object()) {
        (Some(left), Some(right)) => {
            let mut names = left.keys().chain(right.keys());
            let null = &Value::Null;
            names.all(|name| is_same(left.get(name).unwrap_or(null), right.get(name).unwrap_or(null)))
        }
        // An integer may come back with a fraction of zero.
        _ => left == right || left.as_f64().is_some_and(|number| Some(number) == right.as_f64()),
    }
}

impl TryFrom<SetUpWebhook> for types::WebhookConfig {
    type Error = String;

    fn try_from(webhook: SetUpWebhook) -> Result<Self, String> {
        let SetUpWebhook { url, events, key, retries, headers, .. } = webhook;
        http_url(&url).map_err(|why| format!("the URL of the webhook {why}"))?;
        if key.as_deref().is_some_and(str::is_empty) {
            return Err("the key of the webhook is empty: the server would not sign its deliveries".to_owned());
        }
        let is_unknown =
            |event: &&EventName| matches!(event, EventName::Unknown(name) if name != SetUpWebhook::ALL_EVENTS);
        if let Some(unknown) = events.iter().find(is_unknown) {
            return Err(format!(
                "`{}` is no event that this release knows, and the server ignores names that it does not know; set one of a \
                 later release as `types::WebhookConfig`",
                text::line(unknown.as_str())
            ));
        }
        if let Some((name, _)) = headers.iter().find(|(name, value)| !is_header(name, value)) {
            return Err(format!("the header `{}` of the webhook, or its value, cannot be sent", text::line(name)));
        }
        let events = if events.is_empty() { vec![SetUpWebhook::ALL_EVENTS.into()] } else { events };
        let headers: Vec<_> = headers.into_iter().map(|(name, value)| types::CustomHeader { name, value }).collect();
        let has_retries = retries.attempts.is_some() || retries.policy.is_some();
        Ok(Self {
            url: url.trim().to_owned(),
            events,
            hmac: key.map(|key| types::HmacConfiguration { key: Some(key) }),
            retries: has_retries.then_some(retries),
            custom_headers: (!headers.is_empty()).then_some(headers),
        })
    }
}

fn is_header(name: &str, value: &str) -> bool {
    HeaderName::try_from(name).is_ok() && HeaderValue::try_from(value).is_ok()
}

impl IntoFuture for SetUpWebhook {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// Without the key and the values of the headers.
impl fmt::Debug for SetUpWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("SetUpWebhook")
            .field("session", self.session.name())
            .field("url", &crate::address::shown(&self.url))
            .field("events", &self.events)
            .field("has_key", &self.key.is_some())
            .field("retries", &self.retries)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}
