//! How a document becomes a client, and how that client behaves.

use std::{borrow::Cow, collections::BTreeMap};

use heck::ToUpperCamelCase as _;
use serde_json::Value;

use crate::{document::Operation, model::Wire, symbols::Table};

/// The reason why no client can be generated from a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

/// What a client is generated from.
pub struct Finished<'d> {
    /// The document, as the generator gets it.
    pub document: Cow<'d, Value>,
    /// Labels of operations that no correction describes yet.
    pub uncurated: Vec<String>,
    /// Whether a client was generated from this very document. Otherwise it was made for the comparison, with corrections
    /// that may be newer than the release.
    pub is_released: bool,
}

/// How a generated client treats what it reads and what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Whether an object of which nothing is declared is open JSON, which may be anything.
    pub open_objects: bool,
    /// Whether every enum of strings that the server sends is open, so that unknown values are kept. Otherwise only those
    /// are that say so by `x-extensible-enum`.
    pub open_enums: bool,
    /// Whether a string constant (an enum of one value) that the server sends is read as any string.
    pub open_constants: bool,
    /// Whether a property that may be absent may be null as well, whatever its type. Otherwise a list and a map may not.
    pub optional_is_nullable: bool,
    /// Whether null is read as an empty map where a map of integers has to be.
    pub null_is_empty_integer_map: bool,
    /// Whether lengths and patterns of strings are checked when an answer is read.
    pub checks_strings: bool,
    /// Whether an answer without a body is read as null, and bare text as a JSON string.
    pub adapts_bodies: bool,
}

impl Client {
    /// The client as upstream declares it: of a document that was not prepared for the generator.
    pub const DECLARED: Self = Self {
        open_objects: true,
        open_enums: true,
        open_constants: true,
        optional_is_nullable: true,
        null_is_empty_integer_map: true,
        checks_strings: false,
        adapts_bodies: true,
    };

    /// A client that progenitor generates by itself.
    pub const PROGENITOR: Self = Self {
        open_objects: false,
        open_enums: false,
        open_constants: false,
        optional_is_nullable: false,
        null_is_empty_integer_map: false,
        checks_strings: true,
        adapts_bodies: false,
    };
}

/// How a document becomes a client.
///
/// The paths of symbols are those of the client's crate, without its name: `types::Thing::id`, `builder::ListThings`.
pub trait Profile: Sync {
    /// Returns the name of the API, where it is not the title of the document.
    fn title(&self) -> Option<&str> {
        None
    }

    /// Returns the version of the client's crate, where it is known.
    fn version(&self) -> Option<String> {
        None
    }

    /// Returns the verdict on the wire of a rule, if it is another for this client than the table of rules says.
    fn wire_of_rule(&self, _: &str) -> Option<Wire> {
        None
    }

    /// Returns how the client behaves that is generated from a finished document.
    fn client(&self) -> Client;

    /// Returns how the client behaves, as far as a declared document tells.
    fn declared_client(&self) -> Client {
        Client::DECLARED
    }

    /// Returns whether a document is one that a client is generated from, and not one that a server declares.
    fn is_finished(&self, document: &Value) -> bool;

    /// Makes a finished document of a declared one, corrections included. It is borrowed if it is the declared one, as a whole.
    ///
    /// # Errors
    ///
    /// The document cannot be imported.
    fn finish<'d>(&self, declared: &'d Value) -> Result<Finished<'d>, Refused>;

    /// Makes a finished document of a declared one, without any correction of what the server declares. It is borrowed if it
    /// is the declared one, as a whole.
    ///
    /// # Errors
    ///
    /// The document cannot be imported.
    fn finish_uncorrected<'d>(&self, declared: &'d Value) -> Result<Cow<'d, Value>, Refused>;

    /// Returns whether there is any correction of what a server declares. Where there is none, [`finish`](Self::finish) and
    /// [`finish_uncorrected`](Self::finish_uncorrected) make the same document.
    fn has_corrections(&self) -> bool {
        true
    }

    /// Generates a client from a finished document, and returns its public symbols. The document can be dropped as soon as it
    /// was read: the generator needs much more memory.
    ///
    /// # Errors
    ///
    /// The document cannot be generated from.
    fn generate(&self, finished: Cow<'_, Value>) -> Result<Table, Refused>;

    /// Returns the names that schemas of a declared document have in the finished one, where they are others.
    fn schema_names(&self, declared: &Value) -> BTreeMap<String, String>;

    /// Returns the correction that changes what is declared at each of these places of the finished document, if any.
    fn corrections(&self, declared: &Value, pointers: &[String]) -> Vec<Option<String>>;

    /// Returns a text that is the same for two profiles that correct documents alike.
    fn corrections_id(&self) -> String;

    /// Returns the symbol of an operation's builder, if operations have builders.
    fn builder(&self, operation: &Operation<'_>) -> Option<String> {
        Some(format!("builder::{}", operation.id().to_upper_camel_case()))
    }

    /// Returns the symbols that begin an operation, and take no argument of it.
    fn methods(&self, operation: &Operation<'_>) -> Vec<String>;

    /// Returns the symbols that take arguments of an operation, or send it.
    fn methods_with_arguments(&self, operation: &Operation<'_>) -> Vec<String>;

    /// Returns the symbols that depend on a parameter or property of the body, beside its setter.
    fn symbols_of_parameter(&self, _: &Operation<'_>, _: &str) -> Vec<String> {
        Vec::new()
    }
}
