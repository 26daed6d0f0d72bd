//! Compares the JSON Schemas of the types with recorded answers and with the document.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Value, json};
use waha::{ChannelId, ChatId, ContactId, GroupId, Json, Lid, MessageId, PhoneNumber, SessionName, types};

use crate::corpus;

/// What is read, and what is written.
struct Schemas {
    read: Schema,
    write: Schema,
}

impl Schemas {
    fn of<T: JsonSchema>() -> Self {
        let settings = SchemaSettings::draft2020_12;
        Self {
            read: settings().for_deserialize().into_generator().into_root_schema_for::<T>(),
            write: settings().for_serialize().into_generator().into_root_schema_for::<T>(),
        }
    }
}

fn validator(schema: &Schema) -> Validator {
    jsonschema::validator_for(schema.as_value()).expect("a valid schema")
}

macro_rules! schemas {
    ($($name:ident)*) => {
        [$((stringify!($name), Schemas::of::<types::$name>())),*]
    };
}

/// The schemas of all types that the server sends, by name.
fn sent() -> BTreeMap<&'static str, Schemas> {
    corpus::answer_types!(schemas).into_iter().chain(corpus::webhook_types!(schemas)).collect()
}

/// The values in a body that are of a type, which `sent` knows.
fn values<'a>(document: &'a Value, schema: &'a Value, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
    match (corpus::resolve(document, schema), body) {
        ((None, schema), Value::Array(items)) if schema["type"] == "array" => {
            items.iter().flat_map(|item| values(document, &schema["items"], item)).collect()
        }
        ((Some(name), schema), Value::Object(_)) if schema["type"] == "object" => vec![(name, body)],
        _ => Vec::new(),
    }
}

#[test]
fn recorded_answers_are_valid_by_their_json_schema() {
    let document = corpus::document();
    let answers_with: BTreeMap<_, _> = corpus::answer_schemas(&document).collect();
    let sends: BTreeMap<_, _> = corpus::event_schemas(&document).collect();
    let answers = corpus::answers().into_iter().filter_map(|answer| {
        let schema = *answers_with.get(answer.operation.as_str())?;
        Some((answer.label(), schema, answer.meaning(schema)?))
    });
    let events =
        corpus::events().into_iter().map(|event| (event.event.clone(), sends[event.event.as_str()], event.body));
    let bodies: Vec<_> = answers.chain(events).collect();
    let readers: BTreeMap<_, _> = corpus::ANSWERS.iter().chain(corpus::WEBHOOKS).copied().collect();
    let validators: BTreeMap<_, _> = sent()
        .into_iter()
        .map(|(name, schemas)| (name, (validator(&schemas.read), validator(&schemas.write))))
        .collect();
    let mut failures = Vec::new();
    let mut count = 0;
    for (label, schema, body) in &bodies {
        for (name, value) in values(&document, schema, body) {
            let (read, write) = &validators[name];
            let written = readers[name](&value.to_string()).unwrap();
            let mut complain =
                |what, error: &dyn std::fmt::Display| failures.push(format!("{label}: {name} {what}: {error}"));
            // An older engine writes a time in two halves, which is accepted and not declared.
            for error in read.iter_errors(value).filter(|error| error.instance()["low"].is_null()) {
                complain("read", &error);
            }
            write.iter_errors(&written).for_each(|error| complain("written", &error));
            count += 1;
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(count > 300, "{count}");
    println!("{count} values of {} types are as their schemas say", validators.len());
}

#[test]
fn json_schemas_declare_the_properties_of_the_document() {
    let document = corpus::document();
    let mut properties = 0;
    for (name, Schemas { read, .. }) in sent() {
        let declared = &document["components"]["schemas"][name];
        let names = |schema: &Value| -> BTreeSet<String> {
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
        };
        let schema = read.as_value();
        assert_eq!(names(schema), names(declared), "{name}");
        assert_eq!(schema["title"], name);
        for property in names(schema) {
            let required = schema["required"].as_array().is_some_and(|all| all.contains(&json!(property)));
            assert!(!required || corpus::is_required(declared, &property), "{name}.{property}");
            properties += 1;
        }
    }
    let text = &document["components"]["schemas"]["Message"]["properties"]["body"]["description"];
    assert_eq!(Schemas::of::<types::Message>().read.as_value()["properties"]["body"]["description"], *text);
    println!("{properties} properties");
}

#[test]
fn schemas_of_open_enums_allow_any_text_and_list_known_values() {
    let Schemas { read, .. } = Schemas::of::<types::SessionStatus>();
    let known: Vec<_> = types::SessionStatus::KNOWN.iter().map(|status| json!(status.as_str())).collect();
    assert_eq!(read.as_value()["examples"], json!(known));
    assert!(read.as_value()["description"].as_str().unwrap().contains("`SCAN_QR_CODE`"));
    let validator = validator(&read);
    assert!(validator.is_valid(&json!("WORKING")) && validator.is_valid(&json!("NEW_ONE")));
    assert!(!validator.is_valid(&json!(5)));
}

#[test]
fn schemas_of_closed_enums_refuse_other_values() {
    let pin = validator(&Schemas::of::<types::PinMessageRequest>().read);
    assert!(pin.is_valid(&json!({"duration": 86400})));
    assert!(!pin.is_valid(&json!({"duration": 5})) && !pin.is_valid(&json!({})));
    let file = validator(&Schemas::of::<waha::Media>().read);
    assert!(file.is_valid(&json!({"url": "https://files.example/a.jpg", "mimetype": "image/jpeg"})));
    assert!(!file.is_valid(&json!({"mimetype": "image/jpeg"})));
    let format = validator(&Schemas::of::<types::AuthGetQrFormat>().read);
    assert!(format.is_valid(&json!("raw")) && !format.is_valid(&json!("other")));
}

#[test]
fn the_schema_of_open_json_allows_any_value() {
    let json = validator(&Schemas::of::<Json>().read);
    assert!([json!(null), json!(1), json!({"a": []})].iter().all(|value| json.is_valid(value)));
}

/// Checks that accepted texts are valid by the schema for reading, and the serialised id by that for writing.
fn check_id<T>(examples: &[&str], wrong: &[&str])
where
    T: JsonSchema + serde::de::DeserializeOwned + serde::Serialize,
{
    let schemas = Schemas::of::<T>();
    let name = schemas.read.as_value()["title"].clone();
    assert_eq!(name, T::schema_name().as_ref());
    assert!(schemas.read.as_value()["description"].is_string());
    let (read, write) = (validator(&schemas.read), validator(&schemas.write));
    let own = schemas.read.as_value()["examples"].as_array().unwrap().iter().map(|example| example.as_str().unwrap());
    for example in own.chain(examples.iter().copied()) {
        let id: T = serde_json::from_value(json!(example)).unwrap_or_else(|error| panic!("{name} {example}: {error}"));
        assert!(read.is_valid(&json!(example)), "{name} {example}");
        assert!(write.is_valid(&serde_json::to_value(&id).unwrap()), "{name} {example}");
    }
    for example in wrong {
        assert!(serde_json::from_value::<T>(json!(example)).is_err(), "{name} {example}");
        assert!(!write.is_valid(&json!(example)), "{name} {example}");
    }
    assert!(!read.is_valid(&json!(1)), "{name}");
}

#[test]
fn schemas_of_ids_allow_what_parsing_allows() {
    let contacts = ["+1 (111) 111-1111", "11111111111", "11111111111@s.whatsapp.net", "1:2@lid"];
    check_id::<ContactId>(&contacts, &["", "1@g.us", "a@c.us"]);
    check_id::<ChatId>(&contacts, &["", "a b@c.us", "a@b@c"]);
    check_id::<ChatId>(&["1@g.us", "status@broadcast", "1@newsletter", "x@bot"], &["@c.us"]);
    check_id::<GroupId>(&["1-2@g.us"], &["1", "1@c.us", "-@g.us"]);
    check_id::<ChannelId>(&["1@newsletter"], &["1", "a@newsletter"]);
    check_id::<Lid>(&["1", "1@LID"], &["1@c.us", "a@lid"]);
    check_id::<PhoneNumber>(&["+1 (111) 111-1111", "1111111@c.us"], &["1", "0111 1111111", "1@lid"]);
    check_id::<MessageId>(&["AAAA", "false_1@g.us_A_1@lid"], &["", "a b"]);
    check_id::<SessionName>(&["a-b_C", &"a".repeat(54)], &["", "a b", "ä", &"a".repeat(55)]);
}
