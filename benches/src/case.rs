//! What a program is asked to do.

use std::{fmt, str::FromStr};

use anyhow::{Context, bail};

/// A piece of work. Written as `NAME:SIZE:TIMES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// What is done.
    pub work: Work,
    /// How large one piece is: messages, contacts, bytes, or calls in flight at once.
    pub size: usize,
    /// How often the piece is done.
    pub times: usize,
}

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Asks for a contact's picture, one call after the other.
    Picture,
    /// Asks for a contact's picture as WhatsApp has it now. By hand, that is a parameter more.
    Refresh,
    /// Sends a text, one call after the other.
    Text,
    /// Asks for pictures, `size` calls at a time.
    Flight,
    /// Reads a chat of `size` messages.
    Messages,
    /// Reads `size` contacts.
    Contacts,
    /// Sends a file of `size` bytes.
    File,
    /// Does nothing with each of `size` items: what a batch itself costs.
    Batch,
    /// Hears `size` events over one WebSocket.
    Events,
    /// Verifies deliveries of a webhook, and reads their events.
    Verify,
}

impl Case {
    /// Returns a case of this work.
    pub const fn new(work: Work, size: usize, times: usize) -> Self {
        Self { work, size, times }
    }

    /// The same work, another number of times.
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }
}

const NAMES: [(&str, Work); 10] = [
    ("picture", Work::Picture),
    ("refresh", Work::Refresh),
    ("text", Work::Text),
    ("flight", Work::Flight),
    ("messages", Work::Messages),
    ("contacts", Work::Contacts),
    ("file", Work::File),
    ("batch", Work::Batch),
    ("events", Work::Events),
    ("verify", Work::Verify),
];

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, work)| *work == self.work).map_or("", |(name, _)| name);
        write!(f, "{name}:{}:{}", self.size, self.times)
    }
}

impl FromStr for Case {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let [name, size, times] = text.split(':').collect::<Vec<_>>()[..] else {
            bail!("`{text}` is not NAME:SIZE:TIMES");
        };
        let found = NAMES.iter().find(|(other, _)| *other == name);
        let (_, work) = found.with_context(|| format!("there is no work called `{name}`"))?;
        Ok(Self::new(*work, size.parse()?, times.parse()?))
    }
}
