//! `waha export`: complete, in order, and resumable.

use serde_json::Value;
use waha_sim::{Fault, Incoming, Server};

use crate::support::{CHAT, Person};

const EXPORT: [&str; 4] = ["export", CHAT, "--to", "out"];

/// Somebody with a chat of so many messages, each third with a file.
async fn person(count: usize) -> Person {
    let person = Person::with(Server::builder().session("default").person(CHAT, |ada| ada)).await;
    receive(&person, 0..count);
    person
}

fn receive(person: &Person, numbers: std::ops::Range<usize>) {
    for number in numbers {
        person.server().advance(std::time::Duration::from_secs(1));
        let message = match number % 3 {
            0 => {
                Incoming::file("11111111111", "image/png", format!("picture {number}").into_bytes()).name("../cat.png")
            }
            _ => Incoming::text("11111111111", format!("text {number}")),
        };
        person.server().receive("default", message);
    }
}

fn messages(person: &Person) -> Vec<Value> {
    person.read("out/messages.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_and_files_are_saved_once() {
    let person = person(250).await;
    let first = person.run(EXPORT).json();
    assert_eq!((&first["messages"], &first["files"], &first["failedFiles"]), (&250.into(), &84.into(), &0.into()));
    let times: Vec<_> = messages(&person).iter().map(|message| message["timestamp"].as_i64().unwrap()).collect();
    assert!(times.is_sorted() && times.len() == 250);
    let mut files: Vec<_> =
        std::fs::read_dir(person.path("out/media")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 84);
    assert!(std::fs::read_to_string(&files[0]).unwrap().starts_with("picture "));

    receive(&person, 250..256);
    let asked = person.asked().len();
    let second = person.run(EXPORT).json();
    assert_eq!((&second["messages"], &second["new"], &second["files"]), (&256.into(), &6.into(), &86.into()));
    // The list, and two files: what was there is not fetched again.
    assert!(person.asked().len() - asked <= 3 + 2 * 2, "{:?}", &person.asked()[asked..]);
    person.run(["export", "22222222222", "--to", "out"]).fails(2, "another chat");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_was_interrupted_goes_on() {
    let person = person(250).await;
    person.server().fault(Fault::on("chats_list_messages").refused(500, "failed"));
    person.run(EXPORT).fails(11, "failed");
    person.server().clear_faults();
    person.run(EXPORT).ok();
    // As it looks after a crash in the middle of a line.
    let text = person.read("out/messages.jsonl");
    let half: String = text.lines().take(100).map(|line| format!("{line}\n")).collect();
    person.write("out/messages.jsonl", format!("{half}{}", &text.lines().nth(100).unwrap()[..20]));
    let again = person.run(EXPORT).json();
    assert_eq!((&again["messages"], &again["new"]), (&250.into(), &150.into()));
    assert_eq!(person.read("out/messages.jsonl"), text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_had_is_told_and_tried_again() {
    let person = person(3).await;
    person.server().fault(Fault::on_path("/api/files").refused(404, "gone"));
    person.server().fault(Fault::on("chats_get_message").refused(404, "gone"));
    person.run(EXPORT).fails(12, "1 files could not be saved");
    assert!(person.read("out/media.jsonl").contains("\"error\""));
    person.server().clear_faults();
    assert_eq!(person.run(EXPORT).json()["files"], 1);
    assert_eq!(person.run(["export", CHAT, "--to", "texts", "--no-media"]).json()["files"], 0);
}
