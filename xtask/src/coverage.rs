//! `cargo xtask coverage`: how much of the document is typed, and how much is described.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use serde_json::Value;
use syn::visit::Visit;
use waha_codegen::chosen_media_type;

use crate::{
    document::{self, Operation, operations, reachable, schema_refs},
    escape,
    lint::Finding,
};

/// Kind of the answer of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Typed,
    Open,
    Text,
    Bytes,
    Nothing,
}

/// How many of some things are described.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    described: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, described: bool) {
        self.described += usize::from(described);
        self.all += 1;
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}/{}", self.described, self.all))
    }
}

/// Numbers of one resource, or of all.
#[derive(Debug, Default)]
struct Row {
    operations: Share,
    answers: BTreeMap<Answer, usize>,
    parameters: Share,
    properties: Share,
    schemas: BTreeSet<String>,
}

/// Returns the table for a terminal, and below it the answers that are open JSON, with the reason of each.
pub fn table(doc: &Value) -> String {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut all = Row::default();
    let mut open = Vec::new();
    for operation in operations(doc) {
        let row = rows.entry(operation.value["tags"][0].as_str().unwrap_or_default()).or_default();
        for row in [row, &mut all] {
            row.operations.count(is_described(operation.value));
            *row.answers.entry(answer(doc, &operation)).or_default() += 1;
            for parameter in parameters(&operation) {
                row.parameters.count(is_described(parameter));
            }
            row.schemas.extend(reachable(doc, schema_refs(operation.value)));
        }
        if let Some(reason) = operation.value["x-answer"].as_str() {
            open.push((reason, operation.label()));
        }
    }
    all.schemas =
        doc["components"]["schemas"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    for row in rows.values_mut().chain([&mut all]) {
        for (_, _, schema) in row.schemas.iter().flat_map(|name| properties(doc, name)) {
            row.properties.count(is_described(schema));
        }
    }
    let mut text = String::new();
    let mut line = |name: &str, row: &Row| {
        let answers = |kind| row.answers.get(&kind).copied().unwrap_or_default();
        let _ = writeln!(
            text,
            "{:<24}{:>11}{:>7}{:>6}{:>6}{:>7}{:>7}{:>12}{:>12}",
            escape::line(name),
            row.operations,
            answers(Answer::Typed),
            answers(Answer::Open),
            answers(Answer::Text),
            answers(Answer::Bytes),
            answers(Answer::Nothing),
            row.parameters,
            row.properties
        );
    };
    rows.iter().for_each(|(name, row)| line(name, row));
    line("all", &all);
    let head = format!(
        "{:<24}{:>11}{:>7}{:>6}{:>6}{:>7}{:>7}{:>12}{:>12}\n",
        "resource", "operations", "typed", "open", "text", "bytes", "empty", "parameters", "properties"
    );
    open.sort_unstable();
    let _ = writeln!(text, "\nopen answers, and why:");
    for (reason, operation) in open {
        let _ = writeln!(text, "  {}: {}", escape::line(reason), escape::line(&operation));
    }
    format!("{head}{text}")
}

/// Returns how many public items of the generated code have documentation, by file, as a table for a terminal.
pub fn items(doc: &Value) -> String {
    let generated = waha_codegen::generate(&doc.to_string(), waha_codegen::Options::default());
    let files = match generated.and_then(|generated| generated.files()) {
        Ok(files) => files,
        Err(error) => return format!("\nno code can be generated: {}\n", escape::line(&error)),
    };
    let mut text = format!("\n{:<24}{:>12}{:>12}{:>12}\n", "generated items", "types", "fields", "methods");
    for (name, code) in files {
        let mut found = Items::default();
        if let Ok(file) = syn::parse_file(&code) {
            found.visit_file(&file);
        }
        let _ = writeln!(text, "{name:<24}{:>12}{:>12}{:>12}", found.types, found.fields, found.methods);
    }
    text
}

/// The public items of a generated file.
#[derive(Default)]
struct Items {
    types: Share,
    fields: Share,
    methods: Share,
}

fn is_documented(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("doc"))
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        // The client that progenitor generates is private.
        if is_public(&item.vis) && item.ident != "Client" {
            self.types.count(is_documented(&item.attrs));
            syn::visit::visit_item_struct(self, item);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.types.count(is_documented(&item.attrs));
        syn::visit::visit_item_enum(self, item);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if field.ident.is_some() && is_public(&field.vis) {
            self.fields.count(is_documented(&field.attrs));
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.fields.count(is_documented(&variant.attrs));
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let is_private = matches!(&*item.self_ty, syn::Type::Path(path) if path.path.is_ident("Client"));
        if item.trait_.is_none() && !is_private {
            syn::visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, method: &'ast syn::ImplItemFn) {
        if is_public(&method.vis) {
            self.methods.count(is_documented(&method.attrs));
        }
    }
}

/// Finds what is not described, and answers that are open JSON without a reason.
pub fn findings(doc: &Value) -> Vec<Finding> {
    let describe = "describe it in its resource's overlay";
    let mut findings = Vec::new();
    for operation in operations(doc) {
        let label = operation.label();
        let pointer = operation.pointer();
        if !is_described(operation.value) {
            findings.push(Finding::at("described", &label, &pointer, "it has no description", describe));
        }
        for parameter in parameters(&operation).filter(|parameter| !is_described(parameter)) {
            let problem =
                format!("the parameter `{}` has no description", parameter["name"].as_str().unwrap_or_default());
            findings.push(Finding::at("described", &label, &pointer, problem, describe));
        }
        if answer(doc, &operation) == Answer::Open && operation.value["x-answer"].is_null() {
            let advice = "declare its type, or say in `x-answer` why it has none";
            findings.push(Finding::at("typed", &label, &pointer, "the answer is open JSON without a reason", advice));
        }
    }
    for (name, schema) in doc["components"]["schemas"].as_object().into_iter().flatten() {
        let pointer = format!("/components/schemas/{}", document::escape(name));
        if !is_described(schema) {
            findings.push(Finding::at("described", name, &pointer, "the schema has no description", describe));
        }
        for (pointer, property, schema) in properties(doc, name) {
            if !is_described(schema) {
                let problem = format!("the property `{property}` has no description");
                findings.push(Finding::at("described", name, &pointer, problem, describe));
            }
        }
    }
    findings
}

fn is_described(object: &Value) -> bool {
    object["description"].as_str().is_some_and(|text| !text.trim().is_empty())
}

fn parameters<'a>(operation: &Operation<'a>) -> impl Iterator<Item = &'a Value> {
    operation.value["parameters"].as_array().into_iter().flatten()
}

/// Returns pointer, name and schema of the properties of a component, including those of anonymous objects within it.
fn properties<'a>(doc: &'a Value, name: &str) -> Vec<(String, &'a str, &'a Value)> {
    let mut found = Vec::new();
    let mut open =
        vec![(format!("/components/schemas/{}", document::escape(name)), &doc["components"]["schemas"][name])];
    while let Some((pointer, schema)) = open.pop() {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let pointer = format!("{pointer}/properties/{}", document::escape(name));
            found.push((pointer.clone(), name.as_str(), property));
            open.push((pointer, property));
        }
        if schema["items"].is_object() {
            open.push((format!("{pointer}/items"), &schema["items"]));
        }
    }
    found
}

fn answer(doc: &Value, operation: &Operation<'_>) -> Answer {
    let content = &operation.value["responses"]["2XX"]["content"];
    let Some(media_type) = chosen_media_type(content) else { return Answer::Nothing };
    let schema = &content[media_type]["schema"];
    match media_type {
        _ if schema["format"] == "binary" => Answer::Bytes,
        _ if is_open(doc, schema) => Answer::Open,
        text if text.starts_with("text/") => Answer::Text,
        _ => Answer::Typed,
    }
}

/// Returns whether a schema is open JSON.
fn is_open(doc: &Value, schema: &Value) -> bool {
    let mut schema = schema;
    // Bounded, for schemas that refer to themselves.
    for _ in 0..32 {
        match document::referred_schema(schema) {
            Some("Json") => return true,
            Some(name) => schema = &doc["components"]["schemas"][name],
            None => return schema["type"].is_null() && schema["oneOf"].is_null() && schema["anyOf"].is_null(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        let json = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Json"}}}});
        let typed = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}});
        let operation = |answer: &Value| json!({"tags": ["things"], "description": "d", "responses": {"2XX": answer}});
        let mut open = operation(&json);
        open["x-answer"] = json!("varies-by-engine");
        json!({
            "paths": {"/a": {"get": operation(&typed), "put": open, "delete": operation(&json!({}))}},
            "components": {"schemas": {
                "Json": {"description": "d"},
                "Thing": {"description": "d", "type": "object", "properties": {
                    "a": {"description": "d"},
                    "b": {"description": "d", "type": "array", "items": {"properties": {"c": {"description": "d"}}}},
                }},
            }},
        })
    }

    #[test]
    fn the_table_counts_answers_and_descriptions() {
        let table = table(&document());
        let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(row, ["things", "3/3", "1", "1", "0", "0", "1", "0/0", "3/3"]);
        assert!(table.contains("varies-by-engine: PUT /a"), "{table}");
    }

    #[test]
    fn missing_descriptions_and_reasons_are_found() {
        assert_eq!(findings(&document()), []);
        let mut doc = document();
        doc["paths"]["/a"]["get"]["description"] = json!(" ");
        doc["paths"]["/a"]["get"]["parameters"] = json!([{"name": "p"}]);
        doc["paths"]["/a"]["put"]["x-answer"] = Value::Null;
        doc["components"]["schemas"]["Thing"]["properties"]["b"]["items"]["properties"]["c"] = json!({});
        doc["components"]["schemas"]["Json"] = json!({});
        let findings = findings(&doc);
        assert_eq!(findings.len(), 5, "{findings:#?}");
        assert!(
            findings.iter().any(|f| f.pointer.ends_with("/Thing/properties/b/items/properties/c")),
            "{findings:#?}"
        );
    }
}
