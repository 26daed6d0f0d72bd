//! The document as the generator wants it: what is true for a reader of the document and not for the generated client
//! is changed here, in memory. The document itself is never touched.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    document::{for_each_operation, for_each_schema, schema_name, schema_refs, schemas, sent_by_server},
    operation::{chosen_media_type, is_base64},
    rustdoc,
};

/// The schema of open JSON, which becomes `waha::Json`.
pub const JSON: &str = "Json";

/// The schema of session names, which becomes `waha::SessionName`.
pub const SESSION_NAME: &str = "SessionName";

/// The schemas of errors, which become types of `waha` by the same names: they are read member by member, so that an odd one
/// does not lose the others.
pub const ERRORS: [&str; 2] = ["ErrorBody", "ErrorException"];

/// What [`prepare`] makes of a document.
pub struct Prepared {
    /// The document for the generator.
    pub document: Value,
    /// Open enums: the schema's name, its description, the known values.
    pub open_enums: BTreeMap<String, OpenEnum>,
    /// Files that go to the server: the schema's name, what it may say.
    pub files: BTreeMap<String, FileKind>,
}

/// A file that goes to the server, by its address or with its content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// With its media type and its name: `waha::Media`.
    Named,
    /// And nothing else: `waha::media::Content`.
    Bare,
}

/// An enum that the server may extend.
pub struct OpenEnum {
    /// Documentation of the schema.
    pub description: String,
    /// The values known today.
    pub values: Vec<String>,
}

/// Prepares a document.
pub fn prepare(document: &Value) -> Prepared {
    let mut document = document.clone();
    let sent = sent_by_server(&document);
    let open_enums = open_enums(&mut document);
    let files = files(&mut document);
    for name in ERRORS {
        if let Some(schema) = schemas(&mut document).get_mut(name) {
            *schema = json!({ "type": "object" });
        }
    }
    let has_session_names = schemas(&mut document).contains_key(SESSION_NAME);
    for_each_schema(&mut document, &mut |schema, place| {
        let component = place.component();
        let is_sent = component.map_or(place.pointer.contains("/responses/"), |name| sent.contains(name));
        documentation_is_safe(schema);
        leave_to_the_server(schema);
        references_stay_references(schema);
        optional_is_nullable(schema);
        if is_sent {
            constants_are_strings(schema);
        } else if has_session_names {
            sessions_have_names(schema);
        }
    });
    for_each_operation(&mut document, |_, _, operation| {
        undocumented(operation);
        one_media_type(operation);
    });
    // It would document the generated client, which nobody sees.
    if let Some(Value::Object(info)) = document.get_mut("info") {
        info.shift_remove("description");
    }
    Prepared { document, open_enums, files }
}

/// Takes the known values of the open enums; a plain string schema stays, for which the generator uses our type.
fn open_enums(document: &mut Value) -> BTreeMap<String, OpenEnum> {
    let mut found = BTreeMap::new();
    for (name, schema) in schemas(document) {
        let Some(Value::Array(values)) =
            schema.as_object_mut().and_then(|schema| schema.shift_remove("x-extensible-enum"))
        else {
            continue;
        };
        let description = rustdoc::text(schema["description"].as_str().unwrap_or_default());
        let values = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        found.insert(name.clone(), OpenEnum { description, values });
    }
    found
}

/// Takes what the files consist of; a plain object stays, for which the generator uses our types.
fn files(document: &mut Value) -> BTreeMap<String, FileKind> {
    let schemas = schemas(document);
    let found: BTreeMap<_, _> =
        schemas.iter().filter_map(|(name, schema)| Some((name.clone(), file(schemas, schema)?))).collect();
    let mut parts = Vec::new();
    for name in found.keys() {
        let description = schemas[name]["description"].take();
        let schema = json!({ "type": "object", "description": description });
        parts.extend(schemas.insert(name.clone(), schema).iter().flat_map(schema_refs).map(str::to_owned));
    }
    // They would be types that nothing takes.
    for part in parts {
        if !schema_refs(document).contains(&part.as_str()) {
            self::schemas(document).shift_remove(&part);
        }
    }
    found
}

/// A schema is that of a file if it is either one with a `url` or one with `data` in base64.
fn file(schemas: &Map<String, Value>, schema: &Value) -> Option<FileKind> {
    let [remote, content] = schema["oneOf"].as_array()?.as_slice() else { return None };
    let resolve = |part: &Value| schemas.get(schema_name(part["$ref"].as_str()?)?)?["properties"].as_object();
    let (remote, content) = (resolve(remote)?, resolve(content)?);
    let is_file = remote.contains_key("url") && content.get("data").is_some_and(is_base64);
    is_file.then(|| if content.contains_key("mimetype") { FileKind::Named } else { FileKind::Bare })
}

/// What a schema says becomes the documentation of a type or a field.
fn documentation_is_safe(schema: &mut Map<String, Value>) {
    for keyword in ["title", "description"] {
        if let Some(Value::String(text)) = schema.get_mut(keyword) {
            *text = rustdoc::text(text);
        }
    }
}

/// The generated functions are private: the templates document what people use.
fn undocumented(operation: &mut Map<String, Value>) {
    for keyword in ["summary", "description"] {
        operation.shift_remove(keyword);
    }
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(parameter) = parameter {
            parameter.shift_remove("description");
        }
    }
    if let Some(Value::Object(body)) = operation.get_mut("requestBody") {
        body.shift_remove("description");
    }
}

/// Defaults are the server's to fill in, and bounds are its to judge: it knows them better than a client that was
/// generated last year. A format other than a number's width would ask for types that reject what is merely unusual.
fn leave_to_the_server(schema: &mut Map<String, Value>) {
    for keyword in
        ["default", "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"]
    {
        schema.shift_remove(keyword);
    }
    if schema.get("type") == Some(&json!("string")) && schema.get("format") != Some(&json!("binary")) {
        schema.shift_remove("format");
    }
}

/// A type beside a reference says nothing new, and the generator would make another type of the two.
fn references_stay_references(schema: &mut Map<String, Value>) {
    if schema.get("allOf").is_some_and(|all| all[0].get("$ref").is_some()) {
        schema.shift_remove("type");
    }
}

/// What may be absent may be null: the server does either, and an optional list could otherwise not be sent empty.
fn optional_is_nullable(schema: &mut Map<String, Value>) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for (name, property) in properties {
        if required.iter().any(|required| required == name) {
            continue;
        }
        let Value::Object(property) = property else {
            continue;
        };
        if let Some(reference) = property.shift_remove("$ref") {
            property.insert("allOf".into(), json!([{ "$ref": reference }]));
        }
        property.insert("nullable".into(), true.into());
    }
}

/// What goes to the server as the name of a session is checked as one.
fn sessions_have_names(schema: &mut Map<String, Value>) {
    let session = schema.get_mut("properties").and_then(|properties| properties.get_mut("session"));
    if let Some(Value::Object(session)) = session {
        session.shift_remove("type");
        session.insert("allOf".into(), json!([{ "$ref": format!("#/components/schemas/{SESSION_NAME}") }]));
    }
}

/// A constant that the server sends is read as the string it is: a type with one value helps nobody.
fn constants_are_strings(schema: &mut Map<String, Value>) {
    if schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.len() == 1 && values[0].is_string()) {
        schema.shift_remove("enum");
    }
}

/// One media type is read, and `wire.rs` hands bare text to the generated client as JSON.
fn one_media_type(operation: &mut Map<String, Value>) {
    let content = operation.get_mut("responses").and_then(|responses| responses["2XX"].get_mut("content"));
    let Some(content) = content else { return };
    let Some(media_type) = chosen_media_type(content).map(str::to_owned) else { return };
    let chosen = content[&media_type].take();
    let is_text = media_type.starts_with("text/") && chosen["schema"]["format"] != "binary";
    *content = json!({ if is_text { "application/json".to_owned() } else { media_type }: chosen });
}
