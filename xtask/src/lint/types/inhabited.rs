//! Which generated types have no value.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Fields, Item, Type};

/// Returns the types that have no value: an enum without variants, and what cannot be made without one.
pub fn without_values(items: &[Item]) -> BTreeSet<String> {
    let types: BTreeMap<String, &Item> = items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(one) => Some((one.ident.to_string(), item)),
            Item::Enum(one) => Some((one.ident.to_string(), item)),
            _ => None,
        })
        .collect();
    // What can be made of what can be made, until there is no more of it: a type that needs itself cannot.
    let mut made: BTreeSet<&str> = BTreeSet::new();
    loop {
        let holds = |ty: &Type| holds(ty, &|name| !types.contains_key(name) || made.contains(name));
        let more: Vec<&str> = types
            .iter()
            .filter(|(name, item)| !made.contains(name.as_str()) && can_be_made(item, &holds))
            .map(|(name, _)| name.as_str())
            .collect();
        if more.is_empty() {
            break;
        }
        made.extend(more);
    }
    types.keys().filter(|name| !made.contains(name.as_str())).cloned().collect()
}

fn can_be_made(item: &Item, holds: &dyn Fn(&Type) -> bool) -> bool {
    let all = |fields: &Fields| fields.iter().all(|field| holds(&field.ty));
    match item {
        Item::Struct(one) => all(&one.fields),
        Item::Enum(one) => one.variants.iter().any(|variant| all(&variant.fields)),
        _ => true,
    }
}

/// Returns whether there is a value of a type. A list, a map and an option can be empty.
fn holds(ty: &Type, is_made: &dyn Fn(&str) -> bool) -> bool {
    match ty {
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return true };
            let name = last.ident.to_string();
            match (name.as_str(), &last.arguments) {
                ("Box", syn::PathArguments::AngleBracketed(arguments)) => {
                    arguments.args.iter().all(|argument| match argument {
                        syn::GenericArgument::Type(ty) => holds(ty, is_made),
                        _ => true,
                    })
                }
                (name, syn::PathArguments::None) => is_made(name),
                _ => true,
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter().all(|ty| holds(ty, is_made)),
        Type::Array(array) => holds(&array.elem, is_made),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_without_a_value_are_found() {
        let code: syn::File = syn::parse_quote! {
            pub enum Never {}
            pub struct Holder { pub never: Never }
            pub struct Fine { pub never: ::std::option::Option<Never>, pub list: Vec<Holder> }
            pub struct Endless { pub next: ::std::boxed::Box<Endless> }
            pub struct Chain { pub next: ::std::option::Option<::std::boxed::Box<Chain>> }
            pub enum Either { A(Never), B(::std::string::String) }
            pub enum Neither { A(Never), B(Holder) }
            pub struct Wrapper(pub i64);
        };
        let names: Vec<String> = without_values(&code.items).into_iter().collect();
        assert_eq!(names, ["Endless", "Holder", "Neither", "Never"]);
    }
}
