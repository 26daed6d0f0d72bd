//! Refreshes: calls that have the server ask WhatsApp and not its own memory, and the budget that they are kept in.

mod limiter;

use std::{future::Future, time::Duration};

use self::limiter::Wish;
pub(crate) use self::limiter::{Guard, Subject};
use crate::{Client, Error, Operation, http::task};

/// How often a client may have WhatsApp asked: the budget of `refresh` and `max_age`, wherever they are offered
/// ([`Contact::picture`](crate::Contact::picture), [`Session::group_list`](crate::Session::group_list), ...).
///
/// WhatsApp limits how often it may be asked, and answers who asks too often with `rate-overlimit`, or with no picture. It
/// publishes no numbers: the defaults are meant to be cautious. Others are given to
/// [`RequestOptions::refreshes`](crate::RequestOptions::refreshes).
///
/// | setting | default | odd values |
/// |---|---|---|
/// | [`per_id`](Self::per_id) | 10 minutes | 0: no pause; more than a day counts as a day |
/// | [`per_session`](Self::per_session) | 10 a minute | 0 counts as 1, more than 1000 as 1000; more than a day as a day |
/// | [`at_limit`](Self::at_limit) | [`AtLimit::Cached`] | |
///
/// - **What counts**: each refresh that was begun by this client, its clones and its views, once for all its attempts; what
///   others ask of WhatsApp, it does not know. One that certainly never reached WhatsApp does not count: the server could not
///   be reached, or refused it (no such session, a session that is not ready, a wrong key). One that was cancelled does.
/// - **The same id at the same time** is refreshed once. Who else asks for it waits for the answer, and then gets it from the
///   server's memory, with `refreshed` false; or an error at once, if [`AtLimit::Fail`] was chosen.
/// - **After `rate-overlimit`**, the session's refreshes rest for as long as its whole budget takes to come back.
/// - **Memory** is bounded: the last 10,000 ids and 1,000 sessions are remembered.
/// - **The way down**: the generated calls (`session.contacts().get_profile_picture().refresh(true)`,
///   `session.groups().refresh()`) neither ask the budget nor count.
///
/// ```
/// # fn main() -> Result<(), waha::Error> {
/// use std::time::Duration;
///
/// use waha::{AtLimit, Client, RefreshLimits, RequestOptions};
///
/// let limits = RefreshLimits::new().per_session(3, Duration::from_secs(60)).at_limit(AtLimit::Fail);
/// let client = Client::builder("http://localhost:3000").options(RequestOptions::new().refreshes(limits)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it changes nothing by itself: give it to `RequestOptions::refreshes`"]
pub struct RefreshLimits {
    per_id: Duration,
    per_session: usize,
    interval: Duration,
    at_limit: AtLimit,
}

/// What to do where a refresh is not within the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum AtLimit {
    /// Take the answer that the server remembers, with `refreshed` false. Where it remembers none, it asks WhatsApp all the
    /// same.
    #[default]
    Cached,
    /// Wait until a refresh is within the budget, first come, first served. Where the call's
    /// [timeout](crate::RequestOptions::timeout) would pass before, the same as [`Fail`](Self::Fail), and at once. The call
    /// itself then has its whole time.
    ///
    /// Who waits while another call refreshes the id takes the answer of that one, with `refreshed` false.
    Wait,
    /// Fail with [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited), and
    /// [`Error::retry_after`](crate::Error::retry_after) says when it may be tried again.
    Fail,
}

impl RefreshLimits {
    /// The time between two refreshes of an id, by default.
    pub const DEFAULT_PER_ID: Duration = Duration::from_secs(600);

    /// How many refreshes a session may make within a minute, by default.
    pub const DEFAULT_PER_SESSION: usize = 10;

    /// The server itself asks again after a day.
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    const MAX_PER_SESSION: usize = 1000;

    /// The defaults.
    pub const fn new() -> Self {
        Self {
            per_id: Self::DEFAULT_PER_ID,
            per_session: Self::DEFAULT_PER_SESSION,
            interval: Duration::from_secs(60),
            at_limit: AtLimit::Cached,
        }
    }

    /// The time that has to pass between two refreshes of the same id in the same session. The list of groups counts as
    /// one id.
    pub fn per_id(mut self, pause: Duration) -> Self {
        self.per_id = pause.min(Self::LONGEST);
        self
    }

    /// How many refreshes a session may begin within any interval of this length, whatever their ids.
    pub fn per_session(mut self, refreshes: usize, interval: Duration) -> Self {
        self.per_session = refreshes.clamp(1, Self::MAX_PER_SESSION);
        self.interval = interval.min(Self::LONGEST);
        self
    }

    /// What to do where a refresh is not within the budget. A single call may choose for itself.
    pub fn at_limit(mut self, at_limit: AtLimit) -> Self {
        self.at_limit = at_limit;
        self
    }
}

impl Default for RefreshLimits {
    fn default() -> Self {
        Self::new()
    }
}

/// How fresh an answer is wanted: what a builder with `refresh` and `max_age` holds.
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

    /// Whether whatever the server has will do.
    pub(crate) fn is_any(self) -> bool {
        self.max_age.is_none()
    }

    /// Makes a call, as a refresh (`true`) if one is wanted and within the budget, and says whether it was one.
    pub(crate) async fn ask<T, F>(
        self,
        client: &Client,
        operation: &'static str,
        subject: Subject,
        call: impl FnOnce(bool) -> F,
    ) -> Result<(T, bool), Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let ticket = match self.max_age {
            None => None,
            Some(max_age) => {
                let operation = Operation::by_id(operation);
                let wish = self.wish(client, max_age, operation);
                let admitted = client.refresh_limiter().admit(subject, wish).await;
                admitted.map_err(|error| error.with_known_operation(operation))?
            }
        };
        match ticket {
            None => Ok((call(false).await?, false)),
            Some(ticket) => {
                let call = call(true);
                // In a task: others may wait for it, whether this caller is polled or not.
                let answer = task::run(async move {
                    let result = call.await;
                    ticket.settle(result.as_ref().err());
                    result
                });
                Ok((answer.await?, true))
            }
        }
    }

    fn wish(self, client: &Client, max_age: Duration, operation: Option<&Operation>) -> Wish {
        let options = client.options();
        let mut limits = options.refreshes;
        limits.at_limit = self.at_limit.unwrap_or(limits.at_limit);
        Wish::new(max_age, limits, operation.map(|operation| options.time_for(operation)))
    }
}

/// The methods that all builders with a `freshness` have in common, and that they can be awaited.
macro_rules! refreshable {
    ($builder:ident => $answer:ident) => {
        impl $builder {
            /// Has the server ask WhatsApp, and not its own memory, if that is within the budget of
            /// [`RefreshLimits`](crate::RefreshLimits); [`at_limit`](Self::at_limit) says what happens otherwise.
            pub fn refresh(self) -> Self {
                self.max_age(std::time::Duration::ZERO)
            }

            /// The same as [`refresh`](Self::refresh), but only if the last refresh by this client is older than this, or
            /// there was none. More than a day counts as a day.
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
