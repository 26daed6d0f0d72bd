//! The model of an operation: what the document says about it, in the terms of the templates.

use std::collections::{BTreeMap, HashSet};

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::Ident;
use quote::format_ident;
use serde_json::Value;

use crate::{
    BUILDER_METHODS,
    document::{self, schema_name},
    rustdoc, secrets,
};

/// One operation.
pub struct Operation {
    /// `operationId`.
    pub id: String,
    /// Upper-case HTTP method.
    pub method: String,
    /// Path template.
    pub path: String,
    /// The resource: the operation's only tag.
    pub resource: String,
    /// What the resource is, from the document's list of tags.
    pub resource_description: String,
    /// `operationId` without the resource.
    pub action: String,
    /// One line.
    pub summary: String,
    /// Everything else.
    pub description: String,
    /// The name that WAHA's own controllers use.
    pub alias: Option<String>,
    /// Since which release it exists.
    pub since: Option<Since>,
    /// Whether WAHA wants it to be used no more.
    pub deprecated: bool,
    /// Whether sending it twice does no more than sending it once.
    pub repeatable: bool,
    /// What a success carries.
    pub answer: Answer,
    /// The media type of a success, of those that the server offers the one that the client reads.
    pub media_type: Option<String>,
    /// Whether it takes a file, or answers with one that has to be made first.
    pub handles_file: bool,
    /// The `Accept` that the server insists on, where the media type of the answer does not say it all.
    pub accept: Option<String>,
    /// The view that unifies the answers of the engines, as a type of `waha::views`: `Vec<ChatEntry>`.
    pub view: Option<String>,
    /// How it goes through a list, where it answers with a part of one.
    pub paging: Option<Paging>,
    /// How it says which session is meant, in the path, the query or the body.
    pub session: Option<SessionSetter>,
    /// Its parameters in the order of the document.
    pub parameters: Vec<Parameter>,
    /// The properties of its JSON body.
    pub body: Vec<Input>,
    /// Where its JSON body has secrets.
    pub secrets_sent: Vec<Vec<String>>,
    /// Where the JSON of a success has secrets.
    pub secrets_received: Vec<Vec<String>>,
    /// The names of the required ones, in the order in which the document requires them.
    required_properties: Vec<String>,
}

/// A parameter of an operation.
pub struct Parameter {
    pub input: Input,
    pub is_in_path: bool,
}

/// A value that a request carries: a parameter, or a property of its body.
#[derive(Clone)]
pub struct Input {
    /// Its name in the document.
    pub property: String,
    /// Its Rust name. A word of the language ends in an underscore.
    pub name: String,
    pub description: String,
    pub is_required: bool,
    /// The type of `waha` that checks the id which it is (`x-id`), such as `ChatId`.
    pub id: Option<String>,
    /// The values that it takes, where these are few.
    pub choices: Vec<String>,
    /// Whether `Debug` may not show it.
    pub is_secret: bool,
}

/// What a success carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing, or nothing that means anything.
    Nothing,
    /// JSON, or the text of a number or boolean.
    Json,
    /// A bare string.
    Text,
    /// Bytes.
    Bytes,
}

/// Since which release an operation exists (`x-since`).
pub struct Since {
    /// The first release that is known to have it.
    pub release: String,
    /// Whether that is the oldest one that is known, so that older ones may have it as well.
    pub or_older: bool,
}

impl Since {
    /// Reads `2026.8.2`, or `2026.7.1 or older`.
    fn read(text: &str) -> Self {
        match text.strip_suffix(" or older") {
            Some(release) => Self { release: release.to_owned(), or_older: true },
            None => Self { release: text.to_owned(), or_older: false },
        }
    }
}

/// How an operation says which part of a list it wants.
pub enum Paging {
    /// By the parameters `limit` and `offset`.
    Offset,
    /// By the members `limit` and `offset` of a property of the body.
    OffsetIn {
        /// The property, by its name in the document.
        property: String,
    },
    /// By `startCursor` in the body, from `page.endCursor` of the answer before.
    Cursor {
        /// The property of the answer that holds the list, by its name in the document.
        items: String,
        /// The schema of what is in it.
        item: String,
    },
}

/// The builder's method that takes the name of the session.
pub struct SessionSetter {
    /// The method.
    pub method: Ident,
    /// Whether the call means nothing without it.
    pub required: bool,
}

impl Operation {
    /// The name of the generated builder.
    pub fn builder(&self) -> Ident {
        format_ident!("{}", self.id.to_upper_camel_case())
    }

    /// The name of its constant: `CHATS_LIST`.
    pub fn constant(&self) -> Ident {
        format_ident!("{}", self.id.to_shouty_snake_case())
    }

    /// `GET /path`.
    pub fn label(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// `GET /path` as inline code of rustdoc.
    pub fn doc_label(&self) -> String {
        rustdoc::code(&self.label())
    }

    /// What the operation is on the wire, and since when: "`GET /path`, since WAHA 2026.8.2".
    pub fn doc_origin(&self) -> String {
        match &self.since {
            Some(Since { release, or_older }) => {
                let or_older = if *or_older { " or older" } else { "" };
                format!("{}, since WAHA {}{or_older}", self.doc_label(), rustdoc::text(release))
            }
            None => self.doc_label(),
        }
    }

    /// The property of the body by which a caller chooses the id of the message that is sent, if there is one.
    pub fn message_id(&self) -> Option<&Input> {
        let sends = self.view.as_deref() == Some("SentMessage");
        self.body.iter().find(|input| sends && input.property == "id" && !input.is_required)
    }

    /// The setter of a property of the body, which must not be called as another method of the builder.
    pub fn body_setter(input: &Input) -> Ident {
        let underscore = if BUILDER_METHODS.contains(&input.name.as_str()) { "_" } else { "" };
        format_ident!("{}{underscore}", input.name)
    }

    /// The required inputs, each once, with the names of their setters: parameters, then properties of the body.
    pub fn required(&self) -> Vec<(&Input, Ident)> {
        let parameters = self.parameters.iter().map(|parameter| &parameter.input);
        let parameters =
            parameters.filter(|input| input.is_required).map(|input| (input, format_ident!("{}", input.name)));
        let mut found: Vec<_> = parameters.collect();
        let properties = self.required_properties.iter();
        for input in properties.filter_map(|name| self.body.iter().find(|input| input.property == *name)) {
            if !found.iter().any(|(other, _)| other.name == input.name) {
                found.push((input, Self::body_setter(input)));
            }
        }
        found
    }

    /// The note of `#[deprecated]`: the sentence that names the replacement.
    pub fn replacement(&self) -> Option<&str> {
        let sentences = self.description.split_inclusive(". ");
        sentences.map(str::trim).find(|sentence| sentence.starts_with("Use `") || sentence.starts_with("Deprecated"))
    }
}

/// Reads all operations of a document.
pub fn read(document: &Value) -> Result<Vec<Operation>, String> {
    check_ids(document)?;
    document::operations(document).map(|operation| read_one(document, &operation)).collect()
}

fn read_one(document: &Value, operation: &document::Operation<'_>) -> Result<Operation, String> {
    let object = operation.value;
    let text = |keyword: &str| rustdoc::text(object[keyword].as_str().unwrap_or_default());
    let resource = object["tags"][0].as_str().unwrap_or_default().to_owned();
    let id = operation.id().to_owned();
    let Some(action) = id.strip_prefix(&resource).and_then(|rest| rest.strip_prefix('_')).map(str::to_owned) else {
        return Err(format!("{}: operationId `{id}` is not `{resource}_<action>`", operation.label()));
    };
    let tags = document["tags"].as_array().into_iter().flatten();
    let tag = tags.filter(|tag| tag["name"] == resource.as_str()).find_map(|tag| tag["description"].as_str());
    let parameters = object["parameters"].as_array().into_iter().flatten();
    let parameters: Vec<_> = parameters.filter_map(|parameter| Parameter::read(document, parameter)).collect();
    let body_schema = &object["requestBody"]["content"]["application/json"]["schema"];
    let body = resolved(document, body_schema);
    let named = object["x-session"].as_str().map(|property| SessionSetter {
        method: format_ident!("{}", property.to_snake_case()),
        required: requires(body, property),
    });
    let is_taken = parameters.iter().any(|parameter| parameter.input.name == "session") || names_the_session(body);
    let session =
        named.or_else(|| is_taken.then(|| SessionSetter { method: format_ident!("session"), required: true }));
    let content = &object["responses"]["2XX"]["content"];
    Ok(Operation {
        method: operation.method.to_uppercase(),
        path: operation.path.to_owned(),
        resource_description: rustdoc::text(tag.unwrap_or_default()),
        action,
        summary: text("summary"),
        description: text("description"),
        alias: object["x-alias"].as_str().map(str::to_owned),
        since: object["x-since"].as_str().map(Since::read),
        deprecated: object["deprecated"] == true,
        // HTTP says it of all methods but POST; the document says where the server disagrees.
        repeatable: object["x-repeatable"].as_bool().unwrap_or(operation.method != "post"),
        answer: answer(content),
        media_type: chosen_media_type(content).map(str::to_owned),
        handles_file: holds_bytes(document, &object["requestBody"], &mut HashSet::new()) || is_made(content),
        accept: object["x-accept"].as_str().map(str::to_owned),
        view: object["x-view"].as_str().map(str::to_owned),
        paging: paging(document, object),
        session,
        body: properties(document, body),
        secrets_sent: secrets::places(document, body_schema),
        secrets_received: secrets::places(document, &content["application/json"]["schema"]),
        required_properties: strings(&body["required"]),
        parameters,
        resource,
        id,
    })
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The properties of every component schema that is an object, by the name of its Rust type.
pub fn properties_of_schemas(document: &Value) -> BTreeMap<String, Vec<Input>> {
    let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    schemas.map(|(name, schema)| (name.to_upper_camel_case(), properties(document, schema))).collect()
}

fn properties(document: &Value, schema: &Value) -> Vec<Input> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, property)| Input::read(document, name, property, property, requires(schema, name))).collect()
}

impl Parameter {
    fn read(document: &Value, parameter: &Value) -> Option<Self> {
        let is_required = parameter["required"] == true;
        let input = Input::read(document, parameter["name"].as_str()?, parameter, &parameter["schema"], is_required);
        Some(Self { input, is_in_path: parameter["in"] == "path" })
    }
}

impl Input {
    /// `object` has the description and the extensions: a parameter, or the schema itself.
    fn read(document: &Value, property: &str, object: &Value, schema: &Value, is_required: bool) -> Self {
        let item = match resolved(document, schema)["items"] {
            Value::Null => resolved(document, schema),
            ref items => resolved(document, items),
        };
        let choices = item["enum"].as_array().into_iter().flatten();
        let choices = choices.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        Self {
            name: method_name(&property.to_snake_case()),
            property: property.to_owned(),
            description: rustdoc::text(object["description"].as_str().unwrap_or_default()),
            is_required,
            id: object["x-id"].as_str().or_else(|| schema["items"]["x-id"].as_str()).map(str::to_owned),
            choices: choices.collect(),
            is_secret: secrets::is_secret(object),
        }
    }
}

/// The types of `waha` that an id can be checked by.
const IDS: [&str; 9] =
    ["ChannelId", "ChatId", "ChatIdOrAll", "ContactId", "GroupId", "Lid", "Mention", "MessageId", "PhoneNumber"];

/// Checks that every `x-id` of the document names a type that there is.
fn check_ids(value: &Value) -> Result<(), String> {
    match value {
        Value::Object(object) => {
            if let Some(id) = object.get("x-id").filter(|id| id.as_str().is_none_or(|id| !IDS.contains(&id))) {
                return Err(format!("x-id: {id} is none of {}", IDS.join(", ")));
            }
            object.values().try_for_each(check_ids)
        }
        Value::Array(items) => items.iter().try_for_each(check_ids),
        _ => Ok(()),
    }
}

/// A name that is a word of the language ends in an underscore.
fn method_name(name: &str) -> String {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => name.to_owned(),
        Err(_) => format!("{name}_"),
    }
}

/// What a schema says, be it a reference, also one that something is said beside.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema_of(schema) {
        Some(name) => &document["components"]["schemas"][name],
        None => schema,
    }
}

/// The name of the schema that a schema refers to, also where something is said beside the reference.
fn schema_of(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    reference.and_then(schema_name)
}

/// How an operation goes through a list. Whatever does not look exactly so is read by the caller, a page a call.
pub fn paging(document: &Value, operation: &Value) -> Option<Paging> {
    let is_integer = |schema: &Value| schema["type"] == "integer";
    let has = |name: &str| {
        let mut parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.any(|parameter| {
            parameter["name"] == name && parameter["required"] != true && is_integer(&parameter["schema"])
        })
    };
    if has("limit") && has("offset") {
        return Some(Paging::Offset);
    }
    let request = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = resolved(document, request);
    let property = "pagination";
    let pagination = resolved(document, &body["properties"][property]);
    let is_optional = |name: &str| is_integer(&pagination["properties"][name]) && !requires(pagination, name);
    if requires(body, property) && is_optional("limit") && is_optional("offset") {
        return Some(Paging::OffsetIn { property: property.to_owned() });
    }
    let answer = resolved(document, &operation["responses"]["2XX"]["content"]["application/json"]["schema"]);
    let page = resolved(document, &answer["properties"]["page"]);
    let is_cursor = body["properties"]["startCursor"]["type"] == "string"
        && requires(answer, "page")
        && requires(page, "hasNextPage")
        && page["properties"]["endCursor"]["type"] == "string"
        && !requires(page, "endCursor");
    let mut lists = answer["properties"].as_object()?.iter().filter(|(_, property)| property["type"] == "array");
    let (items, list) = lists.next().filter(|(name, _)| is_cursor && requires(answer, name))?;
    Some(Paging::Cursor { items: items.clone(), item: schema_of(&list["items"])?.to_owned() })
}

/// Whether there are bytes in base64 anywhere in this part of the document, references followed.
fn holds_bytes<'a>(document: &'a Value, part: &'a Value, seen: &mut HashSet<&'a str>) -> bool {
    match part {
        Value::Object(object) => {
            let referenced = object.get("$ref").and_then(Value::as_str).and_then(schema_name);
            object.get("format").is_some_and(|format| format == "byte")
                || referenced.is_some_and(|name| {
                    seen.insert(name) && holds_bytes(document, &document["components"]["schemas"][name], seen)
                })
                || object.values().any(|part| holds_bytes(document, part, seen))
        }
        Value::Array(parts) => parts.iter().any(|part| holds_bytes(document, part, seen)),
        _ => false,
    }
}

/// Whether the answer is a file that the server makes when it is asked: a conversion or a profile. An image, of a code or
/// of a screen, is there at once.
fn is_made(content: &Value) -> bool {
    answer(content) == Answer::Bytes && !chosen_media_type(content).is_some_and(|media| media.starts_with("image/"))
}

/// Whether a body says which session is meant: it has to, or the server would take a default for it. A body in which
/// `session` is merely a property (that a key is bound to, say) does neither.
fn names_the_session(body: &Value) -> bool {
    requires(body, "session") || body["properties"]["session"]["default"].is_string()
}

/// Whether a schema is that of bytes in a JSON string.
pub fn is_base64(schema: &Value) -> bool {
    schema["type"] == "string" && schema["format"] == "byte"
}

/// Whether a schema wants this property.
fn requires(schema: &Value, property: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == property))
}

/// The media type that the client reads, where the server offers several: bytes win over their JSON twin, since the server
/// sends the twin only to who accepts nothing else, and it is a third longer.
pub fn chosen_media_type(content: &Value) -> Option<&str> {
    let types = || content.as_object().into_iter().flatten();
    let bytes = types().find(|(_, content)| content["schema"]["format"] == "binary");
    let json = types().find(|(media_type, _)| *media_type == "application/json");
    bytes.or(json).or_else(|| types().next()).map(|(media_type, _)| media_type.as_str())
}

/// What a success with this content carries.
pub fn answer(content: &Value) -> Answer {
    let Some(media_type) = chosen_media_type(content) else { return Answer::Nothing };
    let schema = &content[media_type]["schema"];
    match media_type {
        _ if schema["format"] == "binary" => Answer::Bytes,
        text if text.starts_with("text/") && schema["type"] == "string" => Answer::Text,
        _ => Answer::Json,
    }
}
