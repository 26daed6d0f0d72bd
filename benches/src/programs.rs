//! The programs that are compared, and the server that they talk to.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};
use tempfile::TempDir;
use waha_benches::{Case, Outcome, case::Work};

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Few,
    Full,
    Plain,
    Ours,
}

impl Program {
    pub const ALL: [Self; 4] = [Self::Few, Self::Full, Self::Plain, Self::Ours];

    fn name(self) -> &'static str {
        match self {
            Self::Few => "few",
            Self::Full => "full",
            Self::Plain => "plain",
            Self::Ours => "ours",
        }
    }

    /// Returns whether the program can do a kind of work: progenitor generates calls, and nothing around them.
    pub fn does(self, work: Work) -> bool {
        self != Self::Plain || !matches!(work, Work::Batch | Work::Events | Work::Verify)
    }
}

/// Programs that have been built, and a server that runs.
pub struct Programs {
    folder: PathBuf,
    server: Child,
    url: String,
    files: TempDir,
}

impl Programs {
    /// Builds the programs, and starts the server.
    pub fn start() -> anyhow::Result<Self> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--release", "--locked", "--quiet", "-p", "waha-benches", "--bins"]);
        ensure!(build.status()?.success(), "the programs cannot be built");
        let folder = env::current_exe()?.parent().context("a program without a folder")?.to_owned();
        let server = Command::new(folder.join("server")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut server = server.context("the server cannot be started: run this with `--release`")?;
        let mut url = String::new();
        BufReader::new(server.stdout.take().context("no standard output")?).read_line(&mut url)?;
        Ok(Self { folder, server, url: url.trim().to_owned(), files: tempfile::tempdir()? })
    }

    /// Runs a program, and returns what it found and what it cost.
    pub fn run(&self, program: Program, case: Case) -> anyhow::Result<Outcome> {
        let mut command = Command::new(self.folder.join(program.name()));
        self.outcome(command.args(self.arguments(case)?))
    }

    /// Runs a program in valgrind, and returns how many instructions it took. It has to find the same as `expected`.
    fn count(&self, program: Program, case: Case) -> anyhow::Result<u64> {
        let log = self.files.path().join("valgrind.log");
        let mut command = Command::new("valgrind");
        command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
        command.arg(format!("--log-file={}", log.display())).arg(self.folder.join(program.name()));
        self.outcome(command.args(self.arguments(case)?)).context("is valgrind installed?")?;
        let log = fs::read_to_string(&log)?;
        // `==123== I refs: 1,234`, in older releases of valgrind with more spaces.
        let count = log.lines().find_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [_, "I", "refs:", count] => Some(count.replace(',', "")),
            _ => None,
        });
        Ok(count.context("valgrind counted nothing")?.parse()?)
    }

    /// Returns how many instructions one piece of a case's work takes: what more of them take, divided by how many.
    pub fn instructions(&self, program: Program, case: Case) -> anyhow::Result<f64> {
        let (first, then) = (case.times / 10 + 1, case.times + case.times / 10 + 1);
        let (first, then) = (self.count(program, case.times(first))?, self.count(program, case.times(then))?);
        Ok(then.saturating_sub(first) as f64 / case.times as f64)
    }

    /// Checks that all programs find the same.
    pub fn check(&self, case: Case) -> anyhow::Result<()> {
        let expected = self.run(Program::Full, case)?;
        for program in Program::ALL.into_iter().filter(|program| program.does(case.work)) {
            let found = self.run(program, case)?;
            let is_same = (found.digest, found.count) == (expected.digest, expected.count);
            ensure!(is_same, "{case}: {program:?} finds {found:?}, and Full {expected:?}");
        }
        Ok(())
    }

    fn outcome(&self, command: &mut Command) -> anyhow::Result<Outcome> {
        let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{command:?}"))?;
        ensure!(output.status.success(), "{command:?} failed");
        String::from_utf8(output.stdout)?.parse()
    }

    fn arguments(&self, case: Case) -> anyhow::Result<[String; 3]> {
        let file = self.files.path().join(format!("{}.bin", case.size));
        if case.work == Work::File && !file.exists() {
            fs::write(&file, vec![0x5a; case.size])?;
        }
        Ok([self.url.clone(), case.to_string(), file.display().to_string()])
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
