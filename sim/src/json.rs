//! JSON as JavaScript reads and writes it, which includes text that a Rust string cannot hold.

use std::io;

use serde_json::{Serializer, Value, ser::Formatter};

/// The first half of an emoji, as any text that the stand-in is given may contain it: it is sent as the JSON escape
/// `\ud83d`.
///
/// JavaScript's strings are UTF-16, so a text that was cut in the middle of an emoji ends with half a surrogate pair,
/// and `JSON.stringify` writes that as an escape. A Rust string cannot hold it. The stand-in keeps each half, U+D800 to
/// U+DFFF, as the private character U+10D800 to U+10DFFF, both in what it is told and in what it receives.
///
/// ```
/// # async fn write(server: &waha_sim::Server) {
/// use waha_sim::{HALF_EMOJI, Incoming};
///
/// server.receive("default", Incoming::text("11111111111", format!("see you {HALF_EMOJI}")));
/// # }
/// ```
pub const HALF_EMOJI: &str = "\u{10d83d}";

/// A byte that is not UTF-8, as any text that the stand-in is given may contain it: it is sent as `0xff`.
pub const INVALID_UTF8: &str = "\u{10fffd}";

const PRIVATE: u32 = 0x10_0000;

/// Writes a value as it goes over the wire.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, JavaScript);
    // Writing a value to memory cannot fail.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    bytes
}

/// Reads a value from text in which escapes may be half a surrogate pair.
///
/// # Errors
///
/// The text is not JSON, or nested more than 128 levels deep.
pub(crate) fn read(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(&with_whole_escapes(text))
}

/// Replaces escapes that are half a surrogate pair by the private characters that stand for them.
fn with_whole_escapes(text: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let (taken, half) = match escape(rest) {
            _ if first != b'\\' => (1, None),
            Some(unit @ 0xd800..0xdc00) => match rest.get(6..).and_then(escape) {
                Some(0xdc00..0xe000) => (12, None),
                _ => (6, Some(unit)),
            },
            Some(unit @ 0xdc00..0xe000) => (6, Some(unit)),
            Some(_) => (6, None),
            // A backslash before another character, which may be a backslash as well.
            None => (1 + usize::from(!after.is_empty()), None),
        };
        match half.and_then(|unit| char::from_u32(PRIVATE + u32::from(unit))) {
            Some(private) => whole.extend(private.encode_utf8(&mut [0; 4]).as_bytes()),
            None => whole.extend(rest.get(..taken).unwrap_or(rest)),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    whole
}

/// The code unit of an escape such as `\ud83d` at the start of a text.
fn escape(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// Writes what [`HALF_EMOJI`] and [`INVALID_UTF8`] stand for.
struct JavaScript;

impl Formatter for JavaScript {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, private) in fragment.char_indices().filter(|(_, c)| u32::from(*c) >= PRIVATE + 0xd800) {
            let unit = u32::from(private) - PRIVATE;
            let is_invalid = INVALID_UTF8.starts_with(private);
            if !is_invalid && unit >= 0xe000 {
                continue;
            }
            writer.write_all(fragment.get(written..at).unwrap_or_default().as_bytes())?;
            if is_invalid {
                writer.write_all(b"\xff")?;
            } else {
                write!(writer, "\\u{unit:04x}")?;
            }
            written = at + private.len_utf8();
        }
        writer.write_all(fragment.get(written..).unwrap_or_default().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_read_and_written_unchanged() {
        for text in [r#""see you \ud83d""#, r#""\ude00\ud83d!""#, r#""\\ud83d""#, r#""\ud83d\u0041""#, r#""\\\ud83d""#]
        {
            let value = read(text.as_bytes()).expect("JSON");
            let again = String::from_utf8(write(&value)).expect("UTF-8");
            assert_eq!(again, text.replace(r"\u0041", "A"), "{value:?}");
        }
    }

    #[test]
    fn a_whole_emoji_is_one_character() {
        assert_eq!(read(br#""\ud83d\ude00""#).expect("JSON"), json!("😀"));
        assert_eq!(write(&json!("😀\u{10ffff}")), "\"😀\u{10ffff}\"".as_bytes());
    }

    #[test]
    fn an_invalid_byte_is_written_as_it_is() {
        assert_eq!(write(&json!([format!("a{INVALID_UTF8}b")])), b"[\"a\xffb\"]");
    }

    #[test]
    fn broken_escapes_are_refused_without_a_panic() {
        for text in [r#""\"#, r#""\u"#, r#""\ud83"#, r#""\ud83d"#, r#""\uzzzz""#, r#""\ud83d\u""#, "\\"] {
            read(text.as_bytes()).expect_err(text);
        }
    }
}
