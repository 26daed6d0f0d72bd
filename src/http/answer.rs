//! A success on its way to the caller: it becomes what the operation answers with.

use std::sync::Arc;

use bytestring::ByteString;
use http::{HeaderMap, StatusCode};
use progenitor_client::ResponseValue;
use reqwest::Response;
use serde::de::DeserializeOwned;

use super::{call::CallState, wire};
use crate::{
    Download,
    error::{Error, ErrorKind},
    json, lenient,
    views::FromAnswer,
};

/// A success that has been received, and not decoded.
pub(crate) struct Answer {
    pub(super) call: Arc<CallState>,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

pub(super) enum Body {
    Json(wire::Json),
    /// Bytes that are still to come.
    Stream(Response),
    /// A connection that is handed over to another protocol.
    #[cfg(feature = "ws")]
    Upgrade(Response),
}

impl Answer {
    /// Decodes it.
    ///
    /// # Errors
    ///
    /// It is not a `T` ([`ErrorKind::Decode`]).
    pub(crate) fn decode<T: DeserializeOwned>(mut self) -> Result<ResponseValue<T>, Error> {
        if let Some(value) = self.decode_raw() {
            return Ok(self.succeed(value));
        }
        let text = self.repair()?;
        match json::decode(&text) {
            Ok(value) => Ok(self.succeed(value)),
            Err(error) => Err(self.undecodable(&error, &text)),
        }
    }

    /// As [`decode`](Self::decode), for a type that is not ours.
    pub(crate) fn decode_as<T: DeserializeOwned>(mut self) -> Result<ResponseValue<T>, Error> {
        let text = self.repair()?;
        match serde_json::from_str(&text) {
            Ok(value) => Ok(self.succeed(value)),
            Err(error) => Err(self.undecodable(&error, &text)),
        }
    }

    /// As [`decode`](Self::decode). Of a list that cannot be read as a whole, the elements that can be read are returned.
    pub(crate) fn decode_list<T: DeserializeOwned>(mut self) -> Result<ResponseValue<Vec<T>>, Error> {
        if let Some(list) = self.decode_raw() {
            return Ok(self.succeed(list));
        }
        let text = self.repair()?;
        match json::decode(&text) {
            Ok(list) => Ok(self.succeed(list)),
            Err(error) => match lenient::salvage_list(text.as_bytes()) {
                Ok(list) => Ok(self.succeed(list)),
                Err(_) => Err(self.undecodable(&error, &text)),
            },
        }
    }

    /// Reads the view of it that the operation has.
    ///
    /// # Errors
    ///
    /// It is not an `A`, or there is no such view of it ([`ErrorKind::Decode`]); or the server says in it that it failed
    /// ([`ErrorKind::Other`]).
    pub(crate) fn view<A: DeserializeOwned, V: FromAnswer<A>>(mut self) -> Result<V, Error> {
        // As it came, at first: see `decode_raw`.
        let read = match &self.body {
            Body::Json(wire::Json::Raw(text)) => V::read(text),
            _ => None,
        };
        let read = match read {
            Some(view) => Some(view),
            None => V::read(&self.repair()?),
        };
        if let Some(view) = read {
            self.call.succeed();
            return Ok(view);
        }
        let call = self.call.clone();
        let answer = self.decode::<A>()?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        V::from_answer(answer.into_inner(), call.redactor())
            .map_err(|error| call.target.attach_to(error.with_answer(status, &headers, call.redactor())))
    }

    /// Returns the download that it begins.
    pub(crate) fn download(self) -> Result<Download, Error> {
        let Self { call, status, headers, body } = self;
        let Body::Stream(response) = body else {
            return Err(call.fail(Error::new(ErrorKind::Decode, "the answer cannot be read")));
        };
        call.succeed();
        let answer = ResponseValue::stream(response);
        let listed = call.target.operation();
        let check = move |first: &[u8]| {
            wire::check_stream(status, &headers, first, &call.operation, call.redactor())
                .map_err(|error| call.target.attach_to(error))
        };
        Ok(Download::new(listed, answer, check))
    }

    /// Decodes it as it came. As a rule there is nothing to repair, and decoding finds that out by itself: `None` where it
    /// fails.
    fn decode_raw<T: DeserializeOwned>(&self) -> Option<T> {
        match &self.body {
            Body::Json(wire::Json::Raw(text)) => json::decode_raw(text).ok(),
            _ => None,
        }
    }

    /// Returns its JSON, which needs no repair any more.
    ///
    /// # Errors
    ///
    /// It cannot be repaired ([`ErrorKind::Decode`]).
    fn repair(&mut self) -> Result<ByteString, Error> {
        let text = match &self.body {
            Body::Json(wire::Json::Raw(text)) => wire::repaired(text.clone(), self.call.redactor()),
            Body::Json(wire::Json::Sound(text)) => return Ok(text.clone()),
            _ => return Ok(ByteString::from_static("null")),
        };
        let text = text.map_err(|error| self.fail(error))?;
        self.body = Body::Json(wire::Json::Sound(text.clone()));
        Ok(text)
    }

    fn succeed<T>(self, value: T) -> ResponseValue<T> {
        self.call.succeed();
        ResponseValue::new(value, self.status, self.headers)
    }

    fn undecodable(&self, error: &serde_json::Error, text: &str) -> Error {
        self.fail(Error::from_undecodable(error, text, self.call.redactor()))
    }

    fn fail(&self, error: Error) -> Error {
        self.call.fail(error.with_answer(self.status, &self.headers, self.call.redactor()))
    }
}
