//! The table of rules: each names one kind of change, and judges it for clients that were compiled before it.
//!
//! A rule has one verdict on the wire, so that an id says all. What happens to the public API is not judged here: the
//! symbols of both sides are compared. The table names what is usual.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{
    format::{self, Format},
    model::Wire::{self, Breaking, Risky, Safe},
};

/// A kind of change.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in reports.
    pub id: &'static str,
    /// What it does to clients that were compiled from BASE.
    pub wire: Wire,
    /// Whether it is a matter of text alone.
    pub doc: bool,
    /// What it usually does to the public API.
    pub rust: &'static str,
    /// Why the verdict is what it is.
    pub reason: &'static str,
    /// What it looks like.
    pub example: &'static str,
}

/// Who sends the schema that changed, which decides what a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Carrier {
    /// The client, in a request.
    Request,
    /// The server, in a success or in an event.
    Response,
    /// The server, in an error.
    Error,
    /// Nobody: no operation reaches it.
    Nobody,
}

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
        const SCHEMA_RULES: &[[Rule; 4]] = &[$([
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

/// Declares an enum, and for each of its variants the rule.
macro_rules! rules {
    ($($kind:ident $id:literal $wire:ident $reason:literal rust $rust:literal example $example:literal)*) => {
        /// A change outside of schemas, or one that means the same for everybody.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)] // Each has the words of its rule.
        pub enum Other { $($kind),* }

        /// The rule of each kind.
        const OTHER_RULES: &[Rule] = &[$(
            Rule { id: $id, wire: $wire, doc: false, rust: $rust, reason: $reason, example: $example },
        )*];
    };
}

/// Declares an enum, and for each of its variants the rule; all of them are about text alone.
macro_rules! text_rules {
    ($($kind:ident $id:literal $reason:literal example $example:literal)*) => {
        /// A change of text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)] // Each has the words of its rule.
        pub enum Wording { $($kind),* }

        /// The rule of each kind.
        const TEXT_RULES: &[Rule] = &[$(
            Rule { id: $id, wire: Safe, doc: true, rust: "none", reason: $reason, example: $example },
        )*];
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

rules! {
    OperationAdded "operation-added" Safe "the client does not call it"
        rust "additive" example "`POST /api/sessions/{session}/pause` is added"
    OperationRemoved "operation-removed" Breaking "the call fails"
        rust "breaking" example "`POST /api/sessions/stop` is removed"
    OperationMoved "operation-moved" Breaking "the client calls the old address"
        rust "none" example "`GET /api/version` becomes `GET /api/server/version`"
    PathParameterRenamed "path-parameter-renamed" Safe "its name is not sent"
        rust "breaking" example "`/chats/{id}` becomes `/chats/{chatId}`"
    OperationIdChanged "operation-id-changed" Safe "it is not sent"
        rust "breaking" example "`getChat` becomes `readChat`"
    TagsChanged "operation-tags-changed" Safe "they are not sent"
        rust "breaking" example "an operation is moved from `Chats` to `Contacts`"
    OperationDeprecated "operation-deprecated" Safe "it still works"
        rust "none" example "an operation is deprecated"
    OperationUndeprecated "operation-not-deprecated" Safe "it works as before"
        rust "none" example "an operation is no longer deprecated"
    ParameterAdded "parameter-added" Safe "the client need not send it"
        rust "additive" example "an optional `sortBy` is added"
    RequiredParameterAdded "required-parameter-added" Breaking "the client does not send it"
        rust "breaking" example "a required `sortBy` is added"
    ParameterRemoved "parameter-removed" Risky "what the client sends there is ignored, or refused"
        rust "breaking" example "`sortBy` is removed"
    ParameterRenamed "parameter-renamed" Risky "the server ignores the old name, or refuses it"
        rust "breaking" example "the optional `sortBy` becomes `orderBy`"
    RequiredParameterRenamed "required-parameter-renamed" Breaking "the client sends the old name"
        rust "breaking" example "the required `phone` becomes `number`"
    ParameterMoved "parameter-moved" Breaking "the client sends it where the server does not look"
        rust "none" example "`session` is moved from the query to a header"
    ParameterBecameRequired "parameter-became-required" Breaking "the client may leave it out"
        rust "breaking" example "`sortBy` becomes required"
    ParameterBecameOptional "parameter-became-optional" Safe "the client always sends it"
        rust "none" example "`sortBy` becomes optional"
    ParameterStyleChanged "parameter-style-changed" Breaking "the client writes the value in the old way"
        rust "none" example "`explode` becomes false"
    ParameterEmptyAllowed "parameter-empty-value-allowed" Safe "the client need not send an empty value"
        rust "none" example "`text` may be empty (`allowEmptyValue`)"
    ParameterEmptyRefused "parameter-empty-value-refused" Risky "the client may send an empty value"
        rust "none" example "`text` may no longer be empty (`allowEmptyValue`)"
    ParameterDeprecated "parameter-deprecated" Safe "it still works"
        rust "none" example "`sortBy` is deprecated"
    ParameterUndeprecated "parameter-not-deprecated" Safe "it works as before"
        rust "none" example "`sortBy` is no longer deprecated"
    BodyAdded "request-body-added" Safe "the client need not send it"
        rust "breaking" example "an optional body is added"
    RequiredBodyAdded "required-request-body-added" Breaking "the client sends none"
        rust "breaking" example "a required body is added"
    BodyRemoved "request-body-removed" Risky "the body that the client sends is ignored, or refused"
        rust "breaking" example "the body is removed"
    BodyBecameRequired "request-body-became-required" Breaking "the client may leave it out"
        rust "none" example "the body becomes required"
    BodyBecameOptional "request-body-became-optional" Safe "the client sends it"
        rust "none" example "the body becomes optional"
    RequestMediaTypeAdded "request-media-type-added" Safe "the client need not send it"
        rust "none" example "`multipart/form-data` is added beside `application/json`"
    RequestMediaTypeRemoved "request-media-type-removed" Breaking "the client may send it"
        rust "breaking" example "`application/json` is removed"
    PropertyRefused "request-property-refused" Breaking "the server refuses members that it does not know"
        rust "breaking" example "`topic` is removed where `additionalProperties` is false"
    SuccessStatusAdded "response-status-added" Safe "the client reads every 2xx alike"
        rust "none" example "an operation answers 201"
    SuccessStatusRemoved "response-status-removed" Safe "the client reads every 2xx alike"
        rust "none" example "an operation no longer answers 200"
    RedirectAdded "response-redirect-added" Risky "the client may not follow"
        rust "none" example "an operation answers 302"
    RedirectRemoved "response-redirect-removed" Safe "it is no longer sent"
        rust "none" example "an operation no longer answers 302"
    ErrorStatusAdded "error-status-added" Safe "the client reads all errors alike"
        rust "none" example "an operation answers 409"
    ErrorStatusRemoved "error-status-removed" Safe "the client reads all errors alike"
        rust "none" example "an operation no longer answers 409"
    ErrorContentChanged "error-content-changed" Safe "of an error, the client reads what it can"
        rust "none" example "an error gets a body"
    ContentAdded "response-content-added" Safe "the client looks at no body there"
        rust "breaking" example "an answer gets a body"
    ContentRemoved "response-content-removed" Breaking "the client expects a body"
        rust "breaking" example "an answer no longer has a body"
    ContentKindChanged "response-content-changed" Breaking "the client reads JSON, text and bytes in different ways"
        rust "breaking" example "`application/json` becomes `text/plain`"
    MediaTypeAdded "response-media-type-added" Safe "the client reads what it read before"
        rust "none" example "`image/webp` is added beside `image/png`"
    MediaTypeRemoved "response-media-type-removed" Safe "the client reads what it read before"
        rust "none" example "`text/html` is removed, `application/json` stays"
    RequiredBecameWriteOnly "response-required-became-write-only" Breaking "the client cannot read the object without it"
        rust "none" example "a required property of an answer becomes `writeOnly`"
    HeaderAdded "response-header-added" Safe "the client need not look at it"
        rust "none" example "`X-Total` is added"
    HeaderRemoved "response-header-removed" Risky "code that reads it finds nothing"
        rust "none" example "`X-Total` is removed"
    HeaderChanged "response-header-changed" Risky "code that reads it finds something else"
        rust "none" example "`X-Total` becomes a string"
    SecurityRequired "security-required" Risky "a call without a key is refused"
        rust "none" example "an open operation requires the key"
    SecurityChanged "security-changed" Breaking "the client authenticates in another way"
        rust "none" example "an operation requires a token instead of the key"
    SecurityRelaxed "security-relaxed" Safe "the authentication of the client is still accepted"
        rust "none" example "an operation is open to everybody"
    SecuritySchemeAdded "security-scheme-added" Safe "the client need not use it"
        rust "none" example "a scheme `bearer` is added"
    SecuritySchemeRemoved "security-scheme-removed" Safe "operations that required it are judged by themselves"
        rust "none" example "a scheme is removed"
    SecuritySchemeRenamed "security-scheme-renamed" Safe "its name is not sent"
        rust "none" example "`api_key` becomes `apiKey`"
    SecuritySchemeChanged "security-scheme-changed" Breaking "the client authenticates in the old way"
        rust "none" example "the key is sent in another header"
    SecurityScopesChanged "security-scopes-changed" Risky "the client's token may lack a scope"
        rust "none" example "an operation requires the scope `write` as well"
    SecurityFlowsChanged "security-flows-changed" Risky "a token may come from elsewhere now"
        rust "none" example "the `tokenUrl` of OAuth 2 changes, or the `openIdConnectUrl`"
    WebhookAdded "webhook-added" Safe "no client waits for it"
        rust "additive" example "the event `call.ended` is added"
    WebhookRemoved "webhook-removed" Risky "code that waits for the event waits for ever"
        rust "breaking" example "the event `call.ended` is removed"
    WebhookChanged "webhook-content-changed" Risky "the event has a body where there was none, or none where there was one"
        rust "breaking" example "an event is sent without a body"
    SchemaAdded "schema-added" Safe "what refers to it is judged by itself"
        rust "additive" example "a schema `Poll` is added"
    SchemaRemoved "schema-removed" Safe "what referred to it is judged by itself"
        rust "breaking" example "a schema `Poll` is removed"
    SchemaRenamed "schema-renamed" Safe "its name is not sent"
        rust "breaking" example "`MePushName` becomes `PushName`"
    ExtensionChanged "extension-changed" Safe "no message carries it"
        rust "none" example "`x-alias` changes"
    Unclassified "unclassified" Risky "this program does not know the construct"
        rust "none" example "a callback is added"
    ApiChanged "api-changed" Safe "what is generated changed for another reason than any of the changes above"
        rust "any" example "a type gets another name, because a schema got a title"
    NotGenerated "not-generated" Risky "a document that no code is generated from says nothing about the API"
        rust "unknown" example "the generator refuses HEAD"
}

text_rules! {
    Text "text-changed" "text is for people" example "a description is corrected"
    Sample "sample-changed" "what must be sent has no default: the value is a sample"
        example "the default of a required property changes"
    Servers "servers-changed" "the client is told where its server is" example "another server is listed"
}

/// Returns the rule of a change within a schema.
pub fn in_schema(kind: InSchema, carrier: Carrier) -> &'static Rule {
    &SCHEMA_RULES[kind as usize][carrier as usize]
}

/// Returns the rule of a change elsewhere.
pub fn other(kind: Other) -> &'static Rule {
    &OTHER_RULES[kind as usize]
}

/// Returns the rule of a change of text.
pub fn text(kind: Wording) -> &'static Rule {
    &TEXT_RULES[kind as usize]
}

/// Returns all rules, by id.
pub fn all() -> Vec<&'static Rule> {
    let mut all: Vec<_> = SCHEMA_RULES.iter().flatten().chain(OTHER_RULES).chain(TEXT_RULES).collect();
    all.sort_by_key(|rule| rule.id);
    all
}

/// Returns whether a rule is one of changes that this program could not judge.
pub fn is_unclassified(rule: &str) -> bool {
    rule.ends_with("unclassified") || rule == other(Other::NotGenerated).id
}

/// Returns the table of rules in a format; annotations of GitHub have none, and get the text.
///
/// # Errors
///
/// It cannot be written as JSON, which does not happen.
pub fn table(format: Format) -> Result<String> {
    let word = |wire: &Wire| format!("{wire:?}").to_lowercase();
    let all = all();
    if format == Format::Json {
        let rules: Vec<Value> = all
            .iter()
            .map(|Rule { id, wire, doc, rust, reason, example }| {
                json!({"id": id, "wire": wire, "doc": doc, "usual_rust": rust, "reason": reason, "example": example})
            })
            .collect();
        return format::json(&json!({ "schema_version": 1, "rules": rules }));
    }
    let mut text = String::new();
    if format == Format::Markdown {
        text.push_str("| rule | wire | rust, usually | why | example |\n|---|---|---|---|---|\n");
    }
    for Rule { id, wire, doc, rust, reason, example } in all {
        let wire = word(wire);
        if format == Format::Markdown {
            text.push_str(&format!("| `{id}` | {wire} | {rust} | {reason} | {example} |\n"));
            continue;
        }
        let doc = if *doc { ", text" } else { "" };
        text.push_str(&format!("{id}\n  wire {wire}, rust usually {rust}{doc}: {reason}\n  e.g. {example}\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_rule() {
        let ids: Vec<_> = all().iter().map(|rule| rule.id).collect();
        let mut unique = ids.clone();
        unique.dedup();
        assert_eq!(ids, unique);
    }
}
