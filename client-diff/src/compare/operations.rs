//! Operations: pairs those of both documents, and compares each pair.

use std::collections::HashMap;

use serde_json::Value;

use super::{Edit, Place, Walk};
use crate::{
    document::{METHODS, label, path_shape},
    facts, literal,
    model::Direction,
    rules::{self, Other, Wording},
    shape::{Document, Spot, TEXTS},
};

/// An operation of one document.
#[derive(Clone)]
pub(super) struct Operation<'a> {
    /// Its path, as the document has it.
    pub(super) path: &'a str,
    /// Its method.
    method: &'static str,
    /// Where it is.
    pub(super) spot: Spot<'a>,
    /// Parameters of its path.
    pub(super) shared: Spot<'a>,
    /// Servers of its path.
    servers: Spot<'a>,
}

impl<'a> Operation<'a> {
    /// Returns `GET /path`.
    pub(super) fn label(&self) -> String {
        label(self.path, self.method)
    }

    /// Returns its first tag.
    pub(super) fn tag(&self) -> &'a str {
        self.spot.value["tags"][0].as_str().unwrap_or_default()
    }

    /// Returns what a server tells operations apart by: the method, and the path without the names of its values.
    pub(super) fn address(&self) -> String {
        format!("{} {}", self.method, path_shape(self.path))
    }

    fn id(&self) -> &str {
        self.spot.value["operationId"].as_str().unwrap_or_default()
    }

    /// Returns its content without names and texts, or the empty string if many operations could have it.
    fn content(&self) -> String {
        let mut content = facts::of(self.spot.value);
        if let Value::Object(content) = &mut content {
            content.retain(|keyword, _| !["operationId", "tags"].contains(&keyword.as_str()));
        }
        let content = literal::text(&content);
        if content.contains("\"$ref\"") { format!("{} {content}", self.method) } else { String::new() }
    }
}

/// Returns the operations of a document.
pub(super) fn operations<'a>(document: &Document<'a>) -> Vec<Operation<'a>> {
    let paths = Spot { pointer: String::new(), value: document.root }.member("paths");
    let mut all = Vec::new();
    for (path, item) in paths.members() {
        let Some(item) = document.follow(item) else { continue };
        for method in METHODS {
            let spot = item.member(method);
            if spot.value.is_object() {
                all.push(Operation {
                    path,
                    method,
                    spot,
                    shared: item.member("parameters"),
                    servers: item.member("servers"),
                });
            }
        }
    }
    all
}

/// Pairs of operations, those that are removed, and those that are new.
type Pairs<'a> = (Vec<(Operation<'a>, Operation<'a>)>, Vec<Operation<'a>>, Vec<Operation<'a>>);

/// Pairs operations by address, then by id, then by content, if no other operation has it.
fn pair<'a>(base: Vec<Operation<'a>>, head: Vec<Operation<'a>>) -> Pairs<'a> {
    let keys: [fn(&Operation<'_>) -> String; 4] = [
        |operation| operation.label(),
        |operation| operation.address(),
        |operation| operation.id().to_owned(),
        |operation| operation.content(),
    ];
    let (mut pairs, mut base, mut head) = (Vec::new(), base, head);
    for key in keys {
        let unique = |operations: &[Operation<'a>]| {
            let mut by_key: HashMap<String, Option<usize>> = HashMap::new();
            for (i, operation) in operations.iter().enumerate() {
                by_key.entry(key(operation)).and_modify(|other| *other = None).or_insert(Some(i));
            }
            by_key
        };
        let (from, to) = (unique(&base), unique(&head));
        let mut matched: Vec<(usize, usize)> = from
            .iter()
            .filter(|(key, _)| !key.is_empty())
            .filter_map(|(key, from)| Some(((*from)?, (*to.get(key)?)?)))
            .collect();
        matched.sort_unstable();
        let (mut old, mut new): (Vec<_>, Vec<_>) =
            (base.into_iter().map(Some).collect(), head.into_iter().map(Some).collect());
        for (from, to) in matched {
            pairs.extend(old[from].take().zip(new[to].take()));
        }
        base = old.into_iter().flatten().collect();
        head = new.into_iter().flatten().collect();
    }
    (pairs, base, head)
}

impl<'a> Walk<'a> {
    /// Compares the operations.
    pub(super) fn operations(&mut self) {
        let (pairs, removed, new) = pair(operations(&self.base), operations(&self.head));
        for (base, head) in pairs {
            let node = self.node(Some(head.label()), false);
            self.operation(node, &base, &head);
        }
        for operation in removed {
            let node = self.node(Some(operation.label()), false);
            let place = Place::base(&operation.spot.pointer, operation.label());
            let edit = Edit::new(operation.label().into(), Value::Null, "the operation was removed");
            self.other(Some(node), Direction::Structure, Other::OperationRemoved, place, edit);
        }
        for operation in new {
            let node = self.node(Some(operation.label()), false);
            let place = Place::head(&operation.spot.pointer, operation.label());
            let edit = Edit::new(Value::Null, operation.label().into(), "the operation was added");
            self.other(Some(node), Direction::Structure, Other::OperationAdded, place, edit);
        }
    }

    fn operation(&mut self, node: usize, base: &Operation<'a>, head: &Operation<'a>) {
        const KNOWN: [&str; 8] =
            ["operationId", "tags", "parameters", "requestBody", "responses", "deprecated", "security", "servers"];
        let place = Place::both(&base.spot.pointer, &head.spot.pointer, head.label());
        let (from, to) = (base.spot.value, head.spot.value);
        let structure = Direction::Structure;
        if base.address() != head.address() {
            let message = format!("it was moved from {}", base.label());
            let edit = Edit::new(base.label().into(), head.label().into(), message);
            self.other(Some(node), structure, Other::OperationMoved, place.clone(), edit);
        }
        let mut differ = |kind, keyword: &str, before: &Value, after: &Value, message: String| {
            if literal::text(before) != literal::text(after) {
                let place = Place { key: format!("{}/{keyword}", place.key), ..place.clone() };
                let edit = Edit::new(before.clone(), after.clone(), message);
                self.other(Some(node), structure, kind, place, edit);
            }
        };
        let ids = [&from["operationId"], &to["operationId"]];
        differ(
            Other::OperationIdChanged,
            "operationId",
            ids[0],
            ids[1],
            format!("the operationId is now `{}`", head.id()),
        );
        let tags = to["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
        differ(Other::TagsChanged, "tags", &from["tags"], &to["tags"], format!("the tags are now: {tags}"));
        let deprecated = [from, to].map(|operation| operation["deprecated"] == true);
        let (kind, message) = if deprecated[1] {
            (Other::OperationDeprecated, "it is deprecated")
        } else {
            (Other::OperationUndeprecated, "it is no longer deprecated")
        };
        differ(kind, "deprecated", &deprecated[0].into(), &deprecated[1].into(), message.to_owned());
        self.texts(Some(node), &place, from, to, &TEXTS);
        self.texts(Some(node), &place, from, to, &["servers"]);
        let (before, after) = (&base.servers, &head.servers);
        if literal::text(before.value) != literal::text(after.value) {
            let place = Place::both(&before.pointer, &after.pointer, format!("{}/servers", place.key));
            let edit = Edit::new(before.value.clone(), after.value.clone(), "the servers of the path changed");
            self.found(rules::text(Wording::Servers), structure, Some(node), place, edit);
        }
        self.rest(Some(node), structure, &place, from, to, &[&KNOWN[..], &TEXTS].concat());
        self.security(node, &place, from, to);
        self.parameters(node, base, head);
        self.request(node, &place, base.spot.member("requestBody"), head.spot.member("requestBody"));
        self.answers(node, &place, &base.spot.member("responses"), &head.spot.member("responses"));
    }

    /// Reports a reference to a shared part that is not there.
    pub(super) fn dangling_part(&mut self, node: usize, pointer: &str, label: &str, is_base: bool) {
        // A reference without a target on both sides is no difference.
        if self.base.root.pointer(pointer) == self.head.root.pointer(pointer) {
            return;
        }
        let place = if is_base { Place::base(pointer, label) } else { Place::head(pointer, label) };
        let place = Place { key: format!("{label}/$ref"), ..place };
        let edit = Edit::new(Value::from(!is_base), Value::from(is_base), "a reference has no target");
        self.other(Some(node), Direction::Structure, Other::Unclassified, place, edit);
    }
}
