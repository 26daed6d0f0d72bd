//! Documents what the document says nothing about, so that every item of the generated types has a text: its name in JSON, or
//! what it holds.

use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, Fields, File, Item, Lit, Meta, Variant, parse_quote, punctuated::Punctuated};

use crate::{interface::types_mut, rustdoc};

/// Adds the documentation that is missing to the types of a generated file.
pub fn complete(file: &mut File) -> Result<(), String> {
    for item in types_mut(file)? {
        match item {
            Item::Struct(item) => {
                add(&mut item.attrs, || format!("The schema {}.", rustdoc::code(&item.ident.to_string())));
                let Fields::Named(fields) = &mut item.fields else { continue };
                for field in &mut fields.named {
                    let ident = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    let name = renamed(&field.attrs).unwrap_or(ident);
                    add(&mut field.attrs, || format!("The property {}.", rustdoc::code(&name)));
                }
            }
            Item::Enum(item) => {
                add(&mut item.attrs, || format!("The schema {}.", rustdoc::code(&item.ident.to_string())));
                item.variants.iter_mut().for_each(variant);
            }
            _ => {}
        }
    }
    Ok(())
}

fn variant(variant: &mut Variant) {
    let held = variant.fields.iter().map(|field| field.ty.to_token_stream().to_string().replace(' ', ""));
    let held: Vec<_> = held.collect();
    let name = renamed(&variant.attrs).unwrap_or_else(|| variant.ident.to_string());
    add(&mut variant.attrs, || match held.as_slice() {
        [] => format!("The value {}.", rustdoc::code(&name)),
        held => format!("Holds {}.", rustdoc::code(&held.join(", "))),
    });
}

fn add(attributes: &mut Vec<Attribute>, text: impl FnOnce() -> String) {
    if !attributes.iter().any(|attribute| attribute.path().is_ident("doc")) {
        let text = text();
        attributes.insert(0, parse_quote!(#[doc = #text]));
    }
}

/// The name in JSON, where it is another than the one in Rust.
fn renamed(attributes: &[Attribute]) -> Option<String> {
    let serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let arguments = serde
        .filter_map(|attribute| attribute.parse_args_with(Punctuated::<Meta, syn::Token![,]>::parse_terminated).ok());
    arguments.flatten().find_map(|argument| match argument {
        Meta::NameValue(pair) if pair.path.is_ident("rename") => match pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(name.value()),
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn every_item_without_documentation_gets_one() {
        let mut file: File = parse_quote! {
            pub mod types {
                pub struct Thing {
                    #[serde(rename = "fullName", default)]
                    pub full_name: String,
                    /// Said already.
                    pub size: i64,
                }
                pub enum Sort {
                    #[serde(rename = "up")]
                    Up,
                    Down,
                }
                pub enum Choice {
                    Thing(Thing),
                }
            }
        };
        complete(&mut file).unwrap();
        let text = quote!(#file).to_string();
        for doc in [
            "The schema `Thing`.",
            "The property `fullName`.",
            "The value `up`.",
            "The value `Down`.",
            "Holds `Thing`.",
        ] {
            assert!(text.contains(&format!("{doc:?}")), "{doc}: {text}");
        }
        assert!(!text.contains("size`"), "{text}");
    }
}
