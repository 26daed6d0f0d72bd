//! The program as people use it, in a workspace of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

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

    fn document(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path("waha.json")).unwrap()).unwrap()
    }
}

fn release() -> PathBuf {
    Path::new(FIXTURES).join("release.json")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn ends(output: &Output, status: i32, words: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", text(output));
    assert!(text(output).contains(words), "{words:?} is not in:\n{}", text(output));
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
    let output = workspace.run(&["expand", "scopes"]);
    ends(&output, 0, "pub fn list(self) -> builder::ThingsList");
    ends(&output, 0, "#[deprecated]");
    ends(&output, 0, "#[doc(alias = \"getThings\")]");
    ends(&workspace.run(&["expand", "nothing"]), 2, "there are client, operations, scopes");
    ends(&workspace.run(&["coverage"]), 0, "things");
}

#[test]
fn what_is_committed_holds_together() {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("check").output().unwrap();
    ends(&output, 0, "openapi/ holds together");
}
