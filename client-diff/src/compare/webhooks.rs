//! The events that the server sends.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Edit, Place, Walk};
use crate::{
    document::METHODS,
    model::Direction,
    rules::{Carrier, Other},
    shape::{Spot, TEXTS},
};

impl<'a> Walk<'a> {
    /// Compares the events that the server sends.
    pub(super) fn webhooks(&mut self) {
        let [base, head] = [self.base, self.head].map(|document| {
            let top = Spot { pointer: String::new(), value: document.root };
            let all = ["webhooks", "x-webhooks"]
                .into_iter()
                .flat_map(move |section| top.member(section).members().collect::<Vec<_>>());
            all.collect::<BTreeMap<_, _>>()
        });
        for (name, from) in &base {
            let label = format!("webhook {name}");
            let node = self.node(Some(label), true);
            let Some(to) = head.get(name) else {
                let place = Place::base(&from.pointer, format!("/webhooks/{name}"));
                let edit = Edit::new((*name).into(), Value::Null, format!("the event `{name}` was removed"));
                self.other(Some(node), Direction::Webhook, Other::WebhookRemoved, place, edit);
                continue;
            };
            self.webhook(node, name, from, to);
        }
        for (name, to) in head.iter().filter(|(name, _)| !base.contains_key(*name)) {
            let node = self.node(Some(format!("webhook {name}")), true);
            let place = Place::head(&to.pointer, format!("/webhooks/{name}"));
            let edit = Edit::new(Value::Null, (*name).into(), format!("the event `{name}` was added"));
            self.other(Some(node), Direction::Webhook, Other::WebhookAdded, place, edit);
        }
    }

    fn webhook(&mut self, node: usize, name: &str, base: &Spot<'a>, head: &Spot<'a>) {
        for method in METHODS {
            let (from, to) = (base.member(method), head.member(method));
            let place = Place::both(&from.pointer, &to.pointer, format!("/webhooks/{name}"));
            self.texts(Some(node), &place, from.value, to.value, &TEXTS);
            let deprecated = [&from, &to].map(|event| event.value["deprecated"] == true);
            if deprecated[0] != deprecated[1] {
                let (kind, message) = if deprecated[1] {
                    (Other::OperationDeprecated, "the event is deprecated")
                } else {
                    (Other::OperationUndeprecated, "the event is no longer deprecated")
                };
                let place = Place { key: format!("{}/deprecated", place.key), ..place.clone() };
                let edit = Edit::new(deprecated[0].into(), deprecated[1].into(), message);
                self.other(Some(node), Direction::Webhook, kind, place, edit);
            }
            let body = |event: &Spot<'a>| {
                let content = event.member("requestBody").member("content");
                content.members().next().map(|(_, media_type)| media_type.member("schema"))
            };
            match (body(&from), body(&to)) {
                (Some(from), Some(to)) => {
                    self.schema_of_body(node, &format!("/webhooks/{name}/body"), Carrier::Response, [from, to]);
                }
                (None, None) => {}
                (before, after) => {
                    let is = |body: &Option<Spot<'a>>| Value::from(body.is_some());
                    let message = if after.is_some() { "the event has a body" } else { "the event has no body" };
                    let edit = Edit::new(is(&before), is(&after), message);
                    self.other(Some(node), Direction::Webhook, Other::WebhookChanged, place, edit);
                }
            }
        }
    }
}
