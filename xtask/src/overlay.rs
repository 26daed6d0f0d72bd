//! The overlays of `openapi/overlay/`, in OpenAPI Overlay 1.0.0: names, descriptions, types and answers that upstream's
//! document lacks or has wrong.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use enumset::EnumSet;
use roas_overlay::{apply::Apply as _, v1_0, validation::Validate as _};
use serde_json::Value;

use crate::escape;

/// One overlay file.
pub struct Overlay {
    /// Where it was read from.
    pub path: PathBuf,
    document: v1_0::Overlay,
}

/// An action whose target is nowhere in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// File name of the overlay.
    pub file: String,
    /// Position in its list of actions, from 1.
    pub action: usize,
    /// The JSONPath that matched nothing.
    pub target: String,
}

impl std::fmt::Display for Unmatched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, action {}: nothing matches {}", self.file, self.action, self.target)
    }
}

impl Overlay {
    /// Reads and validates one overlay.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", escape::path(path)))?;
        let value: Value =
            serde_saphyr::from_str(&text).with_context(|| format!("{} is not YAML", escape::path(path)))?;
        let document: v1_0::Overlay = serde_json::from_value(value)
            .with_context(|| format!("{} is not an OpenAPI Overlay 1.0 document", escape::path(path)))?;
        if let Err(error) = document.validate(EnumSet::empty()) {
            bail!("{} is not a valid OpenAPI Overlay 1.0 document: {error}", escape::path(path));
        }
        Ok(Self { path: path.to_owned(), document })
    }

    /// Reads all overlays of `folder`: first `document.yaml`, which makes the schemas that the others use, then the others in
    /// the order of their file names. A folder that does not exist has none.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>> {
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", escape::path(folder)))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                paths.push(path);
            }
        }
        paths.sort_by_key(|path| (!path.ends_with("document.yaml"), path.clone()));
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// Returns the release that this overlay was written for.
    pub fn release(&self) -> &str {
        &self.document.info.version
    }

    /// Returns the name of the file, escaped for messages.
    pub fn file(&self) -> String {
        escape::line(&self.path.file_name().unwrap_or_default().to_string_lossy())
    }

    /// Applies all actions in order, and returns those that matched nothing.
    pub fn apply(&self, doc: &mut Value) -> Result<Vec<Unmatched>> {
        let report = match self.document.apply(doc, EnumSet::empty()) {
            Ok(report) => report,
            Err(error) => {
                bail!("{}, action {}: target {}: {}", self.file(), error.action_index + 1, error.target, error.kind)
            }
        };
        let unmatched = report.actions.into_iter().filter(|action| action.matched == 0);
        Ok(unmatched
            .map(|action| Unmatched { file: self.file(), action: action.index + 1, target: action.target })
            .collect())
    }

    /// Applies all actions that can be applied, in order, and returns a line about each of the others.
    pub fn apply_what_fits(&self, doc: &mut Value) -> Vec<String> {
        let mut document = self.document.clone();
        let mut left_out = Vec::new();
        loop {
            match document.apply(doc, EnumSet::empty()) {
                Ok(report) => {
                    let unmatched = report.actions.into_iter().filter(|action| action.matched == 0);
                    left_out
                        .extend(unmatched.map(|action| format!("{}: nothing matches {}", self.file(), action.target)));
                    return left_out;
                }
                // An error leaves the document as it was: try again without the action.
                Err(error) if error.action_index < document.actions.len() => {
                    document.actions.remove(error.action_index);
                    left_out.push(format!("{}: {} cannot be changed: {}", self.file(), error.target, error.kind));
                }
                Err(error) => {
                    left_out.push(format!("{}: {}", self.file(), error.kind));
                    return left_out;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overlay(actions: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("things.yaml");
        let text = format!("overlay: 1.0.0\ninfo:\n  title: Things\n  version: '1'\nactions:\n{actions}");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn apply(actions: &str, mut doc: Value) -> (Value, Vec<Unmatched>) {
        let (_folder, path) = overlay(actions);
        let unmatched = Overlay::read(&path).unwrap().apply(&mut doc).unwrap();
        (doc, unmatched)
    }

    #[test]
    fn updates_merge_and_removals_remove() {
        let (doc, unmatched) = apply(
            "- target: $.paths['/x'].get\n  update:\n    summary: S\n    tags: [b]\n    a: {deep: {new: 1}}\n\
             - target: $.paths['/y']\n  remove: true\n",
            json!({"paths": {"/x": {"get": {"summary": "old", "tags": ["a"], "a": {"deep": {"kept": 0}}}}, "/y": {}}}),
        );
        assert_eq!(
            doc,
            // Values are replaced, lists are joined, objects are merged.
            json!({"paths": {"/x": {"get": {"summary": "S", "tags": ["a", "b"], "a": {"deep": {"kept": 0, "new": 1}}}}}})
        );
        assert_eq!(unmatched, []);
    }

    #[test]
    fn a_filter_can_select() {
        let (doc, _) = apply(
            "- target: $.parameters[?@.name == 'limit'].schema\n  update: {minimum: 1}\n",
            json!({"parameters": [{"name": "limit", "schema": {}}, {"name": "offset", "schema": {}}]}),
        );
        assert_eq!(doc["parameters"][0]["schema"], json!({"minimum": 1}));
        assert_eq!(doc["parameters"][1]["schema"], json!({}));
    }

    #[test]
    fn an_action_that_matches_nothing_is_named() {
        let (_, unmatched) =
            apply("- target: $.info\n  update: {a: 1}\n- target: $.nowhere\n  remove: true\n", json!({"info": {}}));
        assert_eq!(unmatched.len(), 1);
        assert_eq!(unmatched[0].to_string(), "things.yaml, action 2: nothing matches $.nowhere");
    }

    #[test]
    fn an_action_that_cannot_be_applied_is_left_out_and_named() {
        let (_folder, path) = overlay(
            "- target: $.info.title\n  remove: true\n- target: $.nowhere\n  remove: true\n- target: $.info\n  update: {a: 1}\n",
        );
        let mut doc = json!({"info": {"title": "t"}});
        let left_out = Overlay::read(&path).unwrap().apply_what_fits(&mut doc);
        assert_eq!(doc, json!({"info": {"title": "t", "a": 1}}));
        assert!(left_out[0].starts_with("things.yaml: $.info.title cannot be changed"), "{left_out:?}");
        assert_eq!(left_out[1..], ["things.yaml: nothing matches $.nowhere"]);
    }

    #[test]
    fn later_actions_see_what_earlier_ones_did() {
        let (doc, unmatched) =
            apply("- target: $.a\n  update: {b: {}}\n- target: $.a.b\n  update: {c: 1}\n", json!({"a": {}}));
        assert_eq!(doc, json!({"a": {"b": {"c": 1}}}));
        assert_eq!(unmatched, []);
    }

    #[test]
    fn document_yaml_is_applied_first() {
        let (folder, things) = overlay("- target: $.info\n  update: {a: 1}\n");
        for name in ["a.yaml", "document.yaml"] {
            std::fs::copy(&things, folder.path().join(name)).unwrap();
        }
        let overlays = Overlay::read_all(folder.path()).unwrap();
        let files: Vec<_> = overlays.iter().map(Overlay::file).collect();
        assert_eq!(files, ["document.yaml", "a.yaml", "things.yaml"]);
    }

    #[test]
    fn a_file_that_is_no_overlay_is_named() {
        for (actions, message) in [
            ("  nonsense", "things.yaml is not"),
            ("- target: 5\n  remove: true\n", "things.yaml is not an OpenAPI Overlay"),
        ] {
            let (_folder, path) = overlay(actions);
            let error = Overlay::read(&path).err().unwrap();
            assert!(error.to_string().contains(message), "{error}");
        }
        let (_folder, path) = overlay("- target: '$.['\n  remove: true\n");
        let error = match Overlay::read(&path) {
            Ok(overlay) => overlay.apply(&mut json!({})).unwrap_err(),
            Err(error) => error,
        };
        assert!(error.to_string().contains("things.yaml"), "{error}");
    }

    #[test]
    fn an_action_on_a_primitive_is_refused() {
        let (_folder, path) = overlay("- target: $.info.title\n  remove: true\n");
        let error = Overlay::read(&path).unwrap().apply(&mut json!({"info": {"title": "t"}})).unwrap_err();
        assert!(error.to_string().contains("things.yaml, action 1: target $.info.title"), "{error}");
    }
}
