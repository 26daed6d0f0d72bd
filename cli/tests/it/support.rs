//! Runs the program, with a home folder of its own.

use std::{
    ffi::{OsStr, OsString},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use waha_sim::{Builder, Server};

pub const CHAT: &str = "11111111111@c.us";
pub const GROUP: &str = "111111111111111111@g.us";
pub const KEY: &str = "key-that-nobody-sees";

/// A person with a home folder, and perhaps a server.
pub struct Person {
    pub home: TempDir,
    pub server: Option<Server>,
    pub key: Option<&'static str>,
}

/// What became of a run.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        let run = Self {
            // A process that a signal ended has no code.
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!run.err.contains("panicked"), "{}", run.err);
        run
    }

    /// The output as JSON, of a run that did it.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.ok();
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    #[track_caller]
    pub fn ok(&self) -> &str {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out.trim_end()
    }

    #[track_caller]
    pub fn fails(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.contains(words), "{words:?} is not in: {}", self.err);
    }
}

impl Person {
    /// Somebody without a server.
    pub fn alone() -> Self {
        Self { home: tempfile::tempdir().unwrap(), server: None, key: None }
    }

    /// Somebody with a server of one session that works.
    pub async fn new() -> Self {
        Self::with(Server::builder().session("default").person(CHAT, |ada| ada.contact(|it| it.name("Ada")))).await
    }

    pub async fn with(builder: Builder) -> Self {
        Self { server: Some(builder.start().await.unwrap()), ..Self::alone() }
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in the home folder, which is where the program runs.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: impl AsRef<Path>) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap()
    }

    /// The variables that the program sees.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![
            ("HOME", self.home.path().into()),
            ("XDG_CONFIG_HOME", self.home.path().join("config").into()),
            // No keyring: the tests must not touch the one of who runs them.
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent".into()),
        ];
        variables.extend(self.server.as_ref().map(|server| ("WAHA_BASE_URL", server.url().into())));
        variables.extend(self.key.map(|key| ("WAHA_API_KEY", key.into())));
        variables
    }

    /// The program with these arguments, not yet started.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waha"));
        command.args(args).current_dir(self.home.path()).env_clear().envs(self.environment());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    /// Runs the program, which reads `input`.
    pub fn run_with<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>, input: &str) -> Run {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Self::end(child)
    }

    /// Starts the program.
    pub fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// Waits for the end of what was started.
    pub fn end(child: Child) -> Run {
        Run::of(child.wait_with_output().unwrap())
    }

    /// The operations that the server was asked for.
    pub fn asked(&self) -> Vec<&'static str> {
        self.server().requests().into_iter().filter_map(|request| request.operation).collect()
    }

    /// The body of the last request.
    pub fn last_body(&self) -> Value {
        let requests = self.server().requests();
        serde_json::from_slice(&requests.last().unwrap().body).unwrap_or_default()
    }
}

/// Waits until something has happened.
pub async fn until(what: &str, mut has_happened: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if has_happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("after a minute still not: {what}");
}

/// Presses Ctrl-C.
pub fn interrupt(child: &Child) {
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
}
