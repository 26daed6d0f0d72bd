//! Attributes changes of symbols to the changes of the documents that cause them.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase as _;
use serde_json::Value;

use super::{
    SymbolChange, Symbols,
    compare::{names, type_of},
    places::Reach,
};
use crate::model::Change;

/// Which change causes which.
#[derive(Debug, Default)]
pub struct Attribution {
    /// For each change, the symbols that it changes.
    pub of: Vec<Vec<usize>>,
    /// Symbols that no change explains.
    pub unexplained: Vec<usize>,
}

/// Finds the causes: by the places where the changes are, and for what that does not explain, by the types that the
/// changed symbols speak of.
pub fn attribute(changes: &[Change], symbols: &[SymbolChange], base: &Symbols, head: &Symbols) -> Attribution {
    let index = Index::of(symbols);
    let mut causes: Vec<Vec<usize>> = vec![Vec::new(); symbols.len()];
    for (cause, change) in changes.iter().enumerate().filter(|(_, change)| !change.doc) {
        for (side, pointer) in [(base, &change.base_pointer), (head, &change.head_pointer)] {
            if let Some(pointer) = pointer {
                let touched = index.touched(&side.places.reach(pointer, change.is_of_client)).collect();
                named(change, touched, symbols).into_iter().for_each(|symbol| causes[symbol].push(cause));
            }
        }
    }
    let is_ours = |name: &str| [base, head].iter().any(|side| side.table.contains_key(&format!("types::{name}")));
    spread(symbols, &mut causes, is_ours);
    let mut attribution = Attribution { of: vec![Vec::new(); changes.len()], unexplained: Vec::new() };
    for (symbol, causes) in causes.iter_mut().enumerate() {
        causes.sort_unstable();
        causes.dedup();
        causes.iter().for_each(|cause| attribution.of[*cause].push(symbol));
        if causes.is_empty() {
            attribution.unexplained.push(symbol);
        }
    }
    attribution
}

/// Returns the variant, for a change of one value of an enum, and all that is touched, for any other change.
fn named(change: &Change, mut touched: Vec<usize>, symbols: &[SymbolChange]) -> Vec<usize> {
    let value = [&change.before, &change.after_value].into_iter().find_map(Value::as_str);
    if let Some(value) = value.filter(|_| change.rule.contains("enum-value")) {
        let suffix = format!("::{}", value.to_upper_camel_case());
        // A name that would be no identifier, or that of another variant, has a prefix.
        let is_variant = |symbol: &usize| {
            let (_, name) = symbols[*symbol].path.rsplit_once("::").unwrap_or_default();
            symbols[*symbol].path.ends_with(&suffix)
                || name.strip_prefix(['N', '_', 'X']).is_some_and(|name| suffix[2..] == *name)
        };
        if touched.iter().any(is_variant) {
            touched.retain(is_variant);
        }
    }
    touched
}

/// Attributes a symbol that its own place does not explain to the causes of a type that it names, or that names it.
fn spread(symbols: &[SymbolChange], causes: &mut [Vec<usize>], is_ours: impl Fn(&str) -> bool) {
    let speaks_of = |symbol: &SymbolChange| -> Vec<String> {
        let shapes = [&symbol.before, &symbol.after].into_iter().flatten();
        shapes.flat_map(|shape| names(shape)).filter(|name| is_ours(name)).map(str::to_owned).collect()
    };
    let mut of_type: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, symbol) in symbols.iter().enumerate().filter(|(i, _)| !causes[*i].is_empty()) {
        for name in type_of(&symbol.path).map(str::to_owned).into_iter().chain(speaks_of(symbol)) {
            of_type.entry(name).or_default().extend(&causes[i]);
        }
    }
    for causes in of_type.values_mut() {
        causes.sort_unstable();
        causes.dedup();
    }
    for (i, symbol) in symbols.iter().enumerate() {
        if causes[i].is_empty() {
            let own = type_of(&symbol.path).map(str::to_owned);
            let spoken = own.into_iter().chain(speaks_of(symbol));
            causes[i] = spoken.filter_map(|name| of_type.get(&name)).flatten().copied().collect();
        }
    }
}

/// Symbols by their paths, and by what they are a part of.
struct Index<'a> {
    by_path: BTreeMap<&'a str, usize>,
    by_owner: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    fn of(symbols: &'a [SymbolChange]) -> Self {
        let by_path = symbols.iter().enumerate().map(|(i, symbol)| (symbol.path.as_str(), i)).collect();
        let mut by_owner: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, symbol) in symbols.iter().enumerate() {
            let owner = symbol.path.split_once(": ").or_else(|| symbol.path.rsplit_once("::"));
            if let Some((owner, _)) = owner {
                by_owner.entry(owner).or_default().push(i);
            }
        }
        Self { by_path, by_owner }
    }

    fn touched(&self, reach: &Reach) -> impl Iterator<Item = usize> {
        let single = reach.symbols.iter().chain(&reach.wholes).filter_map(|path| self.by_path.get(path.as_str()));
        let parts = reach.wholes.iter().filter_map(|path| self.by_owner.get(path.as_str())).flatten();
        single.chain(parts).copied()
    }
}
