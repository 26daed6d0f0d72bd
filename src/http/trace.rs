//! Tracing of calls: a span for each call, and an event for each retry. Without the feature `tracing`, all functions do
//! nothing.
//!
//! [`RequestOptions::trace_values`](crate::RequestOptions::trace_values) lists the fields.

pub(crate) use imp::{Span, request, retry};

#[cfg(feature = "tracing")]
mod imp {
    use std::{
        future::Future,
        time::{Duration, Instant},
    };

    use http::StatusCode;
    use reqwest::Request;
    use tracing::{Instrument, field::Empty};

    use crate::{
        Client,
        error::{Error, ErrorKind, clip},
        http::{
            call::{CallState, Target},
            exchange::Failed,
        },
        policy::retry::Failure,
        redaction,
    };

    const NAME: &str = "waha.call";

    /// The span of a call.
    pub(crate) struct Span {
        span: tracing::Span,
        begin: Instant,
        values: bool,
    }

    impl Span {
        pub(crate) fn new(target: &Target, client: &Client) -> Self {
            let (id, method, path) = match target {
                Target::Operation(operation) | Target::Request { operation: Some(operation), .. } => {
                    (Some(operation.id()), operation.method(), operation.path())
                }
                Target::Request { method, path, operation: None } => (None, method.as_str(), path.as_str()),
            };
            let span = tracing::info_span!(
                target: "waha",
                NAME,
                otel.name = %format_args!("{method} {path}"),
                otel.kind = "client",
                otel.status_code = Empty,
                waha.operation = id,
                http.request.method = method,
                url.template = path,
                url.full = Empty,
                server.address = client.base_url().host_str(),
                server.port = client.base_url().port_or_known_default(),
                http.response.status_code = Empty,
                waha.request.body = Empty,
                waha.attempts = Empty,
                waha.duration_ms = Empty,
                error.type = Empty,
                error.message = Empty,
            );
            Self { span, begin: Instant::now(), values: client.options().trace_values }
        }

        /// Runs a future within the span.
        pub(crate) fn around<F: Future>(&self, call: F) -> impl Future<Output = F::Output> + use<F> {
            call.instrument(self.span.clone())
        }

        /// Records the outcome of the call.
        pub(crate) fn end(&self, attempts: u32, status: Option<StatusCode>, error: Option<&Error>) {
            if self.span.is_none() {
                return;
            }
            self.span.record("waha.attempts", attempts);
            self.span.record("waha.duration_ms", self.begin.elapsed().as_secs_f64() * 1000.0);
            if let Some(status) = status {
                self.span.record("http.response.status_code", status.as_u16());
            }
            if let Some(error) = error {
                self.span.record("otel.status_code", "ERROR");
                self.span.record("error.type", tracing::field::debug(error.kind()));
                if self.values {
                    self.span.record("error.message", error.message());
                }
            }
        }
    }

    /// Records the values of a request that is about to be sent for the first time, if the options allow it.
    pub(crate) fn request(call: &CallState, request: &Request) {
        let span = tracing::Span::current();
        // If a filter has disabled our span, the current span belongs to the caller.
        let is_ours = span.metadata().is_some_and(|metadata| metadata.name() == NAME);
        if !call.client.options().trace_values || !is_ours {
            return;
        }
        span.record("url.full", &*call.redactor().hide(request.url().as_str()));
        if let Some(body) = request.body().and_then(reqwest::Body::as_bytes) {
            let body = String::from_utf8_lossy(body);
            let body = redaction::hide_members(&body, call.operation.secrets.sent);
            span.record("waha.request.body", &*clip(&call.redactor().hide(body)));
        }
    }

    /// Records that a request will be retried.
    pub(crate) fn retry(failed: &Failed, delay: Duration) {
        let reason = match failed.failure {
            Failure::Unavailable { status, .. } => format!("HTTP {}", status.as_u16()),
            Failure::NotSent => "no connection to the server".to_owned(),
            Failure::NotProcessed => "the server did not process it".to_owned(),
            Failure::Interrupted if failed.error.kind() == ErrorKind::Timeout => {
                "no answer within the timeout".to_owned()
            }
            Failure::Interrupted | Failure::Permanent => "the connection broke".to_owned(),
        };
        let delay_ms = delay.as_secs_f64() * 1000.0;
        tracing::warn!(target: "waha", reason, delay_ms, "the request is sent again");
    }
}

#[cfg(not(feature = "tracing"))]
mod imp {
    use std::{future::Future, time::Duration};

    use http::StatusCode;
    use reqwest::Request;

    use crate::{
        Client,
        error::Error,
        http::{
            call::{CallState, Target},
            exchange::Failed,
        },
    };

    pub(crate) struct Span;

    impl Span {
        pub(crate) fn new(_: &Target, _: &Client) -> Self {
            Self
        }

        pub(crate) fn around<F: Future>(&self, call: F) -> F {
            call
        }

        pub(crate) fn end(&self, _: u32, _: Option<StatusCode>, _: Option<&Error>) {}
    }

    pub(crate) fn request(_: &CallState, _: &Request) {}

    pub(crate) fn retry(_: &Failed, _: Duration) {}
}
