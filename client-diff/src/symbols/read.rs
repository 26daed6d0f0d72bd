//! Reads the public symbols of generated code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, Type, Visibility, visit::Visit};

use super::{Kind, Symbol, Table};

/// Traits that are worth a symbol when they are derived.
const DERIVED: [&str; 9] = ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// Reads the items of a module of types. `macro_traits` are the traits that a macro in it gives to the type of its first argument.
pub fn types(types: &[Item], macro_traits: &[&str], table: &mut Table) {
    for item in types {
        match item {
            // Its name, and its documentation.
            Item::Macro(item) => {
                let tokens = item.mac.tokens.to_string();
                let own = tokens.split(',').next().unwrap_or_default().trim();
                for name in macro_traits {
                    implemented(table, own, name);
                }
            }
            item => read_type(item, table),
        }
    }
}

/// Reads an item of the builders that progenitor generates. `of_bodies` are the properties that each type of a body requires.
pub fn builder(item: &Item, of_bodies: &BTreeMap<String, BTreeSet<String>>, table: &mut Table) {
    let mut required = BTreeMap::new();
    if let Item::Impl(item) = item {
        let method = |name: &str| {
            item.items.iter().find_map(|item| match item {
                ImplItem::Fn(method) if method.sig.ident == name => Some(method),
                _ => None,
            })
        };
        let body = method("body").and_then(converted_type).and_then(|ty| of_bodies.get(&show(&ty)));
        let mut needed: BTreeSet<String> = method("new").map(initial_errors).into_iter().flatten().collect();
        needed.extend(body.into_iter().flatten().cloned());
        required.insert(show(&item.self_ty), needed);
    }
    template_builders(std::slice::from_ref(item), &required, table);
}

/// Reads builders of which it is known without which setters they send nothing.
pub fn template_builders(builders: &[Item], required: &BTreeMap<String, BTreeSet<String>>, table: &mut Table) {
    for item in builders {
        match item {
            Item::Struct(item) => {
                add(table, &format!("builder::{}", item.ident), Kind::Builder, String::new(), &item.attrs);
            }
            // What is awaited is what `send` gives, unless there is a view of it.
            Item::Impl(item) if item.trait_.is_some() => {
                let outputs = item.items.iter().filter_map(|item| match item {
                    ImplItem::Type(output) if output.ident == "Output" => Some(show(&output.ty)),
                    _ => None,
                });
                for output in outputs.filter(|output| output.contains("views::")) {
                    add(table, &format!("builder::{}::await", show(&item.self_ty)), Kind::Send, output, &[]);
                }
            }
            Item::Impl(item) => {
                let name = show(&item.self_ty);
                let needed = required.get(&name).cloned().unwrap_or_default();
                for item in &item.items {
                    match item {
                        ImplItem::Fn(method) if is_public(&method.vis) => {
                            read_builder_method(&format!("builder::{name}"), method, &needed, table);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Reads the public methods of all types and traits that are implemented in a module or file: `owner` says by which name
/// each of them is known, if it is.
pub fn methods(items: &[Item], owner: impl Fn(&str) -> Option<String>, table: &mut Table) {
    for item in items {
        let (name, functions): (String, Vec<(&syn::Signature, &[Attribute])>) = match item {
            Item::Impl(item) if item.trait_.is_none() => {
                let functions = item.items.iter().filter_map(|item| match item {
                    ImplItem::Fn(method) if is_public(&method.vis) => Some((&method.sig, method.attrs.as_slice())),
                    _ => None,
                });
                (show(&item.self_ty), functions.collect())
            }
            Item::Trait(item) if is_public(&item.vis) => {
                let functions = item.items.iter().filter_map(|item| match item {
                    syn::TraitItem::Fn(method) => Some((&method.sig, method.attrs.as_slice())),
                    _ => None,
                });
                (item.ident.to_string(), functions.collect())
            }
            _ => continue,
        };
        let Some(owner) = owner(&name) else { continue };
        for (signature, attributes) in functions {
            let path = format!("{owner}::{}", plain(&signature.ident));
            let output = show(&signature.output);
            let arguments: Vec<_> = signature.inputs.iter().filter_map(argument).collect();
            let shape = if arguments.is_empty() { output } else { format!("({}) -> {output}", arguments.join(", ")) };
            add(table, &path, Kind::Method, shape, attributes);
        }
    }
}

/// Returns the items of the module of this name; none where there is no such module.
pub fn find_module<'a>(all: &'a [Item], name: &str) -> &'a [Item] {
    all.iter().find_map(|item| module(item, name)).map(items).unwrap_or_default()
}

fn module<'a>(item: &'a Item, name: &str) -> Option<&'a ItemMod> {
    match item {
        Item::Mod(module) if module.ident == name => Some(module),
        _ => None,
    }
}

/// Returns the items of a module.
pub fn items(module: &ItemMod) -> &[Item] {
    module.content.as_ref().map_or(&[], |(_, items)| items)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn read_type(item: &Item, table: &mut Table) {
    match item {
        Item::Struct(item) => {
            let path = format!("types::{}", item.ident);
            add(table, &path, Kind::Struct, String::new(), &item.attrs);
            derives(table, &path, &item.attrs);
            fields(table, &path, &item.fields);
        }
        Item::Enum(item) => {
            let path = format!("types::{}", item.ident);
            add(table, &path, Kind::Enum, String::new(), &item.attrs);
            derives(table, &path, &item.attrs);
            for variant in &item.variants {
                let payload = variant.fields.iter().map(|field| show(&field.ty)).collect::<Vec<_>>().join(", ");
                add(table, &format!("{path}::{}", variant.ident), Kind::Variant, payload, &[]);
            }
        }
        Item::Type(item) => add(table, &format!("types::{}", item.ident), Kind::Alias, show(&item.ty), &[]),
        Item::Impl(item) => read_impl(item, table),
        _ => {}
    }
}

fn fields(table: &mut Table, path: &str, fields: &Fields) {
    for (i, field) in fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis)) {
        let name = field.ident.as_ref().map_or_else(|| i.to_string(), plain);
        add(table, &format!("{path}::{name}"), Kind::Field, show(&field.ty), &[]);
    }
}

fn read_impl(item: &ItemImpl, table: &mut Table) {
    let owner = show(&item.self_ty);
    if let Some((name, ..)) = &item.trait_ {
        implemented(table, &owner, &show(name));
        return;
    }
    for item in &item.items {
        match item {
            ImplItem::Fn(method) if is_public(&method.vis) => {
                let path = format!("types::{owner}::{}()", method.sig.ident);
                add(table, &path, Kind::Method, show(&method.sig.output), &method.attrs);
            }
            ImplItem::Const(constant) if is_public(&constant.vis) => {
                add(table, &format!("types::{owner}::{}", constant.ident), Kind::Method, show(&constant.ty), &[]);
            }
            _ => {}
        }
    }
}

/// Adds a trait of a type, and those that follow from it.
fn implemented(table: &mut Table, owner: &str, name: &str) {
    let argument = name.strip_prefix("From<").and_then(|name| name.strip_suffix('>'));
    // What another crate's type is made of converts into it.
    let (owner, name) = match argument {
        Some(argument) if is_foreign(owner) => (argument.to_owned(), format!("Into<{owner}>")),
        _ => (owner.to_owned(), name.to_owned()),
    };
    let converts = ["From<", "Into<"].iter().any(|conversion| name.starts_with(conversion));
    for name in [format!("Try{name}")].into_iter().filter(|_| converts).chain([name.clone()]) {
        add(table, &format!("types::{owner}: {name}"), Kind::Trait, String::new(), &[]);
    }
}

/// Returns whether a type is one of the standard library or of another crate.
fn is_foreign(ty: &str) -> bool {
    let is_generic = ["Vec<", "HashMap<", "Option<", "Box<"].iter().any(|start| ty.starts_with(start));
    ty == "String" || is_generic || ty.contains("::") || !ty.starts_with(char::is_uppercase)
}

/// Adds the traits that a type derives.
fn derives(table: &mut Table, path: &str, attributes: &[Attribute]) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let traits = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
        for derived in attribute.parse_args_with(traits).into_iter().flatten() {
            let name = derived.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
            if DERIVED.contains(&name.as_str()) {
                add(table, &format!("{path}: {name}"), Kind::Trait, String::new(), &[]);
            }
        }
    }
}

/// Returns the type of a builder and the properties that it requires, if the item is what the builder begins with.
pub fn required_properties(item: &Item) -> Option<(String, BTreeSet<String>)> {
    let Item::Impl(item) = item else { return None };
    let (path, ..) = item.trait_.as_ref()?;
    if path.segments.last()?.ident != "Default" {
        return None;
    }
    let functions = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    Some((show(&item.self_ty), functions.flat_map(initial_errors).collect()))
}

/// Returns the fields that a function initialises with an error: nothing is sent before they are set.
fn initial_errors(function: &ImplItemFn) -> Vec<String> {
    #[derive(Default)]
    struct Errors(Vec<String>);
    impl<'ast> Visit<'ast> for Errors {
        fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
            let is_error = match &field.expr {
                syn::Expr::Call(call) => {
                    matches!(&*call.func, syn::Expr::Path(path) if path.path.segments.last().is_some_and(|name| name.ident == "Err"))
                }
                _ => false,
            };
            if let (true, syn::Member::Named(name)) = (is_error, &field.member) {
                self.0.push(plain(name));
            }
        }
    }
    let mut errors = Errors::default();
    errors.visit_impl_item_fn(function);
    errors.0
}

fn read_builder_method(owner: &str, method: &ImplItemFn, needed: &BTreeSet<String>, table: &mut Table) {
    let name = plain(&method.sig.ident);
    let path = format!("{owner}::{name}");
    match name.as_str() {
        "send" => add(table, &path, Kind::Send, show(&method.sig.output), &[]),
        "pages" => add(table, &path, Kind::Method, show(&method.sig.output), &[]),
        // It says the same as `body`.
        "body_map" => {}
        _ => {
            let ty = converted_type(method).map(|ty| show(&ty)).unwrap_or_default();
            let signature = method.sig.to_token_stream().to_string();
            let is_list = ["IntoIterator", "OneOrMany"].iter().any(|word| signature.contains(word));
            let ty = if is_list { format!("Vec<{ty}>") } else { ty };
            let is_needed = needed.contains(name.trim_end_matches('_')) || needed.contains(&name);
            add(table, &path, Kind::Setter, if is_needed { format!("{ty}, required") } else { ty }, &[]);
        }
    }
}

/// Returns `X` of the `TryInto<X>` that a setter takes, or of the `OneOrMany<X, K>`.
fn converted_type(setter: &ImplItemFn) -> Option<Type> {
    struct Converted(Option<Type>);
    impl<'ast> Visit<'ast> for Converted {
        fn visit_trait_bound(&mut self, bound: &'ast syn::TraitBound) {
            let converts = |name: &syn::Ident| name == "TryInto" || name == "OneOrMany";
            let segment = bound.path.segments.last().filter(|segment| converts(&segment.ident));
            if let Some(syn::PathArguments::AngleBracketed(arguments)) = segment.map(|segment| &segment.arguments) {
                self.0 = arguments.args.iter().find_map(|argument| match argument {
                    syn::GenericArgument::Type(ty) => Some(ty.clone()),
                    _ => None,
                });
                return;
            }
            syn::visit::visit_trait_bound(self, bound);
        }
    }
    let mut converted = Converted(None);
    converted.visit_signature(&setter.sig);
    converted.0
}

/// Returns the type of an argument, or `None` for the receiver.
fn argument(argument: &syn::FnArg) -> Option<String> {
    match argument {
        syn::FnArg::Typed(argument) => Some(show(&argument.ty)),
        syn::FnArg::Receiver(_) => None,
    }
}

fn add(table: &mut Table, path: &str, kind: Kind, shape: String, attributes: &[Attribute]) {
    let has = |name: &str| attributes.iter().any(|attribute| attribute.path().is_ident(name));
    let symbol = Symbol { kind, shape, is_exhaustive: !has("non_exhaustive"), is_deprecated: has("deprecated") };
    table.insert(path.to_owned(), symbol);
}

/// Returns a name without the mark of a raw identifier.
fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// Paths of well-known types; one that begins with another comes before it.
const KNOWN_PATHS: [&str; 14] = [
    "::std::collections::",
    "::std::convert::",
    "::std::fmt::",
    "::std::ops::",
    "::std::option::",
    "::std::result::",
    "::std::str::",
    "::std::string::",
    "::std::vec::",
    "crate::types::",
    "crate::",
    "super::",
    "types::",
    "::serde::",
];

/// Returns a type as it is usually written, without the paths of well-known types.
pub fn show(node: &impl ToTokens) -> String {
    let mut text = String::new();
    write_tokens(node.to_token_stream(), &mut text);
    if text.contains("::") {
        text = without_known_paths(&text);
    }
    match text.strip_prefix("->") {
        Some(ty) => ty.to_owned(),
        None => text,
    }
}

/// Writes tokens with spaces between words alone.
fn write_tokens(tokens: TokenStream, text: &mut String) {
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            let [open, close] = match group.delimiter() {
                Delimiter::Parenthesis => ["(", ")"],
                Delimiter::Brace => ["{", "}"],
                Delimiter::Bracket => ["[", "]"],
                Delimiter::None => ["", ""],
            };
            text.push_str(open);
            write_tokens(group.stream(), text);
            text.push_str(close);
            continue;
        }
        let start = text.len();
        let _ = write!(text, "{token}");
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text[..start].ends_with(is_word) && text[start..].starts_with(is_word) {
            text.insert(start, ' ');
        }
    }
}

fn without_known_paths(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match KNOWN_PATHS.iter().find_map(|known| rest.strip_prefix(known)) {
            Some(after) => rest = after,
            None => {
                short.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn types_are_shown_as_people_write_them() {
        for (tokens, shown) in [
            (quote! { ::std::option::Option<::std::string::String> }, "Option<String>"),
            (quote! { &'a mut dyn Trait }, "&'a mut dyn Trait"),
            (quote! { -> Result<ResponseValue<types::Thing>, Error<()>> }, "Result<ResponseValue<Thing>,Error<()>>"),
            (quote! { super::types::builder::Thing }, "builder::Thing"),
            (quote! { ::std::collections::HashMap<String, [u8; 4]> }, "HashMap<String,[u8;4]>"),
            (quote! { r#type }, "r#type"),
        ] {
            assert_eq!(show(&tokens), shown);
        }
    }
}
