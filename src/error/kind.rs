//! What an error answer means: who gave it, and what a program can do about it.

use std::{borrow::Cow, time::Duration};

use http::{
    HeaderMap, StatusCode,
    header::{DATE, RETRY_AFTER, SERVER, WWW_AUTHENTICATE},
};
use serde_json::Value;
use time::{
    OffsetDateTime,
    format_description::well_known::{Rfc2822, Rfc3339},
};

use super::ErrorBody;
use crate::{
    Json, json,
    open_enum::SessionStatus,
    operation::{DOWNLOAD, Operation, Since},
    redaction::Redactor,
    text,
};

/// Tells errors apart.
///
/// ```no_run
/// # async fn run(session: waha::Session) -> Result<(), waha::Error> {
/// use waha::ErrorKind;
///
/// match session.create().await {
///     Ok(_) => println!("created"),
///     Err(error) if error.kind() == ErrorKind::AlreadyExists => println!("it was there"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was set up in a way that cannot work: a wrong URL, a missing variable.
    Configuration,
    /// The request is wrong: refused by this client before it was sent, or by the server (400, 413, 422).
    InvalidRequest,
    /// The server wants a key or another one (401), or a proxy before it wants a login.
    Unauthorized,
    /// The key does not allow this (403), a proxy before the server forbids it, or WhatsApp does not let the account do it: the
    /// server answers a success that holds `false`.
    Forbidden,
    /// WAHA says that there is no such thing (404), or no such session. A 404 of a proxy or of another program is
    /// [`Other`](Self::Other).
    NotFound,
    /// What was to be created exists already, such as a session of this name: change it, or use it as it is.
    AlreadyExists,
    /// The session exists and is not in the state that the call needs: see [`Error::session_status`](crate::Error::session_status)
    /// and [`Error::expected_statuses`](crate::Error::expected_statuses).
    SessionNotReady,
    /// Too many requests (429); WhatsApp's own limit, which the server reports as a 500 with `rate-overlimit`; or a refresh
    /// that [`RefreshLimits`](crate::RefreshLimits) do not allow yet. See [`Error::retry_after`](crate::Error::retry_after).
    RateLimited,
    /// The session's engine or the server's edition cannot do this, or the server is older than the operation.
    NotSupported,
    /// No answer within the timeout, or none that a proxy before the server got (408, 504, Cloudflare's 522 and 524). What
    /// was sent may have been done all the same.
    Timeout,
    /// No connection to the server, or it broke.
    Connection,
    /// The server's certificate is not trusted, or TLS failed in another way.
    Tls,
    /// The server redirects (3xx), and following could send the key or the message to somebody else.
    Redirect,
    /// The answer cannot be read: see [`Error::json_path`](crate::Error::json_path) and
    /// [`Error::clipped_body`](crate::Error::clipped_body).
    Decode,
    /// The server, its engine or a proxy before it failed (5xx).
    Server,
    /// It cannot be told whether the message was sent, although the server was asked for it: only of
    /// [`Once`](crate::handles::Once). See [`Error::message_id`](crate::Error::message_id) and
    /// [`Error::was_not_found`](crate::Error::was_not_found).
    MaybeSent,
    /// A refusal that none of the others describes, also of a proxy or another program in the server's place; or bytes that
    /// cannot be kept, because of a limit or the disk.
    Other,
}

/// How much of somebody else's text is repeated, in characters: the hint says more.
const MAX_FOREIGN_CHARS: usize = 300;

/// What is read out of an error answer.
pub(super) struct Verdict {
    pub(super) kind: ErrorKind,
    pub(super) message: String,
    pub(super) body: ErrorBody,
    pub(super) hint: Option<Cow<'static, str>>,
}

/// Reads an error answer. All of its words have passed the redactor.
pub(super) fn judge(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    is_clipped: bool,
    operation: &Operation,
    redactor: &Redactor,
) -> Verdict {
    let (mut body, words, is_foreign) = match read(body, is_clipped, redactor) {
        Words::Members { body, is_foreign } => {
            let words = message(&body);
            let is_foreign = is_foreign || (status == StatusCode::NOT_FOUND && is_foreign_404(&body));
            (*body, words, is_foreign)
        }
        // WAHA says in JSON what went wrong. An answer to HEAD has the headers of one.
        Words::Nothing => (ErrorBody::default(), None, !is_json(headers)),
        Words::Text(text) => {
            let short = text::clip_to(&text, MAX_FOREIGN_CHARS).into_owned();
            (ErrorBody { message: json_text(&text), ..ErrorBody::default() }, Some(short), true)
        }
    };
    let message = words.unwrap_or_else(|| status.canonical_reason().unwrap_or("no error message").to_owned());
    if is_foreign {
        let kind = if *operation == DOWNLOAD && status == StatusCode::NOT_FOUND {
            ErrorKind::NotFound
        } else {
            foreign_kind(status, &message)
        };
        let hint = foreign_hint(status, headers, kind, &message);
        return Verdict { kind, message, body, hint: Some(hint) };
    }
    let kind = kind(status, &mut body, &message, operation);
    let hint = match kind {
        ErrorKind::Unauthorized => Some(match scheme(headers) {
            Some(scheme) => format!("it asks for a login ({scheme}), not for the API key").into(),
            None => "the server wants an API key that it knows".into(),
        }),
        ErrorKind::Configuration if message.contains(" /api/api/") => {
            Some("the base URL ends in `/api`, which every path begins with: leave it out of the base URL".into())
        }
        ErrorKind::Configuration => Some(
            "WAHA does not have this path: is the path of the base URL right, and does the proxy pass it on?".into(),
        ),
        _ => None,
    };
    Verdict { kind, message, body, hint }
}

/// What the body of an error says.
enum Words {
    Members { body: Box<ErrorBody>, is_foreign: bool },
    Text(String),
    Nothing,
}

fn read(body: &[u8], is_clipped: bool, redactor: &Redactor) -> Words {
    let text = json::decoded(body);
    let hide = |text: &str| match is_clipped {
        true => redactor.hide_cut(text).into_owned(),
        false => redactor.hide(text).into_owned(),
    };
    if text.trim_start().starts_with('<') {
        return Words::Text(hide(&text::page_title(&text)));
    }
    let repaired = json::repair(body).ok();
    let parsed = repaired.and_then(|json| {
        let whole = serde_json::from_str(&json).ok();
        let completed = || serde_json::from_str(&json::complete(&json)?).ok();
        let value: Value =
            whole.or_else(|| completed().filter(|value: &Value| value.as_object().is_some_and(|it| !it.is_empty())))?;
        Some((value, json))
    });
    match parsed {
        Some((Value::Object(members), json)) => {
            let mut value = Value::Object(members.clone());
            redactor.hide_in_value(&mut value);
            let Value::Object(hidden) = value else { return Words::Nothing };
            let is_foreign = ErrorBody::is_foreign(&hidden);
            let is_as_received = hidden == members;
            let mut body = ErrorBody::from_members(hidden);
            if is_as_received {
                body.keep_message_text(&json);
            }
            Words::Members { is_foreign, body: Box::new(body) }
        }
        Some((Value::String(text), _)) if !text.trim().is_empty() => Words::Text(hide(text.trim())),
        _ if text.trim().is_empty() => Words::Nothing,
        // Whatever follows the part that is repeated need not be searched for secrets.
        _ => match text.char_indices().nth(32 * text::MAX_CHARS) {
            Some((end, _)) => Words::Text(redactor.hide_cut(text[..end].trim()).into_owned()),
            None => Words::Text(hide(text.trim())),
        },
    }
}

fn json_text(text: &str) -> Option<Json> {
    Json::new(text).ok()
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.split(';').next().is_some_and(|media_type| media_type.trim().ends_with("json")))
}

/// A 404 in JSON that WAHA does not write: that of an API gateway.
fn is_foreign_404(body: &ErrorBody) -> bool {
    let has_words = body.message.as_ref().and_then(|message| message.parse::<String>().ok());
    let is_gateway = has_words.is_some_and(|words| {
        let words = words.trim().trim_end_matches('.').to_ascii_lowercase();
        ["not found", "no route matched with those values", "page not found"].contains(&words.as_str())
    });
    body.status_code.is_none() && (body.detail.is_some() || is_gateway)
}

/// Whether a proxy before the server says that it got no good answer: a read is worth repeating.
pub(crate) fn is_gateway_failure(status: StatusCode) -> bool {
    matches!(status.as_u16(), 502..=504 | 520..=524 | 527 | 530 | 598 | 599)
}

/// The kind of an error that somebody else gave.
fn foreign_kind(status: StatusCode, message: &str) -> ErrorKind {
    match status.as_u16() {
        400 | 497 if message.to_ascii_lowercase().contains("https port") => ErrorKind::Configuration,
        401 | 561 => ErrorKind::Unauthorized,
        403 | 451 => ErrorKind::Forbidden,
        400 | 411 | 413 | 414 | 415 | 431 | 494 => ErrorKind::InvalidRequest,
        408 | 460 | 504 | 522 | 524 | 598 | 599 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited,
        495 | 496 => ErrorKind::Tls,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Other,
    }
}

/// Says who may have answered, and what to look at.
fn foreign_hint(status: StatusCode, headers: &HeaderMap, kind: ErrorKind, message: &str) -> Cow<'static, str> {
    if kind == ErrorKind::Configuration || message.contains("HTTPS port") {
        return "the server speaks TLS at this port: begin the base URL with https://".into();
    }
    if let Some(scheme) = scheme(headers).filter(|_| status == StatusCode::UNAUTHORIZED) {
        return format!("a proxy before WAHA asks for a login ({scheme}), not for the API key").into();
    }
    let who = match headers.get(SERVER).and_then(|value| value.to_str().ok()) {
        Some(server) if !server.trim().is_empty() => format!("a proxy or another program ({})", text::line(server)),
        _ => "a proxy or another program".to_owned(),
    };
    match status.as_u16() {
        413 => format!("{who} answered, not WAHA: a proxy before it limits the size of a request").into(),
        407 => format!("{who} answered, not WAHA: the proxy wants a user name and a password").into(),
        408 | 502..=504 | 520..=530 | 598 | 599 => {
            format!("{who} answered, not WAHA: is WAHA running behind the proxy, and is the base URL right?").into()
        }
        _ => format!("{who} answered, not WAHA: is the base URL right, and what does the proxy before WAHA do?").into(),
    }
}

/// The scheme of the login that an answer asks for: `Basic`.
fn scheme(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    value.split_whitespace().next().map(text::line)
}

/// The kind of an error that WAHA gave. Where its statuses say too little, the body decides.
fn kind(status: StatusCode, body: &mut ErrorBody, message: &str, operation: &Operation) -> ErrorKind {
    if matches!(status.as_u16(), 400 | 422 | 500) && says_not_supported(body, message) {
        return ErrorKind::NotSupported;
    }
    if says_already_exists(status, body, message) {
        return ErrorKind::AlreadyExists;
    }
    match status.as_u16() {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 => match message.strip_prefix("Cannot ").and_then(|rest| rest.split_once(' ')) {
            // Express' words for a route that does not exist.
            Some((_, path)) if is_path_of(operation, path) => ErrorKind::NotSupported,
            Some(_) => ErrorKind::Configuration,
            None => ErrorKind::NotFound,
        },
        422 if body.session.is_some() && (body.status.is_some() || body.expected.is_some()) => {
            ErrorKind::SessionNotReady
        }
        422 if body.session.is_some() => ErrorKind::NotFound,
        422 if find_statuses(body, message) => ErrorKind::SessionNotReady,
        400 | 413 | 422 => ErrorKind::InvalidRequest,
        408 | 504 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimited,
        501 => ErrorKind::NotSupported,
        500..=599 if is_rate_overlimit(body) => ErrorKind::RateLimited,
        // A body over 50 MB is the server's own failure to it.
        500 if thrown(body, "PayloadTooLargeError") => ErrorKind::InvalidRequest,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Other,
    }
}

/// Whether the path that the server repeats is that of the operation: with another before it, the base URL is wrong.
fn is_path_of(operation: &Operation, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let template = operation.path();
    if template.is_empty() || *operation == DOWNLOAD {
        return path.starts_with("/api/") || !path.contains("/api/");
    }
    let mut segments = path.split('/');
    let fits = template
        .split('/')
        .all(|expected| segments.next().is_some_and(|segment| expected.starts_with('{') || expected == segment));
    fits && segments.next().is_none()
}

/// Says why the server may not know an operation. `server` is its release, if it is known.
pub(super) fn missing_route_hint(since: Since, server: Option<&str>) -> String {
    let origin = if since.or_older() { "in WAHA since" } else { "added in WAHA" };
    let is_older = server.and_then(|server| Some(numbers(server)? < numbers(since.release())?));
    match (server, is_older) {
        (None, _) => format!("{origin} {since}; this server may be older, or have it switched off"),
        (Some(server), Some(true)) => format!("{origin} {since}; this server is {server}"),
        (Some(server), _) => {
            format!("{origin} {since}; this server is {server}, which may have it switched off or no longer have it")
        }
    }
}

/// The numbers of a release, such as 2026, 8 and 2; `None` if it consists of others than numbers.
fn numbers(release: &str) -> Option<Vec<u32>> {
    release.split('.').map(|number| number.parse().ok()).collect()
}

/// Older servers say in a 422 what newer ones say by 501.
fn says_not_supported(body: &ErrorBody, message: &str) -> bool {
    let name = body.exception.as_ref().and_then(|exception| exception.name.as_deref()).unwrap_or_default();
    let message = message.to_ascii_lowercase();
    name.starts_with("NotImplemented")
        || name.starts_with("AvailableInPlus")
        || ["not implemented", "only in plus", "plus version", "waha plus", "not supported by the engine"]
            .iter()
            .any(|words| message.contains(words))
}

/// What was to be created is there: in a refusal, or thrown inside the server.
fn says_already_exists(status: StatusCode, body: &ErrorBody, message: &str) -> bool {
    match status.as_u16() {
        400 | 409 | 422 => message.contains("already exists"),
        500 => thrown(body, "already exists"),
        _ => false,
    }
}

/// Reads the statuses out of the message of an older server, which has no members for them.
fn find_statuses(body: &mut ErrorBody, message: &str) -> bool {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut expected = Vec::new();
    let mut current = None;
    let mut before = "";
    for word in words.filter(|word| !word.is_empty()) {
        let is_status = SessionStatus::KNOWN.iter().any(|status| status.as_str() == word);
        match before {
            "is" if is_status => current = Some(word.to_owned()),
            "is" if word.eq_ignore_ascii_case("starting") => current = Some("STARTING".to_owned()),
            _ if is_status => expected.push(word.to_owned()),
            _ => {}
        }
        before = word;
    }
    if current.is_none() && expected.is_empty() {
        return false;
    }
    body.status = body.status.take().or(current);
    body.expected = body.expected.take().or((!expected.is_empty()).then_some(expected));
    true
}

/// WhatsApp's refusal to be asked so often, as the engines pass it on: by name, or as a number in the exception's data.
fn is_rate_overlimit(body: &ErrorBody) -> bool {
    let data = body.exception.as_ref().and_then(|exception| exception.data.as_ref());
    thrown(body, "rate-overlimit") || data.and_then(|data| data.parse::<i64>().ok()) == Some(429)
}

/// Whether what was thrown inside the server has this in its name or its message.
fn thrown(body: &ErrorBody, words: &str) -> bool {
    let texts = body.exception.iter().flat_map(|exception| [&exception.name, &exception.message]);
    texts.flatten().any(|text| text.contains(words))
}

/// The server's own words, from whichever member holds them.
fn message(body: &ErrorBody) -> Option<String> {
    let texts = |json: &Json| match json.parse::<Vec<Json>>() {
        Ok(lines) => {
            // Each has at least two characters, so that more of them are never shown.
            let lines = lines.iter().take(text::MAX_CHARS).map(line);
            Some(lines.collect::<Vec<_>>().join("; "))
        }
        Err(_) => json.parse::<String>().ok().or_else(|| json.get::<String>("/message").ok().flatten()),
    };
    let exception = body.exception.as_ref();
    let candidates = [
        body.message.as_ref().and_then(texts),
        body.detail.clone(),
        exception.and_then(|exception| exception.message.clone()),
        exception.and_then(|exception| exception.name.clone()),
        body.error.as_ref().and_then(texts),
    ];
    candidates.into_iter().flatten().find(|text| !text.trim().is_empty()).map(|text| text.trim().to_owned())
}

/// A line of a list of messages: mostly a string.
fn line(json: &Json) -> String {
    json.parse().unwrap_or_else(|_| json.as_str().to_owned())
}

/// How long `Retry-After` asks to wait: seconds, also with a fraction or a unit behind them, or a date, which is compared
/// with the server's own clock where the answer has one. The longest counts. More than any number holds is
/// [`Duration::MAX`]; `None` if there is no such header, or none that is understood.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let now = headers.get(DATE).and_then(|value| date(value.to_str().ok()?));
    let wait = |value: &str| {
        if let Some(date) = date(value) {
            let now = now.unwrap_or_else(OffsetDateTime::now_utc);
            return Some(Duration::try_from(date - now).unwrap_or_default());
        }
        value.split(',').filter_map(|part| seconds(part.trim())).max()
    };
    headers.get_all(RETRY_AFTER).iter().filter_map(|value| wait(value.to_str().ok()?.trim())).max()
}

fn seconds(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let unit = match text[end..].trim() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "ms" => 0.001,
        "m" | "min" | "minute" | "minutes" => 60.0,
        _ => return None,
    };
    Some(Duration::try_from_secs_f64(number * unit).unwrap_or(Duration::MAX))
}

fn date(text: &str) -> Option<OffsetDateTime> {
    let http = httpdate::parse_http_date(text).ok().map(OffsetDateTime::from);
    let rfc_3339 = || OffsetDateTime::parse(text, &Rfc3339).ok();
    http.or_else(rfc_3339).or_else(|| OffsetDateTime::parse(text, &Rfc2822).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_by_their_numbers() {
        let hint = |server: &str| {
            let since = Operation::CHATTING_SEND_STICKER.since().unwrap();
            missing_route_hint(since, Some(server))
        };
        for older in ["2026.7.10", "2025.12", "2026.8", "2026.8.1"] {
            assert_eq!(hint(older), format!("added in WAHA 2026.8.2; this server is {older}"));
        }
        for other in ["2026.8.2", "2026.10.1", "2026.8.2.1", "2027", "latest", "2026.8-dev", ""] {
            assert!(
                hint(other).starts_with(&format!("added in WAHA 2026.8.2; this server is {other}, which")),
                "{other}"
            );
        }
    }

    #[test]
    fn an_odd_retry_after_is_never_at_once() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            headers.insert(DATE, "Wed, 21 Oct 2026 07:28:00 GMT".parse().unwrap());
            retry_after(&headers)
        };
        let seconds = Duration::from_secs;
        assert_eq!(read("120"), Some(seconds(120)));
        assert_eq!(read("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(read("99999999999999999999999"), Some(Duration::MAX));
        assert_eq!(read("5 seconds"), Some(seconds(5)));
        assert_eq!(read("5, 10"), Some(seconds(10)));
        assert_eq!(read("Wed, 21 Oct 2026 07:29:00 GMT"), Some(seconds(60)));
        assert_eq!(read("Wed, 21 Oct 2026 07:29:00 +0000"), Some(seconds(60)));
        assert_eq!(read("2026-10-21T07:29:00Z"), Some(seconds(60)));
        assert_eq!(read("Wed, 21 Oct 2026 07:00:00 GMT"), Some(seconds(0)));
        assert_eq!(read("0"), Some(seconds(0)));
        for odd in ["soon", "-1", "1e9 light years", "", "NaN", "inf"] {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
