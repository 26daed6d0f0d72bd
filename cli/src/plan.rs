//! A request as a value: it can be sent, and it can be shown.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use waha::{Media, Method, Request};

use crate::{
    config::Settings,
    exit::Failure,
    output::Output,
    table::{Operation, Session},
};

/// What a path segment or a query need not escape.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// The longest text that a dry run shows in full, in bytes: the content of a file is longer.
const LONGEST: usize = 1000;

/// A request that has not been sent.
#[derive(Clone, Debug)]
pub struct Plan {
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: String,
    pub params: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    pub body: Option<Value>,
    /// A file that is read while it is sent, and its place in the body, which says what is sent there.
    pub file: Option<(String, Media)>,
    secrets: &'static [&'static [&'static str]],
}

impl Plan {
    /// Begins a request to any path.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), params: Vec::new(), query: Vec::new(), body: None, file: None, secrets: &[] }
    }

    /// Begins the request of an operation, with the session in its place.
    ///
    /// # Errors
    ///
    /// The method is none.
    pub fn of(operation: &'static Operation, settings: &Settings) -> Result<Self, Failure> {
        let method = operation.method.parse();
        let method = method.map_err(|_| Failure::usage(format!("{} is no method of HTTP", operation.method)))?;
        let mut plan = Self { secrets: operation.secrets, ..Self::new(method, operation.path) };
        let session = &settings.session;
        match operation.session {
            Session::None => {}
            Session::Path => plan = plan.param("session", session),
            Session::Query => plan = plan.query("session", session),
            Session::Body(property) => plan = plan.set(property, session.clone()),
            Session::IfGiven if settings.is_session_given => plan = plan.set("session", session.clone()),
            Session::IfGiven => {}
        }
        Ok(plan)
    }

    /// Fills a parameter of the path.
    pub fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces a parameter of the query.
    pub fn requery(&mut self, name: &str, value: impl Into<String>) {
        self.query.retain(|(other, _)| other != name);
        self.query.push((name.to_owned(), value.into()));
    }

    /// Sets a property of the body.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members().insert(name.to_owned(), value.into());
        self
    }

    /// The properties of the body, which is made an object if it is none.
    pub fn members(&mut self) -> &mut Map<String, Value> {
        let body = self.body.get_or_insert_with(|| json!({}));
        if !body.is_object() {
            *body = json!({});
        }
        match body {
            Value::Object(members) => members,
            _ => unreachable!("it was made an object"),
        }
    }

    /// Makes the request.
    pub fn request(&self, client: &waha::Client) -> Request {
        let mut request = client.request(self.method.clone(), &self.path);
        for (name, value) in &self.params {
            request = request.param(name, value);
        }
        for (name, value) in &self.query {
            request = request.query(name, value);
        }
        if let Some(body) = &self.body {
            request = request.json(body);
        }
        match &self.file {
            Some((place, file)) => request.file(place, file.clone()),
            None => request,
        }
    }

    /// Writes the request as it would go, with its secrets masked, also as a command of curl.
    ///
    /// # Errors
    ///
    /// stdout cannot be written.
    pub fn show(&self, settings: &Settings, output: &Output) -> Result<(), Failure> {
        // An address that cannot be used is refused as if the request were sent.
        let base = settings.client()?.base_url().as_str().trim_end_matches('/').to_owned();
        let url = format!("{base}{}", self.target());
        let body = self.body.clone().map(|mut body| {
            self.secrets.iter().for_each(|place| mask(&mut body, place));
            shorten(&mut body);
            body
        });
        let mut headers = Map::new();
        if settings.key.is_some() {
            headers.insert("X-Api-Key".to_owned(), "***".into());
        }
        if body.is_some() {
            headers.insert("Content-Type".to_owned(), "application/json".into());
        }
        let curl = curl(&self.method, &url, settings.key.is_some(), body.as_ref());
        let mut people = format!("{} {url}", self.method);
        for (name, value) in &headers {
            let _ = write!(people, "\n{name}: {}", value.as_str().unwrap_or_default());
        }
        if let Some(body) = &body {
            let _ = write!(people, "\n\n{}", serde_json::to_string_pretty(body).unwrap_or_default());
        }
        let _ = write!(people, "\n\n{curl}");
        let value = json!({
            "method": self.method.as_str(), "url": url, "headers": headers, "body": body, "curl": curl,
        });
        output.either(&people, &value)
    }

    /// The path and the query, escaped.
    fn target(&self) -> String {
        let mut target = self.path.clone();
        for (name, value) in &self.params {
            target = target.replace(&format!("{{{name}}}"), &utf8_percent_encode(value, PLAIN).to_string());
        }
        for (position, (name, value)) in self.query.iter().enumerate() {
            let sign = if position == 0 { '?' } else { '&' };
            let (name, value) = (utf8_percent_encode(name, PLAIN), utf8_percent_encode(value, PLAIN));
            let _ = write!(target, "{sign}{name}={value}");
        }
        target
    }
}

/// The request as a command of a shell, which finds the key in the environment.
fn curl(method: &Method, url: &str, has_key: bool, body: Option<&Value>) -> String {
    let mut command = format!("curl -X {method} {}", quoted(url));
    if has_key {
        command.push_str(" -H \"X-Api-Key: $WAHA_API_KEY\"");
    }
    if let Some(body) = body {
        let _ = write!(command, " -H 'Content-Type: application/json' -d {}", quoted(&body.to_string()));
    }
    command
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Puts `***` in the place of a secret.
fn mask(value: &mut Value, place: &[&str]) {
    match (place, value) {
        (_, Value::Null) => {}
        ([], secret) => *secret = "***".into(),
        (["*", rest @ ..], Value::Array(items)) => items.iter_mut().for_each(|item| mask(item, rest)),
        (["*", rest @ ..], Value::Object(members)) => members.values_mut().for_each(|member| mask(member, rest)),
        ([name, rest @ ..], Value::Object(members)) => {
            if let Some(member) = members.get_mut(*name) {
                mask(member, rest);
            }
        }
        _ => {}
    }
}

/// Shortens texts that nobody reads, such as the content of a file.
fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > LONGEST => {
            let begin: String = text.chars().take(40).collect();
            *text = format!("{begin}… ({} bytes)", text.len());
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_the_document_has_them() {
        let mut body =
            json!({ "config": { "webhooks": [{ "hmac": { "key": "a" } }, { "hmac": null }] }, "env": { "A": "b" } });
        mask(&mut body, &["config", "webhooks", "*", "hmac", "key"]);
        mask(&mut body, &["env", "*"]);
        mask(&mut body, &["absent", "key"]);
        let expected = json!({ "config": { "webhooks": [{ "hmac": { "key": "***" } }, { "hmac": null }] }, "env": { "A": "***" } });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_target_is_escaped() {
        let plan =
            Plan::new(Method::GET, "/api/{session}/chats/{id}").param("session", "default").param("id", "a/b?c@g.us");
        assert_eq!(plan.query("q", "a&b c").target(), "/api/default/chats/a%2Fb%3Fc@g.us?q=a%26b%20c");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
