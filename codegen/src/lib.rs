//! The generator: from `openapi/waha.json` to Rust.
//!
//! Used by the build script, which writes the result into `OUT_DIR`, and by `cargo xtask`, which shows it to people.
//!
//! ```text
//! document ─ prepare ─ progenitor ─ polish (awaited) ─┐
//!     ├───────────────────────────────── open_enums ─┼─ Generated
//!     └── operation ─┬────────────────── operations ─┤
//!                    └──────────── scopes ─ handles ─┘
//! ```

mod awaited;
mod handles;
mod mocks;
mod open_enums;
mod operation;
mod operations;
mod polish;
mod prepare;
mod schemas;
mod scopes;
pub mod walk;

use std::collections::BTreeMap;

pub use handles::HANDLES;
pub use operation::chosen_media_type;
use prepare::{File, OpenEnum};
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::Value;

/// Methods that the handles of sessions and clients have of their own: no resource may be called so.
pub const RESERVED: &[&str] = &[
    "name",
    "client",
    "contact",
    "chat",
    "group",
    "channel",
    "create",
    "start",
    "stop",
    "restart",
    "logout",
    "get",
    "delete",
    "wait_until_working",
    "qr_code",
    "qr_png",
    "request_pairing_code",
    "with",
    "session",
    "default_session",
    "base_url",
    "builder",
    "from_env",
    "batch",
    "own_profile",
    "create_group",
    "join_group",
    "options",
    "redactor",
    "from_variables",
    "group_list",
    "request",
    "download",
    "noting",
    "inner",
    "new_with_client",
    "clone",
    "pre",
    "exec",
    "post",
    "api_version",
];

/// Methods that every generated builder has, whatever it sends.
pub const BUILDER_METHODS: &[&str] = &["new", "body", "body_map", "call", "send", "pages"];

/// What is generated, one file each.
pub struct Generated {
    /// `types`, `builder` and the `Client`.
    pub client: syn::File,
    /// The table of operations.
    pub operations: TokenStream,
    /// The handles whose methods begin an operation.
    pub scopes: TokenStream,
}

impl Generated {
    /// The files, by name.
    pub fn files(self) -> [(&'static str, TokenStream); 3] {
        let client = self.client;
        [("client.rs", quote::quote!(#client)), ("operations.rs", self.operations), ("scopes.rs", self.scopes)]
    }
}

/// Generates from the text of the document.
pub fn generate(document: &str) -> Result<Generated, String> {
    let (operations, prepared) = read(document)?;
    let spec = specification(&prepared)?;
    let client =
        generator(&prepared.open_enums, &prepared.files).generate_tokens(&spec).map_err(|error| error.to_string())?;
    let mut client: syn::File =
        syn::parse2(client).map_err(|error| format!("the generator's code does not parse: {error}"))?;
    let setters = polish::polish(&mut client, &operations, open_enums::generate(&prepared.open_enums))?;
    let (scopes, handles) = (scopes::generate(&operations), handles::generate(&operations, &setters)?);
    let scopes = quote::quote!(#scopes #handles);
    Ok(Generated { client, operations: operations::generate(&operations), scopes })
}

/// Generates the mocks of the same document, for the crate's feature `httpmock`.
pub fn generate_mocks(document: &str) -> Result<TokenStream, String> {
    let (operations, prepared) = read(document)?;
    let spec = specification(&prepared)?;
    let mocks =
        generator(&prepared.open_enums, &prepared.files).httpmock(&spec, "crate").map_err(|error| error.to_string())?;
    let mut mocks: syn::File =
        syn::parse2(mocks).map_err(|error| format!("the generator's mocks do not parse: {error}"))?;
    mocks::polish(&mut mocks, &operations)?;
    Ok(quote::quote!(#mocks))
}

fn read(document: &str) -> Result<(Vec<operation::Operation>, prepare::Prepared), String> {
    let document: Value =
        serde_json::from_str(document).map_err(|error| format!("the document is not JSON: {error}"))?;
    Ok((operation::read(&document)?, prepare::prepare(&document)))
}

fn specification(prepared: &prepare::Prepared) -> Result<openapiv3::OpenAPI, String> {
    serde_json::from_value(prepared.document.clone())
        .map_err(|error| format!("the document is not OpenAPI 3.0: {error}"))
}

/// progenitor, set up: builders, one client with our state, hooks that cannot be forgotten, and our own types where
/// its types would be too strict.
fn generator(open_enums: &BTreeMap<String, OpenEnum>, files: &BTreeMap<String, File>) -> Generator {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote::quote!(crate::client::Inner));
    let impls = || [TypeImpl::Display, TypeImpl::FromStr].into_iter();
    settings.with_replacement(prepare::JSON, "crate::Json", impls());
    settings.with_replacement(prepare::SESSION_NAME, "crate::SessionName", impls());
    for (name, file) in files {
        let media = match file {
            File::Named => "crate::Media",
            File::Bare => "crate::media::Content",
        };
        settings.with_replacement(name, media, std::iter::empty());
    }
    for name in open_enums.keys() {
        settings.with_replacement(name, format!("crate::types::{name}"), impls());
    }
    Generator::new(&settings)
}
