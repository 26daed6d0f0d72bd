//! Finds the differences of two documents, of their structure and of their texts.
//!
//! Operations are paired, and what they carry is compared with references followed. A pair of schemas that refer to each
//! other is compared once for each carrier, so that circles end and the cost stays that of the documents; who reaches the
//! pair is remembered, and asked when the differences are known.

pub(crate) mod answers;
mod bodies;
mod choices;
mod components;
mod document;
mod fits;
mod members;
mod operations;
mod parameters;
mod renames;
mod request;
mod schemas;
mod security;
mod texts;
mod values;
mod webhooks;

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

pub(crate) use self::renames::Renames;
use super::{
    literal,
    model::{Change, Direction, Wire},
    rules::{self, Carrier, InSchema, Other, Rule, Wording},
    shape::{Document, Spot},
};
use crate::{facts, profile::Client};

/// Returns all differences, as they are for a client that treats what BASE declares like this: not folded, and without
/// symbols.
pub fn compare(base: &Value, head: &Value, client: Client) -> Vec<Change> {
    if literal::same(base, head) {
        return Vec::new();
    }
    let [base, head] = [base, head].map(|root| Document { root, client });
    let mut walk = Walk {
        base,
        head,
        renames: Renames::of_schemas(&base, &head),
        nodes: Vec::new(),
        pairs: HashMap::new(),
        takes_null: HashMap::new(),
        nullable: Vec::new(),
        undecided: Vec::new(),
        open: VecDeque::new(),
        fitting: HashMap::new(),
        found: Vec::new(),
        known: HashMap::new(),
    };
    walk.document();
    walk.operations();
    walk.webhooks();
    walk.finish_pairs();
    walk.components();
    walk.finish_pairs();
    walk.finish_nullable_pairs();
    walk.finish_undecided_changes();
    walk.changes()
}

/// A place in both documents.
#[derive(Clone)]
struct Place {
    /// Pointer into BASE, if it is there.
    base: Option<String>,
    /// Pointer into HEAD, if it is there.
    head: Option<String>,
    /// The place without positions.
    key: String,
}

impl Place {
    fn both(base: &str, head: &str, key: impl Into<String>) -> Self {
        Self { base: Some(base.to_owned()), head: Some(head.to_owned()), key: key.into() }
    }

    fn base(pointer: &str, key: impl Into<String>) -> Self {
        Self { base: Some(pointer.to_owned()), head: None, key: key.into() }
    }

    fn head(pointer: &str, key: impl Into<String>) -> Self {
        Self { base: None, head: Some(pointer.to_owned()), key: key.into() }
    }
}

/// What is changed, and how.
struct Edit {
    before: Value,
    after: Value,
    message: String,
}

impl Edit {
    fn new(before: Value, after: Value, message: impl Into<String>) -> Self {
        Self { before, after, message: message.into() }
    }
}

/// Returns a part without its texts.
fn fact(value: &Value) -> Value {
    facts::of(value)
}

/// Returns a value, or null if there is none.
fn value(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or_default()
}

/// What carries schemas: an operation, an event, or a pair of schemas.
struct Node {
    /// The name of an operation or an event.
    label: Option<String>,
    is_webhook: bool,
    /// The nodes that refer to this one.
    parents: Vec<usize>,
}

/// A difference, before it is known who reaches it.
struct Found {
    rule: &'static Rule,
    place: Place,
    edit: Edit,
    wire: Wire,
    direction: Direction,
    nodes: Vec<usize>,
}

/// Where the comparison of schemas stands.
#[derive(Clone)]
struct Here<'a> {
    place: Place,
    /// What stands there in BASE and in HEAD.
    spots: [Spot<'a>; 2],
    /// Whether it is a parameter, which is sent as text.
    is_text: bool,
    node: usize,
    carrier: Carrier,
    /// Whether the value may be absent in BASE.
    is_optional: bool,
    /// Whether it is a branch of a choice, and all that is made is taken by the choice.
    is_fitting: bool,
}

impl<'a> Here<'a> {
    /// Returns the beginning of a comparison: a value that has to be there, and is no text.
    fn at(place: Place, spots: [&Spot<'a>; 2], node: usize, carrier: Carrier) -> Self {
        let spots = spots.map(Clone::clone);
        Self { place, spots, is_text: false, node, carrier, is_optional: false, is_fitting: false }
    }
}

struct Walk<'a> {
    base: Document<'a>,
    head: Document<'a>,
    renames: Renames<'a>,
    nodes: Vec<Node>,
    /// The node of each pair of schemas that was reached, by who carries it and whether as text.
    pairs: HashMap<(String, String, Carrier, bool), usize>,
    /// Whether null is taken wherever something leads to a pair of schemas, by the pair's node.
    takes_null: HashMap<usize, bool>,
    /// Pairs of which one schema may be null and the other may not: what that does is known when all that leads there is.
    nullable: Vec<(Here<'a>, bool, bool)>,
    /// Changes of pairs that break where null is not taken: whether it is, is known when all that leads there is.
    undecided: Vec<(Here<'a>, InSchema, Place, Edit)>,
    /// Pairs that are still to be compared.
    open: VecDeque<(Here<'a>, Spot<'a>, Spot<'a>)>,
    /// Pairs of places of which it is known whether all fits.
    fitting: HashMap<(String, String, Carrier, [bool; 2]), bool>,
    found: Vec<Found>,
    /// Positions in `found`.
    known: HashMap<(&'static str, String), usize>,
}

impl<'a> Walk<'a> {
    fn node(&mut self, label: Option<String>, is_webhook: bool) -> usize {
        self.nodes.push(Node { label, is_webhook, parents: Vec::new() });
        self.nodes.len() - 1
    }

    fn found(&mut self, rule: &'static Rule, direction: Direction, node: Option<usize>, place: Place, edit: Edit) {
        self.found_on_wire(rule, rule.wire, direction, node, place, edit);
    }

    fn found_on_wire(
        &mut self,
        rule: &'static Rule,
        wire: Wire,
        direction: Direction,
        node: Option<usize>,
        place: Place,
        edit: Edit,
    ) {
        // A part that is reached in several ways is found more than once.
        let position = *self.known.entry((rule.id, place.key.clone())).or_insert(self.found.len());
        match self.found.get_mut(position) {
            Some(found) => {
                found.wire = found.wire.max(wire);
                found.nodes.extend(node.filter(|node| !found.nodes.contains(node)));
            }
            None => self.found.push(Found { rule, place, edit, wire, direction, nodes: node.into_iter().collect() }),
        }
    }

    /// Returns whether all that is made at a place is taken there, whatever differs.
    fn fits(&mut self, here: &Here<'a>) -> bool {
        let [base, head] = &here.spots;
        let takes_null = self.takes_null(here);
        let key = (base.pointer.clone(), head.pointer.clone(), here.carrier, [takes_null, here.is_text]);
        if let Some(fits) = self.fitting.get(&key) {
            return *fits;
        }
        let fits = fits::fits(here.carrier, here.is_text, [&self.base, &self.head], [base, head], takes_null);
        self.fitting.insert(key, fits);
        fits
    }

    /// Adds a change within a schema. What changed is named by `key`, which is added to that of the place.
    fn in_schema(&mut self, here: &Here<'a>, kind: InSchema, key: &str, mut edit: Edit) {
        let mut place = here.place.clone();
        edit.message = subject(&place.key) + &edit.message;
        place.key.push_str(key);
        self.at_schema(here, kind, place, edit);
    }

    /// Adds a change of a schema at a place of its own.
    fn at_schema(&mut self, here: &Here<'a>, kind: InSchema, place: Place, edit: Edit) {
        if self.is_whole_pair(here) && self.breaks(here, kind) {
            self.undecided.push((here.clone(), kind, place, edit));
        } else {
            self.judge(here, kind, place, edit);
        }
    }

    /// Adds a change of a schema, of which it is known whether the place takes null.
    fn judge(&mut self, here: &Here<'a>, kind: InSchema, place: Place, edit: Edit) {
        let direction = match here.carrier {
            Carrier::Request => Direction::Request,
            Carrier::Response | Carrier::Error => Direction::Response,
            Carrier::Nobody => Direction::Structure,
        };
        let rule = rules::in_schema(kind, here.carrier);
        let is_harmless = rule.wire == Wire::Breaking && !self.breaks(here, kind);
        let wire = if is_harmless { Wire::Safe } else { rule.wire };
        self.found_on_wire(rule, wire, direction, Some(here.node), place, edit);
    }

    /// Returns whether a kind of change is a break by its rule, and something that is made at the place is not taken.
    fn breaks(&mut self, here: &Here<'a>, kind: InSchema) -> bool {
        if rules::in_schema(kind, here.carrier).wire != Wire::Breaking || here.is_fitting {
            return false;
        }
        // `additionalProperties` knows nothing of what stands in an `allOf`, which the merged schema does not show.
        let head = &here.spots[1];
        let is_composed = ["allOf", "$ref"].iter().any(|keyword| head.value.get(*keyword).is_some());
        if kind == InSchema::OthersRestricted && is_composed {
            return !fits::members_fit_others([&self.base, &self.head], &here.spots);
        }
        !self.fits(here)
    }

    fn other(&mut self, node: Option<usize>, direction: Direction, kind: Other, place: Place, edit: Edit) {
        self.found(rules::other(kind), direction, node, place, edit);
    }

    /// Adds a change of a text, whatever carries it.
    fn text(&mut self, node: Option<usize>, kind: Wording, mut place: Place, keyword: &str, edit: Edit) {
        place.key = format!("{}/{keyword}", place.key);
        let below = |pointer: String, value: &Value| {
            if value.is_null() { pointer } else { literal::below(&pointer, keyword) }
        };
        place.base = place.base.map(|pointer| below(pointer, &edit.before));
        place.head = place.head.map(|pointer| below(pointer, &edit.after));
        self.found(rules::text(kind), Direction::Structure, node, place, edit);
    }

    /// Compares the texts of two objects, by their keywords.
    fn texts(&mut self, node: Option<usize>, place: &Place, base: &Value, head: &Value, keywords: &[&str]) {
        for keyword in keywords {
            let edit = |before: &Value, after: &Value| {
                Edit::new(before.clone(), after.clone(), format!("the {keyword} changed"))
            };
            let (before, after) = (&base[*keyword], &head[*keyword]);
            if literal::text(before) != literal::text(after) {
                self.text(node, Wording::Text, place.clone(), keyword, edit(before, after));
            }
        }
    }

    /// Compares extensions, and keywords that are not known.
    fn rest(
        &mut self,
        node: Option<usize>,
        direction: Direction,
        place: &Place,
        base: &Value,
        head: &Value,
        known: &[&str],
    ) {
        let keywords = |value: &Value| value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let mut all: Vec<String> = keywords(base);
        all.extend(keywords(head));
        all.sort_unstable();
        all.dedup();
        for keyword in all.iter().filter(|keyword| !known.contains(&keyword.as_str())) {
            let (before, after) = (&base[keyword], &head[keyword]);
            if literal::text(before) == literal::text(after) {
                continue;
            }
            let kind = if keyword.starts_with("x-") { Other::ExtensionChanged } else { Other::Unclassified };
            let mut place = place.clone();
            place.key = format!("{}/{keyword}", place.key);
            let edit = Edit::new(
                before.clone(),
                after.clone(),
                match kind {
                    Other::ExtensionChanged => format!("`{keyword}` changed"),
                    _ => format!("`{keyword}` changed, a keyword that this program does not know"),
                },
            );
            self.other(node, direction, kind, place, edit);
        }
    }

    /// Returns the differences, with the operations that reach them.
    fn changes(self) -> Vec<Change> {
        let tags = tags(&self.base, &self.head);
        let mut reached: HashMap<usize, (Vec<String>, bool)> = HashMap::new();
        let Self { nodes, found, .. } = self;
        found
            .into_iter()
            .map(|found| {
                let mut operations = Vec::new();
                let mut is_answer = found.nodes.is_empty();
                for node in &found.nodes {
                    let (labels, by_operation) = reached.entry(*node).or_insert_with(|| labels(&nodes, *node));
                    operations.extend(labels.iter().cloned());
                    is_answer |= *by_operation;
                }
                operations.sort_unstable();
                operations.dedup();
                let mut resources: Vec<&str> = operations.iter().filter_map(|label| tags.get(label).copied()).collect();
                resources.dedup();
                let resource = match resources.as_slice() {
                    [one] => (*one).to_owned(),
                    _ => String::new(),
                };
                let direction = match found.direction {
                    Direction::Response if !is_answer => Direction::Webhook,
                    other => other,
                };
                let Found { rule, place, wire, edit: Edit { before, after, message }, .. } = found;
                Change {
                    wire,
                    pointer: place.head.clone().or_else(|| place.base.clone()).unwrap_or_default(),
                    operations,
                    before,
                    after_value: after,
                    resource,
                    base_pointer: place.base,
                    head_pointer: place.head,
                    ..Change::of(rule, direction, place.key, message)
                }
            })
            .collect()
    }
}

/// Returns which part of its operation or schema a place is, as the beginning of a message.
fn subject(key: &str) -> String {
    let name = |marker: &str| Some(key.rsplit_once(marker)?.1);
    let within = match (name("/properties/"), name("/parameters/")) {
        (Some(property), _) => property,
        (None, Some(parameter)) => parameter.split_once(':').map_or(parameter, |(_, name)| name),
        (None, None) => return String::new(),
    };
    let (name, rest) = within.split_once('/').unwrap_or((within, ""));
    let elements = if rest.contains("items") { "elements of " } else { "" };
    format!("{elements}`{name}`: ")
}

/// Returns the operations and events from which a node is reached, and whether an operation is among them.
fn labels(nodes: &[Node], from: usize) -> (Vec<String>, bool) {
    let mut seen = vec![from];
    let mut is_seen = std::collections::HashSet::from([from]);
    let (mut labels, mut by_operation) = (Vec::new(), false);
    while let Some(node) = seen.pop() {
        let node = &nodes[node];
        labels.extend(node.label.clone());
        by_operation |= node.label.is_some() && !node.is_webhook;
        seen.extend(node.parents.iter().copied().filter(|parent| is_seen.insert(*parent)));
    }
    (labels, by_operation)
}

/// Returns the tag of each operation, by its name: HEAD's if both have one.
fn tags<'a>(base: &Document<'a>, head: &Document<'a>) -> HashMap<String, &'a str> {
    let of = |document: &Document<'a>| {
        let tag = |operation: operations::Operation<'a>| (operation.label(), operation.tag());
        operations::operations(document).into_iter().map(tag).collect::<Vec<_>>()
    };
    of(base).into_iter().chain(of(head)).collect()
}
