//! Which places of a document become which symbols.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;

use super::{
    Table,
    compare::{names, type_of},
};
use crate::{
    document::{self, escape, operations, path_shape, schema_name, schema_refs, tokens},
    profile::Profile,
};

/// The symbols that each place of a document becomes.
pub struct Places {
    /// The type of each declared schema.
    schemas: BTreeMap<String, String>,
    /// The types of the declared schemas.
    known: BTreeSet<String>,
    /// What became of each operation, by method and shape of the path.
    operations: BTreeMap<(String, String), Operation>,
    /// The operations that take each type as their body.
    by_body: BTreeMap<String, Vec<(String, String)>>,
    /// The types of each event's body.
    webhooks: BTreeMap<String, Vec<String>>,
    /// The parameters' names, by their pointers into the declared and into the finished document.
    parameters: [BTreeMap<String, String>; 2],
    /// Types of which each symbol speaks and that no declared schema is: those of anonymous schemas.
    anonymous: BTreeMap<String, Vec<String>>,
}

/// The symbols of an operation.
struct Operation {
    builder: Option<String>,
    methods: Vec<String>,
    methods_with_arguments: Vec<String>,
    /// The symbols that depend on a parameter or property, by its Rust name.
    of_parameters: BTreeMap<String, Vec<String>>,
    /// The type of its body, where that is a schema's.
    body: Option<String>,
}

/// The symbols that a place may become.
#[derive(Default)]
pub struct Reach {
    /// Symbols, by their whole path.
    pub symbols: BTreeSet<String>,
    /// Symbols with all their parts.
    pub wholes: BTreeSet<String>,
}

impl Places {
    /// Reads the places of a declared document, and of the one that was finished from it.
    pub fn of(raw: &Value, finished: &Value, profile: &dyn Profile) -> Self {
        let declared = types_of_schemas(raw, profile);
        let operations = all_operations(finished, profile);
        let mut by_body: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (key, operation) in &operations {
            if let Some(body) = &operation.body {
                by_body.entry(body.clone()).or_default().push(key.clone());
            }
        }
        let webhooks = types_of_webhooks(&declared, raw);
        let known = declared.values().cloned().collect();
        let mut schemas = declared;
        for (name, _) in finished["components"]["schemas"].as_object().into_iter().flatten() {
            schemas.entry(name.clone()).or_insert_with(|| name.to_upper_camel_case());
        }
        let parameters = [raw, finished].map(all_parameters);
        Self { schemas, known, operations, by_body, webhooks, parameters, anonymous: BTreeMap::new() }
    }

    /// Adds the types of anonymous schemas, which only the generated code has.
    pub fn with(self, table: &Table) -> Self {
        Self { anonymous: anonymous_types(&self.known, table), ..self }
    }

    /// Returns the symbols that the place at `pointer` becomes, which is one of the declared document, or of the finished
    /// one.
    pub fn reach(&self, pointer: &str, is_finished: bool) -> Reach {
        let tokens = tokens(pointer);
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let mut reach = Reach::default();
        match tokens.as_slice() {
            ["components", "schemas", name, below @ ..] => self.schema(name, below, &mut reach),
            ["webhooks" | "x-webhooks", event, ..] => {
                let types = self.webhooks.get(*event).into_iter().flatten();
                reach.wholes.extend(types.map(|name| format!("types::{name}")));
            }
            ["paths", path, "parameters", ..] => {
                let parameter = self.parameter(pointer, &tokens[..4.min(tokens.len())], is_finished);
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
                            setter(
                                operation,
                                self.parameter(pointer, &tokens[..5.min(tokens.len())], is_finished),
                                &mut reach,
                            );
                        }
                        ["responses", ..] => {
                            if let Some(builder) = &operation.builder {
                                let methods = ["send", "await", "pages"];
                                reach.symbols.extend(methods.map(|method| format!("{builder}::{method}")));
                            }
                            reach.symbols.extend(operation.methods_with_arguments.iter().cloned());
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
                takers.for_each(|operation| {
                    reach.wholes.extend(operation.builder.clone());
                    reach.symbols.extend(operation.methods_with_arguments.iter().cloned());
                });
            }
        }
    }

    fn parameter(&self, pointer: &str, tokens: &[&str], is_finished: bool) -> Option<&str> {
        let parameters = &self.parameters[usize::from(is_finished)];
        let at = format!("/{}", tokens.iter().map(|token| escape(token)).collect::<Vec<_>>().join("/"));
        let name = parameters.get(pointer).or_else(|| parameters.get(&at));
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

/// Adds all symbols of an operation.
fn whole(operation: &Operation, reach: &mut Reach) {
    reach.wholes.extend(operation.builder.clone());
    reach.symbols.extend(operation.methods.iter().chain(&operation.methods_with_arguments).cloned());
}

/// Adds the symbols that depend on a parameter or property, or all of the operation if its name is not known.
fn setter(operation: &Operation, parameter: Option<&str>, reach: &mut Reach) {
    let Some(name) = parameter else { return whole(operation, reach) };
    let name = name.to_snake_case();
    if let Some(builder) = &operation.builder {
        for suffix in ["", "_"] {
            reach.symbols.insert(format!("{builder}::{name}{suffix}"));
        }
    }
    reach.symbols.extend(operation.methods_with_arguments.iter().cloned());
    for symbol in operation.of_parameters.get(&name).into_iter().flatten() {
        reach.symbols.insert(symbol.clone());
        reach.wholes.insert(symbol.clone());
    }
}

fn types_of_schemas(raw: &Value, profile: &dyn Profile) -> BTreeMap<String, String> {
    let renamed = if profile.is_finished(raw) { BTreeMap::new() } else { profile.schema_names(raw) };
    let declared = raw["components"]["schemas"].as_object().into_iter().flatten();
    let with_type = |(name, _): (&String, &Value)| {
        let own = renamed.get(name).unwrap_or(name).to_upper_camel_case();
        (name.clone(), own)
    };
    declared.map(with_type).collect()
}

fn types_of_webhooks(schemas: &BTreeMap<String, String>, raw: &Value) -> BTreeMap<String, Vec<String>> {
    let events = ["webhooks", "x-webhooks"].into_iter().filter_map(|section| raw[section].as_object()).flatten();
    let of_event = |(event, item): (&String, &Value)| {
        let bodies = schema_refs(item).into_iter().filter_map(|name| schemas.get(name).cloned());
        (event.clone(), bodies.collect())
    };
    events.map(of_event).collect()
}

fn anonymous_types(known: &BTreeSet<String>, table: &Table) -> BTreeMap<String, Vec<String>> {
    let is_anonymous = |name: &&str| !known.contains(*name) && table.contains_key(&format!("types::{name}"));
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

fn all_operations(finished: &Value, profile: &dyn Profile) -> BTreeMap<(String, String), Operation> {
    let of = |operation: document::Operation<'_>| {
        let body = &operation.value["requestBody"]["content"]["application/json"]["schema"];
        let parameters = operation.value["parameters"].as_array().into_iter().flatten();
        let schema = body["$ref"].as_str().and_then(schema_name);
        let properties = schema.map_or(body, |name| &finished["components"]["schemas"][name])["properties"].as_object();
        let names = parameters.filter_map(|parameter| parameter["name"].as_str());
        let names = names.chain(properties.into_iter().flatten().map(|(name, _)| name.as_str()));
        let of_parameter = |name: &str| {
            let name = name.to_snake_case();
            let symbols = profile.symbols_of_parameter(&operation, &name);
            (!symbols.is_empty()).then_some((name, symbols))
        };
        let names = Operation {
            builder: profile.builder(&operation),
            methods: profile.methods(&operation),
            methods_with_arguments: profile.methods_with_arguments(&operation),
            of_parameters: names.filter_map(of_parameter).collect(),
            body: schema.map(|name| name.to_upper_camel_case()),
        };
        ((path_shape(operation.path), operation.method.to_owned()), names)
    };
    operations(finished).map(of).collect()
}

/// Returns the names of all parameters of operations and of paths, by their pointers.
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
