//! The steps of `.github/workflows/waha-release.yml`, run as scripts over three releases.
//!
//! `cargo`, `curl` and `gh` are stand-ins: `cargo xtask` is the program under test, `curl` brings the release of the day, and
//! `gh` keeps the pull requests.

#![cfg(unix)]

mod output;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use output::{ends, text};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
const SCRIPTS: &str = ".github/workflows/waha-release";

/// A clone of a repository with one release, as a runner of a workflow has it.
struct Runner {
    folder: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        let runner = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["bin", "temp", "clone/openapi/overlay"] {
            fs::create_dir_all(runner.path(folder)).unwrap();
        }
        let xtask = env!("CARGO_BIN_EXE_xtask");
        runner.program("cargo", &format!("test \"$1\" = xtask\nshift\nexec '{xtask}' --root \"$PWD\" \"$@\"\n"));
        let temp = runner.path("temp");
        let temp = temp.display();
        runner.program("curl", &format!("cp '{temp}/released.json' '{temp}/waha.json'\n"));
        runner.program(
            "gh",
            &format!(
                "printf '%s\\n' \"$*\" >> '{temp}/requests'\nfor last; do :; done\ncp \"$last\" '{temp}/request.md'\n"
            ),
        );
        fs::copy(Path::new(FIXTURES).join("overlay/things.yaml"), runner.path("clone/openapi/overlay/things.yaml"))
            .unwrap();
        fs::copy(Path::new(FIXTURES).join("names.toml"), runner.path("clone/openapi/names.toml")).unwrap();
        fs::copy(Path::new(ROOT).join("Cargo.lock"), runner.path("clone/Cargo.lock")).unwrap();
        runner.release("1.2.3", |_| {});
        runner.git(&["init", "--quiet", "--initial-branch", "main"]);
        runner.git(&["init", "--quiet", "--bare", "../origin"]);
        runner.git(&["remote", "add", "origin", "../origin"]);
        runner.git(&["config", "user.name", "n"]);
        runner.git(&["config", "user.email", "e@example.org"]);
        for step in ["fetch", "import"] {
            ends(&runner.step(step, &[]), 0, "");
        }
        runner.git(&["add", "."]);
        runner.git(&["commit", "--quiet", "--message", "First release"]);
        runner.git(&["push", "--quiet", "origin", "main"]);
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/usr/bin/env bash\nset -euo pipefail\n{text}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(program);
        command.current_dir(self.path("clone")).env("PATH", path).env("RUNNER_TEMP", self.path("temp"));
        command.env("GITHUB_OUTPUT", self.path("temp/output")).env_remove("WAHA_API_KEY").env_remove("COLUMNS");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        command
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", text(&output));
    }

    /// Runs the script of a step.
    fn step(&self, name: &str, variables: &[(&str, &str)]) -> Output {
        self.command(Path::new(ROOT).join(SCRIPTS).join(name)).envs(variables.iter().copied()).output().unwrap()
    }

    /// Sets the release that the server is of.
    fn release(&self, version: &str, change: impl FnOnce(&mut Value)) {
        let release = fs::read_to_string(Path::new(FIXTURES).join("release.json")).unwrap();
        let mut document: Value = serde_json::from_str(&release).unwrap();
        document["info"]["version"] = json!(version);
        change(&mut document);
        fs::write(self.path("temp/released.json"), document.to_string()).unwrap();
    }

    /// Runs the daily job on the main branch, and returns what the last step says, if a change was proposed.
    fn day(&self) -> Option<Output> {
        self.git(&["switch", "--quiet", "main"]);
        let _ = fs::remove_file(self.path("temp/output"));
        for step in ["fetch", "import", "propose"] {
            ends(&self.step(step, &[]), 0, "");
        }
        let output = fs::read_to_string(self.path("temp/output")).unwrap_or_default();
        if output.contains("proposed=true") {
            return Some(self.step("judge", &[]));
        }
        // What was imported again is not committed, and a runner starts from a fresh clone.
        self.git(&["checkout", "--quiet", "--", "."]);
        None
    }

    fn requests(&self) -> Vec<String> {
        fs::read_to_string(self.path("temp/requests")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn accept(&self, fingerprint: &str, release: &str, until: &str) {
        let entry = format!(
            "[[accept]]\nfingerprint = \"{fingerprint}\"\nreason = \"nobody reads it\"\nrelease = \"{release}\"\nuntil = \"{until}\"\n"
        );
        fs::write(self.path("clone/openapi/spec-diff.toml"), entry).unwrap();
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", "Accept a change"]);
    }

    fn merge(&self, branch: &str) {
        self.git(&["push", "--quiet", "origin", branch]);
        self.git(&["switch", "--quiet", "main"]);
        self.git(&["merge", "--quiet", branch]);
        self.git(&["push", "--quiet", "origin", "main"]);
        self.git(&["push", "--quiet", "origin", "--delete", branch]);
    }

    /// Returns the fingerprint of the change that a rule found in what the current branch proposes.
    fn fingerprint(&self, rule: &str) -> String {
        let output =
            self.command("cargo").args(["xtask", "spec-diff", "git:origin/main", "--format", "json"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut changes = report["changes"].as_array().unwrap().iter();
        changes.find(|change| change["rule"] == rule).unwrap()["fingerprint"].as_str().unwrap().to_owned()
    }
}

fn without_id(document: &mut Value) {
    let thing = &mut document["components"]["schemas"]["WAThing"];
    thing["required"] = json!(["status", "owner"]);
    thing["properties"].as_object_mut().unwrap().shift_remove("id");
}

fn with_colour(document: &mut Value) {
    without_id(document);
    document["components"]["schemas"]["WAThing"]["properties"]["colour"] = json!({"type": "string"});
}

const REVIEW: [(&str, &str); 1] = [("GITHUB_BASE_REF", "main")];

#[test]
fn three_releases_are_proposed_judged_accepted_and_merged() {
    let runner = Runner::new();
    assert!(runner.day().is_none(), "nothing new is proposed");
    assert_eq!(runner.requests(), Vec::<String>::new());

    // A release that breaks users: the proposal is there, and the job fails.
    runner.release("1.3.0", without_id);
    let judged = runner.day().expect("a proposal");
    ends(&judged, 1, "::error file=openapi/upstream.json,line=");
    assert!(runner.requests()[0].contains("pr create --title WAHA 1.3.0"), "{:?}", runner.requests());
    let request = fs::read_to_string(runner.path("temp/request.md")).unwrap();
    assert!(request.starts_with("## WAHA 1.2.3 → 1.3.0"), "{request}");
    ends(&runner.step("compare", &REVIEW), 1, "response-property-removed");

    // Somebody accepts the change, and merges.
    let fingerprint = runner.fingerprint("response-property-removed");
    runner.accept(&fingerprint, "1.3.0", "1.5.0");
    ends(&runner.step("compare", &REVIEW), 0, "::notice");
    runner.merge("waha-1.3.0");
    assert!(runner.day().is_none(), "what is merged is not proposed again");

    // The next release only adds: it passes, although the accepted change is in BASE now.
    runner.release("1.4.0", with_colour);
    ends(&runner.day().expect("a proposal"), 0, "response-property-added");
    ends(&runner.step("compare", &REVIEW), 0, "");
    assert!(runner.day().is_none(), "an open proposal is left alone");
    runner.git(&["switch", "--quiet", "waha-1.4.0"]);
    runner.merge("waha-1.4.0");

    // With the third the acceptance expires: the proposal has its text, and the job fails until somebody has looked again.
    runner.release("1.5.0", with_colour);
    ends(&runner.day().expect("a proposal"), 1, "look again");
    let request = fs::read_to_string(runner.path("temp/request.md")).unwrap();
    assert!(request.contains("accepted until 1.5.0"), "{request}");
    assert_eq!(runner.requests().len(), 3);
    runner.accept(&fingerprint, "1.3.0", "1.9.0");
    ends(&runner.step("compare", &REVIEW), 0, "::notice");
}

#[test]
fn a_renamed_operation_is_reviewed() {
    let runner = Runner::new();
    runner.git(&["switch", "--quiet", "--create", "rename"]);
    let path = runner.path("clone/openapi/overlay/things.yaml");
    let overlay = fs::read_to_string(&path).unwrap();
    fs::write(&path, overlay.replace("operationId: things_list", "operationId: things_find")).unwrap();
    let output = runner.command("cargo").args(["xtask", "assemble"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    runner.git(&["commit", "--quiet", "--all", "--message", "Find things"]);
    ends(&runner.step("compare", &REVIEW), 1, "operation-id-changed");
}

#[test]
fn what_a_failed_import_prints_is_no_command() {
    let runner = Runner::new();
    runner.release("1.3.0", |document| {
        document["paths"]["/api/x"]["get"] =
            json!({"operationId": "\n::set-env name=A::b", "tags": ["##[group]"], "responses": {"200": {}, "201": {"$ref": "::error::x"}}});
    });
    ends(&runner.step("fetch", &[]), 0, "");
    let output = runner.step("import", &[]);
    let printed = text(&output);
    let lines: Vec<&str> = printed.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    let [stop, go] = lines.as_slice() else { panic!("{printed}") };
    let token = stop.strip_prefix("::stop-commands::").unwrap();
    assert_eq!((*go, token.len()), (format!("::{token}::").as_str(), 32));
}

#[test]
fn every_step_of_the_workflow_is_a_script_that_is_tested() {
    let path = Path::new(ROOT).join(".github/workflows/waha-release.yml");
    let workflow: Value = serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let jobs = workflow["jobs"].as_object().unwrap().values();
    let steps = jobs.flat_map(|job| job["steps"].as_array().unwrap()).filter_map(|step| step["run"].as_str());
    let scripts: Vec<&str> = steps.filter(|step| *step != "cargo xtask check").collect();
    let expected: Vec<String> =
        ["fetch", "import", "propose", "judge", "compare"].iter().map(|name| format!("{SCRIPTS}/{name}")).collect();
    assert_eq!(scripts, expected);
}
