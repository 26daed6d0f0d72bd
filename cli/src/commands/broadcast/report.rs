//! The report of a broadcast, from which it goes on.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use fs4::{FileExt, TryLockError};
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

use crate::{delivery::now, exit::Failure};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// It was certainly not sent.
    Failed,
    /// It was begun, and nobody knows how it ended.
    Maybe,
}

/// A message that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Its id, where the engine takes one.
    pub id: Option<String>,
    /// When it was begun.
    pub at: SystemTime,
}

/// A file with a line of JSON for each step.
pub struct Report {
    path: PathBuf,
    file: File,
    outcomes: HashMap<String, Outcome>,
    /// The last message to each chat.
    begun: HashMap<String, Begun>,
}

impl Report {
    /// Opens or creates the report of the broadcast of this text.
    ///
    /// # Errors
    ///
    /// It cannot be read or written, or it is that of another text.
    pub fn open(path: &Path, text: &str) -> Result<Self, Failure> {
        let unusable =
            |error: io::Error| Failure::file(format!("the report `{}` cannot be used", path.display()), &error);
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path).map_err(unusable)?;
        lock(path, &file)?;
        let (mut outcomes, mut begun) = (HashMap::new(), HashMap::new());
        let mut is_new = true;
        let mut is_complete = true;
        let mut line = Vec::new();
        let mut reader = BufReader::new(&file);
        loop {
            line.clear();
            if reader.read_until(b'\n', &mut line).map_err(unusable)? == 0 {
                break;
            }
            is_complete = line.ends_with(b"\n");
            // A line that was not written to its end says nothing: what it is about is `sending`, or not begun.
            let Ok(entry) = serde_json::from_slice::<Value>(&line) else { continue };
            if let Some(known) = entry["text"].as_str() {
                is_new = false;
                if known != digest(text) {
                    let why = format!("the report `{}` is that of another text", path.display());
                    return Err(Failure::usage(why).hint("choose another one: --report FILE"));
                }
            }
            let outcome = match entry["status"].as_str() {
                Some("sent") => Outcome::Sent,
                Some("failed") => Outcome::Failed,
                Some(_) => Outcome::Maybe,
                None => continue,
            };
            let Some(chat) = entry["chat"].as_str() else { continue };
            outcomes.insert(chat.to_owned(), outcome);
            if entry["status"] == "sending" {
                let id = entry["id"].as_str().map(str::to_owned);
                let at = UNIX_EPOCH + Duration::from_millis(entry["at"].as_u64().unwrap_or(0));
                begun.insert(chat.to_owned(), Begun { id, at });
            }
        }
        if !is_complete {
            file.write_all(b"\n").map_err(unusable)?;
        }
        let mut report = Self { path: path.to_owned(), file, outcomes, begun };
        if is_new {
            if !report.outcomes.is_empty() || !is_empty(path) {
                let why = format!("`{}` is no report of a broadcast", path.display());
                return Err(Failure::usage(why).hint("choose another file: --report FILE"));
            }
            report.write(&json!({ "text": digest(text), "begun": now() }))?;
        }
        Ok(report)
    }

    /// Returns what became of the message to this chat; `None` if none was begun.
    pub fn outcome(&self, chat: &str) -> Option<Outcome> {
        self.outcomes.get(chat).copied()
    }

    /// Returns the last message to this chat, as it was begun.
    pub fn begun(&self, chat: &str) -> Option<&Begun> {
        self.begun.get(chat)
    }

    /// Notes that the message to this chat is about to be sent, with this id if the engine takes one.
    ///
    /// # Errors
    ///
    /// The report cannot be written.
    pub fn begin(&mut self, chat: &str, id: Option<&str>) -> Result<(), Failure> {
        self.write(&json!({ "chat": chat, "status": "sending", "id": id, "at": now() }))
    }

    /// Notes that it was sent.
    ///
    /// # Errors
    ///
    /// The report cannot be written.
    pub fn sent(&mut self, chat: &str, id: Option<&str>) -> Result<(), Failure> {
        self.write(&json!({ "chat": chat, "status": "sent", "id": id, "at": now() }))
    }

    /// Notes that it failed.
    ///
    /// # Errors
    ///
    /// The report cannot be written.
    pub fn failed(&mut self, chat: &str, outcome: Outcome, why: &str) -> Result<(), Failure> {
        let status = if outcome == Outcome::Failed { "failed" } else { "maybe" };
        self.write(&json!({ "chat": chat, "status": status, "error": why, "at": now() }))
    }

    fn write(&mut self, entry: &Value) -> Result<(), Failure> {
        // A line is written by one call, so that it is there as a whole or not at all when the program is killed.
        self.file
            .write_all(format!("{entry}\n").as_bytes())
            .map_err(|error| Failure::file(format!("the report `{}` cannot be written", self.path.display()), &error))
    }
}

/// Keeps others from using the report until this program ends, however it ends: two broadcasts at once would send
/// twice.
fn lock(path: &Path, file: &File) -> Result<(), Failure> {
    match FileExt::try_lock(file) {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::usage(format!("another broadcast is at work with the report `{}`", path.display())))
        }
        Err(TryLockError::Error(error)) => {
            Err(Failure::file(format!("the report `{}` cannot be locked", path.display()), &error))
        }
    }
}

fn is_empty(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.len() == 0)
}

/// Tells a text from others without repeating it.
fn digest(text: &str) -> String {
    let digest = Sha512::digest(text.as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
