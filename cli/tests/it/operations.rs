//! Every operation of the document, once.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use waha_sim::Server;

use crate::support::{CHAT, GROUP, Person};

const DOCUMENT: &str = include_str!("../../openapi/waha.json");

struct Document(Value);

impl Document {
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
        match reference.and_then(|reference| reference.rsplit('/').next()) {
            Some(name) => self.resolved(&self.0["components"]["schemas"][name]),
            None => schema,
        }
    }

    /// A value that a schema allows.
    fn value(&self, object: &Value, schema: &Value) -> Value {
        let own = self.resolved(schema);
        if let Some(id) = object["x-id"].as_str() {
            let id = json!(id_of(id));
            return if own["type"] == "array" { json!([id]) } else { id };
        }
        if let Some(first) = own["enum"].get(0).or_else(|| own["x-extensible-enum"].get(0)) {
            return first.clone();
        }
        if let Some(given) = own.get("example").filter(|it| !it.is_null()) {
            return given.clone();
        }
        if let Some(part) = own["oneOf"].get(0).or_else(|| own["anyOf"].get(0)) {
            return self.value(part, part);
        }
        match own["type"].as_str() {
            Some("integer" | "number") => own.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            Some("boolean") => json!(true),
            Some("array") => json!([self.value(&own["items"], &own["items"])]),
            Some("string") if own["format"] == "byte" => json!("AAAA"),
            Some("string") if own["pattern"].as_str().is_some_and(|it| it.starts_with("^http")) => {
                json!("https://example.org/")
            }
            Some("string") => json!("sample"),
            _ => self.object(own),
        }
    }

    /// An object of what is required.
    fn object(&self, schema: &Value) -> Value {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let properties = &schema["properties"];
        required
            .map(|name| (name.to_owned(), self.value(&properties[name], &properties[name])))
            .collect::<Map<_, _>>()
            .into()
    }
}

fn id_of(kind: &str) -> &'static str {
    match kind {
        "ChannelId" => "111111111111111111@newsletter",
        "GroupId" => GROUP,
        "Lid" => "11111111111@lid",
        "MessageId" => "true_11111111111@c.us_AAAAAAAAAAAAAAAAAAAA",
        "PhoneNumber" => "11111111111",
        _ => CHAT,
    }
}

/// `chatId` and `filter.timestamp.lte` as they are called on the command line.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    let mut before = '_';
    for letter in name.chars() {
        match letter {
            '_' | '.' => word.push('-'),
            letter if letter.is_uppercase() && !before.is_uppercase() => {
                word.push('-');
                word.extend(letter.to_lowercase());
            }
            letter => word.extend(letter.to_lowercase()),
        }
        before = letter;
    }
    word
}

/// Objects that are nothing but an id are given by their ids.
fn references(value: Value) -> Value {
    let is_reference = |item: &Value| item.as_object().is_some_and(|it| it.len() == 1 && it.contains_key("id"));
    match value.as_array() {
        Some(items) if items.iter().all(is_reference) => items.iter().map(|item| item["id"].clone()).collect(),
        _ => value,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The shortest command line that calls an operation.
fn command_line(document: &Document, operation: &Value) -> Vec<String> {
    let resource = operation["tags"][0].as_str().unwrap();
    let action = &operation["operationId"].as_str().unwrap()[resource.len() + 1..];
    let mut line = vec![resource.replace('_', "-"), action.replace('_', "-")];
    let mut flag = |name: &str, value: &Value| {
        let flag = format!("--{}", kebab(name));
        if line.iter().any(|known| known.split('=').next() == Some(&flag)) {
            return;
        }
        match value {
            Value::Bool(value) => line.push(format!("{flag}={value}")),
            Value::Array(items) if items.iter().all(|it| !it.is_object()) => {
                items.iter().for_each(|item| line.extend([flag.clone(), text(item)]));
            }
            value => line.extend([flag, text(value)]),
        }
    };
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        if parameter["required"] == true && name != "session" {
            flag(name, &document.value(parameter, &parameter["schema"]));
        }
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = document.resolved(schema);
    if !body["properties"].is_object() {
        match (schema.is_null(), body["oneOf"].is_array()) {
            (true, _) => {}
            (false, true) => flag("file", &json!("clip.mp4")),
            (false, false) => flag("body", &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })),
        }
    }
    let session = operation["x-session"].as_str().unwrap_or("session");
    for (name, property) in body["properties"].as_object().into_iter().flatten() {
        let is_required = body["required"].as_array().is_some_and(|required| required.contains(&json!(name)));
        if is_required && name != session {
            // What every command has is called otherwise.
            let name = if name == "body" { "bodyValue" } else { name };
            flag(name, &references(document.value(property, property)));
        }
    }
    line
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_is_a_command() {
    let document = Document(serde_json::from_str(DOCUMENT).unwrap());
    let mut person = Person::alone();
    person.write("clip.mp4", "not much");
    let (mut calls, mut codes, mut wrong) = (0, BTreeMap::new(), Vec::new());
    for item in document.0["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            // A server of its own: some stop it, or what it runs.
            let builder = Server::builder().session("default").person(CHAT, |ada| ada.contact(|it| it.name("Ada")));
            person.server = Some(builder.start().await.unwrap());
            let line = command_line(&document, operation);
            let run = person.run(&line);
            let requests = person.server().requests();
            let is_right =
                |request: &&waha_sim::Recorded| request.operation == Some(id) && request.violations.is_empty();
            if !requests.last().is_some_and(|request| is_right(&request)) {
                let violations = requests.last().map(|request| &request.violations);
                wrong.push(format!("{line:?}: {violations:?} {}", run.err));
            }
            *codes.entry(run.code).or_insert(0) += 1;
            calls += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(calls, 192);
    // The others are refused for what is not there: a message, a group, a code.
    assert!(codes[&0] >= 90, "{codes:?}");
    assert!(codes.keys().all(|code| [0, 1, 2, 3, 4, 5, 8, 10, 11, 13].contains(code)), "{codes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_help_of_an_operation_says_what_the_document_says() {
    let person = Person::alone();
    let help = person.run(["chats", "list", "--help"]);
    for words in ["List ", "--limit", "--all", "GET /api/{session}/chats", "--sort-by", "[possible values:"] {
        assert!(help.ok().contains(words), "{words}: {}", help.out);
    }
    let list = person.run(["groups", "--help"]);
    assert!(list.ok().contains("add-participants"), "{}", list.out);
    let all = person.run(["--help"]);
    for words in ["broadcast", "All 192 operations", "observability", "Exit codes", "WAHA_BASE_URL"] {
        assert!(all.ok().contains(words), "{words}: {}", all.out);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_command_line_is_refused_before_anything_is_sent() {
    let person = Person::new().await;
    person.run(["chatting", "send-text", "--chat-id", "nobody", "--text", "x"]).fails(2, "phone number");
    person.run(["chatting", "send-text", "--chat-id", CHAT]).fails(2, "--text");
    person.run(["chatting", "send-text", "--body", r#"{"chatId": "1"}"#]).fails(2, "missing: --text");
    person.run(["chatting", "send-text", "--body", "{"]).fails(2, "is no JSON");
    person.run(["chats", "list", "--sort-by", "size"]).fails(2, "possible values");
    person.run(["chats", "list", "--limit", "0"]).fails(2, "--limit");
    person.run(["chats", "nothing"]).fails(2, "nothing");
    person.run(["chats", "list", "--session", "a/b"]).fails(2, "session");
    assert_eq!(person.asked(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_comes_from_flags_a_file_or_stdin() {
    let person = Person::new().await;
    let expected = json!({ "session": "default", "chatId": CHAT, "text": "Hi" });
    person.run(["chatting", "send-text", "--chat-id", "+1 111 111 1111", "--text", "Hi"]).ok();
    assert_eq!(person.last_body(), expected);
    person.write("body.json", r#"{"chatId": "11111111111@c.us", "text": "no"}"#);
    person.run(["chatting", "send-text", "--body", "@body.json", "--text", "Hi"]).ok();
    assert_eq!(person.last_body(), expected);
    person.run_with(["chatting", "send-text", "--body", "-"], r#"{"chatId": "11111111111@c.us", "text": "Hi"}"#).ok();
    assert_eq!(person.last_body(), expected);
    person.write("cat.png", [137, 80, 78, 71]);
    person.run(["chatting", "send-image", "--chat-id", CHAT, "--file", "cat.png"]).ok();
    assert_eq!(
        person.last_body()["file"],
        json!({ "data": "iVBORw==", "mimetype": "image/png", "filename": "cat.png" })
    );
    person.run(["chatting", "send-image", "--chat-id", CHAT, "--file", "https://example.org/cat.png"]).ok();
    assert_eq!(person.last_body()["file"], json!({ "url": "https://example.org/cat.png" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_page_by_themselves() {
    let mut builder = Server::builder().session("default");
    for number in 1..=25 {
        builder = builder.contact(format!("1{number:010}@c.us"), |it| it.name("Ada"));
    }
    let person = Person::with(builder).await;
    let count = |args: &[&str]| person.run([&["contacts", "list"], args].concat()).json().as_array().unwrap().len();
    assert_eq!(count(&["--all", "--page-size", "10"]), 25);
    assert_eq!(person.asked().len(), 3);
    assert_eq!(count(&["--limit", "12", "--page-size", "5"]), 12);
    assert_eq!(count(&["--limit", "100"]), 25);
    let lines = person.run(["contacts", "list", "--all", "--page-size", "10", "-o", "jsonl", "--query", "/id"]);
    assert_eq!(lines.ok().lines().count(), 25);
    assert!(lines.out.starts_with('"'), "{}", lines.out);
    let raw = person.run(["raw", "get", "/api/contacts/all?session=default", "--paginate", "-o", "jsonl"]);
    assert_eq!(raw.ok().lines().count(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_go_to_a_file_or_to_stdout() {
    let person = Person::with(Server::builder().engine(waha_sim::Engine::Webjs).session("default")).await;
    let direct = person.command(["screenshot", "get"]).output().unwrap();
    assert_eq!(direct.status.code(), Some(0), "{}", String::from_utf8_lossy(&direct.stderr));
    assert!(!direct.stdout.is_empty());
    person.run(["screenshot", "get", "--out", "screen.jpg"]).ok();
    assert_eq!(std::fs::read(person.path("screen.jpg")).unwrap(), direct.stdout);
}
