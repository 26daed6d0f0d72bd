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
//! a few are changed by the named [`transforms`]. The builders and handles that people use are written by the templates,
//! which call the generated functions.

mod debug;
pub mod document;
mod documentation;
mod interface;
mod operation;
mod prepare;
mod progenitor;
mod rustdoc;
pub mod secrets;
mod templates;
pub mod transforms;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use serde_json::Value;

pub use operation::{Answer, Paging, answer, chosen_media_type, paging};
pub use templates::{handles::HANDLES, words::WORDS};

use interface::Interface;
use templates::{bodies, builders, events, handles, mocks, once, open_enums, operation_table, resources};

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
    "webhook",
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
    // Everyday words.
    "events",
    "status",
    "pair",
    "wait",
    "save_media",
    "me",
    "info",
    "send",
    "block",
    "unblock",
    "is_registered",
    "qr",
    "pairing_code",
    "set_name",
    "set_about",
    "set_presence",
    "go_online",
    "go_offline",
    "post_status",
    "create_channel",
    "list_chats",
    "list_groups",
    "list_contacts",
];

/// Methods that every generated builder has, whatever it sends.
pub const BUILDER_METHODS: &[&str] = &["new", "body", "body_map", "call", "send", "pages", "once", "unsent"];

/// What is generated, one file each.
pub struct Generated {
    /// The types, and the client with a function for each operation, as progenitor wrote them.
    pub client: syn::File,
    /// The enums that the server may extend.
    pub enums: TokenStream,
    /// What belongs to the types: the builders of request bodies.
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
    /// The payloads of events.
    pub events: TokenStream,
    /// The setters without which a builder sends nothing, by the names of the builders.
    pub required: BTreeMap<String, BTreeSet<String>>,
}

impl Generated {
    /// The files as text, by name.
    ///
    /// # Errors
    ///
    /// A template does not write Rust.
    pub fn files(&self) -> Result<[(&'static str, String); 9], String> {
        let print = |name: &'static str, code: &TokenStream| {
            let file = syn::parse2(code.clone()).map_err(|error| format!("{name} cannot be parsed: {error}"))?;
            Ok::<_, String>((name, prettyplease::unparse(&file)))
        };
        Ok([
            ("client.rs", prettyplease::unparse(&self.client)),
            print("enums.rs", &self.enums)?,
            print("types.rs", &self.types)?,
            print("builders.rs", &self.builders)?,
            print("operations.rs", &self.operations)?,
            print("resources.rs", &self.resources)?,
            print("handles.rs", &self.handles)?,
            print("mocks.rs", &self.mocks)?,
            print("events.rs", &self.events)?,
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
    documentation::complete(&mut client)?;
    let interface = Interface::read(&client)?;
    let request_bodies = bodies::read(&interface, &properties);
    let awaited = operations.iter().map(|operation| {
        let awaited = builders::awaited(operation, interface.function(&operation.id)?)?;
        Ok((operation.id.as_str(), awaited))
    });
    let awaited: BTreeMap<&str, String> = awaited.collect::<Result<_, String>>()?;
    let (builders, setters, required) = builders::generate(&operations, &interface, &request_bodies)?;
    Ok(Generated {
        enums: open_enums::generate(&prepared.open_enums),
        types: bodies::generate(&interface, &request_bodies),
        builders,
        operations: operation_table::generate(&operations),
        resources: resources::generate(&operations, &awaited),
        handles: [handles::generate(&operations, &setters, &awaited)?, once::generate(&operations)]
            .into_iter()
            .collect(),
        mocks: mocks::generate(&operations, &interface)?,
        events: events::generate(&document, &interface)?,
        required,
        client,
    })
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options as Markdown, Parser, Tag};
    use serde_json::json;
    use syn::visit::Visit;

    use super::*;

    /// The documentation in a piece of code, one text for each item.
    #[derive(Default)]
    struct Docs(Vec<String>);

    impl Docs {
        fn add(&mut self, attributes: &[syn::Attribute]) {
            let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
                syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                    syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            });
            self.0.push(lines.collect::<Vec<_>>().join("\n"));
        }
    }

    impl<'ast> Visit<'ast> for Docs {
        fn visit_item(&mut self, item: &'ast syn::Item) {
            match item {
                syn::Item::Enum(item) => self.add(&item.attrs),
                syn::Item::Mod(item) => self.add(&item.attrs),
                syn::Item::Struct(item) => self.add(&item.attrs),
                syn::Item::Trait(item) => self.add(&item.attrs),
                _ => {}
            }
            syn::visit::visit_item(self, item);
        }

        fn visit_field(&mut self, field: &'ast syn::Field) {
            self.add(&field.attrs);
            syn::visit::visit_field(self, field);
        }

        fn visit_variant(&mut self, variant: &'ast syn::Variant) {
            self.add(&variant.attrs);
            syn::visit::visit_variant(self, variant);
        }

        fn visit_impl_item(&mut self, item: &'ast syn::ImplItem) {
            match item {
                syn::ImplItem::Fn(item) => self.add(&item.attrs),
                syn::ImplItem::Const(item) => self.add(&item.attrs),
                _ => {}
            }
            syn::visit::visit_impl_item(self, item);
        }

        fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
            self.add(&item.attrs);
            syn::visit::visit_trait_item_fn(self, item);
        }
    }

    /// A document with this text wherever text can stand.
    fn document(text: &str) -> Value {
        let described = |mut schema: Value| {
            schema["description"] = text.into();
            schema
        };
        json!({
            "openapi": "3.0.3",
            "info": { "title": text, "version": "1", "description": text },
            "tags": [{ "name": "things", "description": text }],
            "paths": { format!("/api/{{session}}/{text}"): { "post": {
                "operationId": "things_create", "x-since": text, "tags": ["things"], "summary": text, "description": text,
                "parameters": [
                    { "name": "session", "in": "path", "required": true, "description": text, "schema": { "type": "string" } },
                    { "name": "size", "in": "query", "description": text,
                      "schema": { "type": "string", "enum": ["a", text], "default": text } },
                ],
                "requestBody": { "required": true, "description": text, "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Thing" } } } },
                "responses": {
                    "2XX": { "description": text, "content": { "application/json": {
                        "schema": { "$ref": "#/components/schemas/Thing" } } } },
                },
            } } },
            "components": { "schemas": {
                "Thing": described(json!({ "type": "object", "title": "Thing", "required": ["name"], "properties": {
                    "name": described(json!({ "type": "string", "default": text, "example": text })),
                    "kind": { "allOf": [{ "$ref": "#/components/schemas/Kind" }], "description": text },
                    "sort": described(json!({ "type": "string", "enum": ["up", text] })),
                } })),
                "Kind": described(json!({ "type": "string", "x-extensible-enum": ["one", text] })),
            } },
        })
    }

    #[test]
    fn every_operation_says_since_which_release_it_exists() {
        for (since, doc, entry) in [
            (json!("2026.8.2"), ", since WAHA 2026.8.2", r#"release: "2026.8.2", or_older: false"#),
            (json!("2026.7.1 or older"), ", since WAHA 2026.7.1 or older", r#"release: "2026.7.1", or_older: true"#),
            (Value::Null, "`POST /api/{session}/b`", "since: None"),
        ] {
            let mut document = document("b");
            document["paths"]["/api/{session}/b"]["post"]["x-since"] = since;
            let files = generate(&document.to_string(), Options::default()).unwrap().files().unwrap();
            let file = |name: &str| {
                files
                    .iter()
                    .find(|(other, _)| *other == name)
                    .unwrap()
                    .1
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            assert!(file("operations.rs").contains(entry), "{}", file("operations.rs"));
            for name in ["builders.rs", "resources.rs"] {
                let documented = file(name);
                assert!(documented.contains(doc), "{name}: {documented}");
                assert_eq!(documented.contains("since WAHA"), doc.contains("since WAHA"), "{name}: {documented}");
            }
        }
    }

    #[test]
    fn no_text_of_a_document_becomes_a_code_block_or_hidden_markup() {
        for text in [
            "```\nstd::fs::write(\"x\", \"\").unwrap();\n```",
            "~~~rust\npanic!()\n~~~",
            "a\n\n    panic!()",
            "a\n\n\tpanic!()",
            "- ```\n  panic!()\n  ```",
            "1.     panic!()",
            "`a`` ```panic!()``` `",
            "<script>alert(1)</script>",
            "<!-- hidden --> <div hidden>",
            "[a](javascript:alert(1)) ![b](https://example.org)",
            "[a]: https://example.org\n[a]",
            "\"] #[doc = \"```\\npanic!()",
        ] {
            let generated = generate(&document(text).to_string(), Options::default()).unwrap_or_else(|error| {
                panic!("{text:?}: {error}");
            });
            let mut documented = 0;
            for (name, code) in generated.files().unwrap() {
                let mut docs = Docs::default();
                docs.visit_file(&syn::parse_file(&code).unwrap());
                documented += docs.0.iter().filter(|doc| !doc.is_empty()).count();
                for doc in docs.0 {
                    for event in Parser::new_ext(&doc, Markdown::all()) {
                        let is_unsafe = match &event {
                            Event::Start(Tag::CodeBlock(_) | Tag::Image { .. })
                            | Event::Html(_)
                            | Event::InlineHtml(_) => true,
                            // The links of the templates lead to items.
                            Event::Start(Tag::Link { dest_url, .. }) => {
                                dest_url.contains("://") || dest_url.contains('(')
                            }
                            _ => false,
                        };
                        assert!(!is_unsafe, "{name}: {event:?} in {doc:?}");
                    }
                }
            }
            assert!(documented > 30, "only {documented} items have documentation");
        }
    }
}
