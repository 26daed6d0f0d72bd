//! Walks an OpenAPI document that is held as JSON.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The methods that a path item can hold, in the order in which we print them.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Schema keywords whose value is a map from names to schemas.
const SCHEMA_MAPS: [&str; 2] = ["properties", "patternProperties"];
/// Schema keywords whose value is a list of schemas.
const SCHEMA_LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Schema keywords whose value is a schema (or a boolean, which holds nothing to walk).
const SCHEMA_ONES: [&str; 3] = ["items", "additionalProperties", "not"];

/// Returns one token of a JSON pointer (RFC 6901), escaped.
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// Returns the tokens of a JSON pointer, unescaped.
pub fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}

/// Returns the name of the component schema that a `$ref` points to, if it points to one of the same document.
pub fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// Returns a reference to a component schema.
pub fn schema_ref(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An operation, as [`operations`] returns it.
pub struct Operation<'a> {
    /// Path template, as in the document.
    pub path: &'a str,
    /// Lower-case HTTP method.
    pub method: &'static str,
    /// The operation object.
    pub value: &'a Value,
}

impl<'a> Operation<'a> {
    /// Returns the JSON pointer of the operation.
    pub fn pointer(&self) -> String {
        operation_pointer(self.path, self.method)
    }

    /// Returns `GET /path`, the way people name an operation.
    pub fn label(&self) -> String {
        label(self.path, self.method)
    }

    /// Returns the `operationId`, or the empty string.
    pub fn id(&self) -> &'a str {
        self.value["operationId"].as_str().unwrap_or_default()
    }

    /// Returns the first tag, or the empty string.
    pub fn tag(&self) -> &'a str {
        self.value["tags"][0].as_str().unwrap_or_default()
    }
}

/// Returns `GET /path`, the way people name an operation.
pub fn label(path: &str, method: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// Returns the JSON pointer of an operation.
pub fn operation_pointer(path: &str, method: &str) -> String {
    format!("/paths/{}/{method}", escape(path))
}

/// Returns all operations, in the order of the document.
pub fn operations(doc: &Value) -> impl Iterator<Item = Operation<'_>> {
    let paths = doc["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let value = item.get(method)?;
            Some(Operation { path, method, value })
        })
    })
}

/// Calls `f` with path, method and object of every operation.
pub fn for_each_operation(doc: &mut Value, mut f: impl FnMut(&str, &str, &mut Map<String, Value>)) {
    let Some(paths) = doc["paths"].as_object_mut() else {
        return;
    };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(Value::Object(operation)) = item.get_mut(method) {
                f(path, method, operation);
            }
        }
    }
}

/// Returns the component schemas, which are made if the document has none.
pub fn schemas(doc: &mut Value) -> &mut Map<String, Value> {
    object_at(doc, &["components", "schemas"])
}

/// Returns the object behind these keys, which is made if it is missing.
pub fn object_at<'a>(doc: &'a mut Value, keys: &[&str]) -> &'a mut Map<String, Value> {
    fn object(node: &mut Value) -> &mut Map<String, Value> {
        if !node.is_object() {
            *node = Value::Object(Map::new());
        }
        node.as_object_mut().expect("it was made an object")
    }
    let mut node = object(doc);
    for key in keys {
        node = object(node.entry(*key).or_insert(Value::Null));
    }
    node
}

/// Where a schema stands: what a rule may want to know besides the schema itself.
pub struct Place {
    /// JSON pointer of the schema.
    pub pointer: String,
    /// `Component.property`, where the schema is a property of a component's top level.
    pub property_of_component: Option<(String, String)>,
}

impl Place {
    /// Returns the component schema that the place belongs to, or `None` in a path or a webhook.
    pub fn component(&self) -> Option<&str> {
        self.pointer.strip_prefix("/components/schemas/")?.split('/').next()
    }
}

/// Calls `f` on every schema of the document, children before parents.
pub fn for_each_schema(doc: &mut Value, f: &mut dyn FnMut(&mut Map<String, Value>, &Place)) {
    let components = doc.get_mut("components").and_then(|components| components.get_mut("schemas"));
    for (name, schema) in components.and_then(Value::as_object_mut).into_iter().flatten() {
        let pointer = format!("/components/schemas/{}", escape(name));
        walk(schema, pointer, None, Some(name), f);
    }
    for section in ["paths", "webhooks", "x-webhooks"] {
        let Some(Value::Object(items)) = doc.get_mut(section) else {
            continue;
        };
        for (path, item) in items {
            let pointer = format!("/{section}/{}", escape(path));
            containers(item, pointer, f);
        }
    }
}

/// Finds the `schema` members of parameters, bodies and answers below a path item.
fn containers(node: &mut Value, pointer: String, f: &mut dyn FnMut(&mut Map<String, Value>, &Place)) {
    match node {
        Value::Object(map) => {
            for (key, value) in map {
                let pointer = format!("{pointer}/{}", escape(key));
                if key == "schema" {
                    walk(value, pointer, None, None, f);
                } else {
                    containers(value, pointer, f);
                }
            }
        }
        Value::Array(list) => {
            for (i, value) in list.iter_mut().enumerate() {
                containers(value, format!("{pointer}/{i}"), f);
            }
        }
        _ => {}
    }
}

fn walk(
    schema: &mut Value,
    pointer: String,
    property_of_component: Option<(String, String)>,
    component: Option<&str>,
    f: &mut dyn FnMut(&mut Map<String, Value>, &Place),
) {
    let Value::Object(map) = schema else { return };
    for keyword in SCHEMA_MAPS {
        if let Some(Value::Object(children)) = map.get_mut(keyword) {
            for (name, child) in children {
                let pointer = format!("{pointer}/{keyword}/{}", escape(name));
                let owner = component.map(|c| (c.to_owned(), name.clone()));
                walk(child, pointer, owner, None, f);
            }
        }
    }
    for keyword in SCHEMA_LISTS {
        if let Some(Value::Array(children)) = map.get_mut(keyword) {
            for (i, child) in children.iter_mut().enumerate() {
                walk(child, format!("{pointer}/{keyword}/{i}"), None, None, f);
            }
        }
    }
    for keyword in SCHEMA_ONES {
        if let Some(child) = map.get_mut(keyword) {
            walk(child, format!("{pointer}/{keyword}"), None, None, f);
        }
    }
    f(map, &Place { pointer, property_of_component });
}

/// Calls `f` on every reference below `node`: each `$ref`, and what the mapping of a discriminator refers to.
pub fn for_each_ref(node: &mut Value, f: &mut dyn FnMut(&mut String)) {
    for_each_ref_at(node, "", &mut |reference, _| f(reference));
}

/// Calls `f` on every reference below `node`, and with the JSON pointer of the object that holds it.
pub fn for_each_ref_at(node: &mut Value, pointer: &str, f: &mut dyn FnMut(&mut String, &str)) {
    match node {
        Value::Object(map) => {
            for (key, value) in map {
                let below = format!("{pointer}/{}", escape(key));
                match value {
                    Value::String(reference) if key == "$ref" => f(reference, pointer),
                    Value::Object(discriminator) if key == "discriminator" => {
                        let mapping = discriminator.get_mut("mapping").and_then(Value::as_object_mut);
                        for target in mapping.into_iter().flat_map(|mapping| mapping.values_mut()) {
                            // A value may also be the bare name of a schema.
                            match target {
                                Value::String(reference) if reference.contains('/') => f(reference, &below),
                                _ => {}
                            }
                        }
                        for_each_ref_at(value, &below, f);
                    }
                    _ => for_each_ref_at(value, &below, f),
                }
            }
        }
        Value::Array(list) => {
            for (i, value) in list.iter_mut().enumerate() {
                for_each_ref_at(value, &format!("{pointer}/{i}"), f);
            }
        }
        _ => {}
    }
}

/// Returns a path template without the names of its values, by which a server does not tell paths apart.
pub fn path_shape(path: &str) -> String {
    let is_value = |part: &str| part.starts_with('{') && part.ends_with('}');
    path.split('/').map(|part| if is_value(part) { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// Returns the component schemas that can be reached from `roots`, themselves included.
pub fn reachable<R: Into<String>>(doc: &Value, roots: impl IntoIterator<Item = R>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<String> = roots.into_iter().map(Into::into).collect();
    while let Some(name) = open.pop() {
        let Some(schema) = doc["components"]["schemas"].get(&name) else {
            continue;
        };
        if found.insert(name) {
            open.extend(schema_refs(schema).into_iter().map(str::to_owned));
        }
    }
    found
}

/// Returns the names of the component schemas that `node` refers to directly, each once, in the order of their first use.
pub fn schema_refs(node: &Value) -> Vec<&str> {
    fn add<'a>(node: &'a Value, names: &mut Vec<&'a str>, seen: &mut BTreeSet<&'a str>) {
        let mut add_name = |reference: &'a str| names.extend(schema_name(reference).filter(|name| seen.insert(name)));
        match node {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(reference)) => add_name(reference),
                        ("discriminator", Value::Object(discriminator)) => {
                            let mapping = discriminator.get("mapping").and_then(Value::as_object);
                            let targets = mapping.into_iter().flat_map(Map::values);
                            targets.filter_map(Value::as_str).for_each(&mut add_name);
                        }
                        _ => {}
                    }
                }
                map.values().for_each(|value| add(value, names, seen));
            }
            Value::Array(list) => list.iter().for_each(|value| add(value, names, seen)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    add(node, &mut names, &mut BTreeSet::new());
    names
}

/// Returns the component schemas that the server sends: in answers of operations, and in webhooks.
pub fn sent_by_server(doc: &Value) -> BTreeSet<String> {
    let mut roots = schema_refs(&doc["x-webhooks"]);
    for operation in operations(doc) {
        roots.extend(schema_refs(&operation.value["responses"]));
    }
    reachable(doc, roots)
}

/// Returns the operation (`GET /path`), the event (`webhook NAME`), the component or the section that a JSON pointer leads
/// into, as people name it.
pub fn owner(pointer: &str) -> String {
    let tokens = tokens(pointer);
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    match tokens.as_slice() {
        ["paths", path, method, ..] if METHODS.contains(method) => label(path, method),
        ["webhooks" | "x-webhooks", name, ..] => format!("webhook {name}"),
        ["components", _, name, ..] => (*name).to_owned(),
        other => other.first().copied().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_wherever_they_are_and_once() {
        let node = json!({
            "allOf": [{"$ref": "#/components/schemas/A"}, {"items": {"$ref": "#/components/schemas/B"}}],
            "also": {"$ref": "#/components/schemas/A"},
            "discriminator": {"mapping": {"c": "#/components/schemas/C", "d": "D"}},
            "parameter": {"$ref": "#/components/parameters/P"},
        });
        let mut names = schema_refs(&node);
        names.sort_unstable();
        assert_eq!(names, ["A", "B", "C"]);
    }

    #[test]
    fn a_place_belongs_to_an_operation_or_a_schema() {
        for (pointer, expected) in [
            ("/paths/~1a~1{b}/get/responses/200", "GET /a/{b}"),
            ("/paths/~1a", "paths"),
            ("/components/schemas/S/properties/x", "S"),
            ("/x-webhooks/a.b/post", "webhook a.b"),
            ("", ""),
        ] {
            assert_eq!(owner(pointer), expected);
        }
    }
}
