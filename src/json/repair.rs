//! Makes JSON that servers write readable: one pass over the text, which is borrowed where nothing is wrong.
//!
//! | what is received | becomes |
//! |---|---|
//! | a byte order mark, NULs, white space or a guard such as `)]}'` before or after the JSON | nothing |
//! | UTF-16 with a byte order mark | UTF-8 |
//! | bytes that are not UTF-8 | U+FFFD |
//! | half of a surrogate pair (`"\ud83d"`) | `"\ufffd"` |
//! | a control character within a string | its escape |
//! | an escape that JSON does not have (`"\x"`) | the backslash itself |
//! | a control character or byte order mark between values | a space |
//! | `NaN`, `Infinity`, `undefined`, and a number that no `f64` holds | `null` |

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use bytestring::ByteString;

/// How deep arrays and objects may be nested: what `serde_json` reads.
pub(crate) const MAX_DEPTH: usize = 127;

/// Says that JSON is nested deeper than [`MAX_DEPTH`].
#[derive(Debug)]
pub(crate) struct TooDeep;

impl fmt::Display for TooDeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is nested deeper than {MAX_DEPTH} levels")
    }
}

impl std::error::Error for TooDeep {}

/// What servers put before JSON so that a browser does not run it as a script.
const GUARDS: [&str; 5] = [")]}',", ")]}'", "while(1);", "for(;;);", "/**/"];

/// Returns the text with everything repaired that the module's table lists. What is wrong otherwise is left to the parser.
///
/// # Errors
///
/// The text is nested deeper than [`MAX_DEPTH`].
pub(crate) fn repair(bytes: &[u8]) -> Result<Cow<'_, str>, TooDeep> {
    match decoded(bytes) {
        Cow::Borrowed(text) => Pass::new(trimmed(text)).run().map(|done| done.map_or(trimmed(text).into(), Cow::Owned)),
        Cow::Owned(text) => {
            let done = Pass::new(trimmed(&text)).run()?;
            Ok(done.unwrap_or_else(|| trimmed(&text).to_owned()).into())
        }
    }
}

/// Returns the text of a body that was received, as a slice of it, without what stands before and after the JSON. It may
/// need repair otherwise.
///
/// # Errors
///
/// The body is not UTF-8, and has to be repaired as a whole.
pub(crate) fn received(body: &Bytes) -> Result<ByteString, std::str::Utf8Error> {
    let text = ByteString::try_from(body.clone())?;
    let part = trimmed(&text);
    Ok(if part.len() == text.len() { text } else { text.slice_ref(part) })
}

/// As [`repair`], for a text that was [`received`]: where nothing is wrong, it is returned as it is.
///
/// # Errors
///
/// The text is nested deeper than [`MAX_DEPTH`].
pub(crate) fn repaired(text: ByteString) -> Result<ByteString, TooDeep> {
    Ok(Pass::new(&text).run()?.map_or(text, ByteString::from))
}

/// The text of bytes in UTF-8, or in UTF-16 with a byte order mark.
pub(crate) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| -> String {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes).into(),
        _ => std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed),
    }
}

/// The text without what stands before and after the JSON.
fn trimmed(text: &str) -> &str {
    // As a rule there is nothing.
    if matches!(text.as_bytes(), [b'{', .., b'}'] | [b'[', .., b']']) {
        return text;
    }
    let is_junk = |c: char| c == '\u{feff}' || c.is_whitespace() || (c.is_control() && c.is_ascii());
    let mut text = text.trim_matches(is_junk);
    for guard in GUARDS {
        if let Some(rest) = text.strip_prefix(guard) {
            text = rest.trim_start_matches(is_junk);
        }
    }
    text
}

/// The pass: what was copied so far, once something had to be changed.
struct Pass<'a> {
    text: &'a str,
    changed: Option<String>,
    /// Up to where the text is in `changed`.
    copied: usize,
}

impl<'a> Pass<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, changed: None, copied: 0 }
    }

    /// The changed text, or `None` where nothing had to be changed.
    fn run(mut self) -> Result<Option<String>, TooDeep> {
        let bytes = self.text.as_bytes();
        let (mut at, mut depth) = (0, 0_usize);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            at = match rest {
                [b',' | b':' | b' ', ..] => at + 1,
                [b'"', ..] => self.string(at + 1),
                // Most words are one of these literals, with which nothing can be wrong.
                [b't', b'r', b'u', b'e', b',' | b'}' | b']', ..] => at + 4,
                [b'n', b'u', b'l', b'l', b',' | b'}' | b']', ..] => at + 4,
                [b'f', b'a', b'l', b's', b'e', b',' | b'}' | b']', ..] => at + 5,
                [b'[' | b'{', ..] if depth == MAX_DEPTH => return Err(TooDeep),
                [b'[' | b'{', ..] => {
                    depth += 1;
                    at + 1
                }
                [b']' | b'}', ..] => {
                    depth = depth.saturating_sub(1);
                    at + 1
                }
                [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.', ..] => self.word(at),
                [b'\t' | b'\n' | b'\r', ..] => at + 1,
                [0..0x20, ..] => self.replace(at, at + 1, " "),
                [0xef, 0xbb, 0xbf, ..] => self.replace(at, at + 3, " "),
                _ => at + 1,
            };
        }
        let rest = &self.text[self.copied..];
        Ok(self.changed.map(|changed| changed + rest))
    }

    /// Passes a string whose quotation mark has been read; returns where it ends.
    #[inline]
    fn string(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(found) = bytes.get(at..).and_then(first_special) {
            at += found;
            at = match bytes[at] {
                b'"' => return at + 1,
                b'\\' => self.escape(at),
                control => self.replace(at, at + 1, &format!("\\u{control:04x}")),
            };
        }
        bytes.len()
    }

    /// Passes an escape; returns where it ends.
    fn escape(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let unit = |at: usize| {
            let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
            let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
            u16::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hex)?, 16).ok()
        };
        match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 2,
            Some(b'u') => match unit(at) {
                Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at + 12,
                Some(0xd800..=0xdfff) => self.replace(at, at + 6, "\\ufffd"),
                Some(_) => at + 6,
                None => self.replace(at, at + 1, "\\\\"),
            },
            Some(b'\'') => self.replace(at, at + 1, ""),
            _ => self.replace(at, at + 1, "\\\\"),
        }
    }

    /// Passes a literal or a number; returns where it ends.
    fn word(&mut self, start: usize) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let end = rest.iter().take(MAX_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
        // Nothing can be wrong with a plain integer either.
        if end > 0 && matches!(rest.get(end), None | Some(b',' | b'}' | b']')) {
            return start + end;
        }
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let end = start + self.text.as_bytes()[start..].iter().take_while(is_part).count();
        let word = &self.text[start..end];
        match word.trim_start_matches(['+', '-']) {
            "NaN" | "Infinity" | "undefined" => self.replace(start, end, "null"),
            number if number.starts_with(|c: char| c.is_ascii_digit()) && is_infinite(number) => {
                self.replace(start, end, "null")
            }
            _ => end,
        }
    }

    /// Puts another text in the place of `start..end`; returns `end`.
    fn replace(&mut self, start: usize, end: usize, with: &str) -> usize {
        let changed = self.changed.get_or_insert_with(|| String::with_capacity(self.text.len()));
        changed.push_str(&self.text[self.copied..start]);
        changed.push_str(with);
        self.copied = end;
        end
    }
}

/// Integers of so many digits are no problem for an `f64`.
const MAX_DIGITS: usize = 300;

/// Returns where the first quotation mark, backslash or control character is.
#[inline]
fn first_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // The highest bit of each byte that is zero; bytes behind the first one may be marked wrongly.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let equal = |word: u64, byte: u8| zeros(word ^ (ONES * u64::from(byte)));
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*word);
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = controls | equal(word, b'"') | equal(word, b'\\');
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|position| at + position)
}

/// Whether a number is too large for an `f64`.
fn is_infinite(number: &str) -> bool {
    let could_be = number.len() > 300 || number.contains(['e', 'E']);
    could_be && number.parse().is_ok_and(f64::is_infinite)
}

/// Completes JSON that was cut off: everything up to the last value that is whole, and the brackets that are missing.
/// `None` where not even one value is whole.
pub(crate) fn complete(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    // Where the text could end, and how many brackets would be missing there.
    let mut whole = None;
    let mut is_name = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] != b'"' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                if end >= bytes.len() {
                    break;
                }
                at = end;
                if !is_name {
                    whole = Some((at + 1, open.len()));
                }
                is_name = false;
            }
            byte @ (b'[' | b'{') => {
                open.push(if byte == b'[' { ']' } else { '}' });
                is_name = byte == b'{';
                whole = Some((at + 1, open.len()));
            }
            b']' | b'}' => {
                open.pop();
                whole = Some((at + 1, open.len()));
                is_name = false;
            }
            b',' => is_name = open.last() == Some(&'}'),
            b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => {
                let length = bytes[at..].iter().take_while(|byte| !matches!(byte, b',' | b']' | b'}')).count();
                if at + length == bytes.len() {
                    break;
                }
                at += length - 1;
                whole = Some((at + 1, open.len()));
            }
        }
        at += 1;
    }
    let (end, depth) = whole?;
    let missing = open.get(..depth)?.iter().rev();
    Some(text[..end].chars().chain(missing.copied()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(bytes: &[u8]) -> Value {
        let text = repair(bytes).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn what_is_right_is_borrowed() {
        for text in [r#"{"a": [1, -1.5e3, "\ud83e\udd80 \u00e9 \n", true, null]}"#, "12345678901234567890123", "\"🦀\""]
        {
            assert!(matches!(repair(text.as_bytes()), Ok(Cow::Borrowed(same)) if same == text), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_costs_nothing_but_itself() {
        assert_eq!(
            read(br#"["see you \ud83d", "\udd80\ud83e", "\ud83d\ud83e\udd80", 1]"#),
            json!(["see you \u{fffd}", "\u{fffd}\u{fffd}", "\u{fffd}🦀", 1])
        );
        assert_eq!(read(b"[\"a\xffb\", \"\xed\xa0\xbd\"]")[0], json!("a\u{fffd}b"));
        assert_eq!(read(b"{\"a\": \"line\nfeed\t\0\"}"), json!({ "a": "line\nfeed\t\0" }));
        assert_eq!(read(br#"["\x41 \' \u12"]"#), json!(["\\x41 ' \\u12"]));
        assert_eq!(read(b"[NaN, -Infinity, 1e999, -1E+999, undefined]"), json!([null, null, null, null, null]));
        for junk in ["\u{feff}", ")]}',\n", "\0\0", " \n\n ", "for(;;);", "\u{feff})]}'\n"] {
            assert_eq!(read(format!("{junk}{{\"a\": 1}}\0\u{feff}\n").as_bytes()), json!({ "a": 1 }), "{junk:?}");
        }
        let utf_16: Vec<u8> = "\u{feff}[\"é🦀\"]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&utf_16), json!(["é🦀"]));
    }

    #[test]
    fn the_depth_is_that_of_the_parser() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let text = nested(MAX_DEPTH);
        assert!(serde_json::from_str::<Value>(&repair(text.as_bytes()).unwrap()).is_ok());
        assert!(serde_json::from_str::<Value>(&nested(MAX_DEPTH + 1)).is_err());
        assert!(repair(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        // Brackets within a string count for nothing.
        assert!(repair(format!("\"{}\"", "[".repeat(1000)).as_bytes()).is_ok());
    }

    #[test]
    fn a_text_that_is_cut_anywhere_is_completed() {
        let text = r#"{"a": "x\"y", "b": [1, {"c": null}, "z"], "d": {}, "e": -1.5}"#;
        for end in 1..text.len() {
            let whole = complete(&text[..end]).unwrap();
            assert!(serde_json::from_str::<Value>(&whole).is_ok(), "{whole}");
        }
        let whole = complete(r#"{"a": 1, "b": "cut of"#).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&whole).unwrap(), json!({ "a": 1 }));
    }
}
