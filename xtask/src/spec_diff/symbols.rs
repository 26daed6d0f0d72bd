//! The public symbols that a document becomes: what people who use the client can name.
//!
//! Nothing is guessed: a document goes through the import and the generator, and what comes out is parsed and compared.
//! The paths are those of the crate `waha`, without its name: `types::MeInfo::lid`, `builder::ChatsList::limit`,
//! `resources::session::Chats::list`. The builders of single types (`types::builder`) say nothing that the fields of the
//! type do not say, and are left out.

mod causes;
mod compare;
mod places;
mod read;

use serde_json::Value;

pub use causes::attribute;
pub use compare::diff;

use self::{places::Places, read::Table};
use super::{Context, model::Rust};
use crate::{
    document::{self, operations},
    facts, lint, pipeline,
};

/// Why a document has no symbols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

/// The public symbols of one document.
pub struct Symbols {
    /// Labels of operations that no overlay describes.
    pub uncurated: Vec<String>,
    table: Table,
    /// Types that only the server makes, and those that only the client makes.
    directions: compare::Directions,
    places: Places,
}

/// What kind of thing a symbol is, which decides what a change of it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Struct,
    Enum,
    Alias,
    Field,
    Variant,
    Trait,
    Method,
    Builder,
    Setter,
    Send,
}

/// A thing with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Symbol {
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

/// Whether a document has been imported already: it is of OpenAPI 3.0, and names its operations as we do.
pub fn is_finished(doc: &Value) -> bool {
    let is_ours = |operation: document::Operation<'_>| {
        let tag = operation.value["tags"][0].as_str();
        tag.and_then(|tag| operation.id().strip_prefix(tag)).is_some_and(|action| action.starts_with('_'))
    };
    let is_v3_0 = doc["openapi"].as_str().is_some_and(|version| version.starts_with("3.0."));
    is_v3_0 && operations(doc).next().is_some() && operations(doc).all(is_ours)
}

/// Imports a document where that is needed, generates from it, and reads the result.
pub fn of_document(raw: &Value, context: &Context) -> Result<Symbols, Refused> {
    let (finished, uncurated) = if is_finished(raw) {
        (document::canonical(raw), Vec::new())
    } else {
        let facts = document::canonical(&facts::of(raw));
        let outcome = pipeline::run_leniently(&facts, &context.names, &context.overlays)
            .map_err(|error| Refused(format!("it cannot be imported: {error:#}")))?;
        (outcome.document, outcome.uncurated)
    };
    // The generator names no place, and does not end on some documents.
    if let Some(finding) = lint::lint_document(&finished).first() {
        return Err(Refused(format!("no code can be generated from it: {}: {}", finding.pointer, finding.problem)));
    }
    let generated = waha_codegen::generate(&finished.to_string(), waha_codegen::Options::default())
        .map_err(|error| Refused(format!("no code can be generated from it: {error}")))?;
    let table =
        read::table(&generated).map_err(|error| Refused(format!("the generated code does not parse: {error}")))?;
    let directions = compare::Directions::of(&table, &finished);
    Ok(Symbols { uncurated, places: Places::of(raw, &finished, &context.names, &table), directions, table })
}
