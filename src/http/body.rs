//! Bodies of requests: JSON, in which a file is read and put into base64 while it is sent.
//!
//! Where a body holds files, its JSON is written with a `null` for each of them, whose place is remembered. The call
//! keeps that, and each attempt makes a stream of it: the JSON up to a file, the file, and so on.

use std::{
    cell::RefCell,
    io,
    rc::{Rc, Weak},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{
    HeaderValue,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use progenitor_client::ClientInfo;
use reqwest::{Request, RequestBuilder};
use serde::Serialize;
use tokio::io::AsyncReadExt;

use crate::{
    Client,
    error::{Error, ErrorKind},
    http::call::Note,
    media::{Media, OpenSource, Opened, unreadable},
};

/// The largest body that the server takes, in bytes.
const LIMIT: u64 = 50 * 1024 * 1024;

/// How much of a file is read at once, in bytes. A multiple of three becomes base64 without padding.
const CHUNK: usize = 3 * 16 * 1024;

/// What stands for a file before it is sent.
const ROOM: &[u8] = b"null";

/// Gives a request its JSON body. If there are files in it, they come with each attempt: see [`Body::fill`].
pub(crate) fn json<T: Serialize>(request: RequestBuilder, value: &T, client: &Client) -> RequestBuilder {
    let Some(Written { json, files }) = write(value) else {
        // It fails there as well, and in a way that the request can carry.
        return request.json(value);
    };
    let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if files.is_empty() {
        return request.body(json);
    }
    client.inner().note().keep_body(Body { json: json.into(), files: files.into() });
    request
}

/// A body with files in it, of which each attempt to send it makes a stream.
#[derive(Clone)]
pub(crate) struct Body {
    /// With [`ROOM`] for each file.
    json: Bytes,
    files: Arc<[File]>,
}

/// A file in a body.
struct File {
    /// Where in the JSON.
    at: usize,
    media: Media,
    with_names: bool,
}

/// What a body is made of, in order.
enum Piece {
    Json(Bytes),
    File(OpenSource),
}

impl Body {
    /// Whether it cannot be sent again.
    pub(crate) fn is_spent(&self) -> bool {
        self.files.iter().any(|file| file.media.is_spent())
    }

    /// Opens the files and makes them the body of a request. What goes wrong while it is sent is told to the note.
    pub(crate) async fn fill(&self, request: &mut Request, note: &Note) -> Result<(), Error> {
        let mut pieces = Vec::new();
        let mut done = 0;
        for file in self.files.iter() {
            let Opened { json, content } = file.media.open(file.with_names).await?;
            let has_content = content.is_some();
            pieces.extend([Piece::Json(self.json.slice(done..file.at)), Piece::Json(json.into())]);
            pieces.extend(content.map(Piece::File));
            pieces.extend(has_content.then_some(Piece::Json(Bytes::from_static(Opened::END.as_bytes()))));
            done = file.at + ROOM.len();
        }
        pieces.push(Piece::Json(self.json.slice(done..)));

        let known = pieces.iter().filter_map(Piece::length).fold(0, u64::saturating_add);
        if known > LIMIT {
            return Err(too_large(&format!("it would have {known} bytes")));
        }
        if pieces.iter().all(|piece| piece.length().is_some()) {
            request.headers_mut().insert(CONTENT_LENGTH, known.into());
        }
        *request.body_mut() = Some(match whole(&pieces) {
            Some(json) => json.into(),
            None => reqwest::Body::wrap_stream(streamed(pieces, note.clone())),
        });
        Ok(())
    }
}

impl Piece {
    /// On the wire, in bytes, where it is known.
    fn length(&self) -> Option<u64> {
        match self {
            Self::Json(json) => Some(json.len() as u64),
            Self::File(file) => file.length.map(|length| length.div_ceil(3).saturating_mul(4)),
        }
    }
}

/// A body in which nothing has to be read, which can be sent as it is.
fn whole(pieces: &[Piece]) -> Option<Bytes> {
    let json = pieces.iter().map(|piece| match piece {
        Piece::Json(json) => Some(&**json),
        Piece::File(_) => None,
    });
    json.collect::<Option<Vec<_>>>().map(|json| json.concat().into())
}

fn streamed(pieces: Vec<Piece>, note: Note) -> impl Stream<Item = Result<Bytes, String>> {
    let chunks = stream::iter(pieces).flat_map(|piece| match piece {
        Piece::Json(json) => stream::iter([Ok(json)]).left_stream(),
        Piece::File(file) => base64(file).right_stream(),
    });
    let mut sent = 0;
    chunks.map(move |chunk| {
        let chunk = chunk.and_then(|chunk| {
            sent += chunk.len() as u64;
            if sent > LIMIT { Err(too_large("and there is more to come")) } else { Ok(chunk) }
        });
        chunk.map_err(|error| {
            let why = error.message().to_owned();
            note.refuse(error);
            why
        })
    })
}

fn base64(file: OpenSource) -> impl Stream<Item = Result<Bytes, Error>> {
    let OpenSource { reader, length, name, .. } = file;
    stream::try_unfold((reader, Vec::with_capacity(CHUNK), 0), move |(mut reader, mut chunk, mut read)| {
        let name = name.clone();
        async move {
            chunk.clear();
            let part = (&mut reader).take(CHUNK as u64).read_to_end(&mut chunk).await;
            read += part.map_err(|error| unreadable(&name, &error))? as u64;
            match length {
                Some(length) if read > length || chunk.is_empty() && read < length => {
                    let why = format!("{name} is longer or shorter than the {length} bytes that it was opened with");
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
        "the server takes requests of {LIMIT} bytes, and this one is larger: {why}; let the server download the file \
         instead, by `Media::url`"
    );
    Error::new(ErrorKind::InvalidRequest, message)
}

/// A body as it is written.
#[derive(Default)]
struct Written {
    json: Vec<u8>,
    files: Vec<File>,
}

thread_local! {
    /// The body that is being written on this thread, if there is one.
    static WRITING: RefCell<Weak<RefCell<Written>>> = const { RefCell::new(Weak::new()) };
}

/// Writes a value, with room for its files.
fn write<T: Serialize>(value: &T) -> Option<Written> {
    let written = Rc::new(RefCell::new(Written::default()));
    WRITING.set(Rc::downgrade(&written));
    serde_json::to_writer(Pen(&written), value).ok()?;
    let written = written.take();
    let has_room = |file: &File| written.json.get(file.at..).is_some_and(|rest| rest.starts_with(ROOM));
    written.files.iter().all(has_room).then_some(written)
}

/// Writes through to the body, so that what is written already is known at any time.
struct Pen<'a>(&'a RefCell<Written>);

impl io::Write for Pen<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().json.extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Remembers that a file belongs where the body that is being written has come to, and answers whether there is one:
/// then [`ROOM`] is to be written.
pub(crate) fn leave_room_for(media: &Media, with_names: bool) -> bool {
    let Some(written) = WRITING.with_borrow(Weak::upgrade) else { return false };
    let mut written = written.borrow_mut();
    let at = written.json.len();
    written.files.push(File { at, media: media.clone(), with_names });
    true
}
