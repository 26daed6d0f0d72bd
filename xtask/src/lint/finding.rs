//! Something that is wrong, and what to do about it.

use std::fmt;

use anyhow::Result;

use crate::pipeline::{Lost, Stale};

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What looks for it.
    pub lint: &'static str,
    /// The operation, or the file where no operation is concerned.
    pub place: String,
    /// JSON pointer into the document; empty where the whole is meant.
    pub pointer: String,
    /// What is wrong.
    pub problem: String,
    /// What could be done.
    pub advice: String,
}

impl Finding {
    /// A finding at a place of the document.
    pub fn at(lint: &'static str, place: &str, pointer: &str, problem: impl Into<String>, advice: &str) -> Self {
        Self {
            lint,
            place: place.to_owned(),
            pointer: pointer.to_owned(),
            problem: problem.into(),
            advice: advice.to_owned(),
        }
    }

    /// A finding about a file as a whole.
    pub fn of_file(lint: &'static str, file: &str, problem: &str, advice: &str) -> Self {
        Self::at(lint, file, "", problem, advice)
    }

    /// A finding about an operation as a whole.
    pub fn of_operation(lint: &'static str, operation: &str, problem: &str, advice: &str) -> Self {
        Self::at(lint, operation, "", problem, advice)
    }

    /// Stale entries are findings, and so are lost operations; any other error stays one.
    pub fn of_stale(error: anyhow::Error) -> Result<Vec<Self>> {
        let error = match error.downcast::<Lost>() {
            Ok(Lost { release, operations }) => {
                let problem = format!("release {release} declares it, the document does not have it");
                let advice = "look for the overlay that removes it";
                return Ok(operations.iter().map(|lost| Self::of_operation("lost", lost, &problem, advice)).collect());
            }
            Err(error) => error,
        };
        let stale: Stale = error.downcast()?;
        let advice = "correct the entry, or remove it if the release no longer has what it is about";
        Ok(stale
            .entries
            .iter()
            .map(|entry| Self::of_file("stale", &format!("release {}", stale.release), entry, advice))
            .collect())
    }

    /// How many, for people.
    pub fn count(findings: &[Self]) -> String {
        match findings.len() {
            1 => "1 problem".to_owned(),
            n => format!("{n} problems"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.place, self.lint)?;
        if !self.pointer.is_empty() {
            write!(f, "\n  at   {}", self.pointer)?;
        }
        write!(f, "\n  is   {}\n  do   {}", self.problem, self.advice)
    }
}
