//! One request on its way to its handler.

use std::sync::MutexGuard;

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use crate::{
    Engine, SessionStatus,
    auth::Access,
    document::{Operation, PathValues},
    error::Error,
    query::Query,
    routes::Answer,
    sample,
    state::{App, World, session::Session},
    validate::Violation,
};

/// What a handler is given. On routes with a validation pipe, parameters and body are as the document has them; on
/// the others that is so once [`Call::working`] or [`Call::in_status`] has let the call through.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) app: App,
    pub(crate) operation: &'static Operation,
    pub(crate) path: PathValues,
    pub(crate) query: Query,
    /// The members of the JSON body; none if there was no such body.
    pub(crate) body: Map<String, Value>,
    pub(crate) headers: HeaderMap,
    /// What the caller's key allows.
    pub(crate) access: Access,
    /// What the engine will stumble over.
    pub(crate) violation: Option<Violation>,
    /// Whether the server loses a message as soon as it is sent.
    pub(crate) is_forgotten: bool,
}

impl Call {
    pub(crate) fn engine(&self) -> Engine {
        self.app.engine
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.app.clock.now()
    }

    /// Everything that changes. Locked as long as the guard lives.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.app.world()
    }

    /// A parameter in the path, decoded.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// A string in the body; empty when there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.optional_text(name).unwrap_or_default()
    }

    /// A string in the body that may be left out.
    pub(crate) fn optional_text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    /// A boolean in the body that may be left out.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.body.get(name).and_then(Value::as_bool)
    }

    /// The session that is meant, wherever the operation has its name: in the path, the query or the body.
    pub(crate) fn session_name(&self) -> Option<&str> {
        let in_path = self.path.iter().find(|(name, _)| *name == "session").map(|(_, value)| value.as_str());
        in_path.or_else(|| self.query.get("session")).or_else(|| self.optional_text("session"))
    }

    /// The session of an operation that talks to WhatsApp. Has to come before anything is changed: while the session
    /// is not WORKING the server waits for it, and the handler is run again.
    pub(crate) fn working<'w>(&self, world: &'w mut World) -> Result<&'w mut Session, Error> {
        self.in_status(world, SessionStatus::Working)
    }

    /// Like [`Call::working`], for an operation that asks WhatsApp: the session remembers when it did.
    pub(crate) fn active<'w>(&self, world: &'w mut World) -> Result<&'w mut Session, Error> {
        let session = self.working(world)?;
        session.activity = Some(self.now());
        Ok(session)
    }

    /// The session of an operation that wants a certain status, such as SCAN_QR_CODE.
    pub(crate) fn in_status<'w>(
        &self,
        world: &'w mut World,
        expected: SessionStatus,
    ) -> Result<&'w mut Session, Error> {
        let session = world.in_status(self.session_name(), expected)?;
        match &self.violation {
            Some(violation) => Err(violation.exception(self.app.engine)),
            None => Ok(session),
        }
    }

    /// An answer made from the schema, marked as such: for what the facts do not tell.
    pub(crate) fn sample(&self) -> Answer {
        sample::of(self.operation, self.engine())
    }

    /// Refuses the call on every other engine, as one which does not know the method.
    pub(crate) fn only(&self, engines: &[Engine]) -> Result<(), Error> {
        match engines.contains(&self.app.engine) {
            true => Ok(()),
            false => Err(Error::not_supported(self.app.engine)),
        }
    }
}
