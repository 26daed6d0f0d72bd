//! Where in a JSON text an error is.

use std::fmt::Write;

/// Returns the path of the value at which decoding failed, such as `chats[3].id`; `.` for the whole text.
///
/// `serde_json` says how far it had read: the value is the innermost one that had begun there, and had not ended before.
pub(crate) fn path_of(error: &serde_json::Error, text: &str) -> String {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let path = Walk { bytes: text.as_bytes(), at: 0 }.to(before + error.column());
    let mut shown = String::new();
    for step in path {
        let dot = if shown.is_empty() { "" } else { "." };
        // Writing to a `String` does not fail.
        let _ = match step {
            Step::Index(index) => write!(shown, "[{index}]"),
            Step::Member(name) => write!(shown, "{dot}{}", text.get(name.0..name.1).unwrap_or_default()),
        };
    }
    if shown.is_empty() { ".".to_owned() } else { shown }
}

/// A step into a list or an object.
#[derive(Clone, Copy)]
enum Step {
    Index(usize),
    /// The name, by where it begins and ends in the text.
    Member((usize, usize)),
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    /// Goes through the text until the parser's position, and returns the steps to the value there.
    fn to(mut self, position: usize) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        // Where the last string is, which is a name if a colon follows.
        let mut name = None;
        while let Some(byte) = self.bytes.get(self.at).copied().filter(|_| self.at < position) {
            match byte {
                b'{' | b'[' => {
                    self.at += 1;
                    steps.push(if byte == b'{' { Step::Member((0, 0)) } else { Step::Index(0) });
                }
                b'}' | b']' => {
                    self.at += 1;
                    steps.pop();
                    if self.at >= position {
                        return steps;
                    }
                }
                b',' => {
                    self.at += 1;
                    match steps.last_mut() {
                        Some(Step::Index(index)) => *index += 1,
                        Some(member) => *member = Step::Member((0, 0)),
                        None => {}
                    }
                }
                b':' => {
                    self.at += 1;
                    if let (Some(step), Some(found)) = (steps.last_mut(), name.take()) {
                        *step = Step::Member(found);
                    }
                }
                b'"' => {
                    let start = self.at + 1;
                    self.at = self.end_of_string(start);
                    name = Some((start, self.at.saturating_sub(1)));
                }
                _ => self.at += 1,
            }
        }
        // Between the members of an object, the object itself is where the parser was.
        if matches!(steps.last(), Some(Step::Member((0, 0)))) {
            steps.pop();
        }
        steps
    }

    fn end_of_string(&self, start: usize) -> usize {
        let mut at = start;
        while let Some(byte) = self.bytes.get(at) {
            match byte {
                b'"' => return at + 1,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, de::DeserializeOwned};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Outer {
        #[expect(dead_code)]
        id: String,
        #[expect(dead_code)]
        inner: Option<Vec<Inner>>,
        #[expect(dead_code)]
        by_name: Option<BTreeMap<String, Inner>>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code)]
        number: u8,
    }

    fn path<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
        path_of(&serde_json::from_str::<T>(text).expect_err(text), text)
    }

    #[test]
    fn the_path_leads_to_the_value_that_could_not_be_read() {
        for (text, expected) in [
            (r#"{"id": 5}"#, "id"),
            (r#"{"id": []}"#, "id"),
            (r#"{"id": {"a": 1}}"#, "id"),
            (r#"{"id": null}"#, "id"),
            (r#"{"id": true}"#, "id"),
            (r#"{"inner": []}"#, "."),
            (r#"{"id": "a", "inner": [{"number": 1}, {"number": "x"}]}"#, "inner[1].number"),
            (r#"{"id": "a", "inner": [{"number": 1}, {"number": 300}]}"#, "inner[1].number"),
            (r#"{"id": "a", "inner": [{"number": 1}, {"n": 300}]}"#, "inner[1]"),
            (r#"{"id": "a", "inner": [{"number": 1}, 5]}"#, "inner[1]"),
            (r#"{"id": "a", "inner": [[]]}"#, "inner[0]"),
            (r#"{"id": "a", "inner": ["x"]}"#, "inner[0]"),
            (r#"{"id": "a", "inner": 5}"#, "inner"),
            ("{\"id\": \"a\",\n \"byName\": {\"b c\": {\n\"number\": []}}}", "byName.b c.number"),
            ("5", "."),
            ("[]", "."),
        ] {
            assert_eq!(path::<Outer>(text), expected, "{text}");
        }
        assert_eq!(path::<Vec<Outer>>(r#"[{"id": "a"}, {"id": "b, \"c\": [", "inner": [7]}]"#), "[1].inner[0]");
        assert_eq!(path::<Vec<u8>>("[1, 2, -3]"), "[2]");
    }
}
