//! What the texts of a fault may contain of the request that it happens to.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{auth, query::Query, request_log::Recorded};

/// Fills in the key and the path of a request.
pub(super) struct Placeholders(Vec<(&'static str, Vec<u8>)>);

impl Placeholders {
    pub(super) fn of(request: &Recorded) -> Self {
        let in_header = request.headers.get(auth::NAME).map(|value| value.as_bytes().to_vec());
        let in_query = || Query::of_path(&request.path_and_query).get(auth::NAME).map(|key| key.as_bytes().to_vec());
        let key = in_header.or_else(in_query).unwrap_or_default();
        let each = |write: fn(u8) -> String| key.iter().map(|byte| write(*byte)).collect::<String>().into_bytes();
        let json = each(|byte| format!("\\u{:04x}", u32::from(byte)));
        let percent = each(|byte| format!("%{byte:02X}"));
        Self(vec![
            ("{key|json}", json),
            ("{key|percent}", percent),
            ("{key|base64}", BASE64_STANDARD.encode(&key).into_bytes()),
            ("{key|upper}", key.to_ascii_uppercase()),
            ("{key}", key),
            ("{path}", request.path_and_query.as_bytes().to_vec()),
        ])
    }

    pub(super) fn fill(&self, text: &[u8]) -> Vec<u8> {
        self.0.iter().fold(text.to_vec(), |text, (name, value)| replace(text, name.as_bytes(), value))
    }
}

fn replace(text: Vec<u8>, name: &[u8], value: &[u8]) -> Vec<u8> {
    if !text.windows(name.len()).any(|window| window == name) {
        return text;
    }
    let (mut rest, mut replaced) = (text.as_slice(), Vec::with_capacity(text.len()));
    while let Some(at) = rest.windows(name.len()).position(|window| window == name) {
        replaced.extend_from_slice(rest.get(..at).unwrap_or_default());
        replaced.extend_from_slice(value);
        rest = rest.get(at + name.len()..).unwrap_or_default();
    }
    replaced.extend_from_slice(rest);
    replaced
}
