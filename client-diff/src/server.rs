//! What HEAD's server takes and sends, as far as it is known.
//!
//! A client is generated from more than a server declares: corrections say what the declaration gets wrong. Where the
//! declarations of BASE and of HEAD agree, the corrected document is believed; where they differ, HEAD's declaration is.

use std::{
    borrow::Cow,
    collections::{BTreeMap, VecDeque},
};

use serde_json::{Map, Value, json};

use crate::{
    compare::Renames,
    document::{METHODS, path_shape, schema_name},
    literal::same,
    profile::Client,
    shape::Document,
};

/// Returns the document of HEAD's server, in the spelling and by the names of `client`, which BASE's client was generated
/// from. `base` and `head` are the two declarations without corrections.
pub fn believed<'d>(client: &'d Value, base: &Value, mut head: Cow<'d, Value>, traits: Client) -> Cow<'d, Value> {
    if same(base, &head) {
        return Cow::Borrowed(client);
    }
    call_schemas_as(&mut head, base, traits);
    call_paths_as(&mut head, base);
    // Nothing is corrected.
    if same(client, base) {
        return head;
    }
    Cow::Owned(merge(Some(client), Some(base), Some(&head)).unwrap_or_default())
}

/// Gives the schemas of `head` the names that they have in `base`.
fn call_schemas_as(head: &mut Cow<'_, Value>, base: &Value, client: Client) {
    let document = |root| Document { root, client };
    let renamed: BTreeMap<String, String> = {
        let renames = Renames::of_schemas(&document(base), &document(head));
        let schemas = base["components"]["schemas"].as_object().into_iter().flatten();
        let names = schemas.filter_map(|(name, _)| Some((renames.head_of(name)?.to_owned(), name.clone())));
        names.filter(|(head, base)| head != base).collect()
    };
    if renamed.is_empty() {
        return;
    }
    let head = head.to_mut();
    let new_name = |name: &str| renamed.get(name).cloned();
    if let Some(schemas) = head.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        let taken = std::mem::take(schemas).into_iter();
        *schemas = taken.map(|(name, schema)| (new_name(&name).unwrap_or(name), schema)).collect();
    }
    for_each_reference(head, &mut |reference| {
        if let Some(name) = schema_name(reference).and_then(new_name) {
            *reference = format!("#/components/schemas/{name}");
        }
    });
}

fn for_each_reference(node: &mut Value, f: &mut dyn FnMut(&mut String)) {
    match node {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(reference) if key == "$ref" => f(reference),
                    value => for_each_reference(value, f),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| for_each_reference(value, f)),
        _ => {}
    }
}

/// Gives the values of paths the names that they have in `base`: a server does not see them.
fn call_paths_as(head: &mut Cow<'_, Value>, base: &Value) {
    let Some(known) = base["paths"].as_object() else { return };
    let Some(paths) = head["paths"].as_object() else { return };
    // By shape, those that are gone, and those that are new.
    let mut gone: BTreeMap<String, VecDeque<&String>> = BTreeMap::new();
    for path in known.keys().filter(|path| !paths.contains_key(*path)) {
        gone.entry(path_shape(path)).or_default().push_back(path);
    }
    let new = paths.keys().filter(|path| !known.contains_key(*path));
    let called: Vec<(String, &String)> =
        new.filter_map(|path| Some((path.clone(), gone.get_mut(&path_shape(path))?.pop_front()?))).collect();
    if called.is_empty() {
        return;
    }
    let Some(paths) = head.to_mut().get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, old) in called {
        let Some(mut item) = paths.shift_remove(&path) else { continue };
        let bare = |segment: &str| segment.trim_matches(['{', '}']).to_owned();
        let names: Vec<(String, String)> =
            path.split('/').zip(old.split('/')).map(|(new, old)| (bare(new), bare(old))).collect();
        for method in METHODS {
            let parameters = item.get_mut(method).and_then(|operation| operation.get_mut("parameters"));
            for parameter in parameters.and_then(Value::as_array_mut).into_iter().flatten() {
                let old = names.iter().find(|(new, _)| parameter["name"] == new.as_str());
                if let Some((_, old)) = old.filter(|_| parameter["in"] == "path") {
                    parameter["name"] = old.as_str().into();
                }
            }
        }
        paths.insert(old.clone(), item);
    }
}

/// Applies to the first value the changes from the second to the third.
fn merge(client: Option<&Value>, base: Option<&Value>, head: Option<&Value>) -> Option<Value> {
    if base == head {
        return client.cloned();
    }
    if client == base {
        return head.cloned();
    }
    match (client, base, head) {
        (Some(Value::Object(client)), Some(Value::Object(base)), Some(Value::Object(head))) => {
            if is_reference(base) != is_reference(head) && kind(&composed(base)) == kind(&composed(head)) {
                let [client, base, head] = [client, base, head].map(|schema| composed(schema).into());
                return merge(Some(&client), Some(&base), Some(&head));
            }
            // A schema of another kind has nothing in common with what it was.
            if kind(base) != kind(head) {
                return Some(head.clone().into());
            }
            let differs = |keyword: &&str| base.get(*keyword) != head.get(*keyword) && !client.contains_key(*keyword);
            if kind(client) != kind(base) && STRUCTURE.iter().any(differs) {
                // A correction replaced it: by a schema with a name, which no longer holds, or by something that has
                // nothing to do with the detail that changed.
                let is_named = client.contains_key("$ref") || client.contains_key("allOf");
                return Some(if is_named { head.clone().into() } else { client.clone().into() });
            }
            Some(merge_objects(client, base, head).into())
        }
        (Some(Value::Array(client)), Some(Value::Array(base)), Some(Value::Array(head))) => {
            merge_lists(client, base, head).map(Value::Array)
        }
        // A correction took it out, so that the client knows nothing of it.
        (None, Some(Value::Object(_)), Some(Value::Object(_))) => None,
        (None, Some(Value::Array(base)), Some(Value::Array(head))) if base.iter().all(|value| head.contains(value)) => {
            None
        }
        _ => head.cloned(),
    }
}

fn merge_objects(
    client: &Map<String, Value>,
    base: &Map<String, Value>,
    head: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = Map::new();
    let new = head.keys().filter(|key| !client.contains_key(*key));
    for key in client.keys().chain(new) {
        let value =
            match (client.get(key), base.get(key).and_then(Value::as_f64), head.get(key).and_then(Value::as_f64)) {
                // A correction took a bound out: only a stricter one matters.
                (None, Some(before), Some(after)) if is_looser(key, before, after) => None,
                (value, ..) => merge(value, base.get(key), head.get(key)),
            };
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    merged
}

fn is_looser(bound: &str, before: f64, after: f64) -> bool {
    if bound.to_lowercase().contains("min") { after <= before } else { after >= before }
}

/// Lists of names and values are sets, and parameters are told apart by place and name. Other lists are taken as a whole.
fn merge_lists(client: &[Value], base: &[Value], head: &[Value]) -> Option<Vec<Value>> {
    let all = || client.iter().chain(base).chain(head);
    if all().all(|value| !value.is_object() && !value.is_array()) {
        let kept = client.iter().filter(|value| head.contains(value) || !base.contains(value));
        let new = head.iter().filter(|value| !base.contains(value) && !client.contains(value));
        return Some(kept.chain(new).cloned().collect());
    }
    let key = |value: &Value| Some((value.get("in")?.as_str()?.to_owned(), value.get("name")?.as_str()?.to_owned()));
    if all().any(|value| key(value).is_none()) {
        return Some(head.to_vec());
    }
    let find = |list: &'_ [Value], wanted: &Value| list.iter().find(|value| key(value) == key(wanted)).cloned();
    let new = head.iter().filter(|value| find(client, value).is_none());
    let merged = client.iter().chain(new).filter_map(|value| {
        let [client, base, head] = [client, base, head].map(|list| find(list, value));
        merge(client.as_ref(), base.as_ref(), head.as_ref())
    });
    Some(merged.collect())
}

/// Keywords about the structure of a schema.
const STRUCTURE: [&str; 6] = ["oneOf", "anyOf", "allOf", "items", "properties", "additionalProperties"];

/// Returns what kind of schema an object is, if it is one: its type, and what it refers to.
fn kind(object: &Map<String, Value>) -> (Option<&str>, Option<&str>, Option<&str>, [bool; 2]) {
    let text = |keyword: &str| object.get(keyword).and_then(Value::as_str);
    let reference = object.get("allOf").and_then(|all| all[0]["$ref"].as_str());
    let is_list = |keyword: &str| object.get(keyword).is_some_and(Value::is_array);
    (text("type"), text("$ref"), reference, [is_list("oneOf"), is_list("anyOf")])
}

fn is_reference(schema: &Map<String, Value>) -> bool {
    schema.contains_key("$ref")
}

/// Spells a reference as an `allOf`, as it is spelled where something else is said beside it.
fn composed(schema: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = schema.clone();
    if let Some(reference) = schema.shift_remove("$ref") {
        schema.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The schema `S`, as HEAD's server is believed to have it.
    fn schema(client: Value, base: Value, head: Value) -> Value {
        let document = |schema: Value| json!({"components": {"schemas": {"S": schema}}});
        let (client, base) = (document(client), document(base));
        let believed = believed(&client, &base, Cow::Owned(document(head)), Client::DECLARED);
        believed["components"]["schemas"]["S"].clone()
    }

    #[test]
    fn what_did_not_change_is_as_the_client_has_it() {
        let client = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
        assert_eq!(schema(client.clone(), json!({"type": "object"}), json!({"type": "object"})), client);
    }

    #[test]
    fn what_changed_is_as_head_declares_it() {
        let object = |kind: &str, required: Value| {
            json!({"type": "object", "required": required, "properties": {
                "a": {"type": kind}, "b": {"type": "string"},
            }})
        };
        assert_eq!(
            schema(
                object("integer", json!(["b"])),
                object("number", json!(["a", "b"])),
                object("string", json!(["b"]))
            ),
            object("string", json!(["b"]))
        );
        let open = json!({"$ref": "#/components/schemas/Json"});
        let list = json!({"type": "array", "items": {"type": "string"}});
        let wrapped = object("string", json!([]));
        assert_eq!(schema(list, open, wrapped.clone()), wrapped);
    }

    #[test]
    fn what_a_correction_took_out_stays_out() {
        let number = json!({"type": "integer"});
        let of = |values: Value| json!({"type": "integer", "enum": values, "maximum": 5});
        assert_eq!(schema(number.clone(), of(json!([1, 2])), of(json!([1, 2, 3]))), number);
        assert_eq!(schema(number, of(json!([1, 2])), of(json!([1]))), json!({"type": "integer", "enum": [1]}));
    }

    #[test]
    fn what_is_said_beside_a_reference_changes_nothing_else() {
        let client = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let reference = json!({"$ref": "#/components/schemas/Json"});
        let noted = json!({"allOf": [reference], "writeOnly": true});
        let with_note = json!({"type": "object", "additionalProperties": {"type": "string"}, "writeOnly": true});
        assert_eq!(schema(client, reference.clone(), noted.clone()), with_note);
        assert_eq!(schema(reference.clone(), reference, noted.clone()), noted);
    }

    #[test]
    fn names_are_those_of_base() {
        let document = |path: &str, value: &str, schema: &str| {
            json!({
                "paths": {path: {"get": {
                    "parameters": [{"in": "path", "name": value}],
                    "answer": {"$ref": format!("#/components/schemas/{schema}")},
                }}},
                "components": {"schemas": {schema: {"properties": {"a": {}, "b": {}}}}},
            })
        };
        let (base, head) = (document("/x/{id}", "id", "Old"), document("/x/{key}", "key", "New"));
        let mut client = base.clone();
        client["components"]["schemas"]["Old"]["required"] = json!(["a"]);
        assert_eq!(*believed(&client, &base, Cow::Owned(head), Client::DECLARED), client);
    }
}
