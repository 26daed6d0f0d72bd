//! Runs progenitor: positional functions, a client with our context of a call, hooks that cannot be forgotten, and our own
//! types where its types would be too strict.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;
use serde_json::Value;
use syn::{File, Item};

use crate::{
    Options,
    interface::types_mut,
    prepare::{self, FileKind, Prepared},
};

/// Generates the types, and the client with a function for each operation.
pub fn generate(prepared: &Prepared, options: Options) -> Result<File, String> {
    let spec: openapiv3::OpenAPI = serde_json::from_value(prepared.document.clone())
        .map_err(|error| format!("the document is not OpenAPI 3.0: {error}"))?;
    let mut settings = settings(prepared);
    let choices = if options.json_schema { number_choices(&prepared.document) } else { BTreeMap::new() };
    if options.json_schema {
        // By another name: of the crate's own name, typify writes an implementation for an older schemars.
        settings.with_derive("crate::schema::DeriveSchema");
    }
    let client = Generator::new(&settings).generate_tokens(&spec).map_err(|error| error.to_string())?;
    let mut file = syn::parse2(client).map_err(|error| format!("the generated code cannot be parsed: {error}"))?;
    for (name, numbers) in choices {
        let structs = types_mut(&mut file)?.iter_mut().filter_map(|item| match item {
            Item::Struct(item) if item.ident == name => Some(item),
            _ => None,
        });
        let choice =
            structs.last().ok_or_else(|| format!("progenitor generated no type `{name}` for a choice of numbers"))?;
        let numbers: syn::ExprArray = syn::parse_str(&numbers).map_err(|error| format!("enum of {name}: {error}"))?;
        // The derived schema does not show which numbers the type takes.
        choice.attrs.push(syn::parse_quote!(#[schemars(extend("enum" = #numbers))]));
    }
    Ok(file)
}

/// The types that take only some numbers, and the list of these.
fn number_choices(document: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let name = name.to_upper_camel_case();
        let properties = schema["properties"].as_object().into_iter().flatten();
        let properties =
            properties.map(|(property, schema)| (format!("{name}{}", property.to_upper_camel_case()), schema));
        for (name, schema) in properties.chain([(name.clone(), schema)]) {
            if matches!(schema["type"].as_str(), Some("integer" | "number")) && schema["enum"].is_array() {
                found.insert(name, schema["enum"].to_string());
            }
        }
    }
    found
}

fn settings(prepared: &Prepared) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(crate::generated::Context));
    let impls = || [TypeImpl::Display, TypeImpl::FromStr].into_iter();
    settings.with_replacement(prepare::JSON, "crate::Json", impls());
    for name in prepare::ERRORS {
        settings.with_replacement(name, format!("crate::error::{name}"), std::iter::empty());
    }
    settings.with_replacement(prepare::SESSION_NAME, "crate::SessionName", impls());
    for (name, kind) in &prepared.files {
        let media = match kind {
            FileKind::Named => "crate::Media",
            FileKind::Bare => "crate::media::Content",
        };
        settings.with_replacement(name, media, std::iter::empty());
    }
    for name in prepared.open_enums.keys() {
        settings.with_replacement(name, format!("crate::open_enum::{name}"), impls());
    }
    settings
}
