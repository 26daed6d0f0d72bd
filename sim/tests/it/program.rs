//! The stand-in as a program.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use super::*;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waha-sim"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(super) fn output(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// A program that runs, until this is dropped.
pub(super) struct Running {
    child: Child,
    pub(super) url: String,
    log: Option<Lines<BufReader<ChildStdout>>>,
}

impl Running {
    pub(super) fn start(arguments: &[&str]) -> Self {
        let mut child = command(&[&["--port", "0"], arguments].concat()).spawn().unwrap();
        let mut log = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = log.next().unwrap().unwrap();
        let url = first.strip_prefix("Listening on ").unwrap().to_owned();
        Self { child, url, log: Some(log) }
    }

    /// The next line of the log, after its time.
    pub(super) fn line(&mut self) -> String {
        let line = self.log.as_mut().unwrap().next().unwrap().unwrap();
        line.split_once(' ').unwrap().1.to_owned()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answered {
        Answered::from(CLIENT.post(format!("{}{path}", self.url)).json(&body)).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_and_version_are_printed() {
    for argument in ["--help", "-h"] {
        let output = output(&[argument]);
        assert!(output.status.success());
        assert!(String::from_utf8(output.stdout).unwrap().contains("Usage: waha-sim"));
    }
    for argument in ["--version", "-V"] {
        let output = output(&[argument]);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("waha-sim {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn wrong_arguments_are_refused_with_the_reason() {
    for (arguments, reason) in [
        (&["--sesion", "a"][..], "--sesion"),
        (&["surprise"], "surprise"),
        (&["--session", "my shop"], "use 1 to 54 letters"),
        (&["--session", ""], "use 1 to 54 letters"),
        (&["--engine", "STEAM"], "use WEBJS, WPP, NOWEB or GOWS"),
        (&["--webhook", "localhost"], "http://localhost:8000/webhook"),
        (&["--port", "70000"], "70000"),
        (&["--keep-alive", "-1"], "--keep-alive"),
        (&["--script"], "--script"),
    ] {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(reason) && error.contains("--help"), "{error}");
    }
}

#[test]
fn a_port_that_is_taken_is_named_as_the_reason() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = output(&["--port", &taken.local_addr().unwrap().port().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("Choose another --port"));
}

// The receiver has to answer while the log is waited for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_deliveries_and_control_calls_are_in_the_log() {
    let receiver = Server::builder().start().await.unwrap();
    let hook = format!("{}/api/sessions/none/stop", receiver.url());
    let mut program = Running::start(&["--session", "shop", "--webhook", &hook]);
    let answer = CLIENT.get(format!("{}/ping?x-api-key=secret", program.url)).send().await.unwrap();
    assert_eq!(answer.headers()["keep-alive"], "timeout=5");
    assert_eq!(program.line(), "200 GET /ping?x-api-key=***  observability_ping");
    program.post("/__sim/receive", json!({ "session": "shop", "from": "1", "text": "Hi" })).await.json(200);
    let mut lines: Vec<_> = (0..3).map(|_| program.line()).collect();
    lines.sort();
    let delivered = format!("-> {hook}");
    let [control, message, any] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(control, "200 POST /__sim/receive  control");
    assert_eq!(message, &format!("201 WEBHOOK message {delivered}"));
    assert_eq!(any, &format!("201 WEBHOOK message.any {delivered}"));
    program.post("/__sim/receive", json!({ "session": "none", "from": "1", "text": "Hi" })).await.json(404);
    assert_eq!(program.line(), "404 POST /__sim/receive  control");
}

#[tokio::test]
async fn the_program_goes_on_when_nobody_reads_its_log() {
    let mut program = Running::start(&[]);
    program.log = None;
    for _ in 0..3 {
        assert_eq!(CLIENT.get(format!("{}/ping", program.url)).send().await.unwrap().status(), 200);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_program_ends_well_when_it_is_terminated() {
    let mut program = Running::start(&[]);
    Command::new("kill").arg(program.child.id().to_string()).status().unwrap();
    assert!(program.child.wait().unwrap().success());
}

#[test]
fn the_program_starts_within_a_tenth_of_a_second() {
    let start = || {
        let start = Instant::now();
        let program = Running::start(&["--session", "shop", "--quiet"]);
        let elapsed = start.elapsed();
        drop(program);
        elapsed
    };
    // It takes some 10 ms. The machine may be busy, but not for all the time.
    let best = (0..20).map(|_| start()).min().unwrap();
    assert!(best < Duration::from_millis(100), "{best:?}");
}
