//! What `waha` adds to the building of an app: cold builds of an app by hand and of one with `waha`, and their size.

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

/// Builds both apps, in dev and in release, and prints what it took.
pub fn measure() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("a package without a workspace")?;
    let ours = format!(
        "waha = {{ path = {:?} }}\ntokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n",
        root.display().to_string()
    );
    println!("| cold build | by hand | ours | |");
    println!("|---|---:|---:|---:|");
    let folder = tempfile::tempdir()?;
    for (profile, options) in [("dev", &[][..]), ("release", &["--release"][..])] {
        let by_hand = build(folder.path(), "by-hand", BY_HAND, BY_HAND_MAIN, options)?;
        let ours = build(folder.path(), "ours", &ours, OURS_MAIN, options)?;
        let row = |what: &str, by_hand: f64, ours: f64, unit: &str| {
            println!("| {profile}: {what} | {by_hand:.1} {unit} | {ours:.1} {unit} | {:.2} |", ours / by_hand);
        };
        row("CPU time", by_hand.cpu, ours.cpu, "s");
        row("wall time", by_hand.wall, ours.wall, "s");
        row("packages", by_hand.packages, ours.packages, "");
        if profile == "release" {
            row("program, stripped", by_hand.size, ours.size, "MiB");
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

fn build(folder: &Path, name: &str, dependencies: &str, main: &str, options: &[&str]) -> anyhow::Result<Build> {
    let package = folder.join(name);
    fs::create_dir_all(package.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[profile.release]\nstrip = \
         true\n\n[dependencies]\n{dependencies}"
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("src/main.rs"), main)?;
    let cargo = || {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&package).env("CARGO_TARGET_DIR", package.join("target"));
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
