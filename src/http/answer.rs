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
    /// JSON that needs no repair.
    Json(ByteString),
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
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        match json::decode(self.text()) {
            Ok(value) => Ok(self.succeed(value)),
            Err(error) => Err(self.undecodable(&error)),
        }
    }

    /// As [`decode`](Self::decode), for a type that is not ours.
    pub(crate) fn decode_as<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        match serde_json::from_str(self.text()) {
            Ok(value) => Ok(self.succeed(value)),
            Err(error) => Err(self.undecodable(&error)),
        }
    }

    /// As [`decode`](Self::decode). Of a list that cannot be read as a whole, the elements that can be read are returned.
    pub(crate) fn decode_list<T: DeserializeOwned>(self) -> Result<ResponseValue<Vec<T>>, Error> {
        match json::decode(self.text()) {
            Ok(list) => Ok(self.succeed(list)),
            Err(error) => match lenient::salvage_list(self.text().as_bytes()) {
                Ok(list) => Ok(self.succeed(list)),
                Err(_) => Err(self.undecodable(&error)),
            },
        }
    }

    /// Reads the view of it that the operation has.
    ///
    /// # Errors
    ///
    /// It is not an `A`, or there is no such view of it ([`ErrorKind::Decode`]); or the server says in it that it failed
    /// ([`ErrorKind::Other`]).
    pub(crate) fn view<A: DeserializeOwned, V: FromAnswer<A>>(self) -> Result<V, Error> {
        if let Some(view) = V::read(self.text()) {
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

    fn text(&self) -> &ByteString {
        static NONE: ByteString = ByteString::from_static("null");
        match &self.body {
            Body::Json(text) => text,
            Body::Stream(_) => &NONE,
            #[cfg(feature = "ws")]
            Body::Upgrade(_) => &NONE,
        }
    }

    fn succeed<T>(self, value: T) -> ResponseValue<T> {
        self.call.succeed();
        ResponseValue::new(value, self.status, self.headers)
    }

    fn undecodable(&self, error: &serde_json::Error) -> Error {
        let error = Error::from_undecodable(error, self.text(), self.call.redactor());
        self.call.fail(error.with_answer(self.status, &self.headers, self.call.redactor()))
    }
}
