//! WAHA's answers, made decodable: pure functions of what was received.
//!
//! The server answers with empty bodies, with bare text as `text/html` and with errors of many shapes, and proxies before
//! it have answers of their own. All of that is met here, by rule; no other file has to know.
//!
//! | a success with | becomes |
//! |---|---|
//! | a coding that was not asked for (`Content-Encoding`, or the first bytes of gzip) | an error that names it |
//! | a web page or another document in angle brackets | an error: somebody else has answered |
//! | anything, where the operation answers with nothing | `null` |
//! | nothing | `null` |
//! | bare text, where the operation answers with a string | a JSON string |
//! | an event stream | the data of its last event |
//! | JSON | itself, [repaired](crate::json::repair) |
//! | JSON that is nested too deep | an error |
//! | any other text | a JSON string |
//!
//! | a failure with | becomes |
//! |---|---|
//! | an object of WAHA's | an error with its members, each read by itself |
//! | an object that was cut off at the limit for errors | the same, with the members that are whole |
//! | a web page | an error of a proxy, with the page's title |
//! | nothing, or another text | an error of a proxy, with the text |

use bytes::Bytes;
use bytestring::ByteString;
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde::de::IgnoredAny;

use crate::{
    error::{Error, ErrorKind},
    json::{self, TooDeep},
    operation::{Answer, DOWNLOAD, Operation},
    redaction::Redactor,
    text,
};

/// How much of the body of an error is worth reading, in bytes: 1 MiB.
pub(crate) const MAX_ERROR: usize = 1024 * 1024;

/// An answer that has been received completely, or as far as a limit allows.
pub(crate) struct Received<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    /// Whether the body was cut off at the limit for errors.
    pub(crate) is_clipped: bool,
}

/// The JSON of a success.
pub(crate) enum Json {
    /// As it came: whether it needs repair has not been looked at.
    Raw(ByteString),
    /// JSON that needs no repair.
    Sound(ByteString),
}

/// Makes a success into JSON that can be decoded, and anything else into its error.
pub(crate) fn read(received: Received<'_>, operation: &Operation, redactor: &Redactor) -> Result<Json, Error> {
    let Received { status, headers, body, is_clipped } = received;
    let coding = coding(headers, &body);
    if !status.is_success() {
        let body = if coding.is_some() { Bytes::new() } else { body };
        return Err(Error::from_answer(status, headers, &body, is_clipped, operation, redactor));
    }
    let result = match coding {
        _ if is_clipped => Err(too_large(body.len())),
        Some(coding) => Err(from_coding(&coding)),
        None => decodable(headers, body, operation, redactor),
    };
    result.map_err(|error| error.with_answer(status, headers, redactor))
}

/// The error of an answer that is larger than this many bytes.
fn too_large(limit: usize) -> Error {
    let why = format!("the answer has more than {limit} bytes, which is the limit (`RequestOptions::max_answer_size`)");
    Error::new(ErrorKind::Decode, why)
}

/// Checks the head of a success whose body is streamed: that it is the server's, in a coding that was asked for.
///
/// `first` are the first bytes of the body, as far as they have arrived. A page is refused where the operation answers with
/// a picture or a recording; a file that is downloaded may be a page.
pub(crate) fn check_stream(
    status: StatusCode,
    headers: &HeaderMap,
    first: &[u8],
    operation: &Operation,
    redactor: &Redactor,
) -> Result<(), Error> {
    let is_any_file = *operation == DOWNLOAD || operation.id().is_empty();
    // A file may itself be compressed, so that its first bytes say nothing.
    let error = match coding(headers, b"") {
        Some(coding) => from_coding(&coding),
        None if !is_any_file && is_page(first) => from_page(first, redactor),
        None => return Ok(()),
    };
    Err(error.with_answer(status, headers, redactor))
}

fn decodable(headers: &HeaderMap, body: Bytes, operation: &Operation, redactor: &Redactor) -> Result<Json, Error> {
    let null = || Json::Sound(ByteString::from_static("null"));
    if is_page(&body) {
        return Err(from_page(&body, redactor));
    }
    if operation.answer == Answer::Nothing || body.is_empty() {
        return Ok(null());
    }
    let media_type = media_type(headers);
    let is_event_stream = media_type.eq_ignore_ascii_case("text/event-stream");
    let body = if is_event_stream { Bytes::from(last_event(&body)) } else { body };
    let is_json = ends_with_json(media_type);
    if operation.answer == Answer::Text && !is_json {
        return Ok(Json::Sound(string(&body)));
    }
    let text = match json::received(&body) {
        Ok(text) if is_json && !text.is_empty() => return Ok(Json::Raw(text)),
        Ok(text) => repaired(text, redactor)?,
        Err(_) => match json::repair(&body) {
            Ok(text) => text.into_owned().into(),
            Err(too_deep) => return Err(from_depth(&too_deep, &body, redactor)),
        },
    };
    if text.is_empty() {
        Ok(null())
    } else if is_json || serde_json::from_str::<IgnoredAny>(&text).is_ok() {
        Ok(Json::Sound(text))
    } else {
        Ok(Json::Sound(string(&body)))
    }
}

/// Repairs the JSON of a success.
///
/// # Errors
///
/// It is nested too deep.
pub(crate) fn repaired(text: ByteString, redactor: &Redactor) -> Result<ByteString, Error> {
    json::repaired(text.clone()).map_err(|too_deep| from_depth(&too_deep, text.as_bytes(), redactor))
}

/// A JSON string of bare text.
fn string(body: &[u8]) -> ByteString {
    let text = json::decoded(body);
    serde_json::Value::from(text.trim_start_matches('\u{feff}')).to_string().into()
}

/// The media type without its parameters; empty where there is none.
fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).unwrap_or_default().trim()
}

fn ends_with_json(media_type: &str) -> bool {
    let end = media_type.len().checked_sub("json".len()).and_then(|start| media_type.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("json"))
}

/// The coding of a body, if it is none of those that change nothing.
fn coding(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    const UNCHANGED: [&str; 5] = ["", "identity", "utf-8", "utf8", "aws-chunked"];
    let is_gzip = body.starts_with(&[0x1f, 0x8b]);
    if !headers.contains_key(CONTENT_ENCODING) {
        return is_gzip.then(|| "gzip".to_owned());
    }
    let codings = headers.get_all(CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let codings: Vec<_> =
        codings.flat_map(|value| value.split(',').map(|c| c.trim().to_ascii_lowercase()).collect::<Vec<_>>()).collect();
    let named = codings.into_iter().find(|coding| !UNCHANGED.contains(&coding.as_str()));
    named.or_else(|| is_gzip.then(|| "gzip".to_owned()))
}

fn from_coding(coding: &str) -> Error {
    let message = format!(
        "the answer is encoded as `{}`, which this client does not ask for: a proxy before WAHA has to pass answers on as \
         they are",
        text::line(coding)
    );
    Error::new(ErrorKind::Decode, message)
}

/// WAHA's own bare texts are codes, links and booleans: none begins with a tag.
fn is_page(body: &[u8]) -> bool {
    let start = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    matches!(start, [b'<', b'!' | b'?' | b'/' | b'a'..=b'z' | b'A'..=b'Z', ..])
}

fn from_page(page: &[u8], redactor: &Redactor) -> Error {
    let title = text::page_title(&json::decoded(page));
    let message = format!(
        "got a web page ({}) instead of an API response: is the base URL that of WAHA, and not that of a login page or a \
         proxy?",
        text::line(&redactor.hide(title))
    );
    Error::from_body(&message, ".", page, redactor)
}

fn from_depth(too_deep: &TooDeep, body: &[u8], redactor: &Redactor) -> Error {
    Error::from_body(&format!("the answer cannot be read: {too_deep} (`Json::MAX_DEPTH`)"), ".", body, redactor)
}

/// A server that answers a request with a stream of events says the answer last.
fn last_event(body: &[u8]) -> String {
    let stream = json::decoded(body);
    let (mut last, mut data) = (Vec::new(), Vec::new());
    for line in stream.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n").split('\n') {
        match line.strip_prefix("data:") {
            Some(text) => data.push(text.strip_prefix(' ').unwrap_or(text).to_owned()),
            None if line.is_empty() && !data.is_empty() => last = std::mem::take(&mut data),
            None => {}
        }
    }
    if data.is_empty() { last.join("\n") } else { data.join("\n") }
}
