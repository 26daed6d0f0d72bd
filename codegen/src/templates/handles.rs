//! The handles of a chat, a contact, a group and a channel: the operations that take its id, with the id filled in.
//!
//! What else an operation requires becomes an argument, so that a line says all that is needed; what is optional stays
//! with the builder. What is deprecated is left out.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::setter::Setters;
use crate::operation::Operation;

/// A handle: its type in `scope`, the resources whose operations it has, and what these call its id.
pub struct Handle {
    pub name: &'static str,
    pub resources: &'static [&'static str],
    ids: &'static [&'static str],
    /// Methods that are written by hand, which win.
    own: &'static [&'static str],
}

/// The handles of single things.
pub const HANDLES: [Handle; 4] = [
    Handle {
        name: "Chat",
        resources: &["chats", "chatting"],
        ids: &["chat_id"],
        own: &[
            "new",
            "id",
            "session",
            "picture",
            "reply",
            "send_contact",
            "set_reaction",
            "get_presence",
            "subscribe_presence",
            "set_presence",
            "list_labels",
            "set_labels",
            "typing_while",
        ],
    },
    Handle {
        name: "Contact",
        resources: &["contacts"],
        ids: &["contact_id", "id"],
        own: &["new", "id", "session", "chat", "picture", "check_exists"],
    },
    Handle { name: "Group", resources: &["groups"], ids: &["id"], own: &["new", "id", "session", "chat", "picture"] },
    Handle { name: "Channel", resources: &["channels"], ids: &["id"], own: &["new", "id", "session", "chat"] },
];

/// The methods of the handles.
pub fn generate(operations: &[Operation], setters: &Setters) -> Result<TokenStream, String> {
    let handles = HANDLES.iter().map(|handle| {
        let name = format_ident!("{}", handle.name);
        let of_handle = operations
            .iter()
            .filter(|operation| handle.resources.contains(&operation.resource.as_str()) && !operation.deprecated);
        let mut taken: HashSet<&str> = handle.own.iter().copied().collect();
        let methods: Vec<_> = of_handle
            .filter(|operation| taken.insert(&operation.action))
            .filter_map(|operation| Some((operation, handle.id_of(operation)?)))
            .map(|(operation, id)| method(operation, id, setters))
            .collect::<Result<_, _>>()?;
        Ok(quote! {
            /// The operations that take the id, generated from the document.
            impl crate::handles::#name {
                #(#methods)*
            }
        })
    });
    let handles: Vec<_> = handles.collect::<Result<_, String>>()?;
    Ok(quote! {
        use crate::{builder, types};

        #(#handles)*
    })
}

impl Handle {
    /// What an operation calls the id, if it requires it.
    fn id_of<'a>(&self, operation: &'a Operation) -> Option<&'a str> {
        let mut required = operation.required().into_iter().map(|(input, _)| input.name.as_str());
        required.find(|name| self.ids.contains(name))
    }
}

fn method(operation: &Operation, id: &str, setters: &Setters) -> Result<TokenStream, String> {
    let (resource, action, builder) =
        (format_ident!("{}", operation.resource), format_ident!("{}", operation.action), operation.builder());
    let session = operation.session.as_ref().map(|session| session.method.to_string());
    let mut doc = format!("{}.\n\n{}\n\n", operation.summary, operation.description);
    let (mut parameters, mut calls) = (Vec::new(), Vec::new());
    for (input, setter_name) in operation.required() {
        if input.name == id || session.as_ref() == Some(&input.name) {
            continue;
        }
        let setter = setters.get(&builder.to_string()).and_then(|setters| setters.get(&setter_name.to_string()));
        let setter = setter.ok_or_else(|| format!("the builder of {} has no setter `{setter_name}`", operation.id))?;
        let (argument, ty) = (format_ident!("{}", input.name), setter.argument());
        parameters.push(quote!(#argument: #ty));
        calls.push(quote!(.#setter_name(#argument)));
        doc += &format!("- `{}`: {}\n", input.name, input.description.replace('\n', " "));
    }
    doc += &format!("\n{}", operation.doc_label());
    let alias = operation.alias.iter().chain([&operation.id]).filter(|alias| **alias != operation.action);
    let id = format_ident!("{id}");
    Ok(quote! {
        #[doc = #doc]
        #(#[doc(alias = #alias)])*
        pub fn #action(&self #(, #parameters)*) -> builder::#builder {
            self.session().#resource().#action().#id(self.id()) #(#calls)*
        }
    })
}
