//! The answers of an operation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Edit, Place, Walk, request::essence};
use crate::{
    document::Operation,
    literal,
    model::Direction,
    rules::{Carrier, Other},
    shape::{self, Document, Spot, TEXTS},
};

/// The answers of one side, by status.
type Answers<'a> = BTreeMap<String, Spot<'a>>;

/// How an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Bytes,
    Json,
    Text,
}

impl<'a> Walk<'a> {
    /// Compares the answers of an operation.
    pub(super) fn answers(&mut self, node: usize, place: &Place, base: &Spot<'a>, head: &Spot<'a>) {
        let place = Place { key: format!("{}/responses", place.key), ..place.clone() };
        let (base, head) = (self.read_answers(node, &place, base, true), self.read_answers(node, &place, head, false));
        for status in base.keys().filter(|status| !head.contains_key(*status)) {
            self.status(node, &place, status, &base[status], false);
        }
        for status in head.keys().filter(|status| !base.contains_key(*status)) {
            self.status(node, &place, status, &head[status], true);
        }
        for (status, from) in &base {
            let Some(to) = head.get(status) else { continue };
            let place = Place::both(&from.pointer, &to.pointer, format!("{}/{status}", place.key));
            self.texts(Some(node), &place, from.value, to.value, &TEXTS);
            self.headers(node, &place, from, to);
            let known = [&["content", "headers"][..], &TEXTS].concat();
            self.rest(Some(node), Direction::Response, &place, from.value, to.value, &known);
            if !is_success(status) {
                self.error(node, &place, from, to);
            }
        }
        self.success(node, &place, &base, &head);
    }

    fn read_answers(&mut self, node: usize, place: &Place, answers: &Spot<'a>, is_base: bool) -> Answers<'a> {
        let document = if is_base { self.base } else { self.head };
        let mut all = BTreeMap::new();
        for (status, answer) in answers.members().filter(|(status, _)| !status.starts_with("x-")) {
            let pointer = answer.pointer.clone();
            match document.follow(answer) {
                Some(answer) => drop(all.insert(status.to_ascii_uppercase(), answer)),
                None => self.dangling_part(node, &pointer, &format!("{}/{status}", place.key), is_base),
            }
        }
        all
    }

    fn status(&mut self, node: usize, place: &Place, status: &str, answer: &Spot<'a>, is_added: bool) {
        let kind = match (status.as_bytes().first(), is_added) {
            (Some(b'2'), true) => Other::SuccessStatusAdded,
            (Some(b'2'), false) => Other::SuccessStatusRemoved,
            (Some(b'1' | b'3'), true) => Other::RedirectAdded,
            (Some(b'1' | b'3'), false) => Other::RedirectRemoved,
            (_, true) => Other::ErrorStatusAdded,
            (_, false) => Other::ErrorStatusRemoved,
        };
        let key = format!("{}/{status}", place.key);
        let (place, before, after, message) = if is_added {
            (Place::head(&answer.pointer, key), Value::Null, status.into(), format!("it can answer {status}"))
        } else {
            (Place::base(&answer.pointer, key), status.into(), Value::Null, format!("it no longer answers {status}"))
        };
        self.other(Some(node), Direction::Response, kind, place, Edit::new(before, after, message));
    }

    fn headers(&mut self, node: usize, place: &Place, base: &Spot<'a>, head: &Spot<'a>) {
        let by_name = |answer: &Spot<'a>, document: Document<'a>| -> BTreeMap<String, Spot<'a>> {
            let followed = |header: Spot<'a>| document.follow(header.clone()).unwrap_or(header);
            let headers = answer.member("headers").members();
            headers.map(|(name, header)| (name.to_ascii_lowercase(), followed(header))).collect()
        };
        let (from, to) = (by_name(base, self.base), by_name(head, self.head));
        for name in from.keys().chain(to.keys().filter(|name| !from.contains_key(*name))) {
            let key = format!("{}/headers/{name}", place.key);
            let fact = |header: &Spot<'a>| crate::facts::of(header.value);
            let (kind, place, before, after, message) = match (from.get(name), to.get(name)) {
                (Some(from), None) => {
                    let place = Place::base(&from.pointer, key);
                    (Other::HeaderRemoved, place, fact(from), Value::Null, format!("the header `{name}` was removed"))
                }
                (None, Some(to)) => {
                    let place = Place::head(&to.pointer, key);
                    (Other::HeaderAdded, place, Value::Null, fact(to), format!("the header `{name}` was added"))
                }
                (Some(from), Some(to)) => {
                    let place = Place::both(&from.pointer, &to.pointer, key);
                    let (before, after) = (fact(from), fact(to));
                    self.texts(Some(node), &place, from.value, to.value, &TEXTS);
                    if literal::text(&before) == literal::text(&after) {
                        continue;
                    }
                    (Other::HeaderChanged, place, before, after, format!("the header `{name}` changed"))
                }
                (None, None) => continue,
            };
            self.other(Some(node), Direction::Response, kind, place, Edit::new(before, after, message));
        }
    }

    /// Compares the bodies of an error, of which the client reads what it can.
    fn error(&mut self, node: usize, place: &Place, base: &Spot<'a>, head: &Spot<'a>) {
        let (from, to) = (contents(base), contents(head));
        let names = |contents: &BTreeMap<String, Spot<'a>>| Value::from(contents.keys().cloned().collect::<Vec<_>>());
        if names(&from) != names(&to) {
            let place = Place { key: format!("{}/content", place.key), ..place.clone() };
            let message = "the body of the error has other media types".to_owned();
            let edit = Edit::new(names(&from), names(&to), message);
            self.other(Some(node), Direction::Response, Other::ErrorContentChanged, place, edit);
        }
        for (name, from) in &from {
            let Some(to) = to.get(name) else { continue };
            self.answer(node, &place.key, name, Carrier::Error, [from, to]);
        }
    }

    /// Compares the successes, all of which a client reads alike, as one of the media types.
    fn success(&mut self, node: usize, place: &Place, base: &Answers<'a>, head: &Answers<'a>) {
        let all = |answers: &Answers<'a>| {
            let mut all = BTreeMap::new();
            for (_, answer) in answers.iter().filter(|(status, _)| is_success(status)) {
                for (name, content) in contents(answer) {
                    all.entry(name).or_insert(content);
                }
            }
            all
        };
        let (from, to) = (all(base), all(head));
        let names = |contents: &BTreeMap<String, Spot<'a>>| Value::from(contents.keys().cloned().collect::<Vec<_>>());
        let shown = |contents: &BTreeMap<String, Spot<'a>>| contents.keys().cloned().collect::<Vec<_>>().join(", ");
        let read = chosen(&from);
        // The media type that is read in the same way as before, by any name.
        let same = read.and_then(|(reading, name)| {
            let alike = |(_, content): &(&String, &Spot<'a>)| self::reading(name, content) == reading;
            to.get_key_value(name)
                .filter(alike)
                .or_else(|| to.iter().find(|(name, it)| self::reading(name, it) == reading))
        });
        let kind = match (read, same) {
            (None, _) if to.is_empty() => None,
            (None, _) => Some((Other::ContentAdded, format!("it answers with a body ({})", shown(&to)))),
            (Some(_), _) if to.is_empty() => Some((Other::ContentRemoved, "it answers without a body".to_owned())),
            (Some(_), None) => {
                Some((Other::ContentKindChanged, format!("it answers with {} instead of {}", shown(&to), shown(&from))))
            }
            (Some(_), Some(_)) => None,
        };
        let is_settled = kind.is_some();
        if let Some((kind, message)) = kind {
            let edit = Edit::new(names(&from), names(&to), message);
            let place = Place { key: format!("{}/content", place.key), ..place.clone() };
            self.other(Some(node), Direction::Response, kind, place, edit);
        }
        for (name, content) in &from {
            match to.get(name) {
                Some(other) => self.answer(node, &place.key, name, Carrier::Response, [content, other]),
                None if is_settled => {}
                None => {
                    let place = Place::base(&content.pointer, format!("{}/{name}", place.key));
                    let message = format!("it no longer answers with `{name}`");
                    let edit = Edit::new(name.as_str().into(), Value::Null, message);
                    self.other(Some(node), Direction::Response, Other::MediaTypeRemoved, place, edit);
                }
            }
        }
        for (name, content) in to.iter().filter(|(name, _)| !from.contains_key(*name) && !is_settled) {
            let place = Place::head(&content.pointer, format!("{}/{name}", place.key));
            let message = format!("it can also answer with `{name}`");
            let edit = Edit::new(Value::Null, name.as_str().into(), message);
            self.other(Some(node), Direction::Response, Other::MediaTypeAdded, place, edit);
        }
        if let (Some((_, name)), Some((new, content))) = (read, same.filter(|(new, _)| !from.contains_key(*new))) {
            self.answer(node, &place.key, new, Carrier::Response, [&from[name], content]);
        }
        self.single_successes(node, place, [base, head], [&from, &to]);
    }

    /// Compares successes that have another body than the first, or none.
    fn single_successes(
        &mut self,
        node: usize,
        place: &Place,
        [base, head]: [&Answers<'a>; 2],
        [from, to]: [&BTreeMap<String, Spot<'a>>; 2],
    ) {
        let reads_nothing = |answer: Option<&Spot<'a>>| answer.is_some_and(|answer| contents(answer).is_empty());
        let is_read = chosen(from).is_some_and(|(reading, _)| reading != Reading::Bytes);
        for (status, answer) in head.iter().filter(|(status, _)| is_success(status)) {
            let key = format!("{}/{status}", place.key);
            let twin = base.get(status);
            if is_read && !to.is_empty() && contents(answer).is_empty() && !reads_nothing(twin) {
                let place = Place { base: twin.map(|twin| twin.pointer.clone()), ..Place::head(&answer.pointer, key) };
                let message = format!("the answer {status} has no body");
                let edit = Edit::new(Value::from(true), Value::from(false), message);
                self.other(Some(node), Direction::Response, Other::ContentRemoved, place, edit);
                continue;
            }
            let twin = twin.map(contents);
            for (name, content) in contents(answer) {
                let from = twin.as_ref().and_then(|twin| twin.get(&name)).or_else(|| from.get(&name));
                if let Some(from) = from.filter(|_| to[&name].pointer != content.pointer) {
                    self.answer(node, &key, &name, Carrier::Response, [from, &content]);
                }
            }
        }
    }

    /// Compares the bodies of an answer in one media type. Of bytes nothing is read but the bytes.
    fn answer(&mut self, node: usize, prefix: &str, name: &str, carrier: Carrier, contents: [&Spot<'a>; 2]) {
        let key = format!("{prefix}/{name}");
        if contents.iter().all(|content| reading(name, content) == Reading::Bytes) {
            self.about_body(node, &key, carrier, contents);
        } else {
            self.body(node, &key, carrier, contents);
        }
    }
}

/// Returns whether the successes of an operation are read where they have no body.
pub(crate) fn reads_nothing(document: &Document<'_>, operation: &Operation<'_>) -> bool {
    let responses = Spot { pointer: String::new(), value: operation.value }.member("responses");
    let successes = responses.members().filter(|(status, _)| is_success(status));
    let contents: Vec<_> = successes.map(|(_, answer)| contents(&answer)).collect();
    contents.iter().all(|contents| {
        let Some((reading, name)) = chosen(contents) else { return true };
        reading == Reading::Bytes || document.client.adapts_bodies && takes_null(document, &contents[name])
    })
}

/// Returns whether a body may be null.
fn takes_null<'a>(document: &Document<'a>, content: &Spot<'a>) -> bool {
    let schema = content.member("schema");
    let (notes, shape) = shape::read(document, schema).whole(document);
    notes.nullable || shape.is_open(document)
}

/// Returns the bodies of an answer, by media type.
fn contents<'a>(answer: &Spot<'a>) -> BTreeMap<String, Spot<'a>> {
    answer.member("content").members().map(|(name, content)| (essence(name), content)).collect()
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// Returns the media type that a client reads: bytes before JSON, and JSON before others.
fn chosen<'c>(contents: &'c BTreeMap<String, Spot<'_>>) -> Option<(Reading, &'c str)> {
    let all = || contents.iter().map(|(name, content)| (reading(name, content), name.as_str()));
    let of = |wanted| all().find(|(reading, _)| *reading == wanted);
    of(Reading::Bytes).or_else(|| of(Reading::Json)).or_else(|| all().next())
}

fn reading(media_type: &str, content: &Spot<'_>) -> Reading {
    let essence = media_type.split(';').next().unwrap_or_default();
    let is_text = ["text/html", "text/plain", "text/event-stream"].contains(&essence);
    match essence {
        _ if content.value["schema"]["format"] == "binary" => Reading::Bytes,
        json if json.ends_with("json") => Reading::Json,
        _ if is_text => Reading::Text,
        _ => Reading::Bytes,
    }
}
