//! Choices (`oneOf`, `anyOf`): their branches have no names, and are paired by what they are.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Edit, Here, Walk, fact,
    schemas::{ANY, name_of},
    value,
    values::types,
};
use crate::{
    document::schema_name,
    literal,
    rules::InSchema,
    shape::{self, Body, Schema, Shape, Spot},
};

/// Returns a text that identifies a branch, in BASE or in HEAD.
type Key<'a> = fn(&Walk<'a>, &Spot<'a>, bool) -> Option<String>;

/// A branch: its name in messages, and where it is in BASE and in HEAD.
type Matched<'a> = (String, Option<Spot<'a>>, Option<Spot<'a>>);

impl<'a> Walk<'a> {
    /// Compares the branches, and returns whether there is anything beside them to compare.
    pub(super) fn choices(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) -> bool {
        // A schema that is no choice counts as one of a single branch.
        let whole = |pointer: &Option<String>, root: &'a Value| {
            let pointer = pointer.clone().unwrap_or_default();
            let value = root.pointer(&pointer).unwrap_or(&ANY);
            vec![Spot { pointer, value }]
        };
        let before = if base.choice.is_some() { base.choices.clone() } else { whole(&here.place.base, self.base.root) };
        let after = if head.choice.is_some() { head.choices.clone() } else { whole(&here.place.head, self.head.root) };
        let is_choice_on_both_sides = base.choice.is_some() && head.choice.is_some();
        let is_fitting = here.is_fitting || self.fits(here);
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for (label, from, to) in self.match_branches(before, after) {
            match (from, to) {
                (Some(from), Some(to)) if is_choice_on_both_sides => {
                    let place = self.child(here, &from, &to, &format!("choice:{label}"));
                    self.schema(
                        &Here {
                            place,
                            spots: [from.clone(), to.clone()],
                            is_optional: false,
                            is_fitting,
                            ..here.clone()
                        },
                        from,
                        to,
                    );
                }
                (Some(from), Some(to)) => {
                    let place = self.child(here, &from, &to, &format!("choice:{label}"));
                    let here = Here {
                        place,
                        spots: [from.clone(), to.clone()],
                        is_optional: false,
                        is_fitting,
                        ..here.clone()
                    };
                    // That the whole may be null is no matter of the branch.
                    let (_, from) = shape::read(&self.base, from).whole(&self.base);
                    let (_, to) = shape::read(&self.head, to).whole(&self.head);
                    if from.choice.is_none() && to.choice.is_none() {
                        self.shapes(&here, &from, &to);
                    }
                }
                (None, Some(to)) => added.push((label, to)),
                (Some(from), None) => removed.push((label, from)),
                (None, None) => {}
            }
        }
        for (label, to) in added {
            let edit = Edit::new(Value::Null, fact(to.value), format!("it can also be {label}"));
            self.in_schema(here, InSchema::ChoiceAdded, &format!("/choice:{label}"), edit);
        }
        for (label, from) in removed {
            let edit = Edit::new(fact(from.value), Value::Null, format!("it can no longer be {label}"));
            self.in_schema(here, InSchema::ChoiceRemoved, &format!("/choice:{label}"), edit);
        }
        if is_choice_on_both_sides && base.choice != head.choice {
            let name = |choice: Option<&str>| choice.map_or(Value::Null, Value::from);
            let message = format!("the choice is now `{}`", head.choice.unwrap_or_default());
            self.in_schema(
                here,
                InSchema::ChoiceKindChanged,
                "/choice",
                Edit::new(name(base.choice), name(head.choice), message),
            );
        }
        if base.discriminator.map(literal::text) != head.discriminator.map(literal::text) {
            let edit = Edit::new(value(base.discriminator), value(head.discriminator), "the discriminator changed");
            self.in_schema(here, InSchema::DiscriminatorChanged, "/discriminator", edit);
        }
        is_choice_on_both_sides
    }

    /// Pairs the branches: those of the same schema, of the same content, of the same type.
    fn match_branches(&self, before: Vec<Spot<'a>>, after: Vec<Spot<'a>>) -> Vec<Matched<'a>> {
        let mut after: Vec<Option<Spot<'a>>> = after.into_iter().map(Some).collect();
        let mut before: Vec<Option<Spot<'a>>> = before.into_iter().map(Some).collect();
        let mut matched = Vec::new();
        let keys: [Key<'a>; 3] =
            [Self::branch_name, |_, branch, _| Some(literal::text(&fact(branch.value))), Self::branch_type];
        for key in keys {
            let mut places: HashMap<String, Vec<usize>> = HashMap::new();
            for (i, branch) in after.iter().enumerate().rev() {
                if let Some(key) = branch.as_ref().and_then(|branch| key(self, branch, false)) {
                    places.entry(key).or_default().push(i);
                }
            }
            for slot in &mut before {
                let Some(place) = slot
                    .as_ref()
                    .and_then(|branch| key(self, branch, true))
                    .and_then(|key| places.get_mut(&key)?.pop())
                else {
                    continue;
                };
                let (from, to) = (slot.take(), after[place].take());
                matched.push((label(to.as_ref().or(from.as_ref())), from, to));
            }
        }
        matched.extend(before.into_iter().flatten().map(|from| (label(Some(&from)), Some(from), None)));
        matched.extend(after.into_iter().flatten().map(|to| (label(Some(&to)), None, Some(to))));
        matched
    }

    /// Returns the name of a branch's schema in HEAD.
    fn branch_name(&self, branch: &Spot<'a>, is_base: bool) -> Option<String> {
        let document = if is_base { &self.base } else { &self.head };
        let Schema { body: Body::Named(target), .. } = shape::read(document, branch.clone()) else { return None };
        let name = name_of(&target);
        Some(if is_base { self.renames.head_of(name).unwrap_or(name).to_owned() } else { name.to_owned() })
    }

    fn branch_type(&self, branch: &Spot<'a>, is_base: bool) -> Option<String> {
        let document = if is_base { &self.base } else { &self.head };
        match shape::read(document, branch.clone()).body {
            Body::Named(_) => None,
            Body::Shape(shape) => Some(types(&shape).to_string()),
        }
    }
}

/// Returns the name of a branch in messages.
fn label(branch: Option<&Spot<'_>>) -> String {
    let Some(branch) = branch else { return String::new() };
    let value = branch.value;
    let reference = value["$ref"].as_str().or_else(|| value["allOf"][0]["$ref"].as_str());
    match (reference.and_then(schema_name), value["type"].as_str()) {
        (Some(name), _) => format!("`{name}`"),
        (None, Some(kind)) if value.get("enum").is_none() && value.get("properties").is_none() => format!("`{kind}`"),
        _ => format!("`{}`", short(&literal::text(&fact(value)))),
    }
}

/// Returns the beginning of a text.
fn short(text: &str) -> String {
    const LENGTH: usize = 60;
    let mut short: String = text.chars().take(LENGTH).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    short
}
