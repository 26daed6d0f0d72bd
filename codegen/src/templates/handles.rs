//! The handles of a chat, a contact, a group and a channel: the operations that take its id, with the id filled in.
//!
//! What else an operation requires becomes an argument, so that a line says all that is needed; what is optional stays
//! with the builder. What is deprecated is left out.

use std::collections::{BTreeMap, HashSet};

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{setter::Setters, words::WORDS};
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
            "send_link",
            "share_contact",
            "quote",
            "react",
            "unreact",
            "star",
            "unstar",
            "recording",
            "presence",
            "labels",
            "photo",
            "avatar",
        ],
    },
    Handle {
        name: "Contact",
        resources: &["contacts"],
        ids: &["contact_id", "id"],
        own: &[
            "new",
            "id",
            "session",
            "chat",
            "picture",
            "check_exists",
            "exists",
            "is_registered",
            "is_on_whatsapp",
            "photo",
            "avatar",
            "profile_picture",
        ],
    },
    Handle {
        name: "Group",
        resources: &["groups"],
        ids: &["id"],
        own: &[
            "new",
            "id",
            "session",
            "chat",
            "picture",
            "photo",
            "icon",
            "invite_link",
            "revoke_invite_link",
            "reset_invite_link",
            "announce_only",
            "lock",
            "unlock",
        ],
    },
    Handle { name: "Channel", resources: &["channels"], ids: &["id"], own: &["new", "id", "session", "chat"] },
];

/// The methods of the handles. `awaited` has what the builder of each operation gives.
pub fn generate(
    operations: &[Operation],
    setters: &Setters,
    awaited: &BTreeMap<&str, String>,
) -> Result<TokenStream, String> {
    let handles = HANDLES.iter().map(|handle| {
        let name = format_ident!("{}", handle.name);
        let of_handle = operations
            .iter()
            .filter(|operation| handle.resources.contains(&operation.resource.as_str()) && !operation.deprecated);
        let mut taken: HashSet<&str> = handle.own.iter().copied().collect();
        let own: Vec<_> = of_handle
            .filter(|operation| taken.insert(&operation.action))
            .filter_map(|operation| Some((operation, handle.id_of(operation)?)))
            .collect();
        let words = WORDS.iter().filter(|(owner, ..)| *owner == handle.name);
        // A method that an operation gives its name to wins.
        let words = words.filter(|(_, word, _)| taken.insert(word)).filter_map(|(_, word, id)| {
            let (operation, _) = own.iter().find(|(operation, _)| operation.id == *id)?;
            Some((*operation, *word))
        });
        let words: Vec<_> = words.collect();
        let awaited =
            |operation: &Operation| awaited.get(operation.id.as_str()).map(String::as_str).unwrap_or_default();
        let methods = own.iter().map(|(operation, id)| method(operation, id, setters, awaited(operation)));
        let words = words.iter().map(|(operation, word)| alias(operation, handle, word, setters, awaited(operation)));
        let methods: Vec<_> = methods.chain(words).collect::<Result<_, _>>()?;
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

/// What a method takes besides the id: names and types of the arguments, the setters that take them, and a list for the
/// documentation.
struct Arguments {
    parameters: Vec<TokenStream>,
    /// Their type parameters.
    kinds: Vec<Ident>,
    names: Vec<Ident>,
    setters: Vec<Ident>,
    doc: String,
}

impl Arguments {
    fn new(operation: &Operation, id: &str, setters: &Setters) -> Result<Self, String> {
        let builder = operation.builder().to_string();
        let session = operation.session.as_ref().map(|session| session.method.to_string());
        let mut arguments = Self {
            parameters: Vec::new(),
            kinds: Vec::new(),
            names: Vec::new(),
            setters: Vec::new(),
            doc: String::new(),
        };
        for (input, setter_name) in operation.required() {
            if input.name == id || session.as_ref() == Some(&input.name) {
                continue;
            }
            let setter = setters.get(&builder).and_then(|setters| setters.get(&setter_name.to_string()));
            let setter =
                setter.ok_or_else(|| format!("the builder of {} has no setter `{setter_name}`", operation.id))?;
            let kind = match arguments.kinds.len() {
                0 => format_ident!("K"),
                several => format_ident!("K{several}"),
            };
            let (name, ty) = (format_ident!("{}", input.name), setter.argument(&kind));
            if setter.is_list() {
                arguments.kinds.push(kind);
            }
            arguments.parameters.push(quote!(#name: #ty));
            arguments.names.push(name);
            arguments.setters.push(setter_name);
            arguments.doc += &format!("- `{}`: {}\n", input.name, input.description.replace('\n', " "));
        }
        Ok(arguments)
    }
}

fn method(operation: &Operation, id: &str, setters: &Setters, awaited: &str) -> Result<TokenStream, String> {
    let (resource, action, builder) =
        (format_ident!("{}", operation.resource), format_ident!("{}", operation.action), operation.builder());
    let Arguments { parameters, kinds, names, setters, doc } = Arguments::new(operation, id, setters)?;
    let doc = format!(
        "{}. Awaited: {awaited}.\n\n{}\n\n{doc}\n{}",
        operation.summary,
        operation.description,
        operation.doc_origin()
    );
    let alias = operation.alias.iter().chain([&operation.id]).filter(|alias| **alias != operation.action);
    let id = format_ident!("{id}");
    Ok(quote! {
        #[doc = #doc]
        #(#[doc(alias = #alias)])*
        pub fn #action<#(#kinds),*>(&self #(, #parameters)*) -> builder::#builder {
            self.session().#resource().#action().#id(self.id()) #(.#setters(#names))*
        }
    })
}

/// The method of a word, which calls that of the operation.
fn alias(
    operation: &Operation,
    handle: &Handle,
    word: &str,
    setters: &Setters,
    awaited: &str,
) -> Result<TokenStream, String> {
    let (action, word, builder) = (format_ident!("{}", operation.action), format_ident!("{word}"), operation.builder());
    let id = handle.id_of(operation).unwrap_or_default();
    let Arguments { parameters, kinds, names, doc, .. } = Arguments::new(operation, id, setters)?;
    let doc = format!(
        "{}. Awaited: {awaited}.\n\nThe same as [`{action}`](Self::{action}).\n\n{doc}\n{}",
        operation.summary,
        operation.doc_origin()
    );
    Ok(quote! {
        #[doc = #doc]
        pub fn #word<#(#kinds),*>(&self #(, #parameters)*) -> builder::#builder {
            self.#action(#(#names),*)
        }
    })
}
