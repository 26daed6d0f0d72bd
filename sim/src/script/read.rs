//! Reads a script, and says where and why one cannot be read.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Spanned, UserMessageFormatter};

use super::{Script, timeline};
use crate::{
    Fault, SessionStatus,
    control::{DescribedGroup, DescribedPerson},
    program,
};

/// Why a script cannot be read.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Counted from 1; none where it is not a matter of a line.
    line: Option<u64>,
    message: String,
}

impl Wrong {
    pub(super) fn at(line: u64, message: impl Into<String>) -> Self {
        Self { line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, ":{line}: {}", self.message),
            None => write!(f, ": {}", self.message),
        }
    }
}

/// A script as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    sessions: BTreeMap<SessionName, Status>,
    #[serde(default)]
    people: Vec<Spanned<DescribedPerson>>,
    #[serde(default)]
    groups: Vec<Spanned<DescribedGroup>>,
    #[serde(default)]
    faults: Vec<Spanned<Fault>>,
    #[serde(default)]
    timeline: Vec<Spanned<BTreeMap<String, Spanned<Value>>>>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
struct SessionName(String);

impl TryFrom<String> for SessionName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        program::session(&name).map(Self).map_err(|reason| format!("`{name}` is no name of a session: {reason}"))
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Status(SessionStatus);

impl TryFrom<String> for Status {
    type Error = String;

    fn try_from(status: String) -> Result<Self, String> {
        SessionStatus::parse(&status).map(Self)
    }
}

impl Script {
    /// Reads a file. The error begins with its name, and with the line where there is one.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
        Self::parse(&text).map_err(|wrong| format!("{}{wrong}", path.display()))
    }

    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        // An empty file is a scenario in which nothing happens.
        let written: Option<Written> = serde_saphyr::from_str(text).map_err(|error| Wrong {
            line: error.location().map(|location| location.line()),
            message: in_our_words(&error.without_snippet().render_with_formatter(&UserMessageFormatter)),
        })?;
        let Some(Written { sessions, people, groups, faults, timeline }) = written else {
            return Ok(Self {
                sessions: Vec::new(),
                people: Vec::new(),
                groups: Vec::new(),
                faults: Vec::new(),
                timeline: Vec::new(),
            });
        };
        once(people.iter().map(|person| (person.referenced.line(), person.value.id())))?;
        once(groups.iter().map(|group| (group.referenced.line(), group.value.id())))?;
        for fault in &faults {
            fault.value.check_operation().map_err(|reason| Wrong::at(fault.referenced.line(), reason))?;
        }
        Ok(Self {
            sessions: sessions.into_iter().map(|(SessionName(name), Status(status))| (name, status)).collect(),
            people: people.into_iter().map(|person| (person.value.id(), person.value.into_person())).collect(),
            groups: groups.into_iter().map(|group| group.value.into_group()).collect(),
            faults: faults.into_iter().map(|fault| fault.value).collect(),
            timeline: timeline::read(timeline)?,
        })
    }
}

/// The parser's message, without the place, which is named before it, and without words that only those know who have written
/// a parser.
fn in_our_words(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    message
        .replace("expected sequence start", "write a list here, each entry after `- `")
        .replace("expected mapping start", "write members here, such as `name: value`")
}

/// Refuses to describe somebody or something twice, because it is not clear which description is meant.
fn once(ids: impl Iterator<Item = (u64, String)>) -> Result<(), Wrong> {
    let mut lines = BTreeMap::new();
    for (line, id) in ids {
        if let Some(first) = lines.insert(id.clone(), line) {
            return Err(Wrong::at(line, format!("`{id}` is described in line {first} already: remove one of them")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, reason) in [
            ("peple: []", 1, "peple"),
            ("people:\n  - id: Ada", 2, "`Ada` is no id of a person: write digits"),
            ("people:\n  - id: 1\n    nmae: Ada", 3, "nmae"),
            ("people:\n  - id: 1\n  - id: 1@c.us", 3, "described in line 2 already"),
            ("people:\n  - id: 1\n    takes: soon", 3, "no number of seconds"),
            ("people:\n  - id: 1\n    answers:\n      - to: ping", 4, "with"),
            ("people: Ada", 1, "write a list here"),
            ("groups:\n  - id: 1", 2, "no id of a group"),
            ("sessions:\n  my shop: WORKING", 2, "use 1 to 54 letters"),
            ("sessions:\n  shop: FINE", 2, "`FINE` is no status: use one of STOPPED"),
            ("faults:\n  - bad_gatewy: true", 2, "bad_gatewy"),
            ("faults:\n  - on: send_text\n    bad_gateway: true", 2, "`send_text` is no operation"),
            ("timeline:\n  - receive: {}", 2, "`at`"),
            ("timeline:\n  - at: 1\n    after: 1", 2, "`at` or `after`"),
            ("timeline:\n  - at: -1\n    pair: { session: a }", 2, "no number of seconds"),
            ("timeline:\n  - at: 1\n    recieve: { session: a }", 3, "`recieve` is nothing that can happen"),
            ("timeline:\n  - at: 1\n    advance: { seconds: 1 }", 3, "`advance`"),
            ("timeline:\n  - at: 1", 2, "say what happens"),
            ("timeline:\n  - at: 1\n    pair: { session: a }\n    read: { session: a, chat: 1 }", 2, "one thing"),
            ("timeline:\n  - at: 1\n    receive: { session: a, from: 1 }", 3, "receive: Give one of `text`"),
            ("timeline:\n  - at: 1\n    receive: { sesion: a }", 3, "receive: unknown field `sesion`"),
            ("timeline:\n  - at: 1\n    receive: Hi", 3, "write its parameters"),
            ("timeline:\n  - at: 1\n    times: 3\n    pair: { session: a }", 3, "`times` needs `every`"),
            ("timeline:\n  - at: 1\n    every: 0\n    pair: { session: a }", 3, "0.001 or more"),
            (
                "timeline:\n  - at: 1\n    revoke: { session: a, from: 1, message: $hello }",
                3,
                "`$hello`: no earlier entry has `as: hello`",
            ),
            ("timeline:\n  - at: 1\n    as: hello\n    pair: { session: a }", 3, "`pair` makes no message"),
            ("timeline:\n  - at: 1\n    as: last\n    receive: { session: a, from: 1, text: a }", 3, "another name"),
            ("sessions:\n  a: WORKING\n  a: WORKING", 3, "duplicate"),
            ("a: b: c", 1, ""),
        ] {
            let wrong = Script::parse(text).expect_err(text);
            assert_eq!(wrong.line, Some(line), "{text}: {wrong}");
            assert!(wrong.message.to_lowercase().contains(&reason.to_lowercase()), "{text}: {wrong}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = Script::read(Path::new("nowhere/none.yaml")).expect_err("no such file");
        assert!(error.starts_with("nowhere/none.yaml: cannot be read: "), "{error}");
    }

    #[test]
    fn the_example_of_the_readme_is_one() {
        let readme = include_str!("../../README.md");
        let example = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
        assert_eq!(Script::parse(example).expect("a script").timeline.len(), 2);
    }

    #[test]
    fn an_empty_script_is_one() {
        assert!(Script::parse("").expect("a script").timeline.is_empty());
        assert!(Script::parse("# nothing yet\n").expect("a script").sessions.is_empty());
    }
}
