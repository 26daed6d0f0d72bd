//! Reads the client that progenitor generates, item by item: what was read is no longer needed.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

use proc_macro2::TokenStream;

use super::{
    Table, read,
    signatures::{Bodies, items},
};

/// Reads the public symbols of a client.
///
/// # Errors
///
/// It does not parse.
pub fn client(code: TokenStream, table: &mut Table) -> syn::Result<()> {
    let mut required = BTreeMap::new();
    for item in items(code) {
        match item.into_module() {
            // They come first.
            Ok((name, content)) if name == "types" => required = types(content, table)?,
            Ok((name, content)) if name == "builder" => {
                for item in items(content) {
                    read::builder(&item.parse(Bodies::Initial)?, &required, table);
                }
            }
            Ok(_) => {}
            Err(item) => {
                let item = item.parse(Bodies::None)?;
                read::methods(slice::from_ref(&item), |owner| Some(owner.to_owned()), table);
            }
        }
    }
    Ok(())
}

/// Reads the types, and returns the properties that each type requires, as far as types have builders.
fn types(content: TokenStream, table: &mut Table) -> syn::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut required = BTreeMap::new();
    for item in items(content) {
        match item.into_module() {
            Ok((name, content)) if name == "builder" => {
                let makers =
                    items(content).filter(|item| item.implemented_trait().is_some_and(|name| name == "Default"));
                for item in makers {
                    required.extend(read::required_properties(&item.parse(Bodies::Initial)?));
                }
            }
            Ok(_) => {}
            Err(item) => read::types(slice::from_ref(&item.parse(Bodies::None)?), &[], table),
        }
    }
    Ok(required)
}
