//! Normalisation: a list of small named rules that repair what upstream's documents get wrong in general.
//!
//! A rule has one purpose, knows no single operation, and counts what it changed. What holds for one operation or one
//! schema belongs in its overlay.

mod enums;
pub mod names;
mod operations;
mod spelling;
mod texts;

use serde_json::Value;

use crate::names::Names;

/// One step of the normalisation.
pub struct Rule {
    /// Name, as it stands in reports and in `provenance.toml`.
    pub name: &'static str,
    /// What it repairs, in one sentence.
    pub purpose: &'static str,
    /// Does it, and says how often.
    pub apply: fn(&mut Value, &Names) -> usize,
}

/// How often a rule changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// Name of the rule.
    pub rule: &'static str,
    /// Places changed.
    pub count: usize,
}

/// From what upstream declares to what an overlay is written against. The order matters: names come first, since the
/// entries of `names.toml` speak of what upstream wrote.
pub const REPAIR: &[Rule] = &[
    operations::SHARED_PARTS,
    spelling::OPENAPI_VERSION,
    spelling::NULL_BRANCHES,
    spelling::CONSTANTS,
    spelling::TYPE_LISTS,
    spelling::EXCLUSIVE_BOUNDS,
    spelling::NULL_DEFAULTS,
    spelling::BOOLEAN_REQUIRED,
    spelling::SCALARS_TYPED_OBJECT,
    spelling::ENUM_VALUES,
    operations::EQUIVALENT_PATHS,
    operations::WEBHOOKS,
    operations::EVENT_CONSTANTS,
    enums::NAMED_ENUMS,
    names::SCHEMA_NAMES,
    names::OPERATION_IDS,
    operations::UNTYPED_PARAMETERS,
    operations::INTEGER_PARAMETERS,
    operations::SAMPLE_DEFAULTS,
    operations::SUCCESS_RANGE,
    operations::ERROR_RESPONSES,
    texts::REQUIRED_TEXTS,
];

/// From what the overlays left to the document that is committed.
pub const FINISH: &[Rule] = &[
    operations::SETTLED_SUCCESS,
    operations::ABSENT_BODIES,
    operations::OPEN_OBJECTS,
    operations::OPEN_ANSWERS,
    spelling::REF_SIBLINGS,
    enums::OPEN_ENUMS,
    operations::ABSENT_OR_NULL,
    spelling::NULLABLE_TYPES,
    names::SETTLED_IDS,
    texts::WEBHOOK_TEXTS,
    texts::DERIVED_TEXTS,
];

/// Applies rules in order.
pub fn apply(rules: &[Rule], doc: &mut Value, names: &Names) -> Vec<Hits> {
    rules.iter().map(|rule| Hits { rule: rule.name, count: (rule.apply)(doc, names) }).collect()
}

#[cfg(test)]
pub(crate) mod testing {
    use serde_json::Value;

    use super::{Names, Rule};

    /// Applies one rule, expects it to change `hits` places, and to find nothing in its own result.
    pub(crate) fn run(rule: &Rule, mut doc: Value, hits: usize) -> Value {
        run_with(rule, &mut doc, &Names::default(), hits);
        doc
    }

    pub(crate) fn run_with(rule: &Rule, doc: &mut Value, names: &Names, hits: usize) {
        assert_eq!((rule.apply)(doc, names), hits, "hits of {} ({})", rule.name, rule.purpose);
        let before = doc.clone();
        (rule.apply)(doc, names);
        assert_eq!(*doc, before, "{} changes its own result", rule.name);
    }
}
