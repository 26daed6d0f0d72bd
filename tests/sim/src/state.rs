//! What the server knows: its settings, its sessions and what they have done.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};

use crate::{
    Engine, SessionStatus, error::Error, ids, request_log::RequestLog, session::Session, time::Clock,
    whatsapp::WhatsApp,
};

/// The version of the server that the stand-in stands for.
const VERSION: &str = "2026.9.2";

/// The state as the handlers take it.
pub(crate) type App = Arc<Shared>;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) api_key: Option<String>,
    pub(crate) engine: Engine,
    pub(crate) clock: Clock,
    pub(crate) started: u64,
    pub(crate) requests: RequestLog,
    world: Mutex<World>,
}

impl Shared {
    pub(crate) fn new(api_key: Option<String>, engine: Engine, world: World) -> Self {
        let clock = Clock::default();
        let started = clock.now();
        let requests = RequestLog::default();
        Self { api_key, engine, clock, started, requests, world: Mutex::new(world) }
    }

    /// Everything that changes. Not to be held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's account of itself.
    pub(crate) fn version(&self) -> Value {
        json!({
            "version": VERSION,
            "engine": self.engine.as_str(),
            "tier": "PLUS",
            "browser": self.engine.has_browser().then_some("/usr/bin/chromium"),
            "platform": "linux/x64",
            "worker": { "id": null },
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) whatsapp: WhatsApp,
    issued: u64,
}

impl World {
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

    /// The session which a route that talks to WhatsApp was called for.
    pub(crate) fn working(&mut self, name: Option<&str>) -> Result<&mut Session, Error> {
        self.in_status(name, SessionStatus::Working)
    }

    /// The session which a route that wants a certain status was called for.
    pub(crate) fn in_status(&mut self, name: Option<&str>, expected: SessionStatus) -> Result<&mut Session, Error> {
        find(&mut self.sessions, name, expected)
    }

    /// The picture of a contact, a group or a channel, as far as a session has been told.
    pub(crate) fn picture(
        &mut self,
        session: &str,
        id: &str,
        refresh: bool,
        now: u64,
    ) -> Result<Option<String>, Error> {
        let Self { sessions, whatsapp, .. } = self;
        let Session { pictures, activity, .. } = find(sessions, Some(session), SessionStatus::Working)?;
        if ids::is_faceless(id) {
            return Ok(None);
        }
        Ok(pictures.get(id, refresh, now, || {
            *activity = Some(now);
            whatsapp.fetch_picture(session, id)
        }))
    }

    /// A number that has not been given out before, for ids.
    pub(crate) fn issue(&mut self) -> u64 {
        self.issued += 1;
        self.issued
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
