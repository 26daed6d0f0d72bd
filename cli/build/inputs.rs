//! The inputs of an operation: its parameters, and the properties of its body.

use serde_json::Value;
use waha_codegen::secrets;

use crate::{kebab, reflowed, requires, resolved};

/// The flags that every command has, which no input may be called.
const RESERVED: [&str; 13] = [
    "body", "dry-run", "help", "out", "output", "profile", "query", "quiet", "server", "session", "timeout", "verbose",
    "version",
];

/// Writes the inputs as code, without the session, and without the size of a page for what is read page by page.
pub fn read(document: &Value, operation: &Value, is_paged: bool) -> Result<Vec<String>, String> {
    let mut inputs = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().ok_or("a parameter has no name")?;
        let place = match parameter["in"].as_str() {
            Some("path") => "Path",
            Some("query") => "Query",
            other => return Err(format!("the parameter {name} stands in {other:?}, which no command can fill")),
        };
        if name == "session" || (is_paged && name == "limit") {
            continue;
        }
        inputs.push(input(document, name, place, parameter, &parameter["schema"], parameter["required"] == true));
    }
    let body = resolved(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    let session = operation["x-session"].as_str().unwrap_or("session");
    for (name, property) in body["properties"].as_object().into_iter().flatten() {
        if name != session && !(is_paged && name == "limit") {
            inputs.push(input(document, name, "Body", property, property, requires(body, name)));
        }
    }
    if let Some(kind) = file(document, body) {
        let help = body["description"].as_str().unwrap_or_default();
        inputs.push(code("", "file", "WholeBody", &kind, false, help, true, None, &[], false));
    }
    Ok(inputs)
}

fn input(document: &Value, name: &str, place: &str, object: &Value, schema: &Value, is_required: bool) -> String {
    let own = resolved(document, schema);
    let is_list = own["type"] == "array";
    let item = if is_list { resolved(document, &own["items"]) } else { own };
    let kind = match kind(document, item) {
        // A request reads one file while it is sent; several are given as JSON.
        kind if is_list && kind.starts_with("File") => "Json".to_owned(),
        kind => kind,
    };
    let id = object["x-id"].as_str().or_else(|| schema["items"]["x-id"].as_str());
    // A list of objects that are nothing but an id: `{ "id": "…" }`.
    let id = if kind == "Reference" { item["properties"]["id"]["x-id"].as_str() } else { id };
    let choices = item["enum"].as_array().into_iter().flatten();
    let choices: Vec<_> =
        choices.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect();
    let flag = match kebab(name) {
        flag if RESERVED.contains(&flag.as_str()) => format!("{flag}-value"),
        flag => flag,
    };
    let help = object["description"].as_str().or_else(|| own["description"].as_str()).unwrap_or_default();
    let is_secret = secrets::is_secret(object);
    code(name, &flag, place, &kind, is_list, help, is_required, id, &choices, is_secret)
}

#[expect(clippy::too_many_arguments, reason = "they are the fields of what it writes")]
fn code(
    name: &str,
    flag: &str,
    place: &str,
    kind: &str,
    is_list: bool,
    help: &str,
    is_required: bool,
    id: Option<&str>,
    choices: &[String],
    is_secret: bool,
) -> String {
    let help = reflowed(help);
    let id = id.map_or_else(|| "None".to_owned(), |id| format!("Some(Id::{})", id.replace("Id", "")));
    format!(
        "Input {{ name: {name:?}, flag: {flag:?}, place: Place::{place}, kind: Kind::{kind}, is_list: {is_list}, \
         help: {help:?}, is_required: {is_required}, id: {id}, choices: &{choices:?}, is_secret: {is_secret} }}"
    )
}

fn kind(document: &Value, schema: &Value) -> String {
    if let Some(kind) = file(document, schema) {
        return kind;
    }
    let properties = schema["properties"].as_object();
    let is_reference = properties.is_some_and(|properties| properties.len() == 1 && properties.contains_key("id"));
    match schema["type"].as_str() {
        Some("string") => "Text",
        Some("integer") => "Integer",
        Some("number") => "Number",
        Some("boolean") => "Boolean",
        _ if is_reference => "Reference",
        _ => "Json",
    }
    .to_owned()
}

/// A file is given by its address or by its bytes in base64; in some places it also has a name.
fn file(document: &Value, schema: &Value) -> Option<String> {
    let variants = schema["oneOf"].as_array()?;
    let bytes = variants.iter().map(|variant| resolved(document, variant));
    let bytes = bytes.map(|variant| &variant["properties"]).find(|it| it["data"]["format"] == "byte")?;
    Some(format!("File {{ is_named: {} }}", bytes["filename"].is_object()))
}
