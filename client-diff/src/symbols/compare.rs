//! Compares the symbols of two clients, and judges what each difference does to code that uses them.
//!
//! | what happens | whom it concerns | verdict |
//! |---|---|---|
//! | a symbol is removed, or has another type | all | breaking |
//! | a symbol is added | all | additive |
//! | a field is added to a struct that the client makes | code that writes all its fields | breaking |
//! | a variant is added to an enum that the server sends | code that matches all its variants | breaking |
//! | a setter becomes required | code that does not call it: nothing is sent | breaking |
//! | a setter becomes optional, something is deprecated | all | additive |
//!
//! Structs that only the server makes are read, and enums that only the client makes are written: an addition to these is
//! additive. Of a type that is `#[non_exhaustive]`, code cannot list all parts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Symbol, SymbolChange, Symbols, Table};
use crate::model::Rust;

/// Which types travel in which direction. What nothing reaches may travel in both.
#[derive(Default)]
pub struct Directions {
    made: BTreeSet<String>,
    received: BTreeSet<String>,
}

impl Directions {
    /// Reads the directions from what the builders take and return, and from the types that events have.
    pub fn of(table: &Table, events: BTreeSet<String>) -> Self {
        let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (path, symbol) in table {
            if let (Some(name), Kind::Field | Kind::Variant | Kind::Alias) = (type_of(path), symbol.kind) {
                parts.entry(name).or_default().extend(names(&symbol.shape));
            }
        }
        let of_kind = |kind: Kind| {
            let symbols = table.values().filter(move |symbol| symbol.kind == kind);
            symbols.flat_map(|symbol| names(&symbol.shape)).map(str::to_owned).collect::<BTreeSet<_>>()
        };
        let mut received = of_kind(Kind::Send);
        received.extend(events);
        Self { made: reach(&parts, of_kind(Kind::Setter)), received: reach(&parts, received) }
    }

    fn is_made(&self, name: &str) -> bool {
        self.made.contains(name) || !self.received.contains(name)
    }

    fn is_received(&self, name: &str) -> bool {
        self.received.contains(name) || !self.made.contains(name)
    }
}

fn reach(parts: &BTreeMap<&str, Vec<&str>>, mut found: BTreeSet<String>) -> BTreeSet<String> {
    let mut open: Vec<String> = found.iter().cloned().collect();
    while let Some(name) = open.pop() {
        for part in parts.get(name.as_str()).into_iter().flatten() {
            if found.insert((*part).to_owned()) {
                open.push((*part).to_owned());
            }
        }
    }
    found
}

/// Returns the names in a type.
pub fn names(shape: &str) -> impl Iterator<Item = &str> {
    shape
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Returns `X` of `types::X`, `types::X::part` and `types::X: Trait`.
pub fn type_of(path: &str) -> Option<&str> {
    path.strip_prefix("types::")?.split(':').next()
}

/// Returns the symbol that a symbol is a part of.
fn owner(path: &str) -> Option<&str> {
    let owner = path.split_once(": ").map_or_else(|| path.rsplit_once("::"), Some)?.0;
    (owner.starts_with("types::") || owner.starts_with("builder::")).then_some(owner)
}

/// Returns the symbols that differ, sorted by path. If a whole is added or removed, its parts are not listed.
pub fn diff(base: &Symbols, head: &Symbols) -> Vec<SymbolChange> {
    let mut changes = Vec::new();
    for (path, before) in &base.table {
        match head.table.get(path) {
            Some(after) => changes.extend(changed(path, before, after)),
            None if owner(path)
                .is_some_and(|owner| base.table.contains_key(owner) && !head.table.contains_key(owner)) => {}
            None => changes.push(SymbolChange {
                path: path.clone(),
                before: Some(before.to_string()),
                after: None,
                verdict: Rust::Breaking,
            }),
        }
    }
    for (path, after) in head.table.iter().filter(|(path, _)| !base.table.contains_key(*path)) {
        let owner = owner(path).and_then(|owner| Some((owner, head.table.get(owner)?)));
        if owner.is_some_and(|(owner, _)| !base.table.contains_key(owner)) {
            continue;
        }
        let verdict = added(path, after, owner.map(|(_, owner)| owner), &base.directions);
        changes.push(SymbolChange { path: path.clone(), before: None, after: Some(after.to_string()), verdict });
    }
    for change in &mut changes {
        if type_of(&change.path).is_some_and(|name| base.phantoms.contains(name)) {
            change.verdict = change.verdict.min(Rust::Additive);
        }
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

fn added(path: &str, symbol: &Symbol, owner: Option<&Symbol>, directions: &Directions) -> Rust {
    let is_exhaustive = owner.is_some_and(|owner| owner.is_exhaustive);
    let name = type_of(path).unwrap_or_default();
    let breaks = match symbol.kind {
        Kind::Field => is_exhaustive && directions.is_made(name),
        Kind::Variant => is_exhaustive && directions.is_received(name),
        Kind::Setter => symbol.is_required(),
        _ => false,
    };
    if breaks { Rust::Breaking } else { Rust::Additive }
}

fn changed(path: &str, before: &Symbol, after: &Symbol) -> Option<SymbolChange> {
    if before == after {
        return None;
    }
    let same_type = before.kind == after.kind && before.value() == after.value();
    let closes = before.is_exhaustive && !after.is_exhaustive;
    let is_needed_now = !before.is_required() && after.is_required();
    let verdict = if same_type && !closes && !is_needed_now { Rust::Additive } else { Rust::Breaking };
    Some(SymbolChange {
        path: path.to_owned(),
        before: Some(before.to_string()),
        after: Some(after.to_string()),
        verdict,
    })
}

impl Symbol {
    const REQUIRED: &'static str = ", required";

    fn is_required(&self) -> bool {
        self.kind == Kind::Setter && self.shape.ends_with(Self::REQUIRED)
    }

    fn value(&self) -> &str {
        self.shape.strip_suffix(Self::REQUIRED).unwrap_or(&self.shape)
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.kind {
            Kind::Struct => "struct",
            Kind::Enum => "enum",
            Kind::Alias => "alias",
            Kind::Field => "field",
            Kind::Variant => "variant",
            Kind::Trait => "trait",
            Kind::Method => "method",
            Kind::Builder => "builder",
            Kind::Setter => "setter",
            Kind::Send => "answer",
        };
        f.write_str(kind)?;
        if !self.shape.is_empty() {
            write!(f, " {}", self.shape)?;
        }
        if !self.is_exhaustive {
            f.write_str(", non-exhaustive")?;
        }
        if self.is_deprecated {
            f.write_str(", deprecated")?;
        }
        Ok(())
    }
}
