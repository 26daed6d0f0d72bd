//! The builders of operations: `builder`.
//!
//! A builder owns its client and the values of its request. Its one way out is the generated function of its operation.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Type, parse_quote};

use super::{
    bodies::{Body, holds_files},
    qualified,
    setter::{Required, Setter, Setters},
};
use crate::{
    interface::{Field, Function, Interface, Parameter, first_argument, is_named, last_segment},
    operation::{Answer, Operation, Paging},
};

/// The builders of all operations, and what their setters take.
pub fn generate(
    operations: &[Operation],
    interface: &Interface,
    bodies: &BTreeMap<&str, Body<'_>>,
) -> Result<(TokenStream, Setters, Required), String> {
    let (mut setters, mut required) = (Setters::new(), Required::new());
    let mut builders = TokenStream::new();
    for operation in operations {
        let builder = Builder::new(operation, interface.function(&operation.id)?, bodies)?;
        builders.extend(builder.generate(interface)?);
        let named = builder.setters.iter().map(|(setter, _)| (setter.name.to_string(), setter.clone()));
        setters.insert(operation.builder().to_string(), named.collect());
        required.insert(operation.builder().to_string(), builder.required);
    }
    let builders = quote! {
        use crate::generated::types;

        #builders
    };
    Ok((builders, setters, required))
}

/// The parts of one builder.
struct Builder<'a> {
    operation: &'a Operation,
    function: &'a Function,
    /// The parameters without the body.
    parameters: Vec<&'a Parameter>,
    body: Option<RequestBody>,
    /// Each setter, and its method.
    setters: Vec<(Setter, TokenStream)>,
    /// The names of the setters without which nothing can be sent.
    required: BTreeSet<String>,
}

/// The body of a request.
enum RequestBody {
    /// A struct of `types`, whose properties are set one by one through its builder.
    Built { name: Ident, has_files: bool },
    /// A value that is set as a whole.
    Whole { ty: Box<Type>, has_files: bool },
}

impl<'a> Builder<'a> {
    fn new(
        operation: &'a Operation,
        function: &'a Function,
        bodies: &BTreeMap<&str, Body<'_>>,
    ) -> Result<Self, String> {
        let (mut parameters, mut body) = (Vec::new(), None);
        let (mut properties, mut required_properties) = (Vec::new(), BTreeSet::new());
        for parameter in &function.parameters {
            if parameter.name != "body" {
                parameters.push(parameter);
                continue;
            }
            let described = crate::interface::last_segment(&parameter.ty).map(ToString::to_string).unwrap_or_default();
            let described = bodies.get(described.as_str());
            properties = described.map(Body::setters).unwrap_or_default();
            let fields = described.map(|body| body.fields).unwrap_or_default();
            required_properties = fields.iter().filter(|field| !field.is_optional).map(|field| &field.name).collect();
            let has_files = holds_files(bodies, &parameter.ty);
            body = Some(match described {
                Some(described) => RequestBody::Built { name: format_ident!("{}", described.name), has_files },
                None => RequestBody::Whole { ty: Box::new(parameter.ty.clone()), has_files },
            });
        }
        let (mut setters, mut required) = (Vec::new(), BTreeSet::new());
        for parameter in &parameters {
            if !parameter.is_optional {
                required.insert(parameter.name.to_string());
            }
            let name = &parameter.name;
            let input = operation.parameters.iter().map(|parameter| &parameter.input).find(|input| *name == input.name);
            let input = input.ok_or_else(|| format!("{} has no parameter `{name}`", operation.id))?;
            let setter = Setter::new(name.clone(), &parameter.ty, Some(input));
            let text = input.name.trim_end_matches('_');
            let is_in_body = properties.iter().any(|property| property.name == *name);
            let also_in_body = is_in_body.then(|| {
                quote! {
                    if let ::std::option::Option::Some(value) = self.#name.clone() {
                        self.body = self.body.#name(value);
                    }
                }
            });
            let method = setter.method(&quote! {
                self.#name = self.problems.take(#text, value);
                #also_in_body
            });
            setters.push((setter, method));
        }
        for property in properties {
            if parameters.iter().any(|parameter| parameter.name == property.name) {
                continue;
            }
            let field = property.name.clone();
            let input = operation.body.iter().find(|input| field == input.name);
            let name = input.map_or_else(|| field.clone(), Operation::body_setter);
            let setter = property.renamed(name).with_types(|ty| qualified(ty, "types"));
            if required_properties.contains(&field) {
                required.insert(setter.name.to_string());
            }
            let method = setter.forward(&quote!(self.body = self.body.#field(value);));
            setters.push((setter, method));
        }
        Ok(Self { operation, function, parameters, body, setters, required })
    }

    /// The struct, its setters, and its ways out.
    fn generate(&self, interface: &Interface) -> Result<TokenStream, String> {
        let operation = self.operation;
        let name = operation.builder();
        let label = operation.doc_label();
        let answer = self.answer();
        let output = self.output(&answer)?;
        let awaited = crate::rustdoc::code(&readable(&output));
        let doc = format!("Awaited: {awaited}. {}: {label}.", operation.summary);
        let fields: Vec<_> = self.parameters.iter().map(|parameter| &parameter.name).collect();
        let types = self.parameters.iter().map(|parameter| &parameter.ty);
        let body = self.body.iter().map(RequestBody::field);
        let no_body = self.body.iter().map(|_| quote!(body: ::std::default::Default::default()));
        let setters = self.setters.iter().map(|(_, method)| method);
        let body_methods = self.body.iter().map(RequestBody::methods);
        let send = self.send(&answer);
        let value = self.awaited(&answer, &output);
        let pages = self.pages(&output, interface);
        let unsent = self.unsent();
        Ok(quote! {
            #[doc = #doc]
            #[derive(Clone, Debug)]
            #[must_use = "nothing is sent before `send` or `await`"]
            pub struct #name {
                client: crate::Client,
                #(#fields: ::std::option::Option<#types>,)*
                #(#body,)*
                problems: crate::input::Problems,
            }

            impl #name {
                pub(crate) fn new(client: crate::Client) -> Self {
                    Self {
                        client,
                        #(#fields: ::std::option::Option::None,)*
                        #(#no_body,)*
                        problems: ::std::default::Default::default(),
                    }
                }

                #(#setters)*
                #(#body_methods)*
                #send
                #pages
                #unsent
            }

            impl ::std::future::IntoFuture for #name {
                type Output = ::std::result::Result<#output, crate::Error>;
                type IntoFuture = ::futures_util::future::BoxFuture<'static, Self::Output>;

                #[inline]
                fn into_future(self) -> Self::IntoFuture {
                    ::std::boxed::Box::pin(async move { #value })
                }
            }
        })
    }

    /// What `send` gives, within a `ResponseValue` unless it is a download.
    fn answer(&self) -> Type {
        match self.operation.answer {
            Answer::Bytes => parse_quote!(crate::Download),
            _ => self.function.answer.clone(),
        }
    }

    /// What awaiting gives: the answer, or the view of it that the document names.
    fn output(&self, answer: &Type) -> Result<Type, String> {
        match &self.operation.view {
            Some(text) => view(text).map_err(|error| format!("x-view of {}: {error}", self.operation.id)),
            None => Ok(answer.clone()),
        }
    }

    /// `call`, which checks that nothing is missing and has the generated function build the request; and `send`.
    fn send(&self, answer: &Type) -> TokenStream {
        let Operation { id, .. } = self.operation;
        let constant = self.operation.constant();
        let function = format_ident!("{id}");
        let required: Vec<_> = self.parameters.iter().filter(|parameter| !parameter.is_optional).collect();
        let required: Vec<_> = required.iter().map(|parameter| &parameter.name).collect();
        let required_names = required.iter().map(|name| name.to_string().trim_end_matches('_').to_owned());
        let in_path = self.operation.parameters.iter().filter(|parameter| parameter.is_in_path);
        let segments = in_path.map(|parameter| {
            let (property, name) = (&parameter.input.property, format_ident!("{}", parameter.input.name));
            quote!((#property, #name.as_ref()))
        });
        let body = self.body.as_ref().map(RequestBody::value);
        let body_pattern = self.body.iter().map(RequestBody::pattern);
        let body_value = self.body.iter().map(|_| quote!(body));
        let any_body = self.body.iter().map(|_| quote!(_));
        let files = self.body.iter().filter(|body| body.has_files());
        let files = files.map(|_| quote!(call.take_files(&mut body);));
        let arguments = self.function.parameters.iter().map(|parameter| {
            let name = &parameter.name;
            match (parameter.name == "body", parameter.is_optional, parameter.is_reference) {
                (true, ..) => quote!(&body),
                (_, true, true) if is_named(&parameter.ty, "String") => quote!(self.#name.as_deref()),
                (_, true, true) => quote!(self.#name.as_ref()),
                (_, true, false) => quote!(self.#name),
                (_, false, true) => quote!(&#name),
                (_, false, false) => quote!(#name),
            }
        });
        let arguments: Vec<_> = arguments.collect();
        let (output, finish) = match self.operation.answer {
            Answer::Bytes => (quote!(#answer), quote!(download)),
            _ if is_named(answer, "Vec") => (quote!(crate::ResponseValue<#answer>), quote!(decode_list)),
            _ => (quote!(crate::ResponseValue<#answer>), quote!(decode)),
        };
        let doc = format!(
            "Sends the request, and returns the answer with its status and headers. Awaiting the builder sends it as well, \
             and returns the value alone.\n\n# Errors\n\nA value is missing or cannot be sent, the server cannot be \
             reached, it refuses, or its answer cannot be read: see [`Error`](crate::Error).\n\n{}",
            self.operation.doc_origin()
        );
        // The compiler warns of a `mut` that is not needed.
        let mut_problems = self.body.iter().map(|_| quote!(mut));
        let is_path_fixed = self.operation.parameters.iter().all(|parameter| !parameter.is_in_path);
        let check_path = (!is_path_fixed).then(|| quote!(call.check_path(&[#(#segments),*])?;));
        let has_files = self.body.as_ref().is_some_and(RequestBody::has_files);
        let mut_call = has_files.then(|| quote!(mut));
        quote! {
            /// Builds the request, and begins the call, which is sent when it is awaited.
            #[inline]
            fn call(self) -> ::std::result::Result<crate::http::Exchange, crate::Error> {
                let #mut_call call = crate::http::Call::new(self.client, crate::Operation::#constant);
                let #(#mut_problems)* problems = self.problems;
                #body
                match (#(self.#required,)* #(#body_value,)*) {
                    (#(::std::option::Option::Some(#required),)* #(#body_pattern,)*) if problems.is_empty() => {
                        #(#files)*
                        #check_path
                        let client = call.generated()?;
                        let request = client.request(::std::pin::pin!(client.#function(#(#arguments),*)));
                        call.begin(request)
                    }
                    (#(#required,)* #(#any_body,)*) => {
                        let missing = [#((#required_names, #required.is_none()),)*];
                        ::std::result::Result::Err(call.refuse(problems.text(&missing)))
                    }
                }
            }

            #[doc = #doc]
            #[inline]
            pub async fn send(self) -> ::std::result::Result<#output, crate::Error> {
                self.call()?.await?.#finish()
            }
        }
    }

    /// The body of the future that awaiting makes.
    fn awaited(&self, answer: &Type, output: &Type) -> TokenStream {
        match (&self.operation.view, self.operation.answer) {
            (Some(_), _) => quote!(self.call()?.await?.view::<#answer, #output>()),
            (None, Answer::Bytes) => quote!(self.call()?.await?.download()),
            (None, _) if is_named(answer, "Vec") => {
                quote!(self.call()?.await?.decode_list().map(crate::ResponseValue::into_inner))
            }
            (None, _) => quote!(self.call()?.await?.decode().map(crate::ResponseValue::into_inner)),
        }
    }

    /// The method that tells what would be sent, where `once` has to know it.
    fn unsent(&self) -> Option<TokenStream> {
        self.operation.message_id()?;
        let Some(RequestBody::Built { name, .. }) = &self.body else { return None };
        let constant = self.operation.constant();
        let session = match self.parameters.iter().any(|parameter| parameter.name == "session") {
            true => quote!(self.session.clone()),
            false => quote!(::std::option::Option::None),
        };
        Some(quote! {
            /// Returns what would be sent.
            ///
            /// # Errors
            ///
            /// A value is missing or cannot be sent.
            #[inline]
            pub(crate) fn unsent(&self) -> ::std::result::Result<crate::http::Unsent, crate::Error> {
                drop(self.clone().call()?);
                let body = types::#name::try_from(self.body.clone());
                crate::http::Unsent::new(&self.client, crate::Operation::#constant, #session, body)
            }
        })
    }

    /// The method that goes through the list page by page, where the operation answers with a part of one.
    fn pages(&self, output: &Type, interface: &Interface) -> Option<TokenStream> {
        let list = first_argument(output).filter(|_| is_named(output, "Vec"));
        let raw = match self.operation.view {
            Some(_) => quote!(|item| crate::paging::identity_of_json(&item.raw)),
            None => identity(interface, list.and_then(last_segment)),
        };
        let (item, pages) = match self.operation.paging.as_ref()? {
            Paging::Offset => {
                let pages = quote! {
                    let (limit, offset) = (Ok(self.limit), Ok(self.offset));
                    let page = move |limit, offset| {
                        ::std::future::IntoFuture::into_future(self.clone().limit(limit).offset(offset))
                    };
                    crate::paging::by_offset(limit, offset, page, #raw)
                };
                (list?.clone(), pages)
            }
            Paging::OffsetIn { property } => {
                let property = format_ident!("{}", property.to_snake_case());
                let pages = quote! {
                    let pagination = self.body.#property.as_ref();
                    let limit = Ok(pagination.and_then(|pagination| pagination.limit));
                    let offset = Ok(pagination.and_then(|pagination| pagination.offset));
                    let page = move |limit, offset| {
                        let mut page = self.clone();
                        if let Some(pagination) = &mut page.body.#property {
                            pagination.limit = Some(limit);
                            pagination.offset = Some(offset);
                        }
                        ::std::future::IntoFuture::into_future(page)
                    };
                    crate::paging::by_offset(limit, offset, page, #raw)
                };
                (list?.clone(), pages)
            }
            Paging::Cursor { items, item } => {
                let (items, item) = (format_ident!("{}", items.to_snake_case()), format_ident!("{item}"));
                let identity = identity(interface, Some(&item));
                let pages = quote! {
                    let page = move |cursor| {
                        let request = match cursor {
                            Some::<String>(cursor) => self.clone().start_cursor(cursor),
                            None => self.clone(),
                        };
                        async move {
                            let answer = request.await?;
                            let has_next = answer.page.has_next_page;
                            Ok((answer.#items, has_next.then(|| answer.page.end_cursor.unwrap_or_default())))
                        }
                    };
                    crate::paging::by_cursor(page, #identity)
                };
                (parse_quote!(types::#item), pages)
            }
        };
        Some(quote! {
            /// Goes through the list page by page, from `offset` on or from the beginning, with `limit` items a page or 100.
            /// See [`Pages`](crate::Pages).
            #[inline]
            pub fn pages(self) -> crate::Pages<#item> {
                #pages
            }
        })
    }
}

impl RequestBody {
    fn has_files(&self) -> bool {
        match self {
            Self::Built { has_files, .. } | Self::Whole { has_files, .. } => *has_files,
        }
    }

    /// The field that holds it.
    fn field(&self) -> TokenStream {
        match self {
            Self::Built { name, .. } => quote!(body: types::builder::#name),
            Self::Whole { ty, .. } => quote!(body: ::std::option::Option<#ty>),
        }
    }

    /// The methods that set it as a whole.
    fn methods(&self) -> TokenStream {
        let (ty, store, change) = match self {
            Self::Built { name, .. } => {
                let change = quote! {
                    /// Changes the body through its builder.
                    pub fn body_map(
                        mut self,
                        change: impl FnOnce(types::builder::#name) -> types::builder::#name,
                    ) -> Self {
                        self.body = change(self.body);
                        self
                    }
                };
                let store = quote! {
                    let body = self.problems.take("body", crate::input::value::<types::#name>(value));
                    self.body = body.map(::std::convert::Into::into).unwrap_or_default();
                };
                (quote!(types::#name), store, Some(change))
            }
            Self::Whole { ty, .. } => {
                let store = quote!(self.body = self.problems.take("body", crate::input::value::<#ty>(value)););
                (quote!(#ty), store, None)
            }
        };
        quote! {
            /// Sets the whole body at once, the name of the session included.
            pub fn body(mut self, value: impl ::std::convert::TryInto<#ty, Error: ::std::fmt::Display>) -> Self {
                #store
                self
            }

            #change
        }
    }

    /// The statement that makes `body`, an `Option`.
    fn value(&self) -> TokenStream {
        match self {
            Self::Built { name, .. } => {
                quote!(let body: ::std::option::Option<types::#name> = problems.body(self.body);)
            }
            Self::Whole { .. } => quote!(let body = problems.require("body", self.body);),
        }
    }

    fn pattern(&self) -> TokenStream {
        match self.has_files() {
            true => quote!(::std::option::Option::Some(mut body)),
            false => quote!(::std::option::Option::Some(body)),
        }
    }
}

/// What awaiting the builder of an operation gives, as inline code of rustdoc.
pub fn awaited(operation: &Operation, function: &Function) -> Result<String, String> {
    let answer: Type = match (&operation.view, operation.answer) {
        (Some(text), _) => view(text).map_err(|error| format!("x-view of {}: {error}", operation.id))?,
        (None, Answer::Bytes) => parse_quote!(crate::Download),
        (None, _) => function.answer.clone(),
    };
    Ok(crate::rustdoc::code(&readable(&answer)))
}

/// The function that tells an item of a list from the others: by its id, if its type says that it always has one.
fn identity(interface: &Interface, item: Option<&Ident>) -> TokenStream {
    let fields = item.and_then(|item| interface.structs.get(&item.to_string()));
    let is_id = |field: &Field| field.name == "id" && !field.is_optional && is_named(&field.ty, "String");
    match fields.is_some_and(|fields| fields.iter().any(is_id)) {
        true => quote!(|item| crate::paging::hash(&item.id)),
        false => quote!(crate::paging::identity),
    }
}

/// A view of an answer, by its name: `SentMessage`, `Option<ContactSummary>`, `Vec<ChatEntry>`; or `()`.
fn view(text: &str) -> syn::Result<Type> {
    let mut ty: Type = syn::parse_str(text)?;
    if matches!(&ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        return Ok(ty);
    }
    let mut innermost = &mut ty;
    while first_argument(innermost).is_some() {
        innermost = first_argument_mut(innermost).ok_or_else(|| syn::Error::new_spanned(text, "it is not a type"))?;
    }
    *innermost = parse_quote!(crate::views::#innermost);
    Ok(ty)
}

fn first_argument_mut(ty: &mut Type) -> Option<&mut Type> {
    let Type::Path(path) = ty else { return None };
    let syn::PathArguments::AngleBracketed(arguments) = &mut path.path.segments.last_mut()?.arguments else {
        return None;
    };
    arguments.args.iter_mut().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// A type as people write it: `Vec<Message>` for `::std::vec::Vec<types::Message>`.
fn readable(ty: &Type) -> String {
    struct LastSegments;
    impl syn::visit_mut::VisitMut for LastSegments {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            syn::visit_mut::visit_path_mut(self, path);
            if let Some(last) = path.segments.last().cloned() {
                *path = last.into();
            }
        }
    }
    let mut ty = ty.clone();
    syn::visit_mut::VisitMut::visit_type_mut(&mut LastSegments, &mut ty);
    quote!(#ty).to_string().replace(" < ", "<").replace(" >", ">").replace(" ,", ",").replace("()", "nothing")
}
