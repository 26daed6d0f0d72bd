//! How often a client may have WhatsApp asked: the settings.

use std::time::Duration;

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
/// - **What counts**: each refresh that this client, its clones and its views begin, once for all its attempts. The client
///   does not know what others ask of WhatsApp. A refresh that certainly never reached WhatsApp does not count: the server
///   could not be reached, or refused it (no such session, a session that is not ready, a wrong key). A cancelled one does.
/// - **The same id at the same time** is refreshed once. Concurrent callers wait for that answer and then read the server's
///   cache, with `refreshed` false. With [`AtLimit::Fail`] they get an error at once.
/// - **After `rate-overlimit`**, the session makes no refresh for as long as its whole budget takes to come back.
/// - **The call's [timeout](crate::RequestOptions::timeout)** covers everything: waiting, the refresh, and the answer from the
///   server's cache where there is no refresh.
/// - **Memory** is bounded: the last 10,000 ids and 1,000 sessions are remembered.
/// - **Generated calls** (`session.contacts().get_profile_picture().refresh(true)`, `session.groups().refresh()`) are neither
///   limited by the budget nor counted.
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
    pub(super) per_id: Duration,
    pub(super) per_session: usize,
    pub(super) interval: Duration,
    pub(crate) at_limit: AtLimit,
}

/// What to do where a refresh is not within the budget, or where another call is refreshing the same id.
///
/// ```no_run
/// # async fn run(contact: waha::Contact) -> Result<(), waha::Error> {
/// use waha::{AtLimit, ErrorKind};
///
/// match contact.picture().refresh().at_limit(AtLimit::Fail).await {
///     Err(error) if error.kind() == ErrorKind::RateLimited => println!("again in {:?}", error.retry_after()),
///     picture => println!("{:?}", picture?.profile_picture_url),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum AtLimit {
    /// Take the answer that the server has cached, with `refreshed` false. Where it has none, it asks WhatsApp all the same.
    ///
    /// While another call refreshes the id, it waits for that one to end, for half of the call's
    /// [timeout](crate::RequestOptions::timeout) at the most, so that the other half is left for the cached answer.
    #[default]
    Cached,
    /// Wait until a refresh is within the budget, first come, first served. Where the call's
    /// [timeout](crate::RequestOptions::timeout) would pass before, the same as [`Fail`](Self::Fail), and at once.
    ///
    /// A call that waits while another one refreshes the id takes the answer of that one, with `refreshed` false.
    Wait,
    /// Fail at once with [`ErrorKind::RateLimited`](crate::ErrorKind::RateLimited), and
    /// [`Error::retry_after`](crate::Error::retry_after) says when to try again.
    Fail,
}

impl RefreshLimits {
    /// The time between two refreshes of an id by default: 10 minutes.
    pub const DEFAULT_PER_ID: Duration = Duration::from_secs(600);

    /// The number of refreshes that a session may begin within a minute by default.
    pub const DEFAULT_PER_SESSION: usize = 10;

    /// The server's own cache lives for a day.
    pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    pub(super) const MAX_PER_SESSION: usize = 1000;

    /// The defaults.
    pub const fn new() -> Self {
        Self {
            per_id: Self::DEFAULT_PER_ID,
            per_session: Self::DEFAULT_PER_SESSION,
            interval: Duration::from_secs(60),
            at_limit: AtLimit::Cached,
        }
    }

    /// Sets the time between two refreshes of the same id in the same session. The list of groups counts as one id. Default:
    /// 10 minutes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use waha::RefreshLimits;
    ///
    /// let limits = RefreshLimits::new().per_id(Duration::from_secs(3600));
    /// ```
    pub fn per_id(mut self, pause: Duration) -> Self {
        self.per_id = pause.min(Self::LONGEST);
        self
    }

    /// Sets how many refreshes a session may begin within any interval of this length, whatever their ids. Default: 10 within
    /// a minute.
    pub fn per_session(mut self, refreshes: usize, interval: Duration) -> Self {
        self.per_session = refreshes.clamp(1, Self::MAX_PER_SESSION);
        self.interval = interval.min(Self::LONGEST);
        self
    }

    /// Sets what to do where a refresh is not within the budget; a single call may choose for itself. Default:
    /// [`AtLimit::Cached`].
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
