//! Webhooks in [`axum`]: an extractor for a handler of your own, and a router that is ready. Requires the feature
//! `axum`.
//!
//! ```no_run
//! # async fn run(session: waha::Session) -> Result<(), Box<dyn std::error::Error>> {
//! use waha::{Error, events::{Dispatcher, Verifier, axum::WebhookRouter}};
//!
//! let dispatcher = Dispatcher::new(move |event| {
//!     let session = session.clone();
//!     async move {
//!         if let Some(message) = event.message().filter(|message| message.text() == Some("ping")) {
//!             message.reply(&session, "pong")?.await?;
//!         }
//!         Ok::<_, Error>(())
//!     }
//! });
//! let webhooks = WebhookRouter::new(Verifier::new("my-secret-key"), dispatcher.clone()).into_router();
//! let app = axum::Router::new().nest("/webhook", webhooks);
//!
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:8000").await?;
//! let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
//! axum::serve(listener, app).with_graceful_shutdown(stop).await?;
//! dispatcher.finish().await;
//! # Ok(())
//! # }
//! ```

use std::{sync::Arc, time::Duration};

use ::axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRef, FromRequest, Request, State},
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::post,
};
use tokio::time::timeout;

use super::{Dispatcher, Event, SeenEvents, Verifier, VerifyError};

/// The event of a delivery that was verified: an extractor for handlers of [`axum`].
///
/// The state of the router has to contain an `Arc<Verifier>`, by itself or by [`FromRef`]. Whoever sends something else
/// than a genuine event is answered with a [`WebhookRejection`]. The body may be as large as
/// [`DefaultBodyLimit`] allows, by default 2 MB; and it is the handler that has to recognise an event that was delivered
/// before, by [`SeenEvents`].
///
/// ```
/// use std::sync::Arc;
/// use axum::{Router, http::StatusCode, routing::post};
/// use waha::events::{Verifier, axum::WebhookEvent};
///
/// async fn receive(WebhookEvent(event): WebhookEvent) -> StatusCode {
///     println!("{}: {}", event.session, event.name());
///     StatusCode::NO_CONTENT
/// }
///
/// let app: Router = Router::new()
///     .route("/webhook", post(receive))
///     .with_state(Arc::new(Verifier::new("my-secret-key")));
/// ```
#[derive(Clone, Debug)]
pub struct WebhookEvent(pub Event);

/// Why a request was refused by [`WebhookEvent`] and [`WebhookRouter`]. The answer has a status and no body, so that
/// nobody learns what would have been right; the reason is traced with the feature `tracing`.
///
/// ```
/// use axum::http::StatusCode;
/// use waha::events::{Verifier, axum::{WebhookEvent, WebhookRejection}};
///
/// /// Counts what is refused, and answers as the extractor would.
/// async fn receive(event: Result<WebhookEvent, WebhookRejection>) -> Result<StatusCode, WebhookRejection> {
///     match event {
///         Ok(WebhookEvent(event)) => println!("{}", event.name()),
///         Err(WebhookRejection::Unverified(why)) => eprintln!("not from the server: {why}"),
///         Err(rejection) => return Err(rejection),
///     }
///     Ok(StatusCode::NO_CONTENT)
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum WebhookRejection {
    /// It is not signed as it has to be, or not at this time: 401.
    Unverified(VerifyError),
    /// It is signed, and no event: 400.
    Unreadable(VerifyError),
    /// Its body could not be received: 413 if it is too large, otherwise 400.
    Body(StatusCode),
}

impl From<VerifyError> for WebhookRejection {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Unreadable(_) => Self::Unreadable(error),
            _ => Self::Unverified(error),
        }
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        #[cfg(feature = "tracing")]
        match &self {
            Self::Unverified(error) | Self::Unreadable(error) => {
                tracing::warn!(target: "waha", error = %error, "a delivery to a webhook was refused");
            }
            Self::Body(status) => {
                tracing::warn!(target: "waha", status = status.as_u16(), "a delivery to a webhook could not be received");
            }
        }
        match self {
            Self::Unverified(_) => StatusCode::UNAUTHORIZED,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::Body(status) => status,
        }
        .into_response()
    }
}

impl<S> FromRequest<S> for WebhookEvent
where
    S: Send + Sync,
    Arc<Verifier>: FromRef<S>,
{
    type Rejection = WebhookRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebhookRejection> {
        receive(request, &Arc::from_ref(state)).await.map(Self)
    }
}

/// Receives a delivery within the limit of the router, and verifies it.
async fn receive(request: Request, verifier: &Verifier) -> Result<Event, WebhookRejection> {
    let headers = request.headers().clone();
    verifier.check_headers(&headers)?;
    let body = Bytes::from_request(request, &()).await;
    let body = body.map_err(|rejection| match rejection.into_response().status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => WebhookRejection::Body(status),
        _ => WebhookRejection::Body(StatusCode::BAD_REQUEST),
    })?;
    Ok(verifier.verify(&body, &headers)?)
}

/// A router that receives deliveries by `POST` at its root, and hands their events to a [`Dispatcher`].
///
/// # What the server hears
///
/// | a delivery that is | is answered with |
/// |---|---|
/// | genuine and new | 204, **before it has been handled** |
/// | genuine, and was there before | 204, and is not handled again |
/// | not signed as it has to be, too old, or from the future | 401 |
/// | signed, and no event | 400 |
/// | larger than the limit | 413 |
/// | received more slowly than within 30 s | 408 |
/// | more than the dispatcher has room for, or after it has finished | 503, with `Retry-After` |
///
/// The server repeats a delivery that is not answered with a success. It waits for the answer, so that the answer must
/// not wait for what a handler does. Therefore an event that was accepted is lost if this process ends before it has been
/// handled: call [`Dispatcher::finish`] after the server has shut down. Where no event may be lost even if the process is
/// killed, write a handler with [`WebhookEvent`] that stores the event before it answers.
///
/// The server does not keep the order of events: one that was repeated comes after later ones. Compare
/// [`Event::timestamp`].
///
/// ```
/// use std::sync::Arc;
///
/// use axum::Router;
/// use waha::events::{Dispatcher, SeenEvents, Verifier, axum::WebhookRouter};
///
/// let dispatcher = Dispatcher::new(|event| async move {
///     println!("{}", event.name());
///     Ok::<_, waha::Error>(())
/// });
/// let seen = Arc::new(SeenEvents::default());
/// let webhooks = WebhookRouter::new(Verifier::new("my-secret-key"), dispatcher).max_body_size(1024 * 1024);
/// let webhooks = webhooks.seen_events(seen);
/// let app: Router = Router::new().nest("/webhook", webhooks.into_router());
/// ```
#[derive(Clone, Debug)]
pub struct WebhookRouter {
    verifier: Arc<Verifier>,
    dispatcher: Dispatcher,
    seen: Arc<SeenEvents>,
    max_body_size: usize,
}

impl WebhookRouter {
    /// How large a delivery may be by default: 16 MiB.
    pub const DEFAULT_MAX_BODY_SIZE: usize = 16 * 1024 * 1024;

    /// How long a delivery may take to be received.
    const RECEIVE_TIMEOUT: Duration = Duration::from_secs(30);

    /// Makes a router of what verifies deliveries, and what handles their events.
    pub fn new(verifier: Verifier, dispatcher: Dispatcher) -> Self {
        Self {
            verifier: Arc::new(verifier),
            dispatcher,
            seen: Arc::default(),
            max_body_size: Self::DEFAULT_MAX_BODY_SIZE,
        }
    }

    /// Sets how large a delivery may be, in bytes. Default: 16 MiB.
    pub fn max_body_size(mut self, bytes: usize) -> Self {
        self.max_body_size = bytes;
        self
    }

    /// Sets the memory that recognises events which were there before, such as one that several routers share. Default:
    /// [`SeenEvents::default`].
    pub fn seen_events(mut self, seen: Arc<SeenEvents>) -> Self {
        self.seen = seen;
        self
    }

    /// Returns the router, to be served or nested in another.
    pub fn into_router<S>(self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let limit = DefaultBodyLimit::max(self.max_body_size);
        Router::new().route("/", post(accept)).layer(limit).with_state(Arc::new(self))
    }
}

async fn accept(State(webhooks): State<Arc<WebhookRouter>>, request: Request) -> Response {
    let WebhookRouter { verifier, dispatcher, seen, .. } = &*webhooks;
    let event = match timeout(WebhookRouter::RECEIVE_TIMEOUT, receive(request, verifier)).await {
        Ok(Ok(event)) => event,
        Ok(Err(rejection)) => return rejection.into_response(),
        Err(_) => return WebhookRejection::Body(StatusCode::REQUEST_TIMEOUT).into_response(),
    };
    if !seen.insert_event(&event) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let id = event.id.clone();
    match dispatcher.try_dispatch(event) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => {
            // It was not handled, and comes again.
            id.iter().for_each(|id| seen.remove(id));
            (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response()
        }
    }
}
