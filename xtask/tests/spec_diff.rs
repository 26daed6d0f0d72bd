//! What `spec-diff` does with files that are no documents: it says so, and ends.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use fastrand::Rng;
use serde_json::{Value, json};

const RELEASE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/release.json");
/// More than any file here needs.
const LIMIT: Duration = Duration::from_secs(60);

/// Compares the release with a file of this content.
fn compare(content: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.json");
    fs::write(&path, content).unwrap();
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    // No workspace: no names, no overlays, nothing that is accepted.
    command.arg("--root").arg(folder.path()).args(["spec-diff", "--fail-on", "never"]);
    let output = command.arg(Path::new(RELEASE)).arg(&path).output().unwrap();
    assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
    output
}

#[track_caller]
fn is_refused(content: &[u8], what: &str) {
    let output = compare(content);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {errors}");
    assert!(errors.starts_with("error: "), "{what}: {errors}");
    assert!(errors.len() < 1000, "{what}: {} bytes of error", errors.len());
}

#[test]
fn truncated_documents_are_refused() {
    let release = fs::read(RELEASE).unwrap();
    let whole = String::from_utf8_lossy(&release).trim_end().len();
    for length in (0..whole).step_by(whole / 12) {
        is_refused(&release[..length], &format!("{length} bytes"));
    }
}

#[test]
fn ten_megabytes_of_nonsense_are_refused() {
    const SIZE: usize = 10 << 20;
    let mut rng = Rng::with_seed(1);
    let noise: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(SIZE).collect();
    is_refused(&noise, "noise");
    is_refused(&b"[".repeat(SIZE), "brackets");
    is_refused(&b"{\"a\":".repeat(SIZE / 5), "braces");
    is_refused(format!("\"{}\"", "a".repeat(SIZE)).as_bytes(), "a text");
    is_refused(format!("[0{}]", ",0".repeat(SIZE / 2)).as_bytes(), "zeros");
}

#[test]
fn a_document_with_ten_megabytes_of_nonsense_is_reported_on() {
    let mut release: serde_json::Value = serde_json::from_slice(&fs::read(RELEASE).unwrap()).unwrap();
    release["info"]["description"] = "text ".repeat(2 << 20).into();
    let output = compare(release.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("texts changed"), "{} bytes", report.len());
    assert!(report.len() < 100_000, "{} bytes", report.len());

    let wide: serde_json::Map<_, _> = (0..100_000).map(|i| (format!("x-{i}"), "nonsense".repeat(8).into())).collect();
    release["info"]["description"] = "".into();
    release["x-nonsense"] = wide.into();
    let output = compare(release.to_string().as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A workspace under version control, with a small release in it.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let openapi = folder.path().join("openapi");
        fs::create_dir_all(openapi.join("overlay")).unwrap();
        let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
        fs::copy(fixtures.join("overlay/things.yaml"), openapi.join("overlay/things.yaml")).unwrap();
        fs::copy(fixtures.join("names.toml"), openapi.join("names.toml")).unwrap();
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        let repository = Self(folder);
        repository.git(&["init", "--quiet"]);
        repository.import(RELEASE, |_| {});
        repository.commit("First release");
        repository
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn git(&self, arguments: &[&str]) {
        let identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"];
        let output = Command::new("git").current_dir(self.0.path()).args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("--root").arg(self.0.path()).args(arguments).env_remove("COLUMNS").output().unwrap()
    }

    /// Imports a changed copy of a release.
    fn import(&self, release: &str, change: impl FnOnce(&mut Value)) {
        let mut document: Value = serde_json::from_str(&fs::read_to_string(release).unwrap()).unwrap();
        change(&mut document);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("release.json");
        fs::write(&path, document.to_string()).unwrap();
        let output = self.run(&["import", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[&["spec-diff", "--format", "json"], arguments].concat());
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
        let schema: Value = serde_json::from_str(client_diff::REPORT_SCHEMA).unwrap();
        if let Err(error) = jsonschema::draft202012::new(&schema).unwrap().validate(&report) {
            panic!("{error}: {report:#}");
        }
        report
    }

    fn accept(&self, fingerprint: &str, release: &str, until: &str) {
        let entry = format!(
            "[[accept]]\nfingerprint = \"{fingerprint}\"\nreason = \"nobody reads it\"\nrelease = \"{release}\"\nuntil = \"{until}\"\n"
        );
        fs::write(self.path("openapi/spec-diff.toml"), entry).unwrap();
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn change<'r>(report: &'r Value, rule: &str) -> &'r Value {
    let changes = report["changes"].as_array().unwrap();
    changes.iter().find(|change| change["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {report:#}"))
}

#[track_caller]
fn ends(output: &Output, status: i32, words: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", text(output));
    assert!(text(output).contains(words), "{words:?} is not in:\n{}", text(output));
}

fn without_id(document: &mut Value, version: &str) {
    document["info"]["version"] = json!(version);
    let thing = &mut document["components"]["schemas"]["WAThing"];
    thing["required"] = json!(["status", "owner"]);
    thing["properties"].as_object_mut().unwrap().shift_remove("id");
}

#[test]
fn an_accepted_change_lives_over_three_releases() {
    let repository = Repository::new();
    // Added and used: the release that brings the change.
    repository.import(RELEASE, |document| without_id(document, "1.3.0"));
    let report = repository.report(&[]);
    let fingerprint = change(&report, "response-property-removed")["fingerprint"].as_str().unwrap().to_owned();
    ends(&repository.run(&["spec-diff"]), 1, "suggested bump: major");
    repository.accept(&fingerprint, "1.3.0", "1.5.0");
    ends(&repository.run(&["spec-diff"]), 0, "accepted nobody reads it");
    assert_eq!(repository.report(&[])["accepted"][0]["state"], "used");
    // The proposal is compared with the commit before it.
    repository.commit("WAHA 1.3.0");
    ends(&repository.run(&["spec-diff", "git:HEAD~1"]), 0, "accepted nobody reads it");
    // Merged: neither the next comparison nor the next import stumbles.
    ends(&repository.run(&["spec-diff"]), 0, "suggested bump: none");
    assert_eq!(repository.report(&[])["accepted"][0]["state"], "merged");
    repository.import(RELEASE, |document| without_id(document, "1.4.0"));
    ends(&repository.run(&["spec-diff", "--format", "markdown", "--fail-on", "never"]), 0, "## WAHA 1.3.0 → 1.4.0");
    ends(&repository.run(&["spec-diff"]), 0, "suggested bump: none");
    repository.commit("WAHA 1.4.0");
    // Expired: with the release that it names somebody has to look again, and a proposal still gets its text.
    repository.import(RELEASE, |document| without_id(document, "1.5.0"));
    ends(&repository.run(&["spec-diff", "--format", "markdown", "--fail-on", "never"]), 0, "accepted until 1.5.0");
    ends(&repository.run(&["spec-diff"]), 1, "look again");
    assert_eq!(repository.report(&[])["accepted"][0]["state"], "expired");
    repository.accept(&fingerprint, "1.3.0", "1.9.0");
    ends(&repository.run(&["spec-diff"]), 0, "suggested bump: none");
    // Pending: an entry for a release that is still to come. Unused: one that names no change of its release.
    repository.accept("0123456789ab", "1.8.0", "1.9.0");
    assert_eq!(repository.report(&[])["accepted"][0]["state"], "pending");
    repository.accept("0123456789ab", "1.5.0", "1.9.0");
    ends(&repository.run(&["spec-diff"]), 0, "there is no such change");
}

#[test]
fn a_change_of_an_overlay_is_reviewed() {
    let repository = Repository::new();
    let overlay = fs::read_to_string(repository.path("openapi/overlay/things.yaml")).unwrap();
    let renamed = overlay.replace("operationId: things_list", "operationId: things_find");
    assert_ne!(overlay, renamed);
    fs::write(repository.path("openapi/overlay/things.yaml"), renamed).unwrap();
    for arguments in [&[][..], &["git:HEAD"]] {
        let report = repository.report(arguments);
        let change = change(&report, "operation-id-changed");
        assert_eq!((&change["wire"], &change["rust"]), (&json!("safe"), &json!("breaking")), "{change:#}");
        assert!(change["message"].as_str().unwrap().starts_with("by a correction"), "{change:#}");
        assert!(change["symbols"].as_array().unwrap().contains(&json!("builder::ThingsList")), "{change:#}");
        ends(&repository.run(&[&["spec-diff"], arguments].concat()), 1, "suggested bump: major");
    }
    repository.import(RELEASE, |_| {});
    repository.commit("Find things");
    ends(&repository.run(&["spec-diff", "git:HEAD~1", "git:HEAD"]), 1, "operation-id-changed");
    ends(&repository.run(&["spec-diff"]), 0, "suggested bump: none");
}

#[test]
fn a_correction_that_cannot_be_applied_to_its_own_release_is_refused() {
    let repository = Repository::new();
    let overlay = |target: &str| {
        let action = format!("- target: {target}\n  update: {{a: 1}}\n");
        let overlay = format!("overlay: 1.0.0\ninfo: {{title: Things, version: 1.2.3}}\nactions:\n{action}");
        fs::write(repository.path("openapi/overlay/more.yaml"), overlay).unwrap();
    };
    let refusal = "more.yaml, action 1: target $.info.version: action `target` must resolve to objects or arrays";
    overlay("$.info.version");
    for arguments in [&["assemble"][..], &["spec-diff"], &["spec-diff", "git:HEAD"], &["spec-diff", RELEASE, RELEASE]] {
        ends(&repository.run(arguments), 2, refusal);
    }
    // Revisions have their own corrections.
    ends(&repository.run(&["spec-diff", "git:HEAD", "git:HEAD"]), 0, "suggested bump: none");
    // An action that could change something and has no place in a release is left out.
    overlay("$.paths['/api/gone']");
    ends(&repository.run(&["spec-diff"]), 0, "suggested bump: none");
}

#[test]
fn a_schema_that_only_a_correction_adds_belongs_to_the_revisions_that_have_it() {
    let repository = Repository::new();
    let overlay = |properties: &str| {
        let overlay = format!(
            "overlay: 1.0.0\ninfo: {{title: Things, version: 1.2.3}}\nactions:\n- target: $.components.schemas\n  update: {{Extra: {{type: object, description: More., properties: {properties}}}}}\n"
        );
        fs::write(repository.path("openapi/overlay/more.yaml"), overlay).unwrap();
        repository.import(RELEASE, |_| {});
    };
    // In a comparison of two releases, today's corrections are applied to both: the older one never had the type.
    overlay("{a: {type: string, description: A text.}}");
    let folder = tempfile::tempdir().unwrap();
    let next = folder.path().join("next.json");
    let mut document: Value = serde_json::from_str(&fs::read_to_string(RELEASE).unwrap()).unwrap();
    document["components"]["schemas"]["Extra"] =
        json!({"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}});
    fs::write(&next, document.to_string()).unwrap();
    let report = repository.report(&[RELEASE, next.to_str().unwrap()]);
    assert_eq!(report["summary"]["rust"], "additive", "{report:#}");
    // A revision has the types that it was committed with.
    repository.commit("Add a schema");
    overlay("{b: {type: string, description: A text.}}");
    assert_eq!(repository.report(&["git:HEAD"])["summary"]["rust"], "breaking");
}

#[test]
fn a_change_is_judged_for_the_client_and_not_for_the_paper() {
    let repository = Repository::new();
    // The client leaves out what it does not say, knows what is optional, and reads `data` as open JSON.
    let overlay = "overlay: 1.0.0\ninfo: {title: Things, version: 1.2.3}\nactions:\n- target: $.components.schemas.Thing\n  update: {properties: {owner: {type: integer}}}\n";
    fs::write(repository.path("openapi/overlay/more.yaml"), overlay).unwrap();
    repository.import(RELEASE, |_| {});
    repository.commit("Know better");
    // A correction that copes: the client is generated again, and identical, and still cannot read the server.
    repository.import(RELEASE, |document| {
        document["info"]["version"] = json!("1.3.0");
        document["components"]["schemas"]["WAThing"]["properties"]["owner"] = json!({"type": ["boolean", "null"]});
    });
    let report = repository.report(&[]);
    let changes = report["changes"].as_array().unwrap();
    let owner =
        changes.iter().find(|change| change["pointer"] == "/components/schemas/WAThing/properties/owner").unwrap();
    assert_eq!(
        (&owner["wire"], &owner["rust"], &owner["wire_after"]),
        (&json!("breaking"), &json!("none"), &json!("breaking"))
    );
    assert_eq!(owner["correction"], "more.yaml: $.components.schemas.Thing", "{owner:#}");
    ends(&repository.run(&["spec-diff"]), 1, "after breaking");
}

#[test]
fn a_type_that_an_overlay_corrects_may_be_a_branch_beside_null() {
    let repository = Repository::new();
    let overlay = "overlay: 1.0.0\ninfo: {title: Things, version: 1.2.3}\nactions:\n- target: $.components.schemas.Thing\n  update: {properties: {weight: {type: integer}}}\n";
    fs::write(repository.path("openapi/overlay/more.yaml"), overlay).unwrap();
    let import = |weight: Value| {
        repository.import(RELEASE, |document| {
            document["components"]["schemas"]["WAThing"]["properties"]["weight"] = weight;
        });
        let document = fs::read_to_string(repository.path("openapi/waha.json")).unwrap();
        let document: Value = serde_json::from_str(&document).unwrap();
        document["components"]["schemas"]["Thing"]["properties"]["weight"].clone()
    };
    let corrected = import(json!({"anyOf": [{"type": "number"}, {"type": "null"}]}));
    assert_eq!((&corrected["type"], &corrected["nullable"]), (&json!("integer"), &json!(true)), "{corrected}");
    assert_eq!(corrected, import(json!({"type": ["number", "null"]})));
    assert_eq!(corrected, import(json!({"type": "number", "nullable": true})));
}

#[test]
fn nothing_that_cannot_be_read_is_imported() {
    let repository = Repository::new();
    let document: Value = serde_json::from_str(&fs::read_to_string(RELEASE).unwrap()).unwrap();
    let path = repository.path("release.json");
    for correction in
        ["{type: integer, allOf: [{type: string}]}", "{type: integer, anyOf: [{type: string}, {type: boolean}]}"]
    {
        let overlay = format!(
            "overlay: 1.0.0\ninfo: {{title: Things, version: 1.2.3}}\nactions:\n- target: $.components.schemas.Thing.properties.weight\n  update: {correction}\n"
        );
        fs::write(repository.path("openapi/overlay/more.yaml"), overlay).unwrap();
        fs::write(&path, document.to_string()).unwrap();
        let output = repository.run(&["import", path.to_str().unwrap()]);
        ends(&output, 1, "Thing [contradiction]\n  at   /components/schemas/Thing/properties/weight");
    }
}
