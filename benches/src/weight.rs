//! What `waha` adds to the building of an app: cold builds of an app by hand, of one with the client that progenitor
//! generates by itself of the same document, and of one with `waha`, and their size.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, ensure};

const BY_HAND: &str = r#"
reqwest = { version = "0.13.5", default-features = false, features = ["json", "query", "rustls"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
"#;

const BY_HAND_MAIN: &str = r#"
#[derive(serde::Deserialize)]
struct Picture {
    #[serde(rename = "profilePictureURL")]
    url: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), reqwest::Error> {
    let client = reqwest::Client::new();
    let request = client.get("http://localhost:3000/api/contacts/profile-picture").header("x-api-key", "secret");
    let request = request.query(&[("contactId", "11111111111@c.us"), ("session", "default")]);
    let picture: Picture = request.send().await?.error_for_status()?.json().await?;
    println!("{:?}", picture.url);
    let text = serde_json::json!({ "session": "default", "chatId": "11111111111@c.us", "text": "hi" });
    let request = client.post("http://localhost:3000/api/sendText").header("x-api-key", "secret").json(&text);
    let sent: serde_json::Value = request.send().await?.error_for_status()?.json().await?;
    println!("{sent}");
    Ok(())
}
"#;

const PLAIN: &str = r#"
futures-core = "0.3"
bytes = "1"
progenitor-client = "=0.15.1"
regress = "0.12"
reqwest = { version = "0.13.5", default-features = false, features = ["json", "query", "rustls", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[build-dependencies]
openapiv3 = "=2.2.0"
progenitor = { version = "=0.15.1", default-features = false }
serde_json = "1"
"#;

const PLAIN_BUILD: &str = r#"
use std::{env, error::Error, fs, path::Path};

use progenitor::{GenerationSettings, Generator, InterfaceStyle};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=waha.json");
    let document: openapiv3::OpenAPI = serde_json::from_str(&fs::read_to_string("waha.json")?)?;
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder);
    let code = Generator::new(&settings).generate_tokens(&document)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("waha.rs"), code.to_string())?;
    Ok(())
}
"#;

const PLAIN_MAIN: &str = r#"
#[allow(dead_code, unused_imports)]
mod waha {
    include!(concat!(env!("OUT_DIR"), "/waha.rs"));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-api-key", "secret".parse()?);
    let client = reqwest::Client::builder().default_headers(headers).build()?;
    let client = waha::Client::new_with_client("http://localhost:3000", client);
    let picture = client.contacts_get_profile_picture().session("default").contact_id("11111111111@c.us");
    println!("{:?}", picture.send().await?.profile_picture_url);
    let text = client.chatting_send_text();
    let text = text.body_map(|body| body.session("default").chat_id("11111111111@c.us").text("hi"));
    println!("{:?}", *text.send().await?);
    Ok(())
}
"#;

const OURS_MAIN: &str = r#"
#[tokio::main]
async fn main() -> Result<(), waha::Error> {
    let client = waha::Client::builder("http://localhost:3000").api_key("secret").build()?;
    let session = client.session("default")?;
    println!("{:?}", session.contact("11111111111@c.us")?.picture().await?.profile_picture_url);
    println!("{:?}", session.chat("11111111111@c.us")?.send_text("hi").await?.id);
    Ok(())
}
"#;

/// An app, which asks for a picture and sends a text.
struct App<'a> {
    name: &'a str,
    dependencies: &'a str,
    /// A build script, and the document that it reads.
    build: Option<(&'a str, &'a str)>,
    main: &'a str,
}

/// Builds the apps, in dev and in release, and prints what it took.
pub fn measure() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("a package without a workspace")?;
    let document = fs::read_to_string(root.join("openapi/waha.json"))?;
    let dependencies = format!(
        "waha = {{ path = {:?} }}\ntokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n",
        root.display().to_string()
    );
    let apps = [
        App { name: "by-hand", dependencies: BY_HAND, build: None, main: BY_HAND_MAIN },
        App { name: "plain", dependencies: PLAIN, build: Some((PLAIN_BUILD, &document)), main: PLAIN_MAIN },
        App { name: "ours", dependencies: &dependencies, build: None, main: OURS_MAIN },
    ];
    println!("| cold build | by hand | plain | ours |");
    println!("|---|---:|---:|---:|");
    let folder = tempfile::tempdir()?;
    for (profile, options) in [("dev", &[][..]), ("release", &["--release"][..])] {
        let mut builds = Vec::new();
        for app in &apps {
            builds.push(build(folder.path(), app, options)?);
        }
        let row = |what: &str, unit: &str, of: fn(&Build) -> f64| {
            let column = |build: &Build| format!("{:.2} ({:.1}{unit})", of(build) / of(&builds[0]), of(build));
            println!("| {profile}: {what} | {} |", builds.iter().map(column).collect::<Vec<_>>().join(" | "));
        };
        row("CPU time", " s", |build| build.cpu);
        row("wall time", " s", |build| build.wall);
        row("packages", "", |build| build.packages);
        if profile == "release" {
            row("program, stripped", " MiB", |build| build.size);
        }
    }
    Ok(())
}

struct Build {
    cpu: f64,
    wall: f64,
    packages: f64,
    /// Of the program, in MiB.
    size: f64,
}

fn build(folder: &Path, app: &App<'_>, options: &[&str]) -> anyhow::Result<Build> {
    let App { name, dependencies, build, main } = *app;
    let package = folder.join(name);
    fs::create_dir_all(package.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n[profile.release]\nstrip = \
         true\n\n[dependencies]\n{dependencies}"
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("src/main.rs"), main)?;
    if let Some((script, document)) = build {
        fs::write(package.join("build.rs"), script)?;
        fs::write(package.join("waha.json"), document)?;
    }
    let cargo = || {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&package).env("CARGO_TARGET_DIR", package.join("target"));
        // A dependency from a registry is not built incrementally, and one by its path would be.
        cargo.env("CARGO_INCREMENTAL", "0");
        cargo
    };
    ensure!(cargo().args(["fetch", "--quiet"]).status()?.success(), "the dependencies of {name} cannot be fetched");
    let (begin, cpu) = (Instant::now(), cpu_of_children()?);
    let build = cargo().args(["build", "--quiet", "--offline"]).args(options).status()?;
    ensure!(build.success(), "{name} cannot be built");
    let (wall, cpu) = (begin.elapsed().as_secs_f64(), cpu_of_children()? - cpu);
    let tree = ["tree", "--offline", "--prefix", "none", "--no-dedupe", "--edges", "normal,build"];
    let tree = cargo().args(tree).stderr(Stdio::null()).output()?;
    let mut packages: Vec<_> = std::str::from_utf8(&tree.stdout)?.lines().filter(|line| !line.is_empty()).collect();
    packages.sort_unstable();
    packages.dedup();
    let program = package.join("target").join(if options.is_empty() { "debug" } else { "release" }).join(name);
    let size = fs::metadata(program)?.len() as f64 / 1024.0 / 1024.0;
    Ok(Build { cpu, wall, packages: packages.len() as f64, size })
}

/// The time in seconds for which child processes have kept a processor busy, in user mode and in the kernel.
fn cpu_of_children() -> anyhow::Result<f64> {
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may have anything in it; fields 16 and 17 of proc(5).
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).context("no times of children");
    Ok((ticks(13)? + ticks(14)?) / TICKS_A_SECOND)
}
