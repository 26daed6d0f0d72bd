//! The generator of `waha`: from `openapi/waha.json` to Rust.
//!
//! The build script writes the result into `OUT_DIR`, and `cargo xtask` shows it to people.
//!
//! ```text
//! document ─┬─ prepare ─ progenitor ─ transforms ─┬───────────────────── client.rs     types and functions
//!           │                                     └─ interface ─┐
//!           └─ operation ───────────────────────────────────────┴─ templates ─ everything that people touch
//! ```
//!
//! progenitor generates the types and one function for each operation. The functions are compiled as they come; of the types,
//! a few are changed by the named [`transforms`]. The builders and handles that people use are written by [`templates`],
//! which call the generated functions.

pub mod document;
mod interface;
mod operation;
mod prepare;
mod progenitor;
mod rustdoc;
mod templates;
pub mod transforms;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use serde_json::Value;

pub use document as walk;
pub use operation::chosen_media_type;
pub use templates::handles::HANDLES;

use interface::Interface;
use templates::{bodies, builders, handles, mocks, open_enums, operation_table, resources};

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
    /// The types, and the client with a function for each operation, as progenitor wrote them.
    pub client: syn::File,
    /// What belongs to the types: open enums, the builders of request bodies.
    pub types: TokenStream,
    /// The builders of the operations.
    pub builders: TokenStream,
    /// The table of operations, and their constants.
    pub operations: TokenStream,
    /// The resources, whose methods begin an operation.
    pub resources: TokenStream,
    /// The methods of the handles of single things.
    pub handles: TokenStream,
    /// Typed mocks.
    pub mocks: TokenStream,
    /// The setters without which a builder sends nothing, by the names of the builders.
    pub required: BTreeMap<String, BTreeSet<String>>,
}

impl Generated {
    /// The files as text, by name.
    ///
    /// # Errors
    ///
    /// A template does not write Rust.
    pub fn files(&self) -> Result<[(&'static str, String); 7], String> {
        let print = |name: &'static str, code: &TokenStream| {
            let file = syn::parse2(code.clone()).map_err(|error| format!("{name} cannot be parsed: {error}"))?;
            Ok::<_, String>((name, prettyplease::unparse(&file)))
        };
        Ok([
            ("client.rs", prettyplease::unparse(&self.client)),
            print("types.rs", &self.types)?,
            print("builders.rs", &self.builders)?,
            print("operations.rs", &self.operations)?,
            print("resources.rs", &self.resources)?,
            print("handles.rs", &self.handles)?,
            print("mocks.rs", &self.mocks)?,
        ])
    }
}

/// What else the generated code can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the types implement `schemars::JsonSchema`.
    pub json_schema: bool,
}

/// Generates from the text of the document.
///
/// # Errors
///
/// The text is not an OpenAPI 3.0 document that progenitor takes, or the generated code is not what the templates and
/// transforms expect. The message says what.
pub fn generate(document: &str, options: Options) -> Result<Generated, String> {
    let document: Value =
        serde_json::from_str(document).map_err(|error| format!("the document is not JSON: {error}"))?;
    let operations = operation::read(&document)?;
    let properties = operation::properties_of_schemas(&document);
    let prepared = prepare::prepare(&document);
    let mut client = progenitor::generate(&prepared, options)?;
    transforms::apply(&mut client, &prepared.document)?;
    let interface = Interface::read(&client)?;
    let request_bodies = bodies::read(&interface, &properties);
    let (builders, setters, required) = builders::generate(&operations, &interface, &request_bodies)?;
    let (open_enums, bodies) = (open_enums::generate(&prepared.open_enums), bodies::generate(&request_bodies));
    Ok(Generated {
        types: quote::quote!(#open_enums #bodies),
        builders,
        operations: operation_table::generate(&operations),
        resources: resources::generate(&operations),
        handles: handles::generate(&operations, &setters)?,
        mocks: mocks::generate(&operations, &interface)?,
        required,
        client,
    })
}
