//! The files of messages, which the server keeps for a while after it has downloaded them.

use std::collections::HashMap;

use axum::body::Bytes;

/// How long a file is kept, in milliseconds.
const LIFETIME_MS: u64 = 180 * 1000;

/// Files by session and name.
#[derive(Debug, Default)]
pub(crate) struct Files(HashMap<(String, String), File>);

#[derive(Debug)]
pub(crate) struct File {
    pub(crate) mimetype: String,
    pub(crate) bytes: Bytes,
    expires: u64,
}

impl Files {
    /// Keeps a file, or one that is there already for longer.
    pub(crate) fn keep(&mut self, session: &str, name: &str, mimetype: &str, bytes: Bytes, now: u64) {
        let file = File { mimetype: mimetype.to_owned(), bytes, expires: now.saturating_add(LIFETIME_MS) };
        self.0.insert((session.to_owned(), name.to_owned()), file);
    }

    pub(crate) fn get(&self, session: &str, name: &str, now: u64) -> Option<&File> {
        let file = self.0.get(&(session.to_owned(), name.to_owned()))?;
        (now < file.expires).then_some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_gone_after_three_minutes() {
        let mut files = Files::default();
        files.keep("default", "A.jpeg", "image/jpeg", Bytes::from_static(b"1"), 0);
        assert!(files.get("default", "A.jpeg", LIFETIME_MS - 1).is_some());
        assert!(files.get("default", "A.jpeg", LIFETIME_MS).is_none());
        assert!(files.get("other", "A.jpeg", 0).is_none());
    }

    #[test]
    fn downloading_it_again_keeps_it_for_longer() {
        let mut files = Files::default();
        for now in [0, LIFETIME_MS] {
            files.keep("default", "A.jpeg", "image/jpeg", Bytes::from_static(b"1"), now);
        }
        assert!(files.get("default", "A.jpeg", LIFETIME_MS + 1).is_some());
    }
}
