//! How fresh an answer has to be: what the builders with `refresh` and `max_age` have in common.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout};

use crate::{
    Client, Error, Operation,
    policy::{AtLimit, RefreshKey, RefreshLimits, RefreshRequest, task},
};

/// How fresh an answer has to be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Freshness {
    /// `None`: whatever the server has.
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

    /// Whether any answer that the server has will do.
    pub(crate) fn is_any(self) -> bool {
        self.max_age.is_none()
    }

    /// Makes a call, as a refresh (`true`) if one is wanted and within the budget, and returns whether it was one.
    ///
    /// # Errors
    ///
    /// Those of the call; a refresh is not within the budget; the timeout passed while it waited.
    pub(crate) async fn ask<T, F>(
        self,
        client: &Client,
        operation: &'static Operation,
        key: RefreshKey,
        call: impl FnOnce(bool) -> F,
    ) -> Result<(T, bool), Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let Some(max_age) = self.max_age else { return Ok((call(false).await?, false)) };
        let options = client.options();
        let (begin, time) = (Instant::now(), options.time_for(operation));
        let at_limit = self.at_limit.unwrap_or(options.refreshes.at_limit);
        let request = RefreshRequest::new(key, max_age, options.refreshes.at_limit(at_limit), time);
        let limiter = client.refresh_limiter().clone();
        let permit = limiter.admit(request).await.map_err(|error| error.with_operation(operation))?;
        let is_refresh = permit.is_some();
        let call = call(is_refresh);
        let call = async move {
            match permit {
                None => call.await,
                // In a task of its own: others may wait for it, whether or not this caller is polled.
                Some(permit) => {
                    task::run(async move {
                        let result = call.await;
                        permit.finish(result.as_ref().err());
                        result
                    })
                    .await
                }
            }
        };
        // The call has a timeout of its own, which is the earlier one unless the limiter has made it wait.
        let left = time.saturating_sub(begin.elapsed());
        let result = if left == time { Ok(call.await) } else { timeout(left, call).await };
        let answer = result.unwrap_or_else(|_| Err(Error::from_timeout(time, false).with_operation(operation)));
        Ok((answer?, is_refresh))
    }

    /// Makes the calls of a builder. Where a refresh makes several of one, they have the timeout of one together.
    ///
    /// # Errors
    ///
    /// Those of the calls; the timeout passed.
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

/// Implements the methods that all builders with a `freshness` have in common, and `IntoFuture`.
macro_rules! refreshable {
    ($builder:ident => $answer:ident) => {
        impl $builder {
            /// Has the server ask WhatsApp instead of its cache, if that is within the budget of
            /// [`RefreshLimits`](crate::RefreshLimits); [`at_limit`](Self::at_limit) says what happens otherwise.
            pub fn refresh(self) -> Self {
                self.max_age(std::time::Duration::ZERO)
            }

            /// Like [`refresh`](Self::refresh), but only if the last refresh by this client is older than this, or there was
            /// none. More than a day counts as a day.
            pub fn max_age(mut self, age: std::time::Duration) -> Self {
                self.freshness.set_max_age(age);
                self
            }

            /// What happens where a refresh is not within the budget. Default: what the client's
            /// [`RefreshLimits`](crate::RefreshLimits::at_limit) say.
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
