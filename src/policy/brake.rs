//! Slows a batch down when WhatsApp or the server asks for a pause.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The brake of one batch.
#[derive(Default)]
pub(crate) struct Brake(Mutex<State>);

#[derive(Default)]
struct State {
    /// No item starts before this.
    until: Option<Instant>,
    /// The last pause that was not asked for.
    pause: Duration,
    /// Since when the last refusal is known.
    since: Option<Instant>,
}

impl Brake {
    /// The first pause, if the refusal names none. Each further one doubles it.
    const FIRST: Duration = Duration::from_secs(2);

    /// The longest pause, also if more is asked for: the item that then starts is refused again, and nothing is lost.
    const LONGEST: Duration = Duration::from_secs(300);

    /// Returns when the next item may start; `None`: at once.
    pub(crate) fn until(&self) -> Option<Instant> {
        let until = self.state().until?;
        (until > Instant::now()).then_some(until)
    }

    /// Learns that an item, which started at this time, was refused because there were too many requests.
    pub(crate) fn refused(&self, started: Instant, retry_after: Option<Duration>) {
        let mut state = self.state();
        let now = Instant::now();
        // Items that started before the last refusal was known say nothing new.
        if state.since.is_none_or(|since| started >= since) {
            state.pause = (state.pause * 2).clamp(Self::FIRST, Self::LONGEST);
            state.since = Some(now);
        }
        let until = now + retry_after.unwrap_or(state.pause).min(Self::LONGEST);
        state.until = state.until.max(Some(until));
    }

    /// Learns that an item was not refused, which started at this time.
    pub(crate) fn passed(&self, started: Instant) {
        let mut state = self.state();
        if state.since.is_some_and(|since| started >= since) {
            state.pause /= 2;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
