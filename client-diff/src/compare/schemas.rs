//! Two schemas: what they refer to, what is said about their place, and in which order the rest is compared.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::{Value, json};

use super::{Edit, Here, Place, Walk, value, values::types};
use crate::{
    facts, literal,
    model::Direction,
    rules::{Carrier, InSchema, Other, Wording},
    shape::{self, Body, Notes, Others, Shape, Spot},
};

/// A schema that takes anything.
pub(super) static ANY: LazyLock<Value> = LazyLock::new(|| json!({}));

/// Returns a pointer without positions in an `allOf`, which are spelling.
pub(super) fn stable(pointer: &str) -> String {
    let mut tokens = pointer.split('/').peekable();
    let mut stable = Vec::new();
    while let Some(token) = tokens.next() {
        let is_position = |next: &&str| next.bytes().all(|byte| byte.is_ascii_digit());
        if token == "allOf" && tokens.peek().is_some_and(is_position) {
            tokens.next();
        } else {
            stable.push(token);
        }
    }
    stable.join("/")
}

impl<'a> Walk<'a> {
    /// Compares what stands at a place.
    pub(super) fn schema(&mut self, here: &Here<'a>, base: Spot<'a>, head: Spot<'a>) {
        // What refers to others may lead to what differs.
        if base.value == head.value && !refers(base.value) {
            return;
        }
        let (b, h) = (shape::read(&self.base, base), shape::read(&self.head, head));
        if let (Body::Named(from), Body::Named(to)) = (&b.body, &h.body) {
            if !self.renames.are_one(&from.pointer, &to.pointer) {
                let message = format!("it refers to `{}` instead of `{}`", name_of(to), name_of(from));
                let edit = Edit::new(name_of(from).into(), name_of(to).into(), message);
                self.in_schema(here, InSchema::ReferenceChanged, "/$ref", edit);
            }
            let (from, to) = (from.clone(), to.clone());
            if b.notes.nullable != h.notes.nullable {
                let before = b.notes.nullable || shape::is_nullable(&self.base, from.clone());
                let after = h.notes.nullable || shape::is_nullable(&self.head, to.clone());
                self.nullability(here, before, after);
            }
            self.notes(here, &b.notes, &h.notes);
            // Where the place itself takes null, it does not matter whether the schema does.
            let is_flagged = if here.carrier == Carrier::Request { h.notes.nullable } else { b.notes.nullable };
            let takes_null = self.takes_null(here) || is_flagged;
            self.pair(here, from, to, takes_null);
            return;
        }
        let ((b_notes, b), (h_notes, h)) = (b.whole(&self.base), h.whole(&self.head));
        if !b.is_open(&self.base) && !h.is_open(&self.head) {
            self.nullability(here, b_notes.nullable, h_notes.nullable);
        }
        self.notes(here, &b_notes, &h_notes);
        self.shapes(here, &b, &h);
    }

    /// Remembers that a place refers to a pair of schemas, which is compared once.
    fn pair(&mut self, here: &Here<'a>, base: Spot<'a>, head: Spot<'a>, takes_null: bool) {
        let id = (base.pointer.clone(), head.pointer.clone(), here.carrier, here.is_text);
        let node = match self.pairs.get(&id) {
            Some(node) => *node,
            None => {
                let node = self.node(None, false);
                self.pairs.insert(id, node);
                let mut key = stable(&head.pointer);
                if !self.renames.are_one(&base.pointer, &head.pointer) {
                    key = format!("{} -> {key}", stable(&base.pointer));
                }
                let place = Place::both(&base.pointer, &head.pointer, key);
                let whole = Here { is_text: here.is_text, ..Here::at(place, [&base, &head], node, here.carrier) };
                self.open.push_back((whole, base, head));
                node
            }
        };
        *self.takes_null.entry(node).or_insert(true) &= takes_null;
        let parents = &mut self.nodes[node].parents;
        if parents.last() != Some(&here.node) && node != here.node {
            parents.push(here.node);
        }
    }

    /// Compares the pairs that were reached.
    pub(super) fn finish_pairs(&mut self) {
        while let Some((here, base, head)) = self.open.pop_front() {
            self.schema(&here, base, head);
        }
    }

    /// Judges the nullability of pairs of schemas, now that it is known where they are used.
    pub(super) fn finish_nullable_pairs(&mut self) {
        for (here, before, after) in std::mem::take(&mut self.nullable) {
            let takes_null = self.takes_null.get(&here.node).copied().unwrap_or_default();
            self.became_nullable(&Here { is_optional: takes_null, ..here }, before, after, takes_null);
        }
    }

    /// Judges the changes of pairs of schemas that depend on whether null is taken wherever the pair is used.
    pub(super) fn finish_undecided_changes(&mut self) {
        for (here, kind, place, edit) in std::mem::take(&mut self.undecided) {
            let is_optional = self.takes_null.get(&here.node).copied().unwrap_or_default();
            self.judge(&Here { is_optional, ..here }, kind, place, edit);
        }
    }

    /// Returns whether a place is a pair of schemas with a name, which is compared once for all that lead there.
    pub(super) fn is_whole_pair(&self, here: &Here<'a>) -> bool {
        let is_whole =
            |spot: &Spot<'a>| spot.pointer.strip_prefix("/components/schemas/").is_some_and(|name| !name.contains('/'));
        here.carrier != Carrier::Nobody && here.spots.iter().all(is_whole)
    }

    /// Returns whether null at a place is as if nothing were there, for the client.
    pub(super) fn takes_null(&self, here: &Here<'a>) -> bool {
        let is_collection = || {
            let (_, shape) = shape::read(&self.base, here.spots[0].clone()).whole(&self.base);
            shape.types.contains("array") || !matches!(shape.others, Others::Any)
        };
        let is_read = here.carrier == Carrier::Request || self.base.client.optional_is_nullable;
        here.is_optional && (is_read || !is_collection())
    }

    fn nullability(&mut self, here: &Here<'a>, before: bool, after: bool) {
        if before == after {
            return;
        }
        if self.is_whole_pair(here) {
            self.nullable.push((here.clone(), before, after));
        } else {
            self.became_nullable(here, before, after, self.takes_null(here));
        }
    }

    fn became_nullable(&mut self, here: &Here<'a>, before: bool, after: bool, takes_null: bool) {
        let (kind, message) = match (before, after, takes_null) {
            (false, true, false) => (InSchema::BecameNullable, "it can be null"),
            (false, true, true) => (InSchema::OptionalBecameNullable, "it can be null as well as absent"),
            (true, false, false) => (InSchema::BecameNotNullable, "it is no longer null"),
            (true, false, true) => (InSchema::OptionalBecameNotNullable, "it can be absent, and is no longer null"),
            _ => return,
        };
        self.in_schema(here, kind, "/nullable", Edit::new(before.into(), after.into(), message));
    }

    fn notes(&mut self, here: &Here<'a>, base: &Notes<'a>, head: &Notes<'a>) {
        if base.deprecated != head.deprecated {
            let (kind, message) = if head.deprecated {
                (InSchema::Deprecated, "it is deprecated")
            } else {
                (InSchema::Undeprecated, "it is no longer deprecated")
            };
            self.in_schema(
                here,
                kind,
                "/deprecated",
                Edit::new(base.deprecated.into(), head.deprecated.into(), message),
            );
        }
        for (i, keyword) in ["readOnly", "writeOnly"].into_iter().enumerate() {
            let (before, after) = (base.access[i], head.access[i]);
            if before != after {
                let message = format!("`{keyword}` is {after}");
                // What is write-only is not in an answer.
                let is_hidden = keyword == "writeOnly" && after && here.carrier == Carrier::Response;
                let is_needed = is_hidden && !here.is_optional && !base.nullable;
                let edit = Edit::new(before.into(), after.into(), message);
                if is_needed {
                    let place = Place { key: format!("{}/{keyword}", here.place.key), ..here.place.clone() };
                    let kind = Other::RequiredBecameWriteOnly;
                    self.other(Some(here.node), Direction::Response, kind, place, edit);
                } else {
                    self.in_schema(here, InSchema::AccessChanged, &format!("/{keyword}"), edit);
                }
            }
        }
        self.defaults(here, base.default, head.default);
        let node = Some(here.node);
        for keyword in names(base.texts.keys(), head.texts.keys()) {
            let (before, after) = (base.texts.get(keyword).copied(), head.texts.get(keyword).copied());
            if before.map(literal::text) != after.map(literal::text) {
                let edit = Edit::new(value(before), value(after), format!("the {keyword} changed"));
                self.text(node, Wording::Text, here.place.clone(), keyword, edit);
            }
        }
        for keyword in names(base.extensions.keys(), head.extensions.keys()) {
            let (before, after) = (base.extensions.get(keyword).copied(), head.extensions.get(keyword).copied());
            if before.map(literal::text) != after.map(literal::text) {
                let edit = Edit::new(value(before), value(after), format!("`{keyword}` changed"));
                self.in_schema(here, InSchema::Extension, &format!("/{keyword}"), edit);
            }
        }
    }

    pub(super) fn defaults(&mut self, here: &Here<'a>, before: Option<&Value>, after: Option<&Value>) {
        let written = if here.is_text { literal::plain } else { literal::text };
        if before.map(written) == after.map(written) {
            return;
        }
        let message = match (before, after) {
            (None, Some(after)) => format!("the default is now `{}`", literal::text(after)),
            (Some(_), None) => "the default was removed".to_owned(),
            _ => format!("the default is now `{}`", literal::text(after.unwrap_or(&Value::Null))),
        };
        let edit = Edit::new(value(before), value(after), message);
        let is_sample = !here.is_optional || [before, after].into_iter().flatten().any(facts::is_sample_text);
        if is_sample {
            self.text(Some(here.node), Wording::Sample, here.place.clone(), "default", edit);
        } else {
            self.in_schema(here, InSchema::DefaultChanged, "/default", edit);
        }
    }

    pub(super) fn shapes(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) {
        self.unknown(here, base, head);
        if !base.dangling.is_empty() || !head.dangling.is_empty() {
            return;
        }
        match (base.is_open(&self.base), head.is_open(&self.head)) {
            (true, true) => return,
            (true, false) => {
                let edit = Edit::new(Value::Null, types(head), "it is no longer open to any value");
                return self.in_schema(here, InSchema::TypeNarrowed, "/type", edit);
            }
            (false, true) => {
                let edit = Edit::new(types(base), Value::Null, "any value is allowed now");
                return self.in_schema(here, InSchema::TypeWidened, "/type", edit);
            }
            (false, false) => {}
        }
        if (base.choice.is_some() || head.choice.is_some()) && !self.choices(here, base, head) {
            return;
        }
        if !self.types(here, base, head) {
            return;
        }
        self.formats(here, base, head);
        self.values(here, base, head);
        self.bounds(here, base, head);
        self.properties(here, base, head);
        self.others(here, base, head);
        if base.items.is_some() || head.items.is_some() {
            let any = |at: &Option<String>| Spot { pointer: at.clone().unwrap_or_default() + "/items", value: &ANY };
            let from = base.items.clone().unwrap_or_else(|| any(&here.place.base));
            let to = head.items.clone().unwrap_or_else(|| any(&here.place.head));
            let place = self.child(here, &from, &to, "items");
            self.schema(
                &Here { place, spots: [from.clone(), to.clone()], is_optional: false, ..here.clone() },
                from,
                to,
            );
        }
    }

    /// Returns the place of a part of a schema: below it, or in the schema that declares the part.
    pub(super) fn child(&self, here: &Here<'a>, base: &Spot<'a>, head: &Spot<'a>, step: &str) -> Place {
        let is_below = here.place.head.as_ref().is_some_and(|parent| head.pointer.starts_with(parent.as_str()))
            || here.place.base.as_ref().is_some_and(|parent| base.pointer.starts_with(parent.as_str()));
        let key = if is_below { format!("{}/{step}", here.place.key) } else { stable(&head.pointer) };
        Place::both(&base.pointer, &head.pointer, key)
    }

    fn unknown(&mut self, here: &Here<'a>, base: &Shape<'a>, head: &Shape<'a>) {
        for keyword in names(base.unknown.keys(), head.unknown.keys()) {
            let (before, after) = (base.unknown.get(keyword).copied(), head.unknown.get(keyword).copied());
            if before.map(literal::text) != after.map(literal::text) {
                let message = format!("`{keyword}` changed, a keyword that this program does not know");
                let edit = Edit::new(value(before), value(after), message);
                self.in_schema(here, InSchema::Unclassified, &format!("/{keyword}"), edit);
            }
        }
        if base.dangling != head.dangling {
            let list = |references: &BTreeSet<&str>| {
                if references.is_empty() { Value::Null } else { json!(references.iter().collect::<Vec<_>>()) }
            };
            let edit = Edit::new(list(&base.dangling), list(&head.dangling), "a reference has no target");
            self.in_schema(here, InSchema::Unclassified, "/$ref", edit);
        }
    }
}

/// Returns whether a schema refers to another one.
fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.iter().any(|(keyword, value)| keyword == "$ref" || refers(value)),
        Value::Array(list) => list.iter().any(refers),
        _ => false,
    }
}

/// Returns the last token of a pointer, which is a schema's name.
pub(super) fn name_of<'s>(spot: &'s Spot<'_>) -> &'s str {
    spot.pointer.rsplit('/').next().unwrap_or_default()
}

/// Returns the names of both sides, in order.
pub(super) fn names<'n, 's: 'n>(
    base: impl Iterator<Item = &'n &'s str>,
    head: impl Iterator<Item = &'n &'s str>,
) -> BTreeSet<&'s str> {
    base.chain(head).copied().collect()
}
