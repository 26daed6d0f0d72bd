//! Scenarios in YAML: who and what there is, what people answer, what happens when, and what goes wrong.

mod read;
mod timeline;

use crate::{Fault, Group, SessionStatus, log::Log, person::Person, state::World};

use self::timeline::Step;

/// A scenario, checked as far as it can be before anything happens.
#[derive(Debug)]
pub(crate) struct Script {
    sessions: Vec<(String, SessionStatus)>,
    people: Vec<(String, Person)>,
    groups: Vec<Group>,
    faults: Vec<Fault>,
    timeline: Vec<Step>,
}

impl Script {
    pub(crate) fn sessions(&self) -> &[(String, SessionStatus)] {
        &self.sessions
    }

    /// Lets everybody in and plans what will happen. The sessions are not part of it.
    pub(crate) fn begin(self, world: &mut World, log: &Log) {
        for (id, person) in self.people {
            world.welcome(&id, person);
        }
        for group in self.groups {
            world.add_group(group);
        }
        for fault in self.faults {
            world.faults.add(fault);
        }
        timeline::plan(self.timeline, world, log);
    }
}
