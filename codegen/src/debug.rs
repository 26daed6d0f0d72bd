//! How `Debug` is implemented for types with many members: without those that are absent, and without secrets.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

/// A field of a struct.
pub struct Field<'a> {
    /// Its name.
    pub name: &'a Ident,
    /// Whether its value is hidden.
    pub is_secret: bool,
    /// Whether it is an `Option`.
    pub is_optional: bool,
}

/// An implementation of `Debug` for a struct, which shows the fields that have a value, and `***` in place of secrets.
pub fn of_struct<'a>(name: &Ident, fields: impl IntoIterator<Item = Field<'a>>) -> TokenStream {
    let text = name.to_string();
    let fields = fields.into_iter().map(|Field { name, is_secret, is_optional }| {
        let label = name.to_string();
        let label = label.trim_start_matches("r#");
        let value = match (is_secret, is_optional) {
            (false, false) => quote!(Some(&self.#name as &dyn ::std::fmt::Debug)),
            (false, true) => quote!(crate::debug::optional(&self.#name)),
            (true, false) => quote!(Some(&crate::redaction::Masked as &dyn ::std::fmt::Debug)),
            (true, true) => quote!(crate::debug::masked(&self.#name)),
        };
        quote!((#label, #value))
    });
    quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                crate::debug::fields(f, #text, &[#(#fields),*])
            }
        }
    }
}

/// An implementation of `Debug` for a map of secrets, which shows the names alone.
pub fn of_map(name: &Ident) -> TokenStream {
    quote! {
        impl ::std::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_map().entries(self.0.keys().map(|name| (name, crate::redaction::Masked))).finish()
            }
        }
    }
}
