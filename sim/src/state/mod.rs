//! What the server knows: its settings, its sessions and what they have done.

pub(crate) mod account;
pub(crate) mod apps;
pub(crate) mod calls;
pub(crate) mod channel;
pub(crate) mod chats;
pub(crate) mod condition;
pub(crate) mod contact;
pub(crate) mod directory;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod group;
pub(crate) mod groups;
pub(crate) mod keys;
pub(crate) mod labels;
pub(crate) mod lifecycle;
pub(crate) mod limits;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod numbers;
pub(crate) mod pictures;
pub(crate) mod population;
pub(crate) mod presence;
pub(crate) mod rate_limit;
pub(crate) mod session;
pub(crate) mod whatsapp;

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::Notify;

use self::{events::Hub, files::Files, keys::Key, session::Session, whatsapp::WhatsApp};
use crate::{
    Age, Engine, SessionStatus,
    error::Error,
    fault::{Fault, Faults},
    ids,
    jobs::{Job, Jobs},
    listener::ListenerControl,
    log::Log,
    person::People,
    request_log::{Recorded, RequestLog},
    time::Clock,
};

/// The state as the handlers take it.
pub(crate) type App = Arc<Shared>;

/// What does not change while the server runs.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) api_key: Option<String>,
    pub(crate) patience: u64,
    pub(crate) log: Log,
    pub(crate) keep_alive: Option<Duration>,
    pub(crate) prefix: String,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) api_key: Option<String>,
    pub(crate) age: Age,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<Clock>,
    pub(crate) started: u64,
    pub(crate) requests: RequestLog,
    /// How long a call for a session waits for it, in milliseconds.
    pub(crate) patience: u64,
    pub(crate) log: Log,
    /// How long a connection may be idle, if there is a limit.
    pub(crate) keep_alive: Option<Duration>,
    /// What comes before the paths of the API, such as `/waha`.
    pub(crate) prefix: String,
    /// Told whenever the world may have changed.
    pub(crate) changed: Notify,
    world: Mutex<World>,
}

impl Shared {
    pub(crate) fn new(settings: Settings, world: World) -> Self {
        let Settings { api_key, patience, log, keep_alive, prefix } = settings;
        let clock = Arc::clone(&world.clock);
        let started = clock.now();
        Self {
            api_key,
            age: world.age,
            engine: world.engine,
            clock,
            started,
            requests: RequestLog::default(),
            patience,
            log,
            keep_alive,
            prefix,
            changed: Notify::new(),
            world: Mutex::new(world),
        }
    }

    /// Everything that changes. Not to be held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what is due by a moment, in order and each at its own time, and tells who waits for a change.
    pub(crate) fn run_until(&self, moment: u64) {
        let mut world = self.world();
        while let Some((due, job)) = world.jobs.take_due(moment) {
            self.clock.advance_to(due);
            job.run(&mut world);
        }
        drop(world);
        self.clock.advance_to(moment);
        self.changed.notify_waiters();
    }

    /// The server's account of itself.
    pub(crate) fn version(&self) -> Value {
        version(self.engine, self.age)
    }
}

/// What a server says of itself; an old one names a browser whatever its engine.
fn version(engine: Engine, age: Age) -> Value {
    const BROWSER: &str = "/usr/bin/chromium";
    let (version, name) = (age.version(), engine.as_str());
    match age {
        Age::Old => json!({ "version": version, "engine": name, "tier": "CORE", "browser": BROWSER }),
        Age::Current => json!({
            "version": version,
            "engine": name,
            "tier": "PLUS",
            "browser": engine.has_browser().then_some(BROWSER),
            "platform": "linux/x64",
            "worker": { "id": null },
        }),
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) age: Age,
    pub(crate) clock: Arc<Clock>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) whatsapp: WhatsApp,
    /// Files of messages which the server has downloaded.
    pub(crate) files: Files,
    /// Where the server says that it is, in the addresses of files.
    pub(crate) url: String,
    pub(crate) keys: Vec<Key>,
    pub(crate) apps: BTreeMap<String, apps::App>,
    /// What the phone-number apps have in the database.
    pub(crate) numbers: numbers::Numbers,
    pub(crate) condition: condition::Condition,
    pub(crate) hub: Hub,
    pub(crate) faults: Faults,
    /// How sessions get to WhatsApp.
    pub(crate) pairing: lifecycle::Pairing,
    pub(crate) people: People,
    /// What accepts connections, once the server listens.
    pub(crate) listener: Option<ListenerControl>,
    jobs: Jobs,
    /// For ids.
    random: fastrand::Rng,
    /// For faults, so that they do not change the ids.
    chance: fastrand::Rng,
}

impl World {
    pub(crate) fn new(engine: Engine, age: Age, clock: Clock, seed: u64) -> Self {
        Self {
            engine,
            age,
            clock: Arc::new(clock),
            sessions: BTreeMap::new(),
            whatsapp: WhatsApp::default(),
            files: Files::default(),
            url: String::new(),
            keys: Vec::new(),
            apps: BTreeMap::new(),
            numbers: numbers::Numbers::default(),
            condition: condition::Condition::default(),
            hub: Hub::default(),
            faults: Faults::default(),
            pairing: lifecycle::Pairing::default(),
            people: People::default(),
            listener: None,
            jobs: Jobs::default(),
            random: fastrand::Rng::with_seed(seed),
            chance: fastrand::Rng::with_seed(!seed),
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// The bare id of a message that has not been sent before.
    pub(crate) fn message_id(&mut self) -> String {
        format!("3EB0{:018X}", self.random.u128(..1 << 72))
    }

    /// A ULID in lower case, as ids of sessions, keys, apps and events have one.
    pub(crate) fn ulid(&mut self) -> String {
        ids::ulid(self.now(), self.random.u128(..))
    }

    /// A seed for what happens by chance elsewhere.
    pub(crate) fn seed(&mut self) -> u64 {
        self.chance.u64(..)
    }

    /// Cuts connections that are accepted from now on.
    pub(crate) fn cut_connections(&mut self, bytes: Range<u64>) {
        let seed = self.seed();
        if let Some(listener) = &self.listener {
            listener.cut(bytes, seed);
        }
    }

    /// Cuts no more connections.
    pub(crate) fn spare_connections(&self) {
        if let Some(listener) = &self.listener {
            listener.spare();
        }
    }

    /// Does something after a while; without one, as soon as the request under way has been handled.
    pub(crate) fn later(&mut self, ms: u64, job: impl FnOnce(&mut World) + Send + 'static) {
        self.jobs.add(self.now().saturating_add(ms), Job::new(job));
    }

    /// The secret of an API key.
    pub(crate) fn secret(&mut self) -> String {
        format!("key_{:032x}", self.random.u128(..))
    }

    /// When something will happen next.
    pub(crate) fn next_job(&self) -> Option<u64> {
        self.jobs.next()
    }

    /// The fault that happens to a request.
    pub(crate) fn fault(&mut self, request: &Recorded) -> Option<Fault> {
        self.faults.of_request(request, &mut self.chance)
    }

    /// A session of any status, as the routes under `/api/sessions` want it.
    pub(crate) fn known(&mut self, name: &str) -> Result<&mut Session, Error> {
        self.sessions.get_mut(name).ok_or_else(|| Error::not_found("Session not found"))
    }

    /// A session that runs, whatever its status.
    pub(crate) fn running(&mut self, name: &str) -> Result<&mut Session, Error> {
        self.sessions.get_mut(name).filter(|session| session.is_running()).ok_or_else(|| {
            Error::not_found(format!(
                "We didn't find a session with name '{name}'.\n\
                 Please start it first by using POST /api/sessions/{name}/start request"
            ))
        })
    }

    /// The session which an operation that wants a certain status was called for.
    pub(crate) fn in_status(&mut self, name: Option<&str>, expected: SessionStatus) -> Result<&mut Session, Error> {
        find(&mut self.sessions, name, expected)
    }
}

fn find<'s>(
    sessions: &'s mut BTreeMap<String, Session>,
    name: Option<&str>,
    expected: SessionStatus,
) -> Result<&'s mut Session, Error> {
    let name = match name {
        Some(name) if !name.is_empty() => name,
        sent => return Err(Error::NoSessionName(sent.map(str::to_owned))),
    };
    match sessions.get_mut(name) {
        None => Err(Error::NoSuchSession(name.to_owned())),
        Some(session) if session.status() == expected => Ok(session),
        Some(session) => {
            let (session, status) = (name.to_owned(), session.status());
            Err(Error::WrongStatus { session, status, expected })
        }
    }
}
