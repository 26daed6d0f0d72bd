//! `cargo xtask examples`: runs the examples, and compares what they print with what their documentation shows.
//!
//! The documentation of an example begins with a block of ` ```text `: the command, and below it what a person sees. In it,
//! `…` stands for any text of its line, and a line of `…` alone for any number of lines.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde_json::Value;

use crate::{escape, folder::Folder};

/// Arguments of `examples`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The examples to run, instead of all.
    names: Vec<String>,
    /// Write what differs into the documentation of the examples.
    #[arg(long)]
    write: bool,
    /// Features to build with, besides those that examples need: with those of `cargo test --workspace`, what that has built
    /// is used again.
    #[arg(long, value_delimiter = ',')]
    features: Vec<String>,
}

/// What stands for any text.
const ANYTHING: &str = "…";

/// How long an example may run.
const TIME: Duration = Duration::from_secs(120);

/// An example, as its package declares it.
struct Example {
    name: String,
    file: PathBuf,
    features: Vec<String>,
}

/// Runs the examples. Returns whether all of them print what is documented; the differences are printed.
pub fn run(arguments: &Arguments, folder: &Folder) -> Result<bool> {
    let examples = declared(folder)?;
    if let Some(unknown) = arguments.names.iter().find(|name| examples.iter().all(|example| example.name != **name)) {
        let names: Vec<_> = examples.iter().map(|example| example.name.as_str()).collect();
        bail!("there is no example `{unknown}`; there are {}", names.join(", "));
    }
    let needed = examples.iter().flat_map(|example| &example.features);
    let features: Vec<_> = needed.chain(&arguments.features).cloned().collect();
    let wanted = |example: &&Example| arguments.names.is_empty() || arguments.names.contains(&example.name);
    let mut shown = Vec::new();
    for example in examples.iter().filter(wanted) {
        let text = fs::read_to_string(&example.file)?;
        let block = block(&text).ok_or_else(|| missing(example))?;
        let is_test = check_command(example, &block)?;
        shown.push((example, text, block, is_test));
    }
    let names = |tests: bool| shown.iter().filter(move |shown| shown.3 == tests).map(|shown| shown.0.name.as_str());
    let mut programs = build(folder, &["build", "--workspace", "--examples"], &features)?;
    let tests: Vec<_> = names(true).flat_map(|name| ["--example", name]).collect();
    if !tests.is_empty() {
        programs.extend(build(folder, &[&["test", "--workspace", "--no-run"], &tests[..]].concat(), &features)?);
    }
    let mut is_right = true;
    for (example, text, block, is_test) in &shown {
        let begin = Instant::now();
        let program =
            programs.get(&(example.name.clone(), *is_test)).ok_or_else(|| anyhow!("cargo made no program"))?;
        let printed = output(program, *is_test).with_context(|| format!("the example `{}`", example.name))?;
        let documented = block.split_once('\n').map_or("", |(_, output)| output);
        let is_same = is_like(documented, &printed);
        println!(
            "{} {} ({:.1} s)",
            if is_same { "ok     " } else { "differs" },
            example.name,
            begin.elapsed().as_secs_f32()
        );
        if is_same {
            continue;
        }
        if arguments.write {
            let command = block.lines().next().unwrap_or_default();
            fs::write(&example.file, text.replacen(&comment(block), &comment(&format!("{command}\n{printed}")), 1))?;
        } else {
            is_right = false;
            print!("{}", escape::lines(&format!("-- documented\n{documented}\n-- printed\n{printed}\n")));
        }
    }
    Ok(is_right)
}

/// The examples of the package at the root of the workspace.
fn declared(folder: &Folder) -> Result<Vec<Example>> {
    let output = cargo(folder).args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let is_at_root =
        |package: &&Value| package["manifest_path"].as_str().map(Path::new) == Some(&folder.root().join("Cargo.toml"));
    let package = metadata["packages"].as_array().into_iter().flatten().find(is_at_root);
    let targets = package
        .and_then(|package| package["targets"].as_array())
        .context("the workspace has no package at its root")?;
    let examples = targets.iter().filter(|target| target["kind"][0] == "example");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(examples
        .map(|target| Example {
            name: text(&target["name"]),
            file: text(&target["src_path"]).into(),
            features: target["required-features"].as_array().into_iter().flatten().map(text).collect(),
        })
        .collect())
}

fn cargo(folder: &Folder) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder.root()).stderr(Stdio::inherit());
    cargo
}

/// Builds examples, and returns the programs by name and by whether they are tests.
fn build(folder: &Folder, command: &[&str], features: &[String]) -> Result<BTreeMap<(String, bool), PathBuf>> {
    let mut cargo = cargo(folder);
    cargo.args(command).args(["--locked", "--message-format", "json-render-diagnostics"]);
    let output = cargo.args(["--features", &features.join(",")]).output()?;
    ensure!(output.status.success(), "cargo {} failed", command.join(" "));
    let messages = output.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    let is_example = |message: &Value| message["target"]["kind"][0] == "example";
    Ok(messages
        .filter(is_example)
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some(((name, message["profile"]["test"] == true), message["executable"].as_str()?.into()))
        })
        .collect())
}

/// Runs a program without the variables that would lead it to a server, and without colours; returns what it prints.
fn output(program: &Path, is_test: bool) -> Result<String> {
    let mut command = Command::new(program);
    command.env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WAHA_")) {
        command.env_remove(name);
    }
    if is_test {
        command.args(["--test-threads", "1"]);
    }
    // A file, which never fills up as a pipe does while nobody reads it.
    let mut printed = tempfile::NamedTempFile::new()?;
    let mut child = command.stdin(Stdio::null()).stdout(printed.reopen()?).spawn()?;
    let begin = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if begin.elapsed() > TIME => {
                child.kill()?;
                bail!("it did not end within {} s", TIME.as_secs());
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut text = String::new();
    std::io::Read::read_to_string(printed.as_file_mut(), &mut text)?;
    ensure!(status.success(), "it ended with {status}:\n{text}");
    let lines = text.trim_matches('\n').lines().map(str::trim_end);
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// What the first block of the documentation shows.
fn block(text: &str) -> Option<String> {
    let lines =
        text.lines().map_while(|line| line.strip_prefix("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    let block: Vec<_> = lines.skip_while(|line| *line != "```text").skip(1).take_while(|line| *line != "```").collect();
    (!block.is_empty()).then(|| block.join("\n"))
}

/// A block as it stands in the documentation.
fn comment(block: &str) -> String {
    let lines = block.lines().map(|line| format!("//! {line}").trim_end().to_owned() + "\n");
    format!("//! ```text\n{}//! ```\n", lines.collect::<String>())
}

fn missing(example: &Example) -> anyhow::Error {
    let command = commands(example)[0].clone();
    anyhow!(
        "the documentation of the example `{}` shows nothing: begin a block of ```text with `{command}`",
        example.name
    )
}

/// The commands that run an example, and its tests.
fn commands(example: &Example) -> [String; 2] {
    let features = match example.features.as_slice() {
        [] => String::new(),
        features => format!(" --features {}", features.join(",")),
    };
    ["run", "test"].map(|command| format!("$ cargo {command} --example {}{features}", example.name))
}

/// Checks that the block begins with a command that works. Returns whether it is that of the tests.
fn check_command(example: &Example, block: &str) -> Result<bool> {
    let commands = commands(example);
    let shown = block.lines().next().unwrap_or_default();
    let position = commands.iter().position(|command| command == shown);
    let position = position.ok_or_else(|| {
        anyhow!(
            "the example `{}` shows the command `{shown}`, which has to be `{}`",
            example.name,
            commands.join("` or `")
        )
    })?;
    Ok(position == 1)
}

/// Whether a text is as documented.
fn is_like(documented: &str, printed: &str) -> bool {
    let (documented, printed): (Vec<_>, Vec<_>) = (documented.lines().collect(), printed.lines().collect());
    is_like_lines(&documented, &printed)
}

fn is_like_lines(documented: &[&str], printed: &[&str]) -> bool {
    match (documented, printed) {
        ([], printed) => printed.is_empty(),
        ([line, rest @ ..], printed) if line.trim() == ANYTHING => {
            (0..=printed.len()).any(|skipped| is_like_lines(rest, &printed[skipped..]))
        }
        ([line, rest @ ..], [first, others @ ..]) => is_like_line(line, first) && is_like_lines(rest, others),
        (_, []) => false,
    }
}

fn is_like_line(documented: &str, printed: &str) -> bool {
    let mut parts = documented.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipsis_stands_for_text_of_a_line_or_for_lines() {
        for (documented, printed, expected) in [
            ("", "", true),
            ("a", "", false),
            ("", "a", false),
            ("a\nb", "a\nb", true),
            ("a\nb", "a", false),
            ("took … s", "took 0.3 s", true),
            ("took … s", "took 0.3 ms!", false),
            ("… of …, done", "1 of 2, done", true),
            ("a\n…\nd", "a\nb\nc\nd", true),
            ("a\n…\nd", "a\nd", true),
            ("a\n…", "a\nb\nc", true),
            ("a\n…\nd", "a\nb", false),
        ] {
            assert_eq!(is_like(documented, printed), expected, "{documented:?} {printed:?}");
        }
    }

    #[test]
    fn the_first_block_is_found_and_replaced() {
        let text = "//! Says hello.\n//!\n//! ```text\n//! $ cargo run --example hello\n//!\n//! Hello\n//! ```\n\nfn main() {}\n";
        let found = block(text).unwrap();
        assert_eq!(found, "$ cargo run --example hello\n\nHello");
        assert!(text.contains(&comment(&found)));
        assert_eq!(block("//! Says hello.\n\n//! ```text\n"), None);
    }
}
