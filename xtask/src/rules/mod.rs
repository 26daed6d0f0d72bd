//! Rules that correct what upstream's documents get wrong in general.
//!
//! A rule has one purpose, applies to all operations or schemas alike, and counts the places that it changed. A correction of
//! one operation or schema belongs in its overlay.

mod enums;
pub mod names;
mod operations;
mod spelling;
mod texts;

use serde_json::Value;

use crate::names::Names;

/// One rule.
pub struct Rule {
    /// Name in reports and in `provenance.toml`.
    pub name: &'static str,
    /// What it corrects, in one sentence.
    pub purpose: &'static str,
    /// Applies the rule, and returns the number of places changed.
    pub apply: fn(&mut Value, &Names) -> usize,
}

/// The number of places that a rule changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    /// Name of the rule.
    pub rule: &'static str,
    /// Number of places.
    pub count: usize,
}

/// The rules between upstream's facts and the document that the overlays are applied to, in order: the enums of names.toml are
/// given in upstream's names, and so are looked up before schemas are renamed.
pub const REPAIR: &[Rule] = &[
    operations::SHARED_PARTS,
    spelling::OPENAPI_VERSION,
    spelling::NULL_BRANCHES,
    spelling::CONSTANTS,
    spelling::TYPE_LISTS,
    spelling::EXCLUSIVE_BOUNDS,
    spelling::ENCODED_TEXTS,
    spelling::TUPLES,
    spelling::MEMBERS_BY_PATTERN,
    spelling::ANNOTATIONS_3_1,
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

/// The rules between the overlaid document and the one that is committed, in order.
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

    /// Applies one rule, and expects it to change `hits` places and nothing in its own result.
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
