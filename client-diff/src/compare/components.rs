//! The schemas of the documents: which are added, removed and renamed, and what refers to them.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Edit, Here, Place, Walk, fact,
    operations::operations,
    schemas::{name_of, stable},
};
use crate::{
    document::schema_refs,
    model::Direction,
    rules::{Carrier, Other},
    shape::Spot,
};

impl<'a> Walk<'a> {
    /// Compares the schemas: those that are added, removed and renamed, and those that no operation reaches.
    pub(super) fn components(&mut self) {
        let [base, head] = [&self.base, &self.head].map(|document| {
            Spot { pointer: String::new(), value: document.root }.member("components").member("schemas")
        });
        let (mut removed, mut new) = (Vec::new(), Vec::new());
        for (name, schema) in base.members() {
            let Some(called) = self.renames.head_of(name) else {
                removed.push((name, schema));
                continue;
            };
            let other = head.member(called);
            let place = Place::both(&schema.pointer, &other.pointer, stable(&other.pointer));
            let node = self.pair_of(&schema.pointer, &other.pointer);
            if called != name {
                let message = format!("the schema `{name}` was renamed to `{called}`");
                let edit = Edit::new(name.into(), called.into(), message);
                self.other(node, Direction::Structure, Other::SchemaRenamed, place.clone(), edit);
            }
            if node.is_none() {
                let node = self.node(None, false);
                self.pairs.insert((schema.pointer.clone(), other.pointer.clone(), Carrier::Nobody, false), node);
                let here = Here::at(place, [&schema, &other], node, Carrier::Nobody);
                self.open.push_back((here, schema, other));
            }
        }
        new.extend(head.members().filter(|(name, _)| !self.renames.has_base(name)));
        for (schemas, is_base) in [(removed, true), (new, false)] {
            let nodes = if schemas.is_empty() { HashMap::new() } else { self.referrers(is_base) };
            for (name, schema) in schemas {
                self.schema_added_or_removed(nodes.get(name).copied(), &schema, is_base);
            }
        }
    }

    /// Makes a node for each schema of one document, with the operations and schemas that refer to it as its parents.
    fn referrers(&mut self, is_base: bool) -> HashMap<&'a str, usize> {
        let document = if is_base { self.base } else { self.head };
        let schemas = document.root["components"]["schemas"].as_object();
        let nodes: HashMap<&'a str, usize> =
            schemas.into_iter().flatten().map(|(name, _)| (name.as_str(), self.node(None, false))).collect();
        let refer = |walk: &mut Self, from: usize, value: &Value| {
            for target in schema_refs(value).iter().filter_map(|name| nodes.get(*name)) {
                walk.nodes[*target].parents.push(from);
            }
        };
        for (name, schema) in schemas.into_iter().flatten() {
            refer(self, nodes[name.as_str()], schema);
        }
        for operation in operations(&document) {
            let from = self.node(Some(operation.label()), false);
            refer(self, from, operation.spot.value);
        }
        for section in ["webhooks", "x-webhooks"] {
            for (event, item) in document.root[section].as_object().into_iter().flatten() {
                let from = self.node(Some(format!("webhook {event}")), true);
                refer(self, from, item);
            }
        }
        nodes
    }

    fn schema_added_or_removed(&mut self, node: Option<usize>, schema: &Spot<'a>, is_removed: bool) {
        let name = name_of(schema);
        let key = stable(&schema.pointer);
        let (kind, place, edit) = if is_removed {
            let edit = Edit::new(fact(schema.value), Value::Null, format!("the schema `{name}` was removed"));
            (Other::SchemaRemoved, Place::base(&schema.pointer, key), edit)
        } else {
            let edit = Edit::new(Value::Null, fact(schema.value), format!("the schema `{name}` was added"));
            (Other::SchemaAdded, Place::head(&schema.pointer, key), edit)
        };
        self.other(node, Direction::Structure, kind, place, edit);
    }

    /// Returns the node of a pair, whatever carries it.
    fn pair_of(&self, base: &str, head: &str) -> Option<usize> {
        let carriers = [Carrier::Response, Carrier::Request, Carrier::Error, Carrier::Nobody];
        let node = |carrier: Carrier, is_text| self.pairs.get(&(base.to_owned(), head.to_owned(), carrier, is_text));
        carriers.into_iter().flat_map(|carrier| [node(carrier, false), node(carrier, true)]).flatten().copied().next()
    }
}
