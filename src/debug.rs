//! `Debug` for types with many optional fields: a field without a value is left out.

use std::fmt::{Debug, Formatter, Result};

use crate::redaction::Masked;

/// Writes a struct with those of its fields that have a value. `..` stands for the others.
pub(crate) fn fields(f: &mut Formatter<'_>, name: &str, fields: &[(&str, Option<&dyn Debug>)]) -> Result {
    let mut shown = f.debug_struct(name);
    for (name, value) in fields {
        if let Some(value) = value {
            shown.field(name, value);
        }
    }
    match fields.iter().all(|(_, value)| value.is_some()) {
        true => shown.finish(),
        false => shown.finish_non_exhaustive(),
    }
}

/// Returns the value of a field that may have none.
pub(crate) fn optional<T: Debug>(field: &Option<T>) -> Option<&dyn Debug> {
    field.as_ref().map(|value| value as &dyn Debug)
}

/// As [`optional`], for a secret.
pub(crate) fn masked<T>(field: &Option<T>) -> Option<&dyn Debug> {
    field.as_ref().map(|_| &Masked as &dyn Debug)
}
