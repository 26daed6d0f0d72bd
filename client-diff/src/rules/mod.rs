//! The table of rules: each names one kind of change, and judges it for clients that were compiled before it.
//!
//! A rule has one verdict on the wire, so that an id says all. What happens to the public API is not judged here: the
//! symbols of both sides are compared. The table names what is usual.

mod elsewhere;
mod schemas;
mod table;
mod texts;

use self::{elsewhere::OTHER_RULES, schemas::SCHEMA_RULES, texts::TEXT_RULES};
pub use self::{elsewhere::Other, schemas::InSchema, table::table, texts::Wording};
use crate::model::Wire;

/// A kind of change.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in reports.
    pub id: &'static str,
    /// What it does to clients that were compiled from BASE.
    pub wire: Wire,
    /// Whether it is a matter of text alone.
    pub doc: bool,
    /// What it usually does to the public API.
    pub rust: &'static str,
    /// Why the verdict is what it is.
    pub reason: &'static str,
    /// What it looks like.
    pub example: &'static str,
}

/// Who sends the schema that changed, which decides what a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carrier {
    /// The client, in a request.
    Request,
    /// The server, in a success or in an event.
    Response,
    /// The server, in an error.
    Error,
    /// Nobody: no operation reaches it.
    Nobody,
}

/// Returns the rule of a change within a schema.
pub fn in_schema(kind: InSchema, carrier: Carrier) -> &'static Rule {
    &SCHEMA_RULES[kind as usize][carrier as usize]
}

/// Returns the rule of a change elsewhere.
pub fn other(kind: Other) -> &'static Rule {
    &OTHER_RULES[kind as usize]
}

/// Returns the rule of a change of text.
pub fn text(kind: Wording) -> &'static Rule {
    &TEXT_RULES[kind as usize]
}

/// Returns all rules, by id.
pub fn all() -> Vec<&'static Rule> {
    let mut all: Vec<_> = SCHEMA_RULES.iter().flatten().chain(OTHER_RULES).chain(TEXT_RULES).collect();
    all.sort_by_key(|rule| rule.id);
    all
}

/// Returns whether a rule is one of changes that this program could not judge.
pub fn is_unclassified(rule: &str) -> bool {
    rule.ends_with("unclassified") || rule == other(Other::NotGenerated).id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_rule() {
        let ids: Vec<_> = all().iter().map(|rule| rule.id).collect();
        let mut unique = ids.clone();
        unique.dedup();
        assert_eq!(ids, unique);
    }
}
