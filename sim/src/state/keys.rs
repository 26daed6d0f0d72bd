//! The API keys which the server has given out.

use serde_json::{Map, Value, json};

use crate::auth::{Access, Action};

/// The names of the actions in a key, in the server's order.
const ACTIONS: [(&str, Action); 6] = [
    ("read", Action::Read),
    ("send", Action::Send),
    ("control", Action::Control),
    ("setting", Action::Setting),
    ("app", Action::App),
    ("delete", Action::Delete),
];

/// A key: for everything, or for one session.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) is_active: bool,
    pub(crate) session: Option<String>,
    /// As they were sent; without any, everything but deleting is allowed.
    pub(crate) actions: Option<Map<String, Value>>,
}

impl Key {
    pub(crate) fn access(&self) -> Access {
        let Some(name) = self.session.clone() else { return Access::Admin };
        let allows = |(name, action): &(&str, Action)| match &self.actions {
            None => *action != Action::Delete,
            Some(actions) => actions.get(*name) == Some(&Value::Bool(true)),
        };
        Access::Session { name, actions: ACTIONS.iter().filter(|it| allows(it)).map(|(_, action)| *action).collect() }
    }

    pub(crate) fn shape(&self) -> Value {
        json!({
            "id": self.id,
            "key": self.secret,
            "isActive": self.is_active,
            "isAdmin": self.session.is_none(),
            "session": self.session,
            "actions": self.actions,
        })
    }
}

/// Every action, with those switched on that are named.
pub(crate) fn only(allowed: &[&str]) -> Map<String, Value> {
    ACTIONS.iter().map(|(name, _)| ((*name).to_owned(), allowed.contains(name).into())).collect()
}
