//! Terminals, pipes and shells.

use std::{io::Read, process::Stdio};

use waha_sim::Server;

use crate::support::{CHAT, KEY, Person};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_as_wide_as_the_terminal() {
    let mut builder = Server::builder().session("default");
    for number in 1..=5 {
        builder = builder.contact(format!("1{number:010}@c.us"), |it| {
            it.name("Somebody with a rather long name, which does not fit").push_name("Somebody else")
        });
    }
    let person = Person::with(builder).await;
    for columns in [20, 40, 80, 200] {
        let mut command = person.command(["contacts", "list", "-o", "table"]);
        let output = command.env("COLUMNS", columns.to_string()).output().unwrap();
        let table = String::from_utf8(output.stdout).unwrap();
        assert!(table.contains("ID") && table.lines().count() > 5, "{table}");
        let widest =
            table.lines().filter(|line| !line.starts_with('(')).map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= columns, "{widest} > {columns}:\n{table}");
        assert_eq!(columns < 80, table.contains("more columns"), "{columns}:\n{table}");
    }
}

#[test]
fn the_list_of_resources_is_indented_in_help_of_every_width() {
    let person = Person::alone();
    for columns in ["60", "80", "200"] {
        let output = person.command(["--help"]).env("COLUMNS", columns).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let list = help[help.find("  api-keys").unwrap()..].split("\n\n").next().unwrap();
        assert!(list.lines().count() >= 20, "{list}");
        for line in list.lines() {
            let text = line.trim_start();
            let indent = line.len() - text.len();
            assert!(indent == 2 || indent > 20, "{columns}: {line}");
            assert!(indent > 2 || text.contains("  "), "no name of a resource: {columns}: {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipe_that_is_closed_early_is_no_failure() {
    let mut builder = Server::builder().engine(waha_sim::Engine::Webjs).session("default");
    for number in 1..=3000 {
        builder = builder.contact(format!("1{number:010}@c.us"), |it| it.name("Ada Lovelace of somewhere"));
    }
    let person = Person::with(builder).await;
    for args in [
        &["contacts", "list", "--all", "-o", "jsonl"][..],
        &["contacts", "list", "--all", "-o", "table"],
        &["contacts", "list", "--all", "-o", "json"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["screenshot", "get"],
    ] {
        let mut child = person.start(args);
        let mut begin = [0; 1];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut begin).unwrap();
        drop(out);
        let run = Person::end(child);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}");
    }
    // Nobody reads errors either.
    let mut command = person.command(["status", "--session", "none"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_write_does_not_reach_the_terminal_as_it_is() {
    let person = Person::new().await;
    person.server().receive("default", waha_sim::Incoming::text("11111111111", "a\u{1b}[31mb\u{202e}c\nd"));
    let shown = person.run(["messages", CHAT, "-o", "table"]);
    assert!(shown.ok().contains("[31mb"), "{:?}", shown.out);
    assert!(!shown.out.contains(['\u{1b}', '\u{202e}']), "{:?}", shown.out);
    assert_eq!(shown.out.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_coloured_but_on_a_terminal() {
    let person = Person::alone();
    for args in [&["--help"][..], &["status", "--server", "x"], &["chats", "nothing"]] {
        let run = person.run(args);
        assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'), "{}{}", run.out, run.err);
    }
}

#[test]
fn completions_and_pages_have_every_command() {
    let person = Person::alone();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = person.run(["completions", shell]);
        for word in ["broadcast", "chatting", "send-text", "chat-id"] {
            assert!(script.ok().contains(word), "{shell}: {word}");
        }
    }
    person.run(["completions", "none"]).fails(2, "possible values");
    assert!(person.run(["man"]).ok().contains(".TH waha 1"));
    person.run(["man", "--dir", "man"]).ok();
    let pages = std::fs::read_dir(person.path("man")).unwrap().count();
    assert!(pages > 192, "{pages}");
    assert!(
        person.read("man/waha-chats-list.1").contains("waha chats list"),
        "{}",
        person.read("man/waha-chats-list.1")
    );
}

#[test]
fn quiet_is_quiet() {
    let person = Person::alone();
    let run = person.run(["login", "--no-pair", "--quiet", "--server", "http://127.0.0.1:9"]);
    run.fails(9, "error");
    assert!(!run.err.contains(KEY) && run.out.is_empty());
}

#[test]
fn the_program_starts_fast() {
    let person = Person::alone();
    let begin = std::time::Instant::now();
    for _ in 0..5 {
        person.run(["config", "path"]).ok();
    }
    // Some 10 ms each, but the machine may be busy.
    assert!(begin.elapsed() < std::time::Duration::from_secs(5), "{:?}", begin.elapsed());
}
