//! The public symbols that a document becomes: what people who use the client can name.
//!
//! A client is generated from each document, and its code is parsed and compared. The paths are
//! those of the client's crate, without its name: `types::MeInfo::lid`, `builder::ChatsList::limit`. The builders of single
//! types (`types::builder`) say nothing that the fields of the type do not say, and are left out.

mod causes;
mod compare;
pub(crate) mod generated;
mod places;
pub mod read;
mod signatures;

use serde_json::Value;

use std::collections::{BTreeMap, BTreeSet};

pub use causes::attribute;
pub use compare::diff;

use heck::ToUpperCamelCase as _;

use self::places::Places;
use crate::{
    document::schema_refs,
    model::Rust,
    profile::{Finished, Profile},
};

/// Symbols by their path, without the name of the crate.
pub type Table = BTreeMap<String, Symbol>;

/// The public symbols of one document.
pub struct Symbols {
    /// Labels of operations that no overlay describes.
    pub uncurated: Vec<String>,
    table: Table,
    /// Types that only the server makes, and those that only the client makes.
    directions: compare::Directions,
    places: Places,
    /// Types that a correction adds, and that nothing refers to: a client of this document never had them.
    phantoms: BTreeSet<String>,
}

/// What kind of thing a symbol is, which decides what a change of it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A struct.
    Struct,
    /// An enum.
    Enum,
    /// A type alias.
    Alias,
    /// A public field of a struct.
    Field,
    /// A variant of an enum.
    Variant,
    /// A trait that a type implements.
    Trait,
    /// A method, an associated function or a constant.
    Method,
    /// The builder of an operation.
    Builder,
    /// A method of a builder that sets a parameter, the body, or a property of the body.
    Setter,
    /// What a call returns.
    Send,
}

/// A thing with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    kind: Kind,
    /// Its type, as people write it; empty where it has none.
    shape: String,
    /// Whether others may list all its parts.
    is_exhaustive: bool,
    is_deprecated: bool,
}

/// A symbol that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolChange {
    /// Its path.
    pub path: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
    /// What that does to those who use it.
    pub verdict: Rust,
}

/// What is known of the symbols of a document before a client is generated from it.
pub struct Outline {
    uncurated: Vec<String>,
    places: Places,
    phantoms: BTreeSet<String>,
    /// Types that the server sends as events.
    events: BTreeSet<String>,
}

impl Outline {
    /// Reads a declared document, and the one that was finished from it.
    pub fn of(declared: &Value, finished: &Finished<'_>, profile: &dyn Profile) -> Self {
        let document = &finished.document;
        let events = schema_refs(&document["x-webhooks"]).into_iter().map(|name| name.to_upper_camel_case());
        Self {
            uncurated: finished.uncurated.clone(),
            places: Places::of(declared, document, profile),
            phantoms: if finished.is_released { BTreeSet::new() } else { phantoms(declared, document, profile) },
            events: events.collect(),
        }
    }

    /// Adds what was generated.
    pub fn with(self, table: Table) -> Symbols {
        Symbols {
            uncurated: self.uncurated,
            directions: compare::Directions::of(&table, self.events),
            places: self.places.with(&table),
            phantoms: self.phantoms,
            table,
        }
    }
}

/// Returns the types of schemas that no release declares and nothing refers to: a correction that is newer than the release
/// adds them.
fn phantoms(declared: &Value, finished: &Value, profile: &dyn Profile) -> BTreeSet<String> {
    let names = profile.schema_names(declared);
    let schemas = declared["components"]["schemas"].as_object().into_iter().flatten();
    let known: BTreeSet<&str> = schemas.map(|(name, _)| names.get(name).unwrap_or(name).as_str()).collect();
    let all = finished["components"]["schemas"].as_object();
    let mut reached = BTreeSet::new();
    let sections = ["paths", "webhooks", "x-webhooks"];
    let mut open: Vec<&str> = sections.into_iter().flat_map(|section| schema_refs(&finished[section])).collect();
    open.extend(known.iter().copied());
    while let Some(name) = open.pop() {
        if reached.insert(name)
            && let Some(schema) = all.and_then(|all| all.get(name))
        {
            open.extend(schema_refs(schema));
        }
    }
    let all = all.into_iter().flatten().map(|(name, _)| name.as_str());
    all.filter(|name| !reached.contains(name)).map(|name| name.to_upper_camel_case()).collect()
}
