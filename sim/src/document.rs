//! The API's document: which operations there are, and what belongs to each of them.

use std::{cmp::Ordering, collections::BTreeMap, sync::LazyLock};

use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

/// The document which the client is generated from, so that the two agree about what exists.
pub(crate) static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::parse(TEXT).unwrap_or_default());

/// The text of the document.
///
/// `sim/openapi/waha.json` is a symbolic link to the one that the client is generated from, so that there is one source
/// of truth; `cargo package` puts the file itself in its place.
pub(crate) const TEXT: &str = include_str!("../openapi/waha.json");

/// Without symbolic links, Git writes a file that contains the path.
const _: () = assert!(
    TEXT.len() > 100,
    "sim/openapi/waha.json must be a symbolic link: git config core.symlinks true, and check it out again"
);

#[derive(Debug, Default)]
pub(crate) struct Document {
    /// Those with fewer parameters at the front of their paths come first.
    pub(crate) operations: Vec<Operation>,
    /// The schemas of the components, by name.
    pub(crate) schemas: BTreeMap<String, Value>,
}

/// One method of one path.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Its name in the document: `<resource>_<action>`.
    pub(crate) id: String,
    pub(crate) method: Method,
    /// The path, with its parameters in braces.
    pub(crate) path: String,
    pub(crate) parameters: Vec<Parameter>,
    /// The schema of the JSON body, if it takes one.
    pub(crate) body: Option<Value>,
    /// Whether a release brought it that is known, so that servers of before 2025 do not have it.
    pub(crate) is_recent: bool,
    /// Media types and schemas of the answer; none for an empty body.
    pub(crate) answers: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "in")]
    pub(crate) place: Place,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) schema: Value,
}

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// The parameters in a path by name, decoded.
pub(crate) type PathValues = Vec<(&'static str, String)>;

/// What a method and a path lead to.
#[derive(Debug)]
pub(crate) enum Found {
    Operation(&'static Operation, PathValues),
    /// An operation, but an escape in the path is not UTF-8.
    BadEscape,
    Nothing,
}

#[derive(Deserialize)]
struct Source {
    paths: BTreeMap<String, BTreeMap<String, SourceOperation>>,
    components: Components,
}

#[derive(Deserialize)]
struct Components {
    schemas: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourceOperation {
    operation_id: String,
    #[serde(default, rename = "x-since")]
    since: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    request_body: Option<Content>,
    responses: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    content: BTreeMap<String, MediaType>,
}

#[derive(Deserialize)]
struct MediaType {
    #[serde(default)]
    schema: Value,
}

impl Document {
    fn parse(json: &str) -> serde_json::Result<Self> {
        let Source { paths, components } = serde_json::from_str(json)?;
        let mut operations = Vec::new();
        for (path, methods) in paths {
            for (method, source) in methods {
                if let Ok(method) = method.to_uppercase().parse() {
                    operations.push(Operation::new(method, path.clone(), source));
                }
            }
        }
        operations.sort_by(|a, b| by_precedence(&a.path, &b.path));
        Ok(Self { operations, schemas: components.schemas })
    }

    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The schema itself or the component which it refers to.
    pub(crate) fn resolve<'d>(&'d self, schema: &'d Value) -> &'d Value {
        let name = schema.get("$ref").and_then(Value::as_str).and_then(|link| link.rsplit('/').next());
        match name.and_then(|name| self.schemas.get(name)) {
            Some(target) => self.resolve(target),
            None => schema,
        }
    }
}

/// What a schema says, wherever it says so: itself, in the component it refers to, or in the parts it is made of.
impl Document {
    pub(crate) fn keyword<'d>(&'d self, schema: &'d Value, keyword: &str) -> Option<&'d Value> {
        let schema = self.resolve(schema);
        schema.get(keyword).or_else(|| self.parts(schema).find_map(|part| self.keyword(part, keyword)))
    }

    /// The schema of a property.
    pub(crate) fn property<'d>(&'d self, schema: &'d Value, name: &str) -> Option<&'d Value> {
        let schema = self.resolve(schema);
        let own = schema.get("properties").and_then(|properties| properties.get(name));
        own.or_else(|| self.parts(schema).find_map(|part| self.property(part, name)))
    }

    /// The schema of the items of a list.
    pub(crate) fn items<'d>(&'d self, schema: &'d Value) -> Option<&'d Value> {
        self.keyword(schema, "items")
    }

    pub(crate) fn has_properties(&self, schema: &Value) -> bool {
        self.keyword(schema, "properties").is_some()
    }

    pub(crate) fn requires(&self, schema: &Value, name: &str) -> bool {
        let schema = self.resolve(schema);
        let own =
            schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|it| it == name));
        own || self.parts(schema).any(|part| self.requires(part, name))
    }

    fn parts<'d>(&self, schema: &'d Value) -> impl Iterator<Item = &'d Value> + use<'d> {
        let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array());
        lists.flatten()
    }
}

impl Operation {
    fn new(method: Method, path: String, source: SourceOperation) -> Self {
        let json = |mut content: BTreeMap<String, MediaType>| content.remove("application/json").map(|it| it.schema);
        let answers = source.responses.into_iter().find(|(status, _)| status.starts_with('2'));
        let answers = answers.map(|(_, Content { content })| content).unwrap_or_default();
        Self {
            id: source.operation_id,
            method,
            path,
            parameters: source.parameters,
            is_recent: !source.since.is_empty() && !source.since.ends_with(" or older"),
            body: source.request_body.and_then(|Content { content }| json(content)),
            answers: answers.into_iter().map(|(mimetype, answer)| (mimetype, answer.schema)).collect(),
        }
    }

    /// The parameters in a path, if it is one of this operation. The server's router takes any case and a slash at
    /// the end.
    fn values(&'static self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let (mut known, mut sent) = (self.path.split('/'), path.split('/'));
        let mut values = Vec::new();
        loop {
            match (known.next(), sent.next()) {
                (None, None) => return Some(values),
                (Some(known), Some(sent)) => match known.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !sent.is_empty() => values.push((name, sent.to_owned())),
                    None if known.eq_ignore_ascii_case(sent) => {}
                    _ => return None,
                },
                _ => return None,
            }
        }
    }
}

/// The operation which the server would run for a method and a path.
pub(crate) fn find(method: &Method, path: &str) -> Found {
    // The framework answers HEAD wherever it answers GET.
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let candidates = DOCUMENT.operations.iter().filter(|operation| operation.method == method);
    let Some((operation, values)) =
        candidates.filter_map(|operation| Some((operation, operation.values(path)?))).next()
    else {
        return Found::Nothing;
    };
    let decode = |(name, value): (_, String)| Some((name, percent_decode_str(&value).decode_utf8().ok()?.into_owned()));
    match values.into_iter().map(decode).collect() {
        Some(values) => Found::Operation(operation, values),
        None => Found::BadEscape,
    }
}

/// A fixed segment comes before a parameter in the same place.
fn by_precedence(a: &str, b: &str) -> Ordering {
    let key =
        |path: &str| path.split('/').map(|segment| (segment.starts_with('{'), segment.to_owned())).collect::<Vec<_>>();
    key(a).cmp(&key(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(method: Method, path: &str) -> &'static str {
        match find(&method, path) {
            Found::Operation(operation, _) => &operation.id,
            Found::BadEscape => "an escape",
            Found::Nothing => "nothing",
        }
    }

    #[test]
    fn the_document_can_be_read() {
        assert_eq!(DOCUMENT.operations.len(), 192);
        assert!(DOCUMENT.schemas.len() > 100);
    }

    #[test]
    fn operations_are_told_by_method_and_path() {
        assert_eq!(id(Method::POST, "/api/sendImage"), "chatting_send_image");
        assert_eq!(id(Method::POST, "/API/sendimage/"), "chatting_send_image");
        assert_eq!(id(Method::HEAD, "/api/default/chats/overview"), id(Method::GET, "/api/default/chats/overview"));
        assert_eq!(id(Method::PUT, "/api/sendImage"), "nothing");
        assert_eq!(id(Method::GET, "/api//chats/overview"), "nothing");
        assert_eq!(id(Method::GET, "/api/%FF/chats"), "an escape");
    }

    #[test]
    fn a_fixed_path_wins_over_a_parameter() {
        assert_eq!(id(Method::GET, "/api/default/lids/count"), "lids_count");
        assert_eq!(id(Method::GET, "/api/default/lids/1"), "lids_get");
        assert_eq!(id(Method::GET, "/api/contacts/all"), "contacts_list");
        assert_eq!(id(Method::GET, "/api/sessions/me"), "sessions_get");
    }

    #[test]
    fn values_are_decoded() {
        let Found::Operation(_, values) = find(&Method::GET, "/api/a%2Fb/chats/1%40c.us/messages") else {
            panic!("it is an operation");
        };
        assert_eq!(values, [("session", "a/b".to_owned()), ("chatId", "1@c.us".to_owned())]);
    }
}
