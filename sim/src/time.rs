//! The clock of the stand-in, which tests can move forward.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::sync::Notify;

/// 2026-11-23, eight in the morning: when a clock that stands still starts.
const START: u64 = 1_795_420_800_000;

/// The time of the stand-in: it stands still, or goes with the machine's, and is moved by tests.
#[derive(Debug)]
pub(crate) struct Clock {
    /// Where it stands apart from what was added; none if it goes with the machine.
    start: Option<u64>,
    added: AtomicU64,
    moved: Notify,
}

impl Clock {
    pub(crate) fn standing() -> Self {
        Self { start: Some(START), added: AtomicU64::new(0), moved: Notify::new() }
    }

    pub(crate) fn running() -> Self {
        Self { start: None, ..Self::standing() }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.base().saturating_add(self.added.load(Ordering::Relaxed))
    }

    /// Moves it forward; never back.
    pub(crate) fn advance_to(&self, now: u64) {
        let added = now.saturating_sub(self.base());
        self.added.fetch_max(added, Ordering::Relaxed);
        self.moved.notify_waiters();
    }

    /// Ends when the time has come, by itself or because somebody has moved the clock.
    pub(crate) async fn sleep_until(&self, due: u64) {
        loop {
            let moved = self.moved.notified();
            let left = due.saturating_sub(self.now());
            match self.start {
                _ if left == 0 => return,
                Some(_) => moved.await,
                None => drop(tokio::time::timeout(Duration::from_millis(left), moved).await),
            }
        }
    }

    fn base(&self) -> u64 {
        self.start.unwrap_or_else(|| millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()))
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970 as JavaScript prints a date: `2026-11-23T08:11:59.616Z`.
pub(crate) fn iso8601(ms: u64) -> String {
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let (minutes, second) = (seconds / 60, seconds % 60);
    let (hours, minute) = (minutes / 60, minutes % 60);
    let (days, hour) = (hours / 24, hours % 24);
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Seconds since 1970 as Go prints a time: `2026-11-23T08:11:59Z`.
pub(crate) fn rfc3339(seconds: u64) -> String {
    iso8601(seconds.saturating_mul(1000)).replace(".000Z", "Z")
}

/// The Gregorian date of a day counted from 1970-01-01. Years are counted from March, so that the
/// leap day is the last one of a year.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days + DAYS_FROM_MARCH_OF_YEAR_0;
    let (era, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(iso8601(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso8601(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso8601(1_709_251_199_999), "2024-02-29T23:59:59.999Z");
        assert_eq!(iso8601(1_795_421_519_616), "2026-11-23T08:11:59.616Z");
        assert!(iso8601(u64::MAX).ends_with('Z'));
    }

    #[test]
    fn the_clock_moves_forward_only_and_never_overflows() {
        let clock = Clock::standing();
        assert_eq!(clock.now(), START);
        clock.advance_to(START + 5);
        clock.advance_to(START);
        assert_eq!(clock.now(), START + 5);
        clock.advance_to(u64::MAX);
        assert_eq!(clock.now(), u64::MAX);
        Clock::running().advance_to(u64::MAX);
    }
}
