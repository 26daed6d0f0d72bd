//! The body of an attempt: JSON, in which files are read and encoded as base64 while it is sent.

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::header::CONTENT_LENGTH;
use reqwest::Request;
use tokio::io::AsyncReadExt;

use crate::{
    error::{Error, ErrorKind},
    media::{Files, OpenedMedia, OpenedSource, unreadable},
};

/// The largest body that the server accepts, in bytes: 50 MiB.
const MAX_SIZE: u64 = 50 * 1024 * 1024;

/// How much of a file is read at once, in bytes. A multiple of three, so that its base64 has no padding.
const CHUNK_SIZE: usize = 3 * 16 * 1024;

/// A part of a body.
enum Part {
    Json(Bytes),
    File(OpenedSource),
}

/// The error that ended a body while it was sent, if any.
#[derive(Clone, Default)]
pub(crate) struct BodyFailure(Arc<Mutex<Option<Error>>>);

impl BodyFailure {
    pub(crate) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

/// Opens the files of a request, and replaces the markers in its JSON by them.
///
/// # Errors
///
/// [`ErrorKind::InvalidRequest`] if a file cannot be read, or if the body is larger than the server accepts.
pub(crate) async fn fill(request: &mut Request, files: &Files) -> Result<BodyFailure, Error> {
    let failure = BodyFailure::default();
    if files.is_empty() {
        return Ok(failure);
    }
    let json = request.body().and_then(reqwest::Body::as_bytes).map(Bytes::copy_from_slice).unwrap_or_default();
    let mut parts = Vec::new();
    let mut done = 0;
    for file in files.iter() {
        let marker = file.marker.as_bytes();
        let start = json[done..].windows(marker.len()).position(|window| window == marker).map(|start| done + start);
        let start =
            start.ok_or_else(|| Error::new(ErrorKind::InvalidRequest, "the body contains no marker for its file"))?;
        let OpenedMedia { json: object, content } = file.open().await?;
        parts.extend([Part::Json(json.slice(done..start)), Part::Json(object.into())]);
        if let Some(content) = content {
            parts.extend([Part::File(content), Part::Json(Bytes::from_static(OpenedMedia::END.as_bytes()))]);
        }
        done = start + marker.len();
    }
    parts.push(Part::Json(json.slice(done..)));

    let known = parts.iter().filter_map(Part::length).fold(0, u64::saturating_add);
    if known > MAX_SIZE {
        return Err(too_large(&format!("it would have {known} bytes")));
    }
    if parts.iter().all(|part| part.length().is_some()) {
        request.headers_mut().insert(CONTENT_LENGTH, known.into());
    }
    *request.body_mut() = Some(match without_files(&parts) {
        Some(json) => json.into(),
        None => reqwest::Body::wrap_stream(streamed(parts, failure.clone())),
    });
    Ok(failure)
}

impl Part {
    /// Returns the length on the wire in bytes, if it is known.
    fn length(&self) -> Option<u64> {
        match self {
            Self::Json(json) => Some(json.len() as u64),
            Self::File(file) => file.length.map(|length| length.div_ceil(3).saturating_mul(4)),
        }
    }
}

/// Returns the body as one piece, if it contains no file.
fn without_files(parts: &[Part]) -> Option<Bytes> {
    let json = parts.iter().map(|part| match part {
        Part::Json(json) => Some(&**json),
        Part::File(_) => None,
    });
    json.collect::<Option<Vec<_>>>().map(|json| json.concat().into())
}

fn streamed(parts: Vec<Part>, failure: BodyFailure) -> impl Stream<Item = Result<Bytes, String>> {
    let chunks = stream::iter(parts).flat_map(|part| match part {
        Part::Json(json) => stream::iter([Ok(json)]).left_stream(),
        Part::File(file) => base64(file).right_stream(),
    });
    let mut sent = 0;
    chunks.map(move |chunk| {
        let chunk = chunk.and_then(|chunk| {
            sent += chunk.len() as u64;
            if sent > MAX_SIZE { Err(too_large("and there is more to come")) } else { Ok(chunk) }
        });
        chunk.map_err(|error| {
            let why = error.message().to_owned();
            failure.set(error);
            why
        })
    })
}

fn base64(file: OpenedSource) -> impl Stream<Item = Result<Bytes, Error>> {
    let OpenedSource { reader, length, name, .. } = file;
    stream::try_unfold((reader, Vec::with_capacity(CHUNK_SIZE), 0), move |(mut reader, mut chunk, mut read)| {
        let name = name.clone();
        async move {
            chunk.clear();
            let part = (&mut reader).take(CHUNK_SIZE as u64).read_to_end(&mut chunk).await;
            read += part.map_err(|error| unreadable(&name, &error))? as u64;
            match length {
                Some(length) if read > length || chunk.is_empty() && read < length => {
                    let why = format!("{name} is longer or shorter than the {length} bytes that were announced");
                    Err(Error::new(ErrorKind::InvalidRequest, why))
                }
                _ if chunk.is_empty() => Ok(None),
                _ => Ok(Some((STANDARD.encode(&chunk).into(), (reader, chunk, read)))),
            }
        }
    })
}

fn too_large(why: &str) -> Error {
    let message = format!(
        "the server accepts at most {MAX_SIZE} bytes in a request, and this one is larger: {why}; let the server \
         download the file instead, by `Media::url`"
    );
    Error::new(ErrorKind::InvalidRequest, message)
}
