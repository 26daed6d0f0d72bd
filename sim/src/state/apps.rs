//! The apps of sessions: small programs in the server that work with a session.

use serde_json::{Map, Value, json};

use super::{World, keys::Key, session::Session};

/// The one type of app that a session can have more than once, and that works without the session.
pub(crate) const MCP: &str = "mcp";

#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    pub(crate) session: String,
    /// Its type, as the API calls it.
    pub(crate) name: String,
    pub(crate) is_enabled: bool,
    /// As it was sent.
    pub(crate) config: Map<String, Value>,
    /// The API key that it has made, if it is of the type that does.
    pub(crate) key_id: Option<String>,
}

/// How much of the key of an app is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What it is called.
    KeyId,
    /// The key itself as well.
    Key,
}

impl App {
    pub(crate) fn is_unique(&self) -> bool {
        self.name != MCP
    }

    /// Whether a running session has to be restarted when the app changes.
    pub(crate) fn needs_restart(&self) -> bool {
        self.name != MCP
    }

    pub(crate) fn shape(&self, keys: &[Key], detail: Detail) -> Value {
        let mut config = self.config.clone();
        if self.name == MCP {
            let key = keys.iter().find(|key| Some(&key.id) == self.key_id.as_ref());
            config.insert("key_id".into(), json!(key.map(|key| &key.id)));
            if detail == Detail::Key {
                config.insert("key".into(), json!(key.map(|key| &key.secret)));
            }
        }
        json!({
            "id": self.id,
            "session": self.session,
            "app": self.name,
            "enabled": self.is_enabled,
            "config": config,
        })
    }

    /// A member of the configuration.
    pub(crate) fn setting(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
        let value = self.config.get(first)?;
        if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
    }
}

impl World {
    /// The apps of a session, sorted by id.
    pub(crate) fn apps_of(&self, session: &str) -> impl Iterator<Item = &App> {
        self.apps.values().filter(move |app| app.session == session)
    }

    /// Gives an app that needs one its key.
    pub(crate) fn equip(&mut self, app: &mut App) {
        if app.name == MCP {
            let id = format!("key_id_{}", self.ulid());
            let actions = app.config.get("actions").and_then(Value::as_object).cloned();
            let (secret, session) = (self.secret(), Some(app.session.clone()));
            self.keys.push(Key { id: id.clone(), secret, is_active: true, session, actions });
            app.key_id = Some(id);
        }
    }

    /// Takes an app away, with its key and what it has stored.
    pub(crate) fn remove_app(&mut self, id: &str) -> Option<App> {
        let app = self.apps.remove(id)?;
        self.keys.retain(|key| Some(&key.id) != app.key_id.as_ref());
        self.purge_app(&app);
        Some(app)
    }

    /// Deletes what an app has stored.
    pub(crate) fn purge_app(&mut self, app: &App) {
        self.numbers.purge(&app.session, &app.name);
        if let Some(session) = self.sessions.get_mut(&app.session) {
            session.numbers.remove(&app.name);
        }
    }

    /// Restarts a session that runs, because its apps have changed.
    pub(crate) fn restart_for(&mut self, app: &App) {
        let is_running = self.sessions.get(&app.session).is_some_and(Session::is_running);
        if is_running && app.needs_restart() {
            self.stop(&app.session);
            self.start(&app.session);
        }
    }
}
