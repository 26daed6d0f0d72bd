//! Differences, and the form that a report has as JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{accept::Entry, rules::Rule};

/// Does a client that was compiled from BASE keep working against HEAD's server?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wire {
    /// It does.
    #[default]
    Safe,
    /// It may: it depends on what the client does, or is not known.
    Risky,
    /// Some call fails, or an answer cannot be read.
    Breaking,
}

/// What regenerating does to our public API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rust {
    /// Nothing.
    #[default]
    None,
    /// There is more of it.
    Additive,
    /// Not known: from one of the two documents, no code can be generated.
    Unknown,
    /// Code that compiled may no longer compile.
    Breaking,
}

/// In which direction the changed part travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// In none: it is a part of the document that no message carries.
    Structure,
    /// From the client to the server.
    Request,
    /// From the server to the client, as an answer.
    Response,
    /// From the server to the client, as an event.
    Webhook,
}

/// The part of the crate's version that has to grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// There is nothing to release.
    None,
    /// The API is as it was.
    Patch,
    /// There is more of it.
    Minor,
    /// Code has to be changed.
    Major,
    /// Not known: from one of the two documents, no code can be generated.
    Unknown,
}

/// One difference, or several identical ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Id of the rule that judges it.
    pub rule: &'static str,
    /// Names it, whatever else changes: 12 hexadecimal digits.
    pub fingerprint: String,
    /// What it does to clients that were compiled from BASE.
    pub wire: Wire,
    /// What it does to the client's public API.
    pub rust: Rust,
    /// What it does to a client that is generated again, from HEAD; null where none can be.
    #[serde(rename = "wire_after")]
    pub after: Option<Wire>,
    /// The correction that keeps a client that is generated again from reading HEAD's server, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<String>,
    /// The rule that judges it for the client, where that is another: the client's document says otherwise than BASE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_rule: Option<&'static str>,
    /// Whether it is a matter of text alone.
    pub doc: bool,
    /// JSON pointer: into HEAD where the place is there, else into BASE.
    pub pointer: String,
    /// The operations it reaches: `GET /path`, or `webhook NAME`.
    pub operations: Vec<String>,
    /// In which direction the changed part travels.
    pub direction: Direction,
    /// What changed, for people.
    pub message: String,
    /// What BASE has; null where it has nothing.
    pub before: Value,
    /// What HEAD has; null where it has nothing.
    #[serde(rename = "after")]
    pub after_value: Value,
    /// Our public symbols that it touches.
    pub symbols: Vec<String>,
    /// How many identical changes this stands for.
    pub count: usize,
    /// Where they all are, if there is more than one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// Why we accept it, if we do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// The resource under which it is shown: the tag of the operations it reaches, if they share one.
    #[serde(skip)]
    pub resource: String,
    /// The place in BASE.
    #[serde(skip)]
    pub base_pointer: Option<String>,
    /// The place in HEAD.
    #[serde(skip)]
    pub head_pointer: Option<String>,
    /// Whether its places are in the documents that the clients are generated from, and not in the declared ones.
    #[serde(skip)]
    pub is_of_client: bool,
    /// The place without positions in lists: what a fingerprint can rely on.
    #[serde(skip)]
    pub key: String,
}

impl Change {
    /// A change that is nowhere and reaches nothing, until more is said of it.
    pub fn of(rule: &'static Rule, direction: Direction, key: String, message: String) -> Self {
        Self {
            rule: rule.id,
            fingerprint: String::new(),
            wire: rule.wire,
            rust: Rust::None,
            after: None,
            correction: None,
            client_rule: None,
            doc: rule.doc,
            pointer: String::new(),
            operations: Vec::new(),
            direction,
            message,
            before: Value::Null,
            after_value: Value::Null,
            symbols: Vec::new(),
            count: 1,
            places: Vec::new(),
            accepted: None,
            resource: String::new(),
            base_pointer: None,
            head_pointer: None,
            is_of_client: false,
            key,
        }
    }
}

/// One of the two documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Where it came from.
    pub source: String,
    /// Its release.
    pub version: String,
}

/// How many changes have which verdict on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Changes that break clients.
    pub breaking: usize,
    /// Changes that may.
    pub risky: usize,
    /// Changes that do not.
    pub safe: usize,
}

/// How many changes have which verdict on the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RustCounts {
    /// Changes that break code.
    pub breaking: usize,
    /// Changes that add to the API.
    pub additive: usize,
    /// Changes that leave it as it is.
    pub none: usize,
    /// Changes of which it is not known.
    pub unknown: usize,
}

/// The worst of all changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// On the wire.
    pub wire: Wire,
    /// In our public API.
    pub rust: Rust,
    /// On the wire, for a client that is generated again.
    #[serde(rename = "wire_after")]
    pub after: Wire,
    /// Whether any text changed.
    pub doc: bool,
    /// The suggested bump of the version.
    pub bump: Bump,
    /// The version that is bumped, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How many there are, by what they do on the wire.
    pub counts: Counts,
    /// How many there are, by what they do to the code.
    pub rust_counts: RustCounts,
}

/// All differences of two documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Version of this form.
    pub schema_version: u32,
    /// The name of the API.
    pub title: String,
    /// The older document.
    pub base: Side,
    /// The newer document.
    pub head: Side,
    /// The worst of it.
    pub summary: Summary,
    /// The differences, worst first.
    pub changes: Vec<Change>,
    /// Operations of HEAD that no overlay describes yet.
    pub new_without_overlay: Vec<String>,
    /// What has become of each entry of the accepted changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Entry>,
}
