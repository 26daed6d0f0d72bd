//! The parameters of an operation, by their place and name.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::{Value, json};

use super::{Edit, Here, Place, Walk, operations::Operation, schemas::ANY};
use crate::{
    facts, literal,
    model::Direction,
    rules::{Carrier, Other},
    shape::{self, Spot, TEXTS},
};

/// A parameter of one document.
struct Parameter<'a> {
    spot: Spot<'a>,
    is_required: bool,
    style: String,
    schema: Spot<'a>,
}

/// The schema of a parameter that declares no type.
static TEXT: LazyLock<Value> = LazyLock::new(|| json!({ "type": "string" }));

/// Keywords that declare a type.
const TYPES: [&str; 6] = ["type", "$ref", "allOf", "oneOf", "anyOf", "enum"];

impl<'a> Parameter<'a> {
    fn read(spot: Spot<'a>) -> Self {
        let value = spot.value;
        let place = value["in"].as_str().unwrap_or_default();
        let form = ["query", "cookie"].contains(&place);
        let style = value["style"].as_str().unwrap_or(if form { "form" } else { "simple" });
        let explode = value["explode"].as_bool().unwrap_or(style == "form");
        let (style, mut schema) = match spot.member("content").members().next() {
            Some((media_type, content)) => (media_type.to_owned(), content.member("schema")),
            None => {
                let reserved = if value["allowReserved"] == true { ", reserved characters" } else { "" };
                (format!("{style}{}{reserved}", if explode { ", exploded" } else { "" }), spot.member("schema"))
            }
        };
        if schema.value.is_null() {
            schema.value = &TEXT;
        }
        Self { is_required: place == "path" || value["required"] == true, style, schema, spot }
    }

    /// Returns whether it declares no type: in an address, everything is text.
    fn is_untyped(&self) -> bool {
        !TYPES.iter().any(|keyword| self.schema.value.get(*keyword).is_some())
    }

    /// Returns its content without its name.
    fn content(&self) -> String {
        let schema = literal::text(&facts::of(self.schema.value));
        format!("{} {} {schema}", self.is_required, self.style)
    }
}

/// In which part of the request, and by which name.
type ParameterKey = (String, String);

impl<'a> Walk<'a> {
    pub(super) fn parameters(&mut self, node: usize, base: &Operation<'a>, head: &Operation<'a>) {
        let (mut from, to) = (self.read_parameters(node, base, true), self.read_parameters(node, head, false));
        let prefix = format!("{}/parameters", head.label());
        // The names of the values of a path are not sent.
        if base.address() == head.address() {
            for (old, new) in values_of(base.path).zip(values_of(head.path)).filter(|(old, new)| old != new) {
                let [before, after] = [old, new].map(|name| ("path".to_owned(), name.to_owned()));
                let (Some(parameter), Some(other)) = (from.remove(&before), to.get(&after)) else { continue };
                let place = Place::both(&parameter.spot.pointer, &other.spot.pointer, format!("{prefix}/path:{new}"));
                let message = format!("the path parameter `{old}` was renamed to `{new}`");
                let edit = Edit::new(old.into(), new.into(), message);
                self.other(Some(node), Direction::Request, Other::PathParameterRenamed, place, edit);
                from.insert(after, parameter);
            }
        }
        let (mut removed, mut new) = (Vec::new(), Vec::new());
        for (key, parameter) in &from {
            match to.get(key) {
                Some(other) => self.parameter(node, &prefix, key, parameter, other),
                None => removed.push((key, parameter)),
            }
        }
        new.extend(to.iter().filter(|(key, _)| !from.contains_key(*key)));
        self.renamed_parameters(node, &prefix, &mut removed, &mut new);
        for (key, parameter) in removed {
            let place = Place::base(&parameter.spot.pointer, key_of(&prefix, key));
            let edit = Edit::new(
                facts::of(parameter.spot.value),
                Value::Null,
                format!("the parameter `{}` was removed", key.1),
            );
            self.other(Some(node), Direction::Request, Other::ParameterRemoved, place, edit);
        }
        for (key, parameter) in new {
            let place = Place::head(&parameter.spot.pointer, key_of(&prefix, key));
            let (kind, word) = if parameter.is_required {
                (Other::RequiredParameterAdded, "required")
            } else {
                (Other::ParameterAdded, "optional")
            };
            let edit = Edit::new(
                Value::Null,
                facts::of(parameter.spot.value),
                format!("the {word} parameter `{}` was added to the {}", key.1, key.0),
            );
            self.other(Some(node), Direction::Request, kind, place, edit);
        }
    }

    /// Takes those out of both lists that are the same parameter: of the same name in another place, or of the same content
    /// by another name, if no other parameter has that content.
    fn renamed_parameters<'p>(
        &mut self,
        node: usize,
        prefix: &str,
        removed: &mut Vec<(&'p ParameterKey, &'p Parameter<'a>)>,
        new: &mut Vec<(&'p ParameterKey, &'p Parameter<'a>)>,
    ) {
        removed.retain(|(key, parameter)| {
            let content = parameter.content();
            let same = |(other, candidate): &(&ParameterKey, &Parameter<'a>)| {
                other.1 == key.1 || other.0 == key.0 && candidate.content() == content
            };
            let mut alike = new.iter().enumerate().filter(|(_, candidate)| same(candidate)).map(|(i, _)| i);
            let (Some(i), None) = (alike.next(), alike.next()) else { return true };
            let (to, other) = new.remove(i);
            let (kind, message) = if to.1 == key.1 {
                (Other::ParameterMoved, format!("the parameter `{}` was moved to the {}", key.1, to.0))
            } else if other.is_required {
                (Other::RequiredParameterRenamed, format!("the parameter `{}` was renamed to `{}`", key.1, to.1))
            } else {
                (Other::ParameterRenamed, format!("the parameter `{}` was renamed to `{}`", key.1, to.1))
            };
            let place = Place::both(&parameter.spot.pointer, &other.spot.pointer, key_of(prefix, to));
            let shown = |key: &ParameterKey| Value::from(format!("{} {}", key.0, key.1));
            let edit = Edit::new(shown(key), shown(to), message);
            self.other(Some(node), Direction::Request, kind, place, edit);
            false
        });
    }

    fn read_parameters(
        &mut self,
        node: usize,
        operation: &Operation<'a>,
        is_base: bool,
    ) -> BTreeMap<ParameterKey, Parameter<'a>> {
        let document = if is_base { self.base } else { self.head };
        let mut all = BTreeMap::new();
        // A parameter of the operation replaces that of its path.
        for declared in operation.shared.elements().chain(operation.spot.member("parameters").elements()) {
            let pointer = declared.pointer.clone();
            let Some(spot) = document.follow(declared) else {
                self.dangling_part(node, &pointer, &operation.label(), is_base);
                continue;
            };
            let text = |keyword: &str| spot.value[keyword].as_str().unwrap_or_default().to_owned();
            let mut name = text("name");
            let place = text("in");
            if place == "header" {
                name.make_ascii_lowercase();
            }
            all.insert((place, name), Parameter::read(spot));
        }
        all
    }

    /// Returns whether a parameter of BASE is a list or an object.
    fn is_list(&self, schema: &Spot<'a>) -> bool {
        let (_, shape) = shape::read(&self.base, schema.clone()).whole(&self.base);
        shape.types.contains("array") || shape.types.contains("object")
    }

    fn parameter(&mut self, node: usize, prefix: &str, key: &ParameterKey, base: &Parameter<'a>, head: &Parameter<'a>) {
        const KNOWN: [&str; 10] = [
            "name",
            "in",
            "required",
            "deprecated",
            "style",
            "explode",
            "allowReserved",
            "schema",
            "content",
            "allowEmptyValue",
        ];
        let place = Place::both(&base.spot.pointer, &head.spot.pointer, key_of(prefix, key));
        let (from, to) = (base.spot.value, head.spot.value);
        let name = &key.1;
        let mut differ = |keyword: &str, (kind, before, after, message): (Other, Value, Value, String)| {
            if before != after {
                let place = Place { key: format!("{}/{keyword}", place.key), ..place.clone() };
                self.other(Some(node), Direction::Request, kind, place, Edit::new(before, after, message));
            }
        };
        // What is said where a flag was set, and where it was taken away.
        let flag = |[before, after]: [bool; 2], set: (Other, &str), unset: (Other, &str)| {
            let (kind, words) = if after { set } else { unset };
            (kind, before.into(), after.into(), format!("the parameter `{name}` {words}"))
        };
        let flags = |keyword: &str| [from, to].map(|parameter| parameter[keyword] == true);
        let is_required = flag(
            [base.is_required, head.is_required],
            (Other::ParameterBecameRequired, "is now required"),
            (Other::ParameterBecameOptional, "is now optional"),
        );
        differ("required", is_required);
        let [before, after] = [&base.style, &head.style].map(|style| Value::from(style.as_str()));
        let message = format!("the style of the parameter `{name}` is now {}", head.style);
        differ("style", (Other::ParameterStyleChanged, before, after, message));
        let may_be_empty = flag(
            flags("allowEmptyValue"),
            (Other::ParameterEmptyAllowed, "may be empty"),
            (Other::ParameterEmptyRefused, "may no longer be empty"),
        );
        differ("allowEmptyValue", may_be_empty);
        let is_deprecated = flag(
            flags("deprecated"),
            (Other::ParameterDeprecated, "is deprecated"),
            (Other::ParameterUndeprecated, "is no longer deprecated"),
        );
        differ("deprecated", is_deprecated);
        self.texts(Some(node), &place, from, to, &TEXTS);
        self.rest(Some(node), Direction::Request, &place, from, to, &[&KNOWN[..], &TEXTS].concat());
        let place = Place::both(&base.schema.pointer, &head.schema.pointer, format!("{}/schema", key_of(prefix, key)));
        // A list is several texts, which a server that declares no type takes as well.
        let untyped: &Value = if !base.is_untyped() && self.is_list(&base.schema) { &ANY } else { &TEXT };
        let text = |parameter: &Parameter<'a>| match parameter.is_untyped() {
            true => Spot { pointer: parameter.schema.pointer.clone(), value: untyped },
            false => parameter.schema.clone(),
        };
        let here = Here {
            is_text: true,
            is_optional: !base.is_required,
            ..Here::at(place, [&text(base), &text(head)], node, Carrier::Request)
        };
        if base.is_untyped() || head.is_untyped() {
            let default = |parameter: &Parameter<'a>| parameter.schema.value.get("default").cloned();
            self.defaults(&here, default(base).as_ref(), default(head).as_ref());
        }
        if !(base.is_untyped() && head.is_untyped()) {
            self.schema(&here, text(base), text(head));
        }
    }
}

/// Returns a name of a parameter that does not depend on its position.
fn key_of(prefix: &str, (place, name): &ParameterKey) -> String {
    format!("{prefix}/{place}:{name}")
}

/// Returns the names of the values of a path, in order.
fn values_of(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
