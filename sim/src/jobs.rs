//! What will happen later by the stand-in's clock.

use std::{collections::BTreeMap, fmt};

use crate::state::World;

/// Things to do, in the order in which they are due.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// By time, and by a number that tells apart what is due at the same time.
    due: BTreeMap<(u64, u64), Job>,
    added: u64,
}

/// One thing to do.
pub(crate) struct Job(Box<dyn FnOnce(&mut World) + Send>);

impl Job {
    pub(crate) fn new(job: impl FnOnce(&mut World) + Send + 'static) -> Self {
        Self(Box::new(job))
    }

    pub(crate) fn run(self, world: &mut World) {
        (self.0)(world);
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Job")
    }
}

impl Jobs {
    pub(crate) fn add(&mut self, due: u64, job: Job) {
        self.added += 1;
        self.due.insert((due, self.added), job);
    }

    /// When the next job is due.
    pub(crate) fn next(&self) -> Option<u64> {
        self.due.keys().next().map(|(due, _)| *due)
    }

    /// The next job that is due by a moment, and its time.
    pub(crate) fn take_due(&mut self, moment: u64) -> Option<(u64, Job)> {
        let entry = self.due.first_entry()?;
        let (due, _) = *entry.key();
        (due <= moment).then(|| (due, entry.remove()))
    }
}
