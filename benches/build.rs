//! Generates the client of the program `plain` as progenitor generates it by itself: of the operations that the benchmark
//! calls, from the same document.

use std::{collections::BTreeSet, env, error::Error, fs, path::Path};

use openapi_document::{METHODS, reachable, schema_refs};
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

const DOCUMENT: &str = "../openapi/waha.json";

const OPERATIONS: [&str; 5] = [
    "chats_list_messages",
    "chatting_send_file",
    "chatting_send_text",
    "contacts_get_profile_picture",
    "contacts_list",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(DOCUMENT)?)?;
    keep_operations(&mut document);
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder);
    let code = Generator::new(&settings).generate_tokens(&serde_json::from_value::<openapiv3::OpenAPI>(document)?)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("plain.rs"), code.to_string())?;
    Ok(())
}

/// Removes all other operations, and what nothing refers to any more.
fn keep_operations(document: &mut Value) {
    let is_kept = |operation: &Value| OPERATIONS.iter().any(|id| operation["operationId"] == *id);
    if let Some(paths) = document["paths"].as_object_mut() {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.retain(|key, value| !METHODS.contains(&key.as_str()) || is_kept(value));
        }
        paths.retain(|_, item| item.as_object().is_some_and(|item| item.values().any(is_kept)));
    }
    let roots: Vec<String> = schema_refs(&document["paths"]).into_iter().map(str::to_owned).collect();
    let used: BTreeSet<String> = reachable(document, roots);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}
