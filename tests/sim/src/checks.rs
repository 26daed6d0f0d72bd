//! The checks which some routes make before they do anything, and the words they use.

use serde_json::{Map, Value};

use crate::{error::Error, extract::Query};

/// Collects the complaints about one request.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Checks(Vec<String>);

impl Checks {
    pub(crate) fn complain(&mut self, message: impl Into<String>) {
        self.0.push(message.into());
    }

    /// A parameter that defaults to false.
    pub(crate) fn boolean(&mut self, query: &Query, name: &str) -> bool {
        match query.get(name) {
            None | Some("false" | "False" | "0") => false,
            Some("true" | "True" | "1") => true,
            Some(_) => {
                self.complain(format!("{name} must be a boolean value"));
                false
            }
        }
    }

    /// A parameter that counts something. Without it, and at zero, there is no limit.
    pub(crate) fn number(&mut self, query: &Query, name: &str) -> Option<usize> {
        let number = match query.get(name)?.trim() {
            "" => Ok(0.0),
            digits => digits.parse::<f64>(),
        };
        match number {
            // The cast cuts off fractions and negative numbers.
            Ok(number) if number.is_finite() => Some(number as usize),
            _ => {
                let conform = "must be a number conforming to the specified constraints";
                self.complain(format!("{name} {conform}"));
                None
            }
        }
    }

    pub(crate) fn string<'q>(&mut self, query: &'q Query, name: &str) -> &'q str {
        query.get(name).unwrap_or_else(|| {
            self.complain(format!("{name} must be a string"));
            ""
        })
    }

    pub(crate) fn one_of<'q>(&mut self, query: &'q Query, name: &str, values: &[&str]) -> Option<&'q str> {
        let value = query.get(name)?;
        if !values.contains(&value) {
            let values = values.join(", ");
            self.complain(format!("{name} must be one of the following values: {values}"));
        }
        Some(value)
    }

    /// The session of a route which takes it from the query and knows a default for it.
    pub(crate) fn session<'q>(&mut self, query: &'q Query) -> &'q str {
        let name = query.get("session").unwrap_or("default");
        if name.is_empty() {
            self.complain("session should not be empty");
        }
        name
    }

    /// A member of a body that is true, false or left out.
    pub(crate) fn flag(&mut self, body: &Map<String, Value>, name: &str) -> bool {
        match body.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.complain(format!("{name} must be a boolean value"));
                false
            }
        }
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        match self.0 {
            messages if messages.is_empty() => Ok(()),
            messages => Err(Error::Invalid(messages)),
        }
    }
}
