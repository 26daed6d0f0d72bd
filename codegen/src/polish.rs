//! What is done to the generator's code before anybody sees it.
//!
//! - An operation is begun by a scope's method alone, so that the 192 methods of `Client` go; so do constructors that would
//!   build a client without our settings.
//! - A builder owns its client, so that it outlives the handle it came from, and can be spawned.
//! - `send` answers with our error, which knows the operation; what awaiting does is in [`awaited`].
//! - Every property of a JSON body has a method on the operation's builder.
//! - Setters take what people have at hand (no `Some`, any iterator for a list), carry the documentation of what they set,
//!   and say why a value cannot be sent.
//! - Types of which nothing is required have a default, and those that are nothing but an id are made from one.
//! - Files in a body are read while it is sent, and answers of bytes are downloads.
//! - Integers in answers may be written as `20.0`.
//! - Types have a JSON Schema, where the feature for it is on ([`schemas`]).

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Fields, File, GenericArgument, Ident, ImplItem, ImplItemFn, Item, ItemImpl, ItemMod, LitStr,
    PathArguments, PathSegment, ReturnType, Type, TypeParamBound, Visibility, parse_quote, visit::Visit,
    visit_mut::VisitMut,
};

use super::{
    BUILDER_METHODS, awaited,
    handles::{Setters, Taken},
    operation::{Answer, Operation},
    schemas,
};

/// Changes the generated file in place, and gives what the setters of its builders take.
pub fn polish(file: &mut File, operations: &[Operation], open_enums: TokenStream) -> Result<Setters, String> {
    file.items.retain(|item| !matches!(item, Item::Mod(module) if module.ident == "prelude"));
    for item in &mut file.items {
        match item {
            Item::Impl(item) if item.trait_.is_none() && is_named(&item.self_ty, "Client") => {
                item.items.retain(|item| matches!(item, ImplItem::Fn(method) if method.sig.ident == "new_with_client"));
                methods(item).for_each(|method| method.vis = parse_quote!(pub(crate)));
            }
            // How the generated code reaches our state, and nobody else's business.
            Item::Impl(item) if item.trait_.is_some() => item.attrs.push(parse_quote!(#[doc(hidden)])),
            Item::Struct(item) if item.ident == "Client" => {
                item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
                item.attrs.push(doc(include_str!("client.md")));
            }
            _ => {}
        }
    }
    Messages.visit_file_mut(file);
    Escaping.visit_file_mut(file);
    let types = module(&mut file.items, "types")?;
    lenient_integers(types);
    conveniences(types);
    name_choices(types);
    schemas::derive(types);
    let setters = body_setters(types);
    let open_enums: File = syn::parse2(open_enums).map_err(|error| format!("the open enums do not parse: {error}"))?;
    items(types).extend(open_enums.items);
    let builders = module(&mut file.items, "builder")?;
    polish_builders(builders, operations, &setters)?;
    Ok(taken(builders))
}

/// What the setters of the builders take.
fn taken(builders: &mut ItemMod) -> Setters {
    let mut found = Setters::new();
    for item in items(builders) {
        let Item::Impl(item) = item else { continue };
        let Some(builder) = type_name(&item.self_ty).map(ToString::to_string) else { continue };
        for method in methods(item) {
            let Some(ty) = converted_type(method).cloned() else { continue };
            let is_list = method.sig.generics.where_clause.to_token_stream().to_string().contains("IntoIterator");
            found.entry(builder.clone()).or_default().insert(method.sig.ident.to_string(), Taken { ty, is_list });
        }
    }
    found
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

pub fn is_named(ty: &Type, name: &str) -> bool {
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

/// `Default` where nothing is required, `From` where there is but an id.
fn conveniences(types: &mut ItemMod) {
    let mut conversions: Vec<Item> = Vec::new();
    for item in items(types) {
        let Item::Struct(item) = item else { continue };
        let derives: String = item.attrs.iter().map(|attribute| attribute.to_token_stream().to_string()).collect();
        let fields = match &item.fields {
            Fields::Named(fields) => &fields.named,
            _ => continue,
        };
        if !derives.contains("Default") && fields.iter().all(|field| is_named(&field.ty, "Option")) {
            item.attrs.push(parse_quote!(#[derive(Default)]));
        }
        let only = (fields.len() == 1).then(|| fields.first()).flatten();
        let is_id = only.and_then(|field| field.ident.as_ref()).is_some_and(|name| name == "id");
        if is_id && only.is_some_and(|field| is_named(&field.ty, "String")) {
            let name = &item.ident;
            conversions.push(parse_quote! {
                impl<T: ::std::convert::Into<::std::string::String>> ::std::convert::From<T> for #name {
                    fn from(id: T) -> Self {
                        Self { id: id.into() }
                    }
                }
            });
        }
    }
    items(types).extend(conversions);
}

/// A closed enum says which values it takes.
fn name_choices(types: &mut ItemMod) {
    for item in items(types) {
        let Item::Impl(item) = item else { continue };
        let is_from_str = item
            .trait_
            .as_ref()
            .and_then(|(path, ..)| path.segments.last())
            .is_some_and(|name| name.ident == "FromStr");
        if is_from_str {
            let mut choices = Choices::default();
            choices.visit_item_impl(item);
            if !choices.0.is_empty() {
                choices.visit_item_impl_mut(item);
            }
        }
    }
}

/// The strings that an enum is read from.
#[derive(Default)]
struct Choices(Vec<String>);

impl<'ast> Visit<'ast> for Choices {
    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let syn::Pat::Lit(syn::ExprLit { lit: syn::Lit::Str(value), .. }) = &arm.pat {
            self.0.push(format!("`{}`", value.value()));
        }
    }
}

impl VisitMut for Choices {
    fn visit_lit_str_mut(&mut self, text: &mut LitStr) {
        if text.value() == "invalid value" {
            *text = LitStr::new(&format!("it takes {}", self.0.join(", ")), text.span());
        }
    }
}

/// The generator's own messages, in words.
struct Messages;

impl VisitMut for Messages {
    fn visit_lit_str_mut(&mut self, text: &mut LitStr) {
        let value = text.value();
        let missing =
            value.strip_suffix(" was not initialized").or_else(|| value.strip_prefix("no value supplied for "));
        if let Some(name) = missing {
            *text = LitStr::new(&format!("{} is missing", name.trim_end_matches('_')), text.span());
        }
    }

    // Where the generator prepares a value, the text is within a macro's or a method's arguments; all are expressions.
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
}

/// Values of a path are escaped by us: the generator leaves characters as they are that a URL takes for others.
struct Escaping;

impl VisitMut for Escaping {
    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        if matches!(&*call.func, syn::Expr::Path(path) if path.path.is_ident("encode_path")) {
            call.func = parse_quote!(crate::http::path::encode);
        }
        syn::visit_mut::visit_expr_call_mut(self, call);
    }

    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        let arguments = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        match call.parse_body_with(arguments) {
            Ok(mut arguments) if call.path.is_ident("format") => {
                arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
                call.tokens = arguments.to_token_stream();
            }
            _ => {}
        }
    }
}

/// Bodies are written by us: there may be files in them.
struct Bodies;

impl VisitMut for Bodies {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        syn::visit_mut::visit_expr_mut(self, expression);
        match expression {
            syn::Expr::MethodCall(call) if call.method == "json" => {
                let (request, body) = (&call.receiver, &call.args);
                *expression = parse_quote!(crate::http::body::json(#request, #body, &client));
            }
            _ => {}
        }
    }
}

/// The setters of the builders of `types::builder`, rewritten, by the type that they build.
fn body_setters(types: &mut ItemMod) -> BTreeMap<String, Vec<ImplItemFn>> {
    let mut found = BTreeMap::new();
    // A document without objects has no such module.
    let Ok(builders) = module(items(types), "builder") else { return found };
    for item in items(builders) {
        let Item::Impl(item) = item else { continue };
        if item.trait_.is_some() {
            continue;
        }
        let Some(name) = type_name(&item.self_ty).map(ToString::to_string) else { continue };
        for method in methods(item) {
            let Some(declared) = converted_type(method).cloned() else { continue };
            let (optional, ty) = match first_argument(&declared) {
                Some(inner) if is_named(&declared, "Option") => (true, inner.clone()),
                _ => (false, declared),
            };
            *method = setter(&method.sig.ident, &ty, optional);
        }
        found.insert(name, methods(item).map(|method| method.clone()).collect());
    }
    found
}

/// The setter of a field that is a `Result<T, String>`, or of `Option<T>` where it is optional.
fn setter(name: &Ident, ty: &Type, optional: bool) -> ImplItemFn {
    let failure = format!("{} cannot be sent: {{error}}", name.to_string().trim_end_matches('_'));
    let some = optional.then(|| quote!(.map(Some)));
    match first_argument(ty) {
        Some(item) if is_named(ty, "Vec") => parse_quote! {
            pub fn #name<V>(mut self, value: V) -> Self
            where
                V: ::std::iter::IntoIterator,
                V::Item: ::std::convert::TryInto<#item>,
                <V::Item as ::std::convert::TryInto<#item>>::Error: ::std::fmt::Display,
            {
                let items = value.into_iter().map(|item| item.try_into().map_err(|error| format!(#failure)));
                self.#name = items.collect::<::std::result::Result<::std::vec::Vec<_>, _>>() #some;
                self
            }
        },
        _ => parse_quote! {
            pub fn #name<V>(mut self, value: V) -> Self
            where
                V: ::std::convert::TryInto<#ty>,
                V::Error: ::std::fmt::Display,
            {
                self.#name = value.try_into() #some .map_err(|error| format!(#failure));
                self
            }
        },
    }
}

fn polish_builders(
    builders: &mut ItemMod,
    operations: &[Operation],
    setters: &BTreeMap<String, Vec<ImplItemFn>>,
) -> Result<(), String> {
    let by_builder: BTreeMap<String, &Operation> =
        operations.iter().map(|operation| (operation.builder().to_string(), operation)).collect();
    let mut awaited: Vec<Item> = Vec::new();
    for item in items(builders) {
        Owned.visit_item_mut(item);
        Bodies.visit_item_mut(item);
        match item {
            Item::Struct(item) => {
                if let Some(operation) = by_builder.get(&item.ident.to_string()) {
                    item.attrs.retain(|attribute| !attribute.path().is_ident("doc"));
                    item.attrs.insert(0, doc(&format!("{}: `{}`", operation.summary, operation.label())));
                    item.attrs.push(parse_quote!(#[must_use = "nothing is sent before `send` or `await`"]));
                }
            }
            Item::Impl(item) => {
                let Some(name) = type_name(&item.self_ty).map(ToString::to_string) else {
                    continue;
                };
                if let Some(operation) = by_builder.get(&name) {
                    let answer = polish_builder(item, operation, setters)?;
                    awaited.extend(awaited::awaited(operation, &answer)?);
                }
            }
            _ => {}
        }
    }
    items(builders).extend(awaited);
    Ok(())
}

/// Gives the type of the answer.
fn polish_builder(
    item: &mut ItemImpl,
    operation: &Operation,
    setters: &BTreeMap<String, Vec<ImplItemFn>>,
) -> Result<Type, String> {
    let mut body_type = None;
    let mut sent = None;
    for method in methods(item) {
        let name = method.sig.ident.to_string();
        match name.as_str() {
            "new" => method.vis = parse_quote!(pub(crate)),
            "send" => sent = Some(split_send(method, operation)?),
            "body" => method.attrs.push(doc("Sets the whole body at once, the name of the session included.")),
            "body_map" => {
                body_type = closure_argument(method);
                method.attrs.push(doc("Changes the body through its builder."));
            }
            parameter => {
                let ty = converted_type(method).cloned().ok_or_else(|| unexpected(&name, operation))?;
                let optional = method.block.to_token_stream().to_string().contains("map (Some)");
                *method = setter(&method.sig.ident, &ty, optional);
                if let Some((_, text)) = operation.parameters.iter().find(|(name, _)| name == parameter) {
                    method.attrs.push(doc(text));
                }
            }
        }
    }
    for setter in body_type.and_then(|name| setters.get(&name)).into_iter().flatten() {
        let property = &setter.sig.ident;
        let is_parameter = operation.parameters.iter().any(|(name, _)| *property == name.as_str());
        if is_parameter {
            methods(item).filter(|method| method.sig.ident == *property).for_each(also_in_body);
        } else {
            item.items.push(ImplItem::Fn(forward(setter, operation)));
        }
    }
    let (send, answer) = sent.ok_or_else(|| unexpected("send", operation))?;
    item.items.push(ImplItem::Fn(send));
    // What people set comes first, what they do with it last.
    item.items.sort_by_key(|item| match item {
        ImplItem::Fn(method) => ["body", "body_map", "call", "send"].iter().position(|name| method.sig.ident == name),
        _ => None,
    });
    Ok(answer)
}

fn unexpected(method: &str, operation: &Operation) -> String {
    format!("the generator's `{method}` of {} has an unexpected type", operation.id)
}

/// The type behind `body_map`: its closure takes and gives `types::builder::X`.
fn closure_argument(method: &ImplItemFn) -> Option<String> {
    let predicate = method.sig.generics.where_clause.as_ref()?.predicates.first()?;
    let text = predicate.to_token_stream().to_string().replace(' ', "");
    let (_, rest) = text.split_once("types::builder::")?;
    Some(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

/// A parameter that the body repeats is said once.
fn also_in_body(parameter: &mut ImplItemFn) {
    let name = parameter.sig.ident.clone();
    let last = parameter.block.stmts.pop();
    parameter.block.stmts.push(parse_quote! {
        if let Ok(value) = self.#name.clone() {
            self.body = self.body.map(|body| body.#name(value));
        }
    });
    parameter.block.stmts.extend(last);
}

/// A method that sets one property of the body: the setter of the body's builder, seen from here. Where the builder has
/// another method of that name, it ends in an underscore, as does a word of the language.
fn forward(setter: &ImplItemFn, operation: &Operation) -> ImplItemFn {
    let property = &setter.sig.ident;
    let mut method = setter.clone();
    if BUILDER_METHODS.contains(&property.to_string().as_str()) {
        method.sig.ident = format_ident!("{property}_");
    }
    method.block = parse_quote!({
        self.body = self.body.map(|body| body.#property(value));
        self
    });
    if let Some((_, text)) = operation.body.iter().find(|(name, _)| property.to_string().trim_end_matches('_') == name)
    {
        method.attrs.push(doc(text));
    }
    SuperIsTypes.visit_impl_item_fn_mut(&mut method);
    method
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

/// Takes the lifetime `'a` away: what was borrowed for it is owned.
struct Owned;

impl VisitMut for Owned {
    fn visit_generics_mut(&mut self, generics: &mut syn::Generics) {
        if generics.lifetimes().next().is_some() {
            generics.lt_token = None;
            generics.gt_token = None;
            generics.params.clear();
        }
        syn::visit_mut::visit_generics_mut(self, generics);
    }

    fn visit_path_segment_mut(&mut self, segment: &mut PathSegment) {
        let is_lifetime = match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().all(|argument| matches!(argument, GenericArgument::Lifetime(_)))
            }
            _ => false,
        };
        if is_lifetime {
            segment.arguments = PathArguments::None;
        }
        syn::visit_mut::visit_path_segment_mut(self, segment);
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        let owned = match ty {
            Type::Reference(reference) if reference.lifetime.is_some() => Some((*reference.elem).clone()),
            _ => None,
        };
        if let Some(owned) = owned {
            *ty = owned;
        }
        syn::visit_mut::visit_type_mut(self, ty);
    }
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

/// Makes the generated `send` private as `call`, and gives the `send` that answers with our error, and the answer's type.
fn split_send(method: &mut ImplItemFn, operation: &Operation) -> Result<(ImplItemFn, Type), String> {
    method.sig.ident = format_ident!("call");
    method.vis = Visibility::Inherited;
    method.attrs.clear();
    let unexpected = || unexpected("send", operation);
    let ReturnType::Type(_, output) = &method.sig.output else {
        return Err(unexpected());
    };
    let success = first_argument(output).ok_or_else(unexpected)?.clone();
    let mut answer = first_argument(&success).ok_or_else(unexpected)?.clone();
    let id = &operation.id;
    let call = quote!(self.client.clone(), #id, |client| Self { client, ..self }.call());
    let (success, call) = match operation.answer {
        Answer::Json | Answer::Text => {
            (success, quote!(crate::http::call::send(#call, crate::http::call::json_failure::<#answer>)))
        }
        Answer::Nothing => (success, quote!(crate::http::call::send(#call, crate::http::call::failure))),
        Answer::Bytes => {
            answer = parse_quote!(crate::Download);
            (answer.clone(), quote!(crate::http::call::download(#call)))
        }
    };
    let text = format!(
        "Sends the request. Awaiting the builder does the same, and gives the value alone.\n\n# Errors\n\nA value that was not set or cannot be sent, a failure on the way, an answer of \
         the server that is not a success, or one that cannot be read: see [`Error`](crate::Error).\n\n`{}`",
        operation.label()
    );
    let send = parse_quote! {
        #[doc = #text]
        pub async fn send(self) -> Result<#success, crate::Error> {
            #call.await
        }
    };
    Ok((send, answer))
}

/// `T` of `Path<T, ..>`.
pub fn first_argument(ty: &Type) -> Option<&Type> {
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
