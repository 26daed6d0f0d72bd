//! What can be said of a schema only when all of it was read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Notes, Others, Shape};
use crate::literal;

impl<'a> Shape<'a> {
    /// Draws the conclusions.
    pub(super) fn settle(&mut self, notes: &mut Notes<'a>) {
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
