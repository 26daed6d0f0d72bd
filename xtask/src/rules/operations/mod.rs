//! Rules for operations: parameters, answers, errors, webhooks.

mod absent;
mod answers;
mod open;
mod parameters;
mod paths;
mod shared;
mod webhooks;

use serde_json::{Map, Value};

pub(super) use self::{
    absent::{ABSENT_BODIES, ABSENT_OR_NULL},
    answers::{ERROR_RESPONSES, SETTLED_SUCCESS, SUCCESS_RANGE},
    open::{OPEN_ANSWERS, OPEN_OBJECTS},
    parameters::{INTEGER_PARAMETERS, SAMPLE_DEFAULTS, UNTYPED_PARAMETERS},
    paths::EQUIVALENT_PATHS,
    shared::SHARED_PARTS,
    webhooks::{BODY, EVENT_CONSTANTS, WEBHOOKS},
};
use super::Rule;
use crate::document::for_each_operation;

/// Calls `f` for every operation, and returns the sum of the places it changed.
fn count_operations(doc: &mut Value, mut f: impl FnMut(&mut Map<String, Value>) -> bool) -> usize {
    let mut count = 0;
    for_each_operation(doc, |_, _, operation| count += usize::from(f(operation)));
    count
}

/// Returns the parameters of an operation.
fn parameters(operation: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten()
}

#[cfg(test)]
mod testing {
    use serde_json::json;

    use super::*;

    /// A document with one operation.
    pub(super) fn operation(operation: Value) -> Value {
        json!({ "paths": { "/x": { "get": operation } } })
    }

    pub(super) fn get(doc: &Value) -> &Value {
        &doc["paths"]["/x"]["get"]
    }
}
