//! Changes within a schema, which are judged by who sends it.

use super::Rule;
use crate::model::Wire::{Breaking, Risky, Safe};

/// Declares an enum, and for each of its variants the rules.
macro_rules! schema_rules {
    ($($kind:ident $name:literal
        request $request:ident $request_reason:literal
        response $response:ident $response_reason:literal
        rust $rust:literal example $example:literal)*) => {
        /// A change within a schema.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)] // Each has the words of its rule.
        pub enum InSchema { $($kind),* }

        /// For each kind, the rules by carrier.
        pub(super) const SCHEMA_RULES: &[[Rule; 4]] = &[$([
            Rule {
                id: concat!("request-", $name), wire: $request, doc: false, rust: $rust,
                reason: $request_reason, example: $example,
            },
            Rule {
                id: concat!("response-", $name), wire: $response, doc: false, rust: $rust,
                reason: $response_reason, example: $example,
            },
            Rule {
                id: concat!("error-", $name), wire: Safe, doc: false, rust: $rust,
                reason: "of an error, the client reads what it can", example: $example,
            },
            Rule {
                id: concat!("schema-", $name), wire: Safe, doc: false, rust: $rust,
                reason: "no operation reaches it", example: $example,
            },
        ]),*];
    };
}

schema_rules! {
    TypeChanged "type-changed"
        request Breaking "the server refuses the type that the client sends"
        response Breaking "the client cannot read the other type"
        rust "breaking" example "`string` becomes `integer`"
    TypeWidened "type-widened"
        request Safe "what the client sends is still taken"
        response Breaking "the client cannot read the further type"
        rust "breaking" example "`integer` becomes `number`, a string becomes a choice of string and object"
    TypeNarrowed "type-narrowed"
        request Breaking "the client may send what is no longer accepted"
        response Safe "what is still sent could always be read"
        rust "breaking" example "`number` becomes `integer`, open JSON becomes an object"
    FormatWidened "format-widened"
        request Safe "the smaller numbers that the client sends are still taken"
        response Breaking "a number may not fit into the client's type"
        rust "breaking" example "`int32` becomes `int64`"
    FormatNarrowed "format-narrowed"
        request Breaking "a number that the client sends may be too large"
        response Safe "the smaller numbers fit"
        rust "breaking" example "`int64` becomes `int32`"
    FormatChanged "format-changed"
        request Risky "the server may judge the text in another way"
        response Safe "the client reads any text"
        rust "none" example "a string gets the format `uuid`"
    BecameNullable "became-nullable"
        request Safe "the client need not use it"
        response Breaking "the client cannot read null where a value had to be"
        rust "breaking" example "a required `string` becomes nullable"
    OptionalBecameNullable "optional-became-nullable"
        request Safe "the client need not use it"
        response Safe "what may be absent is read as null as well"
        rust "none" example "an optional `string` becomes nullable"
    BecameNotNullable "became-not-nullable"
        request Breaking "the client may send null"
        response Safe "a value could always be read"
        rust "breaking" example "a required nullable `string` must be a string"
    OptionalBecameNotNullable "optional-became-not-nullable"
        request Risky "the client leaves out what it does not say, but a null of its own would be refused"
        response Safe "a value could always be read"
        rust "none" example "an optional nullable `string` must be a string"
    PropertyAdded "property-added"
        request Safe "the client need not send it"
        response Safe "unknown members are ignored"
        rust "additive" example "an optional `topic` is added"
    RequiredPropertyAdded "required-property-added"
        request Breaking "the client does not send it"
        response Safe "unknown members are ignored"
        rust "breaking" example "a required `topic` is added"
    PropertyAddedToClosed "property-added-to-closed"
        request Safe "the client need not send it"
        response Breaking "the client refuses members that it does not know"
        rust "breaking" example "a member is added where `additionalProperties` was false"
    PropertyRemoved "property-removed"
        request Risky "what the client sends there is ignored, or refused"
        response Breaking "the client cannot read the object without it"
        rust "breaking" example "the required `lid` is removed"
    OptionalPropertyRemoved "optional-property-removed"
        request Risky "what the client sends there is ignored, or refused"
        response Safe "it could be absent or null before"
        rust "breaking" example "the optional `topic` is removed"
    PropertyBecameRequired "property-became-required"
        request Breaking "the client may leave it out"
        response Safe "the client reads it either way"
        rust "breaking" example "the optional `topic` becomes required"
    PropertyBecameOptional "property-became-optional"
        request Safe "the client always sends it"
        response Breaking "the client cannot read the object without it"
        rust "breaking" example "the required `topic` becomes optional"
    NullablePropertyBecameOptional "nullable-property-became-optional"
        request Safe "the client always sends it"
        response Safe "what may be null is read as null where it is absent"
        rust "breaking" example "the required nullable `topic` becomes optional"
    ValueAdded "enum-value-added"
        request Safe "the client need not send it"
        response Safe "the client keeps values that it does not know"
        rust "additive" example "`PAUSED` is added to an enum that the server sends"
    ClosedValueAdded "closed-enum-value-added"
        request Safe "the client need not send it"
        response Breaking "the client refuses values that it does not know"
        rust "breaking" example "`3` is added to an enum of numbers"
    ValueRemoved "enum-value-removed"
        request Breaking "the client may send it"
        response Safe "it is no longer sent"
        rust "breaking" example "`PAUSED` is removed"
    ValuesRestricted "values-restricted"
        request Breaking "the client may send other values"
        response Safe "what is still sent could always be read"
        rust "breaking" example "a `string` becomes an enum"
    ValuesFreed "values-freed"
        request Safe "the values that the client sends are still taken"
        response Safe "the client keeps values that it does not know"
        rust "breaking" example "an enum becomes a `string`"
    ClosedValuesFreed "closed-values-freed"
        request Safe "the values that the client sends are still taken"
        response Breaking "the client refuses values that it does not know"
        rust "breaking" example "an enum of numbers becomes an `integer`"
    BoundTightened "bound-tightened"
        request Breaking "the client may send what is refused now"
        response Safe "the client does not judge what it reads"
        rust "none" example "`maxLength` is lowered, a `pattern` is added"
    BoundLoosened "bound-loosened"
        request Safe "what the client sends is still taken"
        response Safe "the client does not judge what it reads"
        rust "none" example "`maximum` is raised, a `pattern` is removed"
    DefaultChanged "default-changed"
        request Risky "what the client leaves out means something else"
        response Safe "the client fills in nothing"
        rust "none" example "the default of `limit` becomes 50"
    OthersRestricted "other-members-restricted"
        request Breaking "the client may send members that are refused now"
        response Safe "what is still sent could always be read"
        rust "breaking" example "`additionalProperties` becomes false"
    UndeclaredRefused "undeclared-members-refused"
        request Safe "the client sends declared members alone"
        response Safe "what is still sent could always be read"
        rust "breaking" example "`additionalProperties` of an object with properties becomes false"
    OthersAllowed "other-members-allowed"
        request Safe "the client need not send them"
        response Breaking "the client refuses members that it does not know, or of another type"
        rust "breaking" example "`additionalProperties` is no longer false"
    ChoiceAdded "choice-added"
        request Safe "the client need not send it"
        response Breaking "the client cannot read it"
        rust "breaking" example "a branch is added to a `oneOf`"
    ChoiceRemoved "choice-removed"
        request Breaking "the client may send it"
        response Safe "it is no longer sent"
        rust "breaking" example "a branch of a `oneOf` is removed"
    ChoiceKindChanged "choice-kind-changed"
        request Risky "what fits several branches is judged in another way"
        response Risky "what fits several branches may be read as another"
        rust "breaking" example "`anyOf` becomes `oneOf`"
    DiscriminatorChanged "discriminator-changed"
        request Risky "the branches are told apart by something else"
        response Risky "the branches are told apart by something else"
        rust "none" example "the `discriminator` names another property"
    AccessChanged "access-changed"
        request Risky "the server may ignore it now, or expect it"
        response Safe "the client reads it wherever it is"
        rust "none" example "a property becomes `readOnly`"
    Deprecated "part-deprecated"
        request Safe "it still works"
        response Safe "it is still sent"
        rust "none" example "a property is deprecated"
    Undeprecated "part-not-deprecated"
        request Safe "it still works"
        response Safe "it is still sent"
        rust "none" example "a property is no longer deprecated"
    ReferenceChanged "reference-changed"
        request Safe "a name is not sent; what the two schemas differ in is judged by itself"
        response Safe "a name is not sent; what the two schemas differ in is judged by itself"
        rust "breaking" example "a property refers to `NewInfo` instead of `Info`"
    Extension "extension-changed"
        request Safe "no message carries it"
        response Safe "no message carries it"
        rust "none" example "`x-order` is added"
    Unclassified "unclassified"
        request Risky "this program does not know the construct"
        response Risky "this program does not know the construct"
        rust "none" example "`dependentSchemas` changes, a `$ref` has no target"
}
