//! The server's memory of profile pictures.

use std::collections::HashMap;

use super::{World, find, session::Session};
use crate::{Engine, SessionStatus, error::Error, ids, refusal::Refusal};

const LIFETIME_MS: u64 = 24 * 60 * 60 * 1000;
/// How long the server waits before it looks at a picture that it has changed.
const PAUSE_MS: u64 = 3000;

/// One session's cache, which lives as long as the session runs.
///
/// Its keys are the ids as they were sent, so `1` and `1@c.us` are two entries. That there is no
/// picture is remembered like a picture.
#[derive(Debug, Default)]
pub(crate) struct PictureCache {
    entries: HashMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    url: Option<String>,
    expires: u64,
}

impl PictureCache {
    /// The remembered answer, or what `ask` says when there is none, it has expired, or a fresh one
    /// is wanted.
    fn get<E>(
        &mut self,
        id: &str,
        refresh: bool,
        now: u64,
        ask: impl FnOnce() -> Result<Option<String>, E>,
    ) -> Result<Option<String>, E> {
        if let Some(entry) = self.entries.get(id)
            && !refresh
            && entry.expires >= now
        {
            return Ok(entry.url.clone());
        }
        let url = ask()?;
        let expires = now.saturating_add(LIFETIME_MS);
        self.entries.insert(id.to_owned(), Entry { url: url.clone(), expires });
        Ok(url)
    }
}

impl World {
    /// The picture of a contact, a group or a channel, as far as a session that works has been told.
    pub(crate) fn picture(&mut self, session: &str, id: &str, refresh: bool) -> Result<Option<String>, Error> {
        let (engine, now) = (self.engine, self.now());
        let Self { sessions, whatsapp, .. } = self;
        let Session { pictures, activity, .. } = find(sessions, Some(session), SessionStatus::Working)?;
        if ids::is_faceless(id) {
            return Ok(None);
        }
        pictures.get(id, refresh, now, || {
            *activity = Some(now);
            match (whatsapp.picture_limit.allows(now), engine) {
                (true, _) => Ok(whatsapp.fetch_picture(session, id)),
                // In a browser, whatever goes wrong looks like a picture that is not there.
                (false, Engine::Webjs | Engine::Wpp) => Ok(None),
                (false, Engine::Noweb | Engine::Gows) => Err(Refusal::RATE_LIMITED.on(engine)),
            }
        })
    }

    /// Another picture of the account or one of its groups. A session that has the old one in its memory learns of it
    /// after a while.
    pub(crate) fn change_picture(&mut self, session: &str, id: &str, url: Option<String>) {
        self.whatsapp.replace_picture(id, url);
        let (session, id) = (session.to_owned(), id.to_owned());
        self.later(PAUSE_MS, move |world| {
            // Nobody hears about it if that fails.
            let _ = world.picture(&session, &id, true);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    type Said = Result<Option<String>, Infallible>;

    fn says(url: &str) -> impl FnOnce() -> Said {
        let url = url.to_owned();
        move || Ok(Some(url))
    }

    fn must_not_ask() -> Said {
        panic!("the answer is in the cache")
    }

    fn get(cache: &mut PictureCache, id: &str, refresh: bool, now: u64, ask: impl FnOnce() -> Said) -> Option<String> {
        cache.get(id, refresh, now, ask).unwrap()
    }

    #[test]
    fn an_answer_is_kept_for_24_hours() {
        let mut cache = PictureCache::default();
        assert_eq!(get(&mut cache, "1@c.us", false, 0, says("old")).as_deref(), Some("old"));
        assert_eq!(get(&mut cache, "1@c.us", false, LIFETIME_MS, must_not_ask).as_deref(), Some("old"));
        assert_eq!(get(&mut cache, "1@c.us", false, LIFETIME_MS + 1, says("new")).as_deref(), Some("new"));
    }

    #[test]
    fn no_picture_is_an_answer_as_well() {
        let mut cache = PictureCache::default();
        assert_eq!(get(&mut cache, "1@c.us", false, 0, || Ok(None)), None);
        assert_eq!(get(&mut cache, "1@c.us", false, 1, must_not_ask), None);
    }

    #[test]
    fn a_refresh_asks_and_replaces_what_was_kept() {
        let mut cache = PictureCache::default();
        get(&mut cache, "1@c.us", false, 0, says("old"));
        assert_eq!(get(&mut cache, "1@c.us", true, 1, says("new")).as_deref(), Some("new"));
        assert_eq!(get(&mut cache, "1@c.us", false, 2, must_not_ask).as_deref(), Some("new"));
    }

    #[test]
    fn every_spelling_of_an_id_has_its_own_entry() {
        let mut cache = PictureCache::default();
        get(&mut cache, "1", false, 0, says("one"));
        assert_eq!(get(&mut cache, "1@c.us", false, 0, says("other")).as_deref(), Some("other"));
    }
}
