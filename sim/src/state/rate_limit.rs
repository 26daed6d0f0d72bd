//! How often WhatsApp lets itself be asked.

use std::{collections::VecDeque, time::Duration};

use crate::time::millis;

/// A limit within a window of time that moves along. There is none by default.
#[derive(Debug, Default)]
pub(crate) struct RateLimit {
    limit: Option<(usize, u64)>,
    /// When it was asked, in milliseconds since 1970.
    asked: VecDeque<u64>,
}

impl RateLimit {
    pub(crate) fn new(count: usize, per: Duration) -> Self {
        Self { limit: Some((count, millis(per))), asked: VecDeque::new() }
    }

    /// Whether it may be asked now; that counts as asking.
    pub(crate) fn allows(&mut self, now: u64) -> bool {
        let Some((count, window)) = self.limit else { return true };
        while self.asked.front().is_some_and(|at| now.saturating_sub(*at) >= window) {
            self.asked.pop_front();
        }
        let allowed = self.asked.len() < count;
        if allowed {
            self.asked.push_back(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_moves_along() {
        let mut limit = RateLimit::new(2, Duration::from_secs(1));
        assert!(limit.allows(0) && limit.allows(600) && !limit.allows(999));
        assert!(limit.allows(1000) && !limit.allows(1599) && limit.allows(1600));
    }

    #[test]
    fn there_is_no_limit_unless_one_is_set() {
        let mut limit = RateLimit::default();
        assert!((0..1000).all(|_| limit.allows(0)));
        assert!(!RateLimit::new(0, Duration::MAX).allows(u64::MAX));
    }
}
