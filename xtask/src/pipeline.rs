//! From declared facts to the document: repair, overlay, finish. Reads and writes no files.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::{
    document::{self, for_each_ref_at, operations, owner, path_shape, schema_name, schema_ref, schemas},
    names::Names,
    overlay::Overlay,
    rules::{self, Hits},
};

/// What went through the pipeline, and how.
pub struct Outcome {
    /// The finished document, in canonical order.
    pub document: Value,
    /// The release, from `info.version`.
    pub release: String,
    /// What each rule changed.
    pub hits: Vec<Hits>,
    /// Entries of overlays and names that this release has no place for, where it is not the release they were
    /// written for.
    pub notes: Vec<String>,
    /// Operations that no overlay describes.
    pub uncurated: Vec<String>,
}

impl Outcome {
    /// Returns what somebody has to look at, in lines: entries without a place, and operations without a description.
    pub fn remarks(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.notes.is_empty() {
            lines.push(format!("{} entries that this release has no place for:", self.notes.len()));
            lines.extend(self.notes.iter().map(|note| format!("  {note}")));
        }
        if !self.uncurated.is_empty() {
            lines.push(format!("{} operations that no overlay describes yet:", self.uncurated.len()));
            lines.extend(self.uncurated.iter().map(|operation| format!("  {operation}")));
        }
        lines
    }
}

/// Entries that match nothing in the very release that they were written for.
#[derive(Debug, thiserror::Error)]
#[error("{} entries match nothing in release {release}:\n  {}", entries.len(), entries.join("\n  "))]
pub struct Stale {
    /// The release that was imported.
    pub release: String,
    /// The entries.
    pub entries: Vec<String>,
}

/// Operations that the release declares and the document does not have.
#[derive(Debug, thiserror::Error)]
#[error("operations of release {release} are lost:\n  {}", operations.join("\n  "))]
pub struct Lost {
    /// The release that was imported.
    pub release: String,
    /// The operations.
    pub operations: Vec<String>,
}

/// The document as an overlay finds it: repaired, not yet overlaid.
pub fn repair(facts: &Value, names: &Names) -> (Value, Vec<Hits>) {
    let mut doc = facts.clone();
    let hits = rules::apply(rules::REPAIR, &mut doc, names);
    (doc, hits)
}

/// What to make of entries that match nothing in the very release that they were written for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unmatched {
    /// Somebody has to look at them.
    Refuse,
    /// The document is another one than the release's, whatever it says of itself.
    Note,
}

/// Runs the whole pipeline.
pub fn run(facts: &Value, names: &Names, overlays: &[Overlay]) -> Result<Outcome> {
    assemble(facts, names, overlays, Unmatched::Refuse)
}

/// Runs the whole pipeline on any document: what has no place in it is left out, and noted.
pub fn run_leniently(facts: &Value, names: &Names, overlays: &[Overlay]) -> Result<Outcome> {
    assemble(facts, names, overlays, Unmatched::Note)
}

fn assemble(facts: &Value, names: &Names, overlays: &[Overlay], unmatched: Unmatched) -> Result<Outcome> {
    let Some(release) = facts["info"]["version"].as_str().map(str::to_owned) else {
        bail!("the document has no info.version, so that nobody could tell which release it describes");
    };
    let is_written_for = |other: &str| unmatched == Unmatched::Refuse && other == release;
    let mut stale = Vec::new();
    let mut notes = Vec::new();
    for entry in names.unmatched(facts) {
        if is_written_for(&names.release) { &mut stale } else { &mut notes }.push(entry);
    }
    let (repaired, mut hits) = repair(facts, names);
    let mut doc = repaired.clone();
    for overlay in overlays {
        if unmatched == Unmatched::Note {
            notes.extend(overlay.apply_what_fits(&mut doc));
            continue;
        }
        for unmatched in overlay.apply(&mut doc)? {
            if is_written_for(overlay.release()) { &mut stale } else { &mut notes }.push(unmatched.to_string());
        }
    }
    let is_own_release =
        unmatched == Unmatched::Refuse && overlays.iter().all(|overlay| is_written_for(overlay.release()));
    if is_own_release { &mut stale } else { &mut notes }.extend(take_ghosts(&repaired, &mut doc));
    if !is_own_release {
        notes.extend(open_dangling(&mut doc));
    }
    if !stale.is_empty() {
        return Err(Stale { release, entries: stale }.into());
    }
    let lost = lost(facts, &doc);
    if !lost.is_empty() {
        return Err(Lost { release, operations: lost }.into());
    }
    let uncurated = operations(&doc).filter(|operation| operation.value.get("summary").is_none());
    let uncurated = uncurated.map(|operation| operation.label()).collect();
    hits.extend(rules::apply(rules::FINISH, &mut doc, names));
    Ok(Outcome { document: document::canonical(&doc), release, hits, notes, uncurated })
}

/// Operations of the facts that are not in the document, in whatever spelling of their paths.
fn lost(facts: &Value, doc: &Value) -> Vec<String> {
    let kept: BTreeSet<_> = operations(doc).map(|kept| (path_shape(kept.path), kept.method.to_owned())).collect();
    let lost =
        operations(facts).filter(|declared| !kept.contains(&(path_shape(declared.path), declared.method.to_owned())));
    lost.map(|operation| operation.label()).collect()
}

/// What says of which type a property is.
const TYPES: [&str; 7] = ["type", "$ref", "allOf", "oneOf", "anyOf", "enum", "x-extensible-enum"];

/// Takes out the properties that an overlay describes and nobody declares: they have a text and no type. Gives their
/// names.
fn take_ghosts(repaired: &Value, doc: &mut Value) -> Vec<String> {
    let mut ghosts = Vec::new();
    for (name, schema) in schemas(doc) {
        let Some(declared) = repaired["components"]["schemas"].get(name) else { continue };
        let Some(Value::Object(properties)) = schema.get_mut("properties") else { continue };
        let mut taken = Vec::new();
        properties.retain(|property, value| {
            let is_ghost = declared["properties"].get(property).is_none()
                && !TYPES.iter().any(|keyword| value.get(*keyword).is_some());
            if is_ghost {
                taken.push(property.clone());
            }
            !is_ghost
        });
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|required| !taken.iter().any(|ghost| required == ghost));
        }
        ghosts.extend(taken.iter().map(|property| format!("nothing declares {name}.{property}, which is described")));
    }
    ghosts
}

/// Makes open JSON of the references to schemas that this release does not have, and says where.
fn open_dangling(doc: &mut Value) -> Vec<String> {
    const JSON: &str = "Json";
    let declared: BTreeSet<String> = schemas(doc).keys().cloned().collect();
    let mut notes = Vec::new();
    for_each_ref_at(doc, "", &mut |reference, pointer| {
        if let Some(name) = schema_name(reference).filter(|name| !declared.contains(*name) && *name != JSON) {
            notes.push(format!("{}: there is no schema {name}, so that {pointer} is open JSON", owner(pointer)));
            *reference = schema_ref(JSON)["$ref"].as_str().unwrap_or_default().to_owned();
        }
    });
    if !notes.is_empty() {
        schemas(doc).entry(JSON).or_insert_with(|| json!({}));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_and_not_declared_is_a_ghost() {
        let repaired = json!({ "components": { "schemas": { "S": { "properties": { "a": {} } } } } });
        let mut doc = json!({ "components": { "schemas": {
            "S": {
                "required": ["a", "b"],
                "properties": { "a": {}, "b": { "description": "d" }, "c": { "type": "string" } },
            },
            "Ours": { "properties": { "d": { "description": "d" } } },
        } } });
        assert_eq!(take_ghosts(&repaired, &mut doc), ["nothing declares S.b, which is described"]);
        let schemas = &doc["components"]["schemas"];
        assert_eq!(schemas["S"], json!({ "required": ["a"], "properties": { "a": {}, "c": { "type": "string" } } }));
        assert!(schemas["Ours"]["properties"]["d"].is_object());
    }

    #[test]
    fn dangling_references_are_open_json() {
        let mut doc = json!({ "components": { "schemas": { "S": { "items": schema_ref("T") } } } });
        let notes = open_dangling(&mut doc);
        assert_eq!(notes, ["S: there is no schema T, so that /components/schemas/S/items is open JSON"]);
        assert_eq!(doc["components"]["schemas"], json!({ "S": { "items": schema_ref("Json") }, "Json": {} }));
    }

    #[test]
    fn another_document_than_the_releases_own_is_imported_leniently() {
        let names = Names { release: "1".into(), schemas: [("Gone".into(), "Ours".into())].into(), ..Names::default() };
        let facts = json!({
            "openapi": "3.0.3",
            "info": { "version": "1" },
            "paths": { "/x": { "get": {
                "operationId": "XController_get",
                "responses": { "200": { "content": { "application/json": { "schema": schema_ref("Gone") } } } },
            } } },
        });
        assert!(run(&facts, &names, &[]).err().unwrap().is::<Stale>());
        let outcome = run_leniently(&facts, &names, &[]).unwrap();
        assert_eq!(outcome.notes[0], "names.toml, [schemas]: nothing is called Gone");
        assert!(outcome.notes[1].contains("there is no schema Gone"), "{:?}", outcome.notes);
        assert_eq!(operations(&outcome.document).count(), 1);
    }

    #[test]
    fn lost_operations_are_named() {
        let facts = json!({ "paths": { "/x/{a}": { "get": {}, "put": {} } } });
        let doc = json!({ "paths": { "/x/{b}": { "get": {} } } });
        assert_eq!(lost(&facts, &doc), ["PUT /x/{a}"]);
    }
}
