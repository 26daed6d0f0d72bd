//! The account of the sessions: what it shows of itself, and whom it knows.

use std::collections::{BTreeMap, BTreeSet};

/// What the account shows to others.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) about: String,
    pub(crate) picture: Option<String>,
    /// The names that it gave to people after the server had started, by their ids.
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) blocked: BTreeSet<String>,
}
