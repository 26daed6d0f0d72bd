//! `waha broadcast`, also when it is stopped in the middle.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};
use waha_sim::{Fault, Server};

use crate::support::{Person, interrupt, until};

/// Somebody with a list of so many chats.
async fn person(count: usize) -> Person {
    let person = Person::with(Server::builder().session("default")).await;
    let list: String = (1..=count).map(|number| format!("1{number:010}\n")).collect();
    person.write("chats.txt", list);
    person
}

const BROADCAST: [&str; 5] = ["broadcast", "--to", "chats.txt", "Hi", "--yes"];

/// How often each chat got a message.
fn received(person: &Person) -> HashMap<String, usize> {
    let mut count = HashMap::new();
    for request in person.server().requests().iter().filter(|it| it.operation == Some("chatting_send_text")) {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        *count.entry(body["chatId"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    count
}

/// The chats of the report with this status as their last one.
fn reported(person: &Person, status: &str) -> usize {
    let mut last = HashMap::new();
    for line in person.read("chats.txt.report.jsonl").lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        if let Some(chat) = entry["chat"].as_str() {
            last.insert(chat.to_owned(), entry["status"].as_str().unwrap().to_owned());
        }
    }
    last.values().filter(|known| *known == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_one_message_and_nobody_a_second() {
    let person = person(12).await;
    std::fs::write(person.path("chats.txt"), format!("{}+1 000 000 0001\n# nobody\n", person.read("chats.txt")))
        .unwrap();
    person.run(&BROADCAST[..4]).fails(2, "add --yes");
    assert_eq!(received(&person).len(), 0);
    let args = [&BROADCAST[..], &["--batch", "5", "--every", "0.1"]].concat();
    let run = person.run(&args).json();
    assert_eq!((&run["sent"], &run["left"]), (&json!(12), &json!(0)));
    assert_eq!(person.run(&args).json()["sent"], 0);
    assert!(received(&person).len() == 12 && received(&person).values().all(|count| *count == 1));
    person.run(["broadcast", "--to", "chats.txt", "Bye", "--yes"]).fails(2, "another text");
    person.run(["broadcast", "--to", "chats.txt", "Hi", "--yes", "--report", "chats.txt"]).fails(2, "no report");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_sent_again_and_what_may_have_arrived_is_looked_for() {
    let person = person(6).await;
    person.server().fault(Fault::on("chatting_send_text").times(1).refused(400, "refused"));
    let args = [&BROADCAST[..], &["--batch", "1", "--every", "0.01"]].concat();
    let run = person.run(&args);
    run.fails(12, "1 messages were not sent");
    person.server().fault(Fault::on("chatting_send_text").times(1).performed().reset_before_answer());
    // The answer is lost, and the server has the message.
    person.run(&args).ok();
    assert_eq!(reported(&person, "sent"), 6);
    assert_eq!(received(&person).values().sum::<usize>(), 7);
    assert_eq!(person.server().sent().len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_told_stays_open_until_the_server_tells() {
    let person = person(3).await;
    // The first message is sent and its answer is lost, and the server tells nothing of messages.
    person.server().fault(Fault::on("chatting_send_text").times(1).performed().reset_before_answer());
    person.server().fault(Fault::on("chats_get_message").refused(403, "refused"));
    let args = [&BROADCAST[..], &["--batch", "1", "--every", "0.01", "--settle-time", "0.2"]].concat();
    person.run(&args).fails(8, "may have been sent");
    assert_eq!((reported(&person, "sent"), reported(&person, "maybe")), (2, 1));
    person.run(&args).fails(8, "may have been sent");
    // Now it does. Nobody gets anything more.
    person.server().clear_faults();
    person.run(&args).ok();
    assert_eq!((reported(&person, "sent"), person.server().sent().len()), (3, 3));
    assert_eq!(person.run(&args).json()["sent"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_engine_takes_no_ids_only_a_wish_sends_again() {
    let builder = Server::builder().engine(waha_sim::Engine::Webjs).session("default");
    let person = Person::with(builder).await;
    person.write("chats.txt", "11111111111\n22222222222\n");
    // The message does not arrive, and nobody can tell.
    person.server().fault(Fault::on("chatting_send_text").times(1).bad_gateway());
    let args = [&BROADCAST[..], &["--batch", "1", "--every", "0.01", "--settle-time", "0.2"]].concat();
    person.run(&args).fails(8, "--retry-maybe");
    person.run(&args).fails(8, "--retry-maybe");
    assert_eq!(person.server().sent().len(), 1);
    person.run([&args[..], &["--retry-maybe"]].concat()).ok();
    assert_eq!((reported(&person, "sent"), person.server().sent().len()), (2, 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_fail_for_all_ends_it() {
    let person = person(20).await;
    person.server().set_status("default", waha_sim::SessionStatus::Stopped);
    let args = [&BROADCAST[..], &["--batch", "2", "--every", "0.2"]].concat();
    person.run(&args).fails(5, "waha login");
    assert!(received(&person).len() <= 4, "{:?}", received(&person));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_in_the_middle_loses_nothing_and_repeats_nothing() {
    const CHATS: usize = 40;
    let person = person(CHATS).await;
    // Each takes a while, so that some are under way whenever it is stopped.
    person.server().fault(Fault::on("chatting_send_text").delay(Duration::from_millis(150)));
    let args = [&BROADCAST[..], &["--batch", "4", "--every", "0.2"]].concat();
    let mut stops = 0;
    for round in 0..4 {
        let before = received(&person).len();
        let child = person.start(&args);
        until("messages", || received(&person).len() >= (before + 3).min(CHATS)).await;
        interrupt(&child);
        let run = Person::end(child);
        stops += usize::from(run.code == 130);
        // Nothing is half reported: what was begun has its outcome.
        assert_eq!(reported(&person, "sending"), 0, "round {round}: {}", run.err);
        assert_eq!(reported(&person, "sent"), received(&person).len(), "round {round}");
        assert!(run.code == 130 || received(&person).len() == CHATS, "{}: {}", run.code, run.err);
    }
    assert!(stops >= 2, "{stops}");
    person.run(&args).ok();
    assert_eq!(reported(&person, "sent"), CHATS);
    assert!(received(&person).len() == CHATS && received(&person).values().all(|count| *count == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_sudden_death_what_was_under_way_is_looked_for() {
    let person = person(10).await;
    person.server().fault(Fault::on("chatting_send_text").delay(Duration::from_millis(500)));
    let args = [&BROADCAST[..], &["--batch", "2", "--every", "0.1"]].concat();
    let mut child = person.start(&args);
    until("messages", || received(&person).len() >= 3).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let begun = reported(&person, "sending");
    assert!(begun > 0);
    person.server().clear_faults();
    // What the server does not have is sent, and what it has is not.
    let run = person.run([&args[..], &["--settle-time", "0.5"]].concat());
    run.ok();
    assert!(run.err.contains(&format!("{begun} may have been")), "{}", run.err);
    let mut chats: Vec<_> = person.server().sent().into_iter().map(|sent| sent.chat).collect();
    chats.sort();
    chats.dedup();
    assert_eq!((chats.len(), person.server().sent().len()), (10, 10), "each chat got one");
    assert_eq!(reported(&person, "sent"), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_are_refused() {
    let person = person(10).await;
    person.server().fault(Fault::on("chatting_send_text").delay(Duration::from_millis(300)));
    let first = person.start([&BROADCAST[..], &["--batch", "2", "--every", "0.1"]].concat());
    until("a message", || !received(&person).is_empty()).await;
    person.run(BROADCAST).fails(2, "another broadcast is at work");
    assert_eq!(Person::end(first).code, 0);
    assert!(received(&person).values().all(|count| *count == 1));
}
