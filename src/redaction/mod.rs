//! Secrets, which nothing that this client says may repeat: a server that repeats one is not repeated.
//!
//! Every word of a server passes through a [`Redactor`] on its way into an error, a `Debug` or a trace. The client's own
//! secrets are known by their values, those in requests and answers by their places and names.

mod members;
mod names;

use std::{borrow::Cow, fmt, ops::Range};

use aho_corasick::{Input, automaton::Automaton, nfa::noncontiguous::NFA};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

pub(crate) use members::{Place, hide_members};
pub(crate) use names::says_secret;

/// What stands in a secret's place.
const MASK: &str = "***";

/// How many layers of encodings are taken off. A chain of one encoding, such as `%252541`, counts as one layer.
const MAX_LAYERS: usize = 12;

/// The shortest secret that is looked for in base64, in bytes: anything shorter is found by chance.
const MIN_BASE64: usize = 5;

/// The shortest value in a request or an answer that is looked for elsewhere, in bytes: anything shorter would hide what
/// people have to read.
const MIN_VALUE: usize = 4;

/// How much of the body of a request is searched for secrets, in bytes.
const MAX_SENT: usize = 1024 * 1024;

/// How much of the body of an answer is searched for secrets, in bytes: more than an error repeats of it.
const MAX_RECEIVED: usize = 64 * 1024;

/// The longest escape that a cut can leave unfinished, in bytes.
const MAX_ESCAPE: usize = 12;

/// Returns the secrets in the body of a request, by their places and names.
pub(crate) fn secrets_in(body: &[u8], places: &[Place]) -> Vec<String> {
    members::secrets(&String::from_utf8_lossy(&body[..body.len().min(MAX_SENT)]), places)
}

/// Stands in the `Debug` of a type in the place of a secret.
pub(crate) struct Masked;

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Hides secrets in texts, in whichever form they come back.
///
/// Forms are: as it is, in other letter case, with the escapes of JSON, Rust, URLs and HTML in any mixture and one within
/// another, in base64 together with what stands before and after it (as in a `Basic` header), in hexadecimal, as UTF-8 that
/// was read as Latin-1, and the beginning of one where a text was cut off.
#[derive(Default)]
pub(crate) struct Redactor {
    secrets: Vec<String>,
    /// Where the answer has secrets.
    places: &'static [Place],
    /// All spellings that a text without escapes can have.
    spellings: Vec<Vec<u8>>,
    /// One kind of automaton, because the crate's choice between three of them would bring all three into every program.
    finder: Option<NFA>,
    /// Of the secrets that are long enough to be looked for in base64.
    base64_spellings: Vec<Vec<u8>>,
    base64_finder: Option<NFA>,
}

impl Redactor {
    /// Makes a redactor of all secrets of a client. Empty ones are ignored.
    pub(crate) fn new<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let secrets: Vec<_> = secrets.into_iter().map(|secret| secret.as_ref().to_owned()).collect();
        let mut spellings: Vec<_> = secrets.iter().flat_map(|secret| all_spellings(secret)).collect();
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings.dedup();
        let base64_spellings: Vec<_> =
            spellings.iter().filter(|spelling| spelling.len() >= MIN_BASE64).cloned().collect();
        let finder = |spellings: &[Vec<u8>]| match spellings {
            [] => None,
            spellings => NFA::builder().ascii_case_insensitive(true).build(spellings).ok(),
        };
        Self {
            secrets,
            places: &[],
            finder: finder(&spellings),
            base64_finder: finder(&base64_spellings),
            spellings,
            base64_spellings,
        }
    }

    /// Returns a redactor that hides more secrets as well, and those at `places` of the answer.
    pub(crate) fn and(&self, more: impl IntoIterator<Item = String>, places: &'static [Place]) -> Self {
        let more = more.into_iter().filter(|secret| secret.len() >= MIN_VALUE);
        Self { places, ..Self::new(self.secrets.iter().cloned().chain(more)) }
    }

    /// Returns a redactor that hides the secrets in the body of an answer as well.
    pub(crate) fn and_those_in(&self, body: &[u8]) -> Self {
        let searched = String::from_utf8_lossy(&body[..body.len().min(MAX_RECEIVED)]);
        self.and(members::secrets(&searched, self.places), self.places)
    }

    /// Returns the text of a JSON body, or a part of it, without the secrets that stand at their places in it.
    pub(crate) fn hide_members<'a>(&self, text: &'a str) -> Cow<'a, str> {
        hide_members(text, self.places)
    }

    /// Returns the text without the secrets.
    pub(crate) fn hide<'a>(&self, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let text = text.into();
        match self.hidden(&text, false) {
            Some(hidden) => hidden.into(),
            None => text,
        }
    }

    /// Returns a text that was cut off at its end without the secrets, and without the beginning of one at the cut.
    pub(crate) fn hide_cut<'a>(&self, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let text = text.into();
        match self.hidden(&text, true) {
            Some(hidden) => hidden.into(),
            None => text,
        }
    }

    /// Returns a text in which others may have been clipped without the secrets, and without the beginning of one before
    /// an ellipsis.
    pub(crate) fn hide_clipped(&self, text: &str) -> String {
        let text = self.hide(text);
        match text.rsplit_once('…') {
            Some((clipped, rest)) if self.finder.is_some() => {
                let clipped: Vec<_> = clipped.split('…').map(|part| self.hide_cut(part)).collect();
                format!("{}…{rest}", clipped.join("…"))
            }
            _ => text.into_owned(),
        }
    }

    /// Hides the secrets in all texts, names and numbers of a tree.
    pub(crate) fn hide_in_value(&self, value: &mut Value) {
        if self.finder.is_none() {
            return;
        }
        match value {
            Value::String(text) => {
                if let Some(hidden) = self.hidden(text, false) {
                    *text = hidden;
                }
            }
            Value::Number(number) => {
                if let Some(hidden) = self.hidden(&number.to_string(), false) {
                    *value = hidden.into();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in_value(item)),
            Value::Object(members) => {
                let hidden = std::mem::take(members).into_iter().map(|(name, mut member)| {
                    self.hide_in_value(&mut member);
                    (self.hidden(&name, false).unwrap_or(name), member)
                });
                *members = hidden.collect();
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Hides the secrets in names and values of headers. A value that held one is marked as sensitive.
    pub(crate) fn hide_in_headers(&self, headers: &mut HeaderMap) {
        if self.finder.is_none() {
            return;
        }
        for value in headers.values_mut() {
            if let Some(hidden) = self.hidden(&String::from_utf8_lossy(value.as_bytes()), false) {
                *value = HeaderValue::from_str(&hidden).unwrap_or(HeaderValue::from_static(MASK));
                value.set_sensitive(true);
            }
        }
        let hidden: Vec<_> =
            headers.keys().filter(|name| self.hidden(name.as_str(), false).is_some()).cloned().collect();
        for name in hidden {
            let mask = self.hidden(name.as_str(), false).and_then(|mask| HeaderName::try_from(mask).ok());
            if let Some(value) = headers.remove(&name) {
                headers.append(mask.unwrap_or(HeaderName::from_static("masked")), value);
            }
        }
    }

    /// Returns the text without the secrets, or `None` where there is none in it.
    fn hidden(&self, text: &str, is_cut: bool) -> Option<String> {
        let finder = self.finder.as_ref()?;
        let mut places = Vec::new();
        let mut view = View::of(text);
        for _ in 0..MAX_LAYERS {
            let folded: Vec<u8> = view.bytes.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect();
            let found = finder.try_find_overlapping_iter(Input::new(&folded)).into_iter().flatten();
            places.extend(found.map(|found| view.source(found.range())));
            self.find_in_base64(&view, is_cut, &mut places);
            if is_cut {
                self.find_beginning(&view, &folded, text.len(), &mut places);
            }
            match view.unescaped() {
                Some(next) => view = next,
                None => break,
            }
        }
        mask(text, places)
    }

    /// Finds the beginning of a secret at the end.
    fn find_beginning(&self, view: &View, folded: &[u8], end: usize, places: &mut Vec<Range<usize>>) {
        // An escape that the cut left unfinished stands for the character that follows.
        let unfinished = (folded.len().saturating_sub(MAX_ESCAPE)..folded.len())
            .filter(|at| matches!(folded[*at], b'%' | b'\\' | b'&') && escape(&view.bytes[*at..]).is_none());
        for length in unfinished.chain([folded.len()]) {
            let beginning = longest_beginning(&self.spellings, &folded[..length]);
            if beginning > 0 {
                places.push(view.spans[length - beginning].start..end);
            }
        }
    }

    /// Finds secrets in base64: in each run of its characters, from each of the four places where a group can begin.
    fn find_in_base64(&self, view: &View, is_cut: bool, places: &mut Vec<Range<usize>>) {
        let Some(finder) = &self.base64_finder else { return };
        let mut start = 0;
        while start < view.bytes.len() {
            let Some(first) = view.bytes[start..].iter().position(|byte| sextet(*byte).is_some()) else { return };
            let first = start + first;
            let run = view.bytes[first..].iter();
            let length = run.take_while(|byte| sextet(**byte).is_some() || matches!(byte, b'\r' | b'\n')).count();
            start = first + length;
            if length < MIN_BASE64 {
                continue;
            }
            let characters: Vec<_> = (first..start).filter(|at| sextet(view.bytes[*at]).is_some()).collect();
            for offset in 0..4.min(characters.len()) {
                let characters = &characters[offset..];
                let decoded = decode(characters.iter().filter_map(|at| sextet(view.bytes[*at])));
                let source = |found: Range<usize>| {
                    let last = (found.end * 4).div_ceil(3).min(characters.len());
                    view.source(characters[found.start * 4 / 3]..characters[last - 1] + 1)
                };
                let decoded = View::plain(&decoded);
                let unescaped = decoded.unescaped();
                for layer in [Some(&decoded), unescaped.as_ref()].into_iter().flatten() {
                    let folded: Vec<u8> = layer.bytes.iter().map(|b| if *b == b' ' { b'+' } else { *b }).collect();
                    let found = finder.try_find_iter(Input::new(&folded)).into_iter().flatten();
                    places.extend(found.map(|found| source(layer.source(found.range()))));
                    let beginning = longest_beginning(&self.base64_spellings, &folded);
                    if is_cut && start == view.bytes.len() && beginning >= 3 {
                        places.push(source(layer.source(folded.len() - beginning..folded.len())));
                    }
                }
            }
        }
    }
}

/// The longest beginning of a spelling with which the text ends, in bytes.
fn longest_beginning(spellings: &[Vec<u8>], text: &[u8]) -> usize {
    let beginning = |spelling: &Vec<u8>| {
        let longest = spelling.len().min(text.len());
        (1..=longest).rev().find(|length| text[text.len() - length..].eq_ignore_ascii_case(&spelling[..*length]))
    };
    spellings.iter().filter_map(beginning).max().unwrap_or(0)
}

/// Everything that a secret can be once its encodings are taken off.
fn all_spellings(secret: &str) -> Vec<Vec<u8>> {
    if secret.is_empty() {
        return Vec::new();
    }
    let latin_1: String = secret.bytes().map(char::from).collect();
    let replaced: String = secret.chars().map(|c| if c.is_ascii() { c } else { '\u{fffd}' }).collect();
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut spellings = Vec::new();
    for text in [secret, &latin_1, &replaced, &hexadecimal] {
        let mut view = View::of(text);
        for _ in 0..MAX_LAYERS {
            spellings.push(view.bytes.iter().map(|byte| if *byte == b' ' { b'+' } else { *byte }).collect());
            match view.unescaped() {
                Some(next) => view = next,
                None => break,
            }
        }
    }
    spellings
}

/// Replaces places of a text, or returns `None` if there are none.
fn mask(text: &str, mut places: Vec<Range<usize>>) -> Option<String> {
    if places.is_empty() {
        return None;
    }
    places.sort_by_key(|place| place.start);
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for place in places {
        let start = (0..=place.start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        if start >= end {
            masked.push_str(&text[end..start]);
            masked.push_str(MASK);
        }
        let place_end = (place.end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        end = end.max(place_end);
    }
    masked.push_str(&text[end..]);
    Some(masked)
}

/// A text some of whose encodings were taken off, and where each of its bytes comes from.
struct View {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

/// A place in the text as it was.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

impl View {
    fn of(text: &str) -> Self {
        Self::plain(text.as_bytes())
    }

    fn plain(bytes: &[u8]) -> Self {
        let spans = (0..bytes.len()).map(|start| Span { start, end: start + 1 }).collect();
        Self { bytes: bytes.to_vec(), spans }
    }

    /// Where bytes of this view come from.
    fn source(&self, range: Range<usize>) -> Range<usize> {
        match self.spans.get(range).unwrap_or_default() {
            [first, .., last] => first.start..last.end,
            [only] => only.start..only.end,
            [] => 0..0,
        }
    }

    /// Takes one layer of escapes off; `None` if there is none.
    fn unescaped(&self) -> Option<Self> {
        let first = self.bytes.iter().position(|byte| matches!(byte, b'%' | b'\\' | b'&'))?;
        let mut bytes = self.bytes[..first].to_vec();
        let mut spans = self.spans[..first].to_vec();
        let mut changed = false;
        let mut at = first;
        while at < self.bytes.len() {
            match escape(&self.bytes[at..]) {
                Some((decoded, length)) => {
                    let span = Span { start: self.spans[at].start, end: self.spans[at + length - 1].end };
                    bytes.extend_from_slice(decoded.as_slice());
                    spans.extend(std::iter::repeat_n(span, decoded.as_slice().len()));
                    at += length;
                    changed = true;
                }
                None => {
                    bytes.push(self.bytes[at]);
                    spans.push(self.spans[at]);
                    at += 1;
                }
            }
        }
        changed.then_some(Self { bytes, spans })
    }
}

/// What an escape stands for: a byte, or a character in UTF-8.
enum Decoded {
    Byte([u8; 1]),
    Char([u8; 4], usize),
}

impl Decoded {
    fn byte(byte: u8) -> Self {
        Self::Byte([byte])
    }

    fn char(code: u32) -> Option<Self> {
        let mut buffer = [0; 4];
        let length = char::from_u32(code)?.encode_utf8(&mut buffer).len();
        Some(Self::Char(buffer, length))
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Byte(byte) => byte,
            Self::Char(buffer, length) => &buffer[..*length],
        }
    }
}

/// Reads the escape that a text begins with: what it stands for, and its length.
fn escape(text: &[u8]) -> Option<(Decoded, usize)> {
    match text.first()? {
        b'%' => {
            // However often the percent sign itself was encoded.
            let chain = text[1..].chunks_exact(2).take_while(|pair| *pair == b"25").count();
            let whole =
                |skipped: usize| Some((Decoded::byte(hex(text.get(1 + skipped..3 + skipped)?)? as u8), 3 + skipped));
            whole(2 * chain).or_else(|| whole(2 * chain.checked_sub(1)?))
        }
        b'\\' => match text.get(1)? {
            b'u' if text.get(2) == Some(&b'{') => {
                let end = text.iter().take(MAX_ESCAPE).position(|byte| *byte == b'}')?;
                Some((Decoded::char(hex(&text[3..end])?)?, end + 1))
            }
            b'u' => {
                let first = hex(text.get(2..6)?)?;
                let second = text.get(6..12).filter(|text| text.starts_with(b"\\u")).and_then(|text| hex(&text[2..]));
                match (first, second) {
                    (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
                        Some((Decoded::char(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))?, 12))
                    }
                    _ => Some((Decoded::char(first)?, 6)),
                }
            }
            b'x' => Some((Decoded::byte(hex(text.get(2..4)?)? as u8), 4)),
            b'b' => Some((Decoded::byte(8), 2)),
            b'f' => Some((Decoded::byte(12), 2)),
            b'n' => Some((Decoded::byte(b'\n'), 2)),
            b'r' => Some((Decoded::byte(b'\r'), 2)),
            b't' => Some((Decoded::byte(b'\t'), 2)),
            b'0' => Some((Decoded::byte(0), 2)),
            byte @ (b'"' | b'\'' | b'\\' | b'/') => Some((Decoded::byte(*byte), 2)),
            _ => None,
        },
        b'&' => {
            let mut start = 1;
            while text[start..].starts_with(b"amp;") {
                start += 4;
            }
            let rest = &text[start..];
            let decoded = entity(rest).map(|(decoded, length)| (decoded, start + length));
            decoded.or_else(|| (start > 1).then(|| (Decoded::byte(b'&'), start)))
        }
        _ => None,
    }
}

/// Reads an HTML entity behind its `&`.
fn entity(text: &[u8]) -> Option<(Decoded, usize)> {
    if text.first() == Some(&b'#') {
        let is_hex = matches!(text.get(1), Some(b'x' | b'X'));
        let start = if is_hex { 2 } else { 1 };
        let is_digit = |byte: &&u8| if is_hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
        let length = text[start..].iter().take(8).take_while(is_digit).count();
        let digits = std::str::from_utf8(&text[start..start + length]).ok()?;
        let code = u32::from_str_radix(digits, if is_hex { 16 } else { 10 }).ok()?;
        let end = start + length;
        return Some((Decoded::char(code)?, end + usize::from(text.get(end) == Some(&b';'))));
    }
    let end = text.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&text[..end]).ok()?;
    let found = ENTITIES.iter().find(|(entity, _)| *entity == name)?;
    Some((Decoded::byte(found.1), end + 1))
}

/// HTML's names of ASCII characters.
const ENTITIES: [(&str, u8); 38] = [
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("LT", b'<'),
    ("GT", b'>'),
    ("QUOT", b'"'),
    ("AMP", b'&'),
    ("excl", b'!'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("equals", b'='),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("rcub", b'}'),
    ("Tab", b'\t'),
];

fn hex(digits: &[u8]) -> Option<u32> {
    let is_hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    u32::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hex)?, 16).ok()
}

/// The six bits that a character of base64 stands for, in either alphabet.
fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Joins groups of six bits to bytes. Bits that fill no byte are dropped.
fn decode(sextets: impl Iterator<Item = u8>) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for sextet in sextets {
        bits = (bits << 6) | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};

    use super::*;

    const SECRET: &str = "S3cret/key+of \"x\"\\y&z%";

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let redactor = Redactor::new([SECRET]);
        let json = serde_json::to_string(SECRET).unwrap();
        let unicode: String = SECRET.chars().map(|c| format!("\\u{:04X}", c as u32)).collect();
        let html: String = SECRET.chars().map(|c| format!("&#{};", c as u32)).collect();
        let percent: String = SECRET.bytes().map(|b| format!("%{b:02x}")).collect();
        let forms = [
            SECRET.to_owned(),
            SECRET.to_uppercase(),
            json.trim_matches('"').to_owned(),
            unicode.clone(),
            html.clone(),
            html.replace('&', "&amp;"),
            percent.clone(),
            percent.replace('%', "%2525"),
            unicode.replace('\\', "%5c"),
            format!("{}{}", &SECRET[..5], &percent[15..]),
        ];
        for form in forms {
            assert_eq!(redactor.hide(format!("<{form}>")), "<***>", "{form}");
        }
        for before in ["", "a", "ab", "abc", "user:"] {
            let basic = BASE64_STANDARD.encode(format!("{before}{SECRET}, and more"));
            for form in [basic.clone(), basic.replace('+', "-").replace('/', "_"), basic.replace('=', "%3D")] {
                let hidden = redactor.hide(format!("Basic {form}"));
                assert!(hidden.starts_with("Basic ") && hidden.contains("***"), "{hidden}");
                assert!(hidden.len() < form.len(), "{hidden}");
            }
        }
        assert_eq!(redactor.hide("nothing at all: aGVsbG8gd29ybGQ="), "nothing at all: aGVsbG8gd29ybGQ=");
    }

    #[test]
    fn the_beginning_of_a_secret_is_hidden_at_a_cut() {
        let redactor = Redactor::new([SECRET]);
        let unicode: String = SECRET.chars().map(|c| format!("\\u{:04X}", c as u32)).collect();
        for end in 1..SECRET.len() {
            assert_eq!(redactor.hide_cut(format!("<{}", &SECRET[..end])), "<***");
        }
        for end in 6..unicode.len() {
            assert_eq!(redactor.hide_cut(format!("<{}", &unicode[..end])), "<***");
        }
    }

    #[test]
    fn a_header_shows_a_secret_in_neither_its_name_nor_its_value() {
        let redactor = Redactor::new(["Secret-Name"]);
        let mut headers = HeaderMap::new();
        headers.insert("x-secret-name", HeaderValue::from_static("a"));
        headers.insert("location", HeaderValue::from_static("/?key=Secret%2DName"));
        redactor.hide_in_headers(&mut headers);
        let shown = format!("{headers:?} {:?}", headers["location"].to_str());
        assert!(!shown.to_lowercase().contains("secret"), "{shown}");
        assert!(headers["location"].is_sensitive());
    }

    #[test]
    fn the_cost_does_not_grow_with_the_layers_of_a_text() {
        let redactor = Redactor::new([SECRET]);
        for text in ["%25".repeat(200_000), "%".to_owned() + &"25".repeat(300_000), "\\".repeat(500_000)] {
            redactor.hide(text);
        }
        redactor.hide("&".to_owned() + &"amp;".repeat(150_000));
    }
}
