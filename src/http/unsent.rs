//! A message before it is sent.

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

use crate::{
    Client, SessionName,
    error::{Error, ErrorKind},
    operation::Operation,
};

/// What a builder would send, and by which client.
pub struct Unsent {
    pub(crate) client: Client,
    pub(crate) operation: &'static Operation,
    pub(crate) session: SessionName,
    pub(crate) body: Value,
}

impl Unsent {
    /// Takes the session from the body where it is in none of the parameters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] if the body cannot be built.
    pub(crate) fn new<T: Serialize, E: Display>(
        client: &Client,
        operation: &'static Operation,
        session: Option<SessionName>,
        body: Result<T, E>,
    ) -> Result<Self, Error> {
        let refuse = |why: String| Error::new(ErrorKind::InvalidRequest, why).with_operation(operation);
        let body = body.map_err(|error| refuse(error.to_string()))?;
        let body = serde_json::to_value(&body).map_err(|error| refuse(format!("the body cannot be sent: {error}")))?;
        let session = match session {
            Some(session) => session,
            None => body["session"].as_str().unwrap_or_default().parse()?,
        };
        Ok(Self { client: client.clone(), operation, session, body })
    }
}
