//! A problem, with its place and what to do about it.

use std::fmt;

use anyhow::Result;

use crate::{
    escape,
    pipeline::{Lost, Stale},
};

/// A problem, with its place and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Name of the lint that found it.
    pub lint: &'static str,
    /// The operation or schema, or the file if it is about neither.
    pub place: String,
    /// JSON pointer into the document; empty for the file or the operation as a whole.
    pub pointer: String,
    /// What is wrong, in one line.
    pub problem: String,
    /// More lines about the problem, such as a difference.
    pub details: Vec<String>,
    /// What to do about it.
    pub advice: String,
}

impl Finding {
    /// Returns a finding at a place of the document.
    pub fn at(lint: &'static str, place: &str, pointer: &str, problem: impl Into<String>, advice: &str) -> Self {
        Self {
            lint,
            place: place.to_owned(),
            pointer: pointer.to_owned(),
            problem: problem.into(),
            details: Vec::new(),
            advice: advice.to_owned(),
        }
    }

    /// Returns a finding about a file as a whole.
    pub fn of_file(lint: &'static str, file: &str, problem: &str, advice: &str) -> Self {
        Self::at(lint, file, "", problem, advice)
    }

    /// Returns a finding about an operation as a whole.
    pub fn of_operation(lint: &'static str, operation: &str, problem: &str, advice: &str) -> Self {
        Self::at(lint, operation, "", problem, advice)
    }

    /// Adds more lines about the problem.
    pub fn with_details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }

    /// Converts the errors [`Stale`] and [`Lost`] to a finding for each entry, and returns any other error.
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

    /// Returns the number of findings in words.
    pub fn count(findings: &[Self]) -> String {
        match findings.len() {
            1 => "1 problem".to_owned(),
            n => format!("{n} problems"),
        }
    }
}

/// Escaped for a terminal or a log, since every part may hold names of a document.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", escape::line(&self.place), self.lint)?;
        if !self.pointer.is_empty() {
            write!(f, "\n  at   {}", escape::line(&self.pointer))?;
        }
        write!(f, "\n  is   {}", escape::line(&self.problem))?;
        for line in &self.details {
            write!(f, "\n       {}", escape::line(line))?;
        }
        write!(f, "\n  do   {}", escape::line(&self.advice))
    }
}
