//! The handles of `resources::session` and `resources::client`: for each resource one, with a method for each operation.
//!
//! A resource that has anything to do with a session has all its operations on the session's handle, so that nobody has
//! to guess; those that take no session are on the client's handle as well.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::operation::Operation;

/// Both modules: what takes a session is on the session's handles, the rest on the client's.
///
/// `awaited` has what the builder of each operation gives.
pub fn generate(operations: &[Operation], awaited: &BTreeMap<&str, String>) -> TokenStream {
    let of_session = module(operations, awaited, true);
    let of_client = module(operations, awaited, false);
    quote! {
        /// Resources of a session, from the methods of [`Session`](crate::Session).
        pub mod session {
            #of_session
        }
        /// What concerns the server and no single session, from the methods of [`Client`](crate::Client).
        pub mod client {
            #of_client
        }
    }
}

fn module(operations: &[Operation], awaited: &BTreeMap<&str, String>, of_session: bool) -> TokenStream {
    let mut resources: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in operations
        .iter()
        .filter(|operation| of_session || !operation.session.as_ref().is_some_and(|session| session.required))
    {
        resources.entry(&operation.resource).or_default().push(operation);
    }
    if of_session {
        resources.retain(|_, operations| operations.iter().any(|operation| operation.session.is_some()));
    }
    let owner = if of_session { quote!(crate::Session) } else { quote!(crate::Client) };
    let handles =
        resources.iter().map(|(resource, operations)| handle(resource, operations, awaited, &owner, of_session));
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
        use crate::builder;

        #(#handles)*

        /// The resources, generated from the document.
        impl #owner {
            #(#accessors)*
        }
    }
}

fn handle(
    resource: &str,
    operations: &[&Operation],
    awaited: &BTreeMap<&str, String>,
    owner: &TokenStream,
    of_session: bool,
) -> TokenStream {
    let name = format_ident!("{}", resource.to_upper_camel_case());
    let doc = resource_doc(resource, operations) + &table(resource, operations, of_session);
    let client = if of_session { quote!(self.owner.client()) } else { quote!(self.owner) };
    let methods = operations.iter().map(|operation| {
        let awaited = awaited.get(operation.id.as_str()).map(String::as_str).unwrap_or_default();
        method(operation, awaited, &client, of_session)
    });
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

/// All operations of a resource, a line each.
fn table(resource: &str, operations: &[&Operation], of_session: bool) -> String {
    let owner = if of_session { "session" } else { "client" };
    let rows = operations.iter().map(|operation| {
        let Operation { action, summary, .. } = operation;
        format!(
            "| [`{owner}.{resource}().{action}()`](Self::{action}) | {} | {} |\n",
            summary.replace('|', "\\|"),
            operation.doc_label().replace('|', "\\|")
        )
    });
    format!("\n\n| call | what it does | operation |\n|---|---|---|\n{}", rows.collect::<String>())
}

fn method(operation: &Operation, awaited: &str, client: &TokenStream, of_session: bool) -> TokenStream {
    let action = format_ident!("{}", operation.action);
    let builder = operation.builder();
    let doc = format!(
        "{}. Awaited: {awaited}.\n\n{}\n\n{}",
        operation.summary,
        operation.description,
        operation.doc_origin()
    );
    let alias = operation.alias.iter().chain([&operation.id]).filter(|alias| **alias != operation.action);
    let deprecated = operation.deprecated.then(|| match operation.replacement() {
        Some(note) => quote!(#[deprecated(note = #note)]),
        None => quote!(#[deprecated]),
    });
    let session = operation.session.as_ref().filter(|_| of_session).map(|session| {
        let setter = &session.method;
        quote!(.#setter(self.owner.name().clone()))
    });
    quote! {
        #[doc = #doc]
        #(#[doc(alias = #alias)])*
        #deprecated
        pub fn #action(self) -> builder::#builder {
            builder::#builder::new(#client.clone()) #session
        }
    }
}
