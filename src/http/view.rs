//! Views of answers: what awaiting a builder returns where engines differ.

use progenitor_client::ResponseValue;

use crate::{Client, error::Error, operation::Operation, views::FromAnswer};

/// Reads the view of an answer. Its error knows the operation, and the status and headers of the answer.
pub(crate) fn view<A, V: FromAnswer<A>>(
    client: &Client,
    operation: &'static Operation,
    answer: ResponseValue<A>,
) -> Result<V, Error> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    V::from_answer(answer.into_inner(), client.redactor())
        .map_err(|error| error.with_answer(status, &headers, client.redactor()).with_operation(operation))
}
