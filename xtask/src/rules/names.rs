//! Rules for names of schemas, resources and operations.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Value, json};

use super::Rule;
use crate::document::{for_each_operation, for_each_ref, operations, schema_name, schemas};

pub(super) const SCHEMA_NAMES: Rule = Rule {
    name: "schema-names",
    purpose: "schemas have the names of names.toml, without `WAHA`, `WA` and `DTO`, and hide no name of Rust's prelude",
    apply: |doc, names| {
        let declared: BTreeSet<String> = schemas(doc).keys().cloned().collect();
        let renamed = new_schema_names(&declared, names);
        let schemas = schemas(doc);
        *schemas = std::mem::take(schemas)
            .into_iter()
            .map(|(name, schema)| (renamed.get(&name).cloned().unwrap_or(name), schema))
            .collect();
        for_each_ref(doc, &mut |reference| {
            if let Some(new) = schema_name(reference).and_then(|name| renamed.get(name)) {
                *reference = format!("#/components/schemas/{new}");
            }
        });
        renamed.len()
    },
};

/// Returns the schemas that get another name, with that name.
pub fn new_schema_names(declared: &BTreeSet<String>, names: &crate::names::Names) -> BTreeMap<String, String> {
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let mut given: BTreeSet<String> = BTreeSet::new();
    for (old, new) in names.schemas.iter().filter(|(old, _)| declared.contains(*old)) {
        if given.insert(new.clone()) {
            renamed.insert(old.clone(), new.clone());
        }
    }
    // What has a name that is given to another moves aside: the overlays speak of the other.
    for old in declared {
        if !renamed.contains_key(old) && given.contains(old) {
            let free = |name: &String| !declared.contains(name) && !given.contains(name);
            let aside = (2..).map(|n| format!("{old}{n}")).find(free).expect("there are numbers enough");
            given.insert(aside.clone());
            renamed.insert(old.clone(), aside);
        }
    }
    for old in declared {
        let new = plain_name(old);
        if !renamed.contains_key(old) && !declared.contains(&new) && given.insert(new.clone()) {
            renamed.insert(old.clone(), new);
        }
    }
    renamed.retain(|old, new| old != new);
    renamed
}

/// Names that no schema may have: those of Rust's prelude that generated code uses, and a keyword.
pub const PRELUDE: [&str; 11] =
    ["Result", "Option", "Some", "None", "Ok", "Err", "Vec", "String", "Box", "Default", "Self"];

/// Returns a schema's name without `WAHA`, `WA` and `DTO`.
fn plain_name(name: &str) -> String {
    let mut plain = name.strip_suffix("DTO").unwrap_or(name);
    for prefix in ["WAHA", "WA"] {
        match plain.strip_prefix(prefix) {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_uppercase()) => {
                plain = rest;
                break;
            }
            _ => {}
        }
    }
    match plain {
        "" => name.to_owned(),
        plain if PRELUDE.contains(&plain) => format!("{plain}Body"),
        plain => plain.to_owned(),
    }
}

pub(super) const OPERATION_IDS: Rule = Rule {
    name: "operation-ids",
    purpose: "an operation is `<resource>_<action>`, and its one tag is the resource; upstream's own name stays as `x-alias`",
    apply: |doc, names| {
        let mut count = 0;
        for_each_operation(doc, |path, method, operation| {
            let declared = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let declared = declared.as_str();
            let tag = operation.get("tags").and_then(|tags| tags[0].as_str()).unwrap_or_default().to_snake_case();
            let tag = tag.trim_matches('_').replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "");
            let tag = tag.trim_matches('_').to_owned();
            let (resource, action) = match declared.split_once("Controller_") {
                Some((controller, action)) => (resource(&controller.to_snake_case(), &tag, names), action.to_owned()),
                // Not one of the server's controllers: already as we name it, or nothing to go by.
                None if declared.strip_prefix(tag.as_str()).is_some_and(|rest| rest.starts_with('_')) => {
                    return;
                }
                None if declared.is_empty() => {
                    (first_segment(path, &tag), format!("{method}{}", path.replace(['/', '{', '}'], "_")))
                }
                None => (first_segment(path, &tag), declared.to_owned()),
            };
            let id = format!("{resource}_{}", plain_action(&action));
            if let Some((_, action)) = declared.split_once("Controller_") {
                operation.insert("x-alias".into(), action.into());
            }
            operation.insert("operationId".into(), id.into());
            operation.insert("tags".into(), json!([resource]));
            count += 1;
        });
        count
    },
};

pub(super) const SETTLED_IDS: Rule = Rule {
    name: "settled-ids",
    purpose: "the derived id of an operation without an overlay is a valid method, and different from all others",
    apply: |doc, _| {
        let is_curated = |operation: &Value| operation.get("summary").is_some();
        let curated = operations(doc).filter(|operation| is_curated(operation.value));
        let mut taken: BTreeSet<String> = curated.map(|operation| operation.id().to_upper_camel_case()).collect();
        let mut count = 0;
        for_each_operation(doc, |_, method, operation| {
            if operation.contains_key("summary") {
                return;
            }
            let declared = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let resource = operation.get("tags").and_then(|tags| tags[0].as_str()).unwrap_or_default();
            let action = declared.strip_prefix(resource).and_then(|rest| rest.strip_prefix('_'));
            let base = match action {
                // A keyword, a number, or no word at all.
                Some(action) if syn::parse_str::<syn::Ident>(action).is_err() => {
                    format!("{resource}_{method}_{action}").trim_end_matches('_').to_owned()
                }
                _ => declared.clone(),
            };
            let mut id = base.clone();
            let mut n = 2;
            while !taken.insert(id.to_upper_camel_case()) {
                id = format!("{base}_{n}");
                n += 1;
            }
            if id != declared {
                operation.insert("operationId".into(), id.into());
                count += 1;
            }
        });
        count
    },
};

/// Returns the resource of a controller: that of names.toml, else the tag that the controller's name begins with, else the
/// controller itself.
fn resource(controller: &str, tag: &str, names: &crate::names::Names) -> String {
    if let Some(resource) = names.resources.get(controller) {
        return resource.clone();
    }
    let within_tag = controller.strip_prefix(tag).is_some_and(|rest| rest.starts_with('_')) && !tag.is_empty();
    if within_tag { tag.to_owned() } else { controller.to_owned() }
}

/// Returns the resource of an operation that names no controller.
fn first_segment(path: &str, tag: &str) -> String {
    if !tag.is_empty() {
        return tag.to_owned();
    }
    let segment = path.split('/').find(|segment| !segment.is_empty() && *segment != "api" && !segment.starts_with('{'));
    segment.unwrap_or("root").to_snake_case()
}

/// Returns an action in snake case, with a word that means "deprecated" at its end.
fn plain_action(action: &str) -> String {
    let words: Vec<_> = action.split('_').filter(|word| !word.is_empty()).collect();
    let is_mark = |word: &&str| matches!(word.to_ascii_uppercase().as_str(), "DEPRECATED" | "DEPRACATED");
    let plain: Vec<_> = words.iter().filter(|word| !is_mark(word)).map(|word| word.to_snake_case()).collect();
    let mut plain = plain.join("_");
    if words.iter().any(is_mark) {
        plain.push_str("_deprecated");
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        names::Names,
        rules::testing::{run, run_with},
    };

    #[test]
    fn schema_names() {
        let names = Names { schemas: [("Result".into(), "Success".into())].into(), ..Names::default() };
        let mut doc = json!({ "components": { "schemas": {
            "WAMessage": { "items": { "$ref": "#/components/schemas/WAHAEnvironment" } },
            "WAHAEnvironment": {}, "ApiKeyDTO": {}, "Result": {}, "Warning": {}, "WALabel": {}, "Label": {},
        } } });
        run_with(&SCHEMA_NAMES, &mut doc, &names, 4);
        assert_eq!(
            doc["components"]["schemas"].as_object().unwrap().keys().collect::<Vec<_>>(),
            // `WALabel` would take the name of another schema, and keeps its own.
            ["Message", "Environment", "ApiKey", "Success", "Warning", "WALabel", "Label"]
        );
        assert_eq!(doc["components"]["schemas"]["Message"]["items"]["$ref"], "#/components/schemas/Environment");
        let doc = run(&SCHEMA_NAMES, json!({ "components": { "schemas": { "Result": {} } } }), 1);
        assert_eq!(doc["components"]["schemas"], json!({ "ResultBody": {} }));
    }

    #[test]
    fn a_name_that_is_given_to_another_is_free_for_it() {
        let names = Names { schemas: [("WAMessage".into(), "Message".into())].into(), ..Names::default() };
        let mut doc = json!({ "components": { "schemas": {
            "Message": { "type": "string" },
            "WAMessage": { "type": "object" },
            "Other": { "items": { "$ref": "#/components/schemas/Message" } },
        } } });
        run_with(&SCHEMA_NAMES, &mut doc, &names, 2);
        assert_eq!(
            doc["components"]["schemas"],
            json!({
                "Message2": { "type": "string" },
                "Message": { "type": "object" },
                "Other": { "items": { "$ref": "#/components/schemas/Message2" } },
            })
        );
    }

    #[test]
    fn settled_ids() {
        let operation = |id: &str, resource: &str| json!({ "operationId": id, "tags": [resource] });
        let mut curated = operation("contacts_list", "contacts");
        curated["summary"] = json!("List the contacts");
        let doc = json!({ "paths": {
            "/a": { "get": operation("contacts_list", "contacts"), "put": curated },
            "/b": { "post": operation("chats_move", "chats"), "get": operation("chats_2fa", "chats") },
            "/c": { "get": operation("things_get", "things"), "put": operation("things_get", "things") },
            "/d": { "get": operation("things_get2", "things"), "delete": operation("things_", "things") },
        } });
        let doc = run(&SETTLED_IDS, doc, 6);
        let ids: Vec<_> = operations(&doc).map(|operation| operation.id().to_owned()).collect();
        assert_eq!(
            ids,
            [
                "contacts_list_2",
                "contacts_list",
                "chats_get_2fa",
                "chats_post_move",
                "things_get",
                "things_get_2",
                "things_get2_2",
                "things_delete",
            ]
        );
    }

    #[test]
    fn operation_ids() {
        let operation = |id: &str, tag: &str| json!({ "operationId": id, "tags": [tag] });
        let names = Names { resources: [("ping".into(), "observability".into())].into(), ..Names::default() };
        let mut doc = json!({ "paths": {
            "/a": { "get": operation("AuthController_getQR", "📱 Pairing"), "put": operation("SessionsController_DEPRACATED_start", "🖥️ Sessions") },
            "/b": { "get": operation("ContactsSessionController_get", "👤 Contacts"), "put": operation("ContactsController_get", "👤 Contacts") },
            "/c": { "get": operation("PingController_ping", "🔍 Observability"), "put": operation("BrazilianPhoneNumbersController_db", "🧩 Apps: Phone Numbers: Brazil") },
            "/api/{session}/d": { "get": {}, "put": operation("doIt", "") },
        } });
        run_with(&OPERATION_IDS, &mut doc, &names, 8);
        let ids: Vec<_> = crate::document::operations(&doc)
            .map(|operation| format!("{} in {}", operation.id(), operation.value["tags"][0].as_str().unwrap()))
            .collect();
        assert_eq!(
            ids,
            [
                "auth_get_qr in auth",
                "sessions_start_deprecated in sessions",
                "contacts_get in contacts",
                "contacts_get in contacts",
                "observability_ping in observability",
                "brazilian_phone_numbers_db in brazilian_phone_numbers",
                "d_get_api_session_d in d",
                "d_do_it in d",
            ]
        );
    }
}
