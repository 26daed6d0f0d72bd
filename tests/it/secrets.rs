//! What the document marks as a secret (`x-secret`) is sent and received, and shown nowhere: not by `Debug` of a type, a
//! builder or JSON, and in no error or trace.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use waha::{Client, ErrorKind, Json, Method, RequestOptions, Retry, Session, types};

use crate::{
    calls::{self, APP, CallFuture},
    corpus::{document, resolve},
    key::said,
    support::{Reply, Server},
    trace::Traces,
};

/// The beginning of every secret of these tests.
const MARKER: &str = "marker-of-a-secret";

#[track_caller]
fn assert_hidden(said: &str, what: &str) {
    assert!(!said.contains(&MARKER[..8]), "{what}: {said}");
}

/// Values for a schema, with all of its properties.
struct Sample<'a> {
    document: &'a Value,
    /// How many secrets are in it.
    secrets: usize,
}

impl Sample<'_> {
    fn value(&mut self, schema: &Value, is_secret: bool) -> Value {
        let is_secret = is_secret || schema["x-secret"] == true;
        let (_, schema) = resolve(self.document, schema);
        let is_secret = is_secret || schema["x-secret"] == true;
        if let Some(one) = schema["enum"].get(0).or(schema["x-extensible-enum"].get(0)) {
            return one.clone();
        }
        if let Some(last) = schema["oneOf"].as_array().and_then(|choices| choices.last()) {
            return self.value(last, is_secret);
        }
        match schema["type"].as_str() {
            Some("array") => json!([self.value(&schema["items"], is_secret)]),
            Some("object") if schema["additionalProperties"].is_object() => {
                json!({ "anything": self.value(&schema["additionalProperties"], is_secret) })
            }
            Some("object") => {
                let properties = schema["properties"].as_object().into_iter().flatten();
                let members = properties.map(|(name, property)| (name.clone(), self.value(property, is_secret)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Some("boolean") => json!(true),
            Some("integer") => json!(1),
            Some("number") => json!(1.5),
            Some("string") if is_secret => self.secret(),
            Some("string") => json!("text"),
            _ if is_secret => json!({ "any": [self.secret()], "other": { "thing": self.secret() } }),
            _ => json!({ "any": "thing" }),
        }
    }

    fn secret(&mut self) -> Value {
        self.secrets += 1;
        format!("{MARKER}-{}", self.secrets).into()
    }
}

/// A value for a schema, if there is a secret in it.
fn with_secrets(document: &Value, schema: &Value) -> Option<Value> {
    let mut sample = Sample { document, secrets: 0 };
    let value = sample.value(schema, false);
    (sample.secrets > 0).then_some(value)
}

/// A part of each operation with secrets, by the operation.
fn operations_with_secrets(document: &Value, part: fn(&Value) -> &Value) -> BTreeMap<&str, Value> {
    let items = document["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap().values());
    let found = operations.filter_map(|operation| {
        let schema = &part(operation)["content"]["application/json"]["schema"];
        Some((operation["operationId"].as_str()?, with_secrets(document, schema)?))
    });
    found.collect()
}

/// Reads a value as the type of a body, and returns all that `Debug` prints of it and its builder.
fn shown<T, B>(body: &Value) -> (T, String)
where
    T: DeserializeOwned + Serialize + Clone + std::fmt::Debug + Into<B>,
    B: std::fmt::Debug,
{
    let typed: T = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), *body, "the value is written as it is");
    let builder: B = typed.clone().into();
    let shown = format!("{typed:?} {typed:#?} {builder:?} {builder:#?}");
    (typed, shown)
}

/// What `Debug` prints of a request, and its result.
type Sent = (String, CallFuture<()>);

/// A request with this body.
type Request = fn(Session, &Value) -> Sent;

/// Begins a request, given the type of its body and an expression for its builder.
macro_rules! requests {
    ($($operation:literal: $body:ident, |$session:ident| $builder:expr;)*) => {
        [$(($operation, (|$session: Session, body: &Value| {
            let (body, mut shown) = shown::<types::$body, types::builder::$body>(body);
            let builder = $builder.body(body);
            shown += &format!("{builder:?} {builder:#?}");
            (shown, Box::pin(async move { builder.send().await.map(drop) }) as CallFuture<()>)
        }) as Request)),*]
    };
}

#[tokio::test]
async fn no_secret_of_a_request_is_shown() {
    // Deprecated operations have secrets as well.
    #[allow(deprecated)]
    let requests = requests! {
        "apps_create": App, |session| session.apps().create();
        "apps_update": App, |session| session.apps().update().id(APP);
        "auth_submit_passkey": PasskeyAssertionRequest, |session| session.auth().submit_passkey();
        "sessions_create": SessionCreateRequest, |session| session.client().sessions().create();
        "sessions_start_by_name": SessionStartDeprecatedRequest, |session| session.sessions().start_by_name();
        "sessions_update": SessionUpdateRequest, |session| session.sessions().update();
    };
    let document = document();
    let bodies = operations_with_secrets(&document, |operation| &operation["requestBody"]);
    let tested: BTreeSet<_> = requests.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(tested, bodies.keys().copied().collect(), "the operations whose requests have secrets");

    let traces = Traces::capture();
    let server = Server::start(Reply::new(204, None, "")).await;
    let options = RequestOptions::new().retry(Retry::never()).trace_values(true);
    let session = Client::builder(server.url()).options(options).build().unwrap().default_session();
    for (operation, request) in requests {
        let body = &bodies[operation];
        let text = body.to_string();
        let echoes = [
            Reply::json(400, json!({"statusCode": 400, "message": [format!("wrong: {text}")]}).to_string()),
            Reply::json(
                500,
                json!({"statusCode": 500, "request": {"body": body}, "exception": {"message": text}}).to_string(),
            ),
            Reply::json(422, json!({"error": text, "session": text, "status": text}).to_string()),
            Reply::new(502, Some("text/html"), format!("<html><title>{text}</title></html>")),
            Reply::new(400, None, &text),
            Reply::json(200, json!([text]).to_string()),
            Reply::new(200, Some("text/plain"), &text[..text.len() - 20]),
            Reply::with_headers(302, [("Location", format!("/{MARKER}-1").as_str())], ""),
        ];
        for (number, reply) in echoes.into_iter().enumerate() {
            server.set_reply(reply);
            let (shown, sent) = request(session.clone(), body);
            assert_hidden(&shown, operation);
            assert!(shown.contains("***"), "{operation}: {shown}");
            let answered = sent.await;
            let arrived = server.only_request();
            assert!(String::from_utf8_lossy(&arrived.body).contains(MARKER), "{operation}: {arrived:?}");
            match answered {
                Err(error) => assert_hidden(&said(&error), &format!("{operation} and echo {number}")),
                // It answers with nothing, or with text.
                Ok(()) => assert!([5, 6].contains(&number), "{operation} and echo {number}"),
            }
            // The same, written by hand.
            let method = Method::from_bytes(arrived.method.as_bytes()).unwrap();
            let error =
                session.client().request(method, arrived.path()).json(body).send_as::<bool>().await.unwrap_err();
            assert_hidden(&said(&error), &format!("{operation} by hand and echo {number}"));
            server.take_requests();
        }
    }
    assert_hidden(&traces.take(), "traces");
}

/// The same value with what is no secret of another type: it cannot be read.
fn spoilt(document: &Value, schema: &Value, value: &Value) -> Value {
    let (_, schema) = resolve(document, schema);
    match (schema["type"].as_str(), value) {
        (Some("array"), Value::Array(items)) => {
            items.iter().map(|item| spoilt(document, &schema["items"], item)).collect()
        }
        (_, Value::Object(members)) => {
            let members = members.iter().map(|(name, value)| {
                let property = &schema["properties"][name];
                let is_plain = property["x-secret"] != true && (value.is_string() || value.is_boolean());
                (name.clone(), if is_plain { json!({"no": ["such", "type"]}) } else { value.clone() })
            });
            Value::Object(members.collect())
        }
        _ => value.clone(),
    }
}

/// The same value with all secrets in a wrong type, as a number or in a list.
fn misplaced(value: &Value, change: fn(&str) -> Value) -> Value {
    match value {
        Value::String(text) if text.starts_with(MARKER) => change(text),
        Value::Array(items) => items.iter().map(|item| misplaced(item, change)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), misplaced(value, change))).collect())
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn no_secret_of_an_answer_is_shown() {
    let document = document();
    let answers = operations_with_secrets(&document, |operation| &operation["responses"]["2XX"]);
    let calls = calls::all();
    let traces = Traces::capture();
    let server = Server::start(Reply::new(204, None, "")).await;
    let options = RequestOptions::new().retry(Retry::never()).trace_values(true);
    let session = Client::builder(server.url()).options(options).build().unwrap().default_session();
    let mut errors = BTreeSet::new();
    for call in &calls {
        // What is no secret of the operation may be shown.
        let Some(answer) = answers.get(call.operation) else { continue };
        let schema = answer_schema(&document, call.operation);
        let text = answer.to_string();
        let (as_lists, as_objects) = (|text: &str| json!([text]), |text: &str| json!({ "any": text }));
        let bodies = [
            text.clone(),
            spoilt(&document, schema, answer).to_string(),
            misplaced(answer, as_lists).to_string(),
            misplaced(answer, as_objects).to_string(),
            format!("[[{text}]]"),
            format!("{text}]"),
            text[..text.len() - 1].to_owned(),
            json!(text).to_string(),
            format!("{}{}{}", "[".repeat(200), text, "]".repeat(200)),
        ];
        for (number, body) in bodies.into_iter().enumerate() {
            let what = format!("{} and answer {number}", call.operation);
            server.set_reply(Reply::json(200, &body));
            server.take_requests();
            // An answer of bytes is what it is.
            let is_bytes = call.operation == "auth_get_qr";
            match (call.send)(session.clone()).await {
                Ok(outcome) => assert!(is_bytes || outcome.json.contains(MARKER) || number > 0, "{what}: {outcome:?}"),
                Err(error) => {
                    assert!(number > 0, "{what}: {error}");
                    assert_hidden(&said(&error), &what);
                    errors.insert(call.operation);
                }
            }
            let arrived = server.only_request();
            if let Ok(outcome) = (call.send)(session.clone()).await {
                assert_hidden(&outcome.debug, &what);
            }
            if let (false, Ok(shown)) = (is_bytes, (call.value)(session.clone()).await) {
                assert_hidden(&shown, &what);
            }
            // The same, asked by hand.
            let method = Method::from_bytes(arrived.method.as_bytes()).unwrap();
            let by_hand = || session.client().request(method.clone(), arrived.path()).json(&json!({}));
            match by_hand().send().await {
                Ok(json) => {
                    let json = json.into_inner();
                    assert!(number > 0 || json.to_string().contains(MARKER), "{what}");
                    assert_hidden(&format!("{json:?} {json:#?}"), &what);
                }
                Err(error) => assert_hidden(&said(&error), &what),
            }
            if let Err(error) = by_hand().send_as::<u8>().await {
                assert_hidden(&said(&error), &what);
            }
        }
    }
    assert_hidden(&traces.take(), "traces");
    let unspoilt: Vec<_> = answers.keys().filter(|operation| !errors.contains(*operation)).collect();
    assert_eq!(unspoilt, [&"auth_get_qr"], "operations without an error");
    println!("{} operations answer with secrets", answers.len());
}

fn answer_schema<'a>(document: &'a Value, operation: &str) -> &'a Value {
    let items = document["paths"].as_object().unwrap().values();
    let mut operations = items.flat_map(|item| item.as_object().unwrap().values());
    let operation = operations.find(|other| other["operationId"] == operation).unwrap();
    &operation["responses"]["2XX"]["content"]["application/json"]["schema"]
}

/// A QR code is read from bytes, by a method of its own.
#[tokio::test]
async fn a_qr_code_that_cannot_be_read_is_not_shown() {
    for body in [
        json!({"value": [MARKER]}),
        json!({"value": {"a": MARKER}}),
        json!([{"value": MARKER}, {"value": MARKER}]),
        json!({"value": MARKER, "key": 1, "no": "comma"}),
    ] {
        let server = Server::start(Reply::json(200, body.to_string().replace(",\"no\"", "\"no\""))).await;
        if let Err(error) = server.session().qr_code().await {
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert_hidden(&said(&error), &body.to_string());
        }
    }
}

#[test]
fn the_types_that_no_operation_names_show_no_secret_either() {
    let chatwoot = json!({
        "url": "https://chat.example.org", "accountId": 1, "accountToken": MARKER, "inboxId": 2, "inboxIdentifier": MARKER,
    });
    let chatwoot: types::ChatwootAppConfig = serde_json::from_value(chatwoot).unwrap();
    let mcp: types::McpAppConfig =
        serde_json::from_value(json!({"actions": {}, "key": MARKER, "key_id": "shown"})).unwrap();
    let shown = format!("{chatwoot:?} {mcp:?}");
    assert_hidden(&shown, "configurations of apps");
    assert!(shown.contains("shown") && shown.contains("https://chat.example.org"), "{shown}");
    assert!(serde_json::to_string(&chatwoot).unwrap().contains(MARKER));
    let none = types::ProxyConfig { server: "a:1".into(), username: None, password: Some(MARKER.into()) };
    assert_eq!(format!("{none:?}"), r#"ProxyConfig { password: ***, server: "a:1", .. }"#);
}

/// JSON that the document does not describe: an older server's answer, or an engine's own data.
#[test]
fn json_shows_no_member_with_the_name_of_a_secret() {
    let secrets = json!({
        "WAHA_API_KEY": MARKER, "WHATSAPP_SWAGGER_PASSWORD": MARKER, "REDIS_URL": format!("redis://:{MARKER}@redis:6379"),
        "WHATSAPP_HOOK_CUSTOM_HEADERS": format!("Authorization:{MARKER}"), "TZ": "UTC",
        "sessions": [{ "config": {
            "proxy": {"server": "proxy:3128", "password": MARKER},
            "webhooks": [{
                "url": format!("https://user:{MARKER}@example.org/hook"), "hmac": {"key": MARKER},
                "customHeaders": [{"name": "X-Login", "value": MARKER}],
            }],
        } }],
        "message": {"key": {"id": "AAAA", "fromMe": true}, "mediaKey": MARKER, "messageSecret": [1, 2, 3]},
    });
    let json = Json::from(secrets.clone());
    for shown in [format!("{json:?}"), format!("{:?}", Some(&json)), format!("{:#?}", vec![json.clone()])] {
        assert_hidden(&shown, "Debug of JSON");
        for plain in ["UTC", "proxy:3128", "redis:6379", "X-Login", "AAAA", "WAHA_API_KEY"] {
            assert!(shown.contains(plain), "{plain}: {shown}");
        }
    }
    // What is not printed for debugging is whole.
    assert_eq!(json.to_value().unwrap(), secrets);
    assert_eq!(serde_json::to_value(&json).unwrap(), secrets);
    assert_eq!(json.to_string().matches(MARKER).count(), 9);
}

/// Headers and parameters of a request that somebody writes.
#[tokio::test]
async fn secrets_of_a_request_by_hand_are_not_shown() {
    let traces = Traces::capture();
    let server = Server::start(Reply::new(400, None, format!("no: {MARKER}-1 {MARKER}-2 {MARKER}-3"))).await;
    let options = RequestOptions::new().trace_values(true).retry(Retry::never());
    let client = Client::builder(server.url()).options(options).build().unwrap();
    let error = client
        .request(Method::POST, "/api/new")
        .header("Authorization", format!("{MARKER}-1"))
        .query("access_token", format!("{MARKER}-2"))
        .json(&json!({"login": {"password": format!("{MARKER}-3")}}))
        .await
        .unwrap_err();
    assert_hidden(&said(&error), "an error");
    assert_hidden(&traces.take(), "traces");
}
