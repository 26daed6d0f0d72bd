//! A schema in one spelling, whatever the spelling of its document.
//!
//! References beside annotations, an `allOf` of one, `null` as a type, as a branch, as a value or as a flag, `const`,
//! numeric and boolean exclusive bounds, types that go without saying: two schemas that differ in nothing else are equal.

mod merge;
mod notes;
mod schema;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use self::{
    notes::{Notes, TEXTS},
    schema::{Body, Schema, is_nullable, read},
};
use crate::{literal, profile::Client};

/// One of the two documents.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// All of it.
    pub root: &'a Value,
    /// How a client treats what it declares.
    pub client: Client,
}

/// A value, and where it stands.
#[derive(Clone)]
pub struct Spot<'a> {
    /// JSON pointer.
    pub pointer: String,
    /// What is there.
    pub value: &'a Value,
}

impl<'a> Spot<'a> {
    /// Returns a member of an object, or null.
    pub fn member(&self, name: &str) -> Self {
        Self { pointer: literal::below(&self.pointer, name), value: self.value.get(name).unwrap_or(&Value::Null) }
    }

    /// Returns the members of an object.
    pub fn members(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let pointer = self.pointer.clone();
        let members = self.value.as_object().into_iter().flatten();
        members.map(move |(name, value)| (name.as_str(), Self { pointer: literal::below(&pointer, name), value }))
    }

    /// Returns the elements of a list.
    pub fn elements(&self) -> impl Iterator<Item = Self> + use<'a> {
        let pointer = self.pointer.clone();
        let elements = self.value.as_array().into_iter().flatten().enumerate();
        elements.map(move |(i, value)| Self { pointer: format!("{pointer}/{i}"), value })
    }
}

impl<'a> Document<'a> {
    /// Returns the target of a local reference.
    fn target(&self, reference: &str) -> Option<Spot<'a>> {
        let pointer = reference.strip_prefix('#')?;
        Some(Spot { pointer: pointer.to_owned(), value: self.root.pointer(pointer)? })
    }

    /// Follows the references of a shared part (a parameter, a body, an answer). Returns `None` if one has no target.
    pub fn follow(&self, mut spot: Spot<'a>) -> Option<Spot<'a>> {
        const STEPS: usize = 16;
        for _ in 0..STEPS {
            let Some(reference) = spot.value.get("$ref").and_then(Value::as_str) else { return Some(spot) };
            spot = self.target(reference)?;
        }
        None
    }
}

/// Which members an object may have beside those that it names.
#[derive(Clone, Default)]
pub enum Others<'a> {
    /// Any.
    #[default]
    Any,
    /// Those of a schema.
    Of(Spot<'a>),
    /// None.
    None,
}

/// What a schema says itself, with all that it refers to in an `allOf`.
#[derive(Default, Clone)]
pub struct Shape<'a> {
    /// Types; any where there is none.
    pub types: BTreeSet<&'a str>,
    /// Whether its type is an object of which nothing is declared.
    pub is_bare_object: bool,
    /// Format.
    pub format: Option<&'a str>,
    /// Values, by their canonical text.
    pub values: Option<BTreeMap<String, &'a Value>>,
    /// Whether the values are merely those that are known.
    pub is_extensible: bool,
    /// Bounds that are numbers.
    pub bounds: BTreeMap<&'a str, f64>,
    /// Bounds that are not.
    pub patterns: BTreeMap<&'a str, &'a Value>,
    /// Members by name.
    pub properties: BTreeMap<&'a str, Spot<'a>>,
    /// Names of members that must be there.
    pub required: BTreeSet<&'a str>,
    /// Other members.
    pub others: Others<'a>,
    /// Elements.
    pub items: Option<Spot<'a>>,
    /// Branches of a choice.
    pub choices: Vec<Spot<'a>>,
    /// `oneOf` or `anyOf`.
    pub choice: Option<&'a str>,
    /// What tells the branches apart.
    pub discriminator: Option<&'a Value>,
    /// Keywords that this program does not know.
    pub unknown: BTreeMap<&'a str, &'a Value>,
    /// References without a target.
    pub dangling: BTreeSet<&'a str>,
}

impl Shape<'_> {
    /// Returns whether it takes any value.
    pub fn is_any(&self) -> bool {
        self.types.is_empty() && self.has_no_structure()
    }

    fn has_no_structure(&self) -> bool {
        self.values.is_none()
            && self.properties.is_empty()
            && self.required.is_empty()
            && matches!(self.others, Others::Any)
            && self.choices.is_empty()
            && self.items.is_none()
            && self.unknown.is_empty()
            && self.dangling.is_empty()
    }

    /// Returns whether nothing is known about the values: some servers declare what they have no type for as an object.
    pub fn is_open(&self, document: &Document<'_>) -> bool {
        let is_bare_object = document.client.open_objects && self.types.len() == 1 && self.types.contains("object");
        self.is_any() || is_bare_object && self.has_no_structure()
    }
}
