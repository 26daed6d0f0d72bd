//! JSON Schema: every generated type gets one, where the crate's feature `schemars` is on.
//!
//! The schema is derived from the type, so that it says what is really read and written. What the type does not show is
//! added: the numbers that one with a choice of them takes.

use std::collections::BTreeMap;

use quote::quote;
use syn::{Expr, ExprArray, Item, ItemImpl, ItemMod, Type, parse_quote, visit::Visit};

/// Changes the module of types in place.
pub fn derive(types: &mut ItemMod) {
    let items = &mut types.content.get_or_insert_default().1;
    let choices: BTreeMap<_, _> = items.iter().filter_map(choice).collect();
    for item in items {
        let (name, attributes) = match item {
            Item::Struct(item) => (item.ident.to_string(), &mut item.attrs),
            Item::Enum(item) => (item.ident.to_string(), &mut item.attrs),
            _ => continue,
        };
        attributes.push(parse_quote!(#[cfg_attr(feature = "schemars", derive(::schemars::JsonSchema))]));
        if let Some(values) = choices.get(&name) {
            attributes.push(parse_quote!(#[cfg_attr(feature = "schemars", schemars(extend("enum" = #values)))]));
        }
    }
}

/// The type that an item makes from a number, and the numbers that it takes.
fn choice(item: &Item) -> Option<(String, ExprArray)> {
    let Item::Impl(item) = item else { return None };
    let (path, ..) = item.trait_.as_ref()?;
    let conversion = path.segments.last()?;
    let conversion = quote!(#conversion).to_string();
    if !["TryFrom < i64 >", "TryFrom < f64 >"].contains(&conversion.as_str()) {
        return None;
    }
    let mut arrays = Arrays::default();
    arrays.visit_item_impl(item);
    Some((type_name(item)?, arrays.0.pop()?))
}

fn type_name(item: &ItemImpl) -> Option<String> {
    match &*item.self_ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// The lists of literals in a piece of code.
#[derive(Default)]
struct Arrays(Vec<ExprArray>);

impl<'ast> Visit<'ast> for Arrays {
    fn visit_expr_array(&mut self, array: &'ast ExprArray) {
        if array.elems.iter().all(|element| matches!(element, Expr::Lit(_))) {
            self.0.push(array.clone());
        }
    }
}
