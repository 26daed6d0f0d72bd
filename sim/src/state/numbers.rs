//! What the phone-number apps have found out: which chat a number belongs to.

use std::collections::BTreeMap;

use super::{World, apps::App};
use crate::Server;

/// How long it is remembered that WhatsApp does not know a number.
const UNKNOWN_MS: u64 = 10 * 60 * 1000;
const DEFAULT_TTL: &str = "24h";

/// What a running session has in memory for one app, by number.
pub(crate) type Memory = BTreeMap<String, Remembered>;

#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    /// Empty where WhatsApp does not know the number.
    pub(crate) chat: String,
    /// In milliseconds since 1970; none where it is kept until the session stops.
    pub(crate) expires: Option<u64>,
}

/// What is in the server's database, for all sessions and apps.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    rows: Vec<Row>,
    issued: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: u64,
    session: String,
    app: String,
    pub(crate) number: String,
    pub(crate) chat: String,
    /// In milliseconds since 1970.
    pub(crate) resolved: u64,
}

impl Numbers {
    /// The oldest first.
    pub(crate) fn rows(&self, session: &str, app: &str) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.session == session && row.app == app)
    }

    /// How many rows there were.
    pub(crate) fn purge(&mut self, session: &str, app: &str) -> usize {
        let before = self.rows.len();
        self.rows.retain(|row| row.session != session || row.app != app);
        before - self.rows.len()
    }

    fn store(&mut self, app: &App, number: &str, chat: &str, now: u64) {
        self.rows.retain(|row| row.session != app.session || row.app != app.name || row.number != number);
        self.issued += 1;
        self.rows.push(Row {
            id: self.issued,
            session: app.session.clone(),
            app: app.name.clone(),
            number: number.to_owned(),
            chat: chat.to_owned(),
            resolved: now,
        });
    }
}

impl App {
    /// Whether it uses the database.
    pub(crate) fn is_persistent(&self) -> bool {
        self.setting("cache/persistent") != Some(&false.into())
    }
}

impl Server {
    /// Makes a phone-number app of a session, such as `phone-numbers`, look up which chat a number belongs to, as it
    /// does before a message is sent; `None` if WhatsApp does not know the number. Its rules are not modelled.
    ///
    /// Does nothing if the session has no such app.
    pub fn resolve_number(&self, session: &str, app: &str, number: &str, chat: Option<&str>) {
        resolve(&mut self.app.world(), session, app, number, chat);
    }
}

fn resolve(world: &mut World, session: &str, app: &str, number: &str, chat: Option<&str>) {
    let now = world.now();
    let Some(app) = world.apps_of(session).find(|own| own.name == app && own.is_enabled).cloned() else { return };
    if let Some(chat) = chat.filter(|_| app.is_persistent()) {
        world.numbers.store(&app, number, chat, now);
    }
    let lifetime = match chat {
        None => Some(UNKNOWN_MS),
        Some(_) => duration(app.setting("cache/memoryTtl").and_then(|ttl| ttl.as_str()).unwrap_or(DEFAULT_TTL)),
    };
    if let Some(session) = world.sessions.get_mut(session).filter(|session| session.is_running()) {
        let chat = chat.unwrap_or_default().to_owned();
        let expires = lifetime.map(|lifetime| now.saturating_add(lifetime));
        session.numbers.entry(app.name).or_default().insert(number.to_owned(), Remembered { chat, expires });
    }
}

/// Milliseconds of a number and its unit, such as `24h`; none where it is no time at all.
fn duration(text: &str) -> Option<u64> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => 24 * 60 * 60 * 1000,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(unit).filter(|ms| *ms > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(duration("24h"), Some(86_400_000));
        assert_eq!(duration("30m"), Some(1_800_000));
        for odd in ["", "h", "0s", "5", "5w", "ü", "99999999999999999d"] {
            assert_eq!(duration(odd), None, "{odd}");
        }
    }
}
