//! Writes the tables that the commands are made of: the operations of the document, and a sample of each event.

#[path = "build/inputs.rs"]
mod inputs;
#[path = "build/samples.rs"]
mod samples;

use std::{env, error::Error, fmt::Write, fs, path::Path};

use serde_json::Value;
use waha_codegen::{
    Answer, Paging,
    document::{self, schema_name},
    secrets,
};

const DOCUMENT: &str = "openapi/waha.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={DOCUMENT}");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=build.rs");
    let text = fs::read_to_string(DOCUMENT)?;
    let document: Value = serde_json::from_str(&text).map_err(|error| {
        // Without symbolic links, Git writes a file that contains the path.
        format!("cli/{DOCUMENT} must be a symbolic link to the document (git config core.symlinks true): {error}")
    })?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("table.rs"), table(&document)?)?;
    fs::write(Path::new(&out).join("samples.rs"), samples::write(&document)?)?;
    Ok(())
}

/// Follows references, also those beside which something is said.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    match reference.and_then(schema_name) {
        Some(name) => resolved(document, &document["components"]["schemas"][name]),
        None => schema,
    }
}

fn requires(schema: &Value, property: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == property))
}

fn table(document: &Value) -> Result<String, Box<dyn Error>> {
    let mut code =
        format!("pub static RELEASE: &str = {:?};\n", document["info"]["version"].as_str().unwrap_or_default());
    code.push_str("pub static RESOURCES: &[Resource] = &[\n");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let resource = tag["name"].as_str().unwrap_or_default();
        let about = tag["description"].as_str().unwrap_or_default();
        let mut operations = String::new();
        for operation in document::operations(document).filter(|operation| operation.tag() == resource) {
            write_operation(&mut operations, document, resource, &operation)?;
        }
        if !operations.is_empty() {
            writeln!(
                code,
                "Resource {{ name: {:?}, about: {about:?}, operations: &[\n{operations}] }},",
                kebab(resource)
            )?;
        }
    }
    code.push_str("];\n");
    Ok(code)
}

fn write_operation(
    code: &mut String,
    document: &Value,
    resource: &str,
    operation: &document::Operation<'_>,
) -> Result<(), Box<dyn Error>> {
    let (id, object) = (operation.id(), operation.value);
    let action = id.strip_prefix(resource).and_then(|rest| rest.strip_prefix('_'));
    let action = action.ok_or_else(|| format!("{}: `{id}` is not `{resource}_<action>`", operation.label()))?;
    let request = &object["requestBody"];
    let schema = &request["content"]["application/json"]["schema"];
    let content = &object["responses"]["2XX"]["content"];
    let method = operation.method.to_uppercase();
    let body = match (schema.is_null(), request["required"] == true) {
        (true, _) => "None",
        (false, true) => "Required",
        (false, false) => "Optional",
    };
    let paging = paging(document, object);
    let text = |keyword: &str| object[keyword].as_str().unwrap_or_default().to_owned();
    writeln!(
        code,
        "Operation {{ id: {id:?}, action: {:?}, method: {method:?}, path: {:?}, summary: {:?}, description: {:?}, \
         since: {:?}, is_deprecated: {}, is_repeatable: {}, answer: Answer::{}, paging: {}, session: {}, \
         body: Body::{body}, secrets: {}, inputs: &[",
        kebab(action),
        operation.path,
        text("summary"),
        reflowed(&text("description")),
        object["x-since"].as_str(),
        object["deprecated"] == true,
        object["x-repeatable"].as_bool().unwrap_or(method != "POST"),
        answer(content),
        paging,
        session(document, object),
        places(&secrets::places(document, schema)),
    )?;
    for input in inputs::read(document, object, paging != "None")? {
        writeln!(code, "{input},")?;
    }
    code.push_str("] },\n");
    Ok(())
}

fn places(places: &[Vec<String>]) -> String {
    let places: Vec<_> = places.iter().map(|steps| format!("&{steps:?}")).collect();
    format!("&[{}]", places.join(", "))
}

/// What a success carries, as the library sees it.
fn answer(content: &Value) -> &'static str {
    match waha_codegen::answer(content) {
        Answer::Nothing => "Nothing",
        Answer::Json => "Json",
        Answer::Text => "Text",
        Answer::Bytes => "Bytes",
    }
}

/// How the operation goes through a list, as the library sees it.
fn paging(document: &Value, operation: &Value) -> String {
    match waha_codegen::paging(document, operation) {
        Some(Paging::Offset) => "Some(Paging::Offset)".to_owned(),
        Some(Paging::OffsetIn { property }) => format!("Some(Paging::OffsetIn({property:?}))"),
        Some(Paging::Cursor { items, .. }) => format!("Some(Paging::Cursor {{ items: {items:?} }})"),
        None => "None".to_owned(),
    }
}

/// Where the name of the session stands. A body in which it is merely a property, such as the session that a key is
/// bound to, has it only if somebody asks for it.
fn session(document: &Value, operation: &Value) -> String {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    if let Some(parameter) = parameters.rfind(|parameter| parameter["name"] == "session") {
        let place = if parameter["in"] == "path" { "Path" } else { "Query" };
        return format!("Session::{place}");
    }
    let body = resolved(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    match operation["x-session"].as_str() {
        Some(property) => format!("Session::Body({property:?})"),
        None if requires(body, "session") || body["properties"]["session"]["default"].is_string() => {
            "Session::Body(\"session\")".to_owned()
        }
        None if body["properties"]["session"].is_object() => "Session::IfGiven".to_owned(),
        None => "Session::None".to_owned(),
    }
}

/// Joins the lines of a paragraph, so that a terminal breaks them where it is wide enough. Items of a list stay on
/// lines of their own.
fn reflowed(text: &str) -> String {
    let mut flowed = String::new();
    for line in text.lines().map(str::trim) {
        let begins = line.is_empty() || line.starts_with("- ") || line.starts_with("* ") || line.starts_with('|');
        let separator = match flowed.chars().last() {
            None => "",
            Some('\n') => "",
            Some(_) if begins => "\n",
            Some(_) => " ",
        };
        flowed.push_str(separator);
        flowed.push_str(line);
        if line.is_empty() {
            flowed.push('\n');
        }
    }
    flowed
}

/// `listMessages`, `list_messages` and `list.messages` as a word of a command line: `list-messages`.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    let mut before = '-';
    for letter in name.chars() {
        let is_boundary = letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit());
        if is_boundary {
            word.push('-');
        }
        match letter {
            '_' | '.' | ' ' => word.push('-'),
            _ => word.extend(letter.to_lowercase()),
        }
        before = letter;
    }
    word
}
