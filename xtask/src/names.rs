//! `openapi/names.toml`: our names for schemas, enums and resources that upstream named badly or not at all.
//!
//! An overlay cannot rename a schema. The names are therefore given before the overlays are applied, which speak of `Message`
//! and never of `WAMessage`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context as _, Result};
use heck::ToSnakeCase;
use serde::Deserialize;
use serde_json::Value;

use crate::{document::operations, escape};

/// The tables of `names.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The release that the tables were written for. In that release an entry that names nothing is an error.
    #[serde(default)]
    pub release: String,
    /// Upstream's controller, in snake case → the resource it belongs to.
    #[serde(default)]
    pub resources: BTreeMap<String, String>,
    /// Upstream's schema → ours.
    #[serde(default)]
    pub schemas: BTreeMap<String, String>,
    /// `Schema.property` with an anonymous enum (both names upstream's) → the schema it becomes.
    #[serde(default)]
    pub enums: BTreeMap<String, String>,
}

impl Names {
    /// Reads the file. A folder without one has no names.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("names.toml");
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", escape::path(&path)))?;
        toml::from_str(&text).with_context(|| format!("{} cannot be read", escape::path(&path)))
    }

    /// Returns the entries that name nothing in these facts.
    pub fn unmatched(&self, facts: &Value) -> Vec<String> {
        let schemas = &facts["components"]["schemas"];
        let controllers: BTreeSet<String> = operations(facts)
            .filter_map(|operation| Some(operation.id().split_once("Controller_")?.0.to_snake_case()))
            .collect();
        let resources = self.resources.keys().filter(|name| !controllers.contains(*name));
        let renamed = self.schemas.keys().filter(|name| schemas.get(name).is_none());
        let enums = self.enums.keys().filter(|place| {
            let (schema, property) = place.split_once('.').unwrap_or((place, ""));
            let declared = &schemas[schema]["properties"][property];
            declared.get("enum").or_else(|| declared.get("items")?.get("enum")).is_none()
        });
        let in_table =
            |table: &'static str| move |name: &String| format!("names.toml, [{table}]: nothing is called {name}");
        resources
            .map(in_table("resources"))
            .chain(renamed.map(in_table("schemas")))
            .chain(enums.map(in_table("enums")))
            .collect()
    }
}
