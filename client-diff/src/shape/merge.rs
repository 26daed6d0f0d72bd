//! What a schema says itself, put together with what the parts of its `allOf` say.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet, VecDeque},
    slice,
};

use serde_json::{Map, Value};

use super::{Document, Notes, Others, Shape, Spot};
use crate::{literal, openapi31::is_null};

/// Puts together what a schema says, and what the parts of its `allOf` say. What is further out counts more.
pub(super) fn merge<'a>(document: &Document<'a>, spot: Spot<'a>) -> (Notes<'a>, Shape<'a>) {
    let (mut notes, mut shape) = (Notes::default(), Shape::default());
    let mut seen = HashSet::new();
    let mut open = VecDeque::from([spot]);
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
        open: &mut VecDeque<Spot<'a>>,
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
            ("const", value) => self.add_values(slice::from_ref(value), false, notes),
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
