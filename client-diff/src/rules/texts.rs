//! Changes of texts.

use super::Rule;
use crate::model::Wire::Safe;

/// Declares an enum, and for each of its variants the rule; all of them are about text alone.
macro_rules! text_rules {
    ($($kind:ident $id:literal $reason:literal example $example:literal)*) => {
        /// A change of text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)] // Each has the words of its rule.
        pub enum Wording { $($kind),* }

        /// The rule of each kind.
        pub(super) const TEXT_RULES: &[Rule] = &[$(
            Rule { id: $id, wire: Safe, doc: true, rust: "none", reason: $reason, example: $example },
        )*];
    };
}

text_rules! {
    Text "text-changed" "text is for people" example "a description is corrected"
    Sample "sample-changed" "what must be sent has no default: the value is a sample"
        example "the default of a required property changes"
    Servers "servers-changed" "the client is told where its server is" example "another server is listed"
}
