//! What is changed in the types that progenitor generated.
//!
//! Each change has a name and says how often it has to apply, counted in the document. Where it applies more or less often,
//! the generator writes something else than it did when the change was written, and the build fails.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::ToTokens;
use serde_json::Value;
use syn::{Attribute, Field, Fields, File, ImplItem, Item, Type, parse_quote, punctuated::Punctuated};

use crate::{
    debug,
    document::{operations, reachable, schema_name, schema_refs, sent_by_server},
    interface::{self, first_argument, is_named, last_segment, types_mut},
    secrets,
};

/// A change of generated types.
pub struct Transform {
    /// Its name, for messages.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// How often it has to apply to the types of a document that was prepared for progenitor.
    expected: fn(&Value) -> usize,
    /// Applies it, and returns how often it did.
    apply: fn(&mut File, &Value) -> Result<usize, String>,
}

/// All changes, in the order in which they are applied.
pub const TRANSFORMS: [Transform; 6] = [
    Transform {
        name: "private-functions",
        purpose: "the generated functions are private: their documentation would repeat paths of the document, and one that an \
                  app does not call is not compiled for it",
        expected: |document| operations(document).count(),
        apply: private_functions,
    },
    Transform {
        name: "lenient-integers",
        purpose: "an integer may be written as `20.0`, as text, or in two halves",
        expected: |document| count_properties(document, |_| true, is_integer),
        apply: lenient_integers,
    },
    Transform {
        name: "lenient-lists",
        purpose: "one element of a list that cannot be read does not lose the others",
        expected: |document| {
            let answers = answers_only(document);
            count_properties(
                document,
                |component| answers.contains(component),
                |schema| is_list_of_objects(document, schema),
            )
        },
        apply: lenient_lists,
    },
    Transform {
        name: "hidden-secrets",
        purpose: "`Debug` shows no value that the document marks as a secret",
        expected: |document| {
            let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
            let maps = schemas.filter(|(_, schema)| secrets::is_secret(&schema["additionalProperties"])).count();
            maps + count_properties(document, |_| true, secrets::is_secret)
        },
        apply: hide_secrets,
    },
    Transform {
        name: "short-debug",
        purpose: "`Debug` shows the properties that there are, of the many that there may be",
        expected: |document| {
            let schemas = &document["components"]["schemas"];
            count_properties(document, |name| !has_secret(&schemas[name]), |_| true)
        },
        apply: short_debug,
    },
    Transform {
        name: "non-exhaustive-answers",
        purpose: "a property that a release adds to an answer does not break code",
        expected: |document| {
            let schemas = &document["components"]["schemas"];
            answers_only(document).iter().filter(|name| schemas[name.as_str()]["properties"].is_object()).count()
        },
        apply: non_exhaustive_answers,
    },
];

/// Applies all changes to a generated file.
pub fn apply(file: &mut File, document: &Value) -> Result<(), String> {
    TRANSFORMS.iter().try_for_each(|transform| transform.run(file, document))
}

impl Transform {
    fn run(&self, file: &mut File, document: &Value) -> Result<(), String> {
        let expected = (self.expected)(document);
        let actual = (self.apply)(file, document)?;
        if actual == expected {
            return Ok(());
        }
        Err(format!(
            "the transform `{}` applied {actual} times and not {expected} times: progenitor generates other code than the \
             transform was written for",
            self.name
        ))
    }
}

/// How many properties of component schemas meet a condition, those of schemas within them included.
fn count_properties(
    document: &Value,
    is_of_interest: impl Fn(&str) -> bool,
    condition: impl Fn(&Value) -> bool,
) -> usize {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let schemas = schemas.filter(|(name, _)| is_of_interest(name)).map(|(_, schema)| schema);
    schemas.map(|schema| count(schema, &condition)).sum()
}

fn count(node: &Value, condition: &impl Fn(&Value) -> bool) -> usize {
    match node {
        Value::Object(object) => {
            let properties = object.get("properties").and_then(Value::as_object).into_iter().flatten();
            let here = properties.filter(|(_, property)| condition(property)).count();
            here + object.values().map(|child| count(child, condition)).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(|item| count(item, condition)).sum(),
        _ => 0,
    }
}

/// The component schemas that the server sends and that no request holds, by their names.
fn answers_only(document: &Value) -> BTreeSet<String> {
    let mut sent = sent_by_server(document);
    let bodies = operations(document).flat_map(|operation| schema_refs(&operation.value["requestBody"]));
    let received = reachable(document, bodies);
    sent.retain(|name| !received.contains(name));
    sent
}

/// An integer, or a map of integers.
fn is_integer(schema: &Value) -> bool {
    let is_integer = |schema: &Value| schema["type"] == "integer" && schema["enum"].is_null();
    is_integer(schema) || is_integer(&schema["additionalProperties"])
}

fn is_list_of_objects(document: &Value, schema: &Value) -> bool {
    let items = &schema["items"];
    let items = match items["$ref"].as_str().and_then(schema_name) {
        Some(name) => &document["components"]["schemas"][name],
        None => items,
    };
    schema["type"] == "array" && items["properties"].is_object()
}

/// The named fields of all structs of `types`, with the names of the structs.
fn fields(file: &mut File) -> Result<impl Iterator<Item = (String, &mut Field)>, String> {
    let structs = types_mut(file)?.iter_mut().filter_map(|item| match item {
        Item::Struct(item) => match &mut item.fields {
            Fields::Named(fields) => Some((item.ident.to_string(), fields)),
            _ => None,
        },
        _ => None,
    });
    Ok(structs.flat_map(|(name, fields)| fields.named.iter_mut().map(move |field| (name.clone(), field))))
}

/// Has a field read by a function of `crate::lenient`. An optional field that is absent is `None`.
fn read_by(field: &mut Field, function: &str, is_optional: bool) {
    let attributes: String = field.attrs.iter().map(|attribute| attribute.to_token_stream().to_string()).collect();
    let function = format!("crate::lenient::{}{function}", if is_optional { "optional_" } else { "" });
    let attribute: Attribute = if is_optional && !attributes.contains("default") {
        parse_quote!(#[serde(default, deserialize_with = #function)])
    } else {
        parse_quote!(#[serde(deserialize_with = #function)])
    };
    field.attrs.push(attribute);
}

/// The type of a field's value, and whether it is optional.
fn value_type(ty: &Type) -> (bool, &Type) {
    match first_argument(ty) {
        Some(inner) if is_named(ty, "Option") => (true, inner),
        _ => (false, ty),
    }
}

fn private_functions(file: &mut File, _: &Value) -> Result<usize, String> {
    let mut count = 0;
    for item in &mut file.items {
        match item {
            Item::Impl(item) if item.trait_.is_none() && is_named(&item.self_ty, "Client") => {
                for item in &mut item.items {
                    let ImplItem::Fn(method) = item else { continue };
                    let attributes = method.attrs.len();
                    method.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
                    if method.sig.asyncness.is_some() && attributes > method.attrs.len() {
                        method.attrs.push(parse_quote!(#[inline]));
                        count += 1;
                    }
                }
            }
            Item::Struct(item) if item.ident == "Client" => {
                item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
            }
            _ => {}
        }
    }
    Ok(count)
}

fn lenient_integers(file: &mut File, _: &Value) -> Result<usize, String> {
    let mut count = 0;
    for (_, field) in fields(file)? {
        let ty = field.ty.clone();
        let (is_optional, value) = value_type(&ty);
        let is_map = is_named(value, "HashMap") && value.to_token_stream().to_string().ends_with(", i64 >");
        if is_map {
            read_by(field, "integer_map", is_optional);
        } else if is_named(value, "i64") {
            read_by(field, "integer", is_optional);
        } else {
            continue;
        }
        count += 1;
    }
    Ok(count)
}

fn lenient_lists(file: &mut File, document: &Value) -> Result<usize, String> {
    let answers: BTreeSet<_> = answers_only(document).iter().map(|name| name.to_upper_camel_case()).collect();
    let structs: BTreeSet<_> = fields(file)?.map(|(name, _)| name).collect();
    let mut count = 0;
    for (name, field) in fields(file)? {
        let ty = field.ty.clone();
        let (is_optional, value) = value_type(&ty);
        let item = first_argument(value).filter(|_| is_named(value, "Vec")).and_then(last_segment);
        if answers.contains(&name) && item.is_some_and(|item| structs.contains(&item.to_string())) {
            read_by(field, "list", is_optional);
            count += 1;
        }
    }
    Ok(count)
}

fn hide_secrets(file: &mut File, document: &Value) -> Result<usize, String> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let schemas: BTreeMap<_, _> = schemas.map(|(name, schema)| (name.to_upper_camel_case(), schema)).collect();
    let mut count = 0;
    let mut written = Vec::new();
    for item in types_mut(file)? {
        let Item::Struct(item) = item else { continue };
        let Some(schema) = schemas.get(&item.ident.to_string()) else { continue };
        let (hidden, debug) = match &item.fields {
            Fields::Named(fields) => {
                let fields: Vec<_> = fields.named.iter().filter_map(interface::Field::read).collect();
                let is_secret = |property: &str| secrets::is_secret(&schema["properties"][property]);
                let fields = shown(&fields, is_secret);
                (fields.iter().filter(|field| field.is_secret).count(), debug::of_struct(&item.ident, fields))
            }
            Fields::Unnamed(_) if secrets::is_secret(&schema["additionalProperties"]) => {
                (1, debug::of_map(&item.ident))
            }
            _ => continue,
        };
        if hidden > 0 && derive_no_debug(&mut item.attrs) {
            count += hidden;
            written.push(debug);
        }
    }
    add(file, written)?;
    Ok(count)
}

fn short_debug(file: &mut File, _: &Value) -> Result<usize, String> {
    let mut count = 0;
    let mut written = Vec::new();
    for item in types_mut(file)? {
        let Item::Struct(item) = item else { continue };
        let Fields::Named(fields) = &item.fields else { continue };
        if derive_no_debug(&mut item.attrs) {
            let fields: Vec<_> = fields.named.iter().filter_map(interface::Field::read).collect();
            count += fields.len();
            written.push(debug::of_struct(&item.ident, shown(&fields, |_| false)));
        }
    }
    add(file, written)?;
    Ok(count)
}

/// What `Debug` shows of fields, of whose properties some are secrets.
fn shown(fields: &[interface::Field], is_secret: impl Fn(&str) -> bool) -> Vec<debug::Field<'_>> {
    let fields = fields.iter().map(|field| debug::Field {
        name: &field.name,
        is_secret: is_secret(&field.property),
        is_optional: field.is_optional,
    });
    fields.collect()
}

/// Adds implementations to the types.
fn add(file: &mut File, implementations: Vec<TokenStream>) -> Result<(), String> {
    for implementation in implementations {
        let item = syn::parse2(implementation).map_err(|error| format!("a `Debug` cannot be parsed: {error}"))?;
        types_mut(file)?.push(item);
    }
    Ok(())
}

/// Whether one of the properties, or what its members are, is a secret.
fn has_secret(schema: &Value) -> bool {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(_, property)| property).chain([&schema["additionalProperties"]]).any(secrets::is_secret)
}

/// Takes `Debug` out of what is derived. Returns whether it was derived.
fn derive_no_debug(attributes: &mut [Attribute]) -> bool {
    let mut is_derived = false;
    for attribute in attributes.iter_mut().filter(|attribute| attribute.path().is_ident("derive")) {
        let paths = attribute.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated);
        let is_debug = |path: &syn::Path| path.segments.last().is_some_and(|segment| segment.ident == "Debug");
        let (debug, others): (Vec<_>, Vec<_>) = paths.into_iter().flatten().partition(is_debug);
        if !debug.is_empty() {
            is_derived = true;
            *attribute = parse_quote!(#[derive(#(#others),*)]);
        }
    }
    is_derived
}

fn non_exhaustive_answers(file: &mut File, document: &Value) -> Result<usize, String> {
    let answers: BTreeSet<_> = answers_only(document).iter().map(|name| name.to_upper_camel_case()).collect();
    let mut count = 0;
    for item in types_mut(file)? {
        let Item::Struct(item) = item else { continue };
        if matches!(item.fields, Fields::Named(_)) && answers.contains(&item.ident.to_string()) {
            item.attrs.push(parse_quote!(#[non_exhaustive]));
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use proc_macro2::{TokenStream, TokenTree};
    use quote::quote;
    use serde_json::json;
    use syn::parse_quote;

    use super::*;
    use crate::{Options, prepare, progenitor};

    /// What progenitor generates from a document to which every transform applies, and the prepared document.
    fn generated() -> (File, Value) {
        let document = json!({
            "openapi": "3.0.3",
            "info": { "title": "Things", "version": "1" },
            "paths": { "/things": { "get": {
                "operationId": "things_list", "tags": ["things"], "summary": "List", "description": "Lists.",
                "responses": { "2XX": { "description": "Things.", "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Shelf" } } } } },
            } } },
            "components": { "schemas": {
                "Shelf": { "type": "object", "required": ["things", "size"], "properties": {
                    "things": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } },
                    "size": { "type": "integer", "format": "int64" },
                    "counts": { "type": "object", "additionalProperties": { "type": "integer", "format": "int64" } },
                    "key": { "type": "string", "x-secret": true },
                } },
                "Names": { "type": "object", "additionalProperties": { "type": "string", "x-secret": true } },
                "Thing": { "type": "object", "properties": { "size": { "type": "integer", "format": "int64" } } },
            } },
        });
        let prepared = prepare::prepare(&document);
        (progenitor::generate(&prepared, Options::default()).expect("code"), prepared.document)
    }

    /// The file with every identifier of this name renamed, as another release of the generator might have it.
    fn renamed(file: &File, from: &str, to: &str) -> File {
        fn tokens(stream: TokenStream, from: &str, to: &str) -> TokenStream {
            let rename = |token| match token {
                TokenTree::Ident(ident) if ident == from => TokenTree::Ident(proc_macro2::Ident::new(to, ident.span())),
                TokenTree::Group(group) => {
                    let inner = tokens(group.stream(), from, to);
                    TokenTree::Group(proc_macro2::Group::new(group.delimiter(), inner))
                }
                other => other,
            };
            stream.into_iter().map(rename).collect()
        }
        syn::parse2(tokens(quote!(#file), from, to)).expect("Rust")
    }

    #[test]
    fn transforms_apply_as_often_as_the_document_says() {
        let (mut file, document) = generated();
        apply(&mut file, &document).unwrap();
        let text = quote!(#file).to_string();
        for function in ["integer", "optional_integer", "optional_integer_map", "list"] {
            assert!(text.contains(&format!("\"crate::lenient::{function}\"")), "{function}: {text}");
        }
        assert_eq!(text.matches("debug :: masked").count(), 1, "{text}");
        assert_eq!(text.matches("redaction :: Masked").count(), 1, "{text}");
        assert_eq!(text.matches("debug :: fields").count(), 2, "{text}");
        assert_eq!(text.matches("# [non_exhaustive]").count(), 2, "{text}");
    }

    #[test]
    fn a_transform_whose_anchor_was_renamed_fails_with_both_numbers() {
        let (file, document) = generated();
        let mut seen = BTreeSet::new();
        for (anchor, other, transform, numbers) in [
            ("i64", "i128", "lenient-integers", "0 times and not 3 times"),
            ("HashMap", "BTreeMap", "lenient-integers", "2 times and not 3 times"),
            ("Vec", "VecDeque", "lenient-lists", "0 times and not 1 times"),
            ("Thing", "Item", "non-exhaustive-answers", "1 times and not 2 times"),
            ("Client", "Api", "private-functions", "0 times and not 1 times"),
            ("Debug", "Print", "hidden-secrets", "0 times and not 2 times"),
            ("Debug", "Print", "short-debug", "0 times and not 1 times"),
        ] {
            let named = TRANSFORMS.iter().find(|other| other.name == transform).expect("there is one of this name");
            let error = named.run(&mut renamed(&file, anchor, other), &document).unwrap_err();
            assert!(error.contains(transform) && error.contains(numbers), "{anchor}: {error}");
            seen.insert(transform);
        }
        assert_eq!(seen.len(), TRANSFORMS.len(), "a new transform needs a row above");
    }

    #[test]
    fn a_generated_file_without_types_is_an_error() {
        let (_, document) = generated();
        let mut file: File = parse_quote!(
            pub struct Client;
        );
        assert!(apply(&mut file, &document).is_err());
    }
}
