//! Finds the lines of places in a JSON text.

use std::collections::{HashMap, HashSet};

use crate::literal::below;

/// What the reader is in.
enum Frame {
    Object { pointer: String, key: Option<String> },
    Array { pointer: String, next: usize },
}

/// Returns the lines, from 1, of the pointers that are in a text. In a text that is not JSON, those before its error are
/// found.
pub fn lines(text: &str, wanted: &HashSet<&str>) -> HashMap<String, usize> {
    let bytes = text.as_bytes();
    let mut found = HashMap::new();
    let mut frames: Vec<Frame> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let byte = bytes[at];
        match byte {
            b'\n' => line += 1,
            b'}' | b']' => drop(frames.pop()),
            b'"' if matches!(frames.last(), Some(Frame::Object { key: None, .. })) => {
                let end = end_of_string(bytes, at);
                let name = text.get(at..end).and_then(|literal| serde_json::from_str(literal).ok());
                let Some(Frame::Object { key, .. }) = frames.last_mut() else { return found };
                *key = Some(name.unwrap_or_default());
                at = end;
                continue;
            }
            b' ' | b'\t' | b'\r' | b',' | b':' => {}
            _ => {
                let pointer = next_pointer(&mut frames);
                if wanted.contains(pointer.as_str()) {
                    found.insert(pointer.clone(), line);
                }
                match byte {
                    b'{' => frames.push(Frame::Object { pointer, key: None }),
                    b'[' => frames.push(Frame::Array { pointer, next: 0 }),
                    b'"' => {
                        at = end_of_string(bytes, at);
                        continue;
                    }
                    _ => {
                        let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'\n' | b' ' | b'\r' | b'\t');
                        at += bytes[at..].iter().position(is_end).unwrap_or(bytes.len() - at);
                        continue;
                    }
                }
            }
        }
        at += 1;
    }
    found
}

/// Returns the pointer of the value that begins here.
fn next_pointer(frames: &mut [Frame]) -> String {
    match frames.last_mut() {
        None => String::new(),
        Some(Frame::Object { pointer, key }) => below(pointer, &key.take().unwrap_or_default()),
        Some(Frame::Array { pointer, next }) => {
            *next += 1;
            format!("{pointer}/{}", *next - 1)
        }
    }
}

/// Returns the place after the string that begins at `at`.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_lines() {
        let text = "{\n  \"a/b\": [\n    1,\n    {\"c\": \"}\\\"\"}\n  ],\n  \"d\": null\n}";
        let wanted = HashSet::from(["", "/a~1b", "/a~1b/0", "/a~1b/1/c", "/d", "/e"]);
        let lines = lines(text, &wanted);
        let line = |pointer: &str| lines.get(pointer).copied();
        assert_eq!(
            ["", "/a~1b", "/a~1b/0", "/a~1b/1/c", "/d", "/e"].map(line),
            [Some(1), Some(2), Some(3), Some(4), Some(6), None]
        );
    }

    #[test]
    fn nonsense_has_an_end() {
        for text in ["", "{", "[[[", "\"", "{\"a", "}]", "{\"a\":\"\\"] {
            lines(text, &HashSet::from([""]));
        }
    }
}
