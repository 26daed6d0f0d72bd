//! Lint of the generated types: each of them has to be able to hold what its schema describes.
//!
//! The generator makes a type of any schema. If parts of a schema contradict each other (`type: integer` beside an `allOf` of
//! a number), it makes one that compiles and that nothing can be read into. Three questions are asked of each type: is there
//! a value of it, are samples of its schema read into it, and are they the same when they are written again?

mod inhabited;
mod reader;
mod samples;

use std::collections::BTreeMap;

use heck::ToUpperCamelCase as _;
use serde_json::{Value, json};
use syn::Item;

use self::{reader::Reader, samples::Samples};
use super::Finding;
use crate::document::{self, for_each_schema, schema_name};

/// What to do about a type that does not fit its schema.
const ADVICE: &str =
    "say it once: let the overlay remove the `allOf`, `anyOf` or `oneOf` that stands beside its own type";

/// Lints the module `types` of the code that was generated from a document.
pub fn lint(items: &[Item], doc: &Value) -> Vec<Finding> {
    let places = Places::of(doc);
    let found = |name: &str, problem: String| {
        let pointer = places.of_type(name);
        Finding::at("generated-type", &document::owner(&pointer), &pointer, problem, ADVICE)
    };
    let empty = inhabited::without_values(items);
    let mut findings: Vec<Finding> = empty
        .iter()
        .map(|name| {
            let problem =
                format!("no value fits the generated type `{name}`: the parts of its schema contradict each other");
            found(name, problem)
        })
        .collect();
    let reader = Reader::of(items);
    let samples = Samples { document: doc, trusts_references: false };
    let mut problems: BTreeMap<&str, String> = BTreeMap::new();
    for (ty, pointer) in &places.0 {
        let Some(schema) = doc.pointer(pointer).filter(|_| reader.knows(ty) && !empty.contains(ty)) else { continue };
        let problem = samples.of(schema).iter().find_map(|sample| reader.problem(ty, sample));
        problems.extend(problem.map(|problem| (ty.as_str(), problem)));
    }
    // A type is not blamed for what another type that it consists of does.
    let is_bad = |part: &str| empty.contains(part) || problems.contains_key(part);
    let is_cause = |ty: &str| !reader.parts(ty).iter().any(|part| part != ty && is_bad(part));
    let causes: Vec<&str> = problems.keys().copied().filter(|ty| is_cause(ty)).collect();
    findings.extend(causes.into_iter().map(|ty| found(ty, problems[ty].clone())));
    findings
}

/// Finds schemas that describe no value: their parts contradict each other. Of such a schema the generator may make any type.
pub fn contradictions(doc: &Value) -> Vec<Finding> {
    let samples = Samples { document: doc, trusts_references: true };
    let mut findings: Vec<Finding> = Vec::new();
    for_each_schema(&mut doc.clone(), &mut |schema, place| {
        // An empty enum is found as such, and what contains a contradiction has not another one.
        let is_empty_enum =
            ["enum", "x-extensible-enum"].iter().any(|keyword| schema.get(*keyword) == Some(&json!([])));
        let is_below = |rest: &str| rest.is_empty() || rest.starts_with('/');
        let has_found =
            findings.iter().any(|finding| finding.pointer.strip_prefix(&place.pointer).is_some_and(is_below));
        if is_empty_enum || has_found || !samples.of(&Value::from(schema.clone())).is_empty() {
            return;
        }
        let problem = "no value fits it: its parts contradict each other";
        findings.push(Finding::at("contradiction", &document::owner(&place.pointer), &place.pointer, problem, ADVICE));
    });
    findings
}

/// Lints the types that progenitor makes of a document by itself, before any of them is changed; finds nothing if it makes
/// none.
pub fn lint_unchanged(doc: &Value) -> Vec<Finding> {
    let Ok(specification) = serde_json::from_value::<openapiv3::OpenAPI>(doc.clone()) else { return Vec::new() };
    let generate = || progenitor::Generator::default().generate_tokens(&specification).ok();
    let tokens = std::panic::catch_unwind(std::panic::AssertUnwindSafe(generate)).ok().flatten();
    let Some(Ok(code)) = tokens.map(syn::parse2::<syn::File>) else { return Vec::new() };
    lint(client_diff::symbols::read::find_module(&code.items, "types"), doc)
}

/// Where the schemas of the generated types are: a pointer for each type.
struct Places(BTreeMap<String, String>);

impl Places {
    /// Derives the names of types as the generator does: from the schema or operation, and the members on the way.
    fn of(doc: &Value) -> Self {
        let schemas = doc["components"]["schemas"].as_object().into_iter().flatten();
        let component = |(name, _): (&String, &Value)| {
            (name.to_upper_camel_case(), format!("/components/schemas/{}", document::escape(name)))
        };
        let mut places: BTreeMap<String, String> = schemas.map(component).collect();
        for_each_schema(&mut doc.clone(), &mut |schema, place| {
            // A reference has no type of its own.
            if !schema.contains_key("$ref") {
                let name = type_name(doc, &place.pointer).to_upper_camel_case();
                let known = places.entry(name).or_insert_with(|| place.pointer.clone());
                // A part of a schema has the words of the whole.
                if place.pointer.len() < known.len() {
                    known.clone_from(&place.pointer);
                }
            }
        });
        Self(places)
    }

    /// Returns the pointer of the schema that a type was made of: of the one with its name, else of the one whose name is
    /// the longest beginning of it.
    fn of_type(&self, name: &str) -> String {
        let begins = |(known, _): &(&String, &String)| name.starts_with(known.as_str());
        let longest = self.0.iter().filter(begins).max_by_key(|(known, _)| known.len());
        longest.map(|(_, pointer)| pointer.clone()).unwrap_or_default()
    }
}

/// Returns the words that the generator makes the name of a type of.
fn type_name(doc: &Value, pointer: &str) -> String {
    let tokens = document::tokens(pointer);
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let members = |tokens: &[&str]| -> Vec<String> {
        let words = tokens.iter().filter_map(|token| match *token {
            "properties" | "schema" | "allOf" | "anyOf" | "oneOf" => None,
            "items" => Some("item"),
            "additionalProperties" => Some("value"),
            position if position.bytes().all(|byte| byte.is_ascii_digit()) => None,
            name => Some(name),
        });
        words.map(str::to_owned).collect()
    };
    let words = match tokens.as_slice() {
        ["components", "schemas", name, below @ ..] => [vec![(*name).to_owned()], members(below)].concat(),
        ["paths", path, method, below @ ..] => {
            let operation = &doc["paths"][path][method];
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            match below {
                ["parameters", position, "schema", below @ ..] => {
                    let parameter = position.parse::<usize>().ok().map(|position| &operation["parameters"][position]);
                    let name = parameter.and_then(|parameter| parameter["name"].as_str()).unwrap_or_default();
                    [vec![id, name.to_owned()], members(below)].concat()
                }
                ["requestBody", "content", _, "schema", below @ ..] => {
                    [vec![id, "body".to_owned()], members(below)].concat()
                }
                ["responses", _, "content", _, "schema", below @ ..] => {
                    [vec![id, "response".to_owned()], members(below)].concat()
                }
                _ => vec![pointer.to_owned()],
            }
        }
        _ => vec![pointer.to_owned()],
    };
    words.join("_")
}

/// Returns the schema that a reference leads to.
fn referred<'d>(document: &'d Value, schema: &Value) -> Option<&'d Value> {
    schema["$ref"].as_str().and_then(schema_name).map(|name| &document["components"]["schemas"][name])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lints what is generated from these schemas, all of which an operation answers with.
    fn findings(schemas: Value) -> Vec<(String, String)> {
        let properties: serde_json::Map<_, _> = schemas
            .as_object()
            .unwrap()
            .keys()
            .map(|name| (name.to_lowercase(), json!({"$ref": format!("#/components/schemas/{name}")})))
            .collect();
        let mut doc = json!({
            "openapi": "3.0.3",
            "info": {"title": "T", "version": "1"},
            "paths": {"/things": {"get": {
                "operationId": "things_list", "tags": ["things"], "summary": "List", "description": "Lists.",
                "responses": {"2XX": {"description": "Things.", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/All"},
                }}}},
            }}},
            "components": {"schemas": {"All": {"type": "object", "properties": properties}}},
        });
        doc["components"]["schemas"].as_object_mut().unwrap().extend(schemas.as_object().unwrap().clone());
        let findings = super::super::generates(&doc, &doc.to_string());
        findings.into_iter().map(|finding| (finding.pointer, finding.problem)).collect()
    }

    #[test]
    fn a_schema_without_values_is_found() {
        let (text, number) = (json!({"type": "string"}), json!({"type": "number"}));
        let doc = json!({"components": {"schemas": {"Plan": {"type": "object", "required": ["a"], "properties": {
            "a": {"nullable": true, "type": "integer", "allOf": [text]},
            "b": {"type": "integer", "anyOf": [text, {"type": "boolean"}]},
            "c": {"type": "integer", "allOf": [number]},
            "d": {"type": "integer", "anyOf": [text, number]},
            "e": {"$ref": "#/components/schemas/Plan"},
        }}}}});
        let found: Vec<String> = contradictions(&doc).into_iter().map(|finding| finding.pointer).collect();
        let expected = ["a", "b"].map(|name| format!("/components/schemas/Plan/properties/{name}"));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_type_without_values_is_named_with_its_schema() {
        let code: syn::File = syn::parse_quote! {
            pub struct Plan { pub cycle_end: ::std::option::Option<PlanCycleEnd> }
            pub enum PlanCycleEnd {}
        };
        let doc = json!({"components": {"schemas": {"Plan": {"type": "object", "properties": {
            "cycleEnd": {"type": "integer", "allOf": [{"type": "number"}]},
        }}}}});
        let found = lint(&code.items, &doc);
        let [finding] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(finding.pointer, "/components/schemas/Plan/properties/cycleEnd");
        assert!(finding.problem.contains("no value fits the generated type `PlanCycleEnd`"), "{finding}");
    }

    #[test]
    fn a_choice_in_which_a_branch_takes_the_values_of_another_loses_members() {
        let branch = |names: &[&str]| {
            let properties: serde_json::Map<_, _> =
                names.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
            json!({"type": "object", "required": names, "properties": properties})
        };
        let found = findings(json!({
            "Short": branch(&["a"]), "Long": branch(&["a", "b"]), "Other": branch(&["c"]),
            "Lossy": {"oneOf": [{"$ref": "#/components/schemas/Short"}, {"$ref": "#/components/schemas/Long"}]},
            "Fine": {"oneOf": [{"$ref": "#/components/schemas/Short"}, {"$ref": "#/components/schemas/Other"}]},
        }));
        let [(pointer, problem)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(pointer, "/components/schemas/Lossy");
        assert!(problem.contains("is written as"), "{problem}");
    }

    #[test]
    fn types_of_sound_schemas_have_no_findings() {
        let found = findings(json!({
            "Sound": {"type": "object", "required": ["id", "list", "map"], "properties": {
                "id": {"type": "string", "minLength": 2},
                "list": {"type": "array", "minItems": 1, "items": {"type": "integer", "format": "int64"}},
                "map": {"type": "object", "additionalProperties": {"type": "number"}},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "count": {"type": "integer", "enum": [1, 2]},
                "next": {"$ref": "#/components/schemas/Sound"},
                "note": {"type": "string", "nullable": true},
                "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            }},
        }));
        assert_eq!(found, []);
    }
}
