//! What a program found, and what it cost.

use std::{
    fmt, fs,
    hash::{DefaultHasher, Hash, Hasher},
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::Context;

/// What was read out of the answers: programs that found the same have the same digest.
#[derive(Default)]
pub struct Digest {
    hasher: DefaultHasher,
    count: u64,
}

impl Digest {
    /// Adds the values of one item.
    pub fn add(&mut self, item: impl Hash) {
        item.hash(&mut self.hasher);
        self.count += 1;
    }
}

/// What a program prints at its end.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// What was read out of the answers.
    pub digest: u64,
    /// How many items were.
    pub count: u64,
    /// How long the work took.
    pub wall: Duration,
    /// How long it kept a processor busy.
    pub cpu: Duration,
    /// The most memory that the process had, in KiB.
    pub peak_kib: u64,
}

/// Measures a program's work. Linux only: it reads `/proc`.
pub struct Measure {
    begin: Instant,
    cpu: Duration,
}

impl Measure {
    /// Begins to measure.
    ///
    /// # Errors
    ///
    /// `/proc` cannot be read.
    pub fn begin() -> anyhow::Result<Self> {
        Ok(Self { begin: Instant::now(), cpu: cpu()? })
    }

    /// Returns what the work took.
    ///
    /// # Errors
    ///
    /// `/proc` cannot be read.
    pub fn end(self, digest: &Digest) -> anyhow::Result<Outcome> {
        Ok(Outcome {
            digest: digest.hasher.finish(),
            count: digest.count,
            wall: self.begin.elapsed(),
            cpu: cpu()?.saturating_sub(self.cpu),
            peak_kib: peak_kib()?,
        })
    }
}

/// The time for which the threads of this process have run.
fn cpu() -> anyhow::Result<Duration> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += text.split(' ').next().context("an empty schedstat")?.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn peak_kib() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { digest, count, wall, cpu, peak_kib } = self;
        write!(f, "outcome {digest} {count} {} {} {peak_kib}", wall.as_nanos(), cpu.as_nanos())
    }
}

impl FromStr for Outcome {
    type Err = anyhow::Error;

    /// Finds the outcome in what a program printed.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("outcome "));
        let line = line.with_context(|| format!("the program printed no outcome: {text}"))?;
        let numbers = line.split(' ').map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let [digest, count, wall, cpu, peak_kib] = numbers[..] else { anyhow::bail!("an outcome has five numbers") };
        let (wall, cpu) = (Duration::from_nanos(wall), Duration::from_nanos(cpu));
        Ok(Self { digest, count, wall, cpu, peak_kib })
    }
}
