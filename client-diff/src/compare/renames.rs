//! Finds schemas that were renamed.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::{document::schema_name, facts, literal, shape::Document};

/// Which schema of HEAD is which of BASE.
pub struct Renames<'a> {
    to: HashMap<&'a str, &'a str>,
    from: HashMap<&'a str, &'a str>,
}

/// How much of what two schemas name has to be the same, for one to be the other: at least so many in a hundred.
const ALIKE: usize = 70;

/// Schemas that name something which so many others name as well are not found by it.
const COMMON: usize = 16;

impl<'a> Renames<'a> {
    /// Pairs the schemas: by name, then by content, then by what they name.
    pub fn of_schemas(base: &Document<'a>, head: &Document<'a>) -> Self {
        let schemas = |document: &Document<'a>| document.root["components"]["schemas"].as_object();
        let (base, head) = (schemas(base), schemas(head));
        let has = |other: Option<&serde_json::Map<String, Value>>, name: &str| {
            other.is_some_and(|schemas| schemas.contains_key(name))
        };
        let mut renames = Self { to: HashMap::new(), from: HashMap::new() };
        let mut removed = Vec::new();
        for (name, schema) in base.into_iter().flatten() {
            if has(head, name) { renames.pair(name, name) } else { removed.push((name.as_str(), schema)) }
        }
        let is_new = |(name, schema): (&'a String, &'a Value)| (!has(base, name)).then_some((name.as_str(), schema));
        let new: Vec<_> = head.into_iter().flatten().filter_map(is_new).collect();
        renames.by_content(&removed, &new);
        renames.by_names(&removed, &new);
        renames
    }

    /// Returns the name in HEAD of a schema of BASE.
    pub fn head_of(&self, name: &str) -> Option<&'a str> {
        self.to.get(name).copied()
    }

    /// Returns whether a schema of HEAD is in BASE, by any name.
    pub fn has_base(&self, name: &str) -> bool {
        self.from.contains_key(name)
    }

    /// Returns whether two pointers lead to the same schema.
    pub fn are_one(&self, base: &str, head: &str) -> bool {
        let name = |pointer: &str| pointer.strip_prefix("/components/schemas/").map(str::to_owned);
        match (name(base), name(head)) {
            (Some(base), Some(head)) => base == head || self.head_of(&base) == Some(head.as_str()),
            _ => base == head,
        }
    }

    fn pair(&mut self, base: &'a str, head: &'a str) {
        self.to.insert(base, head);
        self.from.insert(head, base);
    }

    /// Pairs schemas of the same content, if no third one has it.
    fn by_content(&mut self, removed: &[(&'a str, &'a Value)], new: &[(&'a str, &'a Value)]) {
        let unique = |schemas: &[(&'a str, &'a Value)]| {
            let mut by_content: HashMap<String, Option<&'a str>> = HashMap::new();
            // Two schemas that say next to nothing have nothing in common.
            for (name, schema) in schemas.iter().filter(|(_, schema)| !named(schema).is_empty()) {
                let content = literal::text(&facts::of(schema));
                by_content.entry(content).and_modify(|other| *other = None).or_insert(Some(name));
            }
            by_content
        };
        let new = unique(new);
        for (content, name) in unique(removed) {
            if let (Some(base), Some(Some(head))) = (name, new.get(&content)) {
                self.pair(base, head);
            }
        }
    }

    /// Pairs schemas that name nearly the same, if no third one does.
    fn by_names(&mut self, removed: &[(&'a str, &'a Value)], new: &[(&'a str, &'a Value)]) {
        let new: Vec<_> =
            new.iter().filter(|(name, _)| !self.from.contains_key(name)).map(|(name, it)| (*name, named(it))).collect();
        let mut holders: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, (_, names)) in new.iter().enumerate() {
            names.iter().for_each(|name| holders.entry(name.clone()).or_default().push(i));
        }
        for (base, schema) in removed {
            if self.to.contains_key(base) {
                continue;
            }
            let names = named(schema);
            let mut shared: HashMap<usize, usize> = HashMap::new();
            for holders in names.iter().filter_map(|name| holders.get(name)).filter(|holders| holders.len() <= COMMON) {
                holders.iter().for_each(|i| *shared.entry(*i).or_default() += 1);
            }
            let alike = |(i, count): (usize, usize)| {
                let all = names.len() + new[i].1.len() - count;
                (count > 1 && !self.from.contains_key(new[i].0)).then_some((count * 100 / all, i))
            };
            let mut candidates: Vec<_> =
                shared.into_iter().filter_map(alike).filter(|(share, _)| *share >= ALIKE).collect();
            candidates.sort_unstable();
            let is_tie =
                candidates.len() > 1 && candidates[candidates.len() - 2].0 == candidates[candidates.len() - 1].0;
            if let Some((_, i)) = candidates.last().filter(|_| !is_tie) {
                self.pair(base, new[*i].0);
            }
        }
    }
}

/// Returns what a schema names: its members, its values, the schemas that it refers to.
fn named(schema: &Value) -> BTreeSet<String> {
    let members = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| format!(".{name}"));
    let values = schema["enum"].as_array().into_iter().flatten().map(literal::text);
    let references = ["allOf", "oneOf", "anyOf"].into_iter().flat_map(|keyword| schema[keyword].as_array());
    let references = references.flatten().filter_map(|branch| schema_name(branch["$ref"].as_str()?));
    members.chain(values).chain(references.map(|name| format!("#{name}"))).collect()
}
