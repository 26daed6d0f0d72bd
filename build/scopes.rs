//! The handles of `scope::session` and `scope::client`: for each resource one, with a method for each operation.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::operation::{Operation, SessionPlace};

/// Both modules: what takes a session is on the session's handles, the rest on the client's.
pub fn generate(operations: &[Operation]) -> TokenStream {
    let of_session = module(operations, true);
    let of_client = module(operations, false);
    quote! {
        /// Resources of a session, from the methods of [`Session`].
        pub mod session {
            #of_session
        }
        /// What concerns the server and no single session, from the methods of [`Client`](crate::Client).
        pub mod client {
            #of_client
        }
    }
}

fn module(operations: &[Operation], of_session: bool) -> TokenStream {
    let mut resources: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.session.is_some() == of_session) {
        resources.entry(&operation.resource).or_default().push(operation);
    }
    let owner = if of_session { quote!(crate::Session) } else { quote!(crate::Client) };
    let handles = resources.iter().map(|(resource, operations)| handle(resource, operations, &owner));
    let accessors = resources.iter().map(|(resource, operations)| {
        let accessor = format_ident!("{resource}");
        let name = format_ident!("{}", resource.to_upper_camel_case());
        let doc = resource_doc(resource, operations);
        quote! {
            #[doc = #doc]
            pub fn #accessor(&self) -> #name<'_> {
                #name { owner: self }
            }
        }
    });
    quote! {
        use crate::generated::builder;

        #(#handles)*

        /// The resources, generated from the document.
        impl #owner {
            #(#accessors)*
        }
    }
}

fn handle(resource: &str, operations: &[&Operation], owner: &TokenStream) -> TokenStream {
    let name = format_ident!("{}", resource.to_upper_camel_case());
    let doc = resource_doc(resource, operations);
    let methods = operations.iter().map(|operation| method(operation));
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        pub struct #name<'a> {
            owner: &'a #owner,
        }

        impl<'a> #name<'a> {
            #(#methods)*
        }
    }
}

fn resource_doc(resource: &str, operations: &[&Operation]) -> String {
    match operations.iter().map(|operation| operation.resource_description.as_str()).find(|text| !text.is_empty()) {
        Some(description) => description.to_owned(),
        None => format!("The resource `{resource}`."),
    }
}

fn method(operation: &Operation) -> TokenStream {
    let action = format_ident!("{}", operation.action);
    let builder = operation.builder();
    let doc = format!("{}.\n\n{}\n\n`{}`", operation.summary, operation.description, operation.label());
    let alias = operation.alias.iter().chain([&operation.id]).filter(|alias| **alias != operation.action);
    let deprecated = operation.deprecated.then(|| match operation.replacement() {
        Some(note) => quote!(#[deprecated(note = #note)]),
        None => quote!(#[deprecated]),
    });
    let begin = match operation.session {
        None => quote!(builder::#builder::new(self.owner)),
        Some(SessionPlace::Parameter) => quote! {
            builder::#builder::new(self.owner.client()).session(self.owner.name().clone())
        },
        Some(SessionPlace::Body) => quote! {
            builder::#builder::new(self.owner.client()).session(self.owner.name().as_str())
        },
    };
    quote! {
        #[doc = #doc]
        #(#[doc(alias = #alias)])*
        #deprecated
        pub fn #action(self) -> builder::#builder<'a> {
            #begin
        }
    }
}
