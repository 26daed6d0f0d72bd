//! Typed mocks for `httpmock`: for each operation, what a mock expects of a request and what it answers.
//!
//! A request belongs to an operation by the client's own rule and not by a pattern: `/api/sessions/start` is not
//! `/api/sessions/{session}`, and an id is not a regular expression.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Ident, Type};

use super::qualified;
use crate::{
    interface::{Function, Interface, Parameter, first_argument, is_named},
    operation::{Answer, Operation},
};

/// The module `operations` and the trait `MockServerExt`.
pub fn generate(operations: &[Operation], interface: &Interface) -> Result<TokenStream, String> {
    let mut types = TokenStream::new();
    let mut declarations = TokenStream::new();
    let mut definitions = TokenStream::new();
    for operation in operations {
        let function = interface.function(&operation.id)?;
        types.extend(when(operation, function)?);
        types.extend(then(operation, function));
        let (name, constant) = (format_ident!("{}", operation.id), operation.constant());
        let (when, then) = (when_name(operation), then_name(operation));
        let doc = format!("{}: {}.", operation.summary, operation.doc_label());
        let signature = quote! {
            fn #name<F>(&self, mock: F) -> ::httpmock::Mock<'_>
            where
                F: FnOnce(operations::#when, operations::#then)
        };
        declarations.extend(quote!(#[doc = #doc] #signature;));
        definitions.extend(quote! {
            #signature {
                self.mock(|when, then| {
                    let when = when.is_true(|request| crate::mocks::is_of(request, crate::Operation::#constant));
                    mock(operations::#when(when), operations::#then(then));
                })
            }
        });
    }
    Ok(quote! {
        /// What a mock expects (`…When`) and answers (`…Then`), for each operation.
        pub mod operations {
            use crate::types;

            #types
        }

        /// A method for each operation, by its id.
        pub trait MockServerExt {
            #declarations
        }

        impl MockServerExt for ::httpmock::MockServer {
            #definitions
        }
    })
}

fn when_name(operation: &Operation) -> Ident {
    format_ident!("{}When", operation.builder())
}

fn then_name(operation: &Operation) -> Ident {
    format_ident!("{}Then", operation.builder())
}

/// What a mock expects of a request.
fn when(operation: &Operation, function: &Function) -> Result<TokenStream, String> {
    let name = when_name(operation);
    let doc = format!("Requests of {}.", operation.doc_label());
    let methods = function.parameters.iter().map(|parameter| expectation(operation, parameter));
    let methods = methods.collect::<Result<Vec<_>, String>>()?;
    Ok(quote! {
        #[doc = #doc]
        pub struct #name(pub(super) ::httpmock::When);

        impl #name {
            #(#methods)*

            /// Returns the mock's own builder, for whatever else the request should be.
            pub fn into_inner(self) -> ::httpmock::When {
                self.0
            }
        }
    })
}

/// The method that expects a value of a parameter, or a body.
fn expectation(operation: &Operation, parameter: &Parameter) -> Result<TokenStream, String> {
    let name = &parameter.name;
    let ty = qualified(&parameter.ty, "types");
    if name == "body" {
        return Ok(quote! {
            /// Expects exactly this body.
            pub fn body(self, value: &#ty) -> Self {
                Self(self.0.json_body_obj(value))
            }
        });
    }
    let described = operation.parameters.iter().find(|described| *name == described.input.name);
    let described = described.ok_or_else(|| format!("{} has no parameter `{name}`", operation.id))?;
    let property = &described.input.property;
    if described.is_in_path {
        let placeholder = format!("{{{property}}}");
        let position = operation.path.split('/').skip(1).position(|segment| segment == placeholder);
        let position = position.ok_or_else(|| format!("{} has no segment {placeholder}", operation.label()))?;
        return Ok(quote! {
            /// Expects this value in the path.
            pub fn #name(self, value: impl ::std::fmt::Display) -> Self {
                let value = value.to_string();
                Self(self.0.is_true(move |request| crate::mocks::has_segment(request, #position, &value)))
            }
        });
    }
    let is_list = is_named(&ty, "Vec");
    let expect = match is_list {
        true => quote!(value.iter().fold(self.0, |when, item| when.query_param(#property, item.to_string()))),
        false => quote!(self.0.query_param(#property, value.to_string())),
    };
    if !parameter.is_optional {
        let argument = if is_list { quote!(&#ty) } else { quote!(impl ::std::fmt::Display) };
        return Ok(quote! {
            /// Expects this value in the query.
            pub fn #name(self, value: #argument) -> Self {
                Self(#expect)
            }
        });
    }
    let argument = borrowed(&ty, parameter.is_reference);
    let lifetime = parameter.is_reference.then(|| quote!(<'a>));
    Ok(quote! {
        /// Expects this value in the query; with `None`, no value of that name.
        pub fn #name #lifetime(self, value: impl ::std::convert::Into<::std::option::Option<#argument>>) -> Self {
            Self(match value.into() {
                Some(value) => #expect,
                None => self.0.query_param_missing(#property),
            })
        }
    })
}

/// The type by which a value is passed.
fn borrowed(ty: &Type, is_reference: bool) -> TokenStream {
    match is_reference {
        true if is_named(ty, "String") => quote!(&'a str),
        true => quote!(&'a #ty),
        false => ty.to_token_stream(),
    }
}

/// What a mock answers.
fn then(operation: &Operation, function: &Function) -> TokenStream {
    let name = then_name(operation);
    let doc = format!("Answers of {}.", operation.doc_label());
    let ty = qualified(&function.answer, "types");
    let media_type = operation.media_type.as_deref().unwrap_or("application/octet-stream");
    let json = |argument: TokenStream| (quote!(, value: #argument), quote!(crate::mocks::json(then, &value)));
    let (argument, answer) = match (operation.answer, first_argument(&ty)) {
        (Answer::Nothing, _) => (quote!(), quote!(then)),
        (Answer::Bytes, _) => {
            let answer = quote!(then.header("content-type", #media_type).body(value));
            (quote!(, value: impl ::std::convert::AsRef<[u8]>), answer)
        }
        (_, Some(inner)) if is_named(&ty, "Option") && is_named(inner, "String") => {
            json(quote!(::std::option::Option<&str>))
        }
        (_, Some(inner)) if is_named(&ty, "Option") => json(quote!(::std::option::Option<&#inner>)),
        _ if is_named(&ty, "String") => json(quote!(&str)),
        _ if is_named(&ty, "bool") || is_named(&ty, "i64") || is_named(&ty, "f64") => json(quote!(#ty)),
        _ => json(quote!(&#ty)),
    };
    quote! {
        #[doc = #doc]
        pub struct #name(pub(super) ::httpmock::Then);

        impl #name {
            /// Answers with a success, such as 200 or 201.
            ///
            /// # Panics
            ///
            /// The status is not one of 200 to 299.
            pub fn success(self, status: u16 #argument) -> Self {
                let then = crate::mocks::status(self.0, status, 2);
                Self(#answer)
            }

            /// Answers with an error of 400 to 499.
            ///
            /// # Panics
            ///
            /// The status is not one of 400 to 499.
            pub fn client_error(self, status: u16, value: &types::ErrorBody) -> Self {
                Self(crate::mocks::json(crate::mocks::status(self.0, status, 4), value))
            }

            /// Answers with an error of 500 to 599.
            ///
            /// # Panics
            ///
            /// The status is not one of 500 to 599.
            pub fn server_error(self, status: u16, value: &types::ErrorBody) -> Self {
                Self(crate::mocks::json(crate::mocks::status(self.0, status, 5), value))
            }

            /// Returns the mock's own builder, for whatever else the answer should be.
            pub fn into_inner(self) -> ::httpmock::Then {
                self.0
            }
        }
    }
}
