//! The public symbols of the generated code: the only place that knows what the generator's files look like.

use client_diff::symbols::{
    Table,
    read::{self, find_module, items},
};
use proc_macro2::TokenStream;
use waha_codegen::Generated;

/// Traits of every open enum, from `src/open_enum.rs`.
const OPEN_ENUM: [&str; 6] = ["AsRef<str>", "Display", "From<String>", "FromStr", "PartialEq<&str>", "PartialEq<str>"];

/// Reads types, builders, resources and handles.
pub fn table(generated: &Generated) -> syn::Result<Table> {
    let parse = |code: &TokenStream| syn::parse2::<syn::File>(code.clone());
    let mut table = Table::new();
    read::types(find_module(&generated.client.items, "types"), &[], &mut table);
    read::types(&parse(&generated.enums)?.items, &OPEN_ENUM, &mut table);
    read::types(&parse(&generated.types)?.items, &OPEN_ENUM, &mut table);
    read::template_builders(&parse(&generated.builders)?.items, &generated.required, &mut table);
    for item in &parse(&generated.resources)?.items {
        if let syn::Item::Mod(scope) = item {
            read::methods(items(scope), |name| Some(owner(name, &scope.ident.to_string())), &mut table);
        }
    }
    read::methods(&parse(&generated.handles)?.items, |name| Some(owner(name, "")), &mut table);
    Ok(table)
}

/// What people call the type of a method: a resource is below its module.
fn owner(name: &str, scope: &str) -> String {
    match name {
        "Session" | "Client" => name.to_owned(),
        handle if scope.is_empty() => handle.trim_start_matches("handles::").to_owned(),
        resource => format!("resources::{scope}::{}", resource.trim_end_matches("<'a>")),
    }
}
