//! How the server itself is doing, and how it is run.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::World;
use crate::{Builder, Server};

/// How long the server goes on after it was told to stop.
const LAST_BREATH_MS: u64 = 1000;

#[derive(Debug, Default)]
pub(crate) struct Condition {
    /// Whether it lets people look into its process.
    pub(crate) debug: bool,
    /// Its checks of itself, by name, and whether they pass.
    checks: BTreeMap<String, bool>,
    /// When a supervisor has started it again.
    pub(crate) restarted: Option<u64>,
}

impl Condition {
    /// Whether all checks pass, and what each has found.
    pub(crate) fn health(&self) -> (bool, Value) {
        let found = |passed: bool| -> Map<String, Value> {
            let checks = self.checks.iter().filter(move |(_, passes)| **passes == passed);
            let status = if passed { "up" } else { "down" };
            checks.map(|(name, _)| (name.clone(), json!({ "status": status }))).collect()
        };
        let (up, down) = (found(true), found(false));
        let is_healthy = down.is_empty();
        let details: Map<_, _> = up.clone().into_iter().chain(down.clone()).collect();
        let status = if is_healthy { "ok" } else { "error" };
        (is_healthy, json!({ "status": status, "info": up, "error": down, "details": details }))
    }
}

impl World {
    /// Ends the server in a moment. Like one in a container, it is started again at once.
    pub(crate) fn stop_server(&mut self) {
        self.later(LAST_BREATH_MS, |world| {
            let running = world.sessions.iter().filter(|(_, session)| session.is_running());
            let running: Vec<_> = running.map(|(name, _)| name.clone()).collect();
            for session in running {
                world.stop(&session);
                world.start(&session);
            }
            world.condition.restarted = Some(world.now());
        });
    }
}

impl Builder {
    /// Enables the operations that show the inside of the server's process, as `WAHA_DEBUG_MODE` does. What they answer
    /// is a sample.
    pub fn debug_mode(mut self) -> Self {
        self.population.debug = true;
        self
    }
}

impl Server {
    /// Adds a check to the health checks of the server, or changes its result. There are none at first.
    pub fn set_check(&self, name: &str, passes: bool) {
        self.app.world().condition.checks.insert(name.to_owned(), passes);
    }
}
