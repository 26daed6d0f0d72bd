//! Enums that the server may extend: the known values are plain variants, any other value is kept.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{prepare::OpenEnum, rustdoc};

/// The items to add to `types`.
pub fn generate(enums: &BTreeMap<String, OpenEnum>) -> TokenStream {
    enums.iter().map(|(name, open)| one(name, open)).collect()
}

fn one(name: &str, open: &OpenEnum) -> TokenStream {
    let doc = format!(
        "{}\n\nA value that this release does not know is kept as [`Unknown`](Self::Unknown), and sent back as it came.",
        open.description
    );
    let description = &open.description;
    let name = format_ident!("{name}");
    let values = &open.values;
    let variants: Vec<_> = values.iter().map(|value| variant(value)).collect();
    let docs = values.iter().map(|value| rustdoc::code(value));
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum #name {
            #(#[doc = #docs] #variants,)*
            /// A value that is none of the others.
            Unknown(::std::string::String),
        }

        impl #name {
            /// The values known to this release.
            pub const KNOWN: &'static [Self] = &[#(Self::#variants),*];

            /// The value as it stands in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    #(Self::#variants => #values,)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl ::std::convert::From<&str> for #name {
            fn from(value: &str) -> Self {
                match value {
                    #(#values => Self::#variants,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        crate::open_enum::impls!(#name, #description);
    }
}

/// `SCAN_QR_CODE` → `ScanQrCode`; `group.v2.join` → `GroupV2Join`.
pub fn variant(value: &str) -> proc_macro2::Ident {
    let name = value.to_upper_camel_case();
    match name.chars().next() {
        None => format_ident!("Empty"),
        Some(first) if first.is_ascii_digit() => format_ident!("N{name}"),
        Some(_) if name == "Unknown" => format_ident!("IsUnknown"),
        Some(_) => format_ident!("{name}"),
    }
}
