//! A schema in one spelling, whatever the spelling of its document.
//!
//! References beside annotations, an `allOf` of one, `null` as a type, as a branch, as a value or as a flag, `const`,
//! numeric and boolean exclusive bounds, types that go without saying: two schemas that differ in nothing else are equal.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::literal;
use crate::{openapi31::is_null, profile::Client};

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

/// What is said about a place, and not about the values that it takes.
#[derive(Default)]
pub struct Notes<'a> {
    /// Whether it may be null.
    pub nullable: bool,
    /// What it means to leave it out.
    pub default: Option<&'a Value>,
    /// Whether it is to be used no more.
    pub deprecated: bool,
    /// `readOnly`, `writeOnly`.
    pub access: [bool; 2],
    /// Texts for people.
    pub texts: BTreeMap<&'a str, &'a Value>,
    /// Extensions of somebody.
    pub extensions: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Notes<'a> {
    /// Takes a keyword, and returns whether it is one about a place.
    fn take(&mut self, keyword: &'a str, value: &'a Value) -> bool {
        match keyword {
            "nullable" => self.nullable |= value == true,
            "deprecated" => self.deprecated |= value == true,
            "readOnly" => self.access[0] |= value == true,
            "writeOnly" => self.access[1] |= value == true,
            "default" => {
                self.default = self.default.or(Some(value).filter(|value| !value.is_null()));
            }
            text if TEXTS.contains(&text) => {
                self.texts.entry(text).or_insert(value);
            }
            "x-extensible-enum" => return false,
            extension if extension.starts_with("x-") => {
                self.extensions.entry(extension).or_insert(value);
            }
            // A flag of the property, which its object has collected.
            "required" if value.is_boolean() => {}
            _ => return false,
        }
        true
    }

    fn join(&mut self, inner: Self) {
        self.nullable |= inner.nullable;
        self.deprecated |= inner.deprecated;
        self.access = [self.access[0] || inner.access[0], self.access[1] || inner.access[1]];
        self.default = self.default.or(inner.default);
        for (keyword, text) in inner.texts {
            self.texts.entry(keyword).or_insert(text);
        }
        for (keyword, value) in inner.extensions {
            self.extensions.entry(keyword).or_insert(value);
        }
    }
}

/// Keywords that only people read.
pub const TEXTS: [&str; 8] =
    ["description", "summary", "title", "example", "examples", "externalDocs", "$comment", "xml"];

/// A schema, as it stands at a place.
pub struct Schema<'a> {
    /// What is said about the place.
    pub notes: Notes<'a>,
    /// What it takes.
    pub body: Body<'a>,
}

/// What a schema takes.
pub enum Body<'a> {
    /// What another schema says.
    Named(Spot<'a>),
    /// What it says itself.
    Shape(Box<Shape<'a>>),
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

/// Reads the schema at a place, references left as they are.
pub fn read<'a>(document: &Document<'a>, mut spot: Spot<'a>) -> Schema<'a> {
    let mut notes = Notes::default();
    while let Some(object) = spot.value.as_object() {
        let mut here = Notes::default();
        let says: Vec<&str> = object
            .iter()
            .filter(|(keyword, value)| !here.take(keyword, value))
            .map(|(keyword, _)| keyword.as_str())
            .collect();
        let Some(inner) = only_reference(document, &spot, object, &says, &mut here) else { break };
        notes.join(here);
        match inner {
            Inner::Named(target) => return Schema { notes, body: Body::Named(target) },
            Inner::At(inner) => spot = inner,
        }
    }
    let (inner, shape) = merge(document, spot);
    notes.join(inner);
    Schema { notes, body: Body::Shape(Box::new(shape)) }
}

/// What a schema leads to that says nothing itself.
enum Inner<'a> {
    Named(Spot<'a>),
    At(Spot<'a>),
}

fn only_reference<'a>(
    document: &Document<'a>,
    spot: &Spot<'a>,
    object: &'a Map<String, Value>,
    says: &[&str],
    notes: &mut Notes<'a>,
) -> Option<Inner<'a>> {
    // A type beside a reference repeats that of its target.
    let says: Vec<&str> = says.iter().copied().filter(|keyword| *keyword != "type").collect();
    let [keyword] = says.as_slice() else { return None };
    let is_alone = !object.contains_key("type");
    match *keyword {
        "$ref" => document.target(object["$ref"].as_str()?).map(Inner::Named),
        "allOf" => {
            let mut all = spot.member("allOf").elements();
            let (one, None) = (all.next()?, all.next()) else { return None };
            (is_alone || one.value.get("$ref").is_some()).then_some(Inner::At(one))
        }
        choice @ ("oneOf" | "anyOf") if is_alone => {
            let all = spot.member(choice).elements();
            let (null, mut others): (Vec<_>, Vec<_>) = all.partition(|branch| is_null(branch.value));
            let one = others.pop().filter(|_| others.is_empty())?;
            notes.nullable |= !null.is_empty();
            Some(Inner::At(one))
        }
        _ => None,
    }
}

impl<'a> Schema<'a> {
    /// Returns it with what it refers to.
    pub fn whole(self, document: &Document<'a>) -> (Notes<'a>, Shape<'a>) {
        match self.body {
            Body::Shape(shape) => (self.notes, *shape),
            Body::Named(target) => {
                let (inner, shape) = merge(document, target);
                let mut notes = self.notes;
                notes.join(inner);
                (notes, shape)
            }
        }
    }
}

/// Returns whether the value at a place may be null.
pub fn is_nullable<'a>(document: &Document<'a>, spot: Spot<'a>) -> bool {
    let schema = read(document, spot);
    schema.notes.nullable || schema.whole(document).0.nullable
}

/// Puts together what a schema says, and what the parts of its `allOf` say. What is further out counts more.
fn merge<'a>(document: &Document<'a>, spot: Spot<'a>) -> (Notes<'a>, Shape<'a>) {
    let (mut notes, mut shape) = (Notes::default(), Shape::default());
    let mut seen = HashSet::new();
    let mut open = std::collections::VecDeque::from([spot]);
    while let Some(spot) = open.pop_front() {
        // A circle says nothing new.
        if !seen.insert(spot.pointer.clone()) {
            continue;
        }
        match spot.value {
            Value::Object(object) => {
                for (keyword, value) in object {
                    if !notes.take(keyword, value) {
                        let place = Spot { pointer: literal::below(&spot.pointer, keyword), value };
                        shape.take(document, keyword, place, object, &mut notes, &mut open);
                    }
                }
            }
            Value::Bool(false) => drop(shape.unknown.insert("false", spot.value)),
            _ => {}
        }
    }
    shape.settle(&mut notes);
    (notes, shape)
}

impl<'a> Shape<'a> {
    fn take(
        &mut self,
        document: &Document<'a>,
        keyword: &'a str,
        place: Spot<'a>,
        object: &'a Map<String, Value>,
        notes: &mut Notes<'a>,
        open: &mut std::collections::VecDeque<Spot<'a>>,
    ) {
        let value = place.value;
        match (keyword, value) {
            ("$ref", Value::String(reference)) => match document.target(reference) {
                Some(target) => open.push_back(target),
                None => drop(self.dangling.insert(reference)),
            },
            ("allOf", Value::Array(_)) => open.extend(place.elements()),
            ("oneOf" | "anyOf", Value::Array(_)) => {
                let (null, branches): (Vec<_>, Vec<_>) = place.elements().partition(|branch| is_null(branch.value));
                notes.nullable |= !null.is_empty();
                if branches.len() == 1 {
                    open.extend(branches);
                } else if self.choice.is_none() {
                    self.choice = Some(keyword);
                    self.choices = branches;
                } else {
                    self.unknown.insert(keyword, value);
                }
            }
            ("type", Value::String(name)) => {
                let declares = ["properties", "additionalProperties", "patternProperties", "required"];
                let is_bare = name == "object" && !declares.iter().any(|keyword| object.contains_key(*keyword));
                self.add_types([name.as_str()].into(), is_bare);
            }
            ("type", Value::Array(names)) => self.add_types(names.iter().filter_map(Value::as_str).collect(), false),
            ("format", Value::String(format)) => drop(self.format.get_or_insert(format)),
            ("const", value) => self.add_values(std::slice::from_ref(value), false, notes),
            ("enum", Value::Array(values)) => self.add_values(values, false, notes),
            ("x-extensible-enum", Value::Array(values)) => self.add_values(values, true, notes),
            ("properties", Value::Object(_)) => {
                for (name, property) in place.members() {
                    if property.value.get("required") == Some(&Value::Bool(true)) {
                        self.required.insert(name);
                    }
                    self.properties.entry(name).or_insert(property);
                }
            }
            ("required", Value::Array(names)) => self.required.extend(names.iter().filter_map(Value::as_str)),
            ("additionalProperties", Value::Bool(false)) => self.others = Others::None,
            ("additionalProperties", Value::Object(schema)) if !schema.is_empty() => self.others = Others::Of(place),
            ("additionalProperties", _) => {}
            ("items", Value::Object(_)) => drop(self.items.get_or_insert(place)),
            ("items", Value::Bool(true)) => {}
            ("discriminator", _) => self.discriminator = Some(value),
            ("uniqueItems", Value::Bool(unique)) => {
                if *unique {
                    self.patterns.insert(keyword, value);
                }
            }
            // The nearest one comes first; one more, of what it is composed of, has to match as well.
            ("pattern", _) if self.patterns.get("pattern").is_some_and(|nearest| *nearest != value) => {
                self.patterns.insert("allOf/pattern", value);
            }
            ("pattern", _) => drop(self.patterns.insert(keyword, value)),
            ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(is_exclusive)) => {
                let bound = if keyword == "exclusiveMinimum" { "minimum" } else { "maximum" };
                if let Some(value) = object.get(bound).and_then(Value::as_f64).filter(|_| *is_exclusive) {
                    self.bounds.insert(keyword, value);
                }
            }
            (bound, Value::Number(value)) if BOUNDS.contains(&bound) => {
                let says_nothing = bound.starts_with("min") && bound != "minimum" && value.as_f64() == Some(0.0);
                if !says_nothing {
                    self.add_bound(bound, value.as_f64());
                }
            }
            ("$schema" | "$id" | "$anchor" | "$defs" | "definitions", _) => {}
            _ => drop(self.unknown.insert(keyword, value)),
        }
    }

    /// Adds types: of several lists, only what is in all of them is allowed. An object of which nothing is declared is what
    /// is declared beside it.
    fn add_types(&mut self, mut new: BTreeSet<&'a str>, is_bare_object: bool) {
        let is_null = new.remove("null") | self.types.remove("null");
        if self.types.is_empty() || self.is_bare_object {
            self.types = new;
            self.is_bare_object = is_bare_object;
        } else if !is_bare_object && !new.is_empty() {
            let both = |kind: &&'a str| {
                let is_in =
                    |types: &BTreeSet<&str>| types.contains(kind) || *kind == "integer" && types.contains("number");
                is_in(&self.types) && is_in(&new)
            };
            let common: BTreeSet<&str> = self.types.union(&new).copied().filter(both).collect();
            self.types = if common.is_empty() { BTreeSet::from([NEVER]) } else { common };
        }
        if is_null {
            self.types.insert("null");
        }
    }

    /// Adds a list of values. Of several lists, only what is in all of them is allowed; a list that can be extended allows
    /// everything.
    fn add_values(&mut self, values: &'a [Value], is_extensible: bool, notes: &mut Notes<'a>) {
        notes.nullable |= values.iter().any(Value::is_null);
        // Some servers list the empty string for a choice of nothing.
        let values = values.iter().filter(|value| !value.is_null() && **value != "");
        let new: BTreeMap<String, &'a Value> = values.map(|value| (literal::text(value), value)).collect();
        match &mut self.values {
            Some(known) if is_extensible && self.is_extensible => known.extend(new),
            Some(_) if is_extensible => {}
            Some(known) if !self.is_extensible => known.retain(|text, _| new.contains_key(text)),
            values => {
                *values = Some(new);
                self.is_extensible = is_extensible;
            }
        }
    }

    /// Adds a bound: of several, the strictest counts.
    fn add_bound(&mut self, bound: &'a str, value: Option<f64>) {
        let Some(value) = value else { return };
        let known = self.bounds.entry(bound).or_insert(value);
        *known = if bound.to_ascii_lowercase().contains("min") { known.max(value) } else { known.min(value) };
    }

    /// What can only be said when everything was read.
    fn settle(&mut self, notes: &mut Notes<'a>) {
        if self.types.len() > 1 && self.types.remove("null") {
            notes.nullable = true;
        }
        // A choice of bare types is a list of types.
        let bare: Option<Vec<&str>> = self.choices.iter().map(|branch| bare_type(branch.value)).collect();
        if let Some(types) = bare.filter(|types| !types.is_empty() && self.types.is_empty()) {
            self.types.extend(types);
            self.choices.clear();
            self.choice = None;
        }
        for (exclusive, bound, is_stricter) in [
            ("exclusiveMinimum", "minimum", f64::ge as fn(&f64, &f64) -> bool),
            ("exclusiveMaximum", "maximum", f64::le),
        ] {
            if let (Some(value), Some(other)) = (self.bounds.get(exclusive), self.bounds.get(bound)) {
                let weaker = if is_stricter(value, other) { bound } else { exclusive };
                self.bounds.remove(weaker);
            }
        }
        if self.types.is_empty() && self.choices.is_empty() {
            if !self.properties.is_empty() || !matches!(self.others, Others::Any) {
                self.types.insert("object");
            } else if self.items.is_some() {
                self.types.insert("array");
            } else if let Some(values) = self.values.as_ref().filter(|values| !values.is_empty()) {
                self.types.extend(values.values().map(|value| literal::type_of(value)));
            }
        } else if self.types.len() == 1 && self.types.contains("object") && self.properties.is_empty() {
            // Some servers declare scalars as objects.
            let sample = self.values.as_ref().and_then(|values| values.values().next().copied()).or(notes.default);
            if let Some(kind) = sample.map(literal::type_of).filter(|kind| !["object", "array"].contains(kind)) {
                self.types = BTreeSet::from([kind]);
            }
        }
    }
}

/// Returns the type of a schema that says nothing else.
fn bare_type(schema: &Value) -> Option<&str> {
    let object = schema.as_object().filter(|object| object.len() == 1)?;
    object.get("type")?.as_str()
}

/// The type of a schema whose parts contradict each other: no value has it.
const NEVER: &str = "never";

/// Bounds that are numbers.
const BOUNDS: [&str; 11] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
];
