//! A setter of a builder: it takes what people have at hand, and remembers why a value cannot be sent.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Ident, Type, parse_quote, visit_mut::VisitMut};

use crate::{
    interface::{first_argument, is_named},
    operation::Input,
};

/// A setter, before it is known what it sets.
#[derive(Clone)]
pub struct Setter {
    pub name: Ident,
    pub description: String,
    /// The type of the value, or of an item of the list.
    value: Type,
    is_list: bool,
    /// The type that checks the value, where that is an id.
    id: Option<Ident>,
    /// Whether the value is, or holds, a struct with ids of its own, which are checked as well.
    has_ids: bool,
    /// The values that it takes, as a text for people; empty where they are not few.
    choices: String,
}

/// Setters by the names of their builders and their own.
pub type Setters = BTreeMap<String, BTreeMap<String, Setter>>;

/// The names of required setters by the names of their builders.
pub type Required = BTreeMap<String, BTreeSet<String>>;

impl Setter {
    /// The setter of a value of this type. What the document says about it is `input`.
    pub fn new(name: Ident, ty: &Type, input: Option<&Input>) -> Self {
        let (is_list, value) = match first_argument(ty) {
            Some(item) if is_named(ty, "Vec") => (true, item.clone()),
            _ => (false, ty.clone()),
        };
        let choices = input.map(|input| input.choices.as_slice()).unwrap_or_default();
        let choices: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
        let takes = if choices.is_empty() { String::new() } else { format!("; it takes {}", choices.join(", ")) };
        let id = input.and_then(|input| input.id.as_deref());
        Self {
            name,
            description: input.map(|input| input.description.clone()).unwrap_or_default(),
            value,
            is_list,
            id: id.map(|id| format_ident!("{id}")),
            has_ids: false,
            choices: takes,
        }
    }

    /// The same setter, of a value that is, or holds, a struct with ids of its own.
    pub fn with_ids(self, has_ids: bool) -> Self {
        Self { has_ids, ..self }
    }

    /// The same setter by another name.
    pub fn renamed(self, name: Ident) -> Self {
        Self { name, ..self }
    }

    /// The same setter, seen from a module in which the types have other names.
    pub fn with_types(&self, qualify: impl Fn(&Type) -> Type) -> Self {
        Self { value: qualify(&self.value), ..self.clone() }
    }

    /// The type that checks the value, where that is an id.
    pub fn id(&self) -> Option<Ident> {
        self.id.clone()
    }

    /// Whether it takes one value or several, which the type of its argument says by a type that is inferred.
    pub fn is_list(&self) -> bool {
        self.is_list
    }

    /// The type parameters of the method.
    fn generics(&self) -> Option<TokenStream> {
        self.is_list.then(|| quote!(<K>))
    }

    /// The type of its argument. `kind` is the type parameter of one that takes several values.
    pub fn argument(&self, kind: &Ident) -> TokenStream {
        let taken = match &self.id {
            Some(id) => quote!(crate::#id),
            None => self.value.to_token_stream(),
        };
        match self.is_list {
            true => quote!(impl crate::OneOrMany<#taken, #kind>),
            false => quote!(impl ::std::convert::TryInto<#taken, Error: ::std::fmt::Display>),
        }
    }

    /// An expression that converts the argument `value`: `Ok`, or `Err` with what people have to know.
    pub fn conversion(&self) -> TokenStream {
        let Self { value: ty, choices, .. } = self;
        let convert = match (&self.id, self.is_list) {
            (Some(id), false) => quote!(crate::input::id::<crate::#id, #ty>(value)),
            (Some(id), true) => quote!(crate::input::ids::<crate::#id, #ty, _>(value)),
            (None, false) => quote!(crate::input::value::<#ty>(value)),
            (None, true) => quote!(crate::input::values::<#ty, _>(value)),
        };
        let convert = match self.has_ids {
            true => quote!(#convert.and_then(crate::input::CheckIds::check_ids)),
            false => convert,
        };
        if choices.is_empty() { convert } else { quote!(#convert.map_err(|error| error + #choices)) }
    }

    /// An expression that checks the ids of a value that was given as a whole; `None` where it has none.
    pub fn check(&self, value: &TokenStream) -> Option<TokenStream> {
        let ty = &self.value;
        match (&self.id, self.is_list, self.has_ids) {
            (Some(id), false, _) => Some(quote!(crate::input::id::<crate::#id, #ty>(#value))),
            (Some(id), true, _) => Some(quote!(crate::input::ids::<crate::#id, #ty, _>(#value))),
            (None, _, true) => Some(quote!(crate::input::CheckIds::check_ids(#value))),
            (None, _, false) => None,
        }
    }

    /// What the document says about the value, or else its name.
    fn doc(&self) -> String {
        match self.description.is_empty() {
            true => format!("Sets `{}`.", self.name.to_string().trim_end_matches('_')),
            false => self.description.clone(),
        }
    }

    /// The method, whose body stores what the conversion gives.
    pub fn method(&self, store: &TokenStream) -> TokenStream {
        let (name, generics, argument) = (&self.name, self.generics(), self.argument(&format_ident!("K")));
        let doc = self.doc();
        let conversion = self.conversion();
        quote! {
            #[doc = #doc]
            pub fn #name #generics(mut self, value: #argument) -> Self {
                let value = #conversion;
                #store
                self
            }
        }
    }

    /// The method that hands its argument, `value`, to another setter.
    pub fn forward(&self, statement: &TokenStream) -> TokenStream {
        let (name, generics, argument) = (&self.name, self.generics(), self.argument(&format_ident!("K")));
        let doc = self.doc();
        quote! {
            #[doc = #doc]
            pub fn #name #generics(mut self, value: #argument) -> Self {
                #statement
                self
            }
        }
    }

    /// The method that sets a field of `self` by this name.
    pub fn field_method(&self, field: &Ident) -> TokenStream {
        let text = field.to_string();
        let text = text.trim_end_matches('_');
        self.method(&quote!(self.#field = self.problems.take(#text, value);))
    }
}

/// A type of the module `types`, seen from elsewhere: a name alone is one of its types, and stands below `module` there.
pub fn qualified(ty: &Type, module: &str) -> Type {
    struct Qualify(Ident);
    impl VisitMut for Qualify {
        fn visit_type_path_mut(&mut self, path: &mut syn::TypePath) {
            syn::visit_mut::visit_type_path_mut(self, path);
            let name = match path.path.get_ident() {
                Some(name) if path.qself.is_none() && path.path.leading_colon.is_none() => name.clone(),
                _ => return,
            };
            // The primitive types are the only ones that do not begin with a capital.
            if name.to_string().starts_with(char::is_uppercase) {
                let module = &self.0;
                *path = parse_quote!(#module::#name);
            }
        }
    }
    let mut ty = ty.clone();
    Qualify(format_ident!("{module}")).visit_type_mut(&mut ty);
    ty
}
