//! Authentication: the schemes, and which operations require which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Edit, Place, Walk};
use crate::{
    literal,
    model::Direction,
    rules::Other,
    shape::{Document, Spot},
};

impl Walk<'_> {
    /// Compares the security schemes.
    pub(super) fn schemes(&mut self) {
        let [base, head] = [self.base, self.head].map(|document| {
            let all =
                Spot { pointer: String::new(), value: document.root }.member("components").member("securitySchemes");
            let followed = |(name, scheme)| (name, document.follow(Spot::clone(&scheme)).unwrap_or(scheme));
            all.members().map(followed).collect::<BTreeMap<_, _>>()
        });
        for (name, from) in &base {
            let key = format!("/components/securitySchemes/{name}");
            match head.get(name) {
                Some(to) => {
                    let place = Place::both(&from.pointer, &to.pointer, key);
                    let (before, after) = (identity(from.value), identity(to.value));
                    self.texts(None, &place, from.value, to.value, &["description"]);
                    for keyword in ["flows", "openIdConnectUrl"] {
                        let (before, after) = (&from.value[keyword], &to.value[keyword]);
                        if literal::text(before) != literal::text(after) {
                            let place = Place { key: format!("{}/{keyword}", place.key), ..place.clone() };
                            let edit =
                                Edit::new(before.clone(), after.clone(), format!("`{keyword}` of {name} changed"));
                            self.other(None, Direction::Request, Other::SecurityFlowsChanged, place, edit);
                        }
                    }
                    if before != after {
                        let message = format!("the scheme {name} changed from `{before}` to `{after}`");
                        let edit = Edit::new(before.into(), after.into(), message);
                        self.other(None, Direction::Request, Other::SecuritySchemeChanged, place, edit);
                    }
                }
                None => {
                    let identity = identity(from.value);
                    let new =
                        head.iter().find(|(new, to)| !base.contains_key(*new) && self::identity(to.value) == identity);
                    let (kind, place, after, message) = match new {
                        Some((new, to)) => {
                            let place = Place::both(&from.pointer, &to.pointer, key);
                            let message = format!("the scheme {name} was renamed to {new}");
                            (Other::SecuritySchemeRenamed, place, Value::from(*new), message)
                        }
                        None => {
                            let place = Place::base(&from.pointer, key);
                            (Other::SecuritySchemeRemoved, place, Value::Null, format!("the scheme {name} was removed"))
                        }
                    };
                    let edit = Edit::new((*name).into(), after, message);
                    self.other(None, Direction::Request, kind, place, edit);
                }
            }
        }
        for (name, to) in head.iter().filter(|(name, _)| !base.contains_key(*name)) {
            let identity = identity(to.value);
            if base.iter().any(|(old, from)| !head.contains_key(old) && self::identity(from.value) == identity) {
                continue;
            }
            let place = Place::head(&to.pointer, format!("/components/securitySchemes/{name}"));
            let edit = Edit::new(Value::Null, identity.into(), format!("the scheme {name} was added"));
            self.other(None, Direction::Request, Other::SecuritySchemeAdded, place, edit);
        }
    }

    pub(super) fn security(&mut self, node: usize, place: &Place, base: &Value, head: &Value) {
        // A scheme that changed is reported once, and not for every operation that requires it.
        let [names, others] = [(&self.base, base), (&self.head, head)]
            .map(|(document, operation)| requirements(document, operation, |name, _| name.to_owned()));
        let before = requirements(&self.base, base, |_, scheme| identity(scheme));
        let after = requirements(&self.head, head, |_, scheme| identity(scheme));
        if names == others || before == after {
            self.scopes(node, place, base, head);
            return;
        }
        let is_open = |requirements: &BTreeSet<BTreeSet<String>>| {
            requirements.is_empty() || requirements.iter().any(BTreeSet::is_empty)
        };
        // A client that authenticated can still do so: in one of the old ways, or in none.
        let still_taken = is_open(&after) || before.iter().all(|one| after.iter().any(|new| new.is_subset(one)));
        let schemes = self.base.root["components"]["securitySchemes"].as_object();
        let known: BTreeSet<String> = schemes.into_iter().flatten().map(|(_, scheme)| identity(scheme)).collect();
        let is_known = after.iter().any(|new| new.is_subset(&known));
        let (kind, message) = match (is_open(&before), still_taken) {
            (false, true) => {
                (Other::SecurityRelaxed, "authentication is no longer required, or one of several ways is enough")
            }
            (true, _) if is_open(&after) => (Other::SecurityRelaxed, "authentication is accepted, and not required"),
            (true, _) if is_known => (Other::SecurityRequired, "authentication is required"),
            _ => (Other::SecurityChanged, "another way of authentication is required"),
        };
        let shown = |requirements: &BTreeSet<BTreeSet<String>>| json!(requirements);
        let edit = Edit::new(shown(&before), shown(&after), message);
        let place = Place { key: format!("{}/security", place.key), ..place.clone() };
        self.other(Some(node), Direction::Request, kind, place, edit);
    }
}

impl Walk<'_> {
    /// Compares the scopes of operations whose scheme is the same as before.
    fn scopes(&mut self, node: usize, place: &Place, base: &Value, head: &Value) {
        let [before, after] = [(&self.base, base), (&self.head, head)].map(|(document, operation)| {
            let declared = operation.get("security").unwrap_or(&document.root["security"]);
            let requirements = declared.as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            let scopes = requirements.filter_map(|(_, scopes)| scopes.as_array()).flatten().filter_map(Value::as_str);
            scopes.map(str::to_owned).collect::<BTreeSet<_>>()
        });
        if before == after {
            return;
        }
        let place = Place { key: format!("{}/security/scopes", place.key), ..place.clone() };
        let edit = Edit::new(json!(before), json!(after), "other scopes are required");
        self.other(Some(node), Direction::Request, Other::SecurityScopesChanged, place, edit);
    }
}

/// Returns how a client authenticates by a scheme.
fn identity(scheme: &Value) -> String {
    let words = ["type", "in", "name", "scheme"].into_iter().filter_map(|keyword| scheme[keyword].as_str());
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the sets of schemes of which an operation requires one.
fn requirements(
    document: &Document<'_>,
    operation: &Value,
    proof: fn(&str, &Value) -> String,
) -> BTreeSet<BTreeSet<String>> {
    let declared = operation.get("security").unwrap_or(&document.root["security"]);
    let schemes = &document.root["components"]["securitySchemes"];
    let one = |requirement: &Value| {
        let names = requirement.as_object().into_iter().flatten().map(|(name, _)| name);
        names.map(|name| schemes.get(name).map_or_else(|| name.clone(), |scheme| proof(name, scheme))).collect()
    };
    declared.as_array().into_iter().flatten().map(one).collect()
}
