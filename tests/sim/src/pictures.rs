//! The server's memory of profile pictures.

use std::collections::HashMap;

const LIFETIME_MS: u64 = 24 * 60 * 60 * 1000;

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
    pub(crate) fn get(
        &mut self,
        id: &str,
        refresh: bool,
        now: u64,
        ask: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        if let Some(entry) = self.entries.get(id)
            && !refresh
            && entry.expires >= now
        {
            return entry.url.clone();
        }
        let url = ask();
        let expires = now.saturating_add(LIFETIME_MS);
        self.entries.insert(id.to_owned(), Entry { url: url.clone(), expires });
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(url: &str) -> impl FnOnce() -> Option<String> {
        let url = url.to_owned();
        move || Some(url)
    }

    fn must_not_ask() -> Option<String> {
        panic!("the answer is in the cache")
    }

    #[test]
    fn an_answer_is_kept_for_24_hours() {
        let mut cache = PictureCache::default();
        assert_eq!(cache.get("1@c.us", false, 0, says("old")).as_deref(), Some("old"));
        assert_eq!(cache.get("1@c.us", false, LIFETIME_MS, must_not_ask).as_deref(), Some("old"));
        assert_eq!(cache.get("1@c.us", false, LIFETIME_MS + 1, says("new")).as_deref(), Some("new"));
    }

    #[test]
    fn no_picture_is_an_answer_as_well() {
        let mut cache = PictureCache::default();
        assert_eq!(cache.get("1@c.us", false, 0, || None), None);
        assert_eq!(cache.get("1@c.us", false, 1, must_not_ask), None);
    }

    #[test]
    fn a_refresh_asks_and_replaces_what_was_kept() {
        let mut cache = PictureCache::default();
        cache.get("1@c.us", false, 0, says("old"));
        assert_eq!(cache.get("1@c.us", true, 1, says("new")).as_deref(), Some("new"));
        assert_eq!(cache.get("1@c.us", false, 2, must_not_ask).as_deref(), Some("new"));
    }

    #[test]
    fn every_spelling_of_an_id_has_its_own_entry() {
        let mut cache = PictureCache::default();
        cache.get("1", false, 0, says("one"));
        assert_eq!(cache.get("1@c.us", false, 0, says("other")).as_deref(), Some("other"));
    }
}
