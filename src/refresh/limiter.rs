//! What a client has refreshed, and what it may refresh next.

use std::{
    collections::{HashMap, VecDeque},
    error::Error as _,
    fmt,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

use super::{AtLimit, RefreshLimits};
use crate::{ChatId, Error, ErrorKind, SessionName};

/// What can be refreshed: something of a session.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    session: SessionName,
    what: What,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum What {
    /// Of whatever kind of chat: the server has one memory for all of them.
    Picture(ChatId),
    Groups,
}

impl Subject {
    pub(crate) fn picture(session: &SessionName, id: impl Into<ChatId>) -> Self {
        Self { session: session.clone(), what: What::Picture(id.into()) }
    }

    pub(crate) fn groups(session: &SessionName) -> Self {
        Self { session: session.clone(), what: What::Groups }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Picture(id) => write!(f, "the picture of `{id}`"),
            Self::Groups => f.write_str("the list of groups"),
        }
    }
}

/// What is asked of the guard.
pub(crate) struct Wish {
    max_age: Duration,
    limits: RefreshLimits,
    asked: Instant,
    /// Until when it may be waited; `None`: for ever.
    deadline: Option<Instant>,
}

impl Wish {
    pub(crate) fn new(max_age: Duration, limits: RefreshLimits, timeout: Option<Duration>) -> Self {
        let asked = Instant::now();
        Self { max_age, limits, asked, deadline: timeout.and_then(|timeout| asked.checked_add(timeout)) }
    }

    fn may_wait_until(&self, time: Instant) -> bool {
        self.limits.at_limit == AtLimit::Wait && self.deadline.is_none_or(|deadline| time <= deadline)
    }

    /// Whether it ended before the deadline.
    async fn ends_in_time(&self, future: impl Future) -> bool {
        match self.deadline {
            Some(deadline) => timeout_at(deadline, future).await.is_ok(),
            None => {
                future.await;
                true
            }
        }
    }
}

/// Keeps the refreshes of a client within their budget.
#[derive(Clone, Default)]
pub(crate) struct Guard(Arc<Mutex<Memory>>);

impl Guard {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a refresh begin, at once or after waiting, or says that the server's memory has to do (`None`).
    pub(crate) async fn admit(&self, subject: Subject, wish: Wish) -> Result<Option<Ticket>, Error> {
        let at_limit = wish.limits.at_limit;
        let mut place: Option<Place> = None;
        let mut has_waited = false;
        loop {
            let reserved = place.as_ref().map(|place| place.time);
            let look = self.lock().look(&subject, &wish, has_waited, reserved);
            let next = match look {
                Look::Recent => return Ok(None),
                Look::Begun { time, before, flight } => {
                    let mut place = place.unwrap_or_else(|| self.place(&subject, time));
                    place.is_used = true;
                    let rest = wish.limits.interval;
                    return Ok(Some(Ticket { place, subject, before, rest, _flight: flight }));
                }
                Look::Reserved(time) => {
                    place = Some(self.place(&subject, time));
                    time
                }
                Look::UnderWay { mut flight, next } => {
                    place = None;
                    let refused = || refused(&subject, &wish.limits, Limit::Id, next);
                    if at_limit == AtLimit::Fail && next > Instant::now() {
                        return Err(refused());
                    }
                    // It says nothing: it ends.
                    let in_time = wish.ends_in_time(flight.changed()).await;
                    match at_limit {
                        AtLimit::Cached => return Ok(None),
                        _ if !in_time => return Err(refused()),
                        _ => has_waited = true,
                    }
                    continue;
                }
                Look::Refused(limit, next) => {
                    place = None;
                    match at_limit {
                        AtLimit::Cached => return Ok(None),
                        _ if wish.may_wait_until(next) => next,
                        _ => return Err(refused(&subject, &wish.limits, limit, next)),
                    }
                }
            };
            sleep_until(next).await;
            has_waited = true;
        }
    }

    fn place(&self, subject: &Subject, time: Instant) -> Place {
        Place { guard: self.clone(), session: subject.session.clone(), time, is_used: false }
    }
}

/// Why a refresh is not within the budget.
#[derive(Clone, Copy)]
enum Limit {
    Id,
    Session,
    WhatsApp,
}

/// The error that says when it is.
fn refused(subject: &Subject, limits: &RefreshLimits, limit: Limit, next: Instant) -> Error {
    let Subject { session, what } = subject;
    let why = match limit {
        Limit::Id => format!("{what} has been refreshed within the last {:?}", limits.per_id),
        Limit::Session => {
            format!("session `{session}` has begun {} refreshes within {:?}", limits.per_session, limits.interval)
        }
        Limit::WhatsApp => format!("WhatsApp has refused session `{session}` a refresh for its rate limit"),
    };
    let wait = next.saturating_duration_since(Instant::now());
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let message = format!("{why}; it may be tried again in {seconds} s (`RequestOptions::refreshes`)");
    Error::new(ErrorKind::RateLimited, message).with_retry_after(wait)
}

/// A refresh that has begun. Dropped without [`settle`](Self::settle), it was cancelled, and counts.
pub(crate) struct Ticket {
    place: Place,
    subject: Subject,
    before: Option<Record>,
    /// How long a session rests that WhatsApp has refused.
    rest: Duration,
    /// Its end is the signal to all who wait for it.
    _flight: watch::Sender<()>,
}

impl Ticket {
    /// It has ended well, or with this error.
    pub(crate) fn settle(mut self, error: Option<&Error>) {
        let guard = self.place.guard.clone();
        let mut memory = guard.lock();
        let record = memory.records.get_mut(&self.subject);
        match error {
            None => {
                if let Some(record) = record {
                    record.answered = Some(Instant::now());
                }
            }
            Some(error) if is_harmless(error) => {
                self.place.is_used = false;
                match self.before.take() {
                    Some(before) => memory.records.insert(self.subject.clone(), before),
                    None => memory.records.remove(&self.subject),
                };
            }
            Some(error) if error.kind() == ErrorKind::RateLimited => {
                if let Some(session) = memory.sessions.get_mut(&self.subject.session) {
                    let asked = error.retry_after().unwrap_or_default().min(RefreshLimits::LONGEST);
                    let rest = asked.max(self.rest);
                    session.rests_until = Instant::now().checked_add(rest).or(session.rests_until);
                }
            }
            Some(_) => {}
        }
    }
}

/// Whether WhatsApp has certainly not been asked: nothing was sent, or the server has refused.
fn is_harmless(error: &Error) -> bool {
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

/// A place in the budget of a session: given back when it is dropped unused.
struct Place {
    guard: Guard,
    session: SessionName,
    time: Instant,
    is_used: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_used {
            return;
        }
        if let Some(session) = self.guard.lock().sessions.get_mut(&self.session) {
            session.give_back(self.time);
        }
    }
}

#[derive(Default)]
struct Memory {
    records: HashMap<Subject, Record>,
    sessions: HashMap<SessionName, Session>,
}

/// The last refresh of a subject.
struct Record {
    began: Instant,
    /// When the last one that went well was answered.
    answered: Option<Instant>,
    /// Its sender lives for as long as the refresh is under way.
    flight: watch::Receiver<()>,
}

/// The budget of a session.
#[derive(Default)]
struct Session {
    /// When refreshes began, and when those will that wait; sorted.
    times: VecDeque<Instant>,
    rests_until: Option<Instant>,
}

/// What the guard finds.
enum Look {
    /// The last refresh will do.
    Recent,
    /// The refresh has begun, in a place at this time.
    Begun { time: Instant, before: Option<Record>, flight: watch::Sender<()> },
    /// It may begin at this time: the place is kept.
    Reserved(Instant),
    /// Another call is refreshing it; after that, it may be refreshed again at this time.
    UnderWay { flight: watch::Receiver<()>, next: Instant },
    /// It may not begin before this time.
    Refused(Limit, Instant),
}

impl Memory {
    const MAX_RECORDS: usize = 10_000;
    const MAX_SESSIONS: usize = 1_000;

    /// One look decides and takes note, so that of any number of callers at once one gets what there is for one.
    fn look(&mut self, subject: &Subject, wish: &Wish, has_waited: bool, reserved: Option<Instant>) -> Look {
        let now = Instant::now();
        if let Some(record) = self.records.get(subject) {
            if record.is_recent(wish, has_waited) {
                return Look::Recent;
            }
            let next = record.began + wish.limits.per_id;
            if record.is_under_way() {
                return Look::UnderWay { flight: record.flight.clone(), next };
            }
            if next > now {
                return Look::Refused(Limit::Id, next);
            }
        }
        let rests_until = self.sessions.get(&subject.session).and_then(|session| session.rests_until);
        let time = match (reserved, rests_until.filter(|rested| *rested > now)) {
            // Since the place was taken, WhatsApp has refused.
            (Some(_), Some(rested)) => return Look::Refused(Limit::WhatsApp, rested),
            (Some(time), None) => time,
            (None, _) => {
                let session = self.session(&subject.session);
                let (limit, time) = session.next(&wish.limits, now);
                if time > now && !wish.may_wait_until(time) {
                    return Look::Refused(limit, time);
                }
                session.take(time);
                time
            }
        };
        if time > now {
            return Look::Reserved(time);
        }
        let (flight, receiver) = watch::channel(());
        let before = self.records.remove(subject);
        make_room(&mut self.records, Self::MAX_RECORDS, |record| Some(record.began));
        let answered = before.as_ref().and_then(|record| record.answered);
        self.records.insert(subject.clone(), Record { began: now, answered, flight: receiver });
        Look::Begun { time, before, flight }
    }

    fn session(&mut self, name: &SessionName) -> &mut Session {
        if !self.sessions.contains_key(name) {
            make_room(&mut self.sessions, Self::MAX_SESSIONS, |session| session.times.back().copied());
        }
        self.sessions.entry(name.clone()).or_default()
    }
}

/// Drops the oldest entry where there is no room for another.
fn make_room<K: Clone + Eq + Hash, V>(map: &mut HashMap<K, V>, most: usize, age: impl Fn(&V) -> Option<Instant>) {
    if map.len() < most {
        return;
    }
    let oldest = map.iter().min_by_key(|(_, value)| age(value)).map(|(key, _)| key.clone());
    if let Some(oldest) = oldest {
        map.remove(&oldest);
    }
}

impl Record {
    /// Whether the last answer is young enough. Who has waited takes one that came in the meantime.
    fn is_recent(&self, wish: &Wish, has_waited: bool) -> bool {
        self.answered.is_some_and(|answered| {
            let age = wish.asked.saturating_duration_since(answered);
            age < wish.max_age || (has_waited && age.is_zero())
        })
    }

    fn is_under_way(&self) -> bool {
        self.flight.has_changed().is_ok()
    }
}

impl Session {
    /// When the next refresh may begin, and what keeps it until then.
    fn next(&self, limits: &RefreshLimits, now: Instant) -> (Limit, Instant) {
        let first = self.times.len().checked_sub(limits.per_session).and_then(|index| self.times.get(index));
        let budget = first.map_or(now, |first| (*first + limits.interval).max(now));
        match self.rests_until {
            Some(rested) if rested >= budget && rested > now => (Limit::WhatsApp, rested),
            _ => (Limit::Session, budget),
        }
    }

    fn take(&mut self, time: Instant) {
        if self.times.len() >= RefreshLimits::MAX_PER_SESSION {
            self.times.pop_front();
        }
        let index = self.times.partition_point(|other| *other <= time);
        self.times.insert(index, time);
    }

    fn give_back(&mut self, time: Instant) {
        if let Ok(index) = self.times.binary_search(&time) {
            self.times.remove(index);
        }
    }
}
