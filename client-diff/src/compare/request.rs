//! The body of a request.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Edit, Place, Walk};
use crate::{
    model::Direction,
    rules::{Carrier, Other},
    shape::{Spot, TEXTS},
};

impl<'a> Walk<'a> {
    pub(super) fn request(&mut self, node: usize, place: &Place, base: Spot<'a>, head: Spot<'a>) {
        let place = Place { key: format!("{}/requestBody", place.key), ..place.clone() };
        let [base, head] = [(base, true), (head, false)].map(|(body, is_base)| {
            let body = Some(body).filter(|body| body.value.is_object())?;
            let document = if is_base { self.base } else { self.head };
            let pointer = body.pointer.clone();
            let followed = document.follow(body);
            if followed.is_none() {
                self.dangling_part(node, &pointer, &place.key, is_base);
            }
            followed
        });
        let is_required = |body: &Spot<'_>| body.value["required"] == true;
        let flag = |before: bool, after: bool, message: &str| Edit::new(before.into(), after.into(), message);
        let (base, head) = match (base, head) {
            (None, None) => return,
            (None, Some(head)) => {
                let (kind, message) = if is_required(&head) {
                    (Other::RequiredBodyAdded, "a required body was added")
                } else {
                    (Other::BodyAdded, "an optional body was added")
                };
                let place = Place { head: Some(head.pointer), ..place };
                return self.other(Some(node), Direction::Request, kind, place, flag(false, true, message));
            }
            (Some(base), None) => {
                let place = Place { base: Some(base.pointer), ..place };
                let edit = flag(true, false, "the body was removed");
                return self.other(Some(node), Direction::Request, Other::BodyRemoved, place, edit);
            }
            (Some(base), Some(head)) => (base, head),
        };
        let place = Place::both(&base.pointer, &head.pointer, place.key);
        if is_required(&base) != is_required(&head) {
            let (kind, message) = if is_required(&head) {
                (Other::BodyBecameRequired, "the body is now required")
            } else {
                (Other::BodyBecameOptional, "the body is now optional")
            };
            let place = Place { key: format!("{}/required", place.key), ..place.clone() };
            let edit = flag(is_required(&base), is_required(&head), message);
            self.other(Some(node), Direction::Request, kind, place, edit);
        }
        self.texts(Some(node), &place, base.value, head.value, &TEXTS);
        let known = [&["required", "content"][..], &TEXTS].concat();
        self.rest(Some(node), Direction::Request, &place, base.value, head.value, &known);
        let media_types = |body: &Spot<'a>| -> BTreeMap<String, Spot<'a>> {
            body.member("content").members().map(|(name, content)| (essence(name), content)).collect()
        };
        let (from, to) = (media_types(&base), media_types(&head));
        for (name, content) in &from {
            let key = format!("{}/{name}", place.key);
            let Some(other) = to.get(name) else {
                let edit = Edit::new(name.as_str().into(), Value::Null, format!("the body can no longer be `{name}`"));
                let place = Place::base(&content.pointer, key);
                self.other(Some(node), Direction::Request, Other::RequestMediaTypeRemoved, place, edit);
                continue;
            };
            self.body(node, &key, Carrier::Request, [content, other]);
        }
        for (name, content) in to.iter().filter(|(name, _)| !from.contains_key(*name)) {
            let edit = Edit::new(Value::Null, name.as_str().into(), format!("the body can also be `{name}`"));
            let place = Place::head(&content.pointer, format!("{}/{name}", place.key));
            self.other(Some(node), Direction::Request, Other::RequestMediaTypeAdded, place, edit);
        }
    }
}

/// Returns a media type in lower case and without blanks.
pub(super) fn essence(media_type: &str) -> String {
    media_type.to_ascii_lowercase().replace(' ', "")
}
