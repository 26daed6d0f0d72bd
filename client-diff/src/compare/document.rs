//! The top of two documents: information, servers, tags.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Edit, Place, Walk};
use crate::{
    literal,
    model::Direction,
    rules::{self, Wording},
    shape::TEXTS,
};

/// Keywords that are compared elsewhere, or are spelling.
const TOP: [&str; 10] = [
    "openapi",
    "info",
    "servers",
    "tags",
    "paths",
    "webhooks",
    "x-webhooks",
    "components",
    "security",
    "jsonSchemaDialect",
];

impl<'a> Walk<'a> {
    /// Compares the top of the documents.
    pub(super) fn document(&mut self) {
        let (base, head) = (self.base.root, self.head.root);
        let top = Place::both("", "", "");
        self.rest(None, Direction::Structure, &top, base, head, &[&TOP[..], &TEXTS].concat());
        self.texts(None, &top, base, head, &["externalDocs"]);
        let info = Place::both("/info", "/info", "/info");
        let keywords = ["title", "summary", "description", "termsOfService", "contact", "license"];
        self.texts(None, &info, &base["info"], &head["info"], &keywords);
        self.servers(&base["servers"], &head["servers"]);
        self.tags();
        self.schemes();
    }

    fn servers(&mut self, base: &Value, head: &Value) {
        if literal::text(base) != literal::text(head) {
            let edit = Edit::new(base.clone(), head.clone(), "the servers changed");
            self.text(None, Wording::Servers, Place::both("", "", ""), "servers", edit);
        }
    }

    /// Compares what is said about tags; the tags of an operation are compared with the operation.
    fn tags(&mut self) {
        let by_name = |tags: &'a Value| -> BTreeMap<&'a str, &'a Value> {
            let tags = tags.as_array().into_iter().flatten();
            tags.filter_map(|tag| Some((tag["name"].as_str()?, tag))).collect()
        };
        let (before, after) = (by_name(&self.base.root["tags"]), by_name(&self.head.root["tags"]));
        for (name, tag) in &before {
            let Some(now) = after.get(name) else { continue };
            let place = Place::both("/tags", "/tags", format!("/tags/{name}"));
            if literal::text(tag) != literal::text(now) {
                let message = format!("the text of the tag {name} changed");
                let edit = Edit::new((*tag).clone(), (*now).clone(), message);
                let rule = rules::text(Wording::Text);
                self.found(rule, Direction::Structure, None, place, edit);
            }
        }
    }
}
