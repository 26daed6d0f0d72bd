//! The frame of a program: it reads what to do, does it on one thread, and prints the outcome.

use std::{env, future::Future};

use anyhow::Context;

use crate::{Case, Digest, outcome::Measure};

/// The key that programs send.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

/// The session that they use.
pub const SESSION: &str = "default";

/// The person that they ask about and write to.
pub const CONTACT: &str = "11111111111@c.us";

/// The key that deliveries of webhooks are signed with.
pub const WEBHOOK_KEY: &str = "a key for webhooks";

/// The text that they send.
pub const TEXT: &str = "The parcel is here.";

/// Runs `work` with the server's address, the case, and the path of a file to send, as given on the command line.
///
/// # Errors
///
/// The arguments are not these, or the work fails.
pub fn run<F>(work: impl FnOnce(String, Case, String) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<Digest>>,
{
    let mut arguments = env::args().skip(1);
    let mut next = || arguments.next().context("usage: PROGRAM URL NAME:SIZE:TIMES FILE");
    let (url, case, file) = (next()?, next()?.parse()?, next()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let measure = Measure::begin()?;
    let digest = runtime.block_on(work(url, case, file))?;
    println!("{}", measure.end(&digest)?);
    Ok(())
}
