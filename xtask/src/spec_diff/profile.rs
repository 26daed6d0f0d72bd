//! How a document of WAHA becomes the client `waha`.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use anyhow::{Context as _, Result};
use client_diff::{Client, Finished, Profile, Refused, document::Operation, symbols::Table};
use enumset::EnumSet;
use heck::ToUpperCamelCase as _;
use roas_overlay::{apply::Apply as _, v1_0};
use serde_json::{Value, json};
use waha_codegen::{HANDLES, WORDS};

use super::read::table;
use crate::{
    document, history::History, lint, names::Names, overlay::Overlay, pipeline, rules::names::new_schema_names,
};

/// What turns a release into the client.
pub struct Waha {
    /// Our names.
    pub names: Names,
    /// Our corrections.
    pub overlays: Vec<Overlay>,
    /// The releases that are known.
    pub history: History,
    /// The version of the crate, where it is known.
    pub version: Option<String>,
    /// A release, and the document that was committed for it: nothing has to be assembled.
    pub committed: Option<(Value, Value)>,
}

impl Waha {
    fn import(&self, declared: &Value, overlays: &[Overlay]) -> Result<Finished<'static>, Refused> {
        let facts = document::canonical(&client_diff::facts::of(declared));
        let outcome = pipeline::run_leniently(&facts, &self.names, overlays)
            .map_err(|error| Refused(format!("it cannot be imported: {error:#}")))?;
        let mut document = outcome.document;
        if !self.history.is_empty() {
            let mut history = self.history.clone();
            history.insert(&outcome.release, declared);
            history.annotate(&outcome.release, &mut document);
        }
        Ok(Finished { document: Cow::Owned(document), uncurated: outcome.uncurated, is_released: false })
    }

    /// Applies the corrections one by one, and notes which was the last to change the facts at each place.
    fn trace(&self, declared: &Value, pointers: &[String]) -> Result<Vec<Option<String>>> {
        let facts = document::canonical(&client_diff::facts::of(declared));
        let (mut doc, _) = pipeline::repair(&facts, &self.names);
        let mut found = vec![None; pointers.len()];
        let at = |doc: &Value, pointer: &String| doc.pointer(pointer).map(client_diff::facts::of);
        let mut values: Vec<_> = pointers.iter().map(|pointer| at(&doc, pointer)).collect();
        for overlay in &self.overlays {
            let text = std::fs::read_to_string(&overlay.path)
                .with_context(|| format!("cannot read {}", overlay.path.display()))?;
            let whole: Value = serde_saphyr::from_str(&text)?;
            for action in whole["actions"].as_array().into_iter().flatten() {
                let mut one = whole.clone();
                one["actions"] = json!([action]);
                let one: v1_0::Overlay = serde_json::from_value(one)?;
                // What does not fit this release is left out there, too.
                if one.apply(&mut doc, EnumSet::empty()).is_err() {
                    continue;
                }
                for ((pointer, before), found) in pointers.iter().zip(&mut values).zip(&mut found) {
                    let after = at(&doc, pointer);
                    if after != *before {
                        *before = after;
                        let target = action["target"].as_str().unwrap_or_default();
                        *found = Some(format!("{}: {target}", overlay.file()));
                    }
                }
            }
        }
        Ok(found)
    }
}

impl Profile for Waha {
    fn title(&self) -> Option<&str> {
        Some("WAHA")
    }

    fn version(&self) -> Option<String> {
        self.version.clone()
    }

    fn client(&self) -> Client {
        Client {
            open_objects: false,
            open_enums: false,
            open_constants: true,
            optional_is_nullable: true,
            null_is_empty_integer_map: true,
            checks_strings: false,
            adapts_bodies: true,
        }
    }

    /// A document that is finished is of OpenAPI 3.0, and names its operations as we do.
    fn is_finished(&self, document: &Value) -> bool {
        let is_ours = |operation: Operation<'_>| {
            let action = operation.id().strip_prefix(operation.tag());
            !operation.tag().is_empty() && action.is_some_and(|action| action.starts_with('_'))
        };
        let is_v3_0 = document["openapi"].as_str().is_some_and(|version| version.starts_with("3.0."));
        let mut operations = client_diff::document::operations(document).peekable();
        is_v3_0 && operations.peek().is_some() && operations.all(is_ours)
    }

    fn finish<'d>(&self, declared: &'d Value) -> Result<Finished<'d>, Refused> {
        match &self.committed {
            Some((release, document)) if release == declared => {
                Ok(Finished { document: Cow::Owned(document.clone()), uncurated: Vec::new(), is_released: true })
            }
            _ => self.import(declared, &self.overlays),
        }
    }

    fn finish_uncorrected<'d>(&self, declared: &'d Value) -> Result<Cow<'d, Value>, Refused> {
        self.import(declared, &[]).map(|finished| finished.document)
    }

    fn generate(&self, finished: Cow<'_, Value>) -> Result<Table, Refused> {
        // The generator names no place, and does not end on some documents.
        if let Some(finding) = lint::lint_document(&finished).first() {
            return Err(Refused(format!("no code can be generated from it: {}: {}", finding.pointer, finding.problem)));
        }
        let generated = waha_codegen::generate(&finished.to_string(), waha_codegen::Options::default())
            .map_err(|error| Refused(format!("no code can be generated from it: {error}")))?;
        table(&generated).map_err(|error| Refused(format!("the generated code does not parse: {error}")))
    }

    fn schema_names(&self, declared: &Value) -> BTreeMap<String, String> {
        let schemas = declared["components"]["schemas"].as_object().into_iter().flatten();
        let declared: BTreeSet<String> = schemas.map(|(name, _)| name.clone()).collect();
        new_schema_names(&declared, &self.names)
    }

    fn corrections(&self, declared: &Value, pointers: &[String]) -> Vec<Option<String>> {
        self.trace(declared, pointers).unwrap_or_else(|_| vec![None; pointers.len()])
    }

    fn corrections_id(&self) -> String {
        let texts = self.overlays.iter().map(|overlay| std::fs::read_to_string(&overlay.path).unwrap_or_default());
        format!("{:?}{}", self.names, texts.collect::<String>())
    }

    fn methods(&self, operation: &Operation<'_>) -> Vec<String> {
        let (resource, action) = names(operation);
        let scopes = [("session", "Session"), ("client", "Client")];
        let of_scope = |(scope, handle): (&str, &str)| {
            [
                format!("resources::{scope}::{}::{action}", resource.to_upper_camel_case()),
                format!("{handle}::{resource}"),
            ]
        };
        scopes.into_iter().flat_map(of_scope).collect()
    }

    fn methods_with_arguments(&self, operation: &Operation<'_>) -> Vec<String> {
        let (resource, action) = names(operation);
        let handles = HANDLES.iter().filter(|handle| handle.resources.contains(&resource));
        let own = handles.map(|handle| format!("{}::{action}", handle.name));
        let words = WORDS.iter().filter(|(.., id)| *id == operation.id());
        own.chain(words.map(|(handle, word, _)| format!("{handle}::{word}"))).collect()
    }

    fn symbols_of_parameter(&self, operation: &Operation<'_>, name: &str) -> Vec<String> {
        let (resource, _) = names(operation);
        match name {
            // Where there is a part of a list, there is the rest.
            "limit" | "offset" | "pagination" | "start_cursor" => {
                self.builder(operation).map(|builder| format!("{builder}::pages")).into_iter().collect()
            }
            // It decides where the resource is found.
            "session" => {
                let resource = resource.to_upper_camel_case();
                let scopes = ["session", "client"].map(|scope| format!("resources::{scope}::{resource}"));
                self.methods(operation).into_iter().chain(scopes).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The resource and the action of an operation.
fn names<'a>(operation: &Operation<'a>) -> (&'a str, &'a str) {
    let resource = operation.tag();
    (resource, operation.id().strip_prefix(resource).unwrap_or_default().trim_start_matches('_'))
}
