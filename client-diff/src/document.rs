//! Walking an OpenAPI document held as JSON.

use std::collections::BTreeSet;

use serde_json::Value;

/// The methods that a path item can hold.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Returns one token of a JSON pointer (RFC 6901), escaped.
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// Returns the tokens of a JSON pointer, unescaped.
pub fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}

/// Returns the name of the component that a `$ref` points to, where it is a local schema.
pub fn schema_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/components/schemas/")
}

/// Returns `GET /path`, the way people name an operation.
pub fn label(path: &str, method: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// Returns a path template without the names of its values: what a server tells paths apart by.
pub fn path_shape(path: &str) -> String {
    let is_value = |part: &str| part.starts_with('{') && part.ends_with('}');
    path.split('/').map(|part| if is_value(part) { "{}" } else { part }).collect::<Vec<_>>().join("/")
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
        format!("/paths/{}/{}", escape(self.path), self.method)
    }

    /// Returns `GET /path`.
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

/// Returns all operations, in the order of the document.
pub fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let value = item.get(method)?;
            Some(Operation { path, method, value })
        })
    })
}

/// Returns the names of the component schemas that `node` refers to directly, in the order of their first use.
pub fn schema_refs(node: &Value) -> Vec<&str> {
    let mut names = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("$ref", Value::String(reference)) => names.extend(schema_name(reference)),
                        ("discriminator", Value::Object(discriminator)) => {
                            let mapping = discriminator.get("mapping").and_then(Value::as_object);
                            let targets = mapping.into_iter().flat_map(|mapping| mapping.values());
                            names.extend(targets.filter_map(|target| schema_name(target.as_str()?)));
                        }
                        _ => {}
                    }
                }
                open.extend(map.values().rev());
            }
            Value::Array(list) => open.extend(list.iter().rev()),
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

/// Returns the operation, the schema or the section that a place belongs to, as people name it.
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
