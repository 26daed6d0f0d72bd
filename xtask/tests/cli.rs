//! Runs the program in a workspace of its own.

mod output;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use output::{ends, text};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// A folder that is laid out like the workspace, with a small release to import.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let openapi = folder.path().join("openapi");
        fs::create_dir_all(openapi.join("overlay")).unwrap();
        let from = |name: &str| Path::new(FIXTURES).join(name);
        fs::copy(from("overlay/things.yaml"), openapi.join("overlay/things.yaml")).unwrap();
        fs::copy(from("names.toml"), openapi.join("names.toml")).unwrap();
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        Self(folder)
    }

    /// One that has imported its release.
    fn imported() -> Self {
        let workspace = Self::new();
        let output = workspace.import(&release());
        assert!(output.status.success(), "{}", text(&output));
        workspace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("openapi").join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("--root").arg(self.0.path()).args(arguments).env_remove("WAHA_API_KEY").output().unwrap()
    }

    fn import(&self, source: &Path) -> Output {
        self.run(&["import", source.to_str().unwrap()])
    }

    /// Writes a changed copy of the release, and gives its path.
    fn changed(&self, change: impl FnOnce(&mut Value)) -> PathBuf {
        let mut document: Value = serde_json::from_str(&fs::read_to_string(release()).unwrap()).unwrap();
        change(&mut document);
        let path = self.0.path().join("changed.json");
        fs::write(&path, document.to_string()).unwrap();
        path
    }

    /// All files of `openapi/`, with their content.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.path("")).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.push((path.clone(), fs::read(&path).unwrap()));
            }
        }
        files.sort();
        files
    }

    /// Replaces words of the overlay.
    fn overlay(&self, words: &str, others: &str) {
        let path = self.path("overlay/things.yaml");
        let overlay = fs::read_to_string(&path).unwrap();
        assert!(overlay.contains(words), "{words} is not in:\n{overlay}");
        fs::write(path, overlay.replace(words, others)).unwrap();
    }

    fn document(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("waha.json")).unwrap()).unwrap()
    }
}

fn release() -> PathBuf {
    Path::new(FIXTURES).join("release.json")
}

#[test]
fn a_release_is_imported() {
    let workspace = Workspace::new();
    let output = workspace.import(&release());
    ends(&output, 0, "WAHA 1.2.3 from release.json");
    ends(&output, 0, "3 operations that no overlay describes yet");
    ends(&output, 0, "operations     4 in,    4 out");

    let document = workspace.document();
    let list = &document["paths"]["/api/{session}/things"]["get"];
    assert_eq!(list["operationId"], "things_list");
    assert_eq!(list["tags"], json!(["things"]));
    assert_eq!(list["x-alias"], "getThings");
    assert_eq!(list["x-since"], "1.2.3 or older");
    assert_eq!(list["parameters"][0]["schema"], json!({"type": "string"}));
    assert_eq!(list["parameters"][1]["required"], false);
    assert_eq!(list["parameters"][1]["schema"], json!({"type": "integer", "format": "int64"}));
    assert_eq!(list["parameters"][2]["schema"]["items"]["enum"], json!(["big"]));
    assert_eq!(list["responses"].as_object().unwrap().keys().collect::<Vec<_>>(), ["2XX", "4XX", "5XX"]);

    let create = &document["paths"]["/api/{session}/things"]["post"];
    assert_eq!(create["operationId"], "things_create_thing");
    assert_eq!(create["summary"], "Things create thing");
    let answer = &create["responses"]["2XX"]["content"]["application/json"]["schema"];
    assert_eq!(*answer, json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Json"}]}));

    let picture = &document["paths"]["/api/things/{id}/picture"]["get"]["responses"]["2XX"]["content"];
    assert_eq!(
        *picture,
        json!({
            "application/json": {"schema": {"$ref": "#/components/schemas/Success"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        })
    );
    let stop = &document["paths"]["/api/things/stop"]["post"];
    assert_eq!((&stop["operationId"], &stop["deprecated"]), (&json!("things_stop_deprecated"), &json!(true)));

    let schemas = &document["components"]["schemas"];
    let names: Vec<_> = schemas.as_object().unwrap().keys().collect();
    let expected =
        ["ErrorBody", "Json", "StopRequest", "Success", "Thing", "ThingRequest", "ThingStatus", "WebhookThing"];
    assert_eq!(names, expected);
    assert_eq!(schemas["Thing"]["required"], json!(["id", "status"]));
    assert_eq!(schemas["Thing"]["properties"]["data"], json!({"$ref": "#/components/schemas/Json"}));
    assert_eq!(schemas["Thing"]["properties"]["weight"]["description"], "Weight in kilograms.");
    assert_eq!(schemas["Thing"]["properties"]["weight"]["nullable"], true);
    assert_eq!(schemas["ThingStatus"], json!({"type": "string", "x-extensible-enum": ["NEW", "OLD"]}));
    assert_eq!(schemas["ThingRequest"]["required"], json!(["name", "tags"]));
    assert_eq!(schemas["ThingRequest"]["properties"]["size"]["type"], "string");
    assert_eq!(schemas["ThingRequest"]["properties"]["name"], json!({"type": "string"}));
    assert_eq!(schemas["WebhookThing"]["properties"]["event"], json!({"type": "string", "enum": ["thing.new"]}));
    assert!(document["x-webhooks"]["thing.new"]["post"].is_object());

    let upstream = fs::read_to_string(workspace.path("upstream.json")).unwrap();
    for text in
        ["A server of things", "Get the things", "Whatever", "A new thing", "things.example", "Nobody", "📦 Things\"}"]
    {
        assert!(!upstream.contains(text), "{text} is not a declared fact");
    }
    let lock = fs::read_to_string(workspace.path("provenance.toml")).unwrap();
    for line in
        ["version = \"1.2.3\"", "source = \"release.json\"", "operations_in = 4", "webhooks = 1", "progenitor = "]
    {
        assert!(lock.contains(line), "{line} is not in:\n{lock}");
    }
}

#[test]
fn the_same_comes_out_in_any_order() {
    let workspace = Workspace::imported();
    let before = workspace.files();
    let reversed = workspace.changed(|document| {
        for section in ["/paths", "/components/schemas"] {
            let map = document.pointer_mut(section).unwrap().as_object_mut().unwrap();
            *map = std::mem::take(map).into_iter().rev().collect();
        }
    });
    fs::rename(&reversed, workspace.0.path().join("release.json")).unwrap();
    let output = workspace.import(&workspace.0.path().join("release.json"));
    assert!(output.status.success(), "{}", text(&output));
    let document = |files: &[(PathBuf, Vec<u8>)]| files.iter().find(|(path, _)| path.ends_with("waha.json")).cloned();
    assert_eq!(document(&workspace.files()), document(&before));
}

#[test]
fn a_failed_import_leaves_every_file_as_it_was() {
    let workspace = Workspace::imported();
    let before = workspace.files();
    let two_bodies = workspace.changed(|document| {
        let content = document.pointer_mut("/paths/~1api~1{session}~1things/post/requestBody/content").unwrap();
        content["text/plain"] = json!({"schema": {"type": "string"}});
    });
    ends(&workspace.import(&two_bodies), 1, "POST /api/{session}/things [request-type]");
    assert_eq!(workspace.files(), before);
    ends(&workspace.import(Path::new("/nowhere.json")), 2, "cannot read /nowhere.json");
    fs::write(workspace.path("overlay/broken.yaml"), "overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: []\n")
        .unwrap();
    ends(&workspace.import(&release()), 2, "broken.yaml is not a valid OpenAPI Overlay 1.0 document");
    assert_eq!(workspace.files(), before);
}

#[test]
fn entries_that_match_nothing() {
    let workspace = Workspace::imported();
    let without = |document: &mut Value, version: &str| {
        document["info"]["version"] = json!(version);
        document["paths"].as_object_mut().unwrap().shift_remove("/api/{session}/things");
    };
    // In the release that they were written for they are wrong, in another they have nothing to say.
    let same = workspace.changed(|document| without(document, "1.2.3"));
    ends(&workspace.import(&same), 1, "things.yaml, action 1: nothing matches $.paths['/api/{session}/things'].get");
    let other = workspace.changed(|document| without(document, "1.2.4"));
    ends(&workspace.import(&other), 0, "entries that this release has no place for");
}

#[test]
fn ids_of_what_is_new_give_way_to_ours() {
    let workspace = Workspace::new();
    let next = workspace.changed(|document| {
        document["info"]["version"] = json!("1.2.4");
        for (path, method, id) in [
            ("/api/a", "get", "ThingsSessionController_list"),
            ("/api/b", "post", "ThingsController_move"),
            ("/api/c", "get", "ThingsController_get"),
            ("/api/c", "put", "ThingsController_get"),
            ("/api/d", "get", "ThingsController_get2"),
        ] {
            document["paths"][path][method] =
                json!({"operationId": id, "tags": ["📦 Things"], "responses": {"200": {}}});
        }
    });
    ends(&workspace.import(&next), 0, "WAHA 1.2.4");
    let document = workspace.document();
    for (place, id) in [
        ("/api~1{session}~1things/get", "things_list"),
        ("/api~1a/get", "things_list_2"),
        ("/api~1b/post", "things_post_move"),
        ("/api~1c/get", "things_get"),
        ("/api~1c/put", "things_get_2"),
        ("/api~1d/get", "things_get2_2"),
    ] {
        assert_eq!(document.pointer(&format!("/paths/~1{}/operationId", &place[1..])).unwrap(), id, "{place}");
    }
}

#[test]
fn what_an_overlay_says_of_nothing() {
    let workspace = Workspace::new();
    let overlay = fs::read_to_string(workspace.path("overlay/things.yaml")).unwrap();
    let ghost =
        "        weight: {description: Weight in kilograms.}\n        ghost: {description: Nobody declares it.}";
    let overlay = overlay.replace("        weight: {description: Weight in kilograms.}", ghost);
    fs::write(workspace.path("overlay/things.yaml"), overlay).unwrap();
    ends(&workspace.import(&release()), 1, "nothing declares Thing.ghost, which is described");
    let other = workspace.changed(|document| document["info"]["version"] = json!("1.2.4"));
    ends(&workspace.import(&other), 0, "nothing declares Thing.ghost, which is described");
    assert_eq!(workspace.document()["components"]["schemas"]["Thing"]["properties"].get("ghost"), None);
}

#[test]
fn check_finds_what_does_not_hold() {
    // Three operations of the little release are not described, and that is all.
    let workspace = Workspace::imported();
    let output = workspace.run(&["check"]);
    ends(&output, 1, "POST /api/things/stop [curated]");
    assert!(!text(&output).contains("[provenance]") && !text(&output).contains("[reproducible]"), "{}", text(&output));

    let document = fs::read_to_string(workspace.path("waha.json")).unwrap();
    fs::write(workspace.path("waha.json"), document.replace("Weight in kilograms", "Weight in pounds")).unwrap();
    let output = workspace.run(&["check"]);
    ends(&output, 1, "waha.json [provenance]");
    ends(&output, 1, "Weight in kilograms.");

    fs::remove_file(workspace.path("waha.json")).unwrap();
    ends(&workspace.run(&["check"]), 2, "run `cargo xtask import` first");
    ends(&workspace.run(&["chekc"]), 2, "check");
}

#[test]
fn check_wants_overlays_of_the_committed_release() {
    let workspace = Workspace::new();
    let next = workspace.changed(|document| document["info"]["version"] = json!("1.3.0"));
    ends(&workspace.import(&next), 0, "WAHA 1.3.0");
    ends(&workspace.run(&["check"]), 1, "things.yaml [release]");
    ends(&workspace.run(&["check"]), 1, "names.toml [release]");
}

#[test]
fn the_code_is_shown() {
    let workspace = Workspace::imported();
    let output = workspace.run(&["expand", "resources"]);
    ends(&output, 0, "pub fn list(self) -> builder::ThingsList");
    ends(&output, 0, "#[deprecated]");
    ends(&output, 0, "#[doc(alias = \"getThings\")]");
    ends(
        &workspace.run(&["expand", "nothing"]),
        2,
        "there are client, enums, types, builders, operations, resources, handles, mocks",
    );
    ends(&workspace.run(&["coverage"]), 0, "things");
}

#[test]
fn the_committed_document_passes() {
    let run = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().unwrap();
    ends(&run(&["check"]), 0, "openapi/ is consistent");
    ends(&run(&["assemble", "--check"]), 0, "openapi/waha.json is up to date");
}

#[test]
fn a_changed_overlay_is_assembled_from_what_is_committed() {
    let workspace = Workspace::imported();
    ends(&workspace.run(&["assemble"]), 0, "openapi/waha.json is up to date");
    ends(&workspace.run(&["assemble", "--check"]), 0, "openapi/waha.json is up to date");
    let lock = fs::read_to_string(workspace.path("provenance.toml")).unwrap();
    let upstream = fs::read(workspace.path("upstream.json")).unwrap();

    workspace.overlay("kilograms", "pounds");
    let before = workspace.files();
    let output = workspace.run(&["assemble", "--check"]);
    ends(&output, 1, "~ /properties/weight/description: \"Weight in kilograms.\" -> \"Weight in pounds.\"");
    ends(&output, 1, "run `cargo xtask assemble`");
    ends(&workspace.run(&["check"]), 1, "waha.json [reproducible]");
    assert_eq!(workspace.files(), before, "--check writes nothing");

    let output = workspace.run(&["assemble"]);
    ends(&output, 0, "Thing\n    ~ /properties/weight/description:");
    ends(&output, 0, "wrote waha.json and provenance.toml");
    ends(&workspace.run(&["assemble", "--check"]), 0, "is up to date");
    assert_eq!(fs::read(workspace.path("upstream.json")).unwrap(), upstream);
    let document = workspace.document();
    assert_eq!(document["components"]["schemas"]["Thing"]["properties"]["weight"]["description"], "Weight in pounds.");
    let without_document = |lock: &str| {
        let lines = lock.lines().filter(|line| !line.starts_with("document = ")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let after = fs::read_to_string(workspace.path("provenance.toml")).unwrap();
    assert_eq!(without_document(&after), without_document(&lock), "release, source and its digest are kept");
    assert_ne!(after, lock);

    workspace.overlay("pounds", "kilograms");
    ends(&workspace.run(&["assemble"]), 0, "wrote");
    assert_eq!(fs::read_to_string(workspace.path("provenance.toml")).unwrap(), lock);
}

#[test]
fn assemble_writes_nothing_if_something_is_wrong() {
    let workspace = Workspace::imported();
    workspace.overlay("weight: {description: Weight in kilograms.}", "ghost: {description: Nobody declares it.}");
    let before = workspace.files();
    ends(&workspace.run(&["assemble"]), 1, "nothing declares Thing.ghost");
    workspace.overlay("ghost: {description: Nobody declares it.}", "weight: {description: \"```\\ncode\"}");
    ends(&workspace.run(&["assemble"]), 1, "Thing [text-code]");
    workspace.overlay("weight: {description: \"```\\ncode\"}", "weight: {description: Weight in pounds.}");
    assert_eq!(workspace.files(), before);
    let upstream = fs::read_to_string(workspace.path("upstream.json")).unwrap();
    fs::write(workspace.path("upstream.json"), upstream.replace("\"NEW\"", "\"YOUNG\"")).unwrap();
    let before = workspace.files();
    ends(&workspace.run(&["assemble"]), 1, "upstream.json [provenance]");
    assert_eq!(workspace.files(), before);
}

#[test]
fn assemble_restores_a_lost_document() {
    let workspace = Workspace::imported();
    let before = workspace.files();
    fs::remove_file(workspace.path("waha.json")).unwrap();
    ends(&workspace.run(&["assemble", "--check"]), 1, "the file does not exist");
    ends(&workspace.run(&["assemble"]), 0, "wrote waha.json in");
    assert_eq!(workspace.files(), before);
    fs::write(workspace.path("waha.json"), "<<<<<<< HEAD\n").unwrap();
    ends(&workspace.run(&["assemble"]), 0, "the committed file is not JSON");
    assert_eq!(workspace.files(), before);
    let document = workspace.document();
    fs::write(workspace.path("waha.json"), document.to_string()).unwrap();
    ends(&workspace.run(&["assemble"]), 0, "the same content in another order or layout");
    assert_eq!(workspace.files(), before);
}

#[test]
fn the_document_of_another_release_is_assembled_into_a_file() {
    let workspace = Workspace::imported();
    let before = workspace.files();
    let other = workspace.changed(|document| document["info"]["version"] = json!("1.0.0"));
    let out = workspace.0.path().join("out.json");
    let assemble = |out: &Path| {
        let (other, out) = (other.to_str().unwrap(), out.to_str().unwrap());
        workspace.run(&["assemble", "--upstream", other, "--out", out])
    };
    ends(&assemble(&out), 0, "wrote WAHA 1.0.0 to");
    let document: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(document["info"]["version"], "1.0.0");
    ends(&assemble(&workspace.path("waha.json")), 2, "--out is the committed document");
    assert_eq!(workspace.files(), before);
}

/// Adds operations to the release, and gives it another version.
fn with_operations(version: &str, paths: &[&str]) -> impl FnOnce(&mut Value) {
    move |document| {
        document["info"]["version"] = json!(version);
        for path in paths {
            let name = path.rsplit('/').next().unwrap();
            document["paths"][path]["post"] = json!({
                "operationId": format!("ThingsController_{name}"),
                "tags": ["📦 Things"],
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"201": {"description": ""}},
            });
        }
    }
}

/// `x-since` of an operation.
fn since(document: &Value, path: &str, method: &str) -> String {
    document["paths"][path][method]["x-since"].as_str().unwrap_or_else(|| panic!("{path}")).to_owned()
}

#[test]
fn a_release_says_which_operations_it_brings() {
    let workspace = Workspace::new();
    ends(&workspace.import(&release()), 0, "no other release is known");
    let (list, pause, play) = ("/api/{session}/things", "/api/things/{id}/pause", "/api/things/{id}/play");
    assert_eq!(since(&workspace.document(), list, "get"), "1.2.3 or older");
    let oldest = workspace.files();

    let output = workspace.import(&workspace.changed(with_operations("1.2.10", &[pause])));
    ends(&output, 0, "compared with 1.2.3, 1 operations are new and 0 are gone");
    let document = workspace.document();
    assert_eq!([since(&document, list, "get"), since(&document, pause, "post")], ["1.2.3 or older", "1.2.10"]);
    ends(&workspace.run(&["assemble", "--check"]), 0, "is up to date");

    // What a release removes and a later one has again exists since then.
    ends(&workspace.import(&workspace.changed(with_operations("1.3.0", &[play]))), 0, "1 are gone");
    ends(&workspace.import(&workspace.changed(with_operations("1.4.0", &[pause, play]))), 0, "from 1.2.3 on");
    let document = workspace.document();
    assert_eq!([since(&document, pause, "post"), since(&document, play, "post")], ["1.4.0", "1.3.0"]);

    // Neither an older release nor the same one again loses what is known.
    let newest = workspace.files();
    ends(&workspace.import(&release()), 0, "4 releases are known, none older than 1.2.3");
    assert_eq!(since(&workspace.document(), list, "get"), "1.2.3 or older");
    assert_ne!(workspace.files(), oldest, "the releases after it are known all the same");
    ends(&workspace.import(&workspace.changed(with_operations("1.4.0", &[pause, play]))), 0, "4 releases are known");
    assert_eq!(workspace.files(), newest);

    // A document into a file is one of the same history.
    let out = workspace.0.path().join("out.json");
    let older = workspace.changed(with_operations("1.3.5", &[pause, play]));
    let arguments = ["assemble", "--upstream", older.to_str().unwrap(), "--out", out.to_str().unwrap()];
    ends(&workspace.run(&arguments), 0, "wrote WAHA 1.3.5");
    let document: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!([since(&document, pause, "post"), since(&document, play, "post")], ["1.3.5", "1.3.0"]);
    assert_eq!(workspace.files(), newest);
}

#[test]
fn releases_of_a_folder_are_taken_into_the_history() {
    let workspace = Workspace::new();
    let (pause, play) = ("/api/things/{id}/pause", "/api/things/{id}/play");
    let newest = workspace.changed(with_operations("1.4.0", &[pause, play]));
    ends(&workspace.import(&newest), 0, "no other release is known");
    assert_eq!(since(&workspace.document(), play, "post"), "1.4.0 or older");
    let folder = workspace.0.path().join("releases");
    fs::create_dir(&folder).unwrap();
    fs::copy(release(), folder.join("old.json")).unwrap();
    fs::rename(workspace.changed(with_operations("1.3.0", &["/api/things/{thing}/pause"])), folder.join("new.json"))
        .unwrap();
    // What a document says of the committed release itself does not count: upstream.json says it.
    fs::copy(release(), folder.join("same.json")).unwrap();
    let text = fs::read_to_string(release()).unwrap().replace("\"1.2.3\"", "\"1.4.0\"");
    fs::write(folder.join("same.json"), text).unwrap();

    let folder = folder.to_str().unwrap();
    let before = workspace.files();
    ends(&workspace.run(&["assemble", "--history", folder, "--check"]), 1, "history.toml [history]");
    assert_eq!(workspace.files(), before);
    let output = workspace.run(&["assemble", "--history", folder]);
    ends(&output, 0, "history.toml: 3 releases are known, from 1.2.3 on; compared with 1.3.0, 1 operations are new");
    ends(&output, 0, "wrote waha.json, history.toml and provenance.toml");
    let document = workspace.document();
    assert_eq!([since(&document, pause, "post"), since(&document, play, "post")], ["1.3.0", "1.4.0"]);
    assert_eq!(since(&document, "/api/things/stop", "post"), "1.2.3 or older");
    ends(&workspace.run(&["assemble", "--history", folder, "--check"]), 0, "is up to date");
    ends(&workspace.run(&["assemble", "--history", "/nowhere"]), 2, "cannot list /nowhere");
}

#[test]
fn a_history_that_was_edited_is_refused() {
    let workspace = Workspace::imported();
    let path = workspace.path("history.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("POST /api/things/stop", "POST /api/things/halt")).unwrap();
    let before = workspace.files();
    for command in ["assemble", "check"] {
        ends(&workspace.run(&[command]), 1, "history.toml [provenance]");
    }
    ends(
        &workspace.import(&workspace.changed(with_operations("1.3.0", &[]))),
        2,
        "restore the file from version control",
    );
    fs::write(&path, "<<<<<<< HEAD\n").unwrap();
    ends(&workspace.run(&["assemble"]), 2, "history.toml cannot be read: restore the file from version control");
    fs::write(&path, text.replace("POST /api/things/stop", "POST /api/things/halt")).unwrap();
    assert_eq!(workspace.files(), before);
}

#[test]
fn the_document_of_another_server_has_a_history_of_its_own() {
    let workspace = Workspace::imported();
    let foreign = workspace.changed(|document| {
        document["info"]["version"] = json!("0.9");
        document["paths"] = json!({"/pets": {"get": {
            "operationId": "PetsController_list", "tags": ["Pets"], "responses": {"200": {"description": ""}},
        }}});
    });
    ends(&workspace.import(&foreign), 0, "no other release is known");
    assert_eq!(since(&workspace.document(), "/pets", "get"), "0.9 or older");
}

#[test]
fn the_files_of_an_import_are_not_imported() {
    let workspace = Workspace::imported();
    let before = workspace.files();
    let facts: Value = serde_json::from_str(&fs::read_to_string(workspace.path("upstream.json")).unwrap()).unwrap();
    let copy = workspace.0.path().join("copy.json");
    for (path, content) in [
        (workspace.path("upstream.json"), None),
        (copy.clone(), Some(facts.to_string())),
        (workspace.path("waha.json"), None),
        (copy.clone(), Some(workspace.document().to_string())),
    ] {
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        ends(&workspace.import(&path), 2, "`cargo xtask assemble`");
    }
    assert_eq!(workspace.files(), before);
}

/// What an escape sequence, a workflow command, a forged line and a hidden order of characters look like.
const HOSTILE: &str = "a\u{1b}[31m\nerror: forged\n::error::forged\u{2028}##[error]\u{202e}b";

/// Nothing of a hostile text is printed as it is.
#[track_caller]
fn is_escaped(output: &Output, what: &str) {
    let text = text(output);
    let is_shown = ["\\u{1b}", "\\u001b", "\\u{202e}"].iter().any(|escape| text.contains(escape));
    assert!(is_shown, "{what} is not shown at all: {text}");
    let hidden = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{2028}' | '\u{202e}');
    assert!(!text.contains(hidden), "{what}: {text:?}");
    assert!(!text.contains("##["), "{what}: {text:?}");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{what}: {line:?}");
        assert!(!line.trim_start().starts_with("error: forged"), "{what}: {line:?}");
    }
}

#[test]
fn hostile_names_of_a_document_are_escaped_and_refused() {
    let workspace = Workspace::imported();
    let before = workspace.files();
    let mut dropped = Vec::new();
    let thing = "/components/schemas/WAThing";
    let get = "/paths/~1api~1{session}~1things/get";
    let places: [(&str, &str, Value); 13] = [
        ("path", "/paths", json!({HOSTILE: {"get": {"responses": {"200": {}}}}})),
        ("schema", "/components/schemas", json!({HOSTILE: {"type": "string"}})),
        ("property", &format!("{thing}/properties"), json!({HOSTILE: {"type": "string"}})),
        ("enum value", &format!("{thing}/properties/status"), json!({"enum": ["NEW", HOSTILE]})),
        ("pattern", &format!("{thing}/properties/status"), json!({"pattern": HOSTILE})),
        ("format", &format!("{thing}/properties/status"), json!({"format": HOSTILE})),
        ("operationId", get, json!({"operationId": HOSTILE})),
        ("tag", get, json!({"tags": [HOSTILE]})),
        ("parameter", &format!("{get}/parameters/2"), json!({"name": HOSTILE})),
        ("status", &format!("{get}/responses"), json!({HOSTILE: {"description": ""}})),
        ("media type", &format!("{get}/responses/200/content"), json!({HOSTILE: {"schema": {"type": "string"}}})),
        ("reference", &format!("{thing}/properties/owner"), json!({"$ref": format!("#/components/schemas/{HOSTILE}")})),
        ("release", "/info", json!({"version": HOSTILE})),
    ];
    for (what, pointer, members) in places {
        let path = workspace.changed(|document| {
            let object = document.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")).as_object_mut().unwrap();
            object.extend(members.as_object().unwrap().clone());
        });
        let output = workspace.import(&path);
        if output.status.success() {
            let document = fs::read_to_string(workspace.path("waha.json")).unwrap();
            assert!(!document.contains("forged"), "{what} is in the document");
            ends(&workspace.import(&release()), 0, "WAHA 1.2.3");
            dropped.push(what);
            continue;
        }
        assert_eq!(output.status.code(), Some(1), "{what}: {}", text(&output));
        is_escaped(&output, what);
        assert_eq!(workspace.files(), before, "{what}");
        let out = workspace.0.path().join("out.json");
        let (path, out) = (path.to_str().unwrap(), out.to_str().unwrap());
        is_escaped(&workspace.run(&["assemble", "--upstream", path, "--out", out]), what);
    }
    // The document has ours instead.
    assert_eq!(dropped, ["operationId", "tag", "status"]);
}

#[test]
fn code_in_the_texts_of_a_document_is_named() {
    let workspace = Workspace::imported();
    for text in ["```\nstd::process::exit(1)\n```", "    std::process::exit(1)", "<script>", "[x](y)", "a\u{202e}b"] {
        let path = workspace.changed(|document| {
            document["components"]["schemas"]["WAThing"]["properties"]["status"]["enum"] = json!(["NEW", text]);
        });
        let output = workspace.import(&path);
        ends(&output, 1, "ThingStatus [text-");
        ends(&output, 1, "at   /components/schemas/ThingStatus/x-extensible-enum/1");
    }
    let document = fs::read_to_string(workspace.path("waha.json")).unwrap();
    fs::write(workspace.path("waha.json"), document.replace("Weight in kilograms.", "```\\ncode\\n```")).unwrap();
    ends(&workspace.run(&["check"]), 1, "Thing [text-code]");
}

#[test]
fn hostile_sources_paths_and_arguments_are_escaped() {
    let workspace = Workspace::imported();
    for arguments in [
        &["import", HOSTILE][..],
        &["import", &format!("http://{HOSTILE}")],
        &["import", &format!("{HOSTILE}:3000")],
        &["assemble", "--upstream", HOSTILE, "--out", "x"],
        &[HOSTILE],
    ] {
        let output = workspace.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        is_escaped(&output, &arguments.join(" "));
    }
    for command in ["check", "coverage", "assemble", "repaired", "expand"] {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["--root", HOSTILE, command]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}: {}", text(&output));
        is_escaped(&output, command);
    }
    // A file name holds everything but a slash.
    let folder = workspace.0.path().join(HOSTILE);
    fs::create_dir(&folder).unwrap();
    let file = folder.join(format!("{HOSTILE}.json"));
    fs::copy(release(), &file).unwrap();
    let output = workspace.import(&file);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    is_escaped(&output, "name of a file");
    let lock = fs::read_to_string(workspace.path("provenance.toml")).unwrap();
    assert!(!lock.contains('\u{202e}') && !lock.contains('\u{2028}'), "{lock:?}");
    let out = folder.to_str().unwrap();
    is_escaped(&workspace.run(&["import", release().to_str().unwrap(), "--out", out]), "folder to write to");

    fs::write(workspace.path(&format!("overlay/{HOSTILE}.yaml")), "nonsense").unwrap();
    for command in [&["check"][..], &["assemble"], &["import", file.to_str().unwrap()]] {
        is_escaped(&workspace.run(command), "name of an overlay");
    }
}

#[test]
fn hostile_text_of_our_own_files_is_escaped() {
    let workspace = Workspace::imported();
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let overlay = workspace.path("overlay/things.yaml");
    let good = fs::read_to_string(&overlay).unwrap();
    for addition in [
        "  - target: $.nowhere['\u{202e}##[error]']\n    update: {a: 1}\n".to_owned(),
        format!("  - target: $.components.schemas\n    update: {{{quoted}: {{type: string, description: d}}}}\n"),
        format!("  - target: $.components.schemas.Thing.properties\n    update: {{{quoted}: {{description: d}}}}\n"),
        format!("  - target: $.components.schemas.Thing\n    update: {{description: {quoted}}}\n"),
    ] {
        fs::write(&overlay, format!("{good}{addition}")).unwrap();
        for command in
            [&["check"][..], &["assemble"], &["assemble", "--check"], &["import", release().to_str().unwrap()]]
        {
            is_escaped(&workspace.run(command), &format!("{addition} {command:?}"));
        }
    }
    fs::write(&overlay, good).unwrap();
    let names = format!("release = \"1.2.3\"\n[schemas]\n{quoted} = \"A\"\n").replace("\\u001b", "\\u001B");
    fs::write(workspace.path("names.toml"), &names).unwrap();
    is_escaped(&workspace.run(&["assemble"]), "names.toml");
    fs::write(workspace.path("names.toml"), format!("{HOSTILE} = 1")).unwrap();
    is_escaped(&workspace.run(&["assemble"]), "names.toml that is no TOML");
    fs::write(workspace.path("names.toml"), "").unwrap();
    let upstream = fs::read_to_string(workspace.path("upstream.json")).unwrap();
    fs::write(workspace.path("upstream.json"), upstream.replace("\"StopRequest\"", &quoted)).unwrap();
    is_escaped(&workspace.run(&["repaired"]), "the repaired document");
    let document = fs::read_to_string(workspace.path("waha.json")).unwrap();
    fs::write(workspace.path("waha.json"), document.replace("\"things\"", &quoted)).unwrap();
    is_escaped(&workspace.run(&["coverage"]), "coverage");
    is_escaped(&workspace.run(&["check"]), "check");
}

/// A property that must be there is removed; another is added.
fn without_an_owner(document: &mut Value) {
    document["info"]["version"] = json!("1.2.4");
    let thing = &mut document["components"]["schemas"]["WAThing"];
    thing["required"] = json!(["status", "owner"]);
    thing["properties"].as_object_mut().unwrap().shift_remove("id");
    thing["properties"]["colour"] = json!({"type": "string"});
}

fn fingerprint(report: &Value, rule: &str) -> String {
    let changes = report["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {report:#}"));
    change["fingerprint"].as_str().unwrap().to_owned()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(output)))
}

#[test]
fn an_import_ends_with_the_difference_and_what_to_do() {
    let workspace = Workspace::imported();
    let output = workspace.import(&workspace.changed(without_an_owner));
    ends(&output, 0, "WAHA 1.2.3 (openapi/upstream.json) -> 1.2.4 (changed.json)");
    ends(&output, 0, "the property `id` was removed  [response-property-removed (rust breaking)]");
    ends(&output, 0, "suggested bump: major");
    ends(&output, 0, "cargo xtask check && cargo test --workspace");
    let same = workspace.0.path().join("changed.json");
    ends(&workspace.import(&same), 0, "no difference from openapi/upstream.json");
}

#[test]
fn a_difference_in_every_format() {
    let workspace = Workspace::imported();
    let next = workspace.changed(without_an_owner);
    let next = next.to_str().unwrap();
    let output = workspace.run(&["spec-diff", next, "--format", "json"]);
    ends(&output, 1, "");
    let report = report(&output);
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["base"], json!({"source": "openapi/upstream.json", "version": "1.2.3"}));
    assert_eq!(
        report["summary"],
        json!({"wire": "breaking", "rust": "breaking", "wire_after": "safe", "doc": false, "bump": "major",
            "counts": {"breaking": 1, "risky": 0, "safe": 1},
            "rust_counts": {"breaking": 1, "additive": 1, "none": 0, "unknown": 0}})
    );
    let removed = &report["changes"][0];
    for (member, value) in [
        ("rule", json!("response-property-removed")),
        ("pointer", json!("/components/schemas/WAThing/properties/id")),
        ("operations", json!(["GET /api/{session}/things", "webhook thing.new"])),
        ("direction", json!("response")),
        ("before", json!({"type": "string"})),
        ("after", Value::Null),
        ("symbols", json!(["types::Thing::id"])),
        ("count", json!(1)),
    ] {
        assert_eq!(removed[member], value, "{member} of {removed:#}");
    }
    let markdown = workspace.run(&["spec-diff", next, "--format", "markdown"]);
    ends(&markdown, 1, "## WAHA 1.2.3 → 1.2.4");
    ends(
        &markdown,
        1,
        "- **wire breaking** the property `id` was removed (`response-property-removed`, **rust breaking**",
    );
    let pretty = workspace.0.path().join("pretty.json");
    let document: Value = serde_json::from_str(&fs::read_to_string(next).unwrap()).unwrap();
    fs::write(&pretty, serde_json::to_string_pretty(&document).unwrap()).unwrap();
    let github = workspace.run(&["spec-diff", pretty.to_str().unwrap(), "--format", "github"]);
    let lines = fs::read_to_string(&pretty).unwrap();
    let line = |words: &str| lines.lines().position(|line| line.contains(words)).unwrap() + 1;
    let properties = line("\"WAThing\": {") + 6;
    let place = format!("pretty.json,line={properties},title=response-property-removed::wire breaking");
    ends(&github, 1, &place);
    ends(&github, 1, &format!("pretty.json,line={},title=response-property-added::", line("\"colour\": {")));
}

#[test]
fn what_is_accepted_fails_nobody() {
    let workspace = Workspace::imported();
    let next = workspace.changed(without_an_owner);
    let next = next.to_str().unwrap();
    let report = report(&workspace.run(&["spec-diff", next, "--format", "json"]));
    let breaking = fingerprint(&report, "response-property-removed");
    let accept = |fingerprint: &str, until: &str| {
        let entry =
            format!("[[accept]]\nfingerprint = \"{fingerprint}\"\nreason = \"nobody read it\"\nuntil = \"{until}\"\n");
        fs::write(workspace.path("spec-diff.toml"), entry).unwrap();
        workspace.run(&["spec-diff", next])
    };
    ends(&accept(&breaking, "1.3"), 0, "accepted nobody read it");
    ends(&accept(&breaking, "1.2.4"), 1, "accepted until 1.2.4 (nobody read it); look again");
    ends(&accept("0123456789ab", "1.3"), 1, "0123456789ab: there is no such change");
    fs::write(workspace.path("spec-diff.toml"), "[[accept]]\nfingerprint = \"a\"\nreason = \" \"\nuntil = \"2\"\n")
        .unwrap();
    ends(&workspace.run(&["spec-diff", next]), 2, "a is accepted without a reason");
}

#[test]
fn a_fingerprint_survives_what_has_nothing_to_do_with_it() {
    let workspace = Workspace::imported();
    let of = |path: PathBuf| {
        let output = workspace.run(&["spec-diff", path.to_str().unwrap(), "--format", "json"]);
        let report = report(&output);
        ["response-property-removed", "request-default-changed"].map(|rule| fingerprint(&report, rule))
    };
    let change = |document: &mut Value| {
        without_an_owner(document);
        document["paths"]["/api/{session}/things"]["get"]["parameters"][2]["schema"]["default"] = json!(["big"]);
    };
    let alone = of(workspace.changed(change));
    let among_others = of(workspace.changed(|document| {
        change(document);
        let parameters = document.pointer_mut("/paths/~1api~1{session}~1things/get/parameters").unwrap();
        parameters
            .as_array_mut()
            .unwrap()
            .insert(1, json!({"name": "new", "in": "query", "schema": {"type": "string"}}));
        document["components"]["schemas"]["WAThing"]["properties"]["other"] = json!({"type": "string"});
    }));
    assert_eq!(alone, among_others);
}

#[test]
fn the_gate_is_as_high_as_one_wants() {
    let workspace = Workspace::imported();
    let risky = workspace.changed(|document| {
        let size = &mut document["components"]["schemas"]["ThingRequestDTO"]["properties"]["size"];
        size["default"] = json!("small");
    });
    let ends_with = |arguments: &[&str], status: i32| {
        let output = workspace.run(&[&["spec-diff", risky.to_str().unwrap(), "--fail-on"], arguments].concat());
        ends(&output, status, "request-default-changed");
    };
    for (level, status) in [("breaking", 0), ("risky", 1), ("any", 1), ("never", 0)] {
        ends_with(&[level], status);
    }
    let unknown = workspace.changed(|document| {
        document["components"]["schemas"]["WAThing"]["if"] = json!({"required": ["id"]});
    });
    let unknown = unknown.to_str().unwrap();
    ends(&workspace.run(&["spec-diff", unknown]), 3, "[response-unclassified");
    ends(&workspace.run(&["spec-diff", unknown, "--fail-on", "risky"]), 1, "/components/schemas/WAThing");
    ends(&workspace.run(&["spec-diff", unknown, unknown, "--fail-on", "any"]), 0, "suggested bump: none");
    ends(&workspace.run(&["spec-diff", "/nowhere.json"]), 2, "cannot read /nowhere.json");
    ends(&workspace.run(&["spec-diff", "git:HEAD"]), 2, "git has no openapi/upstream.json at HEAD");
    ends(&workspace.run(&["spec-diff", "git:--help"]), 2, "`--help` is no revision");
    ends(&workspace.run(&["spec-diff", "--fail-on", "sometimes"]), 2, "breaking");
    ends(
        &workspace.run(&["spec-diff", "--rules"]),
        0,
        "response-property-removed\n  wire breaking, rust usually breaking",
    );
}

#[test]
fn a_revision_is_compared_with_the_working_tree() {
    let workspace = Workspace::imported();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"];
        let output =
            Command::new("git").current_dir(workspace.0.path()).args(identity).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "WAHA 1.2.3"]);
    ends(&workspace.run(&["spec-diff", "--fail-on", "any"]), 0, "(git:HEAD:openapi/upstream.json) -> 1.2.3");
    ends(&workspace.import(&workspace.changed(without_an_owner)), 0, "(git:HEAD:openapi/upstream.json) -> 1.2.4");
    ends(&workspace.run(&["spec-diff"]), 1, "-> 1.2.4 (openapi/upstream.json)");
    ends(&workspace.run(&["spec-diff", "git:HEAD", "git:HEAD:openapi/waha.json", "--fail-on", "any"]), 0, "bump: none");
}

#[test]
fn releases_have_a_history() {
    let workspace = Workspace::imported();
    let releases = workspace.0.path().join("releases");
    fs::create_dir(&releases).unwrap();
    fs::copy(release(), releases.join("b.json")).unwrap();
    let next = workspace.changed(|document| {
        without_an_owner(document);
        let paths = document["paths"].as_object_mut().unwrap();
        paths.shift_remove("/api/things/stop");
        paths.insert(
            "/api/things/{id}/pause".into(),
            json!({"post": {"tags": ["📦 Things"], "responses": {"200": {}}}}),
        );
    });
    fs::rename(next, releases.join("a.json")).unwrap();
    let output = workspace.run(&["spec-diff", "--history", releases.to_str().unwrap()]);
    let table: Vec<Vec<&str>> = std::str::from_utf8(&output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    let expected: [&[&str]; 5] = [
        &["operation", "1.2.3", "1.2.4"],
        &["all", "4", "4"],
        &["GET /api/{session}/things", "yes", "changed"],
        &["POST /api/things/stop", "yes", "removed"],
        &["POST /api/things/{id}/pause", "new"],
    ];
    assert_eq!(table, expected);
    let markdown = workspace.run(&["spec-diff", "--history", releases.to_str().unwrap(), "--format", "markdown"]);
    ends(&markdown, 0, "| `POST /api/things/stop` ");
    ends(&workspace.run(&["spec-diff", "--history", "/nowhere"]), 2, "cannot list /nowhere");
}
