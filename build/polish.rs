//! What is done to the generator's code before anybody sees it.
//!
//! - An operation is begun by a scope's method alone, so that the 192 methods of `Client` go; so do constructors that would
//!   build a client without our settings.
//! - `send` answers with our error, which knows the operation.
//! - Every property of a JSON body has a method on the operation's builder.
//! - Setters carry the documentation of what they set.
//! - Integers in answers may be written as `20.0`.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, File, GenericArgument, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, PathArguments, PathSegment,
    ReturnType, Type, TypeParamBound, Visibility, parse_quote, visit_mut::VisitMut,
};

use super::operation::{Answer, Operation};

/// Changes the generated file in place.
pub fn polish(file: &mut File, operations: &[Operation], open_enums: TokenStream) -> Result<(), String> {
    file.items.retain(|item| !matches!(item, Item::Mod(module) if module.ident == "prelude"));
    for item in &mut file.items {
        match item {
            Item::Impl(item) if item.trait_.is_none() && is_named(&item.self_ty, "Client") => {
                item.items.retain(|item| matches!(item, ImplItem::Fn(method) if method.sig.ident == "new_with_client"));
                methods(item).for_each(|method| method.vis = parse_quote!(pub(crate)));
            }
            Item::Struct(item) if item.ident == "Client" => {
                item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
                item.attrs.push(doc(include_str!("client.md")));
            }
            _ => {}
        }
    }
    let types = module(&mut file.items, "types")?;
    lenient_integers(types);
    let setters = body_setters(types);
    let open_enums: File = syn::parse2(open_enums).map_err(|error| format!("the open enums do not parse: {error}"))?;
    items(types).extend(open_enums.items);
    polish_builders(module(&mut file.items, "builder")?, operations, &setters)
}

fn module<'a>(items: &'a mut [Item], name: &str) -> Result<&'a mut ItemMod, String> {
    let modules = items.iter_mut().filter_map(|item| match item {
        Item::Mod(module) => Some(module),
        _ => None,
    });
    let mut named = modules.filter(|module| module.ident == name);
    named.next().ok_or_else(|| format!("the generator made no module `{name}`"))
}

fn items(module: &mut ItemMod) -> &mut Vec<Item> {
    &mut module.content.get_or_insert_default().1
}

fn is_named(ty: &Type, name: &str) -> bool {
    type_name(ty).is_some_and(|ident| ident == name)
}

/// The last segment of a path type.
fn type_name(ty: &Type) -> Option<&syn::Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

fn methods(item: &mut ItemImpl) -> impl Iterator<Item = &mut ImplItemFn> {
    item.items.iter_mut().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}

fn doc(text: &str) -> Attribute {
    parse_quote!(#[doc = #text])
}

/// Lets integers be read from numbers such as `20.0`, which some engines write.
fn lenient_integers(types: &mut ItemMod) {
    for item in items(types) {
        let Item::Struct(item) = item else { continue };
        for field in &mut item.fields {
            let reader = match field.ty.to_token_stream().to_string().replace(' ', "").as_str() {
                "i64" => "crate::lenient::integer",
                "::std::option::Option<i64>" => "crate::lenient::optional_integer",
                "::std::collections::HashMap<::std::string::String,i64>" => "crate::lenient::integer_map",
                "::std::option::Option<::std::collections::HashMap<::std::string::String,i64>>" => {
                    "crate::lenient::optional_integer_map"
                }
                _ => continue,
            };
            let tokens: String = field.attrs.iter().map(|attribute| attribute.to_token_stream().to_string()).collect();
            if tokens.contains("deserialize_with") {
                continue;
            }
            field.attrs.push(if reader.contains("optional") && !tokens.contains("default") {
                parse_quote!(#[serde(default, deserialize_with = #reader)])
            } else {
                parse_quote!(#[serde(deserialize_with = #reader)])
            });
        }
    }
}

/// The setters of the builders of `types::builder`, by the type that they build.
fn body_setters(types: &mut ItemMod) -> BTreeMap<String, Vec<ImplItemFn>> {
    let mut found = BTreeMap::new();
    // A document without objects has no such module.
    let Ok(builders) = module(items(types), "builder") else {
        return found;
    };
    for item in items(builders) {
        let Item::Impl(item) = item else { continue };
        if item.trait_.is_some() {
            continue;
        }
        let Some(name) = type_name(&item.self_ty).map(ToString::to_string) else {
            continue;
        };
        let setters: Vec<_> = methods(item).map(|method| method.clone()).collect();
        found.insert(name, setters);
    }
    found
}

fn polish_builders(
    builders: &mut ItemMod,
    operations: &[Operation],
    setters: &BTreeMap<String, Vec<ImplItemFn>>,
) -> Result<(), String> {
    let by_builder: BTreeMap<String, &Operation> =
        operations.iter().map(|operation| (operation.builder().to_string(), operation)).collect();
    for item in items(builders) {
        match item {
            Item::Struct(item) => {
                if let Some(operation) = by_builder.get(&item.ident.to_string()) {
                    item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
                    item.attrs.insert(0, doc(&format!("{}: `{}`", operation.summary, operation.label())));
                    item.attrs.push(parse_quote!(#[must_use = "nothing is sent before `send`"]));
                }
            }
            Item::Impl(item) => {
                let Some(name) = type_name(&item.self_ty).map(ToString::to_string) else {
                    continue;
                };
                if let Some(operation) = by_builder.get(&name) {
                    polish_builder(item, operation, setters)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn polish_builder(
    item: &mut ItemImpl,
    operation: &Operation,
    setters: &BTreeMap<String, Vec<ImplItemFn>>,
) -> Result<(), String> {
    let mut body_type = None;
    let mut taken = Vec::new();
    let mut send = None;
    for method in methods(item) {
        let name = method.sig.ident.to_string();
        match name.as_str() {
            "new" => method.vis = parse_quote!(pub(crate)),
            "send" => send = Some(split_send(method, operation)?),
            "body" => method.attrs.push(doc("Sets the whole body at once.")),
            "body_map" => {
                body_type = closure_argument(method);
                method.attrs.push(doc("Changes the body through its builder."));
            }
            parameter => {
                if let Some((_, text)) = operation.parameters.iter().find(|(name, _)| name == parameter) {
                    method.attrs.push(doc(text));
                }
            }
        }
        taken.push(name);
    }
    item.items.extend(send.map(ImplItem::Fn));
    let properties = body_type.and_then(|name| setters.get(&name)).into_iter().flatten();
    for setter in properties.filter(|setter| !taken.contains(&setter.sig.ident.to_string())) {
        item.items.push(ImplItem::Fn(forward(setter, operation)?));
    }
    Ok(())
}

/// The type behind `body_map`: its closure takes and gives `types::builder::X`.
fn closure_argument(method: &ImplItemFn) -> Option<String> {
    let predicate = method.sig.generics.where_clause.as_ref()?.predicates.first()?;
    let text = predicate.to_token_stream().to_string().replace(' ', "");
    let (_, rest) = text.split_once("types::builder::")?;
    Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

/// A method that sets one property of the body. It takes what converts into the property's type; that of an optional
/// one, too, so that nobody has to write `Some`.
fn forward(setter: &ImplItemFn, operation: &Operation) -> Result<ImplItemFn, String> {
    let name = &setter.sig.ident;
    let unexpected = || format!("the generator's setter `{name}` of {} has an unexpected type", operation.id);
    let declared = converted_type(setter).ok_or_else(unexpected)?;
    let optional = match type_name(declared) {
        Some(ident) if ident == "Option" => first_argument(declared),
        _ => None,
    };
    let mut ty = optional.unwrap_or(declared).clone();
    SuperIsTypes.visit_type_mut(&mut ty);
    let value = if optional.is_some() { quote!(Some(value)) } else { quote!(value) };
    let text = operation.body.iter().find(|(property, _)| *name == property.as_str()).map(|(_, text)| doc(text));
    let failure = format!("{name} cannot be sent: {{error}}");
    Ok(parse_quote! {
        #text
        pub fn #name<V>(mut self, value: V) -> Self
        where
            V: ::std::convert::TryInto<#ty>,
            V::Error: ::std::fmt::Display,
        {
            self.body = self.body.and_then(|body| match value.try_into() {
                Ok(value) => Ok(body.#name(#value)),
                Err(error) => Err(format!(#failure)),
            });
            self
        }
    })
}

/// `X` of a setter's `T: TryInto<X>`.
fn converted_type(setter: &ImplItemFn) -> Option<&Type> {
    let predicates = &setter.sig.generics.where_clause.as_ref()?.predicates;
    predicates.iter().find_map(|predicate| {
        let syn::WherePredicate::Type(predicate) = predicate else {
            return None;
        };
        predicate.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => arguments(bound.path.segments.last()?),
            _ => None,
        })
    })
}

/// `super::X`, written in `types::builder`, is `types::X` in `builder`.
struct SuperIsTypes;

impl VisitMut for SuperIsTypes {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        if let Some(first) = path.segments.first_mut().filter(|first| first.ident == "super") {
            first.ident = format_ident!("types");
        }
        syn::visit_mut::visit_path_mut(self, path);
    }
}

/// Makes the generated `send` private as `call`, and gives the `send` that answers with our error.
fn split_send(method: &mut ImplItemFn, operation: &Operation) -> Result<ImplItemFn, String> {
    method.sig.ident = format_ident!("call");
    method.vis = Visibility::Inherited;
    method.attrs.clear();
    let unexpected = || format!("the generator's `send` of {} has an unexpected type", operation.id);
    let ReturnType::Type(_, output) = &method.sig.output else {
        return Err(unexpected());
    };
    let success = first_argument(output).ok_or_else(unexpected)?.clone();
    let id = &operation.id;
    let failure = match operation.answer {
        Answer::Json | Answer::Text => {
            let value = first_argument(&success).ok_or_else(unexpected)?;
            quote!(crate::Error::of_json::<#value>)
        }
        Answer::Bytes | Answer::Nothing => quote!(crate::Error::of_call),
    };
    let text = format!(
        "Sends the request.\n\n# Errors\n\nA value that was not set or cannot be sent, a failure on the way, an answer of \
         the server that is not a success, or one that cannot be read: see [`Error`](crate::Error).\n\n`{}`",
        operation.label()
    );
    Ok(parse_quote! {
        #[doc = #text]
        pub async fn send(self) -> Result<#success, crate::Error> {
            self.call().await.map_err(|error| #failure(#id, error))
        }
    })
}

/// `T` of `Path<T, ..>`.
fn first_argument(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Path(path) => arguments(path.path.segments.last()?),
        _ => None,
    }
}

/// The first type in the angle brackets of a segment.
fn arguments(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
