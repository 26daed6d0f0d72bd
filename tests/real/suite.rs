//! Cases, what they apply to, and how they are run.

use std::fmt;

use futures_util::future::LocalBoxFuture;
use waha::{Client, Error, ErrorKind, Session, types::SessionInfo};

use crate::cases;

/// Year, month, build.
pub type Release = (u16, u8, u16);

/// The result of a case.
pub type Verdict<T = ()> = Result<T, End>;

/// Why a case did not succeed.
pub enum End {
    /// It does not apply.
    Skip(String),
    Fail(String),
}

/// A case that the key has no permission for is skipped; any other error is a failure.
impl From<Error> for End {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Forbidden => Self::Skip(format!("the key may not do that: {error}")),
            _ => Self::Fail(error.to_string()),
        }
    }
}

/// Something that holds of a server.
pub struct Case {
    pub name: &'static str,
    /// The first release that it holds for; `None` for all known releases.
    since: Option<Release>,
    /// The engines that it holds for; empty for all.
    engines: &'static [&'static str],
    writes: bool,
    run: fn(&Target) -> LocalBoxFuture<'_, Verdict>,
}

impl Case {
    /// Holds of every release and every engine, and changes nothing.
    pub fn new(name: &'static str, run: fn(&Target) -> LocalBoxFuture<'_, Verdict>) -> Self {
        Self { name, since: None, engines: &[], writes: false, run }
    }

    pub fn since(self, year: u16, month: u8, build: u16) -> Self {
        Self { since: Some((year, month, build)), ..self }
    }

    pub fn engines(self, engines: &'static [&'static str]) -> Self {
        Self { engines, ..self }
    }

    /// Creates something on the server and deletes it again.
    pub fn writes(self) -> Self {
        Self { writes: true, ..self }
    }

    /// The reason why it does not apply to this server, if it does not.
    fn excluded(&self, target: &Target) -> Option<String> {
        let Target { version, engine, .. } = target;
        match self.since {
            Some(since) if target.release < since => {
                let (year, month, build) = since;
                return Some(format!("since {year}.{month}.{build}, and this is {version}"));
            }
            _ => {}
        }
        if !self.engines.is_empty() && !self.engines.contains(&engine.as_str()) {
            return Some(format!("for {}, and this is {engine}", self.engines.join(", ")));
        }
        (self.writes && !target.may_write).then(|| "changes something, which WAHA_TEST_WRITE=1 would allow".to_owned())
    }
}

/// The server in question.
pub struct Target {
    pub client: Client,
    /// Whether the client has a key.
    pub has_key: bool,
    version: String,
    release: Release,
    engine: String,
    may_write: bool,
}

impl Target {
    /// Asks the server for its version, and returns the target.
    pub async fn meet(client: Client, has_key: bool, may_write: bool) -> Result<Self, Error> {
        let version = client.observability().get_version().await?;
        println!("{}: WAHA {} {}, {}", client.base_url(), version.version, version.tier, version.engine);
        let release = release(&version.version);
        Ok(Self { client, has_key, version: version.version, release, engine: version.engine.to_string(), may_write })
    }

    /// All sessions, those that are stopped too.
    pub async fn sessions(&self) -> Verdict<Vec<SessionInfo>> {
        Ok(self.client.sessions().list().all(true).await?)
    }

    /// A session in a certain state; without one, the case is skipped.
    pub async fn session(
        &self,
        sort: &str,
        is_wanted: impl Fn(&SessionInfo) -> bool,
    ) -> Verdict<(Session, SessionInfo)> {
        match self.sessions().await?.into_iter().find(is_wanted) {
            Some(info) => Ok((self.client.session(info.name.as_str())?, info)),
            None => Err(End::Skip(format!("there is no session that is {sort}"))),
        }
    }
}

/// Missing and unreadable parts count as zero, so that a strange release is asked for the least.
fn release(version: &str) -> Release {
    let mut parts = version.split(['.', '-', '+']);
    let mut next = || parts.next().and_then(|part| part.parse::<u16>().ok()).unwrap_or_default();
    (next(), u8::try_from(next()).unwrap_or_default(), next())
}

/// Fails unless it holds.
pub fn require(holds: bool, what: impl Into<String>) -> Verdict {
    if holds { Ok(()) } else { Err(End::Fail(what.into())) }
}

/// Fails unless it was refused, with this kind of error and this status.
pub fn refused<T>(result: Result<T, Error>, kind: ErrorKind, status: u16) -> Verdict<Error> {
    match result {
        Ok(_) => Err(End::Fail(format!("{kind:?} was expected, and it went well"))),
        Err(error) if error.kind() == kind && error.status().is_some_and(|it| it.as_u16() == status) => Ok(error),
        Err(error) if error.kind() == ErrorKind::Forbidden => Err(error.into()),
        Err(error) => Err(End::Fail(format!("{kind:?} with {status} was expected: {:?}, {error}", error.kind()))),
    }
}

/// The outcome of a case.
#[derive(Debug)]
pub enum Outcome {
    Held,
    Skipped(String),
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held => f.write_str("holds"),
            Self::Skipped(why) => write!(f, "left out: {why}"),
            Self::Failed(why) => write!(f, "FAILS: {why}"),
        }
    }
}

/// The outcomes of all cases.
pub struct Report(Vec<(&'static str, Outcome)>);

impl Report {
    pub fn held(&self) -> Vec<&'static str> {
        self.0.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Held)).map(|(name, _)| *name).collect()
    }

    pub fn outcome(&self, case: &str) -> &Outcome {
        self.0.iter().find(|(name, _)| *name == case).map(|(_, outcome)| outcome).expect("a case of that name")
    }

    /// Panics if one of them has failed.
    pub fn demand(&self) {
        let failed: Vec<_> = self.0.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}

/// Runs all cases in order, and prints the outcome of each.
pub async fn run(target: &Target) -> Report {
    let mut outcomes = Vec::new();
    for case in cases::all() {
        let outcome = match case.excluded(target) {
            Some(why) => Outcome::Skipped(why),
            None => match (case.run)(target).await {
                Ok(()) => Outcome::Held,
                Err(End::Skip(why)) => Outcome::Skipped(why),
                Err(End::Fail(why)) => Outcome::Failed(why),
            },
        };
        println!("  {}: {outcome}", case.name);
        outcomes.push((case.name, outcome));
    }
    Report(outcomes)
}
