//! The members of two objects.

use serde_json::{Value, json};

use super::{Edit, Here, Place, Walk, fact, schemas::names};
use crate::{
    model::Direction,
    rules::{Carrier, InSchema, Other},
    shape::{self, Others, Shape, Spot},
};

impl<'a> Walk<'a> {
    pub(super) fn properties(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) {
        for name in names(base.properties.keys(), head.properties.keys()) {
            match (base.properties.get(name), head.properties.get(name)) {
                (Some(from), Some(to)) => {
                    let place = self.child(here, from, to, &format!("properties/{name}"));
                    let is_optional = !base.required.contains(name);
                    // What is write-only is not in an answer, whatever it is.
                    let is_hidden = || shape::read(&self.head, to.clone()).notes.access[1];
                    let is_fitting = here.is_fitting || here.carrier == Carrier::Response && is_hidden();
                    let spots = [from.clone(), to.clone()];
                    self.schema(
                        &Here { place, spots, is_optional, is_fitting, ..here.clone() },
                        from.clone(),
                        to.clone(),
                    );
                }
                (Some(from), None) => self.property_removed(here, base, head, name, from.clone()),
                (None, Some(to)) => self.property_added(here, base, head, name, to.clone()),
                (None, None) => {}
            }
        }
        for name in names(base.required.iter(), head.required.iter()) {
            let is_added_or_removed = base.properties.contains_key(name) != head.properties.contains_key(name);
            if is_added_or_removed || base.required.contains(name) == head.required.contains(name) {
                continue;
            }
            let (from, to) = (base.properties.get(name).cloned(), head.properties.get(name).cloned());
            let place = match (&from, &to) {
                (Some(from), Some(to)) => self.child(here, from, to, &format!("properties/{name}")),
                _ => here.place.clone(),
            };
            let place = Place { key: format!("{}/required:{name}", place.key), ..place };
            let kind = if head.required.contains(name) {
                InSchema::PropertyBecameRequired
            } else if from.is_some_and(|from| shape::is_nullable(&self.base, from)) {
                InSchema::NullablePropertyBecameOptional
            } else {
                InSchema::PropertyBecameOptional
            };
            let message = match kind {
                InSchema::PropertyBecameRequired => format!("`{name}` is now required"),
                _ => format!("`{name}` is now optional"),
            };
            let edit = Edit::new(base.required.contains(name).into(), head.required.contains(name).into(), message);
            self.at_schema(here, kind, place, edit);
        }
    }

    fn property_removed(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>, name: &str, from: Spot<'a>) {
        let mut place = self.child(here, &from, &from, &format!("properties/{name}"));
        place.head = None;
        let edit = Edit::new(fact(from.value), Value::Null, format!("the property `{name}` was removed"));
        if here.carrier == Carrier::Request && matches!(head.others, Others::None) {
            return self.other(Some(here.node), Direction::Request, Other::PropertyRefused, place, edit);
        }
        let kind = if !base.required.contains(name) || shape::is_nullable(&self.base, from) {
            InSchema::OptionalPropertyRemoved
        } else {
            InSchema::PropertyRemoved
        };
        self.at_schema(here, kind, place, edit);
    }

    fn property_added(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>, name: &str, to: Spot<'a>) {
        let is_closed = !matches!(base.others, Others::Any);
        let is_required = head.required.contains(name);
        let kind = match (is_closed, is_required) {
            (true, true) if here.carrier == Carrier::Request => InSchema::RequiredPropertyAdded,
            (true, _) => InSchema::PropertyAddedToClosed,
            (false, true) => InSchema::RequiredPropertyAdded,
            (false, false) => InSchema::PropertyAdded,
        };
        let mut place = self.child(here, &to, &to, &format!("properties/{name}"));
        place.base = None;
        let word = if is_required { "required" } else { "optional" };
        let edit = Edit::new(Value::Null, fact(to.value), format!("the {word} property `{name}` was added"));
        self.at_schema(here, kind, place, edit);
    }

    pub(super) fn others(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) {
        let rank = |others: &Others<'_>| match others {
            Others::None => 0,
            Others::Of(_) => 1,
            Others::Any => 2,
        };
        let shown = |others: &Others<'a>| match others {
            Others::None => json!(false),
            Others::Of(schema) => fact(schema.value),
            Others::Any => json!(true),
        };
        if let (Others::Of(from), Others::Of(to)) = (&base.others, &head.others) {
            let place = self.child(here, from, to, "additionalProperties");
            return self.schema(
                &Here { place, spots: [from.clone(), to.clone()], is_optional: false, ..here.clone() },
                from.clone(),
                to.clone(),
            );
        }
        // `additionalProperties` knows the properties beside it, and none of an `allOf`.
        let has_properties = here.spots[1].value.get("properties").is_some()
            || here.spots[1].value.get("additionalProperties").is_none();
        let is_of_declared = matches!(base.others, Others::Any) && !base.properties.is_empty() && has_properties;
        let (kind, message) = match rank(&base.others).cmp(&rank(&head.others)) {
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Less => (InSchema::OthersAllowed, "further members are allowed now"),
            std::cmp::Ordering::Greater if is_of_declared => {
                (InSchema::UndeclaredRefused, "no further members are allowed now")
            }
            std::cmp::Ordering::Greater => (InSchema::OthersRestricted, "no further members are allowed now"),
        };
        self.in_schema(
            here,
            kind,
            "/additionalProperties",
            Edit::new(shown(&base.others), shown(&head.others), message),
        );
    }
}
