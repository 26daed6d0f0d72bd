//! What a schema says about its place.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is said about a place, and not about the values that it takes.
#[derive(Default)]
pub struct Notes<'a> {
    /// Whether it may be null.
    pub nullable: bool,
    /// What it means to leave it out.
    pub default: Option<&'a Value>,
    /// Whether it is to be used no more.
    pub deprecated: bool,
    /// `readOnly`, `writeOnly`.
    pub access: [bool; 2],
    /// Texts for people.
    pub texts: BTreeMap<&'a str, &'a Value>,
    /// Extensions of somebody.
    pub extensions: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Notes<'a> {
    /// Takes a keyword, and returns whether it is one about a place.
    pub(super) fn take(&mut self, keyword: &'a str, value: &'a Value) -> bool {
        match keyword {
            "nullable" => self.nullable |= value == true,
            "deprecated" => self.deprecated |= value == true,
            "readOnly" => self.access[0] |= value == true,
            "writeOnly" => self.access[1] |= value == true,
            "default" => {
                self.default = self.default.or(Some(value).filter(|value| !value.is_null()));
            }
            text if TEXTS.contains(&text) => {
                self.texts.entry(text).or_insert(value);
            }
            "x-extensible-enum" => return false,
            extension if extension.starts_with("x-") => {
                self.extensions.entry(extension).or_insert(value);
            }
            // A flag of the property, which its object has collected.
            "required" if value.is_boolean() => {}
            _ => return false,
        }
        true
    }

    pub(super) fn join(&mut self, inner: Self) {
        self.nullable |= inner.nullable;
        self.deprecated |= inner.deprecated;
        self.access = [self.access[0] || inner.access[0], self.access[1] || inner.access[1]];
        self.default = self.default.or(inner.default);
        for (keyword, text) in inner.texts {
            self.texts.entry(keyword).or_insert(text);
        }
        for (keyword, value) in inner.extensions {
            self.extensions.entry(keyword).or_insert(value);
        }
    }
}

/// Keywords that only people read.
pub const TEXTS: [&str; 8] =
    ["description", "summary", "title", "example", "examples", "externalDocs", "$comment", "xml"];
