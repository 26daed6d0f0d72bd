//! Where in a document, as it was given, the symbols come from.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;
use waha_codegen::HANDLES;

use super::{
    compare::{names, type_of},
    read::Table,
};
use crate::{
    document::{escape, operations, path_shape, schema_name, schema_refs},
    names::Names,
    rules::names::new_schema_names,
};

/// The way from a JSON pointer to symbols.
pub struct Places {
    /// The type of each declared schema.
    schemas: BTreeMap<String, String>,
    /// What became of each operation, by method and shape of the path.
    operations: BTreeMap<(String, String), Operation>,
    /// The operations that take each type as their body.
    by_body: BTreeMap<String, Vec<(String, String)>>,
    /// The types of each event's body.
    webhooks: BTreeMap<String, Vec<String>>,
    /// The parameters' names, by their pointers.
    parameters: BTreeMap<String, String>,
    /// Types of which each symbol speaks and that no declared schema is: those of anonymous schemas.
    anonymous: BTreeMap<String, Vec<String>>,
}

/// What became of an operation.
struct Operation {
    builder: String,
    resource: String,
    action: String,
    /// The type of its body, where that is a schema's.
    body: Option<String>,
}

/// What symbols a place may become.
#[derive(Default)]
pub struct Reach {
    /// Symbols, by their whole path.
    pub symbols: BTreeSet<String>,
    /// Symbols with all their parts.
    pub wholes: BTreeSet<String>,
}

impl Places {
    /// Of a document as it was given, and as it was when it was finished.
    pub fn of(raw: &Value, finished: &Value, names: &Names, table: &Table) -> Self {
        let schemas = types_of_schemas(raw, finished, names);
        let operations = all_operations(finished);
        let mut by_body: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (key, operation) in &operations {
            if let Some(body) = &operation.body {
                by_body.entry(body.clone()).or_default().push(key.clone());
            }
        }
        let anonymous = anonymous_types(&schemas, table);
        let webhooks = types_of_webhooks(&schemas, raw);
        Self { schemas, operations, by_body, webhooks, parameters: all_parameters(raw), anonymous }
    }

    /// The symbols that the place at `pointer` becomes.
    pub fn reach(&self, pointer: &str) -> Reach {
        let tokens: Vec<String> =
            pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let mut reach = Reach::default();
        match tokens.as_slice() {
            ["components", "schemas", name, below @ ..] => self.schema(name, below, &mut reach),
            ["webhooks" | "x-webhooks", event, ..] => {
                let types = self.webhooks.get(*event).into_iter().flatten();
                reach.wholes.extend(types.map(|name| format!("types::{name}")));
            }
            ["paths", path, "parameters", ..] => {
                let parameter = self.parameter(pointer, &tokens[..4.min(tokens.len())]);
                let shape = path_shape(path);
                for ((other, _), operation) in self.operations.range((shape.clone(), String::new())..) {
                    if *other != shape {
                        break;
                    }
                    setter(operation, parameter, &mut reach);
                }
            }
            ["paths", path] => {
                let shape = path_shape(path);
                let of_path = self.operations.range((shape.clone(), String::new())..);
                of_path
                    .take_while(|((other, _), _)| *other == shape)
                    .for_each(|(_, operation)| whole(operation, &mut reach));
            }
            ["paths", path, method, below @ ..] => {
                if let Some(operation) = self.operations.get(&(path_shape(path), (*method).to_owned())) {
                    match below {
                        ["parameters", ..] => {
                            setter(operation, self.parameter(pointer, &tokens[..5.min(tokens.len())]), &mut reach);
                        }
                        ["responses", ..] => {
                            let methods = ["send", "await", "pages"];
                            reach.symbols.extend(methods.map(|method| format!("{}::{method}", operation.builder)));
                        }
                        _ => whole(operation, &mut reach),
                    }
                }
            }
            _ => {}
        }
        self.follow(&mut reach);
        reach
    }

    fn schema(&self, name: &str, below: &[&str], reach: &mut Reach) {
        let Some(own) = self.schemas.get(name) else { return };
        let path = format!("types::{own}");
        let takers = self.by_body.get(own).into_iter().flatten();
        let takers = takers.filter_map(|key| self.operations.get(key));
        match below {
            ["properties", property, ..] => {
                let property = property.to_snake_case();
                // What is required decides about `Default`, and what is alone about `From`.
                reach.symbols.insert(format!("{path}: Default"));
                for suffix in ["", "_"] {
                    reach.symbols.insert(format!("{path}::{property}{suffix}"));
                }
                takers.for_each(|operation| setter(operation, Some(&property), reach));
            }
            _ => {
                reach.wholes.insert(path);
                reach.wholes.extend(takers.map(|operation| operation.builder.clone()));
            }
        }
    }

    fn parameter(&self, pointer: &str, tokens: &[&str]) -> Option<&str> {
        let at = format!("/{}", tokens.iter().map(|token| escape(token)).collect::<Vec<_>>().join("/"));
        let name = self.parameters.get(pointer).or_else(|| self.parameters.get(&at));
        name.map(String::as_str)
    }

    /// Adds the types of anonymous schemas in what was found.
    fn follow(&self, reach: &mut Reach) {
        let mut open: Vec<String> = reach.symbols.iter().chain(&reach.wholes).cloned().collect();
        for builder in reach.wholes.iter().filter(|path| path.starts_with("builder::")) {
            let below = format!("{builder}::");
            let parts = self.anonymous.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below));
            open.extend(parts.map(|(path, _)| path.clone()));
        }
        while let Some(path) = open.pop() {
            for name in self.anonymous.get(&path).into_iter().flatten() {
                let whole = format!("types::{name}");
                if reach.wholes.insert(whole.clone()) {
                    open.push(whole);
                }
            }
        }
    }
}

/// All that an operation becomes.
fn whole(operation: &Operation, reach: &mut Reach) {
    reach.wholes.insert(operation.builder.clone());
    methods(operation, reach);
}

fn methods(operation: &Operation, reach: &mut Reach) {
    let Operation { resource, action, .. } = operation;
    for (scope, handle) in [("session", "Session"), ("client", "Client")] {
        reach.symbols.insert(format!("resources::{scope}::{}::{action}", resource.to_upper_camel_case()));
        reach.symbols.insert(format!("{handle}::{resource}"));
    }
    of_handles(operation, reach);
}

/// The methods of chats, contacts, groups and channels, which take what is required.
fn of_handles(operation: &Operation, reach: &mut Reach) {
    let handles = HANDLES.iter().filter(|handle| handle.resources.contains(&operation.resource.as_str()));
    reach.symbols.extend(handles.map(|handle| format!("{}::{}", handle.name, operation.action)));
}

/// The setter of a parameter or property. The name of the session decides as well where the resource is found.
fn setter(operation: &Operation, parameter: Option<&str>, reach: &mut Reach) {
    let Some(name) = parameter else { return whole(operation, reach) };
    for suffix in ["", "_"] {
        reach.symbols.insert(format!("{}::{}{suffix}", operation.builder, name.to_snake_case()));
    }
    of_handles(operation, reach);
    // Where there is a part of a list, there is the rest.
    if ["limit", "offset", "pagination", "start_cursor"].contains(&name.to_snake_case().as_str()) {
        reach.symbols.insert(format!("{}::pages", operation.builder));
    }
    if name == "session" {
        methods(operation, reach);
        for scope in ["session", "client"] {
            reach.wholes.insert(format!("resources::{scope}::{}", operation.resource.to_upper_camel_case()));
        }
    }
}

fn types_of_schemas(raw: &Value, finished: &Value, names: &Names) -> BTreeMap<String, String> {
    let declared = raw["components"]["schemas"].as_object().into_iter().flatten();
    let declared: BTreeSet<String> = declared.map(|(name, _)| name.clone()).collect();
    let is_finished = declared.iter().all(|name| finished["components"]["schemas"].get(name).is_some());
    let renamed = if is_finished { BTreeMap::new() } else { new_schema_names(&declared, names) };
    let with_type = |name: String| {
        let own = renamed.get(&name).unwrap_or(&name).to_upper_camel_case();
        (name, own)
    };
    declared.into_iter().map(with_type).collect()
}

fn types_of_webhooks(schemas: &BTreeMap<String, String>, raw: &Value) -> BTreeMap<String, Vec<String>> {
    let events = ["webhooks", "x-webhooks"].into_iter().filter_map(|section| raw[section].as_object()).flatten();
    let of_event = |(event, item): (&String, &Value)| {
        let bodies = schema_refs(item).into_iter().filter_map(|name| schemas.get(&name).cloned());
        (event.clone(), bodies.collect())
    };
    events.map(of_event).collect()
}

fn anonymous_types(schemas: &BTreeMap<String, String>, table: &Table) -> BTreeMap<String, Vec<String>> {
    let known: BTreeSet<&str> = schemas.values().map(String::as_str).collect();
    let is_anonymous = |name: &&str| !known.contains(name) && table.contains_key(&format!("types::{name}"));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, symbol) in table {
        let spoken: Vec<String> = names(&symbol.shape).filter(is_anonymous).map(str::to_owned).collect();
        if !spoken.is_empty() {
            // A type's parts speak for the type.
            let whole = type_of(path).map(|name| format!("types::{name}"));
            for path in whole.into_iter().chain([path.clone()]).collect::<BTreeSet<_>>() {
                found.entry(path).or_default().extend(spoken.iter().cloned());
            }
        }
    }
    found
}

fn all_operations(finished: &Value) -> BTreeMap<(String, String), Operation> {
    let of = |operation: crate::document::Operation<'_>| {
        let resource = operation.value["tags"][0].as_str().unwrap_or_default();
        let action = operation.id().strip_prefix(resource).unwrap_or_default().trim_start_matches('_');
        let body = operation.value["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        let names = Operation {
            builder: format!("builder::{}", operation.id().to_upper_camel_case()),
            resource: resource.to_owned(),
            action: action.to_owned(),
            body: body.and_then(schema_name).map(|name| name.to_upper_camel_case()),
        };
        ((path_shape(operation.path), operation.method.to_owned()), names)
    };
    operations(finished).map(of).collect()
}

/// The names of all parameters of operations and of paths, by their pointers.
fn all_parameters(raw: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut add = |pointer: &str, holder: &Value| {
        for (i, parameter) in holder["parameters"].as_array().into_iter().flatten().enumerate() {
            let shared = parameter["$ref"].as_str().and_then(|reference| raw.pointer(reference.strip_prefix('#')?));
            if let Some(name) = shared.unwrap_or(parameter)["name"].as_str() {
                found.insert(format!("{pointer}/parameters/{i}"), name.to_owned());
            }
        }
    };
    for (path, item) in raw["paths"].as_object().into_iter().flatten() {
        add(&format!("/paths/{}", escape(path)), item);
    }
    for operation in operations(raw) {
        add(&operation.pointer(), operation.value);
    }
    found
}
