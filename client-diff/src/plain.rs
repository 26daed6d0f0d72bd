//! A client that progenitor generates by itself, as a small configuration describes it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result, bail};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle};
use roas_overlay::{apply::Apply as _, v1_0};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    document::{Operation, escape, operations, schema_name},
    model::Wire,
    profile::{Client, Finished, Profile, Refused},
    respell, rules,
    symbols::{Table, generated},
};

/// How progenitor is set up, and what is known better than the server declares it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// The name of the API, where it is not the title of the document.
    pub title: Option<String>,
    /// The version of the client's crate: before 1.0, a break bumps another part of it.
    pub version: Option<String>,
    /// progenitor's interface.
    pub interface: Interface,
    /// How progenitor treats tags.
    pub tags: Tags,
    /// OpenAPI Overlay 1.0 files, relative to the configuration, in the order in which they are applied.
    pub overlays: Vec<PathBuf>,
    /// New names of schemas, which the overlays use.
    pub schemas: BTreeMap<String, String>,
    /// Rust types that stand for schemas.
    pub replace: BTreeMap<String, String>,
    /// Verdicts on the wire that are others for this client than in the table of rules, by the id of the rule.
    pub rules: BTreeMap<String, Wire>,
    /// How the client differs from what progenitor generates.
    pub client: Behaviour,
}

/// progenitor's interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interface {
    /// One method with a list of arguments for each operation.
    #[default]
    Positional,
    /// One builder for each operation.
    Builder,
}

/// How progenitor treats tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tags {
    /// All operations are methods of the client.
    #[default]
    Merged,
    /// The operations of each tag are a trait.
    Separate,
}

/// How a client differs from what progenitor generates; what is not set is as progenitor has it.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Behaviour {
    /// Whether unknown values of string enums are kept.
    pub open_enums: Option<bool>,
    /// Whether a string constant is read as any string.
    pub open_constants: Option<bool>,
    /// Whether an optional list or map may be null.
    pub optional_is_nullable: Option<bool>,
    /// Whether lengths, patterns and formats of strings are checked when an answer is read.
    pub checks_strings: Option<bool>,
    /// Whether an answer without a body is read as null, and bare text as a JSON string.
    pub adapts_bodies: Option<bool>,
}

/// Held while progenitor runs: it needs much more memory than a document, so that two at a time would be too many.
static GENERATING: Mutex<()> = Mutex::new(());

/// A client that progenitor generates by itself.
#[derive(Default)]
pub struct Plain {
    config: Config,
    overlays: Vec<(String, Value)>,
}

impl Plain {
    /// Reads a configuration, and the overlays that it names.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is not what it should be.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let config: Config =
            toml::from_str(&text).with_context(|| format!("{} is not a configuration", path.display()))?;
        if let Some(unknown) = config.rules.keys().find(|id| !rules::all().iter().any(|rule| rule.id == *id)) {
            bail!("{}: there is no rule `{unknown}`; --rules prints them", path.display());
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let overlay = |name: &PathBuf| {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let value: Value = serde_saphyr::from_str(&text)
                .map_err(|error| anyhow::anyhow!("{error}"))
                .with_context(|| format!("{} is not YAML", path.display()))?;
            overlay_of(&value).with_context(|| format!("{} is not an OpenAPI Overlay 1.0 document", path.display()))?;
            Ok((name.display().to_string(), value))
        };
        let overlays = config.overlays.iter().map(overlay).collect::<Result<_>>()?;
        Ok(Self { config, overlays })
    }

    fn repaired<'d>(&self, declared: &'d Value) -> Cow<'d, Value> {
        respell::for_generator(declared, &self.config.schemas)
    }

    /// Checks that each action of the overlays can be applied to one of two documents at least. That its target is nowhere is
    /// no error: it may be for another release.
    ///
    /// # Errors
    ///
    /// An action cannot be applied: its target is no JSONPath, or is neither an object nor a list.
    pub fn check(&self, documents: [&Value; 2]) -> Result<()> {
        if !self.has_corrections() {
            return Ok(());
        }
        let [base, head] =
            documents.map(|document| self.correct(&mut self.repaired(document).into_owned(), |_, _, _| {}));
        let base = base?;
        match head?.into_iter().find(|refused| base.iter().any(|other| other.place() == refused.place())) {
            Some(refused) => bail!("{refused}"),
            None => Ok(()),
        }
    }

    /// Applies the overlays action by action, and calls `f` after each with the name of its file and its target. Returns the
    /// actions that cannot be applied, which are left out.
    fn correct(&self, document: &mut Value, mut f: impl FnMut(&str, &str, &Value)) -> Result<Vec<LeftOut<'_>>> {
        let mut left_out = Vec::new();
        for (file, overlay) in &self.overlays {
            left_out.extend(apply_each(file, overlay, document, &mut f)?);
        }
        Ok(left_out)
    }
}

/// Applies the actions of an overlay one by one.
fn apply_each<'o>(
    file: &'o str,
    overlay: &'o Value,
    document: &mut Value,
    f: &mut dyn FnMut(&str, &str, &Value),
) -> Result<Vec<LeftOut<'o>>> {
    let mut left_out = Vec::new();
    for (i, action) in overlay["actions"].as_array().into_iter().flatten().enumerate() {
        let mut one = overlay.clone();
        one["actions"] = serde_json::json!([action]);
        let target = action["target"].as_str().unwrap_or_default();
        match overlay_of(&one)?.apply(document, Default::default()) {
            Ok(_) => f(file, target, document),
            Err(error) => left_out.push(LeftOut { file, action: i + 1, target, reason: error.kind.to_string() }),
        }
    }
    Ok(left_out)
}

/// An action that cannot be applied to a document.
#[derive(Debug)]
struct LeftOut<'a> {
    file: &'a str,
    /// Position in its file, from 1.
    action: usize,
    target: &'a str,
    reason: String,
}

impl LeftOut<'_> {
    fn place(&self) -> (&str, usize) {
        (self.file, self.action)
    }
}

impl std::fmt::Display for LeftOut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, action {}: target {}: {}", self.file, self.action, self.target, self.reason)
    }
}

fn overlay_of(value: &Value) -> Result<v1_0::Overlay> {
    Ok(serde_json::from_value(value.clone())?)
}

impl Profile for Plain {
    fn title(&self) -> Option<&str> {
        self.config.title.as_deref()
    }

    fn version(&self) -> Option<String> {
        self.config.version.clone()
    }

    fn wire_of_rule(&self, rule: &str) -> Option<Wire> {
        self.config.rules.get(rule).copied()
    }

    fn client(&self) -> Client {
        let Behaviour { open_enums, open_constants, optional_is_nullable, checks_strings, adapts_bodies } =
            self.config.client;
        let usual = Client::PROGENITOR;
        Client {
            open_objects: usual.open_objects,
            open_enums: open_enums.unwrap_or(usual.open_enums),
            open_constants: open_constants.unwrap_or(usual.open_constants),
            null_is_empty_integer_map: usual.null_is_empty_integer_map,
            optional_is_nullable: optional_is_nullable.unwrap_or(usual.optional_is_nullable),
            checks_strings: checks_strings.unwrap_or(usual.checks_strings),
            adapts_bodies: adapts_bodies.unwrap_or(usual.adapts_bodies),
        }
    }

    fn declared_client(&self) -> Client {
        self.client()
    }

    /// Without a pipeline, every document is one that a server declares.
    fn is_finished(&self, _: &Value) -> bool {
        false
    }

    fn finish<'d>(&self, declared: &'d Value) -> Result<Finished<'d>, Refused> {
        let mut document = self.repaired(declared);
        if self.has_corrections() {
            let refused = |error: anyhow::Error| Refused(error.to_string());
            for (file, overlay) in &self.overlays {
                // All actions at once need one copy of the document.
                let all = overlay_of(overlay).map_err(refused)?.apply(document.to_mut(), Default::default());
                if all.is_err() {
                    apply_each(file, overlay, document.to_mut(), &mut |_, _, _| {}).map_err(refused)?;
                }
            }
        }
        Ok(Finished { document, uncurated: Vec::new(), is_released: false })
    }

    fn finish_uncorrected<'d>(&self, declared: &'d Value) -> Result<Cow<'d, Value>, Refused> {
        Ok(self.repaired(declared))
    }

    fn has_corrections(&self) -> bool {
        !self.overlays.is_empty()
    }

    fn generate(&self, finished: Cow<'_, Value>) -> Result<Table, Refused> {
        generatable(&finished).map_err(|error| Refused(error.to_string()))?;
        let refused = |error: &dyn std::fmt::Display| Refused(format!("no code can be generated from it: {error}"));
        let turn = GENERATING.lock().unwrap_or_else(PoisonError::into_inner);
        let specification = match finished {
            Cow::Owned(document) => openapiv3::OpenAPI::deserialize(document),
            Cow::Borrowed(document) => openapiv3::OpenAPI::deserialize(document),
        };
        let specification = specification.map_err(|error| refused(&error))?;
        let mut settings = GenerationSettings::new();
        settings
            .with_interface(match self.config.interface {
                Interface::Positional => InterfaceStyle::Positional,
                Interface::Builder => InterfaceStyle::Builder,
            })
            .with_tag(match self.config.tags {
                Tags::Merged => TagStyle::Merged,
                Tags::Separate => TagStyle::Separate,
            });
        for (name, ty) in &self.config.replace {
            settings.with_replacement(name, ty, std::iter::empty());
        }
        let tokens = Generator::new(&settings).generate_tokens(&specification).map_err(|error| refused(&error))?;
        drop(specification);
        drop(turn);
        let mut table = Table::new();
        generated::client(tokens, &mut table).map_err(|error| refused(&error))?;
        Ok(table)
    }

    fn schema_names(&self, declared: &Value) -> BTreeMap<String, String> {
        let has = |name: &str| declared["components"]["schemas"].get(name).is_some();
        self.config.schemas.iter().filter(|(name, _)| has(name)).map(|(a, b)| (a.clone(), b.clone())).collect()
    }

    fn corrections(&self, declared: &Value, pointers: &[String]) -> Vec<Option<String>> {
        let mut document = self.repaired(declared).into_owned();
        let mut values: Vec<_> = pointers.iter().map(|pointer| document.pointer(pointer).cloned()).collect();
        let mut found = vec![None; pointers.len()];
        let applied = self.correct(&mut document, |name, target, document| {
            for ((pointer, before), found) in pointers.iter().zip(&mut values).zip(&mut found) {
                let after = document.pointer(pointer);
                if after != before.as_ref() {
                    *before = after.cloned();
                    *found = Some(format!("{name}: {target}"));
                }
            }
        });
        applied.map_or_else(|_| vec![None; pointers.len()], |_| found)
    }

    fn corrections_id(&self) -> String {
        format!("{:?}{:?}", self.config.schemas, self.overlays)
    }

    fn builder(&self, operation: &Operation<'_>) -> Option<String> {
        (self.config.interface == Interface::Builder)
            .then(|| format!("builder::{}", operation.id().to_upper_camel_case()))
    }

    fn methods(&self, operation: &Operation<'_>) -> Vec<String> {
        let name = operation.id().to_snake_case();
        let mut methods = vec![format!("Client::{name}")];
        if self.config.tags == Tags::Separate {
            methods.push(format!("Client{}Ext::{name}", operation.tag().to_upper_camel_case()));
        }
        methods
    }

    fn methods_with_arguments(&self, operation: &Operation<'_>) -> Vec<String> {
        match self.config.interface {
            Interface::Positional => self.methods(operation),
            Interface::Builder => Vec::new(),
        }
    }
}

/// Refuses documents on which the generator does not end, or panics without naming a place.
fn generatable(document: &Value) -> Result<()> {
    let schemas = &document["components"]["schemas"];
    for (name, schema) in schemas.as_object().into_iter().flatten() {
        let mut seen = BTreeSet::new();
        let mut open = same_as(schema);
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(same_as(&schemas[next]));
            }
        }
        if seen.contains(name.as_str()) {
            bail!("/components/schemas/{}: by `$ref` and `allOf` it consists of itself", escape(name));
        }
    }
    if let Some(operation) = operations(document).find(|operation| operation.id().is_empty()) {
        bail!("{}: it has no operationId", operation.label());
    }
    Ok(())
}

/// Returns the schemas that a schema consists of, by `$ref` and `allOf`.
fn same_as(schema: &Value) -> Vec<&str> {
    let all = schema["allOf"].as_array().into_iter().flatten();
    let mut names: Vec<_> = all.flat_map(same_as).collect();
    names.extend(schema["$ref"].as_str().and_then(schema_name));
    names
}
