//! The common implementation of the builders with `refresh` and `max_age`.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout};

use crate::{
    Client, Error, Operation,
    policy::{AtLimit, RefreshKey, RefreshLimits, RefreshRequest},
};

/// Tokio's timers know no shorter time.
const TIMER_RESOLUTION: Duration = Duration::from_millis(1);

/// How recently the server must have asked WhatsApp for an answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Freshness {
    /// The maximum age of a cached answer; `None`: no limit.
    max_age: Option<Duration>,
    at_limit: Option<AtLimit>,
}

impl Freshness {
    pub(crate) fn set_max_age(&mut self, age: Duration) {
        self.max_age = Some(age.min(RefreshLimits::LONGEST));
    }

    pub(crate) fn set_at_limit(&mut self, at_limit: AtLimit) {
        self.at_limit = Some(at_limit);
    }

    /// Returns whether a cached answer of any age is acceptable.
    pub(crate) fn is_any(self) -> bool {
        self.max_age.is_none()
    }

    /// Runs `call(true)` if a refresh is needed and allowed by the limits, otherwise `call(false)`. Returns the answer,
    /// and whether it is from a refresh.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited) if the limits do not allow a refresh and [`AtLimit`]
    ///   says to fail
    /// - [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the call does not finish within its timeout, including
    ///   the time that it waits for the limits
    /// - otherwise the error of the call
    pub(crate) async fn ask<T, F>(
        self,
        client: &Client,
        operation: &'static Operation,
        key: impl FnOnce() -> RefreshKey,
        call: impl FnOnce(bool) -> F,
    ) -> Result<(T, bool), Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let Some(max_age) = self.max_age else { return Ok((call(false).await?, false)) };
        // In memory of its own, so that a call which needs no refresh has no room for one.
        Box::pin(self.ask_within_limits(max_age, client, operation, key(), call)).await
    }

    async fn ask_within_limits<T, F>(
        self,
        max_age: Duration,
        client: &Client,
        operation: &'static Operation,
        key: RefreshKey,
        call: impl FnOnce(bool) -> F,
    ) -> Result<(T, bool), Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let options = client.options();
        let (begin, time) = (Instant::now(), options.time_for(operation));
        let at_limit = self.at_limit.unwrap_or(options.refreshes.at_limit);
        let request = RefreshRequest::new(key, max_age, options.refreshes.at_limit(at_limit), begin, time);
        let limiter = client.refresh_limiter().clone();
        let permit = limiter.admit(request).await.map_err(|error| error.with_operation(operation))?;
        let is_refresh = permit.is_some();
        let call = Box::pin(call(is_refresh));
        let call = async move {
            match permit {
                None => call.await,
                // Concurrent callers wait for this refresh, even while this caller is not polled.
                Some(permit) => {
                    let flight = permit.flight();
                    let refresh = async move {
                        let result = call.await;
                        permit.finish(result.as_ref().err());
                        result
                    };
                    flight.run(refresh).await
                }
            }
        };
        // The call's own timeout is sufficient, unless the limiter has made it wait.
        let waited = begin.elapsed();
        let result = match waited < TIMER_RESOLUTION {
            true => Ok(call.await),
            false => timeout(time.saturating_sub(waited), call).await,
        };
        let answer = result.unwrap_or_else(|_| Err(Error::from_timeout(time, false).with_operation(operation)));
        Ok((answer?, is_refresh))
    }

    /// Runs the calls of a builder. If it may refresh, all calls together must finish within the timeout of one call.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if they do not; otherwise the errors of the calls.
    pub(crate) async fn within_timeout<T>(
        self,
        client: &Client,
        operation: &'static Operation,
        calls: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        if self.is_any() {
            return calls.await;
        }
        let time = client.options().time_for(operation);
        let result = timeout(time, calls).await;
        result.unwrap_or_else(|_| Err(Error::from_timeout(time, false).with_operation(operation)))
    }
}

/// Implements the common methods of the builders with a `freshness`, and `IntoFuture`.
macro_rules! refreshable {
    ($builder:ident => $answer:ident) => {
        impl $builder {
            /// Makes the server ask WhatsApp instead of its cache, if [`RefreshLimits`](crate::RefreshLimits) allow it.
            /// [`at_limit`](Self::at_limit) sets what happens otherwise.
            pub fn refresh(self) -> Self {
                self.max_age(std::time::Duration::ZERO)
            }

            /// Refreshes only if the last refresh by this client is older than `age`, or if there was none: see
            /// [`refresh`](Self::refresh). More than a day counts as a day.
            pub fn max_age(mut self, age: std::time::Duration) -> Self {
                self.freshness.set_max_age(age);
                self
            }

            /// Sets what happens if [`RefreshLimits`](crate::RefreshLimits) do not allow a refresh. Default: the
            /// setting of the client's [`RefreshLimits::at_limit`](crate::RefreshLimits::at_limit).
            pub fn at_limit(mut self, at_limit: crate::AtLimit) -> Self {
                self.freshness.set_at_limit(at_limit);
                self
            }
        }

        impl std::future::IntoFuture for $builder {
            type Output = Result<$answer, crate::Error>;
            type IntoFuture = futures_util::future::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}
pub(crate) use refreshable;
