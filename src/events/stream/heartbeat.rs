//! Whether the server is still there: when to ask, and when to give up.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest time after which a silent server is asked, however often it pings.
const SHORTEST: Duration = Duration::from_secs(5);

/// Watches a connection: a server that was silent for one interval is asked, and one that was silent for two is gone.
pub(super) struct Heartbeat {
    /// How long the server may be silent before it is asked, at most.
    limit: Duration,
    /// The interval of the server's own pings, if that is shorter.
    interval: Duration,
    last_ping: Option<Instant>,
    /// What was read last when the server was asked.
    asked_after: Option<Instant>,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// Nothing until then.
    Wait(Instant),
    /// Ask whether the server is there.
    Ask,
    /// The server has been silent for this long, and is gone.
    Gone(Duration),
}

impl Heartbeat {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, interval: limit, last_ping: None, asked_after: None }
    }

    /// Learns from a ping how often the server sends one.
    pub(super) fn note_ping(&mut self, now: Instant) {
        if let Some(last) = self.last_ping.replace(now) {
            self.interval = (now - last).max(SHORTEST).min(self.limit);
        }
    }

    /// Returns how often to say that this client is there while it cannot read what the server asks.
    pub(super) fn unasked_interval(&self) -> Duration {
        self.interval / 4
    }

    pub(super) fn check(&mut self, now: Instant, last_read: Instant) -> Pulse {
        let silent = now.saturating_duration_since(last_read);
        if silent < self.interval {
            Pulse::Wait(last_read + self.interval)
        } else if silent >= 2 * self.interval {
            Pulse::Gone(silent)
        } else if self.asked_after == Some(last_read) {
            Pulse::Wait(last_read + 2 * self.interval)
        } else {
            self.asked_after = Some(last_read);
            Pulse::Ask
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_server_is_asked_once_and_gone_after_two_intervals() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut heartbeat = Heartbeat::new(Duration::from_secs(30));
        assert_eq!(heartbeat.check(at(0), at(0)), Pulse::Wait(at(30)));
        assert_eq!(heartbeat.check(at(30), at(0)), Pulse::Ask);
        assert_eq!(heartbeat.check(at(31), at(0)), Pulse::Wait(at(60)));
        // It has answered, and is asked again without having been looked at in between.
        assert_eq!(heartbeat.check(at(61), at(31)), Pulse::Ask);
        assert_eq!(heartbeat.check(at(62), at(39)), Pulse::Wait(at(69)));
        assert_eq!(heartbeat.check(at(69), at(39)), Pulse::Ask);
        assert_eq!(heartbeat.check(at(99), at(39)), Pulse::Gone(Duration::from_secs(60)));
    }

    #[test]
    fn a_server_that_pings_more_often_is_missed_sooner() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut heartbeat = Heartbeat::new(Duration::from_secs(30));
        heartbeat.note_ping(at(10));
        heartbeat.note_ping(at(20));
        assert_eq!(heartbeat.check(at(25), at(20)), Pulse::Wait(at(30)));
        assert_eq!(heartbeat.check(at(40), at(20)), Pulse::Gone(Duration::from_secs(20)));
        // A flood of pings does not make it impatient, and rare ones do not make it patient.
        heartbeat.note_ping(at(20));
        assert_eq!(heartbeat.check(at(20), at(20)), Pulse::Wait(at(25)));
        heartbeat.note_ping(at(500));
        assert_eq!(heartbeat.check(at(500), at(500)), Pulse::Wait(at(530)));
    }
}
