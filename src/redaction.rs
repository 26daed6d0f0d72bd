//! The API key's own text, which nothing that this client says may repeat: a server that repeats it is not repeated.

use std::{borrow::Cow, sync::OnceLock};

use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use crate::{http::path, types::ErrorBody};

/// What stands in the key's place.
const MASK: &str = "***";

/// Takes the key out of what others have said.
pub(crate) struct Secret {
    key: Option<HeaderValue>,
    /// Made where they are needed: a call that goes well needs none.
    spellings: OnceLock<Vec<String>>,
}

impl Secret {
    pub(crate) fn new(key: Option<HeaderValue>) -> Self {
        Self { key, spellings: OnceLock::new() }
    }

    /// The key as it is, as it stands in JSON, and as it stands in a URL; none where there is no key.
    fn spellings(&self) -> &[String] {
        self.spellings.get_or_init(|| {
            let key = self.key.as_ref().and_then(|key| std::str::from_utf8(key.as_bytes()).ok()).unwrap_or_default();
            let in_json = Value::from(key).to_string();
            let mut spellings = vec![key.to_owned(), in_json[1..in_json.len() - 1].to_owned(), path::encode(key)];
            spellings.retain(|spelling| !spelling.is_empty());
            spellings.dedup();
            spellings
        })
    }

    /// The same text without the key.
    pub(crate) fn hide<'a>(&self, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let mut text = text.into();
        for spelling in self.spellings() {
            if text.contains(spelling) {
                text = text.replace(spelling, MASK).into();
            }
        }
        text
    }

    /// The same text without the key, and without the beginning of it where the text was clipped.
    pub(crate) fn hide_in_clipped(&self, text: &str) -> String {
        let mut text = self.hide(text).into_owned();
        let Some(cut) = text.rfind('…') else { return text };
        let beginnings = self.spellings().iter().flat_map(|key| (1..key.len()).filter_map(|end| key.get(..end)));
        let longest = beginnings.filter(|beginning| text[..cut].ends_with(beginning)).max_by_key(|it| it.len());
        if let Some(longest) = longest {
            text.replace_range(cut - longest.len()..cut, MASK);
        }
        text
    }

    /// The same error without the key in any of its texts.
    pub(crate) fn hide_in_body(&self, body: ErrorBody) -> ErrorBody {
        let Ok(mut value) = serde_json::to_value(&body) else { return body };
        if !self.hide_in_value(&mut value) {
            return body;
        }
        // A text remains a text, so that it can be read again.
        serde_json::from_value(value).unwrap_or_default()
    }

    /// Whether there was anything to hide.
    fn hide_in_value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.hide(text.as_str()) {
                Cow::Owned(hidden) => {
                    *text = hidden;
                    true
                }
                Cow::Borrowed(_) => false,
            },
            Value::Array(items) => {
                let mut found = false;
                for item in items {
                    found |= self.hide_in_value(item);
                }
                found
            }
            Value::Object(members) => {
                let mut found = false;
                let hidden = std::mem::take(members).into_iter().map(|(name, mut member)| {
                    let hidden = self.hide(name.as_str()).into_owned();
                    found |= self.hide_in_value(&mut member) | (hidden != name);
                    (hidden, member)
                });
                *members = hidden.collect();
                found
            }
            _ => false,
        }
    }

    /// A header with the key in it does not print.
    pub(crate) fn hide_in_headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            let text = String::from_utf8_lossy(value.as_bytes());
            if self.spellings().iter().any(|spelling| text.contains(spelling)) {
                value.set_sensitive(true);
            }
        }
    }
}
