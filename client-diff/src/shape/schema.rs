//! A schema at a place: what is said about the place, and what it takes, which another schema may say.

use serde_json::{Map, Value};

use super::{Document, Notes, Shape, Spot, merge::merge};
use crate::openapi31::is_null;

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
