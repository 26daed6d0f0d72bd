//! The values of a request, before it is sent: converted when they are set, and complained about when it is sent.

use std::fmt::Display;

/// Why a request cannot be sent: the values that could not be converted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problems(Vec<(&'static str, String)>);

impl Problems {
    /// Returns the value, or remembers why there is none. What was said of an earlier value of that name is forgotten.
    pub(crate) fn take<T>(&mut self, name: &'static str, value: Result<T, String>) -> Option<T> {
        self.0.retain(|(other, _)| *other != name);
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.push((name, format!("{name} cannot be sent: {error}")));
                None
            }
        }
    }

    /// Builds a body, or remembers why it cannot be built.
    pub(crate) fn body<T>(&mut self, builder: impl TryInto<T, Error: Display>) -> Option<T> {
        match builder.try_into() {
            Ok(body) => Some(body),
            // Where the body as a whole could not be converted, that is the reason and not what it lacks.
            Err(_) if self.0.iter().any(|(name, _)| *name == "body") => None,
            Err(error) => {
                self.0.push(("", error.to_string()));
                None
            }
        }
    }

    /// Returns the value, or remembers that it is missing.
    pub(crate) fn require<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.0.iter().all(|(other, _)| *other != name) {
            self.0.push((name, format!("{name} is missing")));
        }
        value
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all that is wrong, and which of the required values are missing.
    pub(crate) fn text(&self, required: &[(&'static str, bool)]) -> String {
        let said = |name: &str| self.0.iter().any(|(other, _)| *other == name);
        let missing = required.iter().filter(|(name, is_missing)| *is_missing && !said(name));
        let missing = missing.map(|(name, _)| format!("{name} is missing"));
        let problems = self.0.iter().map(|(_, problem)| problem.clone());
        missing.chain(problems).collect::<Vec<_>>().join("; ")
    }
}

/// Converts a value.
pub(crate) fn value<T>(value: impl TryInto<T, Error: Display>) -> Result<T, String> {
    value.try_into().map_err(|error| error.to_string())
}

/// Converts the items of a list.
pub(crate) fn values<T>(values: impl IntoIterator<Item: TryInto<T, Error: Display>>) -> Result<Vec<T>, String> {
    values.into_iter().map(value).collect()
}

/// Checks an id, and returns its text.
pub(crate) fn id<T>(id: impl TryInto<T, Error: Display>) -> Result<String, String>
where
    String: From<T>,
{
    value(id).map(String::from)
}

/// Checks the ids of a list, and returns their texts.
pub(crate) fn ids<T>(ids: impl IntoIterator<Item: TryInto<T, Error: Display>>) -> Result<Vec<String>, String>
where
    String: From<T>,
{
    ids.into_iter().map(id).collect()
}
