//! Which refreshes may begin, and when: one at a time for an id, and a budget for each session.
//!
//! Every decision is made under one short lock, so that of any number of callers at once one gets what there is for one.
//! Callers wait outside of it, and ask again afterwards.

use std::{
    collections::BTreeMap,
    error::Error as _,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    AtLimit, RefreshLimits,
    flight::{Flight, FlightEnd},
    pace::{Pace, Rate, later},
};
use crate::{
    error::{Error, ErrorKind},
    ids::{ChatId, SessionName},
};

/// What can be refreshed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RefreshKey {
    session: SessionName,
    /// The chat whose picture it is, of whatever kind: the server has one cache for all of them. `None`: the list of groups.
    picture: Option<ChatId>,
}

impl RefreshKey {
    pub(crate) fn picture(session: &SessionName, id: impl Into<ChatId>) -> Self {
        Self { session: session.clone(), picture: Some(id.into()) }
    }

    pub(crate) fn groups(session: &SessionName) -> Self {
        Self { session: session.clone(), picture: None }
    }
}

impl fmt::Display for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.picture {
            Some(id) => write!(f, "the picture of `{id}`"),
            None => f.write_str("the list of groups"),
        }
    }
}

/// A caller who wants an answer that is no older than `max_age`.
pub(crate) struct RefreshRequest {
    key: RefreshKey,
    max_age: Duration,
    limits: RefreshLimits,
    asked: Instant,
    timeout: Duration,
}

impl RefreshRequest {
    pub(crate) fn new(
        key: RefreshKey,
        max_age: Duration,
        limits: RefreshLimits,
        asked: Instant,
        timeout: Duration,
    ) -> Self {
        Self { key, max_age, limits, asked, timeout }
    }

    fn rate(&self) -> Rate {
        Rate::window(self.limits.per_session, self.limits.interval)
    }

    /// Whether the caller waits for this time.
    fn waits_until(&self, time: Instant) -> bool {
        self.limits.at_limit == AtLimit::Wait && time <= later(self.asked, self.timeout)
    }

    fn refused(&self, reason: Reason, next: Instant) -> Error {
        let RefreshLimits { per_id, per_session, interval, .. } = self.limits;
        let (key, session) = (&self.key, &self.key.session);
        let why = match reason {
            Reason::UnderWay => format!("another call is refreshing {key}"),
            Reason::Id => format!("{key} has been refreshed within the last {per_id:?}"),
            Reason::Session => format!("session `{session}` has begun {per_session} refreshes within {interval:?}"),
            Reason::WhatsApp => format!("WhatsApp has refused session `{session}` a refresh for its rate limit"),
        };
        let wait = next.saturating_duration_since(Instant::now());
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let message = format!("{why}; it may be tried again in {seconds} s (`RequestOptions::refreshes`)");
        Error::new(ErrorKind::RateLimited, message).with_retry_after(wait)
    }
}

/// Why a refresh may not begin yet.
#[derive(Clone, Copy)]
enum Reason {
    UnderWay,
    Id,
    Session,
    WhatsApp,
}

/// What the limiter decides about a request.
enum Decision {
    /// The last refresh is recent enough.
    UseCache,
    Begin {
        place: Instant,
        before: Option<Record>,
        flight: Flight,
    },
    /// Another call is refreshing it: its end is the end of `flight`.
    Join {
        flight: Flight,
        next: Instant,
    },
    /// It may begin at this time, and has its place in the session's budget.
    Reserve(Instant),
    /// It may not begin before this time.
    Refuse(Reason, Instant),
}

/// Keeps the refreshes of a client, its clones and its views within their budget.
#[derive(Clone, Default)]
pub(crate) struct RefreshLimiter(Arc<Mutex<State>>);

/// Ordered: to compare a few texts takes less than to hash one safely.
#[derive(Default)]
struct State {
    records: BTreeMap<RefreshKey, Record>,
    sessions: BTreeMap<SessionName, Session>,
}

/// The last refresh of a key.
struct Record {
    began: Instant,
    /// When the last refresh that succeeded was answered.
    answered: Option<Instant>,
    flight: Flight,
}

#[derive(Default)]
struct Session {
    /// When its refreshes began, and when those will begin that wait.
    pace: Pace,
    /// WhatsApp has refused: until then, there is no refresh.
    rests_until: Option<Instant>,
}

impl RefreshLimiter {
    /// Waits until a refresh may begin. Returns `None` where the server's cache is to be used.
    ///
    /// # Errors
    ///
    /// The refresh is not within the budget, and the request does not want the server's cache instead.
    pub(crate) async fn admit(&self, request: RefreshRequest) -> Result<Option<Permit>, Error> {
        let at_limit = request.limits.at_limit;
        let deadline = later(request.asked, request.timeout);
        let half_time = later(request.asked, request.timeout / 2);
        let mut place: Option<Place> = None;
        let mut has_waited = false;
        loop {
            let decision = self.lock().decide(&request, has_waited, place.as_ref().map(|place| place.time));
            match decision {
                Decision::UseCache => return Ok(None),
                Decision::Begin { place: time, before, flight } => {
                    let mut place = place.unwrap_or_else(|| self.place(&request.key, time));
                    place.is_free = false;
                    let rest = request.limits.interval;
                    let end = flight.end();
                    return Ok(Some(Permit { place, key: request.key, before, rest, flight, _end: end }));
                }
                Decision::Reserve(time) => {
                    place = Some(self.place(&request.key, time));
                    sleep_until(time).await;
                }
                Decision::Join { flight, next } => {
                    place = None;
                    match at_limit {
                        AtLimit::Fail => return Err(request.refused(Reason::UnderWay, next)),
                        AtLimit::Cached => {
                            let _ = timeout_at(half_time, flight.ended()).await;
                            return Ok(None);
                        }
                        AtLimit::Wait if timeout_at(deadline, flight.ended()).await.is_err() => {
                            return Err(request.refused(Reason::UnderWay, next));
                        }
                        AtLimit::Wait => {}
                    }
                }
                Decision::Refuse(reason, next) => {
                    place = None;
                    match at_limit {
                        AtLimit::Cached => return Ok(None),
                        _ if request.waits_until(next) => sleep_until(next).await,
                        _ => return Err(request.refused(reason, next)),
                    }
                }
            }
            has_waited = true;
        }
    }

    fn place(&self, key: &RefreshKey, time: Instant) -> Place {
        Place { limiter: self.clone(), session: key.session.clone(), time, is_free: true }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the budget of a session: given back when it is dropped unless it was used.
struct Place {
    limiter: RefreshLimiter,
    session: SessionName,
    time: Instant,
    is_free: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_free {
            if let Some(session) = self.limiter.lock().sessions.get_mut(&self.session) {
                session.pace.give_back(self.time);
            }
        }
    }
}

/// A refresh that has begun. Dropped without [`finish`](Self::finish), it was cancelled, and counts.
pub(crate) struct Permit {
    place: Place,
    key: RefreshKey,
    before: Option<Record>,
    /// How long a session rests that WhatsApp has refused.
    rest: Duration,
    flight: Flight,
    _end: FlightEnd,
}

impl Permit {
    /// Returns the refresh, which others may wait for.
    pub(crate) fn flight(&self) -> Flight {
        self.flight.clone()
    }

    /// Records how the refresh has ended: well, or with this error.
    pub(crate) fn finish(mut self, error: Option<&Error>) {
        let limiter = self.place.limiter.clone();
        let mut state = limiter.lock();
        match error {
            None => {
                if let Some(record) = state.records.get_mut(&self.key) {
                    record.answered = Some(Instant::now());
                }
            }
            Some(error) if never_reached_whatsapp(error) => {
                self.place.is_free = true;
                match self.before.take() {
                    Some(before) => state.records.insert(self.key.clone(), before),
                    None => state.records.remove(&self.key),
                };
            }
            Some(error) if error.kind() == ErrorKind::RateLimited => {
                let asked = error.retry_after().unwrap_or_default().min(RefreshLimits::LONGEST);
                state.session(&self.key.session).rests_until = Some(later(Instant::now(), asked.max(self.rest)));
            }
            Some(_) => {}
        }
    }
}

/// Whether WhatsApp has certainly not been asked: nothing was sent, or the server has refused.
fn never_reached_whatsapp(error: &Error) -> bool {
    // The error is that of the last attempt: an earlier one may have reached it.
    if error.was_retried() {
        return false;
    }
    let source = error.source().and_then(|source| source.downcast_ref::<reqwest::Error>());
    source.is_some_and(reqwest::Error::is_connect)
        || matches!(
            error.kind(),
            ErrorKind::Configuration
                | ErrorKind::InvalidRequest
                | ErrorKind::Unauthorized
                | ErrorKind::Forbidden
                | ErrorKind::NotFound
                | ErrorKind::SessionNotReady
                | ErrorKind::NotSupported
                | ErrorKind::Tls
                | ErrorKind::Redirect
        )
}

impl State {
    const MAX_RECORDS: usize = 10_000;
    const MAX_SESSIONS: usize = 1_000;

    /// Decides about a request, and takes note of what it decides. `reserved` is the place that the request has already.
    fn decide(&mut self, request: &RefreshRequest, has_waited: bool, reserved: Option<Instant>) -> Decision {
        let RefreshRequest { key, limits, .. } = request;
        let now = if has_waited { Instant::now() } else { request.asked };
        let mut answered = None;
        if let Some(record) = self.records.get(key) {
            answered = record.answered;
            if record.is_recent(request, has_waited) {
                return Decision::UseCache;
            }
            let next = later(record.began, limits.per_id);
            if !record.flight.has_ended() {
                let flight = record.flight.clone();
                return Decision::Join { flight, next: next.max(later(now, Duration::from_secs(1))) };
            }
            if next > now {
                return Decision::Refuse(Reason::Id, next);
            }
        }
        let session = self.session(&key.session);
        let rested = session.rests_until.unwrap_or(now).max(now);
        let place = match reserved {
            // Since the place was reserved, WhatsApp has refused.
            Some(_) if rested > now => return Decision::Refuse(Reason::WhatsApp, rested),
            Some(place) => place,
            None => {
                let free = session.pace.next(request.rate(), now);
                let place = free.max(rested);
                if place > now && !request.waits_until(place) {
                    let reason = if rested >= free { Reason::WhatsApp } else { Reason::Session };
                    return Decision::Refuse(reason, place);
                }
                session.pace.take(request.rate(), place, RefreshLimits::MAX_PER_SESSION);
                place
            }
        };
        if place > now {
            return Decision::Reserve(place);
        }
        let flight = Flight::new();
        make_room_for(key, &mut self.records, Self::MAX_RECORDS, |record| Some(record.began));
        let before = self.records.insert(key.clone(), Record { began: now, answered, flight: flight.clone() });
        Decision::Begin { place, before, flight }
    }

    fn session(&mut self, name: &SessionName) -> &mut Session {
        make_room_for(name, &mut self.sessions, Self::MAX_SESSIONS, |session| session.pace.last());
        self.sessions.entry(name.clone()).or_default()
    }
}

impl Record {
    /// Whether the last answer is recent enough. A caller who has waited takes one that came in the meantime.
    fn is_recent(&self, request: &RefreshRequest, has_waited: bool) -> bool {
        self.answered.is_some_and(|answered| {
            let age = request.asked.saturating_duration_since(answered);
            age < request.max_age || (has_waited && age.is_zero())
        })
    }
}

/// Drops the oldest entry if the key has none and there is no room for another.
fn make_room_for<K: Clone + Ord, V>(
    key: &K,
    map: &mut BTreeMap<K, V>,
    most: usize,
    age: impl Fn(&V) -> Option<Instant>,
) {
    if map.len() < most || map.contains_key(key) {
        return;
    }
    let oldest = map.iter().min_by_key(|(_, value)| age(value)).map(|(key, _)| key.clone());
    if let Some(oldest) = oldest {
        map.remove(&oldest);
    }
}
