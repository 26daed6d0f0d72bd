//! The program as people use it, on documents of nobody's server.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use client_diff::escape::is_hidden;
use httpmock::MockServer;
use serde_json::{Value, json};

/// A service of a bakery: OpenAPI 3.1, tags that are no words, an enum, a nullable property.
fn bakery() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Bakery", "version": "1.0.0"},
        "paths": {
            "/v1/loaves": {
                "get": {
                    "operationId": "loaf_list", "tags": ["shop/bread"],
                    "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "format": "int32"}}],
                    "responses": {"200": {"description": "Loaves.", "content": {"application/json": {"schema": {
                        "type": "array", "items": {"$ref": "#/components/schemas/Loaf"},
                    }}}}},
                },
                "post": {
                    "operationId": "loaf_bake", "tags": ["shop/bread"],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                    "responses": {"201": {"description": "A loaf.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Loaf"}}}}},
                },
            },
        },
        "components": {"schemas": {
            "Loaf": {"type": "object", "required": ["id", "kind"], "properties": {
                "id": {"type": "string"}, "kind": {"$ref": "#/components/schemas/Kind"}, "note": {"type": ["string", "null"]},
            }},
            "Kind": {"type": "string", "enum": ["rye", "wheat"]},
            "Order": {"type": "object", "required": ["kind"], "properties": {"kind": {"$ref": "#/components/schemas/Kind"}}},
        }},
    })
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The bakery, changed.
    fn bakery(&self, name: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut document = bakery();
        change(&mut document);
        self.file(name, &document.to_string()).display().to_string()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_client-diff"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn ends(output: &Output, status: i32, words: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", text(output));
    assert!(text(output).contains(words), "{words:?} is not in:\n{}", text(output));
}

fn json_report(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--format", "json"]].concat());
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
    let schema: Value = serde_json::from_str(client_diff::REPORT_SCHEMA).unwrap();
    if let Err(error) = jsonschema::draft202012::new(&schema).unwrap().validate(&report) {
        panic!("{error}: {report:#}");
    }
    report
}

fn change<'r>(report: &'r Value, rule: &str) -> &'r Value {
    let changes = report["changes"].as_array().unwrap();
    changes.iter().find(|change| change["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {report:#}"))
}

#[test]
fn an_action_of_an_overlay_that_neither_document_can_take_is_refused() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |document| document["info"]["x-oven"] = json!(true));
    let head = folder.bakery("head.json", |document| document["info"]["x-oven"] = json!({"is-hot": true}));
    let config = folder.file("client.toml", "overlays = [\"fixes.yaml\"]\n").display().to_string();
    for (target, status, words) in [
        (
            "$.info.title",
            2,
            "fixes.yaml, action 2: target $.info.title: action `target` must resolve to objects or arrays",
        ),
        ("$.info[", 2, "fixes.yaml, action 2: target $.info[: invalid JSONPath"),
        // It is for another release.
        ("$.info.nowhere", 0, "suggested bump: none"),
        // HEAD can take it.
        ("$.info['x-oven']", 0, "suggested bump: none"),
    ] {
        let actions = format!("- target: $.info\n  update: {{a: 1}}\n- target: \"{target}\"\n  update: {{b: 1}}\n");
        let overlay = format!("overlay: 1.0.0\ninfo: {{title: Fixes, version: '1'}}\nactions:\n{actions}");
        folder.file("fixes.yaml", &overlay);
        ends(&run(&[&base, &head, "--config", &config]), status, words);
    }
}

#[test]
fn a_foreign_document_is_compared_without_a_configuration() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    let head = folder.bakery("head.json", |document| {
        document["components"]["schemas"]["Kind"]["enum"] = json!(["rye", "wheat", "spelt"]);
        document["paths"]["/v1/loaves"]["get"]["parameters"][0]["name"] = json!("count");
    });
    let report = json_report(&[&base, &head]);
    assert_eq!(
        (&report["title"], &report["summary"]["wire"], &report["summary"]["rust"]),
        (&json!("Bakery"), &json!("breaking"), &json!("breaking"))
    );
    // progenitor's enums are closed, so that the client cannot read the new value.
    let value = change(&report, "response-closed-enum-value-added");
    assert_eq!(value["wire"], "breaking");
    assert!(value["symbols"].as_array().unwrap().contains(&json!("types::Kind::Spelt")), "{value:#}");
    let renamed = change(&report, "parameter-renamed");
    assert!(
        renamed["symbols"].as_array().unwrap().is_empty()
            || renamed["symbols"][0].as_str().unwrap().contains("Client::"),
        "{renamed:#}"
    );
    ends(&run(&[&base, &head]), 1, "Bakery 1.0.0 (base.json) -> 1.0.0 (head.json)");
    ends(&run(&[&base, &base, "--fail-on", "any"]), 0, "suggested bump: none");
}

#[test]
fn a_configuration_names_the_settings_and_the_corrections() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |document| document["info"]["version"] = json!("1"));
    let head = folder.bakery("head.json", |document| {
        document["components"]["schemas"]["Kind"]["enum"] = json!(["rye", "wheat", "spelt"]);
        document["components"]["schemas"]["Loaf"]["properties"]["note"] = json!({"type": "integer"});
    });
    folder.file(
        "notes.yaml",
        "overlay: 1.0.0\ninfo: {title: Notes, version: '1'}\nactions:\n- target: $.components.schemas.Bread.properties.note\n  update: {type: string}\n",
    );
    let config = folder.file(
        "client.toml",
        "title = \"Our bakery\"\nversion = \"0.3.1\"\ninterface = \"builder\"\ntags = \"separate\"\noverlays = [\"notes.yaml\"]\n[schemas]\nLoaf = \"Bread\"\n[client]\nopen-enums = true\n",
    );
    let config = config.to_str().unwrap();
    let report = json_report(&[&base, &head, "--config", config]);
    assert_eq!((&report["title"], &report["summary"]["version"]), (&json!("Our bakery"), &json!("0.3.1")));
    assert_eq!(change(&report, "response-enum-value-added")["wire"], "safe");
    // The overlay hides that the type changed: the regenerated client fails as the old one does.
    let note = change(&report, "response-type-changed");
    assert_eq!(
        (&note["wire"], &note["rust"], &note["wire_after"]),
        (&json!("breaking"), &json!("none"), &json!("breaking"))
    );
    assert_eq!(note["correction"], "notes.yaml: $.components.schemas.Loaf.properties.note".replace("Loaf", "Bread"));
    ends(&run(&[&base, &head, "--config", "/nowhere.toml"]), 2, "cannot read /nowhere.toml");
}

#[test]
fn a_schema_that_only_a_correction_adds_to_an_old_release_breaks_nobody() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    let declared = json!({"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}});
    let head = folder.bakery("head.json", |document| document["components"]["schemas"]["Tin"] = declared);
    let correction = |schema: &str| {
        let overlay = format!(
            "overlay: 1.0.0\ninfo: {{title: T, version: '1'}}\nactions:\n- target: $\n  update: {{components: {{schemas: {schema}}}}}\n"
        );
        folder.file("tin.yaml", &overlay);
        folder.file("client.toml", "overlays = [\"tin.yaml\"]\n").display().to_string()
    };
    // Nothing refers to it: no client of BASE had the type that gets a field now.
    let config = correction("{Tin: {type: object, properties: {name: {type: string}}}}");
    let report = json_report(&[&base, &head, "--config", &config]);
    assert_eq!(report["summary"]["rust"], "additive", "{report:#}");
    // Something refers to it: the client has the type, and code that makes it breaks.
    let config = correction(
        "{Tin: {type: object, properties: {name: {type: string}}}, Order: {properties: {tin: {$ref: '#/components/schemas/Tin'}}}}",
    );
    let report = json_report(&[&base, &head, "--config", &config]);
    assert_eq!(report["summary"]["rust"], "breaking", "{report:#}");
}

#[test]
fn a_configuration_changes_the_verdict_of_a_rule() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    let head = folder.bakery("head.json", |document| {
        document["components"]["schemas"]["Loaf"]["properties"]["note"] = json!({"type": "integer"});
    });
    let config = folder.file("client.toml", "[rules]\nresponse-type-changed = \"safe\"\n");
    let report = json_report(&[&base, &head, "--config", config.to_str().unwrap()]);
    assert_eq!(change(&report, "response-type-changed")["wire"], "safe");
    assert_eq!(change(&json_report(&[&base, &head]), "response-type-changed")["wire"], "breaking");
    let unknown = folder.file("unknown.toml", "[rules]\nno-such-rule = \"safe\"\n");
    ends(&run(&[&base, &head, "--config", unknown.to_str().unwrap()]), 2, "there is no rule `no-such-rule`");
}

#[test]
fn what_an_optional_list_does_with_null_depends_on_the_client() {
    let folder = Folder::new();
    let with = |kind: &str| {
        let schema = match kind {
            "list" => json!({"type": "array", "items": {"type": "string"}}),
            kind => json!({"type": kind}),
        };
        let base = folder.bakery("base.json", |document| {
            document["components"]["schemas"]["Loaf"]["properties"]["more"] = schema.clone();
        });
        let mut nullable = schema.clone();
        nullable["type"] = json!([schema["type"], "null"]);
        let head = folder.bakery("head.json", |document| {
            document["components"]["schemas"]["Loaf"]["properties"]["more"] = nullable;
        });
        json_report(&[&base, &head])["summary"]["wire"].clone()
    };
    // progenitor makes an `Option` of an optional text, and a list that null is no value of.
    assert_eq!((with("string"), with("list")), (json!("safe"), json!("breaking")));
}

#[test]
fn yaml_standard_input_and_files_of_a_folder_are_read() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    folder.file("schemas/loaf.yaml", "type: object\nrequired: [id, kind]\nproperties:\n  id: {type: string}\n  kind: {$ref: 'kind.yaml'}\n  note: {type: [string, 'null']}\n");
    folder.file("schemas/kind.yaml", "{type: string, enum: [rye, wheat]}\n");
    let split = folder.bakery("split.json", |document| {
        document["components"]["schemas"]["Loaf"] = json!({"$ref": "schemas/loaf.yaml"});
    });
    ends(&run(&[&base, &split, "--fail-on", "never"]), 0, "wire safe");
    let yaml = "openapi: 3.1.0\ninfo: {title: Bakery, version: '2'}\npaths:\n  /v1/loaves:\n    get: {operationId: loaf_list, responses: {'204': {description: Nothing.}}}\n";
    let mut child =
        command(&[&base, "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(yaml.as_bytes()).unwrap();
    ends(&child.wait_with_output().unwrap(), 1, "-> 2 (standard input)");
    let outside = folder.bakery("in/outside.json", |document| {
        document["components"]["schemas"]["Loaf"] = json!({"$ref": "../base.json#/components/schemas/Loaf"});
    });
    ends(&run(&[&base, &outside]), 2, "only files in the folder of the document are read");
}

#[test]
fn a_url_is_read_with_headers() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    let server = MockServer::start();
    server.mock(|when, then| {
        when.path("/openapi.yaml").header("X-Token", "secret").query_param("key", "hidden");
        then.body(bakery().to_string());
    });
    server.mock(|when, then| {
        when.path("/openapi.yaml");
        then.status(403);
    });
    let url = format!("{}?key=hidden", server.url("/openapi.yaml"));
    let output = run(&[&base, &url, "--header", "X-Token: secret", "--fail-on", "any"]);
    ends(&output, 0, &format!("({})", server.url("/openapi.yaml")));
    assert!(!text(&output).contains("hidden"));
    let refused = run(&[&base, &url]);
    ends(&refused, 2, "give credentials");
    assert!(!text(&refused).contains("hidden"));
}

#[test]
fn nothing_that_a_document_brings_acts_on_what_prints_it() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    let hostile = "x\u{1b}[2J\u{202e}\u{2028}\n::error::pwned\n## heading <img src=x> @everyone ##[add-mask]y ##vso[x]";
    let head = folder.bakery("head.json", |document| {
        document["info"]["title"] = json!(hostile);
        document["info"]["version"] = json!(hostile);
        document["components"]["schemas"]["Loaf"]["properties"][hostile] = json!({"type": "string"});
        document["components"]["schemas"]["Kind"]["enum"] = json!(["rye", "wheat", hostile]);
        document["paths"][format!("/{hostile}")] =
            json!({"get": {"operationId": "evil", "tags": [hostile], "responses": {}}});
        document["x-evil"] = json!(hostile);
    });
    for format in ["text", "markdown", "github"] {
        let mut command = command(&[&base, &head, "--format", format]);
        // Wrapping must not put a command at the beginning of a line either.
        let output = text(&command.env("COLUMNS", "30").output().unwrap());
        assert!(!output.chars().any(|c| c != '\n' && is_hidden(c)), "{format}: {output}");
        assert!(!output.contains("##[") && !output.contains("##vso["), "{format}: {output}");
        for line in output.lines() {
            let line = line.trim_start();
            let is_ours =
                format == "github" && ["::error ", "::warning ", "::notice "].iter().any(|own| line.starts_with(own));
            assert!(is_ours || !line.starts_with("::"), "{format}: {line}");
            assert!(format != "markdown" || !line.starts_with("## heading"), "{line}");
        }
        if format == "markdown" {
            let outside_code = |line: &str| line.split('`').step_by(2).collect::<String>();
            assert!(!output.lines().any(|line| outside_code(line).contains("<img")), "{output}");
            assert!(!output.lines().any(|line| outside_code(line).contains("@everyone")), "{output}");
        }
    }
    let output = text(&run(&[&base, &head, "--format", "json"]));
    assert!(!output.chars().any(|c| c != '\n' && is_hidden(c)) && !output.contains("##["), "{output}");
    let report = json_report(&[&base, &head]);
    assert!(report.to_string().contains('\u{202e}'), "a program reads what the document says");
    for format in ["text", "markdown", "json"] {
        let documents = folder.0.path().to_str().unwrap();
        let output = text(&run(&["--history", documents, "--format", format]));
        assert!(!output.chars().any(|c| c != '\n' && is_hidden(c)), "{format}: {output}");
        assert!(!output.contains("##[") && !output.contains("\n::"), "{format}: {output}");
    }
}

#[test]
fn lines_are_wrapped_to_the_terminal() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    let head = folder.bakery("head.json", |document| {
        document["components"]["schemas"]["Loaf"]["required"] = json!(["id"]);
    });
    let output = command(&[&base, &head]).env("COLUMNS", "40").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(40), "{text}");
}

#[test]
fn the_schema_and_the_rules_are_printed() {
    let schema: Value = serde_json::from_slice(&run(&["--schema"]).stdout).unwrap();
    assert_eq!(schema["title"], "Report of client-diff");
    let rules: Value = serde_json::from_slice(&run(&["--rules", "--format", "json"]).stdout).unwrap();
    assert!(rules["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == "response-type-changed"));
    ends(&run(&["--rules", "--format", "markdown"]), 0, "| `response-type-changed` | breaking |");
    ends(&run(&["one.json"]), 2, "name two documents");
}

#[test]
fn what_cannot_be_generated_leaves_the_code_unknown() {
    let folder = Folder::new();
    let base = folder.bakery("base.json", |_| {});
    let circle = folder.bakery("head.json", |document| {
        document["components"]["schemas"]["Kind"] = json!({"allOf": [{"$ref": "#/components/schemas/Kind"}]});
    });
    for (from, to) in [(&base, &circle), (&circle, &base)] {
        let report = json_report(&[from, to]);
        assert_eq!((&report["summary"]["rust"], &report["summary"]["bump"]), (&json!("unknown"), &json!("unknown")));
    }
    assert!(Path::new(&base).exists());
}
